/* tektonc-engine: the verbs that need an engine. `tektonc` has checked the command line and started it with the same
 * words. */
#include "cli/live/verbs.h"
#include <signal.h>
#include <stdio.h>

int main(int argc, char **argv) {
    static int (*const verbs[VERBS])(options * o) = {
        [VERB_RUN] = verb_run,
        [VERB_STATUS] = verb_status,
        [VERB_LOGS] = verb_logs,
        [VERB_CANCEL] = verb_cancel,
        [VERB_GC] = verb_gc,
    };
    options o;
    arena *a = arena_new();
    int code = EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN);
    if (options_parse(a, argc, argv, &o)) {
        if (verbs[o.verb]) code = verbs[o.verb](&o);
        else say("tektonc-engine is a part of tektonc: start that");
    }
    if (fflush(stdout) != 0) {
        say("standard output can't be written");
        code = EXIT_IO;
    }
    arena_free(a);
    return code;
}
