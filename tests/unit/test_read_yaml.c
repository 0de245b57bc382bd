#include "tests/unit/unit.h"

/* The scalar behind `v: ` as compact Go JSON; "error" when it was refused. */
static void check_scalar(const char *yaml, const char *want) {
    reading *r = reading_new();
    reading_add(r, str_fmt(r->a, "v: %s\n", yaml));
    str got = S("error");
    if (!r->diags.errors && r->out.n == 1) got = emit_go_json_str(r->a, ynode_get(r->out.v[0], S("v")));
    if (!str_eq(got, str_z(want))) fail_msg("%s: got %.*s, want %s", yaml, STR_ARG(got), want);
    reading_free(r);
}

static void check_scalars(const char *const (*cases)[2], size_t n) {
    for (size_t i = 0; i < n; i++) check_scalar(cases[i][0], cases[i][1]);
}
#define CHECK_SCALARS(table) check_scalars((table), sizeof(table) / sizeof *(table))

static void numbers(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"3", "3"},
        {"-7", "-7"},
        {"+5", "5"},
        {"-0", "0"},
        {"0777", "511"},
        {"0o17", "15"},
        {"0O17", "15"},
        {"0x1F", "31"},
        {"0b11", "3"},
        {"-0b11", "-3"},
        {"0b-11", "-3"},
        {"1_000", "1000"},
        {"1__0", "10"},
        {"0x_1F", "31"},
        {"08", "8"},
        {"1.0", "1"},
        {"1.10", "1.1"},
        {"1e3", "1000"},
        {".5", "0.5"},
        {"1.", "1"},
        {".1_0", "0.1"},
        {"+.5", "0.5"},
        {"-0.0", "-0"},
        {"1e-400", "0"},
        {"18446744073709551615", "18446744073709551615"},
        {"18446744073709551616", "18446744073709552000"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"-9223372036854775809", "-9223372036854776000"},
        {"+18446744073709551615", "18446744073709552000"},
        {"99999999999999999999999", "1e+23"},
        {"1e20", "100000000000000000000"},
        {"1e21", "1e+21"},
        {"0.000001", "0.000001"},
        {"0.0000001", "1e-7"},
        {"1.5e-10", "1.5e-10"},
        {"0.1", "0.1"},
        {"4.35", "4.35"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"5e-324", "5e-324"},
    };
    CHECK_SCALARS(cases);
}

static void strings_that_look_like_numbers(void **state) {
    (void)state;
    static const char *const words[] = {"1e400", "1:30", "1:30:00", "2020-01-01", "2001-12-14T21:59:43.10-05:00",
                                        "1.2.3", "0o8",  "0b2",     "0x",         "_1",
                                        "._5",   ".1_",  "1e",      "1e+",        ".",
                                        "+",     "-a",   "0x1p-2",  "1 000",      "0o"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char want[64];
        snprintf(want, sizeof want, "\"%s\"", words[i]);
        check_scalar(words[i], want);
    }
}

static void words(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"yes", "true"},
        {"Yes", "true"},
        {"YES", "true"},
        {"on", "true"},
        {"y", "true"},
        {"Y", "true"},
        {"true", "true"},
        {"no", "false"},
        {"off", "false"},
        {"n", "false"},
        {"N", "false"},
        {"False", "false"},
        {"OFF", "false"},
        {"yEs", "\"yEs\""},
        {"tRUE", "\"tRUE\""},
        {"~", "null"},
        {"", "null"},
        {"null", "null"},
        {"Null", "null"},
        {"NULL", "null"},
        {"nULL", "\"nULL\""},
        {"=", "\"=\""},
        {"<<", "\"\\u003c\\u003c\""},
        {"'yes'", "\"yes\""},
        {"\"5\"", "\"5\""},
        {"''", "\"\""},
        {"+.nan", "\"+.nan\""},
        {".Nan", "\".Nan\""},
        {".inf", "error"},
        {"-.INF", "error"},
        {"+.Inf", "error"},
        {".nan", "error"},
        {".NaN", "error"},
    };
    CHECK_SCALARS(cases);
}

