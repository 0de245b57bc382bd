/* Go durations: values, refusals, bounds, canonical form. The expected values are Go's own answers. */
#include "base/arena.h"
#include "grammar/duration.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
// cmocka's header needs the ones above
#include <cmocka.h>

static void test_accepted(void **state) {
    arena *a = *state;
    static const struct { const char *text; int64_t value; const char *canonical; } cases[] = {
        {"0", 0, "0s"},
        {"-0", 0, "0s"},
        {"0s", 0, "0s"},
        {"1h30m", 5400000000000, "1h30m0s"},
        {"1.5h", 5400000000000, "1h30m0s"},
        {"90s", 90000000000, "1m30s"},
        {"300ms", 300000000, "300ms"},
        {"-1s", -1000000000, "-1s"},
        {"+5m", 300000000000, "5m0s"},
        {"1ns", 1, "1ns"},
        {"1500us", 1500000, "1.5ms"},
        {"12\xc2\xb5s", 12000, "12\xc2\xb5s"},
        {"12\xce\xbcs", 12000, "12\xc2\xb5s"},
        {"1.", 0, NULL},
        {".5s", 500000000, "500ms"},
        {"1.s", 1000000000, "1s"},
        {"1m1m", 120000000000, "2m0s"},
        {"0.3333333333333333333h", 1200000000000, "20m0s"},
        {"0.100000000000000000000h", 360000000000, "6m0s"},
        {"1.000000001s", 1000000001, "1.000000001s"},
        {"9223372036854775807ns", INT64_MAX, "2562047h47m16.854775807s"},
        {"-9223372036854775808ns", INT64_MIN, "-2562047h47m16.854775808s"},
        {"100h0.25s", 360000250000000, "100h0m0.25s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t v = 1;
        assert_int_equal(duration_parse(str_z(cases[i].text), &v), cases[i].canonical != NULL);
        if (!cases[i].canonical) continue;
        assert_true(v == cases[i].value);
        str s = duration_format(a, v);
        assert_string_equal(s.p, cases[i].canonical);
        int64_t again;
        assert_true(duration_parse(s, &again) && again == v);
    }
}

static void test_refused(void **state) {
    (void)state;
    static const char *const cases[] = {"", "-", "+", "60", "1d", "1", "s", ".s", ".", "-.s", "1 s", " 1s", "1s ", "1S", "1h-1m",
                                        "--1s", "1hm", "1mm", "1us2", "9223372036854775808ns", "-9223372036854775809ns",
                                        "2562048h", "9223372036854775807.9s", "1\xc2s", "1..5s", "1e3s", "00"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t v;
        assert_false(duration_parse(str_z(cases[i]), &v));
    }
    int64_t v;
    assert_false(duration_parse(S("1s\0"), &v));
    assert_false(duration_parse(STR_NONE, &v));
    assert_true(duration_parse(str_cut(S("1ms"), 0, 2), &v)); /* does not look past the end */
    assert_true(v == 60000000000);
}

static int setup(void **state) { return (*state = arena_new()) ? 0 : -1; }
static int teardown(void **state) {
    arena_free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
