#include "view/layered.h"
#include <stdlib.h>
#include <string.h>

enum { SWEEPS = 12, RELAXATIONS = 24 };

typedef struct part { /* of an edge: from one layer to the next; from, to are vertices */
    uint32_t from, to;
    double weight;
} part;

typedef struct work {
    arena *a; /* what is given back at the end */
    layered *l;
    uint32_t n; /* vertices: nodes, then points */
    uint32_t *layer, *slot;
    double *size, *y;
    VEC(part) parts;
    uint32_t *into, *outof, *into_first, *outof_first; /* neighbours of each vertex, and where they begin */
    uint32_t *row, *row_first;                         /* vertices of each layer in order */
    double *key;
} work;

/* ---- layers --------------------------------------------------------------------------------------------------------- */

static void find_layers(work *w) {
    layered *l = w->l;
    uint32_t *open = ARENA_ARRAY(w->a, uint32_t, l->n + 1), *first = ARENA_ARRAY(w->a, uint32_t, l->n + 2);
    uint32_t *targets = ARENA_ARRAY(w->a, uint32_t, l->edge_count + 1), *queue = ARENA_ARRAY(w->a, uint32_t, l->n + 1);
    uint32_t head = 0, tail = 0, deepest = 0;
    bool any_last = false, any = false;
    for (uint32_t i = 0; i < l->edge_count; i++) first[l->edges[i].from + 1]++, open[l->edges[i].to]++;
    for (uint32_t i = 0; i < l->n; i++) first[i + 1] += first[i];
    uint32_t *at = ARENA_ARRAY(w->a, uint32_t, l->n + 1);
    for (uint32_t i = 0; i < l->n; i++) at[i] = first[i];
    for (uint32_t i = 0; i < l->edge_count; i++) targets[at[l->edges[i].from]++] = l->edges[i].to;
    for (uint32_t i = 0; i < l->n; i++) {
        l->nodes[i].layer = 0;
        if (!open[i]) queue[tail++] = i;
    }
    while (head < tail) {
        uint32_t v = queue[head++];
        for (uint32_t i = first[v]; i < first[v + 1]; i++) {
            layered_node *t = &l->nodes[targets[i]];
            if (t->layer < l->nodes[v].layer + 1) t->layer = l->nodes[v].layer + 1;
            if (!--open[targets[i]]) queue[tail++] = targets[i];
        }
    }
    for (uint32_t i = 0; i < l->n; i++) {
        any_last = any_last || l->nodes[i].last;
        any = any || !l->nodes[i].last;
        if (!l->nodes[i].last && l->nodes[i].layer > deepest) deepest = l->nodes[i].layer;
    }
    if (any && any_last) deepest++;
    for (uint32_t i = 0; i < l->n; i++)
        if (l->nodes[i].last) l->nodes[i].layer = deepest;
    l->layers = l->n ? deepest + 1 : 0;
}

/* ---- points of long edges ------------------------------------------------------------------------------------------- */

typedef struct span {
    uint32_t from, bundle, edge;
} span;

static int by_source(const void *x, const void *y) {
    const span *a = x, *b = y;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    if (a->bundle != b->bundle) return a->bundle < b->bundle ? -1 : 1;
    return a->edge < b->edge ? -1 : a->edge > b->edge;
}

static void add_part(work *w, uint32_t from, uint32_t to, double weight) {
    vec_push(w->a, &w->parts, ((part){from, to, weight}));
}

/* One chain of points for each bundle of each node, as long as its longest edge. */
static void make_points(work *w, arena *out) {
    layered *l = w->l;
    span *spans = ARENA_ARRAY(w->a, span, l->edge_count + 1);
    VEC(uint32_t) layers = {0}; /* of points */
    uint64_t wanted = 0;
    for (uint32_t i = 0; i < l->edge_count; i++) {
        spans[i] = (span){l->edges[i].from, l->edges[i].bundle, i};
        wanted += l->nodes[l->edges[i].to].layer - l->nodes[l->edges[i].from].layer;
    }
    bool straight = wanted > LAYERED_PARTS;
    qsort(spans, l->edge_count, sizeof *spans, by_source);
    for (uint32_t i = 0, end; i < l->edge_count; i = end) {
        uint32_t from = spans[i].from, layer = l->nodes[from].layer, chain = layers.n, longest = 0;
        for (end = i; end < l->edge_count && spans[end].from == from && spans[end].bundle == spans[i].bundle; end++) {
            uint32_t k = l->nodes[l->edges[spans[end].edge].to].layer - layer - 1;
            if (k > longest && !straight) longest = k;
        }
        for (uint32_t k = 0; k < longest; k++) {
            uint32_t id = l->n + layers.n;
            add_part(w, k ? id - 1 : from, id, k ? 8 : 2);
            vec_push(w->a, &layers, layer + 1 + k);
        }
        for (uint32_t k = i; k < end; k++) {
            layered_edge *e = &l->edges[spans[k].edge];
            uint32_t passes = straight ? 0 : l->nodes[e->to].layer - layer - 1;
            for (uint32_t p = 0; p < passes; p++)
                vec_push(out, &e->points, ((layered_point){.layer = layer + 1 + p, .id = chain + p}));
            if (!straight || l->nodes[e->to].layer == layer + 1)
                add_part(w, passes ? l->n + chain + passes - 1 : from, e->to, e->loose ? 0.1 : passes ? 2 : 1);
        }
    }
    w->n = l->n + layers.n;
    l->points = layers.n;
    w->layer = ARENA_ARRAY(w->a, uint32_t, w->n + 1);
    w->size = ARENA_ARRAY(w->a, double, w->n + 1);
    for (uint32_t i = 0; i < w->n; i++) {
        w->layer[i] = i < l->n ? l->nodes[i].layer : layers.v[i - l->n];
        w->size[i] = i < l->n ? l->nodes[i].across : l->point_size;
    }
}

