#include "compiler/schema/walk.h"
#include "grammar/ref.h"

/* Every function answers with the node it was given when nothing changed. */
static const ynode *subst_string(const field *f, const ynode *n, const walk_subst *s) {
    return n->kind == Y_STR && !ref_none(n->text) ? s->string(s->ctx, n, f) : n;
}

/* ---- lists ---------------------------------------------------------------------------------------------------- */
static bool same_items(const ynode *x, const ynode *y) {
    return x->n == y->n && memcmp(x->items, y->items, x->n * sizeof *x->items) == 0;
}

/* Items that may become several or none. */
static const ynode *spliced_list(arena *a, const field *f, const ynode *n, const walk_subst *s) {
    uint32_t i = 0;
    while (i < n->n && (n->items[i]->kind != Y_STR || ref_none(n->items[i]->text))) i++;
    if (i == n->n) return n;
    ynode *new = ynode_seq(a, n);
    for (uint32_t j = 0; j < n->n; j++) {
        const ynode *x = n->items[j];
        if (j < i || x->kind != Y_STR || ref_none(x->text))
            ynode_push(a, new, x);
        else
            s->item(s->ctx, x, f, new);
    }
    return same_items(n, new) ? n : new;
}

static const ynode *subst_list(arena *a, const field *f, const ynode *n, const walk_subst *s) {
    if (!f->type && (f->flags & FIELD_SPLICE) && s->item) return spliced_list(a, f, n, s);
    ynode *copy = NULL;
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode *x = n->items[i], *new = f->type ? walk_substitute_tree(a, f->type, x, s) : subst_string(f, x, s);
        if (new == x) continue;
        if (!copy) copy = ynode_copy(a, n);
        copy->items[i] = new;
    }
    return copy ? copy : n;
}

/* ---- maps ----------------------------------------------------------------------------------------------------- */
static str subst_key(arena *a, const field *f, const ypair *p, const walk_subst *s) {
    if (!(f->flags & FIELD_SUB_KEYS) || ref_none(p->key)) return p->key;
    ynode *key = ynode_new(a, Y_STR, NULL);
    key->text = p->key, key->at = p->key_at, key->end = p->key_end;
    return ynode_text(s->string(s->ctx, key, f));
}

static const ynode *subst_map(arena *a, const field *f, const ynode *n, const walk_subst *s) {
    ynode *copy = NULL;
    bool renamed = false;
    for (uint32_t i = 0; i < n->n; i++) {
        const ypair *p = &n->pairs[i];
        const ynode *value = f->type ? walk_substitute_tree(a, f->type, p->value, s) : subst_string(f, p->value, s);
        str key = subst_key(a, f, p, s);
        bool new_key = !str_eq(key, p->key);
        if (value == p->value && !new_key) continue;
        if (!copy) copy = ynode_copy(a, n);
        copy->pairs[i].value = value;
        copy->pairs[i].key = key;
        renamed |= new_key;
    }
    if (!renamed) return copy ? copy : n;
    ynode *unique = ynode_map(a, n); /* two keys may have become one; the last counts */
    for (uint32_t i = 0; i < copy->n; i++) ynode_set(a, unique, copy->pairs[i].key, copy->pairs[i].value);
    return unique;
}

/* ---- fields, trees, structs ----------------------------------------------------------------------------------- */
const ynode *walk_substitute_field(arena *a, const field *f, const ynode *n, const walk_subst *s) {
    if (!n) return NULL;
    if (f->kind == K_OBJECT) return walk_substitute_tree(a, f->type, n, s);
    switch ((ykind)n->kind) {
    case Y_SEQ: return subst_list(a, f, n, s);
    case Y_MAP: return subst_map(a, f, n, s);
    case Y_STR:
        if (f->kind == K_VALUE && s->value) return ref_none(n->text) ? n : s->value(s->ctx, n, f);
        return subst_string(f, n, s);
    default: return n;
    }
}

const ynode *walk_substitute_tree(arena *a, const type *t, const ynode *n, const walk_subst *s) {
    if (!ynode_is(n, Y_MAP)) return n;
    ynode *copy = NULL;
    for (uint32_t i = 0; i < n->n; i++) {
        const field *f = type_field(t, n->pairs[i].key);
        if (!f || !(f->flags & s->flags)) continue;
        const ynode *new = walk_substitute_field(a, f, n->pairs[i].value, s);
        if (new == n->pairs[i].value) continue;
        if (!copy) copy = ynode_copy(a, n);
        copy->pairs[i].value = new;
    }
    return copy ? copy : n;
}

/* Changes *items of the list that *l stands for, on a copy. */
static bool subst_structs(arena *a, const type *t, list *l, const walk_subst *s) {
    head **copy = NULL;
    for (uint32_t i = 0; i < l->n; i++) {
        head *new = walk_substitute(a, t, l->v[i], s);
        if (new == l->v[i]) continue;
        if (!copy) {
            copy = ARENA_ARRAY(a, head *, l->n);
            memcpy(copy, l->v, l->n * sizeof *copy);
        }
        copy[i] = new;
    }
    if (copy) l->v = copy;
    return copy != NULL;
}

head *walk_substitute(arena *a, const type *t, const head *h, const walk_subst *s) {
    head *copy = NULL;
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        if (!(f->flags & s->flags)) continue;
        if (f->flags & FIELD_TREE) {
            const ynode *old = field_tree(f, h), *new = walk_substitute_field(a, f, old, s);
            if (new == old) continue;
            if (!copy) copy = walk_copy(a, t, h);
            *(const ynode **)((char *)copy + f->offset) = new;
        } else if (f->kind == K_LIST) {
            list l = *field_list(f, h);
            if (!subst_structs(a, f->type, &l, s)) continue;
            if (!copy) copy = walk_copy(a, t, h);
            *field_list(f, copy) = l;
        } else {
            head *old = field_object(f, h), *new = old ? walk_substitute(a, f->type, old, s) : NULL;
            if (new == old) continue;
            if (!copy) copy = walk_copy(a, t, h);
            *(head **)((char *)copy + f->offset) = new;
        }
    }
    return copy ? copy : (head *)(uintptr_t)h;
}
