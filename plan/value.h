#ifndef PLAN_VALUE_H
#define PLAN_VALUE_H
/* Value trees: what only a run knows, as data. The compiler builds them, the plan carries them, the runtime evaluates
 * them. docs/plan.md describes the written form.
 *
 *   text          a string                                     "abc"
 *   ref           a name that the run resolves                 {ref: tasks.build.results.digest}
 *   concat        strings joined                               {concat: [v, …]}
 *   list          an array; items that are splice give several [v, …]
 *   splice        all elements of an array, in a list or as an item of a Pod's sequence   {splice: v}
 *   index, key    one element of an array, one value of an object   {index: v, at: 3}  {key: v, name: url}
 *   json          the JSON text of a value (Go's form)         {json: v}
 *   escape        a string as the inside of a JSON string      {escape: v}
 *   base64        a string in base64                           {base64: v}
 *   length        the number of elements, in decimal           {length: v}
 *
 * Values are ynodes: a string, a sequence of strings, or a mapping of strings. Trees are immutable, in an arena. */
#include "base/ynode.h"

typedef enum value_kind {
    VALUE_TEXT,
    VALUE_REF,
    VALUE_CONCAT,
    VALUE_LIST,
    VALUE_SPLICE,
    VALUE_INDEX,
    VALUE_KEY,
    VALUE_JSON,
    VALUE_ESCAPE,
    VALUE_BASE64,
    VALUE_LENGTH,
    VALUE_KINDS
} value_kind;

typedef enum value_type { TYPE_STRING, TYPE_ARRAY, TYPE_OBJECT } value_type;

typedef struct vtree vtree;
struct vtree {
    value_kind kind;
    value_type type;    /* of what it evaluates to */
    str text;           /* TEXT: the text; REF: the name; KEY: the key */
    uint64_t index;     /* INDEX */
    const vtree **args; /* CONCAT, LIST: any number; the others: one */
    uint32_t n;
};

const vtree *value_text(arena *a, str text);
const vtree *value_ref(arena *a, str name, value_type type);
const vtree *value_index(arena *a, const vtree *of, uint64_t at);
const vtree *value_key(arena *a, const vtree *of, str key);
/* SPLICE, JSON, ESCAPE, BASE64, LENGTH */
const vtree *value_wrap(arena *a, value_kind kind, const vtree *of);
/* CONCAT or LIST; a concat of one string is that string, neighbouring texts are joined. */
const vtree *value_many(arena *a, value_kind kind, const vtree *const *args, uint32_t n);
bool value_eq(const vtree *x, const vtree *y);

const ynode *value_write(arena *a, const vtree *v);
/* NULL: not a value tree. */
const vtree *value_read(arena *a, const ynode *n);

/* What a ref means: a string, sequence or mapping node; NULL: not known (yet). */
typedef const ynode *value_lookup(void *ctx, str ref);
/* The value; NULL when a ref is not known, an index is out of range or a key is missing; *missing then names the first
 * such ref. SPLICE evaluates to the array itself; whoever holds the place expands it. */
const ynode *value_eval(arena *a, const vtree *v, value_lookup *lookup, void *ctx, str *missing);
/* The text that stands for it where nothing is known: refs as "$(name)", an index as "$(name[3])"; and where `lookup`
 * (may be NULL) has a value, that. Always a string. */
str value_show(arena *a, const vtree *v, value_lookup *lookup, void *ctx);
/* Calls visit for every ref in it. */
void value_refs(const vtree *v, void (*visit)(void *ctx, str ref), void *ctx);
#endif
