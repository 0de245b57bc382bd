#ifndef BASE_READ_INNER_H
#define BASE_READ_INNER_H
/* What the parts of base/read.c share; nobody else includes it.
 *
 * read.c looks at the bytes and chooses, read_yaml.c and read_json.c turn text into calls of read_build.c, which makes
 * the collections; read_scalar.c decides what a scalar is. Nodes go into `a`, all else into `scratch`. */
#include "base/read.h"

enum { READ_MAX_DEPTH = 1000, READ_MAX_EXPANSION = 1000000 };

typedef struct read_pair {
    ypair pair;
    uint32_t first;        /* index + 1 of the first occurrence of this key that people should hear about, 0 = none */
    bool merged, replaced; /* came by a merge key; a later one counts */
} read_pair;

typedef struct reader {
    arena *a, *scratch;
    const source *src;
    diags *d;
    const read_rules *rules;
    ynode_list *out;
    VEC(const ynode *) items; /* of the sequences that are open, the innermost last */
    VEC(read_pair) pairs;     /* of the maps that are open */
} reader;

/* --- read_build.c */
/* Makes the node of items.v[first..] or pairs.v[first..] and takes them off. */
ynode *read_build_seq(reader *r, uint32_t first, pos at, pos end);
ynode *read_build_map(reader *r, uint32_t first, pos at, pos end);

/* --- read_scalar.c */
typedef struct scalar {
    ykind kind;
    str text;            /* canonical, as in ynode */
    bool not_finite;     /* .inf or .nan: legal YAML, no JSON; text is ".inf", "-.inf" or ".nan" */
    const char *problem; /* NULL, or what is wrong: one sentence */
} scalar;

/* A scalar as go-yaml v2 sees it. tag: NULL or in its long form. implicit: plain, or with the tag `!`. */
scalar scalar_resolve(arena *a, const char *tag, str text, bool implicit);
/* As scalar_resolve() does for untagged plain text, which starts with a digit, a sign or a dot. */
scalar scalar_number(arena *a, str text);
/* The key that a scalar becomes in JSON; STR_NONE when it can't be one (null, more than 64 bits with sign). */
str scalar_key(arena *a, const scalar *s);

/* --- read_json.c */
typedef struct json_error {
    uint32_t at, end; /* offsets into the text */
    str text, help;
    const diag_rule *rule;
} json_error;
/* Reads JSON values from offset `from` to the end. False: nothing was yielded, *error tells why. (Repeated keys may
 * have been reported; read_yaml() says the same of them.) */
bool read_json(reader *r, uint32_t from, json_error *error);

/* --- read_plain.c */
/* As read_yaml(), several times as fast, for YAML of the ordinary kind: true, and the documents are yielded; or false, and
 * nothing is (repeated keys may have been reported; read_yaml() says the same of them). */
bool read_plain(reader *r, uint32_t from, uint32_t to);

/* --- read_yaml.c */
/* Reads the documents of [from, to), which has only characters that YAML allows. instead: an error to report in place
 * of the first one if that is not further into the text; may be NULL. */
void read_yaml(reader *r, uint32_t from, uint32_t to, const json_error *instead);
/* Does a line begin at `at` that begins a document? */
bool read_is_document_line(const reader *r, uint32_t at, uint32_t to);
/* The start of the first line `---` at or after the line of offset `at`, but after `after`; `to` if none. */
uint32_t read_next_document(const reader *r, uint32_t at, uint32_t after, uint32_t to);

/* --- read_yaml_errors.c */
/* A libyaml complaint in better words. here: the bytes from the place on. help may stay empty. */
void read_yaml_explain(arena *a, const char *problem, const char *context, str here, str *text, str *help);
#endif
