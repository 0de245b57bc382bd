#include "base/linediff.h"
#include "base/map.h"

typedef struct comparison {
    const uint32_t *x, *y;      /* numbers of the lines: equal lines have the same one */
    bool *x_changed, *y_changed;
    int64_t *down, *up;         /* furthest reaching paths by diagonal, [-size, size] each */
} comparison;

static void split(arena *a, str text, text_lines *out) {
    for (uint32_t from = 0, i = 0; i < text.n; i++)
        if (text.p[i] == '\n' || i + 1 == text.n) {
            vec_push(a, out, str_cut(text, from, i + 1));
            from = i + 1;
        }
}

static uint32_t *number(arena *a, map *seen, const text_lines *lines) {
    uint32_t *out = ARENA_ARRAY(a, uint32_t, lines->n + 1);
    for (uint32_t i = 0; i < lines->n; i++) {
        uintptr_t id = (uintptr_t)map_get(seen, lines->v[i]);
        if (!id) map_put(seen, lines->v[i], (void *)(id = seen->n + 1));
        out[i] = (uint32_t)id;
    }
    return out;
}

typedef struct box { /* x in [x0, x1), y in [y0, y1) */
    int64_t x0, x1, y0, y1;
} box;

/* The diagonals that d changes lead to, cut to those that cross the box. Beyond both ends stand paths that no step can come
 * from. */
typedef struct fan {
    int64_t *reach; /* by diagonal x - y: the x that the path got to */
    int64_t low, high, nowhere;
} fan;

static void fan_widen(fan *f, int64_t least, int64_t most) {
    if (f->low > least) f->reach[--f->low - 1] = f->nowhere;
    else f->low++;
    if (f->high < most) f->reach[++f->high + 1] = f->nowhere;
    else f->high--;
}

static bool fan_has(const fan *f, int64_t k) { return f->low <= k && k <= f->high; }

/* A point of a shortest path near its middle: where paths from both ends meet. False when that would cost too much. */
static bool middle(const comparison *c, box b, int64_t *mx, int64_t *my) {
    int64_t start = b.x0 - b.y0, end = b.x1 - b.y1, least = b.x0 - b.y1, most = b.x1 - b.y0;
    fan down = {c->down, start, start, -1}, up = {c->up, end, end, INT64_MAX};
    bool odd = (start - end) & 1;
    down.reach[start] = b.x0;
    up.reach[end] = b.x1;
    for (int cost = 0; cost < LINEDIFF_COST; cost++) {
        fan_widen(&down, least, most);
        for (int64_t k = down.high; k >= down.low; k -= 2) {
            int64_t left = down.reach[k - 1], above = down.reach[k + 1], x = left >= above ? left + 1 : above;
            while (x < b.x1 && x - k < b.y1 && c->x[x] == c->y[x - k]) x++;
            down.reach[k] = x;
            if (odd && fan_has(&up, k) && up.reach[k] <= x) return *mx = x, *my = x - k, true;
        }
        fan_widen(&up, least, most);
        for (int64_t k = up.high; k >= up.low; k -= 2) {
            int64_t below = up.reach[k - 1], right = up.reach[k + 1], x = below < right ? below : right - 1;
            while (x > b.x0 && x - k > b.y0 && c->x[x - 1] == c->y[x - k - 1]) x--;
            up.reach[k] = x;
            if (!odd && fan_has(&down, k) && x <= down.reach[k]) return *mx = x, *my = x - k, true;
        }
    }
    return false;
}

static void compare(const comparison *c, box b) {
    int64_t mx, my;
    while (b.x0 < b.x1 && b.y0 < b.y1 && c->x[b.x0] == c->y[b.y0]) b.x0++, b.y0++;
    while (b.x0 < b.x1 && b.y0 < b.y1 && c->x[b.x1 - 1] == c->y[b.y1 - 1]) b.x1--, b.y1--;
    bool divided = b.x0 < b.x1 && b.y0 < b.y1 && middle(c, b, &mx, &my);
    if (divided) {
        compare(c, (box){b.x0, mx, b.y0, my});
        compare(c, (box){mx, b.x1, my, b.y1});
        return;
    }
    for (int64_t i = b.x0; i < b.x1; i++) c->x_changed[i] = true;
    for (int64_t i = b.y0; i < b.y1; i++) c->y_changed[i] = true;
}

