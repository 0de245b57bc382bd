#include "cli/verbs.h"

int verb_help(options *o) {
    if (o->inputs.n == 0) {
        options_help(VERB_HELP);
        return EXIT_OK;
    }
    for (int v = VERB_CHECK; v < VERBS; v++)
        if (str_eq(o->inputs.v[0], str_z(verb_name((verb)v)))) {
            options_help((verb)v);
            return EXIT_OK;
        }
    if (str_eq(o->inputs.v[0], S("compile"))) {
        options_help(VERB_COMPILE);
        return EXIT_OK;
    }
    say("there is no verb %.*s", STR_ARG(o->inputs.v[0]));
    return EXIT_USAGE;
}
