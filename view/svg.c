#include "view/svg.h"
#include "base/utf8.h"
#include "templates/templates.h"
#include "view/layered.h"
#include <math.h>
#include <stdlib.h>

enum { CARD_MIN = 132, CARD_MAX = 248, PAD = 12, TITLE_LINE = 20, SMALL_LINE = 16, MARGIN = 24, GROUP_PAD = 16, GROUP_HEAD = 26 };
enum { LAYER_GAP = 56, NODE_GAP = 18, POINT_SIZE = 10, COMPACT = 60, HEAD = 44, LEGEND = 34 };

typedef struct line { /* of a card */
    str text;
    const char *class;
} line;

typedef struct card {
    VEC(line) lines;
    view_badges badges;
    double width, height, chips;
    struct figure *inner;
} card;

typedef struct figure { /* one pipeline, laid out */
    const view_graph *g;
    layered l;
    card *cards;
    str path;
    double width, height;
    bool finals;
} figure;

typedef struct painting {
    arena *a;
    const view_svg *how;
    strbuf *b;
    bool compact;
} painting;

/* ---- text ----------------------------------------------------------------------------------------------------------- */

void view_escape(strbuf *b, str text) {
    for (uint32_t i = 0, n, rune; i < text.n; i += n ? n : 1) {
        n = utf8_decode(text.p + i, text.p + text.n, &rune);
        if (!n || rune == 0xFFFE || rune == 0xFFFF || (rune < 0x20 && rune != '\n' && rune != '\t')) { /* XML 1.0 has none of them */
            strbuf_addc(b, ' ');
            continue;
        }
        switch (rune) {
        case '&': strbuf_add(b, S("&amp;")); break;
        case '<': strbuf_add(b, S("&lt;")); break;
        case '>': strbuf_add(b, S("&gt;")); break;
        case '"': strbuf_add(b, S("&quot;")); break;
        default: strbuf_add(b, str_cut(text, i, i + n));
        }
    }
}

/* About how wide a sans serif writes a character, in parts of the font's size. */
static double wide(unsigned char c) {
    if (strchr("iljI.,:;|!'`", c)) return 0.30;
    if (strchr("ftr()[]-\" /", c)) return 0.38;
    if (strchr("mwMW@%", c)) return 0.90;
    if (c >= 'A' && c <= 'Z') return 0.70;
    return 0.58;
}

static double text_width(str text, double size) {
    double sum = 0;
    for (uint32_t i = 0; i < text.n; i++)
        if (((unsigned char)text.p[i] & 0xC0) != 0x80) sum += (unsigned char)text.p[i] < 0x80 ? wide((unsigned char)text.p[i]) : 0.8;
    return sum * size;
}

/* What fits, with … where something was cut off. */
static str fitted(arena *a, str text, double size, double room) {
    if (text_width(text, size) <= room) return text;
    double sum = 0.9 * size;
    uint32_t n = 0;
    while (n < text.n) {
        uint32_t next = n + 1;
        while (next < text.n && ((unsigned char)text.p[next] & 0xC0) == 0x80) next++;
        sum += text_width(str_cut(text, n, next), size);
        if (sum > room) break;
        n = next;
    }
    return str_cat(a, str_cut(text, 0, n), S("…"));
}

const char *view_status_name(view_status s) {
    static const char *const names[] = {"", "skipped", "pending", "running", "succeeded", "failed", "cancelled"};
    return names[s];
}

/* ---- cards ---------------------------------------------------------------------------------------------------------- */

static void add_line(painting *p, card *c, str text, const char *class) {
    line *x = vec_add(p->a, &c->lines);
    *x = (line){text, class};
}

static str joined(arena *a, const view_words *words, const char *between) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < words->n; i++) {
        if (i) strbuf_add(&b, str_z(between));
        strbuf_add(&b, words->v[i]);
    }
    return strbuf_str(&b);
}

static void add_flows(painting *p, const figure *f, uint32_t node, card *c, const uint32_t *first) {
    strbuf b = {.a = p->a};
    for (uint32_t i = first[node]; i < first[node + 1]; i++) {
        const view_edge *e = &f->g->edges.v[i];
        for (uint32_t k = 0; k < e->results.n; k++) {
            strbuf_add(&b, b.n ? S(", ") : S("← "));
            strbuf_add(&b, f->g->nodes[e->from].name);
            strbuf_addc(&b, '.');
            strbuf_add(&b, e->results.v[k]);
        }
    }
    if (b.n) add_line(p, c, strbuf_str(&b), "tk-line tk-in");
}

