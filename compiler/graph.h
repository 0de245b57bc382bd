#ifndef COMPILER_GRAPH_H
#define COMPILER_GRAPH_H
/* Which tasks of a Pipeline wait for which: facts validation.md C.
 *
 * In: a bound PipelineSpec. Out: a node per entry of `tasks` (finally tasks wait for nothing among themselves and are
 * not nodes), with every edge at its place, the set of dependencies, and an order in which they may run; with `d`
 * given, cycles and unknown tasks are reported, all of them. Everything lives in the arena; texts and nodes are those
 * of the spec. Cost is linear in the size of the spec (plus sorting each task's dependencies). */
#include "base/diag.h"
#include "base/map.h"
#include "compiler/schema/bind.h"
#include "grammar/detect.h"

typedef enum edge_kind {
    EDGE_RUN_AFTER, /* runAfter */
    EDGE_PARAM,     /* params[].value */
    EDGE_MATRIX,    /* matrix.params[].value, matrix.include[].params[].value */
    EDGE_WHEN,      /* when[]: input, values, cel */
    EDGE_STEP,      /* a Step or Sidecar of the embedded taskSpec */
} edge_kind;

enum { GRAPH_NO_TASK = UINT32_MAX };

/* One place that makes a task wait for another. */
typedef struct graph_edge {
    edge_kind kind;
    str name;           /* of the task waited for */
    uint32_t to;        /* its node; GRAPH_NO_TASK: not in `tasks` */
    const ynode *text;  /* the scalar; for runAfter the item */
    uint32_t from, end; /* bytes of `text`: the reference with $( and ), or all of it */
    const head *part;  /* the Param or WhenExpression it stands in; the Step or Sidecar for EDGE_STEP; NULL: runAfter */
    result_ref result; /* all kinds but EDGE_RUN_AFTER */
} graph_edge;
typedef VEC(graph_edge) graph_edges;

typedef struct graph_node {
    const PipelineTask *task;
    str name;
    graph_edge *edges; /* in the order runAfter, params, matrix, when, embedded steps; as often as written */
    uint32_t edge_count;
    const str *needs; /* names waited for, sorted by bytes, each once, unknown ones too */
    uint32_t need_count;
    const uint32_t *after; /* nodes waited for, in the order of `needs`, unknown ones left out */
    uint32_t after_count;
    const uint32_t *before; /* nodes that wait for this one, in the order of tasks */
    uint32_t before_count;
    bool cyclic; /* on a cycle, or waits for one */
} graph_node;

typedef struct graph {
    graph_node *nodes; /* node i = spec->tasks.v[i] */
    uint32_t n;
    map by_name;           /* → graph_node *; the first of a repeated name */
    const uint32_t *order; /* nodes so that each comes after all it waits for, else as written; without cyclic ones */
    uint32_t order_count;
} graph;

/* `version`: as the spec was written for admission (v1beta1 does not see EDGE_STEP); API_V1 for what a run does. `d`
 * may be NULL: nothing is reported. */
graph *graph_build(arena *a, diags *d, const PipelineSpec *spec, api_version version);

/* The edges of one task (or finally task), `to` left at GRAPH_NO_TASK. */
void graph_task_edges(arena *a, const PipelineTask *task, api_version version, graph_edges *out);

/* Result references of one scalar, array or object value, appended as edges of that kind. */
void graph_value_edges(arena *a, const ynode *value, edge_kind kind, const head *part, graph_edges *out);
#endif
