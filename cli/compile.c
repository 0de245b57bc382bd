#include "cli/output.h"
#include "cli/session.h"
#include "cli/stale.h"
#include "cli/verbs.h"
#include "cli/write.h"
#include <unistd.h>

int verb_compile(options *o) {
    session s;
    int code = session_open(&s, o);
    if (code != EXIT_OK) return code;
    if (o->check && (!o->output.n || str_eq(o->output, S("-")) || o->emit.n)) {
        say("--check looks at a folder: name it by -o DIR, without --emit");
        return EXIT_USAGE;
    }
    s.c.want_resolved = str_eq(o->emit, S("resolved"));
    bool to_stream = !o->output.n || str_eq(o->output, S("-"));
    s.c.texts_only = !str_eq(o->emit, S("pods")) && !(to_stream && o->json);
    if (str_eq(o->emit, S("ast")))
        compile_check(&s.c);
    else if (str_eq(o->emit, S("runs")))
        compile_select(&s.c);
    else
        compile(&s.c);
    code = session_report(&s, STDERR_FILENO);
    if (code != EXIT_OK) return code; /* nothing is written when there is an error */
    if (o->emit.n) return output_stage(s.a, &s.c, o->emit, o->json);
    if (to_stream) return output_stream(s.a, &s.c, o->json);
    if (o->check) return stale_check(s.a, &s.c, o->output, &o->inputs);
    return write_folder(s.a, &s.c, o->output, &o->inputs);
}
