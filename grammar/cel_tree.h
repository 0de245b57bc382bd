#ifndef GRAMMAR_CEL_TREE_H
#define GRAMMAR_CEL_TREE_H
/* What the pieces of CEL share: values, types, the tree of an expression, the parser's state. Private to grammar/cel*.
 *
 * The parser builds cel_node trees, macros included (their arguments are told apart there); the checker writes types
 * and chosen overloads into them; the evaluator reads them. A failed evaluation is a value of the kind CEL_ERROR, since
 * errors take part in && and || like values. */
#include "base/vec.h"
#include "grammar/cel.h"

/* Kinds of values and of types; the last ones are of types only. */
typedef enum cel_kind {
    CEL_ERROR,
    CEL_NULL,
    CEL_BOOL,
    CEL_INT,
    CEL_UINT,
    CEL_DOUBLE,
    CEL_STRING,
    CEL_BYTES,
    CEL_LIST,
    CEL_MAP,
    CEL_DURATION,
    CEL_TIMESTAMP,
    CEL_TYPE,
    CEL_DYN,
    CEL_MESSAGE, /* a protobuf message, known by name only */
    CEL_VAR,     /* a type that is not known yet */
    CEL_PARAM,   /* A or B of an overload */
} cel_kind;

typedef struct cel_list {
    const struct cel_value *v;
    uint32_t n;
} cel_list;

typedef struct cel_map { /* keys differ; in the order in which they were written */
    const struct cel_value *keys, *values;
    uint32_t n;
    uint32_t *slots; /* hash table: index + 1, 0 is free */
    uint32_t slot_count;
} cel_map;

typedef struct cel_time {
    int64_t seconds; /* since 1970 */
    int32_t nanos;   /* 0 to 999,999,999 */
    int32_t offset;  /* of the zone it was written in, seconds east */
} cel_time;

struct cel_value {
    cel_kind kind;
    union {
        bool b;
        int64_t i; /* CEL_INT; CEL_DURATION: nanoseconds */
        uint64_t u;
        double d;
        str s; /* CEL_STRING, CEL_BYTES; CEL_TYPE: its name */
        const cel_list *list;
        const cel_map *map;
        cel_time t;
        const cel_error *error;
    };
};

typedef struct cel_type {
    cel_kind kind;
    uint32_t id;                  /* CEL_VAR, CEL_PARAM */
    const struct cel_type *of[2]; /* list: element; map: key, value; type: of what */
} cel_type;

/* Functions and operators of the standard library; rows in cel_std.def. */
typedef enum cel_function {
#define FUNCTION(ident, name) CEL_F_##ident,
#define OVERLOAD(...)
#include "grammar/cel_std.def"
#undef FUNCTION
#undef OVERLOAD
    CEL_F_COUNT
} cel_function;
str cel_function_name(cel_function f);
bool cel_function_find(str name, cel_function *out); /* by name; operators are not found */

typedef struct cel_overload {
    cel_function function;
    bool member; /* called as x.f(…) */
    bool cross;  /* compares numbers of different types: see cel_check.c */
    const cel_type *result, *args[3];
    uint32_t n;
} cel_overload;
/* The overloads of a function, in the order in which they are tried. */
const cel_overload *cel_overloads(cel_function f, uint32_t *n);
extern const cel_type cel_type_dyn, cel_type_error, cel_type_null, cel_type_bool, cel_type_int, cel_type_uint,
    cel_type_double, cel_type_string, cel_type_bytes, cel_type_duration, cel_type_timestamp, cel_type_message,
    cel_type_list_dyn, cel_type_map_dyn, cel_type_type;

typedef enum cel_node_kind {
    NODE_LITERAL,
    NODE_IDENT,  /* name */
    NODE_SELECT, /* v[0].name */
    NODE_HAS,    /* has(v[0].name) */
    NODE_CALL,   /* name(v…), or v[0].name(…) when it is `member`; operators have their function */
    NODE_AND,
    NODE_OR,      /* v…: two or more */
    NODE_LIST,    /* v… */
    NODE_MAP,     /* v…: key, value, key, value */
    NODE_MESSAGE, /* name{…} */
    /* macros; v[0] the range, v[1] the condition (or what map makes), v[2] what map makes of those that pass */
    NODE_ALL,
    NODE_EXISTS,
    NODE_EXISTS_ONE,
    NODE_FILTER,
    NODE_TRANSFORM,
} cel_node_kind;

