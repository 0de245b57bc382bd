#ifndef COMPILER_RUN_H
#define COMPILER_RUN_H
/* A run as it is resolved: what Tekton's reconcilers would keep in PipelineRun and TaskRun objects, before it becomes
 * Pods and a plan.
 *
 * In: a selected run (select.h) and the world. Out: `run` with its tasks, each with the TaskRuns that it would make.
 * Texts that only the run knows hold marks (plan/hole.h). Everything lives in the arena of the context. */
#include "compiler/diags.h"
#include "compiler/graph.h"
#include "compiler/request.h"
#include "compiler/scope.h"
#include "compiler/select.h"
#include "compiler/world.h"

typedef struct run run;
struct run;
struct run_task;

typedef struct run_ctx {
    arena *a;    /* for what is being made; `pods` while a TaskRun is lowered, else `keep` */
    arena *keep; /* lives as long as the compilation */
    arena *temp; /* lives as long as one TaskRun is lowered */
    arena *pods; /* where Pods are made: `temp`, or `keep` when somebody wants to see their trees */
    diags *d;
    const world *w;
    const config *cfg;
    const request *rq;
    marks *m;
    bool checking;   /* only judging: definitions that are not in the input may be elsewhere (see resolve/ref.c),
                        and what an image runs does not matter */
    bool unresolved; /* while checking: a definition was not found, and that was no error */
    const ynode *bin_volume, *downward_volume; /* the same for all Pods of the run; lower/pod.c */
    const struct lower_ranges *ranges;         /* LimitRanges of the namespace, found once: lower/resources.c */
    struct lower_parts *parts;                 /* what Pods have in common, made once: lower/part.c */
    map known_refs;                            /* ref → mark text, so that the same ref is one value tree */
} run_ctx;

/* A mark for a name that the run resolves: "context.pipelineRun.name", "tasks.a.results.r". */
str run_ref(run_ctx *c, str name, value_type type);

/* A claim made from the binding's volumeClaimTemplate, one for each workspace of the run; yields the mark of its name.
 */
str run_claim_for(run_ctx *c, struct run *r, const WorkspaceBinding *b);
/* The same for a name of run r, which may be a child of another run. */
str run_path_ref(run_ctx *c, const run *r, str name, value_type type);
/* The mark of a task's result; section: "tasks" or "finally". */
const ynode *run_result(run_ctx *c, const run *r, const char *section, const struct run_task *of, str name);
/* Once the task's spec is known. */
void run_index_results(run_ctx *c, struct run_task *t);
/* The type of one result of a task: an array for a matrix. *declared: its Task has such a result, or is not known. */
value_type run_result_type(const struct run_task *t, str name, bool *declared);
bool task_is_custom(const PipelineTask *t);

/* What is behind a Task's workspace. */
typedef struct workspace_binding {
    str name; /* the Task's */
    const WorkspaceBinding *source;
    str sub_path;    /* joined; may hold marks */
    str claim;       /* volumeClaimTemplate: the claim's name (a mark) */
    str source_name; /* the run's name of the workspace */
} workspace_binding;
typedef VEC(workspace_binding) workspace_bindings;
/* The claim of that ref; NULL: none. */
const struct run_claim *run_claim_of(const run *r, str name);
/* The claim behind a binding: made by the run, or there already; STR_NONE when it is no claim. */
str workspace_claim(const workspace_binding *w);

/* A claim that the run makes from a volumeClaimTemplate. */
typedef struct run_claim {
    str ref;       /* "claims.NAME" */
    str workspace; /* the run's name of the workspace: part of the claim's name */
    str shown_name;
    const ynode *template; /* PersistentVolumeClaim as given */
} run_claim;
typedef VEC(run_claim) run_claims;

typedef struct param_value {
    str name;
    const ynode *value; /* a string (maybe with marks), sequence or mapping */
} param_value;
typedef struct param_values { /* a VEC, and an index once it is long */
    param_value *v;
    uint32_t n, cap;
    map *index; /* name → place + 1 of the first `indexed` */
    uint32_t indexed;
} param_values;

/* One TaskRun: one Pod per attempt. */
typedef struct task_run {
    const run *of;
    str task; /* pipeline task; for a TaskRun of the input, the run's name */
    bool finally;
    uint32_t combination, combinations; /* of a matrix; 0 of 1 without */
    str shown_name;                     /* default of context.taskRun.name */
    str task_name;                      /* of the Task object; empty for an embedded spec */
    const TaskSpec *spec;
    const ynode *task_metadata; /* of the Task object; NULL for an embedded spec */
    const ynode *where;         /* what to point at: the taskRef or the task */
    param_values params;
    workspace_bindings workspaces;
    bool inline_spec; /* bindings without a declaration are allowed and get one */
    str service_account;
    const PodTemplate *pod_template;
    ContainerSpec_list step_specs, sidecar_specs;
    const ynode *compute_resources;
    const TaskRunDebug *debug;
    int64_t timeout; /* nanoseconds; 0 = none */
    int64_t retries;
    const ynode *labels, *annotations; /* mappings or NULL */
    /* made by lower */
    const ynode *pod; /* gone when the next TaskRun is lowered, unless the context's `pods` keeps it */
    hole_list holes;
    str file; /* name in pods/, without extension */
} task_run;

typedef enum task_kind { TASK_POD, TASK_CUSTOM, TASK_PIPELINE } task_kind;

