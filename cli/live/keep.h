#ifndef CLI_LIVE_KEEP_H
#define CLI_LIVE_KEEP_H
/* How many runs are kept. In: --keep, or KEEP_RUNS. Out: older runs that have ended are gone; those that somebody advances,
 * and those that were interrupted less than a day ago, stay. */
#include "cli/options.h"
#include "runtime/engine/local/state.h"

enum { KEEP_RUNS = 20 };

/* False: --keep is no number (said). */
bool keep_number(const options *o, uint32_t *n);
/* *removed: how many. */
bool keep_runs(arena *a, const state *s, uint32_t n, uint32_t *removed, str *problem);
#endif
