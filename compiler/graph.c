#include "compiler/graph.h"
#include "compiler/graph_cycle.h"
#include "grammar/ref.h"
#include <stdlib.h>

/* ---- edges ------------------------------------------------------------------------------------------------------ */

static void text_edges(arena *a, const ynode *text, edge_kind kind, const head *part, graph_edges *out) {
    str s = ynode_text(text);
    hit h;
    if (!s.n || ref_none(s)) return;
    for (uint32_t from = 0; detect_variable(s, from, &h); from = h.end) {
        graph_edge e = {.kind = kind, .to = GRAPH_NO_TASK, .text = text, .from = h.at, .end = h.end, .part = part};
        if (detect_result_ref(h.inner, &e.result) != RESULT_OK) continue;
        e.name = e.result.task;
        vec_push(a, out, e);
    }
}

void graph_value_edges(arena *a, const ynode *value, edge_kind kind, const head *part, graph_edges *out) {
    if (ynode_is(value, Y_MAP)) {
        for (uint32_t i = 0; i < value->n; i++) text_edges(a, value->pairs[i].value, kind, part, out);
    } else if (ynode_is(value, Y_SEQ)) {
        YNODE_EACH(i, item, value) text_edges(a, item, kind, part, out);
    } else {
        text_edges(a, value, kind, part, out);
    }
}

static void param_edges(arena *a, const Param_list *params, edge_kind kind, graph_edges *out) {
    LIST_EACH(Param, p, *params) graph_value_edges(a, p->value, kind, &p->h, out);
}

static void key_ref_edges(arena *a, const ynode *key_ref, const head *part, graph_edges *out) {
    text_edges(a, ynode_get(key_ref, S("key")), EDGE_STEP, part, out);
    text_edges(a, ynode_get(key_ref, S("name")), EDGE_STEP, part, out);
}

static void env_edges(arena *a, const ynode *env, const head *part, graph_edges *out) {
    YNODE_EACH(i, item, env) {
        text_edges(a, ynode_get(item, S("value")), EDGE_STEP, part, out);
        const ynode *from = ynode_get(item, S("valueFrom"));
        key_ref_edges(a, ynode_get(from, S("secretKeyRef")), part, out);
        key_ref_edges(a, ynode_get(from, S("configMapKeyRef")), part, out);
    }
}

/* Steps and Sidecars have these in common, under the same names. */
#define CONTAINER_EDGES(a, s, out)                                                                                     \
    do {                                                                                                               \
        const ynode *texts[] = {(s)->name,    (s)->image, (s)->imagePullPolicy, (s)->script, (s)->workingDir,          \
                                (s)->command, (s)->args};                                                              \
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)                                                      \
            graph_value_edges((a), texts[t], EDGE_STEP, &(s)->h, (out));                                               \
        env_edges((a), (s)->env, &(s)->h, (out));                                                                      \
    } while (0)

void graph_task_edges(arena *a, const PipelineTask *task, api_version version, graph_edges *out) {
    YNODE_EACH(i, name, task->runAfter)
    vec_push(a, out,
             ((graph_edge){.kind = EDGE_RUN_AFTER,
                           .name = ynode_text(name),
                           .to = GRAPH_NO_TASK,
                           .text = name,
                           .end = ynode_text(name).n}));
    param_edges(a, &task->params, EDGE_PARAM, out);
    if (task->matrix) {
        param_edges(a, &task->matrix->params, EDGE_MATRIX, out);
        LIST_EACH(IncludeParams, include, task->matrix->include) param_edges(a, &include->params, EDGE_MATRIX, out);
    }
    LIST_EACH(WhenExpression, w, task->when) {
        text_edges(a, w->input, EDGE_WHEN, &w->h, out);
        text_edges(a, w->cel, EDGE_WHEN, &w->h, out);
        graph_value_edges(a, w->values, EDGE_WHEN, &w->h, out);
    }
    if (!task->taskSpec || version == API_V1BETA1) return;
    LIST_EACH(Step, s, task->taskSpec->steps) CONTAINER_EDGES(a, s, out);
    LIST_EACH(Sidecar, s, task->taskSpec->sidecars) CONTAINER_EDGES(a, s, out);
}

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

static void make_needs(arena *a, const graph *g, graph_node *n) {
    if (!n->edge_count) return;
    str *names = ARENA_ARRAY(a, str, n->edge_count);
    uint32_t *after = ARENA_ARRAY(a, uint32_t, n->edge_count), unique = 0;
    for (uint32_t i = 0; i < n->edge_count; i++) names[i] = n->edges[i].name;
    qsort(names, n->edge_count, sizeof *names, str_cmp_qsort);
    for (uint32_t i = 0; i < n->edge_count; i++) {
        if (unique && str_eq(names[unique - 1], names[i])) continue;
        names[unique++] = names[i];
        const graph_node *to = map_get(&g->by_name, names[i]);
        if (to) after[n->after_count++] = (uint32_t)(to - g->nodes);
    }
    n->needs = names;
    n->need_count = unique;
    n->after = after;
}

