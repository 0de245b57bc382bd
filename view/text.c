#include "base/utf8.h"
#include "view/canvas.h"
#include "view/text_parts.h"
#include <stdlib.h>

enum { LIST_INDENT = 4 };

typedef struct writing {
    arena *a;
    const view_text *how;
    strbuf b;
} writing;

static const char *color(const writing *w, uint8_t number) { return canvas_color(w->how->color, number); }

static const char *dash(const writing *w) { return w->how->ascii ? "-" : "–"; }

/* ---- a task --------------------------------------------------------------------------------------------------------- */

uint8_t view_status_color(const view_node *n) {
    static const uint8_t colors[] = {COLOR_BOLD, COLOR_DIM, COLOR_NONE, COLOR_BLUE, COLOR_GREEN, COLOR_RED, COLOR_MAGENTA};
    return n->status == VIEW_UNKNOWN && n->task->skip.n ? COLOR_DIM : colors[n->status];
}

static const char *status_mark(const view_node *n, bool ascii) {
    static const char *const drawn[] = {"", "⊘ ", "○ ", "● ", "✓ ", "✗ ", "⊗ "}, *const plain[] = {"", "- ", "o ", "* ", "+ ", "x ", "! "};
    return ascii ? plain[n->status] : drawn[n->status];
}

static str plain_badge(arena *a, const view_badge *g, bool ascii) {
    if (!ascii) return g->text;
    if (str_starts(g->text, S("×"))) return str_cat(a, S("x"), str_from(g->text, S("×").n));
    if (str_starts(g->text, S("↻"))) return str_cat(a, S("@"), str_from(g->text, S("↻").n));
    return g->text;
}

str view_label(arena *a, const view_node *n, bool ascii) {
    strbuf b = {.a = a};
    view_badges badges = {0};
    strbuf_add(&b, str_z(status_mark(n, ascii)));
    strbuf_add(&b, n->name);
    view_badges_of(a, n, &badges);
    for (uint32_t i = 0; i < badges.n; i++) {
        if (str_eq(badges.v[i].text, S("skipped")) && n->status != VIEW_UNKNOWN) continue;
        strbuf_addc(&b, ' ');
        strbuf_add(&b, plain_badge(a, &badges.v[i], ascii));
    }
    return strbuf_str(&b);
}

/* ---- words that wrap ------------------------------------------------------------------------------------------------ */

typedef struct wrap {
    writing *w;
    uint32_t at, indent;
} wrap;

static void put(wrap *x, str word, uint8_t number) {
    uint32_t n = canvas_width(word);
    if (x->at > x->indent && x->at + 1 + n > x->w->how->width) {
        strbuf_addc(&x->w->b, '\n');
        for (uint32_t i = 0; i < x->indent; i++) strbuf_addc(&x->w->b, ' ');
        x->at = x->indent;
    } else if (x->at > x->indent) {
        strbuf_addc(&x->w->b, ' ');
        x->at++;
    }
    if (number) strbuf_add(&x->w->b, str_z(color(x->w, number)));
    strbuf_add(&x->w->b, word);
    if (number) strbuf_add(&x->w->b, str_z(color(x->w, COLOR_NONE)));
    x->at += n;
}

/* ---- the list ------------------------------------------------------------------------------------------------------- */

/* How many tasks come one after the other before each. */
static uint32_t *depths(arena *a, const view_graph *g) {
    uint32_t *depth = ARENA_ARRAY(a, uint32_t, g->n + 1);
    bool changed = true;
    for (uint32_t pass = 0; changed && pass <= g->n; pass++) { /* mostly two passes: tasks tend to be written in order */
        changed = false;
        for (uint32_t i = 0; i < g->edges.n; i++) {
            const view_edge *e = &g->edges.v[i];
            if (!e->order || depth[e->to] > depth[e->from]) continue;
            depth[e->to] = depth[e->from] + 1;
            changed = true;
        }
    }
    return depth;
}

typedef struct listed {
    uint32_t depth, node;
} listed;

