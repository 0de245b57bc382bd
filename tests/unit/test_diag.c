#include "tests/unit/unit.h"

static void collecting(void **state) {
    (void)state;
    arena *a = arena_new();
    diags d = {.a = a};
    diag *x = diag_range(&d, &unit_rules[0], 10, 12, "bad %s", "thing");
    diag_help(&d, x, "do %d", 5);
    diag_note_range(&d, x, 3, 4, "here %c", 'x');
    diag_range(&d, &unit_rules[3], 5, 6, "warned");
    diag_at(&d, &unit_rules[1], NULL, "nowhere");
    diag_range(&d, &unit_rules[0], 5, 6, "first by id");
    assert_int_equal(d.errors, 3);
    assert_int_equal(d.warnings, 1);
    diags_sort(&d);
    assert_text(d.list.v[0].text, "first by id");
    assert_text(d.list.v[1].text, "warned");
    assert_text(d.list.v[2].text, "bad thing");
    assert_text(d.list.v[2].help, "do 5");
    assert_int_equal(d.list.v[2].notes.n, 1);
    assert_text(d.list.v[2].notes.v[0].text, "here x");
    assert_text(d.list.v[3].text, "nowhere");
    arena_free(a);
}

static void repeats_count_once(void **state) {
    (void)state;
    arena *a = arena_new();
    diags d = {.a = a};
    for (int i = 0; i < 3; i++) diag_help(&d, diag_range(&d, &unit_rules[0], 1, 2, "same"), "help");
    diag_range(&d, &unit_rules[0], 1, 3, "same");
    diag_range(&d, &unit_rules[1], 1, 2, "same");
    diag_range(&d, &unit_rules[0], 1, 2, "other");
    assert_int_equal(d.list.n, 4);
    assert_int_equal(d.errors, 4);
    arena_free(a);
}

static void overrides(void **state) {
    (void)state;
    arena *a = arena_new();
    severity override[] = {SEV_OFF, SEV_WARNING, SEV_ERROR, SEV_ERROR, SEV_ERROR};
    diags d = {.a = a, .table = unit_rules, .override = override};
    diag *x = diag_range(&d, &unit_rules[0], 1, 2, "off");
    assert_non_null(x);
    diag_note_range(&d, x, 1, 2, "note of nothing");
    diag_range(&d, &unit_rules[1], 1, 2, "less");
    diag_range(&d, &unit_rules[3], 1, 2, "more");
    assert_int_equal(d.list.n, 2);
    assert_int_equal(d.errors, 1);
    assert_int_equal(d.warnings, 1);
    arena_free(a);
}

static void nearest(void **state) {
    (void)state;
    static const str fields[] = {{"image", 5}, {"script", 6},  {"command", 7},      {"args", 4},
                                 {"env", 3},   {"envFrom", 7}, {"volumeMounts", 12}};
    static const struct {
        const char *given, *want;
    } cases[] = {
        {"imgae", "image"},
        {"Image", "image"},
        {"scripts", "script"},
        {"comand", "command"},
        {"arg", "args"},
        {"envfrom", "envFrom"},
        {"volumeMount", "volumeMounts"},
        {"volumesMount", "volumeMounts"},
        {"ENV", "env"},
        {"evn", "env"},
        {"zzz", NULL},
        {"", NULL},
        {"a", NULL},
        {"completelyDifferent", NULL},
        {"imagePullPolicy", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str got = diag_nearest(str_z(cases[i].given), fields, 7);
        if (!cases[i].want)
            assert_null(got.p);
        else
            assert_text(got, cases[i].want);
    }
    assert_null(diag_nearest(S("x"), NULL, 0).p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collecting),
        cmocka_unit_test(repeats_count_once),
        cmocka_unit_test(overrides),
        cmocka_unit_test(nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