static figure *lay_out(painting *p, const view_graph *g, str path);

static void size_card(painting *p, figure *f, uint32_t node, const uint32_t *first) {
    const view_node *n = &f->g->nodes[node];
    card *c = &f->cards[node];
    view_badges_of(p->a, n, &c->badges);
    if (n->inner) {
        str path = str_cat(p->a, str_cat(p->a, f->path, n->name), S("/"));
        c->inner = lay_out(p, n->inner, path);
        c->width = c->inner->width + 2 * GROUP_PAD;
        c->height = c->inner->height + GROUP_HEAD + GROUP_PAD;
        return;
    }
    for (uint32_t i = 0; i < c->badges.n; i++) c->chips += text_width(c->badges.v[i].text, 11) + 14;
    double wanted = text_width(n->title, 13) + c->chips + (n->status ? 18 : 0) + 8;
    if (!p->compact) {
        if (n->steps.n) add_line(p, c, joined(p->a, &n->steps, " · "), "tk-line");
        add_flows(p, f, node, c, first);
        for (uint32_t i = 0; i < n->when.n && i < 2; i++) add_line(p, c, str_cat(p->a, S("when "), n->when.v[i]), "tk-line tk-when");
        for (uint32_t i = 0; i < c->lines.n; i++) {
            double w = text_width(c->lines.v[i].text, 11);
            if (w > wanted) wanted = w;
        }
    }
    c->width = wanted + 2 * PAD;
    if (c->width < CARD_MIN) c->width = CARD_MIN;
    if (c->width > CARD_MAX) c->width = text_width(n->title, 13) + c->chips + 2 * PAD + 26 > CARD_MAX && !p->compact ? CARD_MAX + 40 : CARD_MAX;
    c->height = 2 * 8 + TITLE_LINE + SMALL_LINE * c->lines.n;
}

/* ---- layout --------------------------------------------------------------------------------------------------------- */

/* Cards of one layer are equally wide: a column. */
static void even_widths(figure *f, const painting *p) {
    layered *l = &f->l;
    double *most = ARENA_ARRAY(p->a, double, l->layers + 1);
    if (p->how->down) return;
    for (uint32_t i = 0; i < l->n; i++)
        if (!f->cards[i].inner && f->cards[i].width > most[l->nodes[i].layer]) most[l->nodes[i].layer] = f->cards[i].width;
    for (uint32_t i = 0; i < l->n; i++)
        if (!f->cards[i].inner) f->cards[i].width = most[l->nodes[i].layer];
}

static figure *lay_out(painting *p, const view_graph *g, str path) {
    figure *f = ARENA_NEW(p->a, figure);
    layered *l = &f->l;
    uint32_t *first = ARENA_ARRAY(p->a, uint32_t, g->n + 2);
    f->g = g;
    f->path = path;
    f->cards = ARENA_ARRAY(p->a, card, g->n + 1);
    l->n = g->n;
    l->nodes = ARENA_ARRAY(p->a, layered_node, g->n + 1);
    l->edges = ARENA_ARRAY(p->a, layered_edge, g->edges.n + 1);
    for (uint32_t i = 0; i < g->edges.n; i++) first[g->edges.v[i].to + 1]++;
    for (uint32_t i = 0; i < g->n; i++) first[i + 1] += first[i];
    for (uint32_t i = 0; i < g->n; i++) {
        size_card(p, f, i, first);
        l->nodes[i] = (layered_node){
            .along = p->how->down ? f->cards[i].height : f->cards[i].width,
            .across = p->how->down ? f->cards[i].width : f->cards[i].height,
            .last = g->nodes[i].task->finally,
        };
        f->finals = f->finals || g->nodes[i].task->finally;
    }
    for (uint32_t i = 0; i < g->edges.n; i++) {
        const view_edge *e = &g->edges.v[i];
        if (view_edge_shown(e)) l->edges[l->edge_count++] = (layered_edge){.from = e->from, .to = e->to, .bundle = e->results.n ? 1 : e->order ? 0 : 2, .loose = e->implied};
    }
    l->node_gap = NODE_GAP;
    l->layer_gap = LAYER_GAP;
    l->point_size = POINT_SIZE;
    layered_place(p->a, l);
    even_widths(f, p);
    /* Room for the frame around the finally tasks. */
    if (f->finals) {
        for (uint32_t i = 0; i < l->n; i++) {
            l->nodes[i].y += GROUP_HEAD;
            if (l->nodes[i].last && l->layers > 1) l->nodes[i].x += GROUP_PAD;
        }
        for (uint32_t i = 0; i < l->edge_count; i++)
            for (uint32_t k = 0; k < l->edges[i].points.n; k++) l->edges[i].points.v[k].y += GROUP_HEAD;
        l->across += GROUP_HEAD + GROUP_PAD;
        l->along += (l->layers > 1 ? 2 : 1) * GROUP_PAD;
    }
    f->width = p->how->down ? l->across : l->along;
    f->height = p->how->down ? l->along : l->across;
    return f;
}

