#include "view/model.h"
#include <stdlib.h>

typedef struct building {
    arena *a;
    const map *pods;
    view_graph *g;
    map index; /* task name → index + 1 */
} building;

/* ---- values for people ---------------------------------------------------------------------------------------------- */

static void add_tree(strbuf *b, arena *a, const vtree *t) {
    if (t->kind != VALUE_LIST) {
        strbuf_add(b, value_show(a, t, NULL, NULL));
        return;
    }
    strbuf_addc(b, '[');
    for (uint32_t i = 0; i < t->n; i++) {
        if (i) strbuf_add(b, S(", "));
        str shown = value_show(a, t->args[i], NULL, NULL);
        strbuf_add(b, shown.n ? shown : S("\"\""));
    }
    strbuf_addc(b, ']');
}

str view_value(arena *a, const plan_value *v) {
    strbuf b = {.a = a};
    strbuf_reserve(&b, 1);
    if (v->tree) {
        add_tree(&b, a, v->tree);
        return strbuf_str(&b);
    }
    strbuf_addc(&b, '{');
    for (uint32_t i = 0; i < v->n; i++) {
        if (i) strbuf_add(&b, S(", "));
        strbuf_add(&b, v->keys[i]);
        strbuf_add(&b, S(": "));
        add_tree(&b, a, v->values[i]);
    }
    strbuf_addc(&b, '}');
    return strbuf_str(&b);
}

/* ---- nodes ---------------------------------------------------------------------------------------------------------- */

static void add_steps(building *b, view_node *n, const ynode *pod) {
    const ynode *spec = ynode_get(pod, S("spec"));
    YNODE_EACH(i, c, ynode_get(spec, S("containers"))) {
        str name = ynode_get_text(c, S("name"));
        if (str_starts(name, S("step-"))) vec_push(b->a, &n->steps, str_from(name, 5));
    }
}

static void add_when(building *b, view_node *n) {
    for (uint32_t i = 0; i < n->task->when.n; i++) {
        const plan_when *w = &n->task->when.v[i];
        if (w->cel.tree || w->cel.n) {
            vec_push(b->a, &n->when, view_value(b->a, &w->cel));
            continue;
        }
        str input = view_value(b->a, &w->input), values = view_value(b->a, &w->values);
        vec_push(b->a, &n->when, str_fmt(b->a, "%s%.*s%s %s %.*s", input.n ? "" : "\"", STR_ARG(input), input.n ? "" : "\"",
                                         w->in ? "in" : "notin", STR_ARG(values)));
    }
}

static str custom_name(arena *a, const ynode *custom) {
    const ynode *of = ynode_get(custom, S("ref"));
    if (!of) of = ynode_get(custom, S("spec"));
    str kind = ynode_get_text(of, S("kind")), version = ynode_get_text(of, S("apiVersion"));
    if (!kind.n) return S("custom");
    return version.n ? str_fmt(a, "%.*s.%.*s", STR_ARG(kind), STR_ARG(version)) : kind;
}

static void add_node(building *b, const plan_task *t) {
    view_node *n = &b->g->nodes[b->g->n++];
    n->task = t;
    n->name = n->title = t->name;
    if (t->display_name.tree) {
        str shown = view_value(b->a, &t->display_name);
        if (shown.n) n->title = shown;
    }
    n->pods = t->matrix ? 0 : t->units.n;
    if (t->units.n && b->pods) add_steps(b, n, map_get(b->pods, t->units.v[0].pod));
    add_when(b, n);
    if (t->custom) n->custom = custom_name(b->a, t->custom);
    if (t->pipeline) n->inner = view_build(b->a, t->pipeline, b->pods);
}

void view_badges_of(arena *a, const view_node *n, view_badges *out) {
    const plan_task *t = n->task;
#define BADGE(KIND, ...) vec_push(a, out, ((view_badge){KIND, str_fmt(a, __VA_ARGS__)}))
    if (t->matrix) BADGE("matrix", "×?");
    if (t->combinations.n) BADGE("matrix", "×%u", t->combinations.n);
    if (t->retries) BADGE("retries", "↻%u", t->retries);
    if (t->when.n) BADGE("when", "?");
    if (t->continues) BADGE("ignored", "!");
    if (n->custom.n) BADGE("custom", "%.*s", STR_ARG(n->custom));
    if (n->inner) BADGE("pipeline", "{%u}", n->inner->n);
    if (t->skip.n) BADGE("skipped", "skipped");
#undef BADGE
}

