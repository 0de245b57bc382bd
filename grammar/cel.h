#ifndef GRAMMAR_CEL_H
#define GRAMMAR_CEL_H
/* CEL, the Common Expression Language, in the environment that Tekton gives it in `when`: the standard library and
 * macros, no variables, no extensions. Tekton puts its own $(…) into the text before CEL sees it.
 *
 * In: a text. Out: cel_compile() says whether it parses and type-checks, as cel-go's Env.Compile does (that is what the
 * admission webhook asks); cel_eval_bool() says true, false or an error, as the reconciler sees it. What the two refuse
 * is refused there too, and the other way round, but for what is listed in docs/cel.md: such errors are marked
 * `unsupported`. Errors name bytes of the text; the first one is reported.
 *
 * Limits, each an error when passed: CEL_TEXT_MOST bytes of text, CEL_DEEPEST levels of nesting, CEL_TYPE_WORK steps of
 * type checking, CEL_EVAL_WORK steps of evaluation (a step is a visit of an expression or a piece of memory).
 *
 * Pure; everything lives in the arena given, strings may point into the text. Source of the rules: the CEL language
 * definition, and cel-go v0.29 where that leaves room or differs (facts validation.md H, RT-P20, WHN-03). */
#include "base/str.h"

enum { CEL_TEXT_MOST = 100000, CEL_DEEPEST = 250, CEL_TYPE_WORK = 1 << 20, CEL_EVAL_WORK = 1 << 22 };

typedef enum cel_stage { CEL_SYNTAX, CEL_TYPES, CEL_VALUE } cel_stage;

typedef struct cel_error {
    cel_stage stage;
    bool unsupported; /* CEL allows it (or may), this implementation does not */
    uint32_t at, end; /* bytes [at, end) of the text */
    str text;         /* one sentence, no final full stop */
    str help;         /* what to do about it; may be empty */
} cel_error;

typedef struct cel_program cel_program;
typedef struct cel_value cel_value;

/* NULL when it does not compile: *e says why. */
const cel_program *cel_compile(arena *a, str text, cel_error *e);
/* NULL when evaluation fails. */
const cel_value *cel_eval(arena *a, const cel_program *p, cel_error *e);
/* The same, and a value that is not a bool fails. */
bool cel_eval_bool(arena *a, const cel_program *p, bool *out, cel_error *e);
/* The name of a value's type ("int", "google.protobuf.Timestamp"), and the value as CEL would write it; the entries of
 * a map are sorted, and a very long value is cut. */
str cel_type_name(const cel_value *v);
str cel_show(arena *a, const cel_value *v);
#endif
