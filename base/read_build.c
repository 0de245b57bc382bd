/* Collections from the items and pairs that a reader has collected; repeated keys are settled here. */
#include "base/map.h"
#include "base/read_inner.h"

enum { INDEX_FROM = 12 }; /* maps with more pairs than this find repeats by a hash map */

ynode *read_build_seq(reader *r, uint32_t first, pos at, pos end) {
    ynode *n = ynode_new(r->a, Y_SEQ, NULL);
    n->at = at, n->end = end;
    n->n = r->items.n - first;
    if (n->n) {
        n->items = ARENA_ARRAY(r->a, const ynode *, n->n);
        memcpy(n->items, r->items.v + first, n->n * sizeof *n->items);
    }
    r->items.n = first;
    return n;
}

/* Pair `i` repeats the key of `earlier`. By an explicit key it is news when the earlier was explicit, too; a merge
 * key (`<<`) wins over explicit keys before it, as in go-yaml v2, which surprises people more. */
static void replace(read_pair *pairs, uint32_t earlier, uint32_t i) {
    read_pair *old = &pairs[earlier];
    old->replaced = true;
    pairs[i].first = old->first ? old->first : old->merged ? 0 : earlier + 1;
}

static uint32_t settle_repeats(reader *r, read_pair *pairs, uint32_t n) {
    uint32_t repeats = 0;
    if (n <= INDEX_FROM) {
        for (uint32_t i = 1; i < n; i++)
            for (uint32_t j = i; j-- > 0;)
                if (str_eq(pairs[i].pair.key, pairs[j].pair.key)) {
                    replace(pairs, j, i);
                    repeats++;
                    break;
                }
        return repeats;
    }
    map index = map_new(r->scratch);
    for (uint32_t i = 0; i < n; i++) {
        read_pair *old = map_put(&index, pairs[i].pair.key, &pairs[i]);
        if (old) replace(pairs, (uint32_t)(old - pairs), i), repeats++;
    }
    return repeats;
}

static void report(reader *r, const read_pair *first, const read_pair *last) {
    const ypair *x = &first->pair, *y = &last->pair;
    diag *d;
    if (last->merged) {
        d = diag_range(r->d, r->rules->repeated_key, x->key_at, x->key_end,
                       "the merge key `<<` after it replaces the value of `%.*s`", STR_ARG(x->key));
        diag_note_range(r->d, d, y->key_at, y->key_end, "this value counts");
        diag_help(r->d, d, "put `<<` before the keys that shall override what it brings");
        return;
    }
    d = diag_range(r->d, r->rules->repeated_key, x->key_at, x->key_end, "the key `%.*s` is given more than once",
                   STR_ARG(x->key));
    diag_note_range(r->d, d, y->key_at, y->key_end, "the last one counts");
}

ynode *read_build_map(reader *r, uint32_t first, pos at, pos end) {
    uint32_t n = r->pairs.n - first;
    read_pair *pairs = n ? r->pairs.v + first : NULL;
    uint32_t repeats = settle_repeats(r, pairs, n);
    ynode *m = ynode_new(r->a, Y_MAP, NULL);
    m->at = at, m->end = end;
    m->n = n - repeats;
    if (m->n) m->pairs = ARENA_ARRAY(r->a, ypair, m->n);
    for (uint32_t i = 0, k = 0; i < n; i++) {
        if (pairs[i].replaced) continue;
        m->pairs[k++] = pairs[i].pair;
        if (pairs[i].first) report(r, &pairs[pairs[i].first - 1], &pairs[i]);
    }
    r->pairs.n = first;
    return m;
}
