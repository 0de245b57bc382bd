/* plan/read.c and plan/fill.c: reading a plan whole and in parts, names under another identity, filling. */
#include "plan/fill.h"
#include "tests/unit/unit.h"

static ynode_list read_trees(reading *r, const char *text) {
    ynode_list out = {0};
    source *src;
    assert_true(source_add(&r->sources, S("plan"), str_z(text), &src));
    static const read_rules rules = {&unit_rules[0], &unit_rules[1], &unit_rules[2], &unit_rules[3], &unit_rules[4]};
    read_documents(r->a, src, &r->diags, &rules, &out);
    assert_int_equal(r->diags.errors, 0);
    return out;
}

#define HEAD "apiVersion: tektonc.dev/v1alpha1\nkind: Plan\nmetadata: {name: r, namespace: n}\nspec:\n"
#define RUN "  run: {kind: PipelineRun, name: r, namespace: n, uid: u}\n"

static const plan *read_plan(reading *r, const char *text) {
    ynode_list trees = read_trees(r, text);
    str problem = STR_NONE;
    const plan *p = plan_read(r->a, &trees, &problem);
    if (!p) print_error("%.*s\n", STR_ARG(problem));
    assert_non_null(p);
    return p;
}

static void assert_problem(const char *text, const char *want) {
    reading *r = reading_new();
    ynode_list trees = read_trees(r, text);
    str problem = STR_NONE;
    assert_null(plan_read(r->a, &trees, &problem));
    assert_text(problem, want);
    arena_free(r->a);
}

static void a_plan_is_read(void **state) {
    (void)state;
    reading *r = reading_new();
    const plan *p = read_plan(r, HEAD
        "  run: {kind: PipelineRun, name: r, namespace: n, uid: u, status: PipelineRunPending, labels: {object: {a: {ref: x}}}}\n"
        "  timeouts: {pipeline: 1h0m0s, tasks: 0s}\n"
        "  tasks:\n"
        "  - {name: a, retries: 2, timeout: 90s, onError: continue, results: [{name: o, type: array}], units: [{pod: a, taskRun: r-a}]}\n"
        "  - {name: b, deps: [a], skip: why, when: [{input: {ref: tasks.a.results.s}, operator: notin, values: [x]}, {cel: 'true'}],\n"
        "     params: [{name: q, value: {object: {k: v, l: {ref: z}}}}]}\n"
        "  finally: [{name: f}]\n"
        "  results: [{name: out, value: {ref: tasks.a.results.o, type: array}}]\n"
        "  claims: [{workspace: w, name: pvc-1, template: {spec: {}}}]\n"
        "  holes: [{path: /metadata/name, value: {ref: context.pod.name}}]\n"
        "  unknown: {of: later}\n");
    assert_true(p->run.pipeline);
    assert_text(p->run.status, "PipelineRunPending");
    assert_int_equal(p->run.labels.n, 1);
    assert_int_equal(p->run.timeout, INT64_C(3600000000000));
    assert_int_equal(p->run.timeout_tasks, 0);
    assert_int_equal(p->run.timeout_finally, -1);
    assert_int_equal(p->run.tasks.n, 3);
    const plan_task *a = p->run.tasks.v[0], *b = p->run.tasks.v[1], *f = p->run.tasks.v[2];
    assert_int_equal(a->retries, 2);
    assert_int_equal(a->timeout, INT64_C(90000000000));
    assert_true(a->continues);
    assert_text(a->results.v[0].type, "array");
    assert_int_equal(a->units.v[0].holes.n, 1); /* the one that all have */
    assert_text(b->deps.v[0], "a");
    assert_text(b->skip, "why");
    assert_int_equal(b->when.n, 2);
    assert_false(b->when.v[0].in);
    assert_non_null(b->when.v[1].cel.tree);
    assert_int_equal(b->params.v[0].value.n, 2);
    assert_true(f->finally);
    assert_ptr_equal(map_get(&p->run.task_by_name, S("b")), b);
    assert_int_equal(p->run.results.n, 1);
    assert_int_equal(p->run.claims.n, 1);
    arena_free(r->a);
}

