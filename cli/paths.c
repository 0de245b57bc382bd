#include "cli/paths.h"
#include "base/vec.h"
#include <stdlib.h>

static int by_place(const void *x, const void *y) {
    const ynode *a = *(const ynode *const *)x, *b = *(const ynode *const *)y;
    return a->at < b->at ? -1 : a->at > b->at;
}

paths paths_new(arena *a, const ynode_list *documents) {
    paths p = {.n = documents->n, .roots = ARENA_ARRAY(a, const ynode *, documents->n + 1)};
    for (uint32_t i = 0; i < p.n; i++) p.roots[i] = documents->v[i];
    qsort(p.roots, p.n, sizeof *p.roots, by_place);
    return p;
}

static bool holds(pos from, pos to, pos at, pos end) { return from && from <= at && end <= to; }

static pos child_at(const ynode *n, uint32_t i) { return n->kind == Y_MAP ? n->pairs[i].key_at : n->items[i]->at; }

/* The last child that begins at the place or before it: children stand in the order of the text, but for aliases. */
static uint32_t child_before(const ynode *n, pos at) {
    uint32_t low = 0, high = n->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (child_at(n, middle) > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low ? low - 1 : 0;
}

static bool is_plain(str key) {
    for (uint32_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return key.n > 0;
}

static void add_key(strbuf *out, str key) {
    if (is_plain(key)) {
        strbuf_addf(out, "%s%.*s", out->n ? "." : "", STR_ARG(key));
        return;
    }
    strbuf_addf(out, "[\"");
    for (uint32_t i = 0; i < key.n; i++) {
        if (key.p[i] == '"' || key.p[i] == '\\') strbuf_addc(out, '\\');
        strbuf_addc(out, key.p[i]);
    }
    strbuf_addf(out, "\"]");
}

str path_of(const paths *p, arena *a, pos at, pos end) {
    strbuf out = {.a = a};
    if (end <= at) end = at + 1;
    uint32_t low = 0, high = p->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->roots[middle]->at > at)
            high = middle;
        else
            low = middle + 1;
    }
    const ynode *n = at && low ? p->roots[low - 1] : NULL;
    if (n && !holds(n->at, n->end, at, end)) n = NULL;
    while (n && (n->kind == Y_MAP || n->kind == Y_SEQ) && n->n) {
        uint32_t i = child_before(n, at);
        const ynode *child = n->kind == Y_MAP ? n->pairs[i].value : n->items[i];
        bool inside = holds(child->at, child->end, at, end);
        if (n->kind == Y_MAP) {
            const ypair *pair = &n->pairs[i];
            if (!inside && !holds(pair->key_at, pair->key_end, at, end)) break;
            add_key(&out, pair->key);
        } else {
            if (!inside) break;
            strbuf_addf(&out, "[%u]", i);
        }
        n = inside ? child : NULL;
    }
    return out.n ? strbuf_str(&out) : S("");
}
