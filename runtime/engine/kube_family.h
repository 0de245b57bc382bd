#ifndef RUNTIME_ENGINE_KUBE_FAMILY_H
#define RUNTIME_ENGINE_KUBE_FAMILY_H
/* The run among its relatives: earlier runs of the same pipeline, and the plans of all of them.
 *
 * In: an engine, and what the Job's arguments say. Out: nothing that the run depends on: what fails is logged and left to the
 * next run. Relatives are Jobs with the same label FAMILY_LABEL and, behind it, names that differ only in tektonc's hash; or
 * Jobs of the same CronJob. Only those that were made earlier are touched, so of two runs at once one acts.
 *
 * At the beginning:
 * - the plan's ConfigMaps get the CronJob as an owner, so that they go with it;
 * - `cancel`: those of another plan that are going are cancelled, with their finally tasks.
 * At the end, with `keep`:
 * - of Jobs that a CronJob made, the CronJob's own controller keeps so many; others beyond them are deleted here;
 * - so are plans to which neither a Job nor the CronJob refers, if they are older than this run's own. */
#include "runtime/engine/kube.h"

#define FAMILY_LABEL "tektonc.dev/name"

typedef struct kube_family {
    int64_t keep; /* how many ended runs, this one included; negative: all */
    bool cancel;
} kube_family;

void kube_family_begin(engine *e, const kube_family *f);
void kube_family_end(engine *e, const kube_family *f);
#endif