static void parts_in_any_order(void **state) {
    (void)state;
    reading *r = reading_new();
    const plan *p = read_plan(r,
        HEAD "  part: 2\n  finally: [{name: f}, {name: g}]\n---\n"
        HEAD RUN "  tasks: [{name: a}]\n  parts: 3\n---\n"
        HEAD "  part: 1\n  tasks: [{name: b}]\n  finally: [{name: e}]\n");
    static const char *const names[] = {"a", "b", "e", "f", "g"};
    assert_int_equal(p->run.tasks.n, 5);
    for (int i = 0; i < 5; i++) {
        assert_text(p->run.tasks.v[i]->name, names[i]);
        assert_int_equal(p->run.tasks.v[i]->finally, i > 1);
    }
    arena_free(r->a);
}

static void what_is_broken(void **state) {
    (void)state;
    assert_problem(HEAD RUN "  tasks: [{name: a}]\n  parts: 2\n", "a part that is missing");
    assert_problem(HEAD "  run: {kind: TaskRun, name: r}\n  tasks: [{name: a}, {name: b}]\n", "more than one task or unit in a TaskRun");
    assert_problem(HEAD RUN "  tasks: [{name: a/b}]\n", "a `/` or `#` in the name of `a/b`");
    assert_problem(HEAD "  part: 1\n  tasks: []\n---\n" HEAD "  part: 1\n  tasks: []\n", "parts that don't belong together");
    assert_problem(HEAD "  run: {kind: Other}\n", "a run of no known kind of `Other`");
    assert_problem(HEAD RUN "  tasks: [{name: a}, {name: a}]\n", "a second task of the name of `a`");
    assert_problem(HEAD RUN "  tasks: [{name: a, units: [{pod: a}]}]\n", "a unit without pod and taskRun of `a`");
    assert_problem(HEAD RUN "  tasks: [{name: a, units: [{pod: a, taskRun: b, holes: [{path: x, value: y}]}]}]\n", "a malformed hole of `a`");
    assert_problem(HEAD RUN "  tasks: [{name: a, params: [{name: p, value: {reff: x}}]}]\n", "a malformed value of `p`");
    assert_problem(HEAD RUN "  tasks: [{name: a, when: [{input: x, operator: is, values: []}]}]\n", "an unknown operator in a when expression of `a`");
    assert_problem("apiVersion: v1\nkind: Pod\n", "a document that is no plan");
}

/* ---- filling -------------------------------------------------------------------------------------------------------- */

typedef struct results {
    reading *r;
    const ynode *by_name; /* path and name → value */
} results;

static const ynode *given(void *ctx, const plan_run *run, str name) {
    results *x = ctx;
    return ynode_get(x->by_name, run->path.n ? str_cat(x->r->a, run->path, name) : name);
}

static plan_filling filling(results *x, reading *r, const char *text) {
    *x = (results){r, read_trees(r, text).v[0]};
    return (plan_filling){.a = r->a, .name = S("run"), .namespace_ = S("ns"), .uid = S("uid"), .entrypoint = S("ep"), .given = given, .ctx = x};
}

static void names_follow_the_identity(void **state) {
    (void)state;
    reading *r = reading_new();
    results x;
    const plan *p = read_plan(r, HEAD RUN
        "  tasks:\n"
        "  - name: outer\n"
        "    pipeline: {run: {kind: PipelineRun, name: r-outer}, tasks: [{name: in, units: [{pod: outer.in, taskRun: r-outer-in}]}]}\n"
        "  claims: [{workspace: w, name: shown, template: {metadata: {name: data}, spec: {}}}]\n");
    plan_filling f = filling(&x, r, "{}");
    const plan_run *child = p->run.tasks.v[0]->pipeline;
    plan_attempt at = {.task = child->tasks.v[0], .unit = &child->tasks.v[0]->units.v[0], .count = 1, .retry = 2};
    assert_text(child->path, "outer/");
    assert_text(plan_run_name(&f, child), "run-outer");
    assert_text(plan_task_run_name(&f, &at), "run-outer-in");
    assert_text(plan_pod_name(&f, &at), "run-outer-in-pod-retry2");
    at.count = 3, at.index = 1, at.retry = 0;
    assert_text(plan_pod_name(&f, &at), "run-outer-in-1-pod");
    assert_true(str_starts(plan_claim_name(&f, &p->run.claims.v[0]), S("data-")));
    arena_free(r->a);
}

