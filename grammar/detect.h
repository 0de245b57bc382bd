#ifndef GRAMMAR_DETECT_H
#define GRAMMAR_DETECT_H
/* What Tekton's own validation takes for a variable: its patterns (facts: validation rules B.6, C.1, PL-09, STP-01,
 * STP-14, D.7) as automata. They differ from the reference grammar on purpose: a checker that must refuse what Tekton
 * refuses has to see what Tekton sees. All scan one text from `from` on, answer false at its end, yield the byte range
 * of the hit; none allocates. A walk over all hits of a text begins with `from` 0, goes on with `from` = the `end` of the
 * hit, and hands the same `hit` in again: it is linear as a whole. Where Tekton's pattern does not cross a line, neither
 * do these. */
#include "base/str.h"

typedef struct hit {
    uint32_t at, end;  /* the whole $( … ) */
    str inner;         /* between "$(" and ")" */
    str name;          /* detect_prefixed: V, what follows the prefix, without dot, brackets and quotes */
    char form;         /* detect_prefixed: '.', '"' or '\'' */
    uint32_t dry_double, dry_single; /* detect_prefixed's own, for the next call of the walk */
} hit;

/* \$\([_a-zA-Z0-9.-]+(\.[_a-zA-Z0-9.-]+)*(\[([0-9]+|\*)\])?\) : params, tasks, … of a Pipeline */
bool detect_variable(str text, uint32_t from, hit *out);
/* \$\(PREFIX(\.V|\["V"\]|\['V'\])\), V = .*?(\[\*\])? non-greedy: variables of Steps. prefix e.g. "params",
 * "context.task". A '?' in it stands for any one byte of a line: Tekton's own "step.results" has a dot that does. */
bool detect_prefixed(str text, str prefix, uint32_t from, hit *out);
/* \$\(steps\..*?\.results\..*?\) */
bool detect_step_result(str text, uint32_t from, hit *out);
/* $(steps.X.inputs|outputs.Y), $(tasks.X.inputs|outputs.Y), $(step.artifacts.path), $(artifacts.path) */
bool detect_artifact(str text, uint32_t from, hit *out);
/* \$\(params(\.[_a-zA-Z0-9.-]+|\['[_a-zA-Z0-9.-\/]+'\]|\["[_a-zA-Z0-9.-\/]+"\])\[[0-9]+\]\) : index bounds */
bool detect_param_index(str text, uint32_t from, hit *out);

/* A Pipeline variable that is a task's result: `inner` of detect_variable split at dots. 4 or 5 components, the first
 * tasks or finally, the third results (facts C.1). */
typedef struct result_ref {
    bool finally;  /* written finally.T.results.R */
    str task, result, key; /* key: 5th component or none */
    bool star, indexed;
    uint64_t index;
} result_ref;
typedef enum result_form { RESULT_NO, RESULT_OK, RESULT_BROKEN } result_form; /* BROKEN: looks like one, six or more parts */
result_form detect_result_ref(str inner, result_ref *out);
#endif
