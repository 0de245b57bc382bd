#include "base/linediff.h"
#include "tests/unit/unit.h"

static str unified(arena *a, const char *old, const char *new) {
    strbuf b = {.a = a};
    linediff_unified(a, S("old"), S("new"), str_z(old), str_z(new), &b);
    return b.n ? strbuf_str(&b) : S("");
}

static void equal_texts_say_nothing(void **state) {
    (void)state;
    arena *a = arena_new();
    assert_text(unified(a, "", ""), "");
    assert_text(unified(a, "a\nb\n", "a\nb\n"), "");
    arena_free(a);
}

static void hunks(void **state) {
    (void)state;
    arena *a = arena_new();
    assert_text(unified(a, "", "a\n"), "--- old\n+++ new\n@@ -0,0 +1 @@\n+a\n");
    assert_text(unified(a, "a\n", ""), "--- old\n+++ new\n@@ -1 +0,0 @@\n-a\n");
    assert_text(unified(a, "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n"),
                "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
    /* six lines between: one hunk; seven: two */
    assert_text(unified(a, "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n"),
                "--- old\n+++ new\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
    assert_text(unified(a, "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n"),
                "--- old\n+++ new\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
    arena_free(a);
}

static void missing_line_break(void **state) {
    (void)state;
    arena *a = arena_new();
    assert_text(unified(a, "a\nb", "a\nb\n"), "--- old\n+++ new\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
    arena_free(a);
}

/* ---- random texts: the changes lead from one to the other, and are as few as the longest common part allows ---------- */

static uint32_t next(uint64_t *s) { return (uint32_t)((*s = *s * 6364136223846793005u + 1442695040888963407u) >> 33); }

static str random_text(arena *a, uint64_t *seed, uint32_t most) {
    strbuf b = {.a = a};
    for (uint32_t n = next(seed) % (most + 1); n > 0; n--) strbuf_addf(&b, "%u\n", next(seed) % 4);
    return b.n ? strbuf_str(&b) : S("");
}

static uint32_t longest_common(const text_lines *x, const text_lines *y) {
    static uint32_t table[41][41];
    for (uint32_t i = 0; i <= x->n; i++)
        for (uint32_t k = 0; k <= y->n; k++) {
            uint32_t up = i ? table[i - 1][k] : 0, left = k ? table[i][k - 1] : 0;
            table[i][k] = i && k && str_eq(x->v[i - 1], y->v[k - 1]) ? table[i - 1][k - 1] + 1 : up > left ? up : left;
        }
    return table[x->n][y->n];
}

static void random_texts(void **state) {
    (void)state;
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        arena *a = arena_new();
        linediff d = linediff_make(a, random_text(a, &seed, 40), random_text(a, &seed, 40));
        uint32_t i = 0, k = 0, same = 0;
        for (uint32_t c = 0; c <= d.changes.n; c++) {
            uint32_t stop = c < d.changes.n ? d.changes.v[c].old_from : d.old.n;
            for (; i < stop; i++, k++, same++) assert_true(str_eq(d.old.v[i], d.new.v[k]));
            if (c == d.changes.n) break;
            assert_int_equal(k, d.changes.v[c].new_from);
            i = d.changes.v[c].old_to;
            k = d.changes.v[c].new_to;
        }
        assert_int_equal(k, d.new.n);
        assert_int_equal(same, longest_common(&d.old, &d.new));
        arena_free(a);
    }
}

/* Nothing in common, many lines: it must end soon. */
static void large_and_different(void **state) {
    (void)state;
    arena *a = arena_new();
    strbuf x = {.a = a}, y = {.a = a};
    for (int i = 0; i < 200000; i++) strbuf_addf(&x, "x%d\n", i), strbuf_addf(&y, "y%d\n", i);
    linediff d = linediff_make(a, strbuf_str(&x), strbuf_str(&y));
    assert_int_equal(d.changes.n, 1);
    assert_int_equal(d.changes.v[0].new_to, 200000);
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_say_nothing), cmocka_unit_test(hunks), cmocka_unit_test(missing_line_break),
        cmocka_unit_test(random_texts), cmocka_unit_test(large_and_different),
    };
    return cmocka_run_group_tests_name("linediff", tests, NULL, NULL);
}
