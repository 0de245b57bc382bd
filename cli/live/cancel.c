/* tektonc cancel: asks whoever advances the run to cancel it. */
#include "cli/live/past.h"
#include "cli/live/verbs.h"

static int broken(str problem) { return say("%.*s", STR_ARG(problem)), EXIT_IO; }

int verb_cancel(options *o) {
    arena *a = o->a;
    state s;
    past p;
    str problem = STR_NONE;
    if (o->inputs.n != 1) return say("cancel which run? `tektonc status` lists them"), EXIT_USAGE;
    if (!state_open(a, &s, &problem) || !past_peek(a, &s, o->inputs.v[0], &p, &problem)) return broken(problem);
    str how = o->how.n ? o->how : S("CancelledRunFinally");
    if (p.busy && run_tell(a, &p.job.folder, how)) return say("asked %.*s to cancel (%.*s)", STR_ARG(p.job.info.name), STR_ARG(how)), EXIT_OK;
    say(p.summary.ended ? "%.*s has ended" : "nobody runs %.*s: it was interrupted", STR_ARG(p.job.info.name));
    return EXIT_INPUT;
}
