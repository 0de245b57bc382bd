/* tektonc cancel: asks whoever advances the run to cancel it. */
#include "cli/live/past.h"
#include "cli/live/verbs.h"
#include "cli/live/where.h"

static int broken(str problem) { return say("%.*s", STR_ARG(problem)), EXIT_IO; }

int verb_cancel(options *o) {
    arena *a = o->a;
    where w;
    past p;
    str problem = STR_NONE;
    if (o->inputs.n != 1) return say("cancel which run? `tektonc status` lists them"), EXIT_USAGE;
    if (!where_find(a, o, o->inputs.v[0], &w, &problem)) return broken(problem);
    str how = o->how.n ? o->how : S("CancelledRunFinally");
    if (w.in_cluster) {
        if (str_eq(w.run.phase, S("Succeeded")) || str_eq(w.run.phase, S("Failed"))) return say("%.*s has ended", STR_ARG(w.run.name)), EXIT_INPUT;
        if (!cluster_cancel(&w.kube, &w.run, how, &problem)) return broken(problem);
        return say("asked %.*s to cancel (%.*s)", STR_ARG(w.run.name), STR_ARG(how)), EXIT_OK;
    }
    if (!past_peek(a, &w.state, o->inputs.v[0], &p, &problem)) return broken(problem);
    if (p.busy && run_tell(a, &p.job.folder, how)) return say("asked %.*s to cancel (%.*s)", STR_ARG(p.job.info.name), STR_ARG(how)), EXIT_OK;
    say(p.summary.ended ? "%.*s has ended" : "nobody runs %.*s: it was interrupted", STR_ARG(p.job.info.name));
    return EXIT_INPUT;
}
