#ifndef COMPILER_SCHEMA_WALK_H
#define COMPILER_SCHEMA_WALK_H
/* What can be done to any type by walking its rows: back to a tree, a changed copy, a strategic merge.
 * All are pure; results live in the arena and share what did not change with the input. */
#include "compiler/schema/tekton.h"

/* The tree of a struct, fields in the order of the rows, absent ones left out. */
const ynode *walk_tree(arena *a, const type *t, const head *h);
/* A tree without the members that Go would not write: zero values of rows that leave them out, at any depth. What an
 * API server drops; nothing is added. */
const ynode *walk_tidy(arena *a, const type *t, const ynode *n);

/* A shallow copy of a struct that may be changed. */
head *walk_copy(arena *a, const type *t, const head *h);
#define COPY(a, T, x) ((T *)walk_copy((a), &T##_type, &(x)->h))

/* A copy of a struct (or tree) in which every string below a row with one of `flags` (FIELD_SUB_TASK,
 * FIELD_SUB_PIPELINE, FIELD_SUB_POD, FIELD_SUB_BINDING) went through `string`; items of sequences below a FIELD_SPLICE
 * row through `item`, which may put any number of items. Returns the very same pointer when nothing changed, so an
 * untouched spec costs nothing. Strings without "$(" are passed over.
 * A row with a flag that is an object, list or map hands it on to the rows below it that carry the flag themselves.
 * K_VALUE: a string value goes through `value` (which may turn it into an array or an object), items of an array
 * through `item`, values of an object through `string`. */
typedef struct walk_subst {
    uint32_t flags;
    const ynode *(*string)(void *ctx, const ynode *text, const field *row);    /* the same node when unchanged */
    void (*item)(void *ctx, const ynode *text, const field *row, ynode *into); /* pushes 0..n items; NULL: use string */
    const ynode *(*value)(void *ctx, const ynode *text, const field *row);     /* NULL: use string */
    void *ctx;
} walk_subst;
head *walk_substitute(arena *a, const type *t, const head *h, const walk_subst *s);
const ynode *walk_substitute_tree(arena *a, const type *t, const ynode *n, const walk_subst *s);
const ynode *walk_substitute_field(arena *a, const field *f, const ynode *n, const walk_subst *s);

/* Calls `visit` for every string in the reach of walk_substitute (also those without "$("), with the row. Keys of a
 * FIELD_SUB_KEYS map come as nodes that live only during the call. */
typedef void walk_visit(void *ctx, const ynode *text, const field *row);
void walk_strings(const type *t, const head *h, uint32_t flags, walk_visit *visit, void *ctx);
void walk_strings_tree(const type *t, const ynode *n, uint32_t flags, walk_visit *visit, void *ctx);
void walk_strings_field(const field *f, const ynode *n, uint32_t flags, walk_visit *visit, void *ctx);

/* Kubernetes' strategic merge of `over` onto `under` (the fields of `over` win): scalars replaced, objects merged field
 * by field, K_STRING_MAP and K_QUANTITY_MAP by key, lists with a merge key by that key, other lists replaced. Values
 * that are field_zero() count as absent. Merged lists: items of `over` keep their order; items that are only in `under`
 * come before the first item of `over` that followed them in `under`, else at the end. Repeated keys come out as the
 * library makes them, which is odd (Tekton merges a stepTemplate twice; only repeated keys show it). Of FIELD_EXCLUSIVE
 * rows a merged item has one, or is the item of `over` (as Tekton mends env entries with value and valueFrom). Types
 * may differ: fields are matched by their JSON name (StepTemplate under Step); the result has over_type. Either side
 * may be NULL. */
head *walk_merge(arena *a, const type *over_type, const head *over, const type *under_type, const head *under);
const ynode *walk_merge_tree(arena *a, const type *t, const ynode *over, const ynode *under);
const ynode *walk_merge_field(arena *a, const field *f, const ynode *over, const ynode *under);
#endif