/* ---- edges ---------------------------------------------------------------------------------------------------------- */

typedef struct finding {
    building *b;
    str path;       /* of the run whose tasks are looked for */
    uint32_t to;
    map from;       /* index + 1 as key text → view_edge * */
    VEC(view_edge *) edges;
} finding;

static view_edge *edge_from(finding *f, str name) {
    uintptr_t at = (uintptr_t)map_get(&f->b->index, name);
    if (!at || at - 1 == f->to) return NULL;
    view_edge *e = map_get(&f->from, name);
    if (e) return e;
    e = ARENA_NEW(f->b->a, view_edge);
    e->from = (uint32_t)at - 1;
    e->to = f->to;
    map_put(&f->from, name, e);
    vec_push(f->b->a, &f->edges, e);
    return e;
}

static void add_word(arena *a, view_words *words, str word) {
    for (uint32_t i = 0; i < words->n; i++)
        if (str_eq(words->v[i], word)) return;
    vec_push(a, words, word);
}

/* tasks.T.results.R, tasks.T.status, tasks.T.reason, tasks.T.matrix.length */
static void see_ref(void *ctx, str ref) {
    finding *f = ctx;
    uint32_t dot;
    if (!str_starts(ref, f->path)) return;
    ref = str_from(ref, f->path.n);
    if (!str_starts(ref, S("tasks."))) return;
    ref = str_from(ref, 6);
    if (!str_find(ref, S("."), &dot)) return;
    view_edge *e = edge_from(f, str_cut(ref, 0, dot));
    str what = str_from(ref, dot + 1);
    if (!e) return;
    if (str_starts(what, S("results.")))
        add_word(f->b->a, &e->results, str_from(what, 8));
    else if (str_eq(what, S("matrix.length")))
        add_word(f->b->a, &e->results, what);
    else
        e->status = true;
}

static void see_value(finding *f, const plan_value *v) {
    if (v->tree) value_refs(v->tree, see_ref, f);
    for (uint32_t i = 0; i < v->n; i++) value_refs(v->values[i], see_ref, f);
}

static void see_params(finding *f, const plan_params *p) {
    for (uint32_t i = 0; i < p->n; i++) see_value(f, &p->v[i].value);
}

static void see_task(finding *f, const plan_task *t) {
    see_value(f, &t->display_name);
    see_params(f, &t->params);
    for (uint32_t i = 0; i < t->when.n; i++) {
        see_value(f, &t->when.v[i].cel);
        see_value(f, &t->when.v[i].input);
        see_value(f, &t->when.v[i].values);
    }
    if (t->matrix) {
        see_params(f, &t->matrix->params);
        for (uint32_t i = 0; i < t->matrix->include.n; i++) see_params(f, (const plan_params *)&t->matrix->include.v[i]);
    }
    for (uint32_t i = 0; i < t->combinations.n; i++) see_params(f, &t->combinations.v[i]);
    for (uint32_t i = 0; i < t->units.n; i++)
        for (uint32_t k = 0; k < t->units.v[i].holes.n; k++) value_refs(t->units.v[i].holes.v[k].value, see_ref, f);
    if (t->pipeline)
        for (uint32_t i = 0; i < t->pipeline->tasks.n; i++) see_task(f, t->pipeline->tasks.v[i]);
}

static int by_from(const void *x, const void *y) {
    const view_edge *const *a = x, *const *b = y;
    return (*a)->from < (*b)->from ? -1 : (*a)->from > (*b)->from;
}

