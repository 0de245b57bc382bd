#include "base/map.h"
#include "compiler/schema/bind_inner.h"
#include <assert.h>

enum mode {
    MODE_PRESERVED = 1, /* below a field that the CRD does not look into: the case of names does not count */
    MODE_EMBEDDED = 2,  /* this mapping may use rows with FIELD_EMBEDDED */
    MODE_LENIENT = 4,   /* an object's own metadata */
};
enum { FIELDS_MAX = 64 };

static unsigned mode_below(unsigned mode, const field *f) {
    unsigned below = mode & (MODE_PRESERVED | MODE_LENIENT);
    if (f->flags & FIELD_PRESERVED) below |= MODE_PRESERVED;
    if (f->flags & FIELD_EMBEDS) below |= MODE_EMBEDDED;
    if (f->flags & FIELD_LENIENT) below |= MODE_LENIENT;
    return below;
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */
static bool usable(const binder *b, const field *f, unsigned mode) {
    return (f->flags & (uint32_t)b->version) && (!(f->flags & FIELD_EMBEDDED) || (mode & MODE_EMBEDDED));
}

static const field *row_of(binder *b, const type *t, const ypair *pair, unsigned mode) {
    const field *f = type_field(t, pair->key);
    if (f && usable(b, f, mode)) return f;
    if (!f && (mode & (MODE_PRESERVED | MODE_LENIENT))) {
        const field *folded = type_field_fold(t, pair->key);
        if (folded && usable(b, folded, mode)) {
            if (mode & MODE_LENIENT) bind_unknown_field(b, t, pair, true, NULL, 0);
            return folded;
        }
    }
    str names[FIELDS_MAX];
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n; i++)
        if (usable(b, &t->fields[i], mode)) names[n++] = t->fields[i].json;
    bind_unknown_field(b, t, pair, mode & MODE_LENIENT, names, n);
    return NULL;
}

/* Which pair of a mapping fills each field: index + 1. Two pairs can mean one field only where case does not count;
 * then the last in the order of bytes counts, since Kubernetes' clients sort keys before Go's decoder takes them in
 * turn. */
typedef struct filled {
    uint32_t by[FIELDS_MAX];
} filled;

static bool fill(binder *b, const ynode *n, filled *at, uint32_t index, uint32_t pair) {
    uint32_t before = at->by[index];
    if (before) {
        const ypair *old = &n->pairs[before - 1], *new = &n->pairs[pair];
        diag *x = REPORT_RANGE(b->d, FIELD_TWICE, new->key_at, new->key_end, "`%.*s` and `%.*s` are the same field",
                               STR_ARG(old->key), STR_ARG(new->key));
        diag_note_range(b->d, x, old->key_at, old->key_end, "also given here");
        if (str_cmp(new->key, old->key) < 0) return false;
    }
    at->by[index] = pair + 1;
    return true;
}

/* Rows that Go's round trip does not fill in (ADM-09, ADM-12). The CRD does not look below preserved fields, but a
 * value that is missing altogether can't be encoded again. */
static void check_required(binder *b, const type *t, const ynode *n, const filled *at, unsigned mode) {
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        if (!(f->flags & FIELD_REQUIRED) || (f->flags & FIELD_KEEP_EMPTY) || !usable(b, f, mode)) continue;
        if (f->kind != K_VALUE && (mode & MODE_PRESERVED)) continue;
        uint32_t by = at->by[i];
        const ynode *value = by ? n->pairs[by - 1].value : NULL;
        if (value && (value->kind != Y_NULL || f->kind == K_VALUE)) continue;
        REPORT(b->d, MISSING_FIELD, value ? value : n, "%.*s needs the field `%.*s`", STR_ARG(t->name),
               STR_ARG(f->json));
    }
}

/* ---- trees ---------------------------------------------------------------------------------------------------- */
static const ynode *tree_fields(binder *b, const type *t, const ynode *n, unsigned mode);

/* An item of a list or map of objects: null is an empty object. NULL when it is something else. */
static const ynode *tree_item(binder *b, const spot *s, const ynode *n, unsigned mode) {
    if (n->kind == Y_NULL) {
        const ynode *empty = ynode_map(b->a, n);
        return tree_fields(b, s->f->type, empty, mode);
    }
    if (n->kind == Y_MAP) return tree_fields(b, s->f->type, n, mode);
    bind_wrong_type(b, s, "a mapping", n);
    return NULL;
}

