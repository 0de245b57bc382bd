#include "view/formats.h"
#include "view/svg.h"

typedef struct writing {
    arena *a;
    strbuf *b;
    bool mermaid;
} writing;

static str joined(arena *a, const view_words *words) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < words->n; i++) {
        if (i) strbuf_add(&b, S(", "));
        strbuf_add(&b, words->v[i]);
    }
    return strbuf_str(&b);
}

static str label(arena *a, const view_node *n, const char *separator) {
    strbuf b = {.a = a};
    view_badges badges = {0};
    strbuf_add(&b, n->title);
    view_badges_of(a, n, &badges);
    for (uint32_t i = 0; i < badges.n; i++) {
        strbuf_add(&b, i ? S(" ") : str_z(separator));
        strbuf_add(&b, badges.v[i].text);
    }
    return strbuf_str(&b);
}

/* Inside DOT's double quotes: the two characters \n are a line break. */
static void add_quoted(strbuf *b, str text) {
    strbuf_addc(b, '"');
    for (uint32_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '"' || c == '\\') strbuf_addc(b, '\\');
        if (c == '\n')
            strbuf_add(b, S("\\n"));
        else
            strbuf_addc(b, c);
    }
    strbuf_addc(b, '"');
}

/* Inside Mermaid's double quotes: entities for what it would take for its own. */
static void add_entities(strbuf *b, str text) {
    strbuf_addc(b, '"');
    for (uint32_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (strchr("\"#<>&;`", c) && c)
            strbuf_addf(b, "#%u;", c);
        else if (c == '\n')
            strbuf_add(b, S("<br/>"));
        else
            strbuf_addc(b, (char)c);
    }
    strbuf_addc(b, '"');
}

static void indent(strbuf *b, uint32_t depth) {
    for (uint32_t i = 0; i < depth; i++) strbuf_add(b, S("  "));
}

/* ---- DOT ------------------------------------------------------------------------------------------------------------ */

static const char *dot_color(const view_node *n) {
    static const char *const colors[] = {"", "#8c959f", "#8c959f", "#0969da", "#1a7f37", "#cf222e", "#8250df"};
    return colors[n->status];
}

static void dot_node(writing *w, const view_node *n, str id, uint32_t depth) {
    indent(w->b, depth);
    strbuf_addf(w->b, "n%.*s [label=", STR_ARG(id));
    add_quoted(w->b, label(w->a, n, "\n"));
    if (n->when.n) {
        strbuf_add(w->b, S(", tooltip="));
        add_quoted(w->b, str_cat(w->a, S("when "), joined(w->a, &n->when)));
    }
    if (n->status) strbuf_addf(w->b, ", color=\"%s\", penwidth=2", dot_color(n));
    if (n->task->skip.n) strbuf_add(w->b, S(", style=\"rounded,dashed\""));
    if (n->custom.n) strbuf_add(w->b, S(", style=\"rounded,dotted\""));
    strbuf_add(w->b, S("]\n"));
}

/* Edges end at a cluster by way of a node inside it. */
static str dot_end(arena *a, const view_graph *g, uint32_t node, str prefix) {
    str id = str_fmt(a, "%.*s%u", STR_ARG(prefix), node);
    return g->nodes[node].inner && g->nodes[node].inner->n ? dot_end(a, g->nodes[node].inner, 0, str_cat(a, id, S("_"))) : id;
}

static void dot_graph(writing *w, const view_graph *g, str prefix, uint32_t depth) {
    bool open = false;
    for (uint32_t i = 0; i < g->n; i++) {
        const view_node *n = &g->nodes[i];
        str id = str_fmt(w->a, "%.*s%u", STR_ARG(prefix), i);
        if (n->task->finally && !open) {
            indent(w->b, depth);
            strbuf_addf(w->b, "subgraph cluster_finally%.*s { label=finally; style=\"rounded,dashed\"; color=\"#8c959f\"; fontcolor=\"#59636e\"\n", STR_ARG(prefix));
            open = true;
        }
        uint32_t inside = depth + open;
        if (!n->inner || !n->inner->n) {
            dot_node(w, n, id, inside);
            continue;
        }
        indent(w->b, inside);
        strbuf_addf(w->b, "subgraph cluster_%.*s { style=rounded; color=\"#8c959f\"; label=", STR_ARG(id));
        add_quoted(w->b, label(w->a, n, " "));
        strbuf_addc(w->b, '\n');
        dot_graph(w, n->inner, str_cat(w->a, id, S("_")), inside + 1);
        indent(w->b, inside);
        strbuf_add(w->b, S("}\n"));
    }
    if (open) indent(w->b, depth), strbuf_add(w->b, S("}\n"));
    for (uint32_t i = 0; i < g->edges.n; i++) {
        const view_edge *e = &g->edges.v[i];
        if (!view_edge_shown(e)) continue;
        str from = str_fmt(w->a, "%.*s%u", STR_ARG(prefix), e->from), to = str_fmt(w->a, "%.*s%u", STR_ARG(prefix), e->to);
        str from_end = dot_end(w->a, g, e->from, prefix), to_end = dot_end(w->a, g, e->to, prefix);
        indent(w->b, depth);
        strbuf_addf(w->b, "n%.*s -> n%.*s [", STR_ARG(from_end), STR_ARG(to_end));
        if (!str_eq(from, from_end)) strbuf_addf(w->b, "ltail=cluster_%.*s, ", STR_ARG(from));
        if (!str_eq(to, to_end)) strbuf_addf(w->b, "lhead=cluster_%.*s, ", STR_ARG(to));
        if (e->results.n) {
            strbuf_add(w->b, S("color=\"#0969da\", fontcolor=\"#0969da\", label="));
            add_quoted(w->b, joined(w->a, &e->results));
        } else {
            strbuf_add(w->b, e->order ? S("color=\"#59636e\"") : S("color=\"#9a6700\", style=dotted"));
        }
        strbuf_add(w->b, S("]\n"));
    }
}

