/* References: what is one, what is text, the segments and their places, and that a walk stays linear. */
#include "base/arena.h"
#include "grammar/detect.h"
#include "grammar/ref.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
// cmocka's header needs the ones above
#include <cmocka.h>

/* All references of a text in a form to compare: "at-end kind:text[at-end] …" joined by "; ". */
static const char *walk(arena *a, str text) {
    strbuf b = {.a = a};
    ref r;
    for (uint32_t from = 0; ref_next(a, text, from, &r); from = r.end) {
        strbuf_addf(&b, "%s%u-%u", from ? "; " : "", r.at, r.end);
        for (uint32_t i = 0; i < r.n; i++) {
            const ref_segment *s = &r.segments[i];
            const char *kind = s->kind == REF_NAME ? "" : s->kind == REF_INDEX ? "#" : s->kind == REF_STAR ? "@" : "q";
            strbuf_addf(&b, " %s%.*s[%u-%u]", kind, STR_ARG(s->text), s->at, s->end);
        }
    }
    return strbuf_str(&b).n ? strbuf_str(&b).p : "";
}

#define WALK(text, expected) assert_string_equal(walk(a, S(text)), expected)

static void test_references(void **state) {
    arena *a = *state;
    WALK("", "");
    WALK("no references", "");
    WALK("$(params.a)", "0-11 params[2-8] a[8-10]");
    WALK("x$(date)y", "1-8 date[3-7]");
    WALK("$$(a)", "1-5 a[3-4]");
    WALK("$(a)$(b)", "0-4 a[2-3]; 4-8 b[6-7]");
    WALK("$(p.a[3])", "0-9 p[2-3] a[3-5] #3[5-8]");
    WALK("$(p.a[*])", "0-9 p[2-3] a[3-5] @*[5-8]");
    WALK("$(p[\"a.b\"])", "0-11 p[2-3] qa.b[3-10]");
    WALK("$(p['a)\"'][0])", "0-14 p[2-3] qa)\"[3-10] #0[10-13]");
    WALK("$(p[\"\"])", "0-8 p[2-3] q[3-7]");
    WALK("$( p .a b)", "0-10  p [2-5] a b[5-9]");
    WALK("$(p.\xc3\xa9)", "0-7 p[2-3] \xc3\xa9[3-6]");
    WALK("$(a.*)", "0-6 a[2-3] *[3-5]"); /* a star is a token in brackets only */
    WALK("$(a.12)", "0-7 a[2-3] 12[3-6]");
    WALK("$(a\n)$(b)", "5-9 b[7-8]");
    /* more names than are read without the parser */
    WALK("$(a.b.c.d.e.f.g.h)", "0-18 a[2-3] b[3-5] c[5-7] d[7-9] e[9-11] f[11-13] g[13-15] h[15-17]");
    WALK("$(a.b.c.d.e.f.g.h.i)", "0-20 a[2-3] b[3-5] c[5-7] d[7-9] e[9-11] f[11-13] g[13-15] h[15-17] i[17-19]");
}

static void test_text_that_stays(void **state) {
    arena *a = *state;
    WALK("$", "");
    WALK("$(", "");
    WALK("$()", "");
    WALK("$(a", "");
    WALK("$(a..b)", "");
    WALK("$(.a)", "");
    WALK("$(a.)", "");
    WALK("$(a[])", "");
    WALK("$(a[x])", "");
    WALK("$(a[-1])", "");
    WALK("$(a[1)", "");
    WALK("$(a[1x])", "");
    WALK("$(a[\"b])", "");
    WALK("$(a['b\"])", "");
    WALK("$([0])", "");
    WALK("$(a$(b)", "3-7 b[5-6]");
    WALK("$(a[\"$(b)", "5-9 b[7-8]");
    WALK("$(a[\"$(b)\"])", "0-12 a[2-3] q$(b)[3-11]");
    WALK("$(echo \"x\")", "");
    WALK("$((1+2))", "");
    WALK("\0$(a\0)$(b)\0", "6-10 b[8-9]");
}

