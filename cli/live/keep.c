#include "cli/live/keep.h"
#include "cli/live/engines.h"
#include "cli/live/past.h"
#include "runtime/engine/local/files.h"

bool keep_number(const options *o, uint32_t *n) {
    *n = KEEP_RUNS;
    if (!o->keep.n) return true;
    *n = 0;
    for (uint32_t i = 0; i < o->keep.n; i++) {
        if (o->keep.p[i] < '0' || o->keep.p[i] > '9' || *n > 1000000) return say("--keep takes a number, not \"%.*s\"", STR_ARG(o->keep)), false;
        *n = *n * 10 + (uint32_t)(o->keep.p[i] - '0');
    }
    return true;
}

bool keep_runs(arena *a, const state *s, uint32_t n, uint32_t *removed, str *problem) {
    const int64_t day = INT64_C(86400) * 1000000000;
    run_names names = {0};
    bool ok = run_list(a, s, &names, problem);
    *removed = 0;
    for (uint32_t i = n; ok && i < names.n; i++) {
        past p;
        str nothing;
        if (!past_peek(a, s, names.v[i], &p, &nothing) || p.busy) continue;
        if (!p.summary.ended && engine_now() - p.job.info.created < day) continue;
        if (!run_lock(&p.job.folder)) continue;
        engine_forget(a, &p.job.info); /* what can't be reached must not keep its folder for ever */
        ok = run_remove(&p.job.folder, problem, a);
        *removed += ok;
        run_unlock(&p.job.folder);
    }
    return ok;
}
