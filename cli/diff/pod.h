#ifndef CLI_DIFF_POD_H
#define CLI_DIFF_POD_H
/* What a Pod does, without how tektonc makes it do that.
 *
 * In: a Pod as written, with the holes of its unit and of the plan. Out: changes between two of them: containers by their
 * names, the command behind the entrypoint's own arguments, scripts as texts, values that only the run knows as the reference
 * that they come from; nothing of what Tekton and tektonc add for themselves. */
#include "cli/diff/deep.h"

/* In a form that is compared by pod_compare(). */
const ynode *pod_plain(arena *a, const ynode *pod, const ynode *holes, const ynode *more_holes);
void pod_compare(arena *a, const ynode *old, const ynode *new, changes *out);
#endif