static str list_key(arena *a, const type *t, const ynode *item) {
    strbuf key = {.a = a};
    for (uint32_t i = 0; i < t->n; i++) {
        if (!(t->fields[i].flags & FIELD_LIST_KEY)) continue;
        const ynode *value = ynode_get(item, t->fields[i].json);
        if (key.n) strbuf_addc(&key, '/');
        strbuf_add(&key, value ? ynode_text(value) : str_z(t->fields[i].default_text));
    }
    return strbuf_str(&key);
}

static void check_list_map(binder *b, const spot *s, const ynode *items) {
    map seen = map_new(b->a);
    YNODE_EACH(i, item, items) {
        str key = list_key(b->a, s->f->type, item);
        const ynode *first = map_put(&seen, key, (void *)(uintptr_t)item);
        if (!first) continue;
        diag *x = REPORT(b->d, REPEATED_ITEM, item, "two items of `%.*s` of %.*s have the key \"%.*s\"",
                         STR_ARG(s->f->json), STR_ARG(s->owner->name), STR_ARG(key));
        diag_note_at(b->d, x, first, "the first one");
    }
}

static const ynode *tree_list(binder *b, const type *owner, const field *f, const ynode *n, unsigned mode) {
    spot s = {.owner = owner, .f = f};
    if (n->kind != Y_SEQ) {
        bind_wrong_type(b, &s, "a list of mappings", n);
        return NULL;
    }
    s.item = true;
    ynode *copy = NULL;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode *item = tree_item(b, &s, n->items[i], mode);
        if (!copy && item != n->items[i]) copy = ynode_copy(b->a, n);
        if (!item) continue;
        if (copy) copy->items[kept] = item;
        kept++;
    }
    if (copy) copy->n = kept;
    if ((f->flags & FIELD_LIST_MAP) && !(mode & MODE_PRESERVED)) check_list_map(b, &s, copy ? copy : n);
    return kept || (f->flags & FIELD_KEEP_EMPTY) ? (copy ? copy : n) : NULL;
}

static const ynode *tree_map(binder *b, const type *owner, const field *f, const ynode *n, unsigned mode) {
    spot s = {.owner = owner, .f = f};
    if (n->kind != Y_MAP) {
        bind_wrong_type(b, &s, "a mapping", n);
        return NULL;
    }
    ynode *copy = NULL;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        s.key = n->pairs[i].key;
        const ynode *value = tree_item(b, &s, n->pairs[i].value, mode);
        if (!copy && value != n->pairs[i].value) copy = ynode_copy(b->a, n);
        if (!value) continue;
        if (copy) copy->pairs[kept] = n->pairs[i], copy->pairs[kept].value = value;
        kept++;
    }
    if (copy) copy->n = kept;
    return kept || (f->flags & FIELD_KEEP_EMPTY) ? (copy ? copy : n) : NULL;
}

/* The value of any field that is kept as a tree. */
static const ynode *tree_value(binder *b, const type *owner, const field *f, const ynode *n, unsigned mode) {
    if (!f->type) return bind_leaf(b, owner, f, n);
    if (n->kind == Y_NULL) return NULL;
    mode = mode_below(mode, f);
    if (f->kind == K_LIST) return tree_list(b, owner, f, n, mode);
    if (f->kind == K_MAP) return tree_map(b, owner, f, n, mode);
    if (n->kind == Y_MAP) return tree_fields(b, f->type, n, mode);
    bind_wrong_type(b, &(spot){.owner = owner, .f = f}, "a mapping", n);
    return NULL;
}

static const ynode *tree_fields(binder *b, const type *t, const ynode *n, unsigned mode) {
    assert(t->n <= FIELDS_MAX);
    filled at = {0};
    ynode *copy = NULL;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        const ypair *pair = &n->pairs[i];
        const field *f = row_of(b, t, pair, mode);
        const ynode *value = f ? tree_value(b, t, f, pair->value, mode) : NULL;
        uint32_t before = f ? at.by[f - t->fields] : 0;
        bool wins = f && fill(b, n, &at, (uint32_t)(f - t->fields), i);
        if (!copy && (value != pair->value || !str_eq(f->json, pair->key) || before)) copy = ynode_copy(b->a, n);
        if (!value || !wins) continue;
        if (before) /* the same field again: what came first goes */
            for (uint32_t j = 0; j < kept; j++)
                if (str_eq(copy->pairs[j].key, f->json)) {
                    memmove(&copy->pairs[j], &copy->pairs[j + 1], (kept - j - 1) * sizeof *copy->pairs);
                    kept--;
                    break;
                }
        if (copy) {
            copy->pairs[kept] = *pair;
            copy->pairs[kept].key = f->json;
            copy->pairs[kept].value = value;
        }
        kept++;
    }
    check_required(b, t, n, &at, mode);
    if (!copy) return n;
    copy->n = kept;
    return copy;
}