static void tags(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"!!str 5", "\"5\""},
        {"!!str", "\"\""},
        {"!!int '5'", "5"},
        {"!!int 5.5", "error"},
        {"!!int x", "error"},
        {"!!float 5", "5"},
        {"!!float 1e2", "100"},
        {"!!float 18446744073709551615", "error"},
        {"!!float x", "error"},
        {"!!bool y", "true"},
        {"!!bool 1", "error"},
        {"!!null ''", "null"},
        {"!!null x", "error"},
        {"!!binary aGVsbG8=", "\"hello\""},
        {"!!binary 'aGV sbG8='", "error"},
        {"!!binary YQ", "error"},
        {"!!binary YQ==YQ==", "error"},
        {"!!binary ''", "\"\""},
        {"!!timestamp 2001-1-2", "\"2001-1-2\""},
        {"!!timestamp 2001-02-29", "error"},
        {"!!timestamp 2000-02-29 1:2:3.5", "\"2000-02-29 1:2:3.5\""},
        {"!!timestamp 2001-12-14t21:59:43.10-05:00", "\"2001-12-14t21:59:43.10-05:00\""},
        {"!!timestamp x", "error"},
        {"!foo 5", "\"5\""},
        {"!<tag:yaml.org,2002:str> 5", "\"5\""},
        {"!!map {a: 1}", "{\"a\":1}"},
        {"! 5", "\"5\""},
    };
    CHECK_SCALARS(cases);
}

static void check(const char *yaml, const char *want) {
    reading *r = reading_of(str_z(yaml));
    strbuf b = {.a = r->a};
    for (uint32_t i = 0; i < r->out.n; i++) {
        if (i) strbuf_addc(&b, '|');
        strbuf_add(&b, emit_json_str(r->a, r->out.v[i], false));
    }
    for (uint32_t i = 0; i < r->diags.list.n; i++) strbuf_addf(&b, "!%.*s", STR_ARG(reading_said(r, i)));
    if (!str_eq(strbuf_str(&b), str_z(want))) fail_msg("%s\ngot  %.*s\nwant %s", yaml, STR_ARG(strbuf_str(&b)), want);
    reading_free(r);
}

static void structure(void **state) {
    (void)state;
    check("a: 1\nb:\n- x\n- q: z\n  w: []\nc: {d: {}, e: [1, 2]}\n",
          "{\"a\":1,\"b\":[\"x\",{\"q\":\"z\",\"w\":[]}],\"c\":{\"d\":{},\"e\":[1,2]}}");
    check("", "");
    check("# only a comment\n", "");
    check("---\n---\nnull\n---\na: 1\n---\n...\n---\n[b]\n", "{\"a\":1}|[\"b\"]");
    check("text", "\"text\"");
    check("v: |\n  one\n   two\n\n  three\nw: >-\n  a\n  b\n\n  c\nx: |+\n  t\n\n",
          "{\"v\":\"one\\n two\\n\\nthree\\n\",\"w\":\"a b\\nc\",\"x\":\"t\\n\\n\"}");
    check("\xEF\xBB\xBF"
          "a: 1\n",
          "{\"a\":1}");
    check("a: 1\r\nb: |\r\n  x\r\n  y\r\n", "{\"a\":1,\"b\":\"x\\ny\\n\"}");
    check("? a\n: 1\n? b\n", "{\"a\":1,\"b\":null}");
}

static void keys(void **state) {
    (void)state;
    check("{1: a, true: b, 1.5: c, 0x10: d, y: e, 1000000.0: f, 2020-01-01: g, .inf: h, 1e-5: i}",
          "{\"1\":\"a\",\"1.5\":\"c\",\"16\":\"d\",\"true\":\"e\",\"1e+06\":\"f\",\"2020-01-01\":\"g\",\".inf\":\"h\","
          "\"1e-05\":\"i\"}"
          "!1:8 U4 the key `true` is given more than once");
    const char *bad = "U1 this can't be a key: a key must be a string, a number of at most 63 bits, true or false";
    char want[200];
    snprintf(want, sizeof want, "!1:2 %s", bad);
    check("{~: a}", want);
    snprintf(want, sizeof want, "!1:1 %s", bad);
    check("18446744073709551615: a", want);
    check("9223372036854775807: a", "{\"9223372036854775807\":\"a\"}");
    check("v: {{ x }}", "!1:5 U1 a map can't be a key");
    check("? [a]\n: b", "!1:3 U1 a list can't be a key");
}

