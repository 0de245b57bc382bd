/* Tekton's patterns: what each sees and, above all, what it does not; results of tasks; that a walk stays linear. */
#include "base/arena.h"
#include "grammar/detect.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
// cmocka's header needs the ones above
#include <cmocka.h>

typedef bool detector(str text, uint32_t from, hit *out);

/* All hits of a text, what stands inside them joined by "|". */
static const char *hits(arena *a, detector *detect, str text) {
    strbuf b = {.a = a};
    hit h = {0};
    while (detect(text, h.end, &h)) {
        assert_true(str_eq(str_cut(text, h.at + 2, h.end - 1), h.inner));
        strbuf_addf(&b, "%s%.*s", b.n ? "|" : "", STR_ARG(h.inner));
    }
    return b.n ? strbuf_str(&b).p : "";
}

/* All hits of a prefix: form and V, joined by "|". */
static const char *prefixed(arena *a, str prefix, str text) {
    strbuf b = {.a = a};
    hit h = {0};
    while (detect_prefixed(text, prefix, h.end, &h))
        strbuf_addf(&b, "%s%c%.*s", b.n ? "|" : "", h.form, STR_ARG(h.name));
    return b.n ? strbuf_str(&b).p : "";
}

#define HITS(detect, text, expected) assert_string_equal(hits(a, detect, S(text)), expected)
#define PREFIXED(prefix, text, expected) assert_string_equal(prefixed(a, S(prefix), S(text)), expected)

static void test_variable(void **state) {
    arena *a = *state;
    HITS(detect_variable, "$(date) $$(HOME)", "date|HOME");
    HITS(detect_variable, "$(echo hi)$()$(params[\"x\"])$(a[])$(a[x])$(a[1][2])", "");
    HITS(detect_variable, "$(tasks.t.results.r[*])$(a[12])", "tasks.t.results.r[*]|a[12]");
    HITS(detect_variable, "$(.a)$(a..b)$(-)", ".a|a..b|-");
    HITS(detect_variable, "$(a$(b)", "b");
    HITS(detect_variable, "$(a\n)$(\0)$(b", "");
}

static void test_prefixed(void **state) {
    arena *a = *state;
    PREFIXED("params", "$(params.a)$(params[\"b\"])$(params['c'])", ".a|\"b|'c");
    PREFIXED("params", "$(params.)$(params[\"\"])", ".|\"");
    PREFIXED("params", "$(params.x )$(params.s[abc])$(params.a[*])", ".x |.s[abc]|.a[*]");
    PREFIXED("params", "$(params)$( params.x)$(inputs.params.x)$(paramsx.y)", "");
    PREFIXED("params", "$(params[\"x\"][0])", "");
    PREFIXED("params", "$(params[\"x\"][0])$(params[\"y\"])", "\"x\"][0])$(params[\"y");
    PREFIXED("params", "$(params.a $(params.b)", ".a $(params.b");
    PREFIXED("params", "$(params.a\n)$(params.b)", ".b");
    PREFIXED("params", "$(params['a\"])'])", "'a\"])");
    PREFIXED("params", "$(params.a\"])", ".a\"]");
    PREFIXED("params", "$(params[\"$(params.a)$(params['b'])$(params[\"\n$(params[\"c\"])", ".a|'b|\"c");
    PREFIXED("context.task", "$(context.task.name)$(context.taskRun.name)$(contextXtask.name)", ".name");
    PREFIXED("step?results", "$(step.results.r.path)$(step-results.r)$(step\nresults.r)", ".r.path|.r");
}

static void test_step_result(void **state) {
    arena *a = *state;
    HITS(detect_step_result, "$(steps.a.results.r)", "steps.a.results.r");
    HITS(detect_step_result, "$(steps.results.r)$(steps..results.)", "steps.results.r)$(steps..results.");
    HITS(detect_step_result, "$(steps.a.exitCode.path) x .results. y) z)", "steps.a.exitCode.path) x .results. y");
    HITS(detect_step_result, "$(steps.a\n.results.b)", "");
    HITS(detect_step_result, "$(steps.a.results.b\n)\n$(steps.c.results.d)", "steps.c.results.d");
}

static void test_artifact(void **state) {
    arena *a = *state;
    HITS(detect_artifact, "$(steps.a.inputs.b)$(tasks.c.outputs.d)", "steps.a.inputs.b|tasks.c.outputs.d");
    HITS(detect_artifact, "$(step.artifacts.path)$(artifacts.path)", "step.artifacts.path|artifacts.path");
    HITS(detect_artifact, "$(steps.a.input.b)$(steps.a.inputs.)$(steps..inputs.b)$(steps.a.inputs.b.c)$(xartifacts.path)", "");
    HITS(detect_artifact, "$(steps.a\nb.inputs.c\nd)", "steps.a\nb.inputs.c\nd"); /* these do cross lines */
}

