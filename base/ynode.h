#ifndef BASE_YNODE_H
#define BASE_YNODE_H
/* The tree of a YAML or JSON document as Kubernetes sees it: JSON values, each with its place in the source.
 *
 * In: base/read.h builds it. Out: everybody reads it, base/emit.h writes it. A tree is immutable once somebody else
 * holds it: changes are made on copies that share what did not change (ynode_copy is shallow). All nodes live in the
 * arena they were made in.
 *
 * Scalars are already decided as sigs.k8s.io/yaml decides them (YAML 1.1: `yes` is true, `0o17` is 15; facts in
 * docs/yaml.md): `text` holds the string of a Y_STR, and the canonical JSON text of a Y_BOOL, Y_INT, Y_FLOAT ("true",
 * "15", "0.5") and "null" of a Y_NULL.
 *
 * A position is one 32-bit number: an offset into all source texts of the compilation laid end to end
 * (base/source.h); 0 = made by the compiler, no place. Nodes made by a pass keep the position of what they came from. */
#include "base/str.h"

typedef uint32_t pos;

typedef enum ykind { Y_NULL, Y_BOOL, Y_INT, Y_FLOAT, Y_STR, Y_SEQ, Y_MAP } ykind;

typedef struct ynode ynode;

typedef struct ypair {
    str key;
    pos key_at, key_end; /* the key's own place */
    const ynode *value;  /* never NULL */
} ypair;

struct ynode {
    uint8_t kind;    /* ykind */
    uint8_t literal; /* Y_STR: was a block or multi-line scalar, for the writer's choice of style */
    uint8_t raw;     /* Y_STR: column 1 of the content maps 1:1 to source bytes from `at` + raw - 1 (plain and quoted
                        scalars without escapes); 0: offsets inside the text can't be mapped to the source */
    uint8_t flags;   /* free for the owner of the tree */
    uint32_t n;      /* items of a sequence, pairs of a map */
    pos at, end;     /* first byte, one past the last byte */
    union {
        str text;             /* scalars */
        const ynode **items;  /* Y_SEQ; never NULL inside */
        ypair *pairs;         /* Y_MAP, in source order, keys unique */
    };
};

/* Makers. `at` is the node whose place the new one takes, or NULL for none. */
ynode *ynode_new(arena *a, ykind kind, const ynode *at);
const ynode *ynode_str(arena *a, str text, const ynode *at);
const ynode *ynode_strz(arena *a, const char *text);
const ynode *ynode_int(arena *a, int64_t value);
const ynode *ynode_bool(bool value); /* static nodes */
const ynode *ynode_null(void);
ynode *ynode_seq(arena *a, const ynode *at);
ynode *ynode_map(arena *a, const ynode *at);
/* Building: only on a node this caller just made. */
void ynode_push(arena *a, ynode *seq, const ynode *item);
void ynode_put(arena *a, ynode *map, str key, const ynode *value);     /* appends; the caller knows the key is new */
void ynode_put_str(arena *a, ynode *map, str key, str value);
void ynode_set(arena *a, ynode *map, str key, const ynode *value);     /* replaces the value of a present key, else appends */
/* A shallow copy that may be changed by push, put, set. */
ynode *ynode_copy(arena *a, const ynode *n);
/* As `map`, without `key` (the same node when it is not there). */
const ynode *ynode_without(arena *a, const ynode *map, str key);

/* Readers. NULL or another kind is fine: they answer NULL / absent / false. */
const ynode *ynode_get(const ynode *map, str key);
const ypair *ynode_pair(const ynode *map, str key);
str ynode_text(const ynode *n);             /* text of any scalar but null; STR_NONE otherwise */
str ynode_get_text(const ynode *map, str key);
bool ynode_is(const ynode *n, ykind kind);  /* false for NULL */
bool ynode_true(const ynode *n);            /* Y_BOOL "true" */
bool ynode_eq(const ynode *x, const ynode *y); /* same JSON value; the order of map keys does not count */
static inline uint32_t ynode_count(const ynode *n) { return n && (n->kind == Y_SEQ || n->kind == Y_MAP) ? n->n : 0; }

/* for (const ynode *x : seq) */
#define YNODE_EACH(index, item, seq)                                                                                   \
    for (uint32_t index = 0; (seq) && (seq)->kind == Y_SEQ && index < (seq)->n; index++)                               \
        for (const ynode *item = (seq)->items[index]; item; item = NULL)
#endif