/* ---- painting ------------------------------------------------------------------------------------------------------- */

/* To a tenth, without what prints differently. */
static void add_number(painting *p, double v) {
    long tenths = lround(v * 10);
    strbuf_addf(p->b, "%s%ld", tenths < 0 ? "-" : "", labs(tenths) / 10);
    if (labs(tenths) % 10) strbuf_addf(p->b, ".%ld", labs(tenths) % 10);
}

static void add_point(painting *p, double along, double across) {
    add_number(p, p->how->down ? across : along);
    strbuf_addc(p->b, ',');
    add_number(p, p->how->down ? along : across);
}

static void add_attribute(painting *p, const char *name, double v) {
    strbuf_addf(p->b, " %s=\"", name);
    add_number(p, v);
    strbuf_addc(p->b, '"');
}

static void add_curve(painting *p, double x1, double y1, double x2, double y2) {
    if (fabs(y1 - y2) < 0.5) {
        strbuf_add(p->b, S(" L"));
        add_point(p, x2, y2);
        return;
    }
    double bend = (x2 - x1) / 2;
    strbuf_add(p->b, S(" C"));
    add_point(p, x1 + bend, y1);
    strbuf_addc(p->b, ' ');
    add_point(p, x2 - bend, y2);
    strbuf_addc(p->b, ' ');
    add_point(p, x2, y2);
}

static double end_of(const figure *f, uint32_t node, bool down) { return f->l.nodes[node].x + (down ? f->cards[node].height : f->cards[node].width); }

static void paint_edge(painting *p, const figure *f, const layered_edge *e, const view_edge *v) {
    enum { TIP = 7 };
    const layered *l = &f->l;
    const char *class = v->results.n ? " tk-flow" : v->order ? "" : " tk-looks";
    double x = end_of(f, e->from, p->how->down), y = l->nodes[e->from].y, end = l->nodes[e->to].x, to = l->nodes[e->to].y;
    strbuf_addf(p->b, "<path class=\"tk-edge%s%s\" data-from=\"", class, v->implied && v->order ? " tk-implied" : "");
    view_escape(p->b, str_cat(p->a, f->path, f->g->nodes[v->from].name));
    strbuf_add(p->b, S("\" data-to=\""));
    view_escape(p->b, str_cat(p->a, f->path, f->g->nodes[v->to].name));
    strbuf_add(p->b, S("\" d=\"M"));
    add_point(p, x, y);
    for (uint32_t i = 0; i < e->points.n; i++) {
        const layered_point *q = &e->points.v[i];
        double begin = l->layer_x[q->layer], stop = begin + l->layer_along[q->layer];
        add_curve(p, x, y, begin, q->y);
        strbuf_add(p->b, S(" L"));
        add_point(p, stop, q->y);
        x = stop, y = q->y;
    }
    add_curve(p, x, y, end - TIP, to);
    strbuf_add(p->b, S("\"><title>"));
    view_escape(p->b, f->g->nodes[v->from].name);
    strbuf_add(p->b, S(" → "));
    view_escape(p->b, f->g->nodes[v->to].name);
    if (v->results.n) {
        strbuf_add(p->b, S(": "));
        view_escape(p->b, joined(p->a, &v->results, ", "));
    }
    if (v->status) strbuf_add(p->b, S(" (status)"));
    strbuf_addf(p->b, "</title></path><path class=\"tk-tip%s%s\" d=\"M", v->results.n ? " tk-tip-flow" : v->order ? "" : " tk-tip-looks", v->implied && v->order ? " tk-implied" : "");
    add_point(p, end, to);
    strbuf_add(p->b, S(" L"));
    add_point(p, end - TIP - 1, to - 4);
    strbuf_add(p->b, S(" L"));
    add_point(p, end - TIP - 1, to + 4);
    strbuf_add(p->b, S("z\"/>\n"));
}