typedef struct cel_node {
    cel_node_kind kind;
    bool member, dot; /* `dot`: the name was written with a dot before it */
    bool closed;      /* in parentheses */
    bool known;       /* CALL: `function` is set */
    uint16_t height;
    cel_function function;
    uint32_t at, end;       /* all of it */
    uint32_t op_at, op_end; /* the operator, name or bracket that messages point at */
    str name;               /* identifier, field, function, iteration variable */
    cel_value literal;      /* LITERAL; IDENT once it is known to be a type or constant */
    struct cel_node **v;
    uint32_t n, cap;
    /* by the checker */
    const cel_type *type;
    const cel_overload *overload; /* CALL: NULL when several fit, then the values decide */
    uint32_t slot;                /* IDENT: 1 + depth of the macro whose variable it is; 0: literal */
} cel_node;

struct cel_program {
    str text;
    cel_node *root;
    const cel_error *planned; /* what fails before anything is evaluated, or NULL */
    uint32_t slots;           /* macros inside each other, at most */
};

/* ---- lexer and parser (cel.re, cel.y) ------------------------------------------------------------------------ */
typedef struct cel_span {
    uint32_t at, end;
} cel_span;
typedef VEC(cel_node *) cel_nodes;
typedef struct cel_scan {
    arena *a;
    str text;
    uint32_t cur;
    uint32_t nesting;
    enum { AFTER_OTHER, AFTER_OPERAND, AFTER_PREFIX_MINUS } before;
    int ahead; /* a token that was read already, or -1 */
    cel_span ahead_span;
    cel_node *root;
    bool failed;
    cel_error *error;
} cel_scan;
/* Keeps the first error. */
__attribute__((format(printf, 4, 5))) void cel_fail(cel_scan *s, cel_span span, const char *help, const char *format,
                                                    ...);

/* ---- builders (cel_tree.c): NULL after cel_fail ----------------------------------------------------------------- */
cel_node *cel_node_new(cel_scan *s, cel_node_kind kind, cel_span span);
bool cel_node_add(cel_scan *s, cel_node *n, cel_node *child);
cel_node *cel_make_int(cel_scan *s, cel_span token, bool negative, cel_span span);
cel_node *cel_make_uint(cel_scan *s, cel_span token);
cel_node *cel_make_double(cel_scan *s, cel_span token, bool negative, cel_span span);
cel_node *cel_make_text(cel_scan *s, cel_span token, bool bytes);
cel_node *cel_make_constant(cel_scan *s, cel_span token, cel_value v);
cel_node *cel_make_name(cel_scan *s, cel_span name, bool dot, cel_span span);
cel_node *cel_make_select(cel_scan *s, cel_node *of, cel_span field, cel_span span);
cel_node *cel_make_operator(cel_scan *s, cel_function f, cel_span op, cel_node *x, cel_node *y, cel_node *z,
                            cel_span span);
cel_node *cel_make_logic(cel_scan *s, cel_node_kind kind, cel_span op, cel_node *x, cel_node *y, cel_span span);
cel_node *cel_make_call(cel_scan *s, cel_node *target, bool dot, cel_span name, cel_nodes *args, cel_span span);
cel_node *cel_make_list(cel_scan *s, cel_node_kind kind, cel_nodes *elements, cel_span span);
cel_node *cel_make_message(cel_scan *s, cel_node *name, cel_span brace, cel_span span);

/* ---- checker (cel_check.c, cel_type.c) -------------------------------------------------------------------------- */
typedef struct cel_unbind {
    uint32_t id;
    const cel_type *was;
} cel_unbind;
/* Types whose unknown parts get known while an expression is checked. */
typedef struct cel_unify {
    arena *a;
    VEC(const cel_type *) bound; /* by variable; NULL: not known */
    VEC(cel_unbind) trail;
    uint32_t work;
    bool tired; /* CEL_TYPE_WORK is used up: every answer from now on is worthless */
} cel_unify;
const cel_type *cel_type_var(cel_unify *u);
const cel_type *cel_type_make(arena *a, cel_kind kind, const cel_type *x, const cel_type *y);
const cel_type *cel_type_fresh(cel_unify *u, const cel_type *t,
                               const cel_type *params[2]); /* A and B to new variables */
