/* Lists are merged as k8s.io/apimachinery's strategic merge does it, which Tekton uses with the upper side as the
 * wanted state: a patch of what differs is made from both lists sorted by key, and applied to the lower list. That
 * matters for repeated keys alone, but environment variables may repeat. Checked against Tekton's own merge. */
#include "base/map.h"
#include "compiler/schema/walk.h"
#include <stdlib.h>

/* ---- objects and maps ----------------------------------------------------------------------------------------- */
static const ynode *merge_map(arena *a, const ynode *over, const ynode *under) {
    ynode *m = ynode_copy(a, under);
    map at = map_new(a); /* key → index + 1 */
    for (uint32_t i = 0; i < m->n; i++) map_put(&at, m->pairs[i].key, (void *)(uintptr_t)(i + 1));
    for (uint32_t i = 0; i < over->n; i++) {
        uintptr_t index = (uintptr_t)map_get(&at, over->pairs[i].key);
        if (index)
            m->pairs[index - 1] = over->pairs[i];
        else
            ynode_put(a, m, over->pairs[i].key, over->pairs[i].value);
    }
    return m;
}

const ynode *walk_merge_tree(arena *a, const type *t, const ynode *over, const ynode *under) {
    if (!over || over == under) return under;
    if (!under) return over;
    if (over->kind != Y_MAP || under->kind != Y_MAP) return over;
    ynode *m = ynode_map(a, over);
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        const ynode *value = walk_merge_field(a, f, ynode_get(over, f->json), ynode_get(under, f->json));
        if (value) ynode_put(a, m, f->json, value);
    }
    return m;
}

/* ---- what differs --------------------------------------------------------------------------------------------- */
static const ynode *diff_field(arena *a, const field *f, const ynode *over, const ynode *under);

/* The members of `over` that `under` lacks or has otherwise; NULL when there are none. */
static const ynode *diff_tree(arena *a, const type *t, const ynode *over, const ynode *under) {
    ynode *m = NULL;
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        const ynode *value = diff_field(a, f, ynode_get(over, f->json), ynode_get(under, f->json));
        if (!value) continue;
        if (!m) m = ynode_map(a, over);
        ynode_put(a, m, f->json, value);
    }
    return m;
}

static const ynode *diff_field(arena *a, const field *f, const ynode *over, const ynode *under) {
    if (!over || field_zero(f, over) || (under && ynode_eq(over, under))) return NULL;
    if (f->kind == K_OBJECT && under && over->kind == Y_MAP && under->kind == Y_MAP)
        return diff_tree(a, f->type, over, under);
    return over;
}

/* ---- lists by key --------------------------------------------------------------------------------------------- */
typedef struct entry {
    str key;
    const ynode *item;
    uint32_t index; /* in its list; of a patch: the place of its key in the upper list */
    uint32_t order; /* of what comes first when keys or indexes are equal */
} entry;

/* Equal keys come in reverse: the library's comparison of equal keys says "before". */
static int by_key(const void *x, const void *y) {
    const entry *e = x, *f = y;
    int c = str_cmp(e->key, f->key);
    return c ? c : (e->index < f->index) - (e->index > f->index);
}

static int by_index(const void *x, const void *y) {
    const entry *e = x, *f = y;
    if (e->index != f->index) return e->index < f->index ? -1 : 1;
    return (e->order > f->order) - (e->order < f->order);
}

typedef struct merging {
    arena *a;
    const field *f;
    const ynode *over, *under;
    map over_at, under_at; /* key → index + 1 of its first item */
    entry *patch;
    uint32_t patches;
} merging;

static str key_of(const merging *m, const ynode *item) {
    str key = ynode_get_text(item, m->f->merge_key);
    return key.p ? key : S("");
}
static uint32_t place_in(const map *places, str key) { return (uint32_t)(uintptr_t)map_get(places, key); }

static entry *sorted(merging *m, const ynode *items, map *places) {
    entry *v = ARENA_ARRAY(m->a, entry, items->n + 1);
    for (uint32_t i = 0; i < items->n; i++) {
        v[i] = (entry){.key = key_of(m, items->items[i]), .item = items->items[i], .index = i};
        map_add(places, v[i].key, (void *)(uintptr_t)(i + 1));
    }
    qsort(v, items->n, sizeof *v, by_key);
    return v;
}

static void add_patch(merging *m, const entry *e, const ynode *item) {
    m->patch[m->patches] =
        (entry){.key = e->key, .item = item, .index = place_in(&m->over_at, e->key), .order = m->patches};
    m->patches++;
}

static void make_patch(merging *m) {
    entry *over = sorted(m, m->over, &m->over_at), *under = sorted(m, m->under, &m->under_at);
    m->patch = ARENA_ARRAY(m->a, entry, m->over->n + 1);
    for (uint32_t i = 0, j = 0; i < m->over->n;) {
        int c = j < m->under->n ? str_cmp(under[j].key, over[i].key) : 1;
        if (c == 0) {
            const ynode *differs = diff_tree(m->a, m->f->type, over[i].item, under[j].item);
            if (differs) add_patch(m, &over[i], differs);
        } else if (c > 0) {
            add_patch(m, &over[i], over[i].item);
        }
        if (c >= 0) i++;
        if (c <= 0) j++;
    }
    qsort(m->patch, m->patches, sizeof *m->patch, by_index);
}