static void index_parts(work *w) {
    w->into_first = ARENA_ARRAY(w->a, uint32_t, w->n + 2);
    w->outof_first = ARENA_ARRAY(w->a, uint32_t, w->n + 2);
    w->into = ARENA_ARRAY(w->a, uint32_t, w->parts.n + 1);
    w->outof = ARENA_ARRAY(w->a, uint32_t, w->parts.n + 1);
    for (uint32_t i = 0; i < w->parts.n; i++) w->into_first[w->parts.v[i].to + 1]++, w->outof_first[w->parts.v[i].from + 1]++;
    for (uint32_t i = 0; i < w->n; i++) w->into_first[i + 1] += w->into_first[i], w->outof_first[i + 1] += w->outof_first[i];
    uint32_t *at = ARENA_ARRAY(w->a, uint32_t, w->n + 1), *to = ARENA_ARRAY(w->a, uint32_t, w->n + 1);
    for (uint32_t i = 0; i < w->parts.n; i++) {
        const part *p = &w->parts.v[i];
        w->into[w->into_first[p->to] + at[p->to]++] = i;
        w->outof[w->outof_first[p->from] + to[p->from]++] = i;
    }
}

/* ---- order within the layers ---------------------------------------------------------------------------------------- */

/* As a walk from the starts meets them: what belongs together begins together. */
static void first_order(work *w) {
    layered *l = w->l;
    w->row_first = ARENA_ARRAY(w->a, uint32_t, l->layers + 2);
    w->row = ARENA_ARRAY(w->a, uint32_t, w->n + 1);
    w->slot = ARENA_ARRAY(w->a, uint32_t, w->n + 1);
    w->key = ARENA_ARRAY(w->a, double, w->n + 1);
    for (uint32_t i = 0; i < w->n; i++) w->row_first[w->layer[i] + 1]++;
    for (uint32_t i = 0; i < l->layers; i++) w->row_first[i + 1] += w->row_first[i];
    uint32_t *filled = ARENA_ARRAY(w->a, uint32_t, l->layers + 1), *stack = ARENA_ARRAY(w->a, uint32_t, w->n + w->parts.n + 1);
    uint8_t *seen = ARENA_ARRAY(w->a, uint8_t, w->n + 1);
    for (uint32_t s = 0; s < w->n; s++) {
        if (w->into_first[s] != w->into_first[s + 1]) continue;
        uint32_t depth = 0;
        stack[depth++] = s;
        while (depth) {
            uint32_t v = stack[--depth], at;
            if (seen[v]) continue;
            seen[v] = 1;
            at = w->row_first[w->layer[v]] + filled[w->layer[v]]++;
            w->row[at] = v;
            w->slot[v] = at - w->row_first[w->layer[v]];
            for (uint32_t i = w->outof_first[v + 1]; i > w->outof_first[v]; i--) stack[depth++] = w->parts.v[w->outof[i - 1]].to;
        }
    }
}

typedef struct keyed {
    double key;
    uint32_t slot, v;
} keyed;

static int by_key(const void *x, const void *y) {
    const keyed *a = x, *b = y;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

static double barycenter(const work *w, uint32_t v, bool above) {
    const uint32_t *first = above ? w->into_first : w->outof_first, *list = above ? w->into : w->outof;
    double sum = 0;
    uint32_t n = first[v + 1] - first[v];
    if (!n) return -1;
    for (uint32_t i = first[v]; i < first[v + 1]; i++) sum += w->slot[above ? w->parts.v[list[i]].from : w->parts.v[list[i]].to];
    return sum / n;
}

static void sort_layer(work *w, uint32_t layer, bool above, keyed *scratch) {
    uint32_t from = w->row_first[layer], n = w->row_first[layer + 1] - from;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = w->row[from + i];
        double key = barycenter(w, v, above);
        scratch[i] = (keyed){key < 0 ? (double)i : key, i, v}; /* nothing pulls: about where it is */
    }
    qsort(scratch, n, sizeof *scratch, by_key);
    for (uint32_t i = 0; i < n; i++) {
        w->row[from + i] = scratch[i].v;
        w->slot[scratch[i].v] = i;
    }
}

