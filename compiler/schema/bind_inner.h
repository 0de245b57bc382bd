#ifndef COMPILER_SCHEMA_BIND_INNER_H
#define COMPILER_SCHEMA_BIND_INNER_H
/* What the files of bind share. In: a value and the row it stands in. Out: the value to keep (the same node when it is
 * fine as it is) or NULL, and diagnostics. */
#include "compiler/diags.h"
#include "compiler/schema/bind.h"

typedef struct binder {
    arena *a;
    diags *d;
    api_version version;
    const ynode *document; /* the whole object */
} binder;

/* Where a value stands, for the words of a message. */
typedef struct spot {
    const type *owner;
    const field *f;
    bool item; /* an item of the list f */
    str key;   /* a value of the map f: its key */
} spot;

str bind_spot_words(arena *a, const spot *s); /* "`args` of Step", "an item of `args` of Step" */
void bind_wrong_type(binder *b, const spot *s, const char *expected, const ynode *n);

/* Scalars, lists and maps of scalars: every kind without a type. */
const ynode *bind_leaf(binder *b, const type *owner, const field *f, const ynode *n);

/* Says what is wrong with a key that is no field of t; `candidates` are the names of those that are. */
void bind_unknown_field(binder *b, const type *t, const ypair *pair, bool lenient, const str *candidates, uint32_t n);
#endif
