#ifndef COMPILER_SCOPE_H
#define COMPILER_SCOPE_H
/* Scopes: what the names in $( … ) stand for, and the replacement of references by it.
 *
 * In: names with their values (a string; an array: a sequence of strings; an object: a mapping of strings), chained so
 * that an inner scope hides an outer one. A value that only the run knows is a string that is one mark (plan/hole.h)
 * whose tree says its type. Out: strings, and with arrays sequences, in which every reference of the scope is replaced.
 * What Tekton would leave in place stays in place, byte by byte. Facts: validation.md D.1, D.6.
 *
 * Tekton's reconcilers replace in several passes, each over the result of the one before; a list of scopes does the
 * same here, string by string (a pass never looks at two strings at once). */
#include "base/map.h"
#include "compiler/schema/walk.h"
#include "grammar/ref.h"
#include "plan/hole.h"

typedef struct scope scope;

scope *scope_new(arena *a, marks *m, const scope *outer);

enum scope_forms {
    SCOPE_DOT = 1,     /* $(params.x) */
    SCOPE_BRACKET = 2, /* $(params["x"]), $(params['x']) */
    SCOPE_BOTH = 3,
    SCOPE_NO_INDEX = 4, /* elements come from the outer scope, or stay (facts D.4: arrays passed to an embedded Task) */
};
/* NAME is `prefix` + `name` + `suffix`, e.g. "params" "x" "" or "results" "r" ".path". Replaces an earlier one. */
void scope_put(scope *s, str prefix, str name, str suffix, const ynode *value, unsigned forms);
/* A parameter with all its forms: whole, elements, and an object's keys (dot form only, as in Tekton). */
void scope_put_param(scope *s, str prefix, str name, const ynode *value, unsigned more_forms);
/* A plain name: "context.pipelineRun.name". */
void scope_put_text(scope *s, str name, str value);
bool scope_empty(const scope *s);
/* Whether `prefix`.`name` as a whole was put, here or in an outer scope. */
bool scope_has(const scope *s, str prefix, str name);

/* The value of a reference, NULL when the scope has none. *whole: it is an array or object as a whole (a sequence,
 * mapping, or a mark of such type). */
const ynode *scope_find(const scope *s, const ref *r, bool *whole);

typedef enum array_as { ARRAYS_STAY, ARRAYS_AS_JSON } array_as;
/* A string; whole arrays stay in place, or, with ARRAYS_AS_JSON and only when the reference is the whole text, become
 * their JSON text (`when` input, facts D.5). The same node when nothing changed. */
const ynode *scope_replace(arena *a, const scope *const *passes, uint32_t n, const ynode *text, array_as arrays);
/* An item of a sequence: whole arrays expand to any number of items (an unknown array to one splice mark). */
void scope_replace_item(arena *a, const scope *const *passes, uint32_t n, const ynode *text, ynode *into);
/* A param's value: a string that is one whole reference may become an array or object; items and values are replaced.
 */
const ynode *scope_replace_value(arena *a, const scope *const *passes, uint32_t n, const ynode *value);

/* All strings of a struct, or of a tree that stands in a field, whose rows carry one of `flags`. */
head *scope_replace_struct(arena *a, const scope *const *passes, uint32_t n, const type *t, const head *h,
                           uint32_t flags);
const ynode *scope_replace_field(arena *a, const scope *const *passes, uint32_t n, const field *row, const ynode *tree,
                                 uint32_t flags);
#define SCOPE_REPLACE(a, passes, n, T, x, flags)                                                                       \
    ((T *)scope_replace_struct((a), (passes), (n), &T##_type, &(x)->h, (flags)))
#endif
