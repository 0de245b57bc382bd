#ifndef PLAN_FILL_H
#define PLAN_FILL_H
/* A plan with what only a run knows: names of what it makes, combinations of a matrix, complete Pods.
 *
 * In: a plan, the run's identity, and a look-up for what the tasks gave. Out: nodes and texts in the arena. A value that
 * is not there yet gives NULL (or false) and its name in *missing. Pure. */
#include "plan/matrix.h"
#include "plan/read.h"

typedef struct plan_filling {
    arena *a;
    str name, namespace_, uid; /* of the run: in a cluster those of the Job */
    str entrypoint;            /* the ConfigMap with the entrypoint */
    /* What tasks gave, by the names of docs/plan.md: tasks.T.results.R, tasks.T.status, …; below `run`, whose path is not
     * part of the name. */
    const ynode *(*given)(void *ctx, const plan_run *run, str name);
    void *ctx;
} plan_filling;

/* One Pod to be made. */
typedef struct plan_attempt {
    const plan_task *task;
    const plan_unit *unit;
    uint32_t index, count; /* of the task's TaskRuns */
    uint32_t retry;        /* 0: the first attempt */
    const ynode *combination; /* of a matrix over results: a mapping name → string; else NULL */
} plan_attempt;

str plan_run_name(const plan_filling *f, const plan_run *r);
str plan_task_run_name(const plan_filling *f, const plan_attempt *x);
str plan_pod_name(const plan_filling *f, const plan_attempt *x);
str plan_claim_name(const plan_filling *f, const plan_claim *c);
/* How many TaskRuns a task has, and for a matrix over results their combinations; `combinations` may be NULL. 0: a matrix
 * with an empty array, nothing runs. */
bool plan_count(const plan_filling *f, const plan_task *t, uint32_t *count, matrix_combinations *combinations, str *missing);
/* A value of a run's parameters, conditions or results. */
const ynode *plan_eval(const plan_filling *f, const plan_run *r, const plan_value *v, str *missing);
const ynode *plan_fill_pod(const plan_filling *f, const plan_attempt *x, const ynode *pod, str *missing);
/* The names of all values that the Pod's holes lack, added as keys. */
void plan_missing(const plan_filling *f, const plan_attempt *x, map *names);
#endif
