#include "tests/unit/unit.h"

static void check(str json, const char *want) {
    reading *r = reading_of(json);
    strbuf b = {.a = r->a};
    for (uint32_t i = 0; i < r->out.n; i++) {
        if (i) strbuf_addc(&b, '|');
        strbuf_add(&b, emit_json_str(r->a, r->out.v[i], false));
    }
    for (uint32_t i = 0; i < r->diags.list.n; i++) strbuf_addf(&b, "!%.*s", STR_ARG(reading_said(r, i)));
    if (!str_eq(strbuf_str(&b), str_z(want)))
        fail_msg("%.*s\ngot  %.*s\nwant %s", STR_ARG(json), STR_ARG(strbuf_str(&b)), want);
    reading_free(r);
}

static void values(void **state) {
    (void)state;
    check(S(" {\"a\" : [ 1 , -2.50 , true,false , null, \"x\" , { } , [ ] ] }\n"),
          "{\"a\":[1,-2.5,true,false,null,\"x\",{},[]]}");
    check(S("[1e3, 1E-7, 0, -0, 18446744073709551615, 99999999999999999999999]"),
          "[1000,1e-7,0,0,18446744073709551615,1e+23]");
    check(S("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\"]"),
          "[\"\\\"\\\\/\\b\\f\\n\\r\\tA\xC3\xA9\xE2\x82\xAC\"]");
    check(S("[\"\\ud83d\\ude00\\ud83dx\\ude00\\ud83d\\u0041\"]"),
          "[\"\xF0\x9F\x98\x80\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD"
          "A\"]");
    check(S("[\"y\", \"\\u0000\", \"\\u001b\", \"\x7F\"]"), "[\"y\",\"\\u0000\",\"\\u001b\",\"\x7F\"]");
    check(S("{\"a\":1}{\"b\":2}\n[3]"), "{\"a\":1}|{\"b\":2}|[3]");
    check(S("{\"a\":1,\"b\":0,\"a\":2}"), "{\"b\":0,\"a\":2}!1:2 U4 the key `a` is given more than once");
    check(S("{\"<<\":{\"a\":1}}"), "{\"<<\":{\"a\":1}}");
    check(S("{\n\t\"a\":\t1\n}"), "{\"a\":1}");
}

static void long_keys(void **state) {
    (void)state;
    reading *r = reading_new();
    strbuf b = {.a = r->a};
    strbuf_add(&b, S("{\""));
    for (int i = 0; i < 3000; i++) strbuf_addc(&b, 'k');
    strbuf_add(&b, S("\": {\"x\": [1]}}"));
    reading_add(r, strbuf_str(&b));
    assert_int_equal(r->diags.errors, 0);
    assert_int_equal(r->out.v[0]->pairs[0].key.n, 3000);
    reading_add(r, emit_yaml_str(r->a, r->out.v[0]));
    assert_int_equal(r->diags.errors, 0);
    assert_true(ynode_eq(r->out.v[0], r->out.v[1]));
    reading_free(r);
}

static void yaml_that_begins_like_json(void **state) {
    (void)state;
    check(S("{a: 1, b: [c]}"), "{\"a\":1,\"b\":[\"c\"]}");
    check(S("[a, 'b']\n---\n{\"c\": 1}\n"), "[\"a\",\"b\"]|{\"c\":1}");
    check(S("{\"a\": 1}\n---\n{\"b\": 2,}\n"), "{\"a\":1}|{\"b\":2}");
    check(S("{a: b: c}\n---\n{\"b\": 2}\n"), "{\"b\":2}!1:6 U1 `,` or `}` is expected here, inside a map in braces");
}

static void errors(void **state) {
    (void)state;
    check(S("{\"a\": 1"), "!1:8 U1 the text ends in the middle of a JSON value");
    check(S("{\"a\": \"x"), "!1:7 U1 this string is never closed");
    check(S("{\"a\": [1, 2}\n"), "!1:12 U1 `,` or `]` must follow an item of a list");
    check(S("{\"a\": 1e999}"), "{\"a\":\"1e999\"}");
    check(S("[\"\xFF\"]"), "!1:3 U2 the byte 0xFF is not UTF-8 text");
    check(S("[\"a\0b\"]"), "!1:4 U2 a NUL byte can't be in a YAML file");
    check(S("[1, 2}"), "!1:6 U1 `,` or `]` must follow an item of a list");
}

static void places_of_json(void **state) {
    (void)state;
    reading *r = reading_of(S("{\n  \"\xC3\xA9\": \"\xC3\xA9x\", \"k\": [\n 10]}"));
    const ynode *d = r->out.v[0];
    place p = source_place(&r->sources, d->pairs[1].key_at);
    assert_int_equal(p.line, 2);
    assert_int_equal(p.column, 14);
    p = source_place(&r->sources, ynode_get(d, S("k"))->items[0]->at);
    assert_int_equal(p.line, 3);
    assert_int_equal(p.column, 2);
    p = source_place(&r->sources, d->end);
    assert_int_equal(p.column, 6);
    const ynode *e = ynode_get(d, S("\xC3\xA9"));
    assert_int_equal(e->raw, 2);
    p = source_place(&r->sources, ynode_pos_in(&r->sources, e, 2));
    assert_int_equal(p.column, 10);
    reading_free(r);
}

static void nesting_is_limited(void **state) {
    (void)state;
    reading *r = reading_new();
    char *text = arena_alloc(r->a, 200000);
    memset(text, '[', 100000);
    memset(text + 100000, ']', 100000);
    reading_add(r, (str){text, 200000});
    assert_int_equal(r->diags.errors, 1);
    assert_string_equal(r->diags.list.v[0].rule->id, "U3");
    reading_add(r, (str){text + 99000, 2000});
    assert_int_equal(r->out.n, 1);
    assert_int_equal(r->diags.errors, 1);
    reading_free(r);
}

static void truncated_anywhere(void **state) {
    (void)state;
    str whole = S("{\"a\\u00e9\\ud83d\\ude00\": [1.5e-3, true, null, {\"k\": \"\xE2\x82\xAC\"}], \"b\": -0}");
    for (uint32_t n = 0; n < whole.n; n++) {
        char *copy = malloc(n ? n : 1);
        memcpy(copy, whole.p, n);
        reading *r = reading_of((str){copy, n});
        assert_int_equal(r->out.n, 0);
        assert_int_equal(r->diags.errors, n > 0);
        reading_free(r);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(long_keys),
        cmocka_unit_test(yaml_that_begins_like_json),
        cmocka_unit_test(errors),
        cmocka_unit_test(places_of_json),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(truncated_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
