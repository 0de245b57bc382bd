#include "tests/unit/unit.h"

static void places(void **state) {
    (void)state;
    arena *a = arena_new();
    sources s = sources_new(a);
    source *x;
    assert_true(source_add(&s, S("a.yaml"), S("one\ntwo\r\n\xC3\xA9t\xC3\xA9!\n"), &x));
    pos base = x->base;
    assert_true(base > 0);
    place p = source_place(&s, base);
    assert_int_equal(p.line, 1);
    assert_int_equal(p.column, 1);
    assert_text(p.line_text, "one");
    p = source_place(&s, base + 4);
    assert_int_equal(p.line, 2);
    assert_text(p.line_text, "two");
    p = source_place(&s, base + 14); /* the `!` behind five bytes and three characters */
    assert_int_equal(p.line, 3);
    assert_int_equal(p.column, 4);
    assert_int_equal(p.offset, 14);
    assert_text(p.line_text, "\xC3\xA9t\xC3\xA9!");
    p = source_place(&s, base + 16); /* the end */
    assert_int_equal(p.line, 4);
    assert_int_equal(p.column, 1);
    assert_text(p.line_text, "");
    assert_null(source_place(&s, 0).source);
    assert_null(source_place(&s, base + 17).source);
    arena_free(a);
}

static void many_sources(void **state) {
    (void)state;
    enum { COUNT = 300 };
    arena *a = arena_new();
    sources s = sources_new(a);
    pos base[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        source *x;
        assert_true(source_add(&s, str_fmt(a, "f%u", i), i % 3 ? S("ab\ncd") : S(""), &x));
        base[i] = x->base;
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        place p = source_place(&s, base[i]);
        assert_true(str_eq(p.source->name, str_fmt(a, "f%u", i)));
        if (i % 3 == 0) continue;
        p = source_place(&s, base[i] + 5);
        assert_true(str_eq(p.source->name, str_fmt(a, "f%u", i)));
        assert_int_equal(p.line, 2);
        assert_int_equal(p.column, 3);
    }
    arena_free(a);
}

/* Columns are counted from marks on lines that are long. */
static void long_lines(void **state) {
    (void)state;
    enum { HALF = 30000 };
    arena *a = arena_new();
    sources s = sources_new(a);
    strbuf b = {.a = a};
    for (int i = 0; i < HALF; i++) strbuf_addf(&b, i % 3 ? "x" : "\xc3\xa4");
    strbuf_addc(&b, '\n');
    for (int i = 0; i < HALF; i++) strbuf_addf(&b, i % 5 ? "x" : "\xe2\x98\x83");
    source *x;
    str text = strbuf_str(&b);
    assert_true(source_add(&s, S("f"), text, &x));
    pos base = x->base;
    for (uint32_t i = 0, line = 1, column = 1; i < text.n; i++) {
        bool first = ((unsigned char)text.p[i] & 0xC0) != 0x80;
        if (first && i % 7 == 0) {
            place p = source_place(&s, base + i);
            assert_int_equal(p.line, line);
            assert_int_equal(p.column, column);
        }
        if (text.p[i] == '\n')
            line++, column = 1;
        else if (i + 1 < text.n && ((unsigned char)text.p[i + 1] & 0xC0) != 0x80)
            column++;
    }
    arena_free(a);
}

static void too_large(void **state) {
    (void)state;
    arena *a = arena_new();
    sources s = sources_new(a);
    static const char byte = 'x'; /* the bytes are not looked at */
    assert_true(source_add(&s, S("a"), (str){&byte, 0x80000000u}, NULL));
    assert_false(source_add(&s, S("b"), (str){&byte, 0x7FFFFFFFu}, NULL));
    assert_true(source_add(&s, S("c"), (str){&byte, 0x7FFFFF00u}, NULL));
    assert_false(source_add(&s, S("d"), (str){&byte, 0x100}, NULL));
    arena_free(a);
}

/* The byte at which each of `marks` stands in the source is where ynode_pos_in() finds it from the text. */
static void check_inside(str text, const char *marks) {
    reading *r = reading_of(text);
    assert_int_equal(r->out.n, 1);
    const ynode *n = ynode_get(r->out.v[0], S("v"));
    assert_non_null(n);
    for (const char *m = marks; *m; m++) {
        uint32_t in_text, in_source;
        assert_true(str_find(n->text, (str){m, 1}, &in_text));
        assert_true(str_find(text, (str){m, 1}, &in_source));
        place p = source_place(&r->sources, ynode_pos_in(&r->sources, n, in_text));
        if (p.offset != in_source) fail_msg("`%c` of %.*s: %u, not %u", *m, STR_ARG(text), p.offset, in_source);
    }
    reading_free(r);
}

static void places_inside_scalars(void **state) {
    (void)state;
    check_inside(S("v: abCD"), "abCD");
    check_inside(S("v: &x !!str abCD"), "abCD");
    check_inside(S("v: 'abCD'"), "abCD");
    check_inside(S("v: \"abCD\""), "abCD");
    check_inside(S("v: 'a''b C'''''"), "abC");
    check_inside(S("v: \"a\\n\\tb\\u00e9C\\U0001f600D\\x41E\\NF\\LG\""), "abCDEFG");
    check_inside(S("{\"v\": \"a\\ud83d\\ude00B\\/C\\u20acD\"}"), "aBCD");
    check_inside(S("v: \"\xC3\xA9\\nB\xE2\x82\xAC"
                   "C\""),
                 "BC");
    check_inside(S("v: \"a  \n    b\n\n\n  C \\\n   D\""), "abCD");
    check_inside(S("v: a\n   b\n\n   C  D\n"), "abCD");
    check_inside(S("v: a\r\n   b\r\n\r\n   C  D\r\n"), "abCD");
    check_inside(S("v: |\n  abC\n\n    D\n  E\n"), "abCDE");
    check_inside(S("v: &x |2-\n    abC\n  \n  D"), "abCD");
    check_inside(S("v: |+ # comment\r\n\r\n  ab\r\n  C\r\n\r\n"), "abC");
    check_inside(S("k:\n- x\nv: |\n \xC3\xA9 ab\n C\n"), "abC");
}

static void places_that_are_not_inside(void **state) {
    (void)state;
    reading *r = reading_of(S("v: >\n  abc\n  def\n"));
    const ynode *n = ynode_get(r->out.v[0], S("v"));
    assert_int_equal(ynode_pos_in(&r->sources, n, 5), n->at);
    assert_int_equal(ynode_pos_in(&r->sources, NULL, 5), 0);
    assert_int_equal(ynode_pos_in(&r->sources, ynode_strz(r->a, "abc"), 1), 0);
    ynode *moved = ynode_copy(r->a, n); /* a pass changed the text and kept the place */
    moved->text = S("something that is much longer than what stands in the source");
    assert_int_equal(ynode_pos_in(&r->sources, moved, 50), n->at);
    reading_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(many_sources),
        cmocka_unit_test(long_lines), cmocka_unit_test(too_large),
        cmocka_unit_test(places_inside_scalars),
        cmocka_unit_test(places_that_are_not_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
