#ifndef COMPILER_SCHEMA_SCHEMA_H
#define COMPILER_SCHEMA_SCHEMA_H
/* The schema: one row per field of every type of Tekton (tekton.def) and of the Kubernetes types that Tekton embeds
 * (core_v1.def). Everything that must know fields walks these rows: binding, unknown-field and type errors, defaults,
 * substitution, merging, emission, `tektonc explain`, docs.
 *
 * Tekton's types become C structs (compiler/schema/tekton.h), so passes write step->script and the compiler checks
 * the spelling; Kubernetes' types stay trees of ynode, handled by row alone. Facts: CRDs and Go types of Tekton 1.15.
 */
#include "base/ynode.h"
#include <stddef.h>

typedef enum field_kind {
    K_STRING,
    K_BOOL,
    K_INT32,
    K_INT64,
    K_DURATION,
    K_QUANTITY,
    K_INT_OR_STRING,
    K_STRINGS,    /* [string] */
    K_INTS,       /* [integer] */
    K_STRING_MAP, /* {string: string} */
    K_QUANTITY_MAP,
    K_VALUE, /* a param's value: anything is accepted and becomes a string, [string] or {string: string} when bound */
    K_ANY,   /* any JSON value, not looked into */
    K_ANY_OBJECT, /* any JSON object, not looked into */
    K_BYTES_MAP,  /* {string: base64} */
    K_OBJECT,     /* `type`; in a struct: T * */
    K_LIST,       /* [`type`]; in a struct: T_list */
    K_MAP,        /* {string: `type`}; always a tree */
} field_kind;

enum field_flag {
    FIELD_REQUIRED = 1 << 0, /* by the CRD schema */
    FIELD_V1 = 1 << 1,       /* exists in tekton.dev/v1 */
    FIELD_V1BETA1 = 1 << 2,  /* exists in tekton.dev/v1beta1 */
    FIELD_EMBEDDED = 1 << 3, /* only where the parent's row has FIELD_EMBEDS (taskSpec of a PipelineTask) */
    FIELD_EMBEDS = 1 << 4,
    FIELD_PRESERVED = 1 << 5,    /* the CRD keeps unknown data here: only Go's decoder judges what is below, and that
                                    ignores the case of field names */
    FIELD_SUB_TASK = 1 << 6,     /* Tekton variables are replaced here in the scope of a Task */
    FIELD_SUB_PIPELINE = 1 << 7, /* … of a Pipeline */
    FIELD_SPLICE = 1 << 8,       /* a whole-array reference expands in place */
    FIELD_ATOMIC = 1 << 9,       /* list (also one that is not bound, K_ANY): replaced as a whole when merged (else by merge_key) */
    FIELD_TREE = 1 << 10,        /* stays a ynode in the struct */
    FIELD_SUB_KEYS = 1 << 11,    /* K_STRING_MAP: keys are replaced, too */
    FIELD_KEEP_EMPTY = 1 << 12,  /* Go has no omitempty: an absent field comes back as a zero value, so FIELD_REQUIRED
                                    is never missed, and an empty list stays */
    FIELD_ARRAY_JSON = 1 << 13,  /* a string that is one whole-array reference becomes the JSON text of the array */
    FIELD_POINTER = 1 << 14,     /* a scalar behind a pointer in Go: false, 0 and "" are values, not absence */
    FIELD_SUB_POD = 1 << 15,     /* params are replaced here in a run's pod template */
    FIELD_SUB_BINDING = 1 << 16, /* … in a run's workspace binding */
    FIELD_LIST_MAP = 1 << 17,    /* list whose items must differ in the rows with FIELD_LIST_KEY */
    FIELD_LIST_KEY = 1 << 18,
    FIELD_EXCLUSIVE = 1 << 19, /* of a type's rows with this flag a merged item keeps one: if both sides gave one, the
                                  upper item counts as it is */
    FIELD_DEPRECATED = 1 << 21, /* of v1beta1, and dropped when it becomes v1 */
    FIELD_LENIENT = 1 << 20,   /* Tekton does not look at unknown names and case here, kubectl does: a warning */
};

typedef enum feature_level { LEVEL_STABLE, LEVEL_BETA, LEVEL_ALPHA } feature_level;

typedef struct type type;
typedef struct field {
    str json;                 /* name in YAML */
    const char *member;       /* name in C, for dumps */
    uint16_t offset;          /* of the member; 0 in a tree type */
    uint8_t kind;             /* field_kind */
    uint8_t level;            /* feature_level */
    uint32_t flags;           /* field_flag */
    const type *type;         /* K_OBJECT, K_LIST, K_MAP */
    str merge_key;            /* K_LIST that merges by a key of its items */
    const char *default_text; /* for people; what the defaults pass does */
    const char *doc;          /* one sentence for people */
} field;

struct type {
    str name;      /* "Step", "core/v1 Volume" */
    uint32_t size; /* of the struct; 0: a tree type */
    uint32_t n;
    const field *fields; /* in the order of the rows */
    const char *doc;
};

/* Fields of every struct begin with this head. */
typedef struct head {
    const ynode *node; /* the mapping it was bound from, its place; or NULL when the compiler made it */
} head;
/* A list of structs. Every T_list has this layout. */
typedef struct list {
    const ynode *node; /* the sequence; NULL when absent */
    uint32_t n;
    head **v;
} list;

const field *type_field(const type *t, str json);      /* NULL: no such field */
const field *type_field_fold(const type *t, str json); /* case ignored, as Go's decoder does */
/* By the C type's name: "Task", "core/v1 Pod". For explain and tests. */
const type *type_named(str name);
const type *const *types_all(uint32_t *n);

/* Zero as Go sees it, so that encoding leaves the field out: "", false, 0, an empty list or map. Never true for rows
 * with FIELD_KEEP_EMPTY or FIELD_POINTER. A NULL node is zero. */
bool field_zero(const field *f, const ynode *n);
/* The node of a field as it was written, also when binding left it out (null); else the whole mapping's node; NULL for
 * a struct that the compiler made. For the place of a message. */
const ynode *head_place(const head *h, str json);

/* Members of a struct by row. */
static inline const ynode *field_tree(const field *f, const head *h) {
    return *(const ynode *const *)((const char *)h + f->offset);
}
static inline head *field_object(const field *f, const head *h) {
    return *(head *const *)((const char *)h + f->offset);
}
static inline list *field_list(const field *f, const head *h) { return (list *)((char *)(uintptr_t)h + f->offset); }
#endif
