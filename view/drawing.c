/* The drawing: layers as columns, tasks as lines of text, tracks between the columns for the ways down and up. */
#include "view/canvas.h"
#include "view/layered.h"
#include "view/text_parts.h"
#include <stdlib.h>

enum { ROOMY_ROWS = 14, MOST_NETS = 128, NO_VERTEX = UINT32_MAX };

typedef struct segment { /* from one layer to the next; vertices: nodes, then points */
    uint32_t from, to;
} segment;

typedef struct net { /* what is joined by one vertical line: many to one, or one to many */
    uint32_t first, last;    /* rows */
    uint32_t track;
    bool straight, placed;
} net;

typedef struct drawing {
    arena *a;
    const view_graph *g;
    const view_text *how;
    uint32_t *node_of; /* tasks that are drawn, in the layout */
    layered l;
    uint32_t *row;       /* of each vertex */
    VEC(segment) *gaps;  /* of each layer, behind it */
    VEC(net) nets;       /* of the gap at hand */
    uint32_t *net_of;    /* of each segment of the gap */
    bool before[MOST_NETS][MOST_NETS];
    uint32_t *column;    /* of each layer */
    canvas c;
    str *labels;
} drawing;

static int by_ends(const void *x, const void *y) {
    const segment *a = x, *b = y;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    return a->to < b->to ? -1 : a->to > b->to;
}

/* ---- layout --------------------------------------------------------------------------------------------------------- */

static void lay_out(drawing *d) {
    const view_graph *g = d->g;
    layered *l = &d->l;
    d->node_of = ARENA_ARRAY(d->a, uint32_t, g->n + 1);
    uint32_t *slot = ARENA_ARRAY(d->a, uint32_t, g->n + 1);
    l->nodes = ARENA_ARRAY(d->a, layered_node, g->n + 1);
    l->edges = ARENA_ARRAY(d->a, layered_edge, g->edges.n + 1);
    for (uint32_t i = 0; i < g->n; i++) {
        if (g->nodes[i].task->finally) continue;
        d->node_of[l->n] = i;
        slot[i] = l->n;
        l->nodes[l->n++] = (layered_node){.across = 1};
    }
    for (uint32_t i = 0; i < g->edges.n; i++) {
        const view_edge *e = &g->edges.v[i];
        if (e->order && !e->implied) l->edges[l->edge_count++] = (layered_edge){.from = slot[e->from], .to = slot[e->to]};
    }
    l->point_size = 1;
    l->node_gap = l->n <= ROOMY_ROWS ? 1 : 0;
    layered_place(d->a, l);
}

static void find_rows(drawing *d) {
    layered *l = &d->l;
    uint32_t most = 0;
    d->row = ARENA_ARRAY(d->a, uint32_t, l->n + l->points + 1);
    for (uint32_t i = 0; i < l->n; i++) d->row[i] = (uint32_t)l->nodes[i].y;
    for (uint32_t i = 0; i < l->edge_count; i++)
        for (uint32_t k = 0; k < l->edges[i].points.n; k++) d->row[l->n + l->edges[i].points.v[k].id] = (uint32_t)l->edges[i].points.v[k].y;
    for (uint32_t i = 0; i < l->n + l->points; i++)
        if (d->row[i] > most) most = d->row[i];
    d->c.rows = most + 1;
}

static void find_segments(drawing *d) {
    layered *l = &d->l;
    d->gaps = (void *)arena_alloc(d->a, (l->layers + 1) * sizeof *d->gaps);
    for (uint32_t i = 0; i < l->edge_count; i++) {
        const layered_edge *e = &l->edges[i];
        uint32_t from = e->from, layer = l->nodes[from].layer;
        for (uint32_t k = 0; k < e->points.n; k++, layer++) {
            uint32_t to = l->n + e->points.v[k].id;
            vec_push(d->a, &d->gaps[layer], ((segment){from, to}));
            from = to;
        }
        if (layer < l->layers) vec_push(d->a, &d->gaps[layer], ((segment){from, e->to}));
    }
    for (uint32_t i = 0; i < l->layers; i++) {
        uint32_t kept = 0;
        if (!d->gaps[i].n) continue;
        qsort(d->gaps[i].v, d->gaps[i].n, sizeof(segment), by_ends);
        for (uint32_t k = 0; k < d->gaps[i].n; k++)
            if (!kept || by_ends(&d->gaps[i].v[k], &d->gaps[i].v[kept - 1])) d->gaps[i].v[kept++] = d->gaps[i].v[k];
        d->gaps[i].n = kept;
    }
}