static void make_before(arena *a, graph *g) {
    uint32_t *counts = ARENA_ARRAY(a, uint32_t, g->n), total = 0;
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t j = 0; j < g->nodes[i].after_count; j++, total++) counts[g->nodes[i].after[j]]++;
    uint32_t *all = ARENA_ARRAY(a, uint32_t, total), **next = ARENA_ARRAY(a, uint32_t *, g->n);
    for (uint32_t i = 0, at = 0; i < g->n; at += counts[i++]) g->nodes[i].before = next[i] = all + at;
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t j = 0; j < g->nodes[i].after_count; j++) {
            uint32_t to = g->nodes[i].after[j];
            *next[to]++ = i;
            g->nodes[to].before_count++;
        }
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

/* Nodes that could be next, the first of the file on top: a binary heap. */
typedef struct heap {
    uint32_t *v, n;
} heap;

static void heap_put(heap *h, uint32_t x) {
    uint32_t i = h->n++;
    for (; i && h->v[(i - 1) / 2] > x; i = (i - 1) / 2) h->v[i] = h->v[(i - 1) / 2];
    h->v[i] = x;
}

static uint32_t heap_take(heap *h) {
    uint32_t top = h->v[0], x = h->v[--h->n], i = 0;
    for (uint32_t child; (child = 2 * i + 1) < h->n; i = child) {
        if (child + 1 < h->n && h->v[child + 1] < h->v[child]) child++;
        if (h->v[child] >= x) break;
        h->v[i] = h->v[child];
    }
    h->v[i] = x;
    return top;
}

static void make_order(arena *a, graph *g) {
    uint32_t *order = ARENA_ARRAY(a, uint32_t, g->n), *left = ARENA_ARRAY(a, uint32_t, g->n);
    heap ready = {.v = ARENA_ARRAY(a, uint32_t, g->n)};
    for (uint32_t i = 0; i < g->n; i++) {
        g->nodes[i].cyclic = true;
        left[i] = g->nodes[i].after_count;
        if (!left[i]) heap_put(&ready, i);
    }
    while (ready.n) {
        graph_node *n = &g->nodes[heap_take(&ready)];
        n->cyclic = false;
        order[g->order_count++] = (uint32_t)(n - g->nodes);
        for (uint32_t j = 0; j < n->before_count; j++)
            if (!--left[n->before[j]]) heap_put(&ready, n->before[j]);
    }
    g->order = order;
}

/* ---- reports ---------------------------------------------------------------------------------------------------- */

static void report_unknown(const check_ctx *c, const graph *g, const PipelineSpec *spec) {
    map finally = map_new(c->a);
    LIST_EACH(PipelineTask, f, spec->finally) map_add(&finally, ynode_text(f->name), f);
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t j = 0; j < g->nodes[i].edge_count; j++) {
            const graph_edge *e = &g->nodes[i].edges[j];
            if (e->to != GRAPH_NO_TASK) continue;
            const PipelineTask *last = map_get(&finally, e->name);
            diag *x = check_report_(c, &diag_rules[TK_TASK_UNKNOWN], graph_edge_range(c, e),
                                    "task `%.*s` %s `%.*s`, which is %s", STR_ARG(g->nodes[i].name),
                                    e->kind == EDGE_RUN_AFTER ? "has in `runAfter`" : "uses a result of",
                                    STR_ARG(e->name), last ? "a `finally` task" : "not in `tasks`");
            if (!last) {
                help_nearest(c, x, e->name, &g->by_name, "correct the name, or add the task");
            } else {
                diag_note_at(c->d, x, place_of(last->name, &last->h), "the `finally` task is here");
                diag_help(c->d, x, "`finally` tasks begin when all others have ended; move it to `tasks`");
            }
        }
}

graph *graph_build(arena *a, diags *d, const PipelineSpec *spec, api_version version) {
    graph *g = ARENA_NEW(a, graph);
    g->n = spec->tasks.n;
    g->nodes = ARENA_ARRAY(a, graph_node, g->n);
    g->by_name = map_new(a);
    LIST_EACH(PipelineTask, t, spec->tasks) {
        graph_node *n = &g->nodes[t_i];
        n->task = t;
        n->name = ynode_text(t->name);
        map_add(&g->by_name, n->name, n);
    }
    for (uint32_t i = 0; i < g->n; i++) {
        graph_edges edges = {0};
        graph_task_edges(a, g->nodes[i].task, version, &edges);
        for (uint32_t j = 0; j < edges.n; j++) {
            const graph_node *to = map_get(&g->by_name, edges.v[j].name);
            if (to) edges.v[j].to = (uint32_t)(to - g->nodes);
        }
        g->nodes[i].edges = edges.v;
        g->nodes[i].edge_count = edges.n;
        make_needs(a, g, &g->nodes[i]);
    }
    make_before(a, g);
    make_order(a, g);
    if (!d) return g;
    check_ctx c = check_ctx_new(d, NULL, version);
    report_unknown(&c, g, spec);
    if (g->order_count < g->n) graph_report_cycles(&c, g);
    return g;
}