static int by_depth(const void *x, const void *y) {
    const listed *a = x, *b = y;
    if (a->depth != b->depth) return a->depth < b->depth ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

static void list_task(writing *w, const view_graph *g, uint32_t node, const uint32_t *first, uint32_t column) {
    wrap x = {.w = w, .at = 0, .indent = LIST_INDENT};
    str label = view_label(w->a, &g->nodes[node], w->how->ascii);
    uint32_t wide = canvas_width(label);
    strbuf_add(&w->b, str_z(color(w, view_status_color(&g->nodes[node]))));
    strbuf_add(&w->b, label);
    strbuf_add(&w->b, str_z(color(w, COLOR_NONE)));
    bool any = false;
    for (uint32_t i = first[node]; i < first[node + 1]; i++) {
        const view_edge *e = &g->edges.v[i];
        if (!view_edge_shown(e) || !e->order) continue;
        if (!any) {
            for (uint32_t k = wide; k < column; k++) strbuf_addc(&w->b, ' ');
            strbuf_add(&w->b, w->how->ascii ? S("  <-") : S("  ←"));
            x.indent = LIST_INDENT + (wide > column ? wide : column) + (w->how->ascii ? 4 : 3);
            x.at = x.indent;
            strbuf_addc(&w->b, ' ');
            x.indent++, x.at++;
            any = true;
        }
        put(&x, g->nodes[e->from].name, COLOR_NONE);
    }
    strbuf_addc(&w->b, '\n');
}

static void list_tasks(writing *w, const view_graph *g, str indent) {
    enum { MOST_COLUMN = 32 };
    uint32_t *depth = depths(w->a, g), *first = ARENA_ARRAY(w->a, uint32_t, g->n + 2), n = 0, column = 0;
    listed *all = ARENA_ARRAY(w->a, listed, g->n + 1);
    for (uint32_t i = 0; i < g->edges.n; i++) first[g->edges.v[i].to + 1]++;
    for (uint32_t i = 0; i < g->n; i++) first[i + 1] += first[i];
    for (uint32_t i = 0; i < g->n; i++) {
        if (g->nodes[i].task->finally) continue;
        all[n++] = (listed){depth[i], i};
        uint32_t wide = canvas_width(view_label(w->a, &g->nodes[i], w->how->ascii));
        if (wide > column) column = wide < MOST_COLUMN ? wide : MOST_COLUMN;
    }
    if (n) qsort(all, n, sizeof *all, by_depth);
    for (uint32_t i = 0; i < n; i++) {
        strbuf_add(&w->b, indent);
        if (!i || all[i].depth != all[i - 1].depth)
            strbuf_addf(&w->b, "%s%3u%s ", color(w, COLOR_DIM), all[i].depth + 1, color(w, COLOR_NONE));
        else
            strbuf_add(&w->b, S("    "));
        list_task(w, g, all[i].node, first, column);
    }
}

/* ---- what is said below --------------------------------------------------------------------------------------------- */

static void say_finally(writing *w, const view_graph *g, str indent) {
    wrap x = {.w = w};
    for (uint32_t i = 0; i < g->n; i++) {
        if (!g->nodes[i].task->finally) continue;
        if (!x.indent) {
            strbuf_addf(&w->b, "\n%.*sfinally ", STR_ARG(indent));
            x.indent = x.at = indent.n + 8;
        }
        put(&x, view_label(w->a, &g->nodes[i], w->how->ascii), view_status_color(&g->nodes[i]));
    }
    if (x.indent) strbuf_addc(&w->b, '\n');
}

typedef struct flow {
    uint32_t from, to;
    str result;
} flow;

static int by_result(const void *x, const void *y) {
    const flow *a = x, *b = y;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    int c = str_cmp(a->result, b->result);
    return c ? c : a->to < b->to ? -1 : a->to > b->to;
}

static void say_flows(writing *w, const view_graph *g, str indent) {
    VEC(flow) flows = {0};
    for (uint32_t i = 0; i < g->edges.n; i++)
        for (uint32_t k = 0; k < g->edges.v[i].results.n; k++)
            vec_push(w->a, &flows, ((flow){g->edges.v[i].from, g->edges.v[i].to, g->edges.v[i].results.v[k]}));
    if (!flows.n) return;
    qsort(flows.v, flows.n, sizeof *flows.v, by_result);
    strbuf_addf(&w->b, "\n%.*sresults\n", STR_ARG(indent));
    for (uint32_t i = 0, end; i < flows.n; i = end) {
        wrap x = {.w = w, .indent = indent.n + LIST_INDENT + 2, .at = indent.n + LIST_INDENT};
        str from = g->nodes[flows.v[i].from].name;
        strbuf_addf(&w->b, "%.*s  %s%.*s.%.*s%s", STR_ARG(indent), color(w, COLOR_CYAN), STR_ARG(from), STR_ARG(flows.v[i].result), color(w, COLOR_NONE));
        strbuf_add(&w->b, w->how->ascii ? S(" -> ") : S(" → "));
        x.at = indent.n + 2 + canvas_width(from) + 1 + canvas_width(flows.v[i].result) + (w->how->ascii ? 4 : 3);
        uint32_t begin = x.at;
        for (end = i; end < flows.n && flows.v[end].from == flows.v[i].from && str_eq(flows.v[end].result, flows.v[i].result); end++) {
            bool more = end + 1 < flows.n && flows.v[end + 1].from == flows.v[i].from && str_eq(flows.v[end + 1].result, flows.v[i].result);
            str name = str_cat(w->a, g->nodes[flows.v[end].to].name, more ? S(",") : S(""));
            if (x.at == begin) {
                strbuf_add(&w->b, name);
                x.at += canvas_width(name);
            } else {
                put(&x, name, COLOR_NONE);
            }
        }
        strbuf_addc(&w->b, '\n');
    }
}

static void say_conditions(writing *w, const view_graph *g, str indent) {
    bool any = false;
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t k = 0; k < g->nodes[i].when.n; k++) {
            if (!any) strbuf_addf(&w->b, "\n%.*swhen\n", STR_ARG(indent));
            any = true;
            strbuf_addf(&w->b, "%.*s  %s%.*s%s %s ", STR_ARG(indent), color(w, COLOR_YELLOW), STR_ARG(g->nodes[i].name), color(w, COLOR_NONE), dash(w));
            utf8_add_visible(&w->b, g->nodes[i].when.v[k]);
            strbuf_addc(&w->b, '\n');
        }
}

