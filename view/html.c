#include "view/html.h"
#include "base/emit.h"
#include "templates/templates.h"
#include "view/svg.h"

typedef struct writing {
    arena *a;
    const view_page *page;
    ynode *tasks;
} writing;

static void put(writing *w, ynode *m, const char *key, str value) {
    if (value.n) ynode_put_str(w->a, m, str_z(key), value);
}

static void put_int(writing *w, ynode *m, const char *key, int64_t value) {
    if (value) ynode_put(w->a, m, str_z(key), ynode_int(w->a, value));
}

static const ynode *words(writing *w, const view_words *v) {
    ynode *out = ynode_seq(w->a, NULL);
    for (uint32_t i = 0; i < v->n; i++) ynode_push(w->a, out, ynode_str(w->a, v->v[i], NULL));
    return out;
}

static const ynode *params(writing *w, const plan_params *p) {
    ynode *out = ynode_seq(w->a, NULL);
    for (uint32_t i = 0; i < p->n; i++) {
        ynode *m = ynode_map(w->a, NULL);
        ynode_put_str(w->a, m, S("name"), p->v[i].name);
        ynode_put_str(w->a, m, S("value"), view_value(w->a, &p->v[i].value));
        ynode_push(w->a, out, m);
    }
    return out;
}

static void put_list(writing *w, ynode *m, const char *key, const ynode *list) {
    if (list->n) ynode_put(w->a, m, str_z(key), list);
}

/* ---- a task --------------------------------------------------------------------------------------------------------- */

static const ynode *source_list(writing *w, str path) {
    ynode *out = ynode_seq(w->a, NULL);
    const view_sources *all = w->page->sources ? map_get(w->page->sources, path) : NULL;
    for (uint32_t i = 0; all && i < all->n; i++) {
        ynode *m = ynode_map(w->a, NULL);
        put(w, m, "title", all->v[i].title);
        put(w, m, "file", all->v[i].file);
        put_int(w, m, "line", all->v[i].line);
        put(w, m, "text", all->v[i].text);
        ynode_push(w->a, out, m);
    }
    return out;
}

static const ynode *pods(writing *w, const plan_task *t) {
    ynode *out = ynode_seq(w->a, NULL);
    for (uint32_t i = 0; i < t->units.n; i++) {
        const ynode *pod = w->page->pods ? map_get(w->page->pods, t->units.v[i].pod) : NULL;
        ynode *m = ynode_map(w->a, NULL);
        if (!pod) continue;
        put(w, m, "name", t->units.v[i].pod);
        put(w, m, "text", emit_yaml_str(w->a, pod));
        ynode_push(w->a, out, m);
    }
    return out;
}

static const ynode *steps(writing *w, const view_child *c) {
    ynode *out = ynode_seq(w->a, NULL);
    for (uint32_t i = 0; i < c->steps.n; i++) {
        const view_step *s = &c->steps.v[i];
        ynode *m = ynode_map(w->a, NULL);
        put(w, m, "name", s->name);
        put_int(w, m, "start", s->start);
        put_int(w, m, "end", s->end);
        put(w, m, "reason", s->reason);
        put_int(w, m, "exit", s->exit_code);
        put(w, m, "log", s->log);
        ynode_push(w->a, out, m);
    }
    return out;
}

static const ynode *child(writing *w, const view_child *c) {
    ynode *m = ynode_map(w->a, NULL);
    put(w, m, "name", c->name);
    put(w, m, "pod", c->pod);
    put(w, m, "status", str_z(view_status_name(c->status)));
    put(w, m, "reason", c->reason);
    put(w, m, "message", c->message);
    put_int(w, m, "start", c->start);
    put_int(w, m, "end", c->end);
    put_int(w, m, "retries", c->retries);
    if (ynode_count(c->results)) ynode_put(w->a, m, S("results"), c->results);
    put_list(w, m, "steps", steps(w, c));
    return m;
}

/* Edges by their ends, so that the whole is linear. */
typedef struct ends {
    uint32_t *in_first, *out_first, *out; /* edges are sorted by `to`; out: those of each node, as indices */
} ends;

static ends ends_of(arena *a, const view_graph *g) {
    ends x = {ARENA_ARRAY(a, uint32_t, g->n + 2), ARENA_ARRAY(a, uint32_t, g->n + 2), ARENA_ARRAY(a, uint32_t, g->edges.n + 1)};
    uint32_t *at = ARENA_ARRAY(a, uint32_t, g->n + 1);
    for (uint32_t i = 0; i < g->edges.n; i++) x.in_first[g->edges.v[i].to + 1]++, x.out_first[g->edges.v[i].from + 1]++;
    for (uint32_t i = 0; i < g->n; i++) x.in_first[i + 1] += x.in_first[i], x.out_first[i + 1] += x.out_first[i];
    for (uint32_t i = 0; i < g->edges.n; i++) x.out[x.out_first[g->edges.v[i].from] + at[g->edges.v[i].from]++] = i;
    return x;
}

static const ynode *edges(writing *w, const view_graph *g, const ends *x, uint32_t node, bool in, str path) {
    ynode *out = ynode_seq(w->a, NULL);
    const uint32_t *first = in ? x->in_first : x->out_first;
    for (uint32_t i = first[node]; i < first[node + 1]; i++) {
        const view_edge *e = &g->edges.v[in ? i : x->out[i]];
        ynode *m = ynode_map(w->a, NULL);
        put(w, m, "task", str_cat(w->a, path, g->nodes[in ? e->from : e->to].name));
        put_list(w, m, "results", words(w, &e->results));
        if (e->status) ynode_put(w->a, m, S("status"), ynode_bool(true));
        if (e->order) ynode_put(w->a, m, S("order"), ynode_bool(true));
        ynode_push(w->a, out, m);
    }
    return out;
}