static void test_fields(void **state) {
    arena *a = *state;
    ref r;
    assert_true(ref_next(a, S("--$(p['k'][18446744073709551616])"), 0, &r));
    assert_true(str_eq(r.raw, S("p['k'][18446744073709551616]")));
    assert_int_equal(r.n, 3);
    assert_int_equal(r.segments[1].quote, '\'');
    assert_true(r.segments[2].index == UINT64_MAX);
    assert_true(ref_next(a, S("$(p[007])"), 0, &r));
    assert_true(r.segments[1].index == 7 && str_eq(r.segments[1].text, S("007")));
    assert_false(ref_next(a, S("$(a)"), 1, &r)); /* begins before `from` */
    assert_false(ref_next(a, S("$(a)"), 4, &r));
    assert_false(ref_next(a, STR_NONE, 0, &r));
    strbuf b = {.a = a};
    strbuf_add(&b, S("$(x"));
    for (int i = 0; i < 100; i++) strbuf_addf(&b, ".s%d", i);
    strbuf_addc(&b, ')');
    assert_true(ref_next(a, strbuf_str(&b), 0, &r)); /* more segments than the parser holds at first */
    assert_int_equal(r.n, 101);
    for (int i = 0; i < 100; i++) assert_true(str_eq(r.segments[i + 1].text, str_fmt(a, "s%d", i)));
}

static void test_plain(void **state) {
    arena *a = *state;
    static const struct { const char *text; bool plain; } cases[] = {
        {"$(params.a)", true},      {"$(a)", true},          {"$(params.a-B_9[0])", true}, {"$(a.b[*])", true},
        {"$(params[\"a\"])", false}, {"$(params['a'])", false}, {"$(a b)", false},         {"$(a[0].b)", false},
        {"$(a[0][1])", false},      {"$(a.b/c)", false},     {"$(a.\xc3\xa9)", false},     {"$(a:b)", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ref r;
        assert_true(ref_next(a, str_z(cases[i].text), 0, &r));
        assert_int_equal(ref_is_plain(&r), cases[i].plain);
    }
}

static void test_none(void **state) {
    (void)state;
    assert_true(ref_none(S("")) && ref_none(STR_NONE) && ref_none(S("$")) && ref_none(S("a$b$$c(")));
    assert_true(ref_none(str_cut(S("$("), 0, 1))); /* does not look past the end */
    assert_false(ref_none(S("$(")));
    assert_false(ref_none(S("$$$a$$(")));
}

static void explained(arena *a, const char *text, uint32_t at, uint32_t bad_at, const char *why) {
    uint32_t bad = UINT32_MAX;
    str got = ref_explain(a, str_z(text), at, &bad);
    assert_string_equal(got.p, why);
    assert_int_equal(bad, bad_at);
}

static void test_explain(void **state) {
    arena *a = *state;
    uint32_t bad;
    assert_null(ref_explain(a, S("x$(a.b[0])"), 1, &bad).p);
    explained(a, "$()", 0, 2, "a name expected, not \")\"");
    explained(a, "x$(a..b)", 1, 5, "a name expected, not \".\"");
    explained(a, "$(a[x])", 0, 4, "\"*\", a quoted name or an index expected, not \"x\"");
    explained(a, "$(a[\xc3\xa9])", 0, 4, "\"*\", a quoted name or an index expected, not \"\xc3\xa9\"");
    explained(a, "$(a[1x])", 0, 5, "\"]\" expected, not \"x\"");
    explained(a, "$(a.b", 0, 5, "\")\", \".\" or \"[\" expected, not the end of the text");
    explained(a, "abc", 0, 0, "\"$(\" expected, not \"abc\"");
}

/* A megabyte of a pattern, cut off without mercy: quadratic work would take minutes. */
static void test_linear(void **state) {
    static const char *const patterns[] = {"$(", "$(a", "$(a.", "$(a[\"", "$(a['", "$(a[\"$(a['", "$(a[\"]['$(a['][\"",
                                           "$(a)$(b[\"", "$(a['$(b)", "$(a[0]"};
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        arena *a = arena_new();
        size_t n = strlen(patterns[i]);
        uint32_t size = 1 << 20, found = 0;
        char *p = malloc(size);
        assert_non_null(p);
        for (uint32_t k = 0; k < size; k++) p[k] = patterns[i][k % n];
        clock_t begin = clock();
        ref r;
        for (uint32_t from = 0; ref_next(a, (str){p, size}, from, &r); from = r.end) found++;
        assert_true(clock() - begin < 20 * CLOCKS_PER_SEC);
        assert_true(strchr(patterns[i], ')') ? found >= size / n : found == 0);
        free(p);
        arena_free(a);
    }
}

static int setup(void **state) { return (*state = arena_new()) ? 0 : -1; }
static int teardown(void **state) {
    arena_free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references), cmocka_unit_test(test_text_that_stays), cmocka_unit_test(test_fields),
        cmocka_unit_test(test_plain),      cmocka_unit_test(test_none),            cmocka_unit_test(test_explain),
        cmocka_unit_test(test_linear),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