typedef struct pair {
    uint32_t a, b;
} pair;

static int by_pair(const void *x, const void *y) {
    const pair *p = x, *q = y;
    if (p->a != q->a) return p->a < q->a ? -1 : 1;
    return p->b < q->b ? -1 : p->b > q->b;
}

/* Inversions, by a tree of counts. */
static uint64_t crossings(work *w, pair *pairs, uint32_t *tree, uint32_t widest) {
    uint64_t sum = 0;
    for (uint32_t layer = 0; layer + 1 < w->l->layers; layer++) {
        uint32_t n = 0;
        for (uint32_t i = w->row_first[layer]; i < w->row_first[layer + 1]; i++) {
            uint32_t v = w->row[i];
            for (uint32_t k = w->outof_first[v]; k < w->outof_first[v + 1]; k++) pairs[n++] = (pair){w->slot[v], w->slot[w->parts.v[w->outof[k]].to]};
        }
        qsort(pairs, n, sizeof *pairs, by_pair);
        memset(tree, 0, (widest + 1) * sizeof *tree);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t below = 0;
            for (uint32_t k = pairs[i].b + 1; k; k -= k & -k) below += tree[k];
            sum += i - below;
            for (uint32_t k = pairs[i].b + 1; k <= widest; k += k & -k) tree[k]++;
        }
    }
    return sum;
}

static void order_layers(work *w) {
    uint32_t widest = 0;
    for (uint32_t i = 0; i < w->l->layers; i++)
        if (w->row_first[i + 1] - w->row_first[i] > widest) widest = w->row_first[i + 1] - w->row_first[i];
    keyed *scratch = ARENA_ARRAY(w->a, keyed, widest + 1);
    pair *pairs = ARENA_ARRAY(w->a, pair, w->parts.n + 1);
    uint32_t *tree = ARENA_ARRAY(w->a, uint32_t, widest + 2), *best = ARENA_ARRAY(w->a, uint32_t, w->n + 1);
    uint64_t least = crossings(w, pairs, tree, widest);
    memcpy(best, w->row, w->n * sizeof *best);
    for (int sweep = 0; sweep < SWEEPS && least; sweep++) {
        if (sweep % 2 == 0)
            for (uint32_t i = 1; i < w->l->layers; i++) sort_layer(w, i, true, scratch);
        else
            for (uint32_t i = w->l->layers; i-- > 1;) sort_layer(w, i - 1, false, scratch);
        uint64_t now = crossings(w, pairs, tree, widest);
        if (now >= least) continue;
        least = now;
        memcpy(best, w->row, w->n * sizeof *best);
    }
    memcpy(w->row, best, w->n * sizeof *best);
    for (uint32_t layer = 0; layer < w->l->layers; layer++)
        for (uint32_t i = w->row_first[layer]; i < w->row_first[layer + 1]; i++) w->slot[w->row[i]] = i - w->row_first[layer];
}

/* ---- places --------------------------------------------------------------------------------------------------------- */

typedef struct block { /* of neighbours that touch: they move as one */
    double sum, weight;
    uint32_t n;
} block;

static double apart(const work *w, uint32_t u, uint32_t v) {
    bool both = u < w->l->n && v < w->l->n;
    return (w->size[u] + w->size[v]) / 2 + (both ? w->l->node_gap : w->l->node_gap / 2);
}

/* The places nearest to what each wants, that keep order and room: isotonic regression. */
static void settle(work *w, uint32_t layer, const double *want, const double *weight, block *blocks, double *offset) {
    uint32_t from = w->row_first[layer], n = w->row_first[layer + 1] - from, count = 0;
    for (uint32_t i = 0; i < n; i++) {
        offset[i] = i ? offset[i - 1] + apart(w, w->row[from + i - 1], w->row[from + i]) : 0;
        blocks[count++] = (block){(want[i] - offset[i]) * weight[i], weight[i], 1};
        while (count > 1 && blocks[count - 2].sum * blocks[count - 1].weight >= blocks[count - 1].sum * blocks[count - 2].weight) {
            blocks[count - 2].sum += blocks[count - 1].sum;
            blocks[count - 2].weight += blocks[count - 1].weight;
            blocks[count - 2].n += blocks[count - 1].n;
            count--;
        }
    }
    for (uint32_t i = 0, at = 0; i < count; i++)
        for (uint32_t k = 0; k < blocks[i].n; k++, at++) w->y[w->row[from + at]] = blocks[i].sum / blocks[i].weight + offset[at];
}