/* ---- tracks --------------------------------------------------------------------------------------------------------- */

static void reach_row(net *x, uint32_t row) {
    if (row < x->first) x->first = row;
    if (row > x->last) x->last = row;
}

static uint32_t net_named(drawing *d, uint32_t *index, uint32_t from, uint32_t to) {
    uint32_t *at = &index[from != NO_VERTEX ? from : to];
    if (*at) return *at - 1; /* a layer's vertices are only begins in the gap behind it, and only ends in the one before */
    vec_push(d->a, &d->nets, ((net){.first = UINT32_MAX}));
    *at = d->nets.n;
    return d->nets.n - 1;
}

static void find_nets(drawing *d, uint32_t gap) {
    uint32_t n = d->gaps[gap].n, vertices = d->l.n + d->l.points;
    const segment *s = d->gaps[gap].v;
    uint32_t *index = ARENA_ARRAY(d->a, uint32_t, vertices + 1);
    d->nets.n = 0;
    d->net_of = ARENA_ARRAY(d->a, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        bool only = (!i || s[i - 1].from != s[i].from) && (i + 1 == n || s[i + 1].from != s[i].from);
        d->net_of[i] = only ? net_named(d, index, NO_VERTEX, s[i].to) : net_named(d, index, s[i].from, NO_VERTEX);
        net *x = &d->nets.v[d->net_of[i]];
        reach_row(x, d->row[s[i].from]);
        reach_row(x, d->row[s[i].to]);
    }
    for (uint32_t i = 0; i < d->nets.n; i++) d->nets.v[i].straight = d->nets.v[i].first == d->nets.v[i].last;
}

/* On one row a line that leaves to the left of one that comes in need not touch it: the former's net goes first. */
static void find_precedence(drawing *d, uint32_t gap) {
    const segment *s = d->gaps[gap].v;
    memset(d->before, 0, sizeof d->before);
    for (uint32_t i = 0; i < d->gaps[gap].n; i++)
        for (uint32_t k = 0; k < d->gaps[gap].n; k++) {
            uint32_t x = d->net_of[i], y = d->net_of[k];
            if (x != y && d->row[s[i].from] == d->row[s[k].to] && s[i].from != s[k].from) d->before[x][y] = true;
        }
}

static bool overlap(const net *x, const net *y) { return x->first <= y->last && y->first <= x->last; }

static bool track_free(const drawing *d, const net *x, uint32_t track) {
    for (uint32_t i = 0; i < d->nets.n; i++) {
        const net *y = &d->nets.v[i];
        if (y != x && y->placed && y->track == track && overlap(x, y)) return false;
    }
    return true;
}

/* Nets one after the other; of those that nothing must precede the uppermost. False: more tracks than columns. */
static bool assign_tracks(drawing *d, uint32_t gap, uint32_t *count) {
    uint32_t open = 0;
    *count = 0;
    for (uint32_t i = 0; i < d->nets.n; i++) open += !d->nets.v[i].straight;
    if (d->nets.n > MOST_NETS) return false;
    find_precedence(d, gap);
    while (open--) {
        net *best = NULL;
        bool best_free = false;
        uint32_t least = 0;
        for (uint32_t i = 0; i < d->nets.n; i++) {
            net *x = &d->nets.v[i];
            bool is_free = true;
            if (x->straight || x->placed) continue;
            for (uint32_t k = 0; k < d->nets.n && is_free; k++)
                if (k != i && !d->nets.v[k].placed && !d->nets.v[k].straight && d->before[k][i]) is_free = false;
            if (best && (best_free > is_free || (best_free == is_free && best->first <= x->first))) continue;
            best = x;
            best_free = is_free;
        }
        for (uint32_t k = 0; k < d->nets.n; k++)
            if (d->nets.v[k].placed && d->before[k][best - d->nets.v] && d->nets.v[k].track + 1 > least) least = d->nets.v[k].track + 1;
        while (!track_free(d, best, least)) least++;
        best->track = least;
        best->placed = true;
        if (least + 1 > *count) *count = least + 1;
        if (*count > d->how->width / 2) return false;
    }
    return true;
}