static void add_edges(building *b, uint32_t to) {
    finding f = {.b = b, .path = b->g->run->path.n ? b->g->run->path : S(""), .to = to, .from = map_new(b->a)};
    const plan_task *t = b->g->nodes[to].task;
    for (uint32_t i = 0; i < t->deps.n; i++) {
        view_edge *e = edge_from(&f, t->deps.v[i]);
        if (e) e->order = true;
    }
    see_task(&f, t);
    if (f.edges.n) qsort(f.edges.v, f.edges.n, sizeof *f.edges.v, by_from);
    for (uint32_t i = 0; i < f.edges.n; i++) vec_push(b->a, &b->g->edges, *f.edges.v[i]);
}

/* ---- what other edges imply ----------------------------------------------------------------------------------------- */

typedef struct reduction {
    view_graph *g;
    uint32_t *first; /* of the edges into a node; n + 1 of them */
    uint64_t *above; /* bits: all nodes that a node waits for */
    uint8_t *done;
    size_t words;
} reduction;

/* By an own stack: pipelines may be long. */
static void reach(reduction *r, uint32_t start, uint32_t *stack) {
    uint32_t depth = 0;
    stack[depth++] = start;
    while (depth) {
        uint32_t v = stack[depth - 1];
        bool ready = true;
        if (r->done[v] == 2) {
            depth--;
            continue;
        }
        for (uint32_t i = r->first[v]; r->done[v] == 0 && i < r->first[v + 1]; i++)
            if (r->done[r->g->edges.v[i].from] == 0 && r->g->edges.v[i].order) {
                stack[depth++] = r->g->edges.v[i].from;
                ready = false;
            }
        r->done[v] = ready || r->done[v] == 1 ? 2 : 1;
        if (r->done[v] != 2) continue;
        depth--;
        uint64_t *mine = r->above + v * r->words;
        for (uint32_t i = r->first[v]; i < r->first[v + 1]; i++) {
            const view_edge *e = &r->g->edges.v[i];
            if (!e->order) continue;
            const uint64_t *theirs = r->above + e->from * r->words;
            for (size_t w = 0; w < r->words; w++) mine[w] |= theirs[w];
        }
        for (uint32_t i = r->first[v]; i < r->first[v + 1]; i++) {
            view_edge *e = &r->g->edges.v[i];
            if (e->order) e->implied = mine[e->from / 64] >> (e->from % 64) & 1;
        }
        for (uint32_t i = r->first[v]; i < r->first[v + 1]; i++) {
            const view_edge *e = &r->g->edges.v[i];
            if (e->order) mine[e->from / 64] |= (uint64_t)1 << (e->from % 64);
        }
    }
}

static void reduce(arena *a, view_graph *g) {
    if (!g->n || g->n > VIEW_REDUCED_NODES) return;
    reduction r = {.g = g, .words = (g->n + 63) / 64};
    arena *temp = arena_new();
    (void)a;
    r.first = ARENA_ARRAY(temp, uint32_t, g->n + 1);
    r.done = ARENA_ARRAY(temp, uint8_t, g->n);
    r.above = ARENA_ARRAY(temp, uint64_t, r.words * g->n);
    for (uint32_t i = 0; i < g->edges.n; i++) r.first[g->edges.v[i].to + 1]++;
    for (uint32_t i = 0; i < g->n; i++) r.first[i + 1] += r.first[i];
    uint32_t *stack = ARENA_ARRAY(temp, uint32_t, g->n + g->edges.n + 1);
    for (uint32_t i = 0; i < g->n; i++) reach(&r, i, stack);
    arena_free(temp);
}

view_graph *view_build(arena *a, const plan_run *run, const map *pods) {
    view_graph *g = ARENA_NEW(a, view_graph);
    building b = {.a = a, .pods = pods, .g = g, .index = map_new(a)};
    g->run = run;
    g->nodes = ARENA_ARRAY(a, view_node, run->tasks.n + 1);
    for (uint32_t i = 0; i < run->tasks.n; i++) {
        add_node(&b, run->tasks.v[i]);
        map_put(&b.index, run->tasks.v[i]->name, (void *)(uintptr_t)(i + 1));
    }
    for (uint32_t i = 0; i < g->n; i++) add_edges(&b, i);
    reduce(a, g);
    return g;
}
