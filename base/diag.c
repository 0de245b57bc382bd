#include "base/diag.h"
#include "base/map.h"
#include <stdlib.h>

static int by_rule(const void *px, const void *py) {
    const diag_mute *x = px, *y = py;
    if (x->rule != y->rule) return x->rule < y->rule ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

void diags_mute_ready(diags *d) {
    diag_mute *v = d->mutes.v;
    uint32_t kept = 0;
    if (d->mutes.n) qsort(v, d->mutes.n, sizeof *v, by_rule);
    for (uint32_t i = 0; i < d->mutes.n; i++) {
        diag_mute *last = kept ? &v[kept - 1] : NULL;
        if (!last || last->rule != v[i].rule || last->to < v[i].from)
            v[kept++] = v[i];
        else if (last->to < v[i].to)
            last->to = v[i].to;
    }
    d->mutes.n = kept;
}

static bool is_mute(const diags *d, const diag_rule *rule, pos at) {
    uint32_t low = 0, high = d->mutes.n;
    diag_mute wanted = {.rule = rule, .from = at};
    while (low < high) { /* the first that begins behind the place */
        uint32_t middle = low + (high - low) / 2;
        if (by_rule(&d->mutes.v[middle], &wanted) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low && d->mutes.v[low - 1].rule == rule && at < d->mutes.v[low - 1].to;
}

static severity severity_of(const diags *d, const diag_rule *rule, pos at) {
    if (d->mutes.n && at && is_mute(d, rule, at)) return SEV_OFF;
    severity s = d->override && d->table ? d->override[rule - d->table] : rule->severity;
    return d->soften && s == SEV_ERROR ? SEV_WARNING : s;
}

/* False when the same was reported before. */
static bool is_new(diags *d, const diag *x) {
    if (!d->seen) {
        map *m = ARENA_NEW(d->a, map);
        *m = map_new(d->a);
        d->seen = m;
    }
    str key = str_fmt(d->a, "%s %x %x %.*s", x->rule->id, x->at, x->end, STR_ARG(x->text));
    return map_add(d->seen, key, NULL);
}

static diag *report(diags *d, const diag_rule *rule, pos at, pos end, const char *format, va_list args) {
    diag x = {.rule = rule, .severity = severity_of(d, rule, at), .at = at, .end = end};
    diag *entry;
    if (x.severity != SEV_OFF) x.text = str_vfmt(d->a, format, args);
    if (x.severity == SEV_OFF || !is_new(d, &x)) {
        entry = ARENA_NEW(d->a, diag);
    } else {
        d->errors += x.severity == SEV_ERROR;
        d->warnings += x.severity == SEV_WARNING;
        entry = vec_add(d->a, &d->list);
    }
    *entry = x;
    return entry;
}

diag *diag_at(diags *d, const diag_rule *rule, const ynode *where, const char *format, ...) {
    va_list args;
    va_start(args, format);
    diag *x = report(d, rule, where ? where->at : 0, where ? where->end : 0, format, args);
    va_end(args);
    return x;
}

diag *diag_range(diags *d, const diag_rule *rule, pos at, pos end, const char *format, ...) {
    va_list args;
    va_start(args, format);
    diag *x = report(d, rule, at, end, format, args);
    va_end(args);
    return x;
}

static void add_note(diags *d, diag *x, pos at, pos end, const char *format, va_list args) {
    diag_note note = {.at = at, .end = end, .text = str_vfmt(d->a, format, args)};
    vec_push(d->a, &x->notes, note);
}

void diag_note_at(diags *d, diag *x, const ynode *where, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add_note(d, x, where ? where->at : 0, where ? where->end : 0, format, args);
    va_end(args);
}

void diag_note_range(diags *d, diag *x, pos at, pos end, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add_note(d, x, at, end, format, args);
    va_end(args);
}

void diag_help(diags *d, diag *x, const char *format, ...) {
    va_list args;
    va_start(args, format);
    x->help = str_vfmt(d->a, format, args);
    va_end(args);
}

static int by_place(const void *px, const void *py) {
    const diag *x = px, *y = py;
    if (!x->at != !y->at) return x->at ? -1 : 1;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    int order = strcmp(x->rule->id, y->rule->id);
    if (order) return order;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return str_cmp(x->text, y->text);
}

void diags_sort(diags *d) {
    if (d->list.n) qsort(d->list.v, d->list.n, sizeof *d->list.v, by_place);
}

enum { LONGEST = 64 }; /* names longer than this get no suggestion; it bounds the table below */

static char fold(char c) { return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

/* Edits (insert, delete, replace, swap of neighbours) from x to y, each counting 2, another case counting 1. Gives up
 * past `limit`. */
static unsigned distance(str x, str y, unsigned limit) {
    unsigned rows[3][LONGEST + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (unsigned j = 0; j <= y.n; j++) last[j] = 2 * j;
    for (unsigned i = 1; i <= x.n; i++) {
        unsigned least = now[0] = 2 * i;
        for (unsigned j = 1; j <= y.n; j++) {
            char p = x.p[i - 1], q = y.p[j - 1];
            unsigned best = last[j - 1] + (p == q ? 0 : fold(p) == fold(q) ? 1 : 2);
            if (last[j] + 2 < best) best = last[j] + 2;
            if (now[j - 1] + 2 < best) best = now[j - 1] + 2;
            if (i > 1 && j > 1 && p == y.p[j - 2] && x.p[i - 2] == q && before[j - 2] + 2 < best)
                best = before[j - 2] + 2;
            now[j] = best;
            if (best < least) least = best;
        }
        if (least > limit) return limit + 1;
        unsigned *oldest = before;
        before = last, last = now, now = oldest;
    }
    return last[y.n];
}

str diag_nearest(str given, const str *candidates, uint32_t n) {
    if (given.n > LONGEST || !given.n) return STR_NONE;
    /* A third of the letters may be wrong, at most three; a single letter only in its case. */
    unsigned edits = given.n / 3 > 3 ? 3 : given.n / 3 > 1 ? given.n / 3 : 1;
    unsigned limit = given.n == 1 ? 1 : 2 * edits;
    str best = STR_NONE;
    for (uint32_t i = 0; i < n; i++) {
        str c = candidates[i];
        uint32_t apart = c.n > given.n ? c.n - given.n : given.n - c.n;
        if (c.n > LONGEST || 2 * apart > limit) continue;
        unsigned edit = str_eq_fold(given, c) ? 0 : distance(given, c, limit);
        if (edit > limit) continue;
        best = c;
        if (!edit) break;
        limit = edit - 1; /* a later one must be nearer */
    }
    return best;
}