/* ---- structs -------------------------------------------------------------------------------------------------- */
static void struct_fields(binder *b, const type *t, head *h, unsigned mode);

static head *struct_new(binder *b, const type *t, const ynode *n, unsigned mode) {
    head *h = arena_alloc(b->a, t->size);
    h->node = n;
    struct_fields(b, t, h, mode);
    return h;
}

static void struct_list(binder *b, const type *owner, const field *f, const ynode *n, unsigned mode, list *out) {
    spot s = {.owner = owner, .f = f};
    if (n->kind != Y_SEQ) {
        bind_wrong_type(b, &s, "a list of mappings", n);
        return;
    }
    s.item = true;
    *out = (list){.node = n, .v = n->n ? ARENA_ARRAY(b->a, head *, n->n) : NULL};
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode *item = n->items[i];
        if (item->kind == Y_MAP || item->kind == Y_NULL)
            out->v[out->n++] = struct_new(b, f->type, item, mode);
        else
            bind_wrong_type(b, &s, "a mapping", item);
    }
}

static void struct_field(binder *b, const type *t, const field *f, head *h, const ynode *n, unsigned mode) {
    void *member = (char *)h + f->offset;
    if (f->flags & FIELD_TREE) {
        *(const ynode **)member = tree_value(b, t, f, n, mode);
        return;
    }
    if (f->kind == K_LIST) *(list *)member = (list){0};
    if (f->kind == K_OBJECT) *(head **)member = NULL;
    if (n->kind == Y_NULL) return;
    mode = mode_below(mode, f);
    if (f->kind == K_LIST)
        struct_list(b, t, f, n, mode, member);
    else if (n->kind == Y_MAP)
        *(head **)member = struct_new(b, f->type, n, mode);
    else
        bind_wrong_type(b, &(spot){.owner = t, .f = f}, "a mapping", n);
}

static void struct_fields(binder *b, const type *t, head *h, unsigned mode) {
    assert(t->size && t->n <= FIELDS_MAX);
    const ynode *n = h->node;
    filled at = {0};
    for (uint32_t i = 0; n->kind == Y_MAP && i < n->n; i++) {
        const field *f = row_of(b, t, &n->pairs[i], mode);
        if (!f) continue;
        if (fill(b, n, &at, (uint32_t)(f - t->fields), i))
            struct_field(b, t, f, h, n->pairs[i].value, mode);
        else /* checked all the same: Go's decoder reads it, too */
            struct_field(b, t, f, arena_alloc(b->a, t->size), n->pairs[i].value, mode);
    }
    check_required(b, t, n, &at, mode);
}

/* ---- outside -------------------------------------------------------------------------------------------------- */
static const ynode *document(diags *d, const type *t, const ynode *n) {
    if (n->kind == Y_MAP || n->kind == Y_NULL) return n;
    REPORT(d, WRONG_TYPE, n, "a %.*s must be a mapping", STR_ARG(t->name));
    return NULL;
}

head *bind_struct(arena *a, diags *d, const type *t, const ynode *n, api_version version) {
    binder b = {a, d, version, n};
    if (document(d, t, n)) return struct_new(&b, t, n, 0);
    head *h = arena_alloc(a, t->size);
    h->node = n;
    return h;
}

const ynode *bind_tree(arena *a, diags *d, const type *t, const ynode *n, api_version version) {
    binder b = {a, d, version, n};
    if (!document(d, t, n) || n->kind == Y_NULL) return ynode_map(a, n);
    return tree_fields(&b, t, n, 0);
}

const ynode *bind_value(arena *a, diags *d, const type *owner, const field *f, const ynode *n) {
    binder b = {a, d, API_V1, NULL};
    assert(f->flags & FIELD_TREE);
    return tree_value(&b, owner, f, n, 0);
}