static const ynode *results(writing *w, const plan_task *t) {
    ynode *out = ynode_seq(w->a, NULL);
    for (uint32_t i = 0; i < t->results.n; i++) {
        ynode *m = ynode_map(w->a, NULL);
        put(w, m, "name", t->results.v[i].name);
        put(w, m, "type", t->results.v[i].type);
        ynode_push(w->a, out, m);
    }
    return out;
}

static void add_graph(writing *w, const view_graph *g, str path);

static void add_task(writing *w, const view_graph *g, const ends *x, uint32_t node, str path) {
    const view_node *n = &g->nodes[node];
    const plan_task *t = n->task;
    str mine = str_cat(w->a, path, n->name);
    ynode *m = ynode_map(w->a, NULL);
    put(w, m, "name", n->name);
    if (!str_eq(n->title, n->name)) put(w, m, "title", n->title);
    if (t->finally) ynode_put(w->a, m, S("finally"), ynode_bool(true));
    put(w, m, "skip", t->skip);
    put(w, m, "custom", n->custom);
    put(w, m, "status", str_z(view_status_name(n->status)));
    put(w, m, "reason", n->reason);
    put_int(w, m, "retries", t->retries);
    if (t->continues) ynode_put(w->a, m, S("mayFail"), ynode_bool(true));
    put_int(w, m, "timeout", t->timeout > 0 ? t->timeout / 1000000000 : 0);
    if (t->matrix) put_list(w, m, "matrix", params(w, &t->matrix->params));
    ynode *combinations = ynode_seq(w->a, NULL);
    for (uint32_t i = 0; i < t->combinations.n; i++) ynode_push(w->a, combinations, params(w, &t->combinations.v[i]));
    put_list(w, m, "combinations", combinations);
    put_list(w, m, "steps", words(w, &n->steps));
    put_list(w, m, "when", words(w, &n->when));
    put_list(w, m, "params", params(w, &t->params));
    put_list(w, m, "in", edges(w, g, x, node, true, path));
    put_list(w, m, "out", edges(w, g, x, node, false, path));
    put_list(w, m, "results", results(w, t));
    put_list(w, m, "source", source_list(w, mine));
    put_list(w, m, "pods", pods(w, t));
    ynode *runs = ynode_seq(w->a, NULL);
    for (uint32_t i = 0; i < n->children.n; i++) ynode_push(w->a, runs, child(w, &n->children.v[i]));
    put_list(w, m, "runs", runs);
    ynode_put(w->a, w->tasks, mine, m);
    if (n->inner) add_graph(w, n->inner, str_cat(w->a, mine, S("/")));
}

static void add_graph(writing *w, const view_graph *g, str path) {
    ends x = ends_of(w->a, g);
    for (uint32_t i = 0; i < g->n; i++) add_task(w, g, &x, i, path);
}

static const ynode *page_data(arena *a, const view_page *page) {
    writing w = {.a = a, .page = page, .tasks = ynode_map(a, NULL)};
    const plan_run *r = page->graph->run;
    ynode *m = ynode_map(a, NULL);
    put(&w, m, "pipeline", r->pipeline_name);
    put(&w, m, "run", r->name);
    ynode_put_str(a, m, S("kind"), r->pipeline ? S("PipelineRun") : S("TaskRun"));
    put(&w, m, "namespace", r->namespace_);
    put_list(&w, m, "params", params(&w, &r->params));
    add_graph(&w, page->graph, S(""));
    ynode_put(a, m, S("tasks"), w.tasks);
    if (page->graph->ran) ynode_put(a, m, S("ran"), child(&w, page->graph->ran));
    return m;
}

/* ---- the page ------------------------------------------------------------------------------------------------------- */

/* JSON inside a <script>: no `<` that could end it. */
static void add_data(arena *a, strbuf *b, const ynode *tree) {
    str json = emit_json_str(a, tree, false);
    for (uint32_t i = 0; i < json.n; i++)
        if (json.p[i] == '<')
            strbuf_add(b, S("\\u003c"));
        else
            strbuf_addc(b, json.p[i]);
}

/* The page with its parts: a line `@name@` stands for one. */
void view_html_of(arena *a, const view_page *pages, uint32_t n, strbuf *b) {
    const char *p = template_page_html;
    while (*p) {
        const char *end = strchr(p, '\n');
        str line = {p, (uint32_t)(end - p)};
        p = end + 1;
        if (str_eq(line, S("@title@"))) {
            strbuf_add(b, S("<title>"));
            const plan_run *r = n ? pages[0].graph->run : NULL;
            if (r) view_escape(b, r->pipeline_name.n ? r->pipeline_name : r->name);
            strbuf_add(b, S(" – tektonc</title>\n"));
        } else if (str_eq(line, S("@css@"))) {
            strbuf_add(b, str_z(template_graph_css));
            strbuf_add(b, str_z(template_page_css));
        } else if (str_eq(line, S("@js@"))) {
            strbuf_add(b, str_z(template_page_js));
        } else if (str_eq(line, S("@graphs@"))) {
            for (uint32_t i = 0; i < n; i++) view_svg_of(pages[i].graph, &(view_svg){.down = pages[i].down, .inside = true}, b);
        } else if (str_eq(line, S("@data@"))) {
            ynode *all = ynode_seq(a, NULL);
            for (uint32_t i = 0; i < n; i++) ynode_push(a, all, page_data(a, &pages[i]));
            add_data(a, b, all);
            strbuf_addc(b, '\n');
        } else {
            strbuf_add(b, line);
            strbuf_addc(b, '\n');
        }
    }
}
