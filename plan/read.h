#ifndef PLAN_READ_H
#define PLAN_READ_H
/* plan.yaml as structs. docs/plan.md describes the written form.
 *
 * In: the documents of a plan: the plan and its parts, in any order, as trees. Out: one struct in the arena, sharing the
 * trees' texts; or NULL and one sentence, since plans are written by tektonc and only a broken one is refused. Unknown
 * fields are passed over: a newer tektonc may know more.
 * Durations are nanoseconds; 0 = none, as Tekton has it; -1 = not given. */
#include "base/map.h"
#include "base/read.h"
#include "plan/hole.h"

/* A string, array or object: a value tree, or an object of value trees. */
typedef struct plan_value {
    const vtree *tree; /* NULL: an object */
    const str *keys;
    const vtree **values;
    uint32_t n;
} plan_value;

typedef struct plan_param {
    str name;
    plan_value value;
} plan_param;
typedef VEC(plan_param) plan_params;

typedef struct plan_when {
    plan_value cel; /* tree NULL and n 0: input, operator and values count */
    plan_value input, values;
    bool in;        /* operator `in`; else `notin` */
} plan_when;

typedef struct plan_result {
    str name, type; /* string, array, object; empty: a result of the run */
    plan_value value; /* of a run: what it is made of; of a task: tree NULL unless it comes from steps */
    VEC(str) properties; /* of a task's object: keys that it must have */
} plan_result;
typedef VEC(plan_result) plan_results;

/* A Pod; one for each TaskRun, as often as it is tried. */
typedef struct plan_unit {
    str pod;      /* file in pods/, without extension */
    str task_run; /* name when the run has the name of the input */
    hole_list holes; /* its own, then those that all Pods have */
} plan_unit;

typedef struct plan_matrix {
    plan_params params;
    VEC(plan_params) include;
} plan_matrix;

struct plan_run;
typedef struct plan_task {
    str name;
    plan_value display_name; /* tree NULL: none */
    bool finally, continues; /* onError: continue */
    VEC(str) deps;
    str skip; /* why it never runs; empty: it may */
    VEC(plan_when) when;
    uint32_t retries;
    int64_t timeout;
    const ynode *custom;   /* of another controller; NULL: a Pod or a pipeline */
    plan_matrix *matrix;   /* combinations that depend on results: one unit, a template; else NULL */
    VEC(plan_params) combinations;
    plan_params params;
    plan_results results;
    VEC(plan_unit) units;
    struct plan_run *pipeline; /* a pipeline in the pipeline; else NULL */
    const struct plan_run *of;
} plan_task;

typedef struct plan_claim {
    str workspace, name; /* name when the run has the uid of the input */
    const ynode *template; /* metadata and spec of a PersistentVolumeClaim */
} plan_claim;

typedef struct plan_run {
    const struct plan_run *parent;
    str task, path; /* of a child: its task, and what stands before the names of its refs: "outer/inner/" */
    bool pipeline;  /* PipelineRun; else TaskRun */
    str name, namespace_, uid, pipeline_name;
    str status; /* PipelineRunPending, Cancelled, …: from the start */
    plan_params labels; /* of the run */
    const ynode *annotations;
    plan_params params;
    int64_t timeout, timeout_tasks, timeout_finally;
    VEC(plan_task *) tasks; /* tasks, then finally */
    map task_by_name;       /* → plan_task * */
    plan_results results;
    VEC(plan_claim) claims;
} plan_run;

typedef struct plan {
    str name, namespace_;
    plan_run run;
} plan;

/* The step and result that a task's result `$(steps.S.results.R)`, with or without `[*]`, is taken from. */
bool plan_result_of_step(const plan_result *r, str *step, str *name);
bool plan_is(const ynode *document); /* of a kind that plan_read takes */
plan *plan_read(arena *a, const ynode_list *documents, str *problem);
#endif