static void test_param_index(void **state) {
    arena *a = *state;
    HITS(detect_param_index, "$(params.a[0])$(params['b/c'][1])$(params[\"d\"][23])",
         "params.a[0]|params['b/c'][1]|params[\"d\"][23]");
    HITS(detect_param_index, "$(params.a)$(params.a[*])$(params['a'])$(params.a[])$(param.a[1])", "");
    HITS(detect_param_index, "$(params.a-b[0])$(params['a-b'][0])", "params.a-b[0]"); /* no minus in the quoted class */
}

static void test_ends(void **state) {
    (void)state;
    hit h = {0};
    detector *const all[] = {detect_variable, detect_artifact, detect_param_index, detect_step_result};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_false(all[i](STR_NONE, 0, &h));
        assert_false(all[i](str_cut(S("$(artifacts.path)"), 0, 16), 0, &h)); /* the parenthesis is outside */
        assert_false(all[i](S("$(a)"), 4, &h));
    }
    assert_false(detect_prefixed(STR_NONE, S("params"), 0, &h));
    assert_false(detect_prefixed(str_cut(S("$(params.a)"), 0, 10), S("params"), 0, &h));
}

static void test_result_ref(void **state) {
    (void)state;
    result_ref r;
    assert_int_equal(detect_result_ref(S("tasks.t.results.r"), &r), RESULT_OK);
    assert_true(str_eq(r.task, S("t")) && str_eq(r.result, S("r")) && !r.key.p && !r.finally && !r.star && !r.indexed);
    assert_int_equal(detect_result_ref(S("finally.t.results.r[*]"), &r), RESULT_OK);
    assert_true(r.finally && r.star && !r.indexed && str_eq(r.result, S("r")));
    assert_int_equal(detect_result_ref(S("tasks.t.results.r[42]"), &r), RESULT_OK);
    assert_true(r.indexed && r.index == 42 && !r.star && str_eq(r.result, S("r")));
    assert_int_equal(detect_result_ref(S("tasks.t.results.r[99999999999999999999]"), &r), RESULT_OK);
    assert_true(r.indexed && r.index == UINT64_MAX);
    assert_int_equal(detect_result_ref(S("tasks.t.results.o.k[1]"), &r), RESULT_OK);
    assert_true(str_eq(r.result, S("o")) && str_eq(r.key, S("k[1]")) && !r.indexed);
    assert_int_equal(detect_result_ref(S("tasks..results."), &r), RESULT_OK);
    assert_true(r.task.n == 0 && r.result.n == 0);
    assert_int_equal(detect_result_ref(S("tasks.t.results.a.b.c"), &r), RESULT_BROKEN);
    assert_int_equal(detect_result_ref(S("finally.t.results.a.b.c.d"), &r), RESULT_BROKEN);
    static const char *const none[] = {"", "tasks", "tasks.t.results", "tasks.t.status.r", "steps.s.results.r",
                                       "tasks.t.x.results.r", "params.a.results.b"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(detect_result_ref(str_z(none[i]), &r), RESULT_NO);
}

static void test_linear(void **state) {
    static const char *const patterns[] = {"$(", "$(params.", "$(params[\"", "$(params['$(params[\"$(params.a)",
                                           "$(steps.", "$(steps.a.results.", "$(steps.a.inputs.", "$(params[\"$(steps.a)"};
    detector *const all[] = {detect_variable, detect_artifact, detect_param_index, detect_step_result};
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        size_t n = strlen(patterns[i]);
        uint32_t size = 1 << 20, found = 0;
        char *p = malloc(size);
        assert_non_null(p);
        for (uint32_t k = 0; k < size; k++) p[k] = patterns[i][k % n];
        str text = {p, size};
        clock_t begin = clock();
        for (size_t d = 0; d < sizeof all / sizeof *all; d++)
            for (hit h = {0}; all[d](text, h.end, &h);) found++;
        for (hit h = {0}; detect_prefixed(text, S("params"), h.end, &h);) found++;
        assert_true(clock() - begin < 20 * CLOCKS_PER_SEC);
        if (!strchr(patterns[i], ')')) assert_int_equal(found, 0);
        if (strstr(patterns[i], "params.a)")) assert_int_equal(found, 2 * (size / n)); /* as a variable and by prefix */
        free(p);
    }
}

static int setup(void **state) { return (*state = arena_new()) ? 0 : -1; }
static int teardown(void **state) {
    arena_free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variable),    cmocka_unit_test(test_prefixed), cmocka_unit_test(test_step_result),
        cmocka_unit_test(test_artifact),    cmocka_unit_test(test_param_index), cmocka_unit_test(test_ends),
        cmocka_unit_test(test_result_ref),  cmocka_unit_test(test_linear),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