static void paint_text(painting *p, const char *class, double x, double y, str text) {
    strbuf_addf(p->b, "<text class=\"%s\"", class);
    add_attribute(p, "x", x);
    add_attribute(p, "y", y);
    strbuf_addc(p->b, '>');
    view_escape(p->b, text);
    strbuf_add(p->b, S("</text>"));
}

static void paint_box(painting *p, const char *class, double x, double y, double width, double height, double round) {
    strbuf_addf(p->b, "<rect class=\"%s\"", class);
    add_attribute(p, "x", x);
    add_attribute(p, "y", y);
    add_attribute(p, "width", width);
    add_attribute(p, "height", height);
    add_attribute(p, "rx", round);
    strbuf_add(p->b, S("/>"));
}

static void paint_figure(painting *p, const figure *f);

static void paint_chips(painting *p, const card *c, double right, double y) {
    for (uint32_t i = c->badges.n; i > 0; i--) {
        const view_badge *g = &c->badges.v[i - 1];
        double w = text_width(g->text, 11) + 10;
        right -= w;
        strbuf_addf(p->b, "<g class=\"tk-chip-%s\">", g->kind);
        paint_box(p, "tk-chip", right, y, w, 17, 8.5);
        paint_text(p, "tk-chip-text", right + w / 2, y + 12.5, g->text);
        strbuf_add(p->b, S("</g>"));
        right -= 4;
    }
}

static void paint_card(painting *p, const figure *f, uint32_t node) {
    static const char *const status_marks[] = {"", "⊘", "○", "●", "✓", "✗", "⊗"};
    const view_node *n = &f->g->nodes[node];
    const layered_node *at = &f->l.nodes[node];
    const card *c = &f->cards[node];
    double x = p->how->down ? at->y - c->width / 2 : at->x, y = p->how->down ? at->x : at->y - c->height / 2, text = x + PAD;
    strbuf_addf(p->b, "<g class=\"tk-node%s%s%s%s\" data-task=\"", n->status ? " tk-" : "", view_status_name(n->status),
                n->task->skip.n ? " tk-skip" : "", n->custom.n ? " tk-custom" : "");
    view_escape(p->b, str_cat(p->a, f->path, n->name));
    strbuf_add(p->b, S("\"><title>"));
    view_escape(p->b, n->name);
    if (n->task->skip.n) view_escape(p->b, str_fmt(p->a, "\nnever runs: %.*s", STR_ARG(n->task->skip)));
    if (n->steps.n) view_escape(p->b, str_cat(p->a, S("\nsteps: "), joined(p->a, &n->steps, ", ")));
    for (uint32_t i = 0; i < n->when.n; i++) view_escape(p->b, str_cat(p->a, S("\nwhen "), n->when.v[i]));
    if (n->reason.n) view_escape(p->b, str_cat(p->a, S("\n"), n->reason));
    strbuf_add(p->b, S("</title>"));
    paint_box(p, c->inner ? "tk-card tk-group" : "tk-card", x, y, c->width, c->height, 6);
    if (n->status) {
        paint_box(p, "tk-bar", x, y, 4, c->height, 2);
        paint_text(p, "tk-mark", text, y + 23, str_z(status_marks[n->status]));
        text += 17;
    }
    paint_text(p, c->inner ? "tk-group-title" : "tk-title", text, y + (c->inner ? 18 : 23), fitted(p->a, n->title, 13, x + c->width - PAD - c->chips - text + 6));
    if (!c->inner) paint_chips(p, c, x + c->width - 8, y + 9.5);
    for (uint32_t i = 0; i < c->lines.n; i++)
        paint_text(p, c->lines.v[i].class, x + PAD, y + 8 + TITLE_LINE + SMALL_LINE * i + 12, fitted(p->a, c->lines.v[i].text, 11, c->width - 2 * PAD + 4));
    strbuf_add(p->b, S("</g>\n"));
    if (!c->inner) return;
    strbuf_add(p->b, S("<g transform=\"translate("));
    add_number(p, x + GROUP_PAD);
    strbuf_addc(p->b, ' ');
    add_number(p, y + GROUP_HEAD);
    strbuf_add(p->b, S(")\">\n"));
    paint_figure(p, c->inner);
    strbuf_add(p->b, S("</g>\n"));
}