void view_dot_of(const view_graph *g, bool down, strbuf *b) {
    writing w = {.a = arena_new(), .b = b};
    strbuf_add(b, S("digraph "));
    add_quoted(b, g->run->pipeline_name.n ? g->run->pipeline_name : g->run->name);
    strbuf_addf(b, " {\n  rankdir=%s; compound=true; bgcolor=transparent\n", down ? "TB" : "LR");
    strbuf_add(b, S("  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=12, color=\"#59636e\"]\n"
                    "  edge [fontname=\"Helvetica\", fontsize=10, arrowsize=0.7]\n"));
    dot_graph(&w, g, S(""), 1);
    strbuf_add(b, S("}\n"));
    arena_free(w.a);
}

/* ---- Mermaid -------------------------------------------------------------------------------------------------------- */

static void mermaid_graph(writing *w, const view_graph *g, str prefix, uint32_t depth) {
    bool open = false;
    for (uint32_t i = 0; i < g->n; i++) {
        const view_node *n = &g->nodes[i];
        str id = str_fmt(w->a, "%.*s%u", STR_ARG(prefix), i);
        if (n->task->finally && !open) {
            indent(w->b, depth);
            strbuf_addf(w->b, "subgraph f%.*s [\"finally\"]\n", STR_ARG(prefix));
            open = true;
        }
        indent(w->b, depth + open);
        if (n->inner && n->inner->n) {
            strbuf_addf(w->b, "subgraph n%.*s [", STR_ARG(id));
            add_entities(w->b, label(w->a, n, " "));
            strbuf_add(w->b, S("]\n"));
            mermaid_graph(w, n->inner, str_cat(w->a, id, S("_")), depth + open + 1);
            indent(w->b, depth + open);
            strbuf_add(w->b, S("end\n"));
            continue;
        }
        strbuf_addf(w->b, "n%.*s(", STR_ARG(id));
        add_entities(w->b, label(w->a, n, "\n"));
        strbuf_addc(w->b, ')');
        if (n->status) strbuf_addf(w->b, ":::%s", view_status_name(n->status));
        else if (n->task->skip.n) strbuf_add(w->b, S(":::skipped"));
        strbuf_addc(w->b, '\n');
    }
    if (open) indent(w->b, depth), strbuf_add(w->b, S("end\n"));
    for (uint32_t i = 0; i < g->edges.n; i++) {
        const view_edge *e = &g->edges.v[i];
        if (!view_edge_shown(e)) continue;
        indent(w->b, depth);
        strbuf_addf(w->b, "n%.*s%u %s", STR_ARG(prefix), e->from, e->results.n ? "==>" : e->order ? "-->" : "-.->");
        if (e->results.n) {
            strbuf_addc(w->b, '|');
            add_entities(w->b, joined(w->a, &e->results));
            strbuf_addc(w->b, '|');
        }
        strbuf_addf(w->b, " n%.*s%u\n", STR_ARG(prefix), e->to);
    }
}

static bool any_status(const view_graph *g) {
    for (uint32_t i = 0; i < g->n; i++)
        if (g->nodes[i].status || g->nodes[i].task->skip.n || (g->nodes[i].inner && any_status(g->nodes[i].inner))) return true;
    return false;
}

void view_mermaid_of(const view_graph *g, bool down, strbuf *b) {
    writing w = {.a = arena_new(), .b = b};
    strbuf_addf(b, "flowchart %s\n", down ? "TB" : "LR");
    mermaid_graph(&w, g, S(""), 1);
    if (any_status(g))
        strbuf_add(b, S("  classDef succeeded stroke:#1a7f37,stroke-width:2px\n  classDef failed stroke:#cf222e,stroke-width:2px\n"
                        "  classDef running stroke:#0969da,stroke-width:2px\n  classDef cancelled stroke:#8250df,stroke-width:2px\n"
                        "  classDef skipped stroke-dasharray:4\n  classDef pending stroke-dasharray:4\n"));
    arena_free(w.a);
}