static void repeated_keys(void **state) {
    (void)state;
    check("a: 1\nb: 2\na: 3\n", "{\"b\":2,\"a\":3}!1:1 U4 the key `a` is given more than once");
    check("a: 1\na: 2\na: 3\n", "{\"a\":3}!1:1 U4 the key `a` is given more than once");
    reading *r = reading_of(S("a: 1\na: 2\nb: 0\na: 3\n"));
    assert_int_equal(r->diags.list.v[0].notes.n, 1);
    assert_int_equal(source_place(&r->sources, r->diags.list.v[0].notes.v[0].at).line, 4);
    reading_free(r);
    /* the way of large maps */
    r = reading_new();
    strbuf b = {.a = r->a};
    for (int i = 0; i < 1000; i++) strbuf_addf(&b, "k%d: %d\n", i % 700, i);
    reading_add(r, strbuf_str(&b));
    assert_int_equal(r->diags.warnings, 300);
    assert_int_equal(r->out.v[0]->n, 700);
    assert_text(ynode_get_text(r->out.v[0], S("k5")), "705");
    assert_text(ynode_get_text(r->out.v[0], S("k650")), "650");
    assert_text(reading_said(r, 299), "300:1 U4 the key `k299` is given more than once");
    reading_free(r);
}

static void anchors_and_merge_keys(void **state) {
    (void)state;
    check("a: &x [1, {b: 2}]\nc: *x\n", "{\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}]}");
    check("a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}");
    check("&k key: *k\n", "{\"key\":\"key\"}");
    check("a: &k 5\n*k : v\n", "{\"a\":5,\"5\":\"v\"}");
    check("a: *none\n", "!1:4 U1 no anchor `&none` stands above this alias");
    check("a: &x [*x]\n", "!1:8 U1 the anchor `&x` contains this alias to itself");
    check("a: &x 1\n---\nb: *x\n", "{\"a\":1}!3:4 U1 no anchor `&x` stands above this alias");
    check("a: &s {o: 1, i: 2}\nb:\n  <<: *s\n  o: 3\n", "{\"a\":{\"o\":1,\"i\":2},\"b\":{\"i\":2,\"o\":3}}");
    /* go-yaml v2 goes through the pairs in order, so what is merged wins over what stands before */
    check("a: &s {o: 1}\nb:\n  o: 3\n  <<: *s\n",
          "{\"a\":{\"o\":1},\"b\":{\"o\":1}}!3:3 U4 the merge key `<<` after it replaces the value of `o`");
    check("a: &s {o: 1, m: 1}\nb: &t {o: 2, k: 2}\nc: {<<: [*s, *t, {z: 9}]}\n",
          "{\"a\":{\"o\":1,\"m\":1},\"b\":{\"o\":2,\"k\":2},\"c\":{\"z\":9,\"k\":2,\"o\":1,\"m\":1}}");
    check("{\"<<\": {a: 1}}", "{\"<<\":{\"a\":1}}");
    check("{<<: {a: 1}}", "{\"a\":1}");
    check("a: &l [{b: 1}]\nc: {<<: *l}", "!2:5 U1 a merge key `<<` needs a map or a list of maps");
    check("{<<: 5}", "!1:2 U1 a merge key `<<` needs a map or a list of maps");
    check("{<<: [{a: 1}, 5]}", "!1:2 U1 a merge key `<<` needs a map or a list of maps");
}

static void errors(void **state) {
    (void)state;
    check("a: b: c\n", "!1:5 U1 a `:` can't stand here: the line is already part of a value");
    check("a:\n  b: 1\n c: 2\n", "!3:2 U1 a key is expected here, as deep as the keys above it");
    check("a:\n- b\n c\nd: [\n", "!5:1 U1 a value is expected here");
    check("a: 1\n\tb: 2\n", "!2:1 U1 a tab can't be used for indentation");
    check("a: @x\n", "!1:4 U1 `@` can't begin a plain value");
    check("a: %x\n", "!1:4 U1 `%` can't begin a plain value");
    check("a: \"x\n", "!2:1 U1 the file ends inside a quoted string");
    check("a: [1, 2\nb: 3\n", "!2:2 U1 `,` or `]` is expected here, inside a list in brackets");
    check("a: \"\\q\"\n", "!1:5 U1 this escape is unknown in a double-quoted string");
    check("a: 1\nb\nc: 3\n", "!2:1 U1 a `:` is missing after the key that begins here");
    check("a: !x!y z\n", "!1:4 U1 this tag's handle is not declared");
    check("a: .inf\nb: .nan\n", "{\"a\":0,\"b\":0}!1:4 U5 `.inf` is no number in JSON, which Kubernetes reads"
                                "!2:4 U5 `.nan` is no number in JSON, which Kubernetes reads");
}