typedef struct run_task {
    task_kind kind;
    str name;
    bool finally;
    const PipelineTask *task;       /* substituted */
    const graph_node *node;         /* NULL: finally, or the only task of a TaskRun */
    const TaskSpec *spec;           /* of the Task it runs: for results' types */
    map results;                    /* name → TaskResult, when there are many of them */
    const ynode *task_metadata;     /* of the Task object, if it is one */
    str skip;                       /* why it never runs, known now; empty: it may run */
    param_values params;            /* substituted, matrix left out */
    bool matrix_unknown;            /* combinations depend on a result: task_runs has one, a template */
    VEC(param_values) combinations; /* fanned out, when known */
    uint32_t combination_count;     /* what Tekton counts (facts E.2); 0: no matrix */
    VEC(task_run *) task_runs;
    run *child; /* TASK_PIPELINE */
    int64_t timeout;
} run_task;

struct run {
    const run_input *in;
    const run *parent;        /* pipelines in pipelines */
    str task_path;            /* "" or "outer/inner/" before the names of files */
    bool pipeline;            /* PipelineRun; else TaskRun */
    str pipeline_name;        /* context.pipeline.name; may hold marks */
    const PipelineSpec *spec; /* substituted */
    graph *graph;             /* of the substituted spec */
    VEC(run_task *) tasks;    /* tasks, then finally, in the order of the spec */
    map task_by_name;
    int64_t timeout_pipeline, timeout_tasks, timeout_finally; /* nanoseconds; 0 none; -1 not set */
    run_claims claims;
    map claim_by_ref; /* → place in claims + 1 */
    param_values params;
    const ynode *labels, *annotations; /* of the run */
};

/* ---- the passes (one file each) ------------------------------------------------------------------------------ */
/* resolve/pipeline.c / resolve/task_run.c: NULL when errors were reported. */
run *resolve_run(run_ctx *c, const run_input *in);
run *resolve_pipeline_run(run_ctx *c, const run_input *in, const run *parent);
run *resolve_task_run(run_ctx *c, const run_input *in);
/* resolve/task.c: the TaskRuns of one task of a PipelineRun. */
struct pipeline_scopes;
void resolve_pipeline_task(run_ctx *c, run *r, run_task *t, const struct pipeline_scopes *s);
/* resolve/cel.c: reports a `cel` that fails to evaluate. False: it is false whatever happens. */
bool resolve_cel(run_ctx *c, const run *r, const ynode *cel);
/* lower/lower.c: the Pod of a TaskRun, with its holes. */
void lower_task_run(run_ctx *c, task_run *t);

/* resolve/ref.c: definitions in the input. NULL when they are not there, which was reported. */
const object *resolve_ref_pipeline(run_ctx *c, const PipelineRef *r, str namespace_);
const object *resolve_ref_task(run_ctx *c, const TaskRef *r, str namespace_);
const object *resolve_ref_step_action(run_ctx *c, const StepRef *r, str namespace_);

/* ---- shared by the passes ------------------------------------------------------------------------------------ */
/* What Pipeline-level replacement works with. */
typedef VEC(const PipelineTaskRunSpec *) task_run_specs;
struct pipeline_scopes {
    const scope *params;                   /* pass 2 */
    const scope *contexts;                 /* pass 3 */
    const scope *bound;                    /* pass 4: workspaces.W.bound */
    const WorkspaceBinding_list *bindings; /* of the run, substituted */
    const PipelineRunSpec *run_spec;
    map binding_by_name; /* → WorkspaceBinding * */
    map declared;        /* Pipeline's workspaces → PipelineWorkspaceDeclaration * */
    map specs_by_task;   /* pipelineTaskName → task_run_specs * */
    str service_account;
    const PodTemplate *pod_template;
    const scope *statuses; /* tasks.T.status, .reason, tasks.status: for finally tasks */
};
typedef struct pipeline_scopes pipeline_scopes;

/* resolve/params.c */
const ynode *params_get(const param_values *v, str name);
void params_put(arena *a, param_values *v, str name, const ynode *value);
/* Behind what is there, whatever its name: of equal names the last one counts. */
void params_append(arena *a, param_values *v, param_value more);
value_type spec_type(const ParamSpec *p);
/* Missing, wrong type, missing keys, enum: for a run (RT-P07..10) or a Task (RT-P18, RT-T05). `what` names the taker in
 * messages, `where` the place of what is missing. */
typedef enum params_for { PARAMS_OF_PIPELINE, PARAMS_OF_PIPELINE_TASK, PARAMS_OF_TASK } params_for;
void params_check(run_ctx *c, params_for why, const ParamSpec_list *declared, const param_values *given,
                  const param_values *matrix, const ynode *where, str what);
/* Facts D.3: the scope of a Pipeline's params. */
scope *params_pipeline_scope(run_ctx *c, const ParamSpec_list *declared, const param_values *given);
/* Facts D.4: the scope of a Task's params. */
scope *params_task_scope(run_ctx *c, const ParamSpec_list *declared, const param_values *given);
/* Facts D.7: index references out of bounds. A walk_visit whose ctx is a params_bounds. */
typedef struct params_bounds {
    run_ctx *c;
    const ParamSpec_list *declared;
    const param_values *given;
} params_bounds;
void params_check_bound(void *ctx, const ynode *text, const field *row);
/* `over` put over `under` (maps of strings); either may be NULL. */
const ynode *merge_string_maps(arena *a, const ynode *over, const ynode *under);
const PodTemplate *merge_pod_templates(arena *a, const PodTemplate *over, const PodTemplate *under);
#endif
