#include "base/utf8.h"
#include "tests/unit/unit.h"

static void comparisons(void **state) {
    (void)state;
    assert_true(str_eq(S(""), STR_NONE));
    assert_true(str_eq(S("ab"), str_cut(S("xabx"), 1, 3)));
    assert_false(str_eq(S("ab"), S("abc")));
    assert_true(str_starts(S("params.x"), S("params.")));
    assert_false(str_starts(S("par"), S("params.")));
    assert_true(str_ends(S("a.yaml"), S(".yaml")));
    assert_false(str_ends(S("yaml"), S(".yaml")));
    assert_true(str_eq_fold(S("Steps"), S("sTEPS")));
    assert_false(str_eq_fold(S("a["), S("a{")));
    assert_true(str_cmp(S("a"), S("ab")) < 0);
    assert_true(str_cmp(S("b"), S("ab")) > 0);
    assert_true(str_cmp(S("\xC3\xA9"), S("z")) > 0);
    assert_int_equal(str_cmp(S("same"), S("same")), 0);
    str list[] = {S("b"), S("a"), S(""), S("ab")};
    qsort(list, 4, sizeof *list, str_cmp_qsort);
    assert_text(list[0], "");
    assert_text(list[2], "ab");
}

static void searching_and_cutting(void **state) {
    (void)state;
    uint32_t at = 99;
    assert_true(str_find(S("aXbX"), S("X"), &at));
    assert_int_equal(at, 1);
    assert_false(str_find(S("aa"), S("aaa"), &at));
    assert_true(str_find(S("abc"), S(""), &at));
    assert_int_equal(at, 0);
    assert_text(str_trim(S(" \t\r\n a b \v\f")), "a b");
    assert_text(str_trim(S("   ")), "");
    assert_text(str_from(S("abc"), 2), "c");
    assert_null(str_z(NULL).p);
}

static void making(void **state) {
    (void)state;
    arena *a = arena_new();
    assert_text(str_cat(a, S("ab"), S("c")), "abc");
    assert_text(str_cat(a, STR_NONE, STR_NONE), "");
    assert_null(str_dup(a, STR_NONE).p);
    assert_text(str_fmt(a, "%d-%.*s", 7, STR_ARG(S("xyz"))), "7-xyz");
    strbuf b = {.a = a};
    assert_text(strbuf_str(&b), "");
    for (int i = 0; i < 1000; i++) {
        strbuf_addc(&b, 'a');
        strbuf_add(&b, S("bc"));
        strbuf_addf(&b, "%03d", i);
    }
    str s = strbuf_str(&b);
    assert_int_equal(s.n, 6000);
    assert_int_equal(s.p[s.n], 0);
    assert_text(str_cut(s, 5994, 6000), "abc999");
    arena_free(a);
}

static void hash_is_fnv1a(void **state) {
    (void)state;
    assert_true(str_hash(S("")) == 0xcbf29ce484222325u);
    assert_true(str_hash(S("a")) == 0xaf63dc4c8601ec8cu);
    assert_true(str_hash(S("foobar")) == 0x85944171f73967e8u);
}

static void utf8_is_strict(void **state) {
    (void)state;
    static const struct {
        str bytes;
        uint32_t length, rune;
    } cases[] = {
        {S("a"), 1, 'a'},
        {S("\xC3\xA9"), 2, 0xE9},
        {S("\xE2\x82\xAC"), 3, 0x20AC},
        {S("\xF0\x9F\x98\x80"), 4, 0x1F600},
        {S("\xF4\x8F\xBF\xBF"), 4, 0x10FFFF},
        {S("\x80"), 0, 0},
        {S("\xC0\x80"), 0, 0},
        {S("\xC1\xBF"), 0, 0},
        {S("\xE0\x9F\xBF"), 0, 0},
        {S("\xED\xA0\x80"), 0, 0},
        {S("\xF0\x8F\xBF\xBF"), 0, 0},
        {S("\xF4\x90\x80\x80"), 0, 0},
        {S("\xF5\x80\x80\x80"), 0, 0},
        {S("\xE2\x82"), 0, 0},
        {S("\xE2\x28\xA1"), 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t rune = 0, n = utf8_decode(cases[i].bytes.p, cases[i].bytes.p + cases[i].bytes.n, &rune);
        assert_int_equal(n, cases[i].length);
        if (!n) continue;
        assert_int_equal(rune, cases[i].rune);
        char out[4];
        assert_int_equal(utf8_encode(out, rune), n);
        assert_memory_equal(out, cases[i].bytes.p, n);
    }
    for (uint32_t rune = 0; rune <= 0x10FFFF; rune++) {
        char out[4];
        uint32_t n = utf8_encode(out, rune), back = 0, m = utf8_decode(out, out + n, &back);
        if (rune >= 0xD800 && rune <= 0xDFFF)
            assert_int_equal(m, 0);
        else if (m != n || back != rune)
            fail_msg("U+%04X", rune);
    }
    arena *a = arena_new();
    assert_text(utf8_clean(a, S("a\xFFz\xE2\x82")), "a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_text(utf8_clean(a, S("fine \xC3\xA9")), "fine \xC3\xA9");
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons),   cmocka_unit_test(searching_and_cutting), cmocka_unit_test(making),
        cmocka_unit_test(hash_is_fnv1a), cmocka_unit_test(utf8_is_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