static void reading_goes_on_after_errors(void **state) {
    (void)state;
    check("a: 1\n---\nb: b: c\n---\nd: 1\n---\n\"open\n---\ne: 1\n",
          "{\"a\":1}|{\"d\":1}|{\"e\":1}!3:5 U1 a `:` can't stand here: the line is already part of a value"
          "!8:1 U1 a document marker stands inside a quoted string");
    check("@\n---\n@\n---\na: 1\n---\n*x\n--- # b\nb: 1",
          "{\"a\":1}|{\"b\":1}!1:1 U1 `@` can't begin a plain value!3:1 U1 `@` can't begin a plain value!7:1 U1 no "
          "anchor `&x` stands above this alias");
    check("--- @\n--- b\n", "\"b\"!1:5 U1 `@` can't begin a plain value");
    check("a: 1\n---\nb: \x01\n---\nc: 1\n---x: \xFF\n---\nd: 1\n",
          "{\"a\":1}|{\"d\":1}!3:4 U2 the character U+0001 can't be in a YAML file as it is!6:7 U2 the byte 0xFF is "
          "not UTF-8 text");
    check("\xFF\xFE"
          "a",
          "!1:1 U2 the file is UTF-16, not UTF-8");
    reading *r = reading_of(S("a: 1\n---\nb: \0\n---\nc: 1\n"));
    assert_int_equal(r->out.n, 2);
    assert_text(reading_said(r, 0), "3:4 U2 a NUL byte can't be in a YAML file");
    reading_free(r);
}

static void expect_place(reading *r, const ynode *n, str covers) {
    const source *src = source_of(&r->sources, n->at);
    assert_non_null(src);
    str got = str_cut(src->text, n->at - src->base, n->end - src->base);
    if (!str_eq(got, covers)) fail_msg("covers \"%.*s\", not \"%.*s\"", STR_ARG(got), STR_ARG(covers));
}

static void positions(void **state) {
    (void)state;
    static const char *const prefixes[] = {"", "# \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\n", "\xEF\xBB\xBF", "x\n---\n",
                                           "\xC3\xA9: \xC3\xA9\n---\r\n"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        reading *r = reading_new();
        reading_add(r, str_fmt(r->a, "%s%s", prefixes[i],
                               "plain: a b  # c\nquoted: 'x'\nlist:\n- one\n- &a !!str two\nflow: [1, {a: b}]\n"
                               "\xC3\xA9: \"\xC3\xA9\"\nblock: |\n  text\n\nmap: &m\n  k: v\nnone:\nlast: !!int '5'"));
        assert_int_equal(r->diags.list.n, 0);
        const ynode *d = r->out.v[r->out.n - 1];
        expect_place(r, ynode_get(d, S("plain")), S("a b"));
        expect_place(r, ynode_get(d, S("quoted")), S("'x'"));
        expect_place(r, ynode_get(d, S("list")), S("- one\n- &a !!str two"));
        expect_place(r, ynode_get(d, S("list"))->items[1], S("two"));
        expect_place(r, ynode_get(d, S("flow")), S("[1, {a: b}]"));
        expect_place(r, ynode_get(d, S("flow"))->items[1], S("{a: b}"));
        expect_place(r, ynode_get(d, S("\xC3\xA9")), S("\"\xC3\xA9\""));
        expect_place(r, ynode_get(d, S("block")), S("|\n  text"));
        expect_place(r, ynode_get(d, S("map")), S("k: v"));
        expect_place(r, ynode_get(d, S("none")), S(""));
        expect_place(r, ynode_get(d, S("last")), S("'5'"));
        const ypair *p = ynode_pair(d, S("\xC3\xA9"));
        ynode key = {.at = p->key_at, .end = p->key_end};
        expect_place(r, &key, S("\xC3\xA9"));
        assert_int_equal(ynode_get(d, S("plain"))->raw, 1);
        assert_int_equal(ynode_get(d, S("quoted"))->raw, 2);
        assert_int_equal(ynode_get(d, S("block"))->raw, 0);
        assert_int_equal(ynode_get(d, S("block"))->literal, 1);
        reading_free(r);
    }
}

static str repeat(arena *a, const char *unit, uint32_t times) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < times; i++) strbuf_add(&b, str_z(unit));
    return strbuf_str(&b);
}

