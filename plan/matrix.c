#include "plan/matrix.h"
#include "base/map.h"
#include <stdlib.h>

/* A combination under construction: values of the parameters in their order, and what includes added. */
typedef struct combination {
    const ynode **values; /* one for each parameter */
    ynode *added;         /* mapping, or NULL */
} combination;

static const matrix_param *param_named(const matrix *m, str name, uint32_t *at) {
    for (uint32_t i = 0; i < m->params.n; i++)
        if (str_eq(m->params.v[i].name, name)) return *at = i, &m->params.v[i];
    return NULL;
}

static const ynode *value_of(const matrix *m, const combination *c, str name) {
    uint32_t at;
    if (param_named(m, name, &at)) return c->values[at];
    return c->added ? ynode_get(c->added, name) : NULL;
}

/* How an include entry meets a combination. */
typedef struct meeting {
    bool contradicts, shares; /* some shared name differs; some shared name is equal */
} meeting;

static meeting meet(const matrix *m, const combination *c, const ynode *include) {
    meeting x = {0};
    uint32_t at;
    for (uint32_t i = 0; i < include->n; i++) {
        if (!param_named(m, include->pairs[i].key, &at)) continue;
        if (str_eq(ynode_text(c->values[at]), ynode_text(include->pairs[i].value)))
            x.shares = true;
        else
            x.contradicts = true;
    }
    return x;
}

static int by_key(const void *x, const void *y) { return str_cmp(((const ypair *)x)->key, ((const ypair *)y)->key); }

static const ynode *finish(arena *a, const matrix *m, const combination *c) {
    ynode *out = ynode_map(a, NULL);
    for (uint32_t i = 0; i < m->params.n; i++)
        if (c->values[i]) ynode_set(a, out, m->params.v[i].name, value_of(m, c, m->params.v[i].name));
    for (uint32_t i = 0; i < ynode_count(c->added); i++)
        ynode_set(a, out, c->added->pairs[i].key, c->added->pairs[i].value);
    if (out->n) qsort(out->pairs, out->n, sizeof *out->pairs, by_key);
    return out;
}

void matrix_fan_out(arena *a, const matrix *m, matrix_combinations *out) {
    if (m->params.n == 0) {
        for (uint32_t i = 0; i < m->includes.n; i++) {
            ynode *one = ynode_copy(a, m->includes.v[i].params);
            if (one->n) qsort(one->pairs, one->n, sizeof *one->pairs, by_key);
            vec_push(a, out, one);
        }
        return;
    }
    VEC(combination) all = {0};
    uint64_t total = 1;
    for (uint32_t i = 0; i < m->params.n; i++)
        if (ynode_is(m->params.v[i].items, Y_SEQ)) total *= m->params.v[i].items->n;
    for (uint64_t k = 0; k < total; k++) {
        combination *c = vec_add(a, &all);
        c->values = ARENA_ARRAY(a, const ynode *, m->params.n);
        uint64_t rest = k;
        for (uint32_t i = 0; i < m->params.n; i++) {
            const ynode *items = m->params.v[i].items;
            if (!ynode_is(items, Y_SEQ) || items->n == 0) continue;
            c->values[i] = items->items[rest % items->n];
            rest /= items->n;
        }
    }
    uint32_t base = all.n;
    for (uint32_t i = 0; i < m->includes.n; i++) {
        const ynode *include = m->includes.v[i].params;
        bool shared_somewhere = false, contradicted_everywhere = true;
        for (uint32_t k = 0; k < base; k++) {
            meeting x = meet(m, &all.v[k], include);
            shared_somewhere |= x.shares;
            if (x.contradicts) continue;
            contradicted_everywhere = false;
            for (uint32_t p = 0; p < include->n; p++) {
                uint32_t at;
                if (param_named(m, include->pairs[p].key, &at)) continue;
                if (!all.v[k].added) all.v[k].added = ynode_map(a, NULL);
                ynode_set(a, all.v[k].added, include->pairs[p].key, include->pairs[p].value);
            }
        }
        /* Appended only when no combination has any of its values: even one equal value loses it. */
        if (contradicted_everywhere && !shared_somewhere) {
            combination *c = vec_add(a, &all);
            c->values = ARENA_ARRAY(a, const ynode *, m->params.n);
            c->added = ynode_copy(a, include);
        }
    }
    for (uint32_t k = 0; k < all.n; k++) vec_push(a, out, finish(a, m, &all.v[k]));
}

uint64_t matrix_count(const matrix *m) {
    if (m->params.n == 0) return m->includes.n;
    uint64_t count = 1;
    for (uint32_t i = 0; i < m->params.n; i++) {
        const ynode *items = m->params.v[i].items;
        if (ynode_is(items, Y_SEQ) && items->n) count *= items->n;
    }
    for (uint32_t i = 0; i < m->includes.n; i++) {
        const ynode *include = m->includes.v[i].params;
        for (uint32_t k = 0; k < include->n; k++) {
            uint32_t at;
            const matrix_param *p = param_named(m, include->pairs[k].key, &at);
            if (!p) continue;
            bool known = false;
            YNODE_EACH(j, item, p->items) known |= str_eq(ynode_text(item), ynode_text(include->pairs[k].value));
            if (known) break;
            count++;
        }
    }
    return count;
}

bool matrix_empty(const matrix *m) {
    for (uint32_t i = 0; i < m->params.n; i++)
        if (ynode_is(m->params.v[i].items, Y_SEQ) && m->params.v[i].items->n == 0) return true;
    return false;
}
