/* tektonc status: the runs that are kept here, or one of them. */
#include "base/emit.h"
#include "cli/live/text.h"
#include "cli/live/verbs.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/local/state.h"
#include <stdio.h>

static int broken(str problem) { return say("%.*s", STR_ARG(problem)), EXIT_IO; }

static int list(arena *a, const state *s) {
    run_names names = {0};
    str problem = STR_NONE;
    if (!run_list(a, s, &names, &problem)) return broken(problem);
    if (!names.n) return puts("no runs yet"), EXIT_OK;
    printf("%-40s %-7s %-12s %-9s %s\n", "RUN", "ENGINE", "STATE", "TASKS", "TIME");
    for (uint32_t i = 0; i < names.n; i++) {
        run_folder r;
        run_info info = {0};
        run_summary x = {0};
        if (!run_open(a, s, names.v[i], &r, &problem) || !run_read_info(a, &r, &info, &problem)) continue;
        run_read_summary(a, &r, &x);
        bool busy = run_busy(&r);
        str shown = x.ended ? x.phase : busy ? S("Running") : S("Interrupted");
        int64_t until = x.ended ? x.ended : engine_now();
        printf("%-40.*s %-7.*s %-12.*s %-9.*s %.*s\n", STR_ARG(info.name), STR_ARG(info.engine), STR_ARG(shown), STR_ARG(str_fmt(a, "%u/%u", x.done, x.total)),
               STR_ARG(x.started && (x.ended || busy) ? text_duration(a, until - x.started) : S("-")));
    }
    return EXIT_OK;
}

int verb_status(options *o) {
    state s;
    str problem = STR_NONE;
    if (!state_open(o->a, &s, &problem)) return broken(problem);
    return list(o->a, &s);
}
