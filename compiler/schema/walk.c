#include "compiler/schema/walk.h"
#include <assert.h>

/* ---- copies and trees ----------------------------------------------------------------------------------------- */
head *walk_copy(arena *a, const type *t, const head *h) {
    assert(t->size);
    head *copy = arena_alloc(a, t->size);
    memcpy(copy, h, t->size);
    return copy;
}

static const ynode *list_tree(arena *a, const field *f, const list *l) {
    if (!l->n) return NULL;
    ynode *seq = ynode_seq(a, l->node);
    for (uint32_t i = 0; i < l->n; i++) ynode_push(a, seq, walk_tree(a, f->type, l->v[i]));
    return seq;
}

const ynode *walk_tree(arena *a, const type *t, const head *h) {
    ynode *m = ynode_map(a, h->node);
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        const ynode *value;
        if (f->flags & FIELD_TREE)
            value = field_tree(f, h);
        else if (f->kind == K_LIST)
            value = list_tree(a, f, field_list(f, h));
        else
            value = field_object(f, h) ? walk_tree(a, f->type, field_object(f, h)) : NULL;
        if (value) ynode_put(a, m, f->json, value);
    }
    return m;
}

/* ---- tidying -------------------------------------------------------------------------------------------------- */
static const ynode *tidy_items(arena *a, const field *f, const ynode *n) {
    ynode *copy = NULL;
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode *old = n->kind == Y_SEQ ? n->items[i] : n->pairs[i].value, *new = walk_tidy(a, f->type, old);
        if (new == old) continue;
        if (!copy) copy = ynode_copy(a, n);
        if (n->kind == Y_SEQ)
            copy->items[i] = new;
        else
            copy->pairs[i].value = new;
    }
    return copy ? copy : n;
}

static const ynode *tidy_value(arena *a, const field *f, const ynode *n) {
    if (n->kind == Y_NULL || field_zero(f, n)) return NULL;
    if (!f->type) return n;
    if (f->kind == K_OBJECT) return walk_tidy(a, f->type, n);
    return n->kind == Y_SEQ || n->kind == Y_MAP ? tidy_items(a, f, n) : n;
}

const ynode *walk_tidy(arena *a, const type *t, const ynode *n) {
    if (!ynode_is(n, Y_MAP)) return n;
    ynode *copy = NULL;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        const ypair *pair = &n->pairs[i];
        const field *f = type_field(t, pair->key);
        const ynode *value = f ? tidy_value(a, f, pair->value) : pair->value;
        if (!copy && value != pair->value) copy = ynode_copy(a, n);
        if (!value) continue;
        if (copy) copy->pairs[kept] = *pair, copy->pairs[kept].value = value;
        kept++;
    }
    if (!copy) return n;
    copy->n = kept;
    return copy;
}

/* ---- looking at strings --------------------------------------------------------------------------------------- */
static void visit_node(const field *f, const ynode *n, walk_visit *visit, void *ctx) {
    if (n->kind == Y_STR) visit(ctx, n, f);
}

void walk_strings_field(const field *f, const ynode *n, uint32_t flags, walk_visit *visit, void *ctx) {
    if (!n) return;
    if (f->kind == K_OBJECT) {
        walk_strings_tree(f->type, n, flags, visit, ctx);
    } else if (n->kind == Y_SEQ) {
        for (uint32_t i = 0; i < n->n; i++)
            if (f->type)
                walk_strings_tree(f->type, n->items[i], flags, visit, ctx);
            else
                visit_node(f, n->items[i], visit, ctx);
    } else if (n->kind == Y_MAP) {
        for (uint32_t i = 0; i < n->n; i++) {
            const ypair *p = &n->pairs[i];
            ynode key = {.kind = Y_STR, .at = p->key_at, .end = p->key_end, .text = p->key};
            if (f->flags & FIELD_SUB_KEYS) visit(ctx, &key, f);
            if (f->type)
                walk_strings_tree(f->type, p->value, flags, visit, ctx);
            else
                visit_node(f, p->value, visit, ctx);
        }
    } else {
        visit_node(f, n, visit, ctx);
    }
}

void walk_strings_tree(const type *t, const ynode *n, uint32_t flags, walk_visit *visit, void *ctx) {
    if (!ynode_is(n, Y_MAP)) return;
    for (uint32_t i = 0; i < n->n; i++) {
        const field *f = type_field(t, n->pairs[i].key);
        if (f && (f->flags & flags)) walk_strings_field(f, n->pairs[i].value, flags, visit, ctx);
    }
}

void walk_strings(const type *t, const head *h, uint32_t flags, walk_visit *visit, void *ctx) {
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        if (!(f->flags & flags)) continue;
        if (f->flags & FIELD_TREE) {
            walk_strings_field(f, field_tree(f, h), flags, visit, ctx);
        } else if (f->kind == K_LIST) {
            const list *l = field_list(f, h);
            for (uint32_t j = 0; j < l->n; j++) walk_strings(f->type, l->v[j], flags, visit, ctx);
        } else if (field_object(f, h)) {
            walk_strings(f->type, field_object(f, h), flags, visit, ctx);
        }
    }
}
