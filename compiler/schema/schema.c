#include "compiler/schema/core_v1.h"
#include "compiler/schema/tekton.h"

/* The rows' short names of flags. */
#define V (FIELD_V1 | FIELD_V1BETA1)
#define V1_ FIELD_V1
#define B1_ FIELD_V1BETA1
#define OLD (FIELD_V1BETA1 | FIELD_DEPRECATED)
#define REQ FIELD_REQUIRED
#define KEEP FIELD_KEEP_EMPTY
#define PTR FIELD_POINTER
#define ST FIELD_SUB_TASK
#define SP FIELD_SUB_PIPELINE
#define SPT FIELD_SUB_POD
#define SWB FIELD_SUB_BINDING
#define SUBKEYS FIELD_SUB_KEYS
#define SPLICE FIELD_SPLICE
#define PRES FIELD_PRESERVED
#define LAX FIELD_LENIENT
#define EMB FIELD_EMBEDDED
#define EMBEDS FIELD_EMBEDS
#define ATOM FIELD_ATOMIC
#define LISTMAP FIELD_LIST_MAP
#define LISTKEY FIELD_LIST_KEY
#define ONE FIELD_EXCLUSIVE

#define TEXT(literal) {(literal), (uint32_t)sizeof(literal) - 1}
#define COUNT(array) (uint32_t)(sizeof(array) / sizeof *(array))

/* clang-format off */
/* ---- the rows ------------------------------------------------------------------------------------------------- */
#define TYPE(T, about) static const field T##_fields[] = {
#define LEAF(T, name, key, k, f, lvl, dflt, about)                                                                     \
    {.json = TEXT(key), .member = #name, .offset = offsetof(T, name), .kind = k, .level = lvl,                         \
     .flags = (f) | FIELD_TREE, .default_text = dflt, .doc = about},
#define OBJ(T, name, key, Type, f, lvl, dflt, about)                                                                   \
    {.json = TEXT(key), .member = #name, .offset = offsetof(T, name), .kind = K_OBJECT, .level = lvl, .flags = (f),    \
     .type = &Type##_type, .default_text = dflt, .doc = about},
#define LIST(T, name, key, Type, f, lvl, merge, about)                                                                 \
    {.json = TEXT(key), .member = #name, .offset = offsetof(T, name), .kind = K_LIST, .level = lvl, .flags = (f),      \
     .type = &Type##_type, .merge_key = TEXT(merge), .default_text = "", .doc = about},
#define KUBE(T, name, key, k, Type, f, lvl, merge, about)                                                              \
    {.json = TEXT(key), .member = #name, .offset = offsetof(T, name), .kind = k, .level = lvl,                         \
     .flags = (f) | FIELD_TREE, .type = &kube_##Type##_type, .merge_key = TEXT(merge), .default_text = "",             \
     .doc = about},
#define END(T) };
#include "compiler/schema/tekton.def"
#undef TYPE
#undef LEAF
#undef OBJ
#undef LIST
#undef KUBE
#undef END

/* Tree types know no versions: what is below a field of either version is the same. */
#define KTYPE(T, group, about) static const field kube_##T##_fields[] = {
#define KLEAF(T, key, k, f, dflt, about)                                                                               \
    {.json = TEXT(key), .member = key, .kind = k, .flags = (f) | V | FIELD_TREE, .default_text = dflt, .doc = about},
#define KREF(T, key, k, Type, f, merge, about)                                                                         \
    {.json = TEXT(key), .member = key, .kind = k, .flags = (f) | V | FIELD_TREE, .type = &kube_##Type##_type,          \
     .merge_key = TEXT(merge), .default_text = "", .doc = about},
#define KEND(T) };
#include "compiler/schema/core_v1.def"
#undef KTYPE
#undef KLEAF
#undef KREF
#undef KEND

/* ---- the types ------------------------------------------------------------------------------------------------ */
#define LEAF(T, name, key, k, f, lvl, dflt, about)
#define OBJ(T, name, key, Type, f, lvl, dflt, about)
#define LIST(T, name, key, Type, f, lvl, merge, about)
#define KUBE(T, name, key, k, Type, f, lvl, merge, about)
#define END(T)
#define KLEAF(T, key, k, f, dflt, about)
#define KREF(T, key, k, Type, f, merge, about)
#define KEND(T)

#define TYPE(T, about)                                                                                                 \
    const type T##_type = {                                                                                            \
        .name = TEXT(#T), .size = sizeof(T), .n = COUNT(T##_fields), .fields = T##_fields, .doc = about};
#include "compiler/schema/tekton.def"
#undef TYPE

#define KTYPE(T, group, about)                                                                                         \
    const type kube_##T##_type = {.name = {sizeof(group) > 1 ? group " " #T : #T,                                      \
                                           (uint32_t)(sizeof(#T) - 1 + (sizeof(group) > 1 ? sizeof(group) : 0))},      \
                                  .n = COUNT(kube_##T##_fields), .fields = kube_##T##_fields, .doc = about};
#include "compiler/schema/core_v1.def"
#undef KTYPE

static const type *const all_types[] = {
#define TYPE(T, about) &T##_type,
#include "compiler/schema/tekton.def"
#undef TYPE
#define KTYPE(T, group, about) &kube_##T##_type,
#include "compiler/schema/core_v1.def"
#undef KTYPE
};

/* clang-format on */
/* ---- look-ups ------------------------------------------------------------------------------------------------- */
const field *type_field(const type *t, str json) {
    for (const field *f = t->fields, *end = f + t->n; f < end; f++)
        if (f->json.n == json.n && memcmp(f->json.p, json.p, json.n) == 0) return f;
    return NULL;
}

const field *type_field_fold(const type *t, str json) {
    for (const field *f = t->fields, *end = f + t->n; f < end; f++)
        if (str_eq_fold(f->json, json)) return f;
    return NULL;
}

const type *type_named(str name) {
    for (uint32_t i = 0; i < COUNT(all_types); i++)
        if (str_eq(all_types[i]->name, name)) return all_types[i];
    return NULL;
}

const type *const *types_all(uint32_t *n) {
    *n = COUNT(all_types);
    return all_types;
}

bool field_zero(const field *f, const ynode *n) {
    if (!n) return true;
    if (f->flags & (FIELD_KEEP_EMPTY | FIELD_POINTER)) return false;
    switch ((field_kind)f->kind) {
    case K_STRING: return n->kind == Y_STR && n->text.n == 0;
    case K_BOOL: return n->kind == Y_BOOL && !ynode_true(n);
    case K_INT32:
    case K_INT64: return (n->kind == Y_INT || n->kind == Y_FLOAT) && str_eq(n->text, S("0"));
    case K_STRINGS:
    case K_INTS:
    case K_STRING_MAP:
    case K_QUANTITY_MAP:
    case K_BYTES_MAP:
    case K_LIST:
    case K_MAP: return ynode_count(n) == 0;
    default: return false;
    }
}

const ynode *head_place(const head *h, str json) {
    const ynode *at = ynode_get(h->node, json);
    return at ? at : h->node;
}
