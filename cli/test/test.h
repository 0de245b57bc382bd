#ifndef CLI_TEST_TEST_H
#define CLI_TEST_TEST_H
/* tektonc test: what its files share.
 *
 *   test.c    the verb: finds the tests, plays the cases, adds up      report.c  the forms of what is said
 *   case.c    a case: compiles its input, plays the run, compares      cast.c    fakes: how each Pod goes
 *   seen.c    what happened, as a tree of the shape of `expect`        expect.c  the comparison
 *
 * A case lives in an arena of its own. All that it reads, input and test alike, is in one `sources`, so that messages
 * about the pipeline and about the test are sorted, shown and counted alike. */
#include "cli/session.h"
#include "runtime/rehearsal/rehearsal.h"

typedef struct test_set { /* a document PipelineTest */
    const ynode *document;
    sources sources; /* its input, then the test */
    uint32_t inputs;
} test_set;

typedef struct test_result {
    str file, name;
    pos at;
    bool failed;
    str first;    /* the first message */
    str messages; /* all, as they are shown: text, or lines of github or json */
    str seen;     /* --show: YAML */
} test_result;
typedef VEC(test_result) test_results;

typedef struct test_case {
    arena *a;
    const test_set *set;
    const ynode *node; /* of the case */
    session s;
    const plan *plan;
    map manifests;     /* file → Pod */
    map tasks;         /* path → plan_task * */
    rehearsal r;
} test_case;

/* case.c: the result's texts are in `out`. */
void case_run(arena *out, const options *o, const test_set *set, const ynode *node, test_result *result);
/* What the case says of a name, else the test: `key` is a field that both may have. */
const ynode *case_given(const test_case *x, str key);
str case_no_task(test_case *x, const ynode *where, str name); /* reports; yields what comes nearest */

/* cast.c */
void cast_check(test_case *x); /* before the run: names and values of the fakes */
void cast_pod(void *ctx, const seq *s, rehearsal_pod *p);

/* seen.c: also into `ran`, path → seen_task *. */
typedef struct seen_task {
    bool ran;
    int64_t start, end;
} seen_task;
const ynode *seen_build(test_case *x, bool pods, map *ran); /* pods: with the manifests, which nobody wants to read */

/* expect.c */
void expect_check(test_case *x, const ynode *expect, const ynode *seen, const map *ran);
/* Errors that are expected are taken from the list, others stay. */
void expect_errors(test_case *x, const ynode *expect);

/* report.c */
void report_begin(const options *o, strbuf *out);
/* The last one of `all`. */
void report_case(const options *o, strbuf *out, const test_results *all);
void report_end(const options *o, strbuf *out, const test_results *all);
bool report_inner_text(const options *o); /* messages are shown as text, else in the form itself */
bool report_colored(const options *o);
#endif
