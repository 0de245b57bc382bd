#include "compiler/schema/order.h"
#include <stdlib.h>

static int by_key(const void *x, const void *y) { return str_cmp(((const ypair *)x)->key, ((const ypair *)y)->key); }

static bool sorted(const ynode *map) {
    for (uint32_t i = 1; i < map->n; i++)
        if (str_cmp(map->pairs[i - 1].key, map->pairs[i].key) > 0) return false;
    return true;
}

/* Members through `each` (NULL: they are left as they are), keys by bytes. */
static const ynode *order_members(arena *a, const ynode *n, const type *t, const ynode *(*each)(arena *a, const type *t, const ynode *n)) {
    ynode *copy = n->kind == Y_MAP && !sorted(n) ? ynode_copy(a, n) : NULL;
    if (copy) qsort(copy->pairs, copy->n, sizeof *copy->pairs, by_key);
    for (uint32_t i = 0; each && i < n->n; i++) {
        const ynode *from = copy ? copy : n, *old = n->kind == Y_SEQ ? from->items[i] : from->pairs[i].value, *now = each(a, t, old);
        if (now == old) continue;
        if (!copy) copy = ynode_copy(a, n);
        if (n->kind == Y_SEQ) copy->items[i] = now;
        else copy->pairs[i].value = now;
    }
    return copy ? copy : n;
}

static const ynode *free_member(arena *a, const type *t, const ynode *n) {
    (void)t;
    return order_free(a, n);
}

const ynode *order_free(arena *a, const ynode *n) {
    return n->kind == Y_MAP || n->kind == Y_SEQ ? order_members(a, n, NULL, free_member) : n;
}

static const ynode *order_value(arena *a, const field *f, const ynode *n) {
    if (n->kind != Y_MAP && n->kind != Y_SEQ) return n;
    if (!f || !f->type) return n->kind == Y_SEQ && f && (f->kind == K_STRINGS || f->kind == K_INTS) ? n : order_free(a, n);
    return f->kind == K_OBJECT ? order_typed(a, f->type, n) : order_members(a, n, f->type, order_typed);
}

/* Keys that the type does not have come last, by bytes. */
typedef struct ranked {
    uint32_t rank;
    ypair pair;
} ranked;

static int by_rank(const void *x, const void *y) {
    const ranked *p = x, *q = y;
    if (p->rank != q->rank) return p->rank < q->rank ? -1 : 1;
    return str_cmp(p->pair.key, q->pair.key);
}

static ynode *reorder(arena *a, const type *t, const ynode *n) {
    ranked *all = ARENA_ARRAY(a, ranked, n->n);
    for (uint32_t i = 0; i < n->n; i++) {
        const field *f = type_field(t, n->pairs[i].key);
        all[i] = (ranked){f ? (uint32_t)(f - t->fields) : t->n, n->pairs[i]};
    }
    qsort(all, n->n, sizeof *all, by_rank);
    ynode *copy = ynode_copy(a, n);
    for (uint32_t i = 0; i < n->n; i++) copy->pairs[i] = all[i].pair;
    return copy;
}

const ynode *order_typed(arena *a, const type *t, const ynode *n) {
    if (n->kind != Y_MAP) return order_free(a, n);
    ynode *copy = NULL;
    /* Mostly all is in order already, and one walk over the rows does: those before `row` are behind us. */
    bool in_order = true;
    for (uint32_t i = 0, row = 0; i < n->n; i++) {
        const field *f;
        if (in_order) {
            while (row < t->n && !str_eq(t->fields[row].json, n->pairs[i].key)) row++;
            if (row == t->n) {
                in_order = false;
                copy = reorder(a, t, n);
                i = 0;
            }
        }
        const ypair *p = &(copy ? copy : n)->pairs[i];
        f = in_order ? &t->fields[row++] : type_field(t, p->key);
        const ynode *now = order_value(a, f, p->value);
        if (now == p->value) continue;
        if (!copy) copy = ynode_copy(a, n);
        copy->pairs[i].value = now;
    }
    return copy ? copy : n;
}