static const char matrix_plan[] = HEAD RUN
    "  tasks:\n"
    "  - {name: gen, units: [{pod: gen, taskRun: r-gen}]}\n"
    "  - name: use\n"
    "    matrix: {params: [{name: p, value: {ref: tasks.gen.results.l, type: array}}], include: [{params: [{name: q, value: x}]}]}\n"
    "    units:\n"
    "    - pod: use\n"
    "      taskRun: r-use\n"
    "      holes:\n"
    "      - {path: /metadata/name, value: {ref: context.pod.name}}\n"
    "      - {path: /spec/containers/0/args/0, value: {concat: [{ref: matrix.use.p}, '-', {ref: matrix.use.q}, '-', {ref: tasks.use.matrix.length}]}}\n"
    "      - {path: /spec/containers/0/args/1, value: {splice: {ref: tasks.gen.results.l, type: array}}}\n"
    "      - {path: /spec/containers/0/args/3, value: {splice: {ref: tasks.gen.results.l, type: array}}}\n"
    "  - name: outer\n"
    "    pipeline: {run: {kind: PipelineRun, name: r-outer}, tasks: [{name: in, params: [{name: v, value: {ref: outer/tasks.in.results.o}}]}]}\n";

static void a_matrix_over_results(void **state) {
    (void)state;
    reading *r = reading_new();
    results x;
    const plan *p = read_plan(r, matrix_plan);
    plan_filling f = filling(&x, r, "{tasks.gen.results.l: [a, b], outer/tasks.in.results.o: child}");
    const ynode *pod = read_trees(r, "{metadata: {name: x}, spec: {containers: [{args: [x, x, keep, x]}]}}").v[0];
    const plan_task *use = map_get(&p->run.task_by_name, S("use")), *outer = map_get(&p->run.task_by_name, S("outer"));
    matrix_combinations combinations = {0};
    str missing = STR_NONE;
    plan_attempt at = {.task = use, .unit = &use->units.v[0], .index = 1};
    assert_true(plan_count(&f, use, &at.count, &combinations, &missing));
    assert_int_equal(at.count, 2);
    assert_int_equal(combinations.n, 2);
    at.combination = combinations.v[1];
    const ynode *filled = plan_fill_pod(&f, &at, pod, &missing);
    assert_non_null(filled);
    assert_text(emit_json_str(r->a, filled, false),
                "{\"metadata\":{\"name\":\"run-use-1-pod\"},\"spec\":{\"containers\":[{\"args\":[\"b-x-2\",\"a\",\"b\",\"keep\",\"a\",\"b\"]}]}}");
    const plan_run *child = outer->pipeline;
    assert_text(ynode_text(plan_eval(&f, child, &child->tasks.v[0]->params.v[0].value, &missing)), "child");
    arena_free(r->a);
}

static void what_is_missing_is_named(void **state) {
    (void)state;
    reading *r = reading_new();
    results x;
    const plan *p = read_plan(r, matrix_plan);
    plan_filling f = filling(&x, r, "{}");
    const plan_task *use = map_get(&p->run.task_by_name, S("use"));
    uint32_t count;
    str missing = STR_NONE;
    assert_false(plan_count(&f, use, &count, NULL, &missing));
    assert_text(missing, "tasks.gen.results.l");
    map names = map_new(r->a);
    plan_attempt at = {.task = use, .unit = &use->units.v[0], .count = 1};
    plan_missing(&f, &at, &names);
    assert_int_equal(names.n, 2); /* the matrix has no values either */
    assert_true(map_has(&names, S("matrix.use.p")) && map_has(&names, S("tasks.gen.results.l")));
    arena_free(r->a);
}

static void an_empty_matrix_runs_nothing(void **state) {
    (void)state;
    reading *r = reading_new();
    results x;
    const plan *p = read_plan(r, matrix_plan);
    plan_filling f = filling(&x, r, "{tasks.gen.results.l: []}");
    uint32_t count = 1;
    str missing = STR_NONE;
    assert_true(plan_count(&f, map_get(&p->run.task_by_name, S("use")), &count, NULL, &missing));
    assert_int_equal(count, 0);
    arena_free(r->a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_is_read),        cmocka_unit_test(parts_in_any_order),
        cmocka_unit_test(what_is_broken),        cmocka_unit_test(names_follow_the_identity),
        cmocka_unit_test(a_matrix_over_results), cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(an_empty_matrix_runs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