static void paint_finally(painting *p, const figure *f) {
    double low = 0, high = 0, begin = 0, end = 0;
    bool any = false;
    for (uint32_t i = 0; i < f->l.n; i++) {
        const layered_node *n = &f->l.nodes[i];
        if (!n->last) continue;
        if (!any || n->y - n->across / 2 < low) low = n->y - n->across / 2;
        if (!any || n->y + n->across / 2 > high) high = n->y + n->across / 2;
        if (!any || end_of(f, i, p->how->down) > end) end = end_of(f, i, p->how->down);
        begin = n->x;
        any = true;
    }
    low -= GROUP_PAD, high += GROUP_PAD, begin -= GROUP_PAD, end += GROUP_PAD;
    if (!p->how->down) low -= GROUP_HEAD - GROUP_PAD;
    if (p->how->down)
        paint_box(p, "tk-group", low, begin - 12, high - low, end - begin + 12, 8), paint_text(p, "tk-group-title", low + 12, begin + 4, S("finally"));
    else
        paint_box(p, "tk-group", begin, low, end - begin, high - low, 8), paint_text(p, "tk-group-title", begin + 12, low + 17, S("finally"));
    strbuf_addc(p->b, '\n');
}

static void paint_figure(painting *p, const figure *f) {
    if (f->finals) paint_finally(p, f);
    uint32_t drawn = 0;
    for (uint32_t i = 0; i < f->g->edges.n; i++)
        if (view_edge_shown(&f->g->edges.v[i])) paint_edge(p, f, &f->l.edges[drawn++], &f->g->edges.v[i]);
    for (uint32_t i = 0; i < f->g->n; i++) paint_card(p, f, i);
}

static void paint_legend(painting *p, double x, double y) {
    static const struct { const char *class, *text; } rows[] = {{"tk-edge", "waits for"}, {"tk-edge tk-flow", "takes results"}, {"tk-edge tk-looks", "looks at status"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        strbuf_addf(p->b, "<path class=\"%s\" d=\"M", rows[i].class);
        add_number(p, x);
        strbuf_addc(p->b, ',');
        add_number(p, y - 4);
        strbuf_add(p->b, S(" h24\"/>"));
        paint_text(p, "tk-legend", x + 31, y, str_z(rows[i].text));
        x += 31 + text_width(str_z(rows[i].text), 12) + 24;
    }
    strbuf_addc(p->b, '\n');
}

void view_svg_of(const view_graph *g, const view_svg *how, strbuf *b) {
    painting p = {.a = arena_new(), .how = how, .b = b, .compact = g->n > COMPACT};
    figure *f = lay_out(&p, g, S(""));
    double head = how->inside ? 0 : HEAD, foot = how->inside ? 0 : LEGEND, width = f->width < 330 ? 330 : f->width;
    strbuf_add(b, S("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tk-graph\" role=\"img\""));
    add_attribute(&p, "width", width + 2 * MARGIN);
    add_attribute(&p, "height", f->height + 2 * MARGIN + head + foot);
    strbuf_add(b, S(" viewBox=\"0 0 "));
    add_number(&p, width + 2 * MARGIN);
    strbuf_addc(b, ' ');
    add_number(&p, f->height + 2 * MARGIN + head + foot);
    strbuf_add(b, S("\">\n"));
    str name = g->run->pipeline_name.n ? g->run->pipeline_name : g->run->name;
    if (!how->inside) {
        strbuf_add(b, S("<title>"));
        view_escape(b, name);
        strbuf_add(b, S("</title>\n<style>\n"));
        strbuf_add(b, str_z(template_graph_css));
        strbuf_add(b, S("</style>\n<rect class=\"tk-bg\" width=\"100%\" height=\"100%\"/>\n"));
        paint_text(&p, "tk-head", MARGIN, MARGIN + 8, name);
        if (g->run->pipeline_name.n) paint_text(&p, "tk-sub", MARGIN, MARGIN + 26, g->run->name);
        strbuf_addc(b, '\n');
        paint_legend(&p, MARGIN, f->height + MARGIN + head + 30);
    }
    strbuf_add(b, S("<g transform=\"translate("));
    add_number(&p, MARGIN);
    strbuf_addc(b, ' ');
    add_number(&p, MARGIN + head);
    strbuf_add(b, S(")\">\n"));
    paint_figure(&p, f);
    strbuf_add(b, S("</g>\n</svg>\n"));
    arena_free(p.a);
}
