#include "cli/launch.h"
#include "cli/verbs.h"
#include <stdio.h>

int main(int argc, char **argv) {
    static int (*const verbs[VERBS])(options * o) = {
        [VERB_COMPILE] = verb_compile, [VERB_CHECK] = verb_check, [VERB_FILL] = verb_fill,
        [VERB_EXPLAIN] = verb_explain, [VERB_GRAPH] = verb_graph, [VERB_IMAGES] = verb_images, [VERB_DIFF] = verb_diff,
        [VERB_KRM] = verb_krm, [VERB_SCHEMA] = verb_schema, [VERB_COMPLETION] = verb_completion, [VERB_MAN] = verb_man,
        [VERB_TEST] = verb_test, [VERB_VERSION] = verb_version, [VERB_HELP] = verb_help,
    };
    options o;
    arena *a = arena_new();
    int code = EXIT_USAGE;
    if (options_parse(a, argc, argv, &o)) {
        if (o.help) {
            options_help(o.verb == VERB_COMPILE ? VERB_HELP : o.verb);
            code = EXIT_OK;
        } else {
            code = verb_live(o.verb) ? launch(argv) : verbs[o.verb](&o);
        }
    }
    if (fflush(stdout) != 0) {
        say("standard output can't be written");
        code = EXIT_IO;
    }
#ifdef __SANITIZE_ADDRESS__
    arena_free(a); /* else the system does it at once */
#endif
    return code;
}