static void pull(work *w, uint32_t layer, int side, double *want, double *weight) {
    uint32_t from = w->row_first[layer], n = w->row_first[layer + 1] - from;
    double mean = 0; /* of the layer before: where those go that nothing pulls */
    for (uint32_t i = layer ? w->row_first[layer - 1] : from; i < from; i++) mean += w->y[w->row[i]] / (from - w->row_first[layer - 1]);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = w->row[from + i];
        double sum = 0, total = 0;
        for (uint32_t k = w->into_first[v]; side <= 0 && k < w->into_first[v + 1]; k++) {
            const part *p = &w->parts.v[w->into[k]];
            sum += w->y[p->from] * p->weight, total += p->weight;
        }
        for (uint32_t k = w->outof_first[v]; side >= 0 && k < w->outof_first[v + 1]; k++) {
            const part *p = &w->parts.v[w->outof[k]];
            sum += w->y[p->to] * p->weight, total += p->weight;
        }
        bool alone = w->into_first[v] == w->into_first[v + 1] && w->outof_first[v] == w->outof_first[v + 1];
        want[i] = total > 0 ? sum / total : alone && layer ? mean : w->y[v];
        weight[i] = total > 0 ? total : 0.01;
    }
}

static void place_across(work *w) {
    layered *l = w->l;
    double *want = ARENA_ARRAY(w->a, double, w->n + 1), *weight = ARENA_ARRAY(w->a, double, w->n + 1);
    double *offset = ARENA_ARRAY(w->a, double, w->n + 1);
    block *blocks = ARENA_ARRAY(w->a, block, w->n + 1);
    w->y = ARENA_ARRAY(w->a, double, w->n + 1);
    for (uint32_t layer = 0; layer < l->layers; layer++) { /* at first each layer about the middle */
        uint32_t from = w->row_first[layer], n = w->row_first[layer + 1] - from;
        for (uint32_t i = 1; i < n; i++) w->y[w->row[from + i]] = w->y[w->row[from + i - 1]] + apart(w, w->row[from + i - 1], w->row[from + i]);
        double half = n ? w->y[w->row[from + n - 1]] / 2 : 0;
        for (uint32_t i = 0; i < n; i++) w->y[w->row[from + i]] -= half;
    }
    for (int pass = 0; pass < RELAXATIONS; pass++) {
        int side = pass >= RELAXATIONS - 6 ? 0 : pass % 2 ? 1 : -1;
        for (uint32_t i = 0; i < l->layers; i++) {
            uint32_t layer = pass % 2 ? l->layers - 1 - i : i;
            pull(w, layer, side, want, weight);
            settle(w, layer, want, weight, blocks, offset);
        }
    }
    double least = 0, most = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        if (!i || w->y[i] - w->size[i] / 2 < least) least = w->y[i] - w->size[i] / 2;
        if (!i || w->y[i] + w->size[i] / 2 > most) most = w->y[i] + w->size[i] / 2;
    }
    for (uint32_t i = 0; i < w->n; i++) w->y[i] -= least;
    l->across = most - least;
}

static void place_along(layered *l, arena *out) {
    l->layer_x = ARENA_ARRAY(out, double, l->layers + 1);
    l->layer_along = ARENA_ARRAY(out, double, l->layers + 1);
    for (uint32_t i = 0; i < l->n; i++)
        if (l->nodes[i].along > l->layer_along[l->nodes[i].layer]) l->layer_along[l->nodes[i].layer] = l->nodes[i].along;
    for (uint32_t i = 1; i < l->layers; i++) l->layer_x[i] = l->layer_x[i - 1] + l->layer_along[i - 1] + l->layer_gap;
    l->along = l->layers ? l->layer_x[l->layers - 1] + l->layer_along[l->layers - 1] : 0;
}

void layered_place(arena *a, layered *l) {
    work w = {.a = arena_new(), .l = l};
    find_layers(&w);
    make_points(&w, a);
    index_parts(&w);
    first_order(&w);
    order_layers(&w);
    place_across(&w);
    place_along(l, a);
    for (uint32_t i = 0; i < l->n; i++) {
        l->nodes[i].x = l->layer_x[l->nodes[i].layer];
        l->nodes[i].y = w.y[i];
    }
    for (uint32_t i = 0; i < l->edge_count; i++)
        for (uint32_t k = 0; k < l->edges[i].points.n; k++) l->edges[i].points.v[k].y = w.y[l->n + l->edges[i].points.v[k].id];
    arena_free(w.a);
}
