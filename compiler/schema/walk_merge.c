/* The order of merged lists is the one of k8s.io/apimachinery's strategic merge (checked against Tekton's own merge):
 * items of the upper list keep their order; items that are only in the lower list come before the first upper item that
 * follows them in the lower list. */
#include "base/map.h"
#include "compiler/schema/walk.h"

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

/* ---- lists by key --------------------------------------------------------------------------------------------- */
static bool clashes(const type *t, const ynode *item) {
    uint32_t given = 0;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->fields[i].flags & FIELD_EXCLUSIVE) given += !field_zero(&t->fields[i], ynode_get(item, t->fields[i].json));
    return given > 1;
}

typedef struct entry {
    str key;
    const ynode *item;
    uint32_t under; /* index + 1 in the lower list */
    uint32_t over;  /* index + 1 of the key's first place in the upper list */
    uint32_t last;  /* index + 1 of its last place there: the one that counts when a clash is mended */
    uint32_t next;  /* index + 1 of the next entry for the same key */
} entry;

static str key_of(const field *f, const ynode *item) {
    str key = ynode_get_text(item, f->merge_key);
    return key.p ? key : S("");
}

static const ynode *merge_list(arena *a, const field *f, const ynode *over, const ynode *under) {
    entry *v = ARENA_ARRAY(a, entry, over->n + under->n);
    uint32_t n = 0;
    map first = map_new(a), last = map_new(a); /* key → index + 1 of its first, its last entry */
    for (; n < under->n; n++) {
        v[n] = (entry){.key = key_of(f, under->items[n]), .item = under->items[n], .under = n + 1};
        uintptr_t before = (uintptr_t)map_put(&last, v[n].key, (void *)(uintptr_t)(n + 1));
        if (before) v[before - 1].next = n + 1;
        map_add(&first, v[n].key, (void *)(uintptr_t)(n + 1));
    }
    for (uint32_t i = 0; i < over->n; i++) {
        str key = key_of(f, over->items[i]);
        uintptr_t index = (uintptr_t)map_get(&first, key);
        if (index) {
            entry *e = &v[index - 1];
            e->item = walk_merge_tree(a, f->type, over->items[i], e->item);
            if (!e->over) e->over = i + 1;
            e->last = i + 1;
        } else {
            v[n] = (entry){.key = key, .item = over->items[i], .over = i + 1, .last = i + 1};
            map_put(&first, key, (void *)(uintptr_t)++n);
        }
    }
    ynode *seq = ynode_seq(a, over);
    uint32_t left = 0; /* next entry of the lower list that may be one of its own */
    for (uint32_t i = 0; i < over->n; i++) {
        uintptr_t index = (uintptr_t)map_get(&first, key_of(f, over->items[i]));
        entry *e = &v[index - 1];
        if (e->over != i + 1) continue; /* a repeated key: done at its first place */
        for (; left < under->n && e->under && left + 1 < e->under; left++)
            if (!v[(uintptr_t)map_get(&first, v[left].key) - 1].over) ynode_push(a, seq, v[left].item);
        if (clashes(f->type, e->item)) e->item = over->items[e->last - 1];
        for (; e; e = e->next ? &v[e->next - 1] : NULL) ynode_push(a, seq, e->item);
    }
    for (; left < under->n; left++)
        if (!v[(uintptr_t)map_get(&first, v[left].key) - 1].over) ynode_push(a, seq, v[left].item);
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
