#ifndef COMPILER_CHECK_PIPELINE_H
#define COMPILER_CHECK_PIPELINE_H
/* Pieces of the admission checks of Pipelines and runs (facts validation.md B.8-B.11, B.13), used by each other.
 *
 * In: a bound, converted, defaulted PipelineSpec, wherever it stands, or the parts of a run. Out: diagnostics only.
 * Texts and maps live in the arena of the check_ctx. */
#include "compiler/check/parts.h"
#include "compiler/graph.h"

/* A PipelineSpec under judgement, with what several checks look up. */
typedef struct pipeline_check {
    const check_ctx *c;
    const PipelineSpec *spec;
    graph *graph;
    map finally; /* name → PipelineTask, the first of a name */
} pipeline_check;

/* B.8 and B.9 but for what only Pipeline objects get: PL-12..18, WS-03, WS-04. `where` is named for an empty spec. */
void check_pipeline_spec(const check_ctx *c, const PipelineSpec *spec, range where);

/* PT-*, check/pipeline_task.c; `names` collects those of tasks and finally tasks. */
void check_pipeline_task(const check_ctx *c, const PipelineTask *t, map *names);
/* PL-06..11, FIN-01..03, check/pipeline_variable.c. */
void check_pipeline_variables(const pipeline_check *p);
/* PL-05, MX-03, MX-04: names in one list that differ in nothing, check/pipeline_task.c. */
void check_params_twice(const check_ctx *c, const Param_list *params);
/* MX-*, check/matrix.c: one of the two lists of tasks. */
void check_matrices(const check_ctx *c, const PipelineTask_list *tasks);
/* PLR-*, check/pipeline_result.c. */
void check_pipeline_results(const pipeline_check *p);
/* PL-12..17, check/pipeline_use.c: parameters used in one list of tasks. */
void check_pipeline_uses(const check_ctx *c, const PipelineTask_list *tasks, const param_scope *scope);

/* check/workspace.c: WS-01, WS-02; WS-03, WS-04 of a task, by the names declared; WB-* and names given twice. */
void check_workspaces_declared(const check_ctx *c, const PipelineWorkspaceDeclaration_list *workspaces);
void check_task_workspaces(const check_ctx *c, const PipelineTask *t, const map *declared);
void check_bindings(const check_ctx *c, const WorkspaceBinding_list *bindings, bool fold_case);

/* check/pool.c: the pool of parameters of a run and of what it holds (PR-24, PR-25, TR-05, PAN-*). */
void check_pool_pipeline(const check_ctx *c, const Param_list *params, const PipelineSpec *spec);
void check_pool_task(const check_ctx *c, const Param_list *params, const TaskSpec *spec);

/* ---- helpers ---------------------------------------------------------------------------------------------------- */
/* A value is one text, or the items of an array, or the values of an object: the i-th of them, NULL past the last. */
static inline const ynode *value_text(const ynode *value, uint32_t i) {
    if (!value) return NULL;
    if (value->kind == Y_SEQ) return i < value->n ? value->items[i] : NULL;
    if (value->kind == Y_MAP) return i < value->n ? value->pairs[i].value : NULL;
    return i ? NULL : value;
}
#define VALUE_EACH(index, text, value)                                                                                 \
    for (uint32_t index = 0; value_text((value), index); index++)                                                      \
        for (const ynode *text = value_text((value), index); text; text = NULL)

/* The i-th task: those of `tasks`, then those of `finally`. */
static inline const PipelineTask *pipeline_task(const PipelineSpec *spec, uint32_t i) {
    return i < spec->tasks.n ? spec->tasks.v[i] : spec->finally.v[i - spec->tasks.n];
}
#define PIPELINE_TASK_EACH(t, spec)                                                                                    \
    for (uint32_t t##_i = 0; t##_i < (spec)->tasks.n + (spec)->finally.n; t##_i++)                                     \
        for (const PipelineTask *t = pipeline_task((spec), t##_i); t; t = NULL)

/* A node that stands at a key, for reports that take nodes. */
const ynode *key_node(const check_ctx *c, const head *h, const char *key, const ynode *value);
/* -1, 0, 1 of an integer; 0 when absent. */
int int_sign(const ynode *n);
/* "the first is here", at a name. */
void note_first(const check_ctx *c, diag *x, const ynode *name, const head *h, const char *words);
#define NAME_ARG(n) STR_ARG(ynode_text(n))
#endif
