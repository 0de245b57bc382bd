#ifndef CLI_LIVE_AGAIN_H
#define CLI_LIVE_AGAIN_H
/* Parts of a run: --only, --from, --rerun-failed. What is not run again is taken from the last run of the same thing.
 *
 * In: the plan to run, the options, the runs that are kept. Out: what becomes of each task, and the first lines of the new
 * run's record: those of the last run's record that tell of the tasks to keep. The sequencer goes on from there, so results
 * and states come as if these tasks had run here. False with one sentence. */
#include "cli/live/past.h"

typedef enum again_fate {
    AGAIN_RUN,
    AGAIN_KEEP,  /* as it was in the last run */
    AGAIN_PASS,  /* counts as done, without results: nobody asks for them */
    AGAIN_SKIP,
} again_fate;

typedef struct again {
    again_fate *fates; /* of plan->run.tasks; NULL: all of it runs */
    str lines;         /* of the record, without the first one */
    past last;         /* whose tasks are kept; last.s NULL: there is none */
} again;

bool again_read(arena *a, const options *o, const state *s, str of, const plan *p, again *out, str *problem);
/* The first line of a record whose run begins now. */
str again_start(arena *a, const plan *p, str uid, int64_t now);
/* The last run's volumes that came from templates become the new one's. `claims`: aliases, added to. */
bool again_claims(arena *a, const again *x, const plan *p, const job *to, const ynode **claims, str *problem);
/* --dry-run: what would run, in order, on standard output. */
void again_show(arena *a, const again *x, const plan *p, str name);
#endif