static void nesting_is_limited(void **state) {
    (void)state;
    static const char *const openers[] = {"[", "{a: ", "- ", "? ", "[{a: "};
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        reading *r = reading_new();
        reading_add(r, str_cat(r->a, repeat(r->a, openers[i], 50000), S("\n---\nafter: 1\n")));
        assert_int_equal(r->diags.errors, 1);
        if (i != 3) assert_string_equal(r->diags.list.v[0].rule->id, "U3");
        assert_int_equal(r->out.n, 1);
        reading_free(r);
    }
    reading *r = reading_new();
    reading_add(r, str_cat(r->a, repeat(r->a, "[", 1000), repeat(r->a, "]", 1000)));
    assert_int_equal(r->diags.errors, 0);
    assert_int_equal(r->out.n, 1);
    reading_free(r);
}

static void expansion_is_limited(void **state) {
    (void)state;
    reading *r = reading_new();
    strbuf b = {.a = r->a};
    strbuf_add(&b, S("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"));
    for (int i = 1; i < 30; i++) {
        strbuf_addf(&b, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++) strbuf_addf(&b, "%s*a%d", k ? ", " : "", i - 1);
        strbuf_add(&b, S("]\n"));
    }
    strbuf_add(&b, S("---\nafter: 1\n"));
    reading_add(r, strbuf_str(&b));
    assert_int_equal(r->diags.errors, 1);
    assert_string_equal(r->diags.list.v[0].rule->id, "U3");
    assert_int_equal(r->out.n, 1);
    reading_free(r);

    r = reading_new();
    b = (strbuf){.a = r->a};
    strbuf_add(&b, S("base: &b {a: 1, b: 2, c: 3}\nlist:\n"));
    for (int i = 0; i < 5000; i++) strbuf_add(&b, S("- <<: *b\n  n: 1\n"));
    reading_add(r, strbuf_str(&b));
    assert_int_equal(r->diags.errors, 0);
    assert_int_equal(ynode_get(r->out.v[0], S("list"))->n, 5000);
    reading_free(r);
}

static void directives_are_limited(void **state) {
    (void)state;
    reading *r = reading_new();
    strbuf b = {.a = r->a};
    for (int i = 0; i < 1002; i++) strbuf_addf(&b, "%%TAG !a%d! b\n", i);
    strbuf_add(&b, S("--- x\n"));
    reading_add(r, strbuf_str(&b));
    assert_text(reading_said(r, 0), "1002:1 U3 the file has more than 1,000 directives `%TAG`");
    reading_free(r);
    check("%TAG !e! tag:yaml.org,2002:\n---\n!e!str 5\n", "\"5\"");
}

/* U+2028 breaks lines in YAML 1.1: a place behind a tag must not run away. */
static void odd_line_breaks(void **state) {
    (void)state;
    check("a:\n !t\xE2\x80\xA8  - x\n", "{\"a\":[\"x\"]}");
    reading *r = reading_of(S("a:\n !t\xC2\x85  - x\n"));
    expect_place(r, ynode_get(r->out.v[0], S("a")), S("- x"));
    reading_free(r);
}

static void truncated_anywhere(void **state) {
    (void)state;
    str whole = S("a: &x \"q\\u00e9\" # c\nb:\n- !!str 'y'\n- |2\n    t\n\n- {k: [*x, 1e3]}\n- >-\n  f\n  g\n<<: {z: "
                  "1}\n--- \xE2\x82\xAC\n...\n%YAML 1.1\n---\nc: \xC3\xA9\n");
    for (uint32_t n = 0; n <= whole.n; n++) {
        char *copy = malloc(n ? n : 1); /* its end is the end of the memory, for the sanitizer */
        memcpy(copy, whole.p, n);
        reading *r = reading_of((str){copy, n});
        for (uint32_t i = 0; i < r->out.n; i++) emit_yaml_str(r->a, r->out.v[i]);
        assert_true(r->out.n <= 3);
        if (n > 110) assert_true(r->out.n + r->diags.errors > 0);
        reading_free(r);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(strings_that_look_like_numbers),
        cmocka_unit_test(words),
        cmocka_unit_test(tags),
        cmocka_unit_test(structure),
        cmocka_unit_test(keys),
        cmocka_unit_test(repeated_keys),
        cmocka_unit_test(anchors_and_merge_keys),
        cmocka_unit_test(errors),
        cmocka_unit_test(reading_goes_on_after_errors),
        cmocka_unit_test(positions),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(expansion_is_limited),
        cmocka_unit_test(directives_are_limited),
        cmocka_unit_test(odd_line_breaks),
        cmocka_unit_test(truncated_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