/* ---- lines ---------------------------------------------------------------------------------------------------------- */

static void horizontal(drawing *d, uint32_t from, uint32_t to, uint32_t row) { /* both ends included */
    for (uint32_t x = from; x <= to; x++) canvas_line(&d->c, x, row, (uint8_t)((x > from ? CANVAS_LEFT : 0) | (x < to ? CANVAS_RIGHT : 0)));
}

static bool is_end(const drawing *d, uint32_t gap, uint32_t x, uint32_t row) {
    const segment *s = d->gaps[gap].v;
    for (uint32_t i = 0; i < d->gaps[gap].n; i++)
        if (d->net_of[i] == x && (d->row[s[i].from] == row || d->row[s[i].to] == row)) return true;
    return false;
}

static bool is_target_only(const drawing *d, uint32_t gap, uint32_t x, uint32_t row) {
    const segment *s = d->gaps[gap].v;
    bool target = false;
    for (uint32_t i = 0; i < d->gaps[gap].n; i++) {
        if (d->net_of[i] != x) continue;
        if (d->row[s[i].from] == row) return false;
        target = target || d->row[s[i].to] == row;
    }
    return target;
}

static const canvas_cell *cell(const drawing *d, uint32_t x, uint32_t y) { return &d->c.cells[(size_t)y * d->c.columns + x]; }

/* The horizontal parts first, then the verticals over them. */
static void draw_gap(drawing *d, uint32_t gap, uint32_t at, uint32_t end) {
    const segment *s = d->gaps[gap].v;
    for (uint32_t i = 0; i < d->gaps[gap].n; i++) {
        const net *x = &d->nets.v[d->net_of[i]];
        if (x->straight || d->row[s[i].from] == d->row[s[i].to]) {
            horizontal(d, at, end, d->row[s[i].from]);
            continue;
        }
        horizontal(d, at, at + 1 + x->track, d->row[s[i].from]);
        horizontal(d, at + 1 + x->track, end, d->row[s[i].to]);
    }
    for (uint32_t i = 0; i < d->nets.n; i++) {
        const net *x = &d->nets.v[i];
        uint32_t column = at + 1 + x->track;
        if (x->straight) continue;
        for (uint32_t row = x->first; row <= x->last; row++) {
            uint8_t lines = (uint8_t)((row > x->first ? CANVAS_UP : 0) | (row < x->last ? CANVAS_DOWN : 0));
            bool crosses = cell(d, column, row)->lines & (CANVAS_LEFT | CANVAS_RIGHT);
            if (crosses && !is_end(d, gap, i, row)) lines |= CANVAS_OVER;
            canvas_line(&d->c, column, row, lines);
        }
        /* Where it comes into a line that another one goes along: from which side. */
        for (uint32_t row = x->first; row <= x->last; row++) {
            uint8_t lines = cell(d, column, row)->lines;
            if (!(lines & CANVAS_LEFT) || !is_target_only(d, gap, i, row)) continue;
            if (row > x->first && !is_end(d, gap, i, row - 1) && !(cell(d, column, row - 1)->lines & (CANVAS_LEFT | CANVAS_RIGHT)) && row - 1 > 0)
                canvas_glyph(&d->c, column, row - 1, d->how->ascii ? "v" : "▼");
            if (row < x->last && !is_end(d, gap, i, row + 1) && !(cell(d, column, row + 1)->lines & (CANVAS_LEFT | CANVAS_RIGHT)))
                canvas_glyph(&d->c, column, row + 1, d->how->ascii ? "^" : "▲");
        }
    }
}