/* Whether all of x fit where y is wanted; learns from it when they do. */
bool cel_type_fit(cel_unify *u, const cel_type *const *x, const cel_type *const *y, uint32_t n);
const cel_type *cel_type_known(cel_unify *u, const cel_type *t); /* with what is known put in */
const cel_type *cel_type_wider(cel_unify *u, const cel_type *x, const cel_type *y);
bool cel_type_same(cel_unify *u, const cel_type *x, const cel_type *y);
str cel_type_show(cel_unify *u, const cel_type *t);
bool cel_check(arena *a, cel_program *p, cel_error *e);

/* ---- values (cel_value.c) --------------------------------------------------------------------------------------- */
/* The work that is left for one evaluation; every loop over values draws from it. */
typedef struct cel_budget {
    arena *a;
    uint32_t left;
} cel_budget;
static inline bool cel_spend(cel_budget *b, uint32_t steps) {
    if (b->left <= steps) {
        b->left = 0;
        return false;
    }
    b->left -= steps;
    return true;
}
bool cel_equal(cel_budget *b, const cel_value *x, const cel_value *y);
/* -1, 0, 1, of two that can be ordered; false: they can't. *nan: because one is not a number. */
bool cel_order(const cel_value *x, const cel_value *y, int *out, bool *nan);
bool cel_index_of(const cel_value *v,
                  int64_t *out); /* a number without loss; false: it has a part behind the point, … */
cel_map *cel_map_new(cel_budget *b, uint32_t room);
bool cel_key_ok(cel_kind kind); /* bytes can't be keys */
void cel_map_put(cel_map *m, const cel_value *key, const cel_value *value);
const cel_value *cel_map_find(const cel_map *m, const cel_value *key);
cel_value cel_text_value(cel_kind kind, str s);

/* ---- numbers (cel_number.c); Go's rules -------------------------------------------------------------------------- */
bool cel_read_double(arena *a, str s, double *out);
bool cel_read_int(str s, int64_t *out);
bool cel_read_uint(str s, uint64_t *out);
str cel_write_double(arena *a, double d, char form); /* 'g': with exponent when large or small; 'f': without */

/* ---- time (cel_time.c) ------------------------------------------------------------------------------------------ */
bool cel_time_ok(int64_t seconds);        /* years 1 to 9999 */
bool cel_read_time(str s, cel_time *out); /* RFC 3339 as Go reads it; the range is not looked at */
str cel_write_time(arena *a, cel_time t);
typedef enum cel_zone { ZONE_OK, ZONE_BAD, ZONE_NAMED } cel_zone;
cel_zone cel_read_zone(str s, int64_t *offset); /* seconds east */
bool cel_time_add(cel_time t, int64_t nanos, bool minus, cel_time *out);
bool cel_time_between(cel_time x, cel_time y, int64_t *nanos);
int64_t cel_time_part(cel_time t, int64_t offset, cel_function part);
str cel_duration_seconds(arena *a, int64_t nanos); /* "1.5s" */
int64_t cel_duration_part(int64_t nanos, cel_function part);

/* ---- evaluation (cel_eval.c) and the functions (cel_call.c) ---------------------------------------------------- */
typedef struct cel_run {
    cel_budget budget;
    cel_value *slots;
    bool fatal; /* an error that && and || can't absorb */
} cel_run;
__attribute__((format(printf, 4, 5))) cel_value cel_failed(cel_run *r, const cel_node *at, const char *help,
                                                           const char *format, ...);
cel_value cel_give_up(cel_run *r, const cel_node *at, bool unsupported, const char *text); /* fatal */
cel_value cel_exhausted(cel_run *r, const cel_node *at); /* CEL_EVAL_WORK is used up */
/* A function or operator on values that are no errors; not the ones that choose what to evaluate. */
cel_value cel_call(cel_run *r, const cel_node *n, const cel_value *args);
cel_value cel_convert(cel_run *r, const cel_node *n, const cel_value *v);

/* ---- regular expressions (cel_regex.c): RE2's, as far as docs/cel.md says ---------------------------------------- */
typedef enum cel_regex_result { REGEX_NO, REGEX_YES, REGEX_BAD, REGEX_UNSUPPORTED, REGEX_TIRED } cel_regex_result;
/* Whether the pattern fits anywhere in the text; *why says what is wrong with the pattern. Linear in the text. */
cel_regex_result cel_regex_search(cel_budget *b, str pattern, str text, str *why);
#endif
