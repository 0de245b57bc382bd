#include "base/ynode.h"
#include "base/map.h"
#include <assert.h>

/* How many items or pairs the array of a node under construction has room for: it follows from their number, so a
 * node needs no field for it. */
static uint32_t room_for(uint32_t n) {
    uint32_t room = 4;
    while (room < n) room *= 2;
    return n ? room : 0;
}

ynode *ynode_new(arena *a, ykind kind, const ynode *at) {
    ynode *n = ARENA_NEW(a, ynode);
    n->kind = (uint8_t)kind;
    if (at) n->at = at->at, n->end = at->end;
    return n;
}

const ynode *ynode_str(arena *a, str text, const ynode *at) {
    ynode *n = ynode_new(a, Y_STR, at);
    n->text = text.p ? text : S("");
    n->literal = text.n && memchr(text.p, '\n', text.n) != NULL;
    return n;
}

const ynode *ynode_strz(arena *a, const char *text) { return ynode_str(a, str_z(text), NULL); }

const ynode *ynode_int(arena *a, int64_t value) {
    ynode *n = ynode_new(a, Y_INT, NULL);
    n->text = str_fmt(a, "%lld", (long long)value);
    return n;
}

const ynode *ynode_bool(bool value) {
    static const ynode yes = {.kind = Y_BOOL, .text = {"true", 4}}, no = {.kind = Y_BOOL, .text = {"false", 5}};
    return value ? &yes : &no;
}

const ynode *ynode_null(void) {
    static const ynode null = {.kind = Y_NULL, .text = {"null", 4}};
    return &null;
}

ynode *ynode_seq(arena *a, const ynode *at) { return ynode_new(a, Y_SEQ, at); }
ynode *ynode_map(arena *a, const ynode *at) { return ynode_new(a, Y_MAP, at); }

void ynode_push(arena *a, ynode *seq, const ynode *item) {
    assert(seq->kind == Y_SEQ && item);
    if (room_for(seq->n) == seq->n)
        seq->items = arena_grow(a, seq->items, seq->n * sizeof *seq->items, room_for(seq->n + 1) * sizeof *seq->items);
    seq->items[seq->n++] = item;
}

static void append_pair(arena *a, ynode *m, ypair pair) {
    assert(m->kind == Y_MAP && pair.value);
    if (room_for(m->n) == m->n)
        m->pairs = arena_grow(a, m->pairs, m->n * sizeof *m->pairs, room_for(m->n + 1) * sizeof *m->pairs);
    m->pairs[m->n++] = pair;
}

/* A key that a pass adds takes the value's place, so that a message about it points at something. */
void ynode_put(arena *a, ynode *m, str key, const ynode *value) {
    append_pair(a, m, (ypair){.key = key, .key_at = value->at, .key_end = value->end, .value = value});
}

void ynode_put_str(arena *a, ynode *m, str key, str value) { ynode_put(a, m, key, ynode_str(a, value, NULL)); }

void ynode_set(arena *a, ynode *m, str key, const ynode *value) {
    ypair *p = (ypair *)ynode_pair(m, key);
    if (p)
        p->value = value;
    else
        ynode_put(a, m, key, value);
}

ynode *ynode_copy(arena *a, const ynode *n) {
    ynode *c = ARENA_NEW(a, ynode);
    *c = *n;
    if (n->kind == Y_SEQ) {
        c->items = n->n ? ARENA_ARRAY(a, const ynode *, room_for(n->n)) : NULL;
        if (n->n) memcpy(c->items, n->items, n->n * sizeof *n->items);
    } else if (n->kind == Y_MAP) {
        c->pairs = n->n ? ARENA_ARRAY(a, ypair, room_for(n->n)) : NULL;
        if (n->n) memcpy(c->pairs, n->pairs, n->n * sizeof *n->pairs);
    }
    return c;
}

const ynode *ynode_without(arena *a, const ynode *m, str key) {
    const ypair *p = ynode_pair(m, key);
    if (!p) return m;
    ynode *c = ynode_copy(a, m);
    uint32_t i = (uint32_t)(p - m->pairs);
    memmove(c->pairs + i, c->pairs + i + 1, (c->n - i - 1) * sizeof *c->pairs);
    c->n--;
    /* The array has more room than room_for() says; that is the safe side. */
    return c;
}

const ypair *ynode_pair(const ynode *m, str key) {
    if (!m || m->kind != Y_MAP) return NULL;
    for (uint32_t i = 0; i < m->n; i++)
        if (str_eq(m->pairs[i].key, key)) return &m->pairs[i];
    return NULL;
}

const ynode *ynode_get(const ynode *m, str key) {
    const ypair *p = ynode_pair(m, key);
    return p ? p->value : NULL;
}

str ynode_text(const ynode *n) {
    return n && n->kind != Y_NULL && n->kind != Y_SEQ && n->kind != Y_MAP ? n->text : STR_NONE;
}

str ynode_get_text(const ynode *m, str key) { return ynode_text(ynode_get(m, key)); }
bool ynode_is(const ynode *n, ykind kind) { return n && n->kind == kind; }
bool ynode_true(const ynode *n) { return n && n->kind == Y_BOOL && n->text.n == 4; }

static bool is_number(const ynode *n) { return n->kind == Y_INT || n->kind == Y_FLOAT; }

enum { INDEX_FROM = 16 }; /* maps with more pairs than this are compared by a hash map, to stay linear */

static bool maps_eq(const ynode *x, const ynode *y) {
    bool same_order = true;
    for (uint32_t i = 0; same_order && i < x->n; i++) same_order = str_eq(x->pairs[i].key, y->pairs[i].key);
    if (same_order || x->n <= INDEX_FROM) {
        for (uint32_t i = 0; i < x->n; i++) {
            const ynode *other = same_order ? y->pairs[i].value : ynode_get(y, x->pairs[i].key);
            if (!other || !ynode_eq(x->pairs[i].value, other)) return false;
        }
        return true;
    }
    arena *a = arena_new();
    map index = map_new(a);
    for (uint32_t i = 0; i < y->n; i++) map_put(&index, y->pairs[i].key, &y->pairs[i]);
    bool eq = true;
    for (uint32_t i = 0; eq && i < x->n; i++) {
        const ypair *other = map_get(&index, x->pairs[i].key);
        eq = other && ynode_eq(x->pairs[i].value, other->value);
    }
    arena_free(a);
    return eq;
}

bool ynode_eq(const ynode *x, const ynode *y) {
    if (x == y) return true;
    if (!x || !y) return false;
    if (x->kind != y->kind) return is_number(x) && is_number(y) && str_eq(x->text, y->text);
    switch ((ykind)x->kind) {
    case Y_NULL: return true;
    case Y_BOOL:
    case Y_INT:
    case Y_FLOAT:
    case Y_STR: return str_eq(x->text, y->text);
    case Y_SEQ:
        if (x->n != y->n) return false;
        for (uint32_t i = 0; i < x->n; i++)
            if (!ynode_eq(x->items[i], y->items[i])) return false;
        return true;
    case Y_MAP: return x->n == y->n && maps_eq(x, y);
    }
    return false;
}