/* ---- all of it ------------------------------------------------------------------------------------------------------ */

static void find_labels(drawing *d, uint32_t *layer_width, bool *enters) {
    d->labels = ARENA_ARRAY(d->a, str, d->l.n + 1);
    for (uint32_t i = 0; i < d->l.edge_count; i++) enters[d->l.edges[i].to] = true;
    for (uint32_t i = 0; i < d->l.n; i++) {
        d->labels[i] = view_label(d->a, &d->g->nodes[d->node_of[i]], d->how->ascii);
        uint32_t w = canvas_width(d->labels[i]) + 1 + (d->l.nodes[i].layer ? 2 : 0), layer = d->l.nodes[i].layer;
        if (w > layer_width[layer]) layer_width[layer] = w;
    }
}

static void draw_nodes(drawing *d, const uint32_t *layer_width, const bool *enters, const bool *leaves) {
    layered *l = &d->l;
    for (uint32_t i = 0; i < l->n; i++) {
        const view_node *n = &d->g->nodes[d->node_of[i]];
        uint32_t x = d->column[l->nodes[i].layer], end = x + layer_width[l->nodes[i].layer], y = d->row[i];
        if (enters[i]) canvas_text(&d->c, x, y, d->how->ascii ? S("> ") : S("▶ "), COLOR_DIM);
        if (l->nodes[i].layer) x += 2;
        x = canvas_text(&d->c, x, y, d->labels[i], view_status_color(n));
        canvas_text(&d->c, x, y, S(" "), COLOR_NONE);
        if (leaves[i] && x + 1 < end + 1) horizontal(d, x + 1, end, y);
    }
    for (uint32_t i = 0; i < l->edge_count; i++)
        for (uint32_t k = 0; k < l->edges[i].points.n; k++) {
            const layered_point *p = &l->edges[i].points.v[k];
            horizontal(d, d->column[p->layer] ? d->column[p->layer] - 1 : 0, d->column[p->layer] + layer_width[p->layer], d->row[l->n + p->id]);
        }
}

bool view_draw(const view_graph *g, const view_text *how, str indent, strbuf *out) {
    drawing d = {.a = arena_new(), .g = g, .how = how};
    lay_out(&d);
    layered *l = &d.l;
    bool fits = l->n > 0 && l->n <= 400 && l->layers <= how->width / 4;
    if (fits) {
        find_rows(&d);
        find_segments(&d);
        uint32_t *layer_width = ARENA_ARRAY(d.a, uint32_t, l->layers + 1), *tracks = ARENA_ARRAY(d.a, uint32_t, l->layers + 1), x = 0;
        bool *enters = ARENA_ARRAY(d.a, bool, l->n + 1), *leaves = ARENA_ARRAY(d.a, bool, l->n + 1);
        for (uint32_t i = 0; i < l->edge_count; i++) leaves[l->edges[i].from] = true;
        find_labels(&d, layer_width, enters);
        d.column = ARENA_ARRAY(d.a, uint32_t, l->layers + 1);
        for (uint32_t i = 0; i < l->layers && fits; i++) {
            d.column[i] = x;
            find_nets(&d, i);
            fits = assign_tracks(&d, i, &tracks[i]);
            x += layer_width[i] + (d.gaps[i].n ? tracks[i] + 2 : 0);
        }
        fits = fits && x + indent.n <= how->width;
        if (fits) {
            uint32_t rows = d.c.rows;
            d.c = canvas_new(d.a, x + 1, rows);
            d.c.ascii = how->ascii;
            d.c.color = how->color;
            draw_nodes(&d, layer_width, enters, leaves);
            for (uint32_t i = 0; i + 1 < l->layers; i++) {
                find_nets(&d, i);
                assign_tracks(&d, i, &tracks[i]);
                draw_gap(&d, i, d.column[i] + layer_width[i], d.column[i + 1] - 1);
            }
            canvas_write(&d.c, out, indent);
        }
    }
    arena_free(d.a);
    return fits;
}