linediff linediff_make(arena *a, str old, str new) {
    linediff d = {0};
    split(a, old, &d.old);
    split(a, new, &d.new);
    map seen = map_new(a);
    int64_t n = d.old.n, m = d.new.n, size = n + m + 3;
    comparison c = {.x = number(a, &seen, &d.old), .y = number(a, &seen, &d.new)};
    c.x_changed = ARENA_ARRAY(a, bool, n + 1);
    c.y_changed = ARENA_ARRAY(a, bool, m + 1);
    c.down = ARENA_ARRAY(a, int64_t, 2 * size + 1);
    c.up = ARENA_ARRAY(a, int64_t, 2 * size + 1);
    c.down += size;
    c.up += size;
    compare(&c, (box){0, n, 0, m});
    for (uint32_t i = 0, k = 0; i < n || k < m;) {
        if ((i < n && c.x_changed[i]) || (k < m && c.y_changed[k])) {
            line_change *x = vec_add(a, &d.changes);
            x->old_from = i, x->new_from = k;
            while (i < n && c.x_changed[i]) i++;
            while (k < m && c.y_changed[k]) k++;
            x->old_to = i, x->new_to = k;
        } else {
            i++, k++;
        }
    }
    return d;
}

/* ---- the unified form -------------------------------------------------------------------------------------------- */

static void put_line(strbuf *out, char mark, str line) {
    strbuf_addc(out, mark);
    strbuf_add(out, line);
    if (!line.n || line.p[line.n - 1] != '\n') strbuf_add(out, S("\n\\ No newline at end of file\n"));
}

/* An empty range names the line before it. */
static void put_range(strbuf *out, char mark, uint32_t from, uint32_t to) {
    strbuf_addf(out, "%c%u", mark, to > from ? from + 1 : from);
    if (to - from != 1) strbuf_addf(out, ",%u", to - from);
}

static void put_hunk(const linediff *d, uint32_t first, uint32_t last, uint32_t context, strbuf *out) {
    const line_change *head = &d->changes.v[first], *tail = &d->changes.v[last];
    uint32_t before = head->old_from < context ? head->old_from : context;
    uint32_t after = d->old.n - tail->old_to < context ? d->old.n - tail->old_to : context;
    uint32_t i = head->old_from - before;
    strbuf_add(out, S("@@ "));
    put_range(out, '-', i, tail->old_to + after);
    strbuf_addc(out, ' ');
    put_range(out, '+', head->new_from - before, tail->new_to + after);
    strbuf_add(out, S(" @@\n"));
    for (uint32_t c = first; c <= last; c++) {
        const line_change *x = &d->changes.v[c];
        for (; i < x->old_from; i++) put_line(out, ' ', d->old.v[i]);
        for (; i < x->old_to; i++) put_line(out, '-', d->old.v[i]);
        for (uint32_t k = x->new_from; k < x->new_to; k++) put_line(out, '+', d->new.v[k]);
    }
    for (; i < tail->old_to + after; i++) put_line(out, ' ', d->old.v[i]);
}

void linediff_hunks(const linediff *d, uint32_t context, strbuf *out) {
    for (uint32_t first = 0, last; first < d->changes.n; first = last + 1) {
        for (last = first; last + 1 < d->changes.n && d->changes.v[last + 1].old_from - d->changes.v[last].old_to <= 2 * context;) last++;
        put_hunk(d, first, last, context, out);
    }
}

void linediff_unified(arena *a, str old_name, str new_name, str old, str new, strbuf *out) {
    enum { CONTEXT = 3 };
    linediff d = linediff_make(a, old, new);
    if (!d.changes.n) return;
    strbuf_addf(out, "--- %.*s\n+++ %.*s\n", STR_ARG(old_name), STR_ARG(new_name));
    linediff_hunks(&d, CONTEXT, out);
}