/* What the badges mean, of those that are there. */
static void say_legend(writing *w, const view_graph *g) {
    static const struct { const char *kind, *drawn, *ascii; } meanings[] = {
        {"matrix", "×N matrix", "xN matrix"},
        {"retries", "↻N retries", "@N retries"},
        {"when", "? has conditions", "? has conditions"},
        {"ignored", "! may fail", "! may fail"},
        {"pipeline", "{N} pipeline of N tasks", "{N} pipeline of N tasks"},
    };
    bool used[sizeof meanings / sizeof *meanings] = {0}, any = false;
    for (uint32_t i = 0; i < g->n; i++) {
        view_badges badges = {0};
        view_badges_of(w->a, &g->nodes[i], &badges);
        for (uint32_t k = 0; k < badges.n; k++)
            for (size_t m = 0; m < sizeof meanings / sizeof *meanings; m++)
                if (strcmp(badges.v[k].kind, meanings[m].kind) == 0) used[m] = any = true;
    }
    if (!any) return;
    strbuf_addf(&w->b, "\n%s", color(w, COLOR_DIM));
    bool first = true;
    for (size_t m = 0; m < sizeof meanings / sizeof *meanings; m++) {
        if (!used[m]) continue;
        strbuf_addf(&w->b, "%s%s", first ? "" : "   ", w->how->ascii ? meanings[m].ascii : meanings[m].drawn);
        first = false;
    }
    strbuf_addf(&w->b, "%s\n", color(w, COLOR_NONE));
}

static void write_graph(writing *w, const view_graph *g, str indent) {
    uint32_t finals = 0;
    for (uint32_t i = 0; i < g->n; i++) finals += g->nodes[i].task->finally;
    if (g->n == finals && !finals) strbuf_addf(&w->b, "%.*s(no tasks)\n", STR_ARG(indent));
    if (g->n > finals && (w->how->list || !view_draw(g, w->how, indent, &w->b))) list_tasks(w, g, indent);
    say_finally(w, g, indent);
    say_conditions(w, g, indent);
    say_flows(w, g, indent);
    for (uint32_t i = 0; i < g->n; i++) {
        if (!g->nodes[i].inner) continue;
        strbuf_addf(&w->b, "\n%.*s%s%.*s%s {\n", STR_ARG(indent), color(w, COLOR_BOLD), STR_ARG(g->nodes[i].name), color(w, COLOR_NONE));
        write_graph(w, g->nodes[i].inner, str_cat(w->a, indent, S("  ")));
        strbuf_addf(&w->b, "%.*s}\n", STR_ARG(indent));
    }
}

str view_text_of(arena *a, const view_graph *g, const view_text *how) {
    writing w = {.a = a, .how = how, .b = {.a = a}};
    const plan_run *r = g->run;
    strbuf_addf(&w.b, "%s%.*s%s", color(&w, COLOR_BOLD), STR_ARG(r->pipeline_name.n ? r->pipeline_name : r->name), color(&w, COLOR_NONE));
    if (r->pipeline_name.n) strbuf_addf(&w.b, " %s%s %.*s%s", color(&w, COLOR_DIM), dash(&w), STR_ARG(r->name), color(&w, COLOR_NONE));
    strbuf_add(&w.b, S("\n\n"));
    write_graph(&w, g, S(""));
    say_legend(&w, g);
    return strbuf_str(&w.b);
}
