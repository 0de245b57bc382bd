#include "cli/session.h"
#include "cli/verbs.h"
#include <unistd.h>

int verb_check(options *o) {
    session s;
    int code = session_open(&s, o);
    if (code != EXIT_OK) return code;
    compile_check(&s.c);
    compile_check_runs(&s.c);
    compile_check_references(&s.c);
    return session_report(&s, STDOUT_FILENO);
}