static bool same_order(const merging *m) {
    if (m->over->n != m->under->n) return false;
    for (uint32_t i = 0; i < m->over->n; i++)
        if (!str_eq(key_of(m, m->over->items[i]), key_of(m, m->under->items[i]))) return false;
    return true;
}

/* The lower list with the patch applied: each patch goes to the first item with its key, or to the end. */
static entry *apply_patch(merging *m, uint32_t *n) {
    entry *v = ARENA_ARRAY(m->a, entry, m->under->n + m->patches);
    map at = map_new(m->a);
    for (*n = 0; *n < m->under->n; ++*n) {
        v[*n] = (entry){.key = key_of(m, m->under->items[*n]), .item = m->under->items[*n]};
        map_add(&at, v[*n].key, (void *)(uintptr_t)(*n + 1));
    }
    for (uint32_t i = 0; i < m->patches; i++) {
        uint32_t place = place_in(&at, m->patch[i].key);
        if (place) {
            v[place - 1].item = walk_merge_tree(m->a, m->f->type, m->patch[i].item, v[place - 1].item);
        } else {
            v[*n] = m->patch[i];
            map_add(&at, v[*n].key, (void *)(uintptr_t)(*n + 1));
            ++*n;
        }
    }
    return v;
}

static bool clashes(const type *t, const ynode *item) {
    uint32_t given = 0;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->fields[i].flags & FIELD_EXCLUSIVE)
            given += !field_zero(&t->fields[i], ynode_get(item, t->fields[i].json));
    return given > 1;
}

/* Instead of an item with a clash its last form in the upper list. */
static void mend(merging *m, entry *v, uint32_t n) {
    map last = map_new(m->a);
    for (uint32_t i = 0; i < n; i++) {
        if (!clashes(m->f->type, v[i].item)) continue;
        for (uint32_t j = last.n ? m->over->n : 0; j < m->over->n; j++)
            map_put(&last, key_of(m, m->over->items[j]), (void *)(uintptr_t)(j + 1));
        uint32_t place = place_in(&last, v[i].key);
        if (place) v[i].item = m->over->items[place - 1];
    }
}

static const ynode *merge_list(arena *a, const field *f, const ynode *over, const ynode *under) {
    merging m = {.a = a, .f = f, .over = over, .under = under, .over_at = map_new(a), .under_at = map_new(a)};
    make_patch(&m);
    if (!m.patches && same_order(&m)) return under;
    uint32_t n;
    entry *v = apply_patch(&m, &n), *own = ARENA_ARRAY(a, entry, n + 1), *rest = ARENA_ARRAY(a, entry, n + 1);
    mend(&m, v, n);
    uint32_t owns = 0, rests = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t place = place_in(&m.over_at, v[i].key);
        entry *e = place ? &own[owns++] : &rest[rests++];
        *e = v[i];
        e->index = place ? place : place_in(&m.under_at, v[i].key);
        e->order = i;
    }
    qsort(own, owns, sizeof *own, by_index);
    qsort(rest, rests, sizeof *rest, by_index);
    ynode *seq = ynode_seq(a, over);
    for (uint32_t i = 0, j = 0; i < owns || j < rests;) {
        bool lower = i == owns || (j < rests && rest[j].index < place_in(&m.under_at, own[i].key));
        ynode_push(a, seq, lower ? rest[j++].item : own[i++].item);
    }
    return seq;
}

/* ---- fields and structs --------------------------------------------------------------------------------------- */
const ynode *walk_merge_field(arena *a, const field *f, const ynode *over, const ynode *under) {
    if (field_zero(f, over)) return under ? under : over;
    if (!under || !over || over->kind != under->kind) return over ? over : under;
    switch ((field_kind)f->kind) {
    case K_OBJECT: return walk_merge_tree(a, f->type, over, under);
    case K_STRING_MAP:
    case K_QUANTITY_MAP:
    case K_BYTES_MAP: return over->kind == Y_MAP ? merge_map(a, over, under) : over;
    case K_LIST:
        if (over->kind != Y_SEQ || !f->merge_key.n || (f->flags & FIELD_ATOMIC) || !under->n) return over;
        return merge_list(a, f, over, under);
    default: return over;
    }
}

head *walk_merge(arena *a, const type *over_type, const head *over, const type *under_type, const head *under) {
    head *m = over ? walk_copy(a, over_type, over) : arena_alloc(a, over_type->size);
    if (!under) return m;
    for (uint32_t i = 0; i < over_type->n; i++) {
        const field *f = &over_type->fields[i], *g = type_field(under_type, f->json);
        if (!g || g->kind != f->kind || (f->flags & FIELD_TREE) != (g->flags & FIELD_TREE)) continue;
        void *member = (char *)m + f->offset;
        if (f->flags & FIELD_TREE) {
            *(const ynode **)member = walk_merge_field(a, f, field_tree(f, m), field_tree(g, under));
        } else if (f->kind == K_LIST) {
            if (!field_list(f, m)->n) *(list *)member = *field_list(g, under);
        } else if (field_object(g, under)) {
            *(head **)member = walk_merge(a, f->type, field_object(f, m), g->type, field_object(g, under));
        }
    }
    return m;
}
