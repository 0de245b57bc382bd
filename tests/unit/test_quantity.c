/* Quantities: values, refusals, canonical form, what apimachinery prints for a text. The expected values are its own
 * answers, but for those in test_where_we_differ. */
#include "base/arena.h"
#include "grammar/quantity.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
// cmocka's header needs the ones above
#include <cmocka.h>

#define DEC QUANTITY_DECIMAL_SI
#define BIN QUANTITY_BINARY_SI
#define EXP QUANTITY_DECIMAL_EXPONENT

static void test_accepted(void **state) {
    arena *a = *state;
    static const struct {
        const char *text;
        quantity_family family;
        int64_t value, milli;
        const char *canonical, *printed; /* printed: NULL for the canonical form */
    } cases[] = {
        {"0", DEC, 0, 0, "0", NULL},
        {"1", DEC, 1, 1000, "1", NULL},
        {"100m", DEC, 1, 100, "100m", NULL},
        {"0.1", DEC, 1, 100, "100m", NULL},
        {"1.5", DEC, 2, 1500, "1500m", NULL},
        {"1000m", DEC, 1, 1000, "1", NULL},
        {"1000", DEC, 1000, 1000000, "1k", NULL},
        {"1024", DEC, 1024, 1024000, "1024", NULL},
        {"10E", DEC, INT64_MAX, INT64_MAX, "10E", NULL},
        {"1.5Gi", BIN, 1610612736, 1610612736000, "1536Mi", NULL},
        {"1024Ki", BIN, 1048576, 1048576000, "1Mi", NULL},
        {"1025Ki", BIN, 1049600, 1049600000, "1025Ki", NULL},
        {"0.5Ki", BIN, 512, 512000, "512", NULL},
        {"0.0001Ki", DEC, 1, 103, "102400u", NULL},
        {"1.1Ki", BIN, 1127, 1126400, "1126400m", NULL},
        {"100Ei", BIN, INT64_MAX, INT64_MAX, "9223372036854775807", NULL},
        {"2e3", EXP, 2000, 2000000, "2e3", NULL},
        {"1E3", EXP, 1000, 1000000, "1e3", "1E3"},
        {"1e+3", EXP, 1000, 1000000, "1e3", "1e+3"},
        {"1e4", EXP, 10000, 10000000, "10e3", NULL},
        {"15e-1", EXP, 2, 1500, "1500e-3", NULL},
        {"1e4294967296", EXP, 1, 1000, "1", "1e4294967296"},
        {"+5", DEC, 5, 5000, "5", "+5"},
        {"005", DEC, 5, 5000, "5", "005"},
        {"1.500", DEC, 2, 1500, "1500m", "1.500"},
        {"-0.5", DEC, -1, -500, "-500m", NULL},
        {"-1.5Gi", BIN, -1610612736, -1610612736000, "-1536Mi", NULL},
        {"0.1n", DEC, 1, 1, "1n", NULL},
        {"0.0000000011", DEC, 1, 1, "2n", NULL},
        {"1e-30", EXP, 1, 1, "1e-9", NULL},
        {"0e-30", EXP, 0, 0, "0", NULL},
        {"+", DEC, 0, 0, "0", NULL},
        {".", DEC, 0, 0, "0", NULL},
        {"Ki", BIN, 0, 0, "0", NULL},
        {"1.G", DEC, 1000000000, 1000000000000, "1G", "1.G"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        quantity q, again;
        str text = str_z(cases[i].text);
        assert_true(quantity_parse(text, &q));
        assert_int_equal(q.family, cases[i].family);
        assert_true(quantity_value(q) == cases[i].value);
        assert_true(quantity_milli_value(q) == cases[i].milli);
        str s = quantity_format(a, q), printed = quantity_reprint(a, text);
        assert_true(str_eq(s, str_z(cases[i].canonical)));
        assert_true(str_eq(printed, str_z(cases[i].printed ? cases[i].printed : cases[i].canonical)));
        assert_true(quantity_parse(s, &again) && quantity_cmp(q, again) == 0);
    }
}

static void test_refused(void **state) {
    arena *a = *state;
    static const char *const cases[] = {"", "1 Gi", "abc", " 1", "1 ", "1gi", "1g", "1K", "1kB", "1GiB", "--1", "1-", "1e", "1e+",
                                        "1e1.5", "1Ei5", "1i", "0x1", "1.5.5", "1m5", "e-10", ".e-10", "1e9223372036854775808",
                                        "1,5", "1_000", "Inf", "1\n"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        quantity q;
        assert_false(quantity_parse(str_z(cases[i]), &q));
        assert_null(quantity_reprint(a, str_z(cases[i])).p);
    }
    quantity q;
    assert_false(quantity_parse(S("1\0"), &q));
    assert_true(quantity_parse(str_cut(S("1Ki"), 0, 1), &q)); /* does not look past the end */
    assert_true(quantity_value(q) == 1);
}

/* Above "E" apimachinery prints the number without any suffix, and there is no bound; we keep the value up to 10^29. */
static void test_where_we_differ(void **state) {
    arena *a = *state;
    static const char *const cases[][2] = {{"1000E", "1000E"}, {"1e21", "1e21"}, {"1e29", "100e27"}, {"1e30", "100e27"},
                                           {"-1e999", "-100e27"}, {"99999999999999999999999999999999E", "100000000000E"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        quantity q;
        assert_true(quantity_parse(str_z(cases[i][0]), &q));
        assert_true(str_eq(quantity_format(a, q), str_z(cases[i][1])));
    }
}

static void test_made(void **state) {
    arena *a = *state;
    static const struct { int64_t n; quantity_family family; const char *whole, *milli; } cases[] = {
        {0, DEC, "0", "0"},           {1, BIN, "1", "1m"},
        {2048, BIN, "2Ki", "2048m"},  {1500, DEC, "1500", "1500m"},
        {3000000, BIN, "3000000", "3000"}, {INT64_MIN, BIN, "-8Ei", "-9223372036854775808m"},
        {-5000, EXP, "-5e3", "-5"},   {3 << 20, BIN, "3Mi", "3145728m"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        quantity whole = quantity_of(cases[i].n, cases[i].family), milli = quantity_of_milli(cases[i].n, cases[i].family);
        assert_true(str_eq(quantity_format(a, whole), str_z(cases[i].whole)));
        assert_true(str_eq(quantity_format(a, milli), str_z(cases[i].milli)));
        assert_true(quantity_value(whole) == cases[i].n && quantity_milli_value(milli) == cases[i].n);
        assert_int_equal(quantity_cmp(whole, milli), (cases[i].n > 0) - (cases[i].n < 0));
    }
}

static int setup(void **state) { return (*state = arena_new()) ? 0 : -1; }
static int teardown(void **state) {
    arena_free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_where_we_differ), cmocka_unit_test(test_made)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
