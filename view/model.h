#ifndef VIEW_MODEL_H
#define VIEW_MODEL_H
/* A plan as people look at it: tasks, what makes one wait for another, and what flows between them.
 *
 * In: a plan that was read, and its Pods by the names of their files. Out: nodes (tasks in the order of the plan, finally
 * tasks last) and edges; a pipeline in the pipeline is a node with a graph of its own. Everything lives in the arena and
 * shares the plan. Cost: linear in the plan, and n²/64 words for leaving out what other edges imply (not done above
 * VIEW_REDUCED_NODES tasks). */
#include "plan/read.h"

enum { VIEW_REDUCED_NODES = 20000 };

typedef VEC(str) view_words;

typedef struct view_edge {
    uint32_t from, to;
    bool order;         /* `to` waits for `from`; false: a finally task that takes something */
    bool implied;       /* other edges say the same: a picture may leave it out if nothing flows */
    view_words results; /* names of results that flow */
    bool status;        /* `to` looks at the status of `from` */
} view_edge;

typedef enum view_status { VIEW_UNKNOWN, VIEW_SKIPPED, VIEW_PENDING, VIEW_RUNNING, VIEW_SUCCEEDED, VIEW_FAILED, VIEW_CANCELLED } view_status;

typedef struct view_step { /* of a TaskRun that ran */
    str name, container, reason, log;
    bool ended;
    int64_t exit_code, start, end; /* seconds since 1970; 0: not yet */
} view_step;

typedef struct view_child { /* a TaskRun, or a child PipelineRun */
    str name, pod, reason, message;
    view_status status;
    int64_t start, end;
    uint32_t retries; /* attempts before this one */
    const ynode *results;
    VEC(view_step) steps;
} view_child;

struct view_graph;
typedef struct view_node {
    const plan_task *task;
    str name, title;     /* title: displayName, where there is one */
    view_words steps;    /* of its first Pod */
    view_words when;     /* conditions as people write them */
    str custom;          /* "Kind.apiVersion" of a task that another controller runs; else none */
    uint32_t pods;       /* of a matrix that is known; 0: results decide */
    struct view_graph *inner;
    view_status status;  /* of a run that was put over it: view/run.h */
    str reason;
    VEC(view_child) children;
} view_node;

typedef struct view_graph {
    const plan_run *run;
    view_node *nodes;
    uint32_t n;
    VEC(view_edge) edges; /* by `to`, then `from` */
    view_child *ran;      /* the run that was put over it; NULL: none */
} view_graph;

/* pods: file name without extension → const ynode * Pod; may be empty. */
view_graph *view_build(arena *a, const plan_run *r, const map *pods);
/* Does the picture need this edge? */
static inline bool view_edge_shown(const view_edge *e) { return !e->implied || e->results.n || e->status; }
/* A value for people: arrays as [a, b], what only the run knows as $(…). */
str view_value(arena *a, const plan_value *v);
/* "name", "×4", "when", …: the badges of a task, from its plan. */
typedef struct view_badge {
    const char *kind; /* matrix, retries, when, ignored, custom, skipped, pipeline */
    str text;
} view_badge;
typedef VEC(view_badge) view_badges;
void view_badges_of(arena *a, const view_node *n, view_badges *out);
#endif
