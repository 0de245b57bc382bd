#include "tests/unit/unit.h"
#include <dirent.h>

static void check_style(const char *text, const char *want) {
    arena *a = arena_new();
    ynode *m = ynode_map(a, NULL);
    ynode_put_str(a, m, S("v"), str_z(text));
    str got = emit_yaml_str(a, m), full = str_fmt(a, "v: %s\n", want);
    if (!str_eq(got, full)) fail_msg("\"%s\": got %.*s, want %.*s", text, STR_ARG(got), STR_ARG(full));
    arena_free(a);
}

static void plain_where_every_reader_agrees(void **state) {
    (void)state;
    static const char *const texts[] = {
        "a",
        "busybox:1.36",
        "registry.io/a/b@sha256:abc",
        "/tekton/bin/entrypoint",
        "-c",
        "--flag=x",
        "-entrypoint",
        "$(params.x)",
        "a b",
        "a:b",
        "a#b",
        "100Mi",
        "250m",
        "1h0m0s",
        "5s",
        "10.0.0.0/8",
        "1.36-alpine",
        ".git",
        "./x",
        "it's",
        "a \"b\"",
        "x\\y",
        "yess",
        "nope",
        "nul",
        "e3",
        "(x)",
        "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
        "a, b",
        "a [b] {c}",
        "a - b",
        "http://x/?a=b&c",
        "_x",
        "ABC",
        "step-a",
        "2nd",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) check_style(texts[i], texts[i]);
}

static void quoted_where_some_reader_errs(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        " a",
        "a ",
        "y",
        "N",
        "yes",
        "No",
        "oN",
        "OFF",
        "true",
        "False",
        "null",
        "~",
        "NULL",
        "1",
        "-1",
        "+1",
        "0",
        "007",
        "0o7",
        "0x1F",
        "0b1",
        "1_000",
        "1.5",
        ".5",
        "1.",
        "1e3",
        "-1.5e-3",
        "1:30",
        "190:20:30.15",
        "2020-01-01",
        "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43",
        ".inf",
        "-.INF",
        "+.Inf",
        ".nan",
        ".NaN",
        "=",
        "<<",
        "-",
        "--- a",
        "---",
        "...",
        "- a",
        "? a",
        ": a",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "[a",
        "]",
        "{a",
        "}",
        ",a",
        ".",
        "..",
        "1.2.3",
        "0.0.0.0",
        "8080:80",
        "12e03",
        "1e5",
        "-.5",
        "._",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char want[64];
        snprintf(want, sizeof want, "\"%s\"", texts[i]);
        check_style(texts[i], want);
    }
    check_style("\"a\"", "'\"a\"'");
    check_style("{\"a\": \"\\n\"}", "'{\"a\": \"\\n\"}'");
    check_style("'\"", "\"'\\\"\"");
    check_style("a\tb", "\"a\\tb\"");
    check_style("a\r\n", "\"a\\r\\n\"");
    check_style("\x1B[0m\x7F", "\"\\x1b[0m\\x7f\"");
    check_style("\xC2\x85\xE2\x80\xA8\xEF\xBB\xBF\xEF\xBF\xBF", "\"\\x85\\u2028\\ufeff\\uffff\"");
    check_style("bad \xFF", "\"bad \\ufffd\"");
    check_style("\n", "\"\\n\"");
    check_style("a\n  ", "\"a\\n  \"");
}

static void literal_blocks(void **state) {
    (void)state;
    check_style("a\nb\n", "|\n  a\n  b");
    check_style("a\nb", "|-\n  a\n  b");
    check_style("a\n\n", "|+\n  a\n");
    check_style("a\n\n  b \n", "|\n  a\n\n    b ");
    check_style(" a\nb\n", "|2\n   a\n  b");
    check_style("\na", "|2-\n\n  a");
    check_style("\ta\n", "|2\n  \ta");
    check_style("# a: [b\n--- c\n", "|\n  # a: [b\n  --- c");
}

static void layout(void **state) {
    (void)state;
    reading *r = reading_of(S("{a: {b: [x, {c: 1, d: ['y']}, [p, [q]], [], {}], e: 'l1\n\n  l2'}, s: [\"a\\nb\\n\"], "
                              "f: 1e30, g: -0.0, \"1\": ~, h: [[{i: j}]]}"));
    assert_int_equal(r->diags.errors, 0);
    assert_text(
        emit_yaml_str(r->a, r->out.v[0]),
        "a:\n  b:\n  - x\n  - c: 1\n    d:\n    - \"y\"\n  - - p\n    - - q\n  - []\n  - {}\n  e: |-\n    l1\n    l2\n"
        "s:\n- |\n  a\n  b\nf: 1.0e+30\ng: -0.0\n\"1\": null\nh:\n- - i: j\n");
    reading_free(r);
}

static void roots(void **state) {
    (void)state;
    arena *a = arena_new();
    assert_text(emit_yaml_str(a, ynode_strz(a, "a\nb\n")), "\"a\\nb\\n\"\n");
    assert_text(emit_yaml_str(a, ynode_seq(a, NULL)), "[]\n");
    assert_text(emit_yaml_str(a, ynode_null()), "null\n");
    assert_text(emit_json_str(a, ynode_map(a, NULL), true), "{}");
    arena_free(a);
}

static void json_forms(void **state) {
    (void)state;
    reading *r = reading_of(S("{b: [1, x], a: {c: \"<&>\\u2028\\u0001\\n\\\"\\\\\\x7f\"}, e: {}, f: []}"));
    const ynode *n = r->out.v[0];
    assert_text(emit_json_str(r->a, n, false),
                "{\"b\":[1,\"x\"],\"a\":{\"c\":\"<&>\xE2\x80\xA8\\u0001\\n\\\"\\\\\x7F\"},\"e\":{},\"f\":[]}");
    assert_text(
        emit_go_json_str(r->a, n),
        "{\"a\":{\"c\":\"\\u003c\\u0026\\u003e\\u2028\\u0001\\n\\\"\\\\\x7F\"},\"b\":[1,\"x\"],\"e\":{},\"f\":[]}");
    assert_text(emit_json_str(r->a, ynode_without(r->a, n, S("a")), true),
                "{\n  \"b\": [\n    1,\n    \"x\"\n  ],\n  \"e\": {},\n  \"f\": []\n}");
    reading_free(r);
}

typedef struct limited {
    size_t room, calls_after;
    bool refused;
} limited;

static bool take(void *ctx, const char *bytes, size_t n) {
    limited *l = ctx;
    (void)bytes;
    if (l->refused) l->calls_after++;
    if (n > l->room) {
        l->refused = true;
        return false;
    }
    l->room -= n;
    return true;
}

static void a_full_sink_is_told(void **state) {
    (void)state;
    arena *a = arena_new();
    ynode *s = ynode_seq(a, NULL);
    char big[40000];
    memset(big, 'x', sizeof big);
    for (int i = 0; i < 5; i++) ynode_push(a, s, ynode_str(a, (str){big, sizeof big}, NULL));
    limited enough = {.room = 300000}, few = {.room = 50000};
    assert_true(emit_yaml(&(emit_sink){take, &enough}, s));
    assert_int_equal(300000 - enough.room, 5 * (40000 + 3));
    assert_false(emit_yaml(&(emit_sink){take, &few}, s));
    assert_int_equal(few.calls_after, 0);
    few = (limited){.room = 10};
    assert_false(emit_json(&(emit_sink){take, &few}, s, false));
    arena_free(a);
}

/* --- round trips ------------------------------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *seed) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

static str random_text(arena *a, uint64_t *seed) {
    static const char *const parts[] = {"a",
                                        "b c",
                                        " ",
                                        "  ",
                                        "\n",
                                        "\n\n",
                                        "\t",
                                        ":",
                                        ": ",
                                        "#",
                                        " #",
                                        "-",
                                        "- ",
                                        "---",
                                        "...",
                                        "'",
                                        "\"",
                                        "\\",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        ",",
                                        "?",
                                        "? ",
                                        "|",
                                        ">",
                                        "%",
                                        "@",
                                        "`",
                                        "&",
                                        "*",
                                        "!",
                                        "=",
                                        "<<",
                                        "~",
                                        "null",
                                        "y",
                                        "No",
                                        "true",
                                        "0",
                                        "1",
                                        "0x",
                                        "1_0",
                                        ".",
                                        ".5",
                                        "e3",
                                        "+",
                                        ".inf",
                                        "2020-01-01",
                                        "1:30",
                                        "\r",
                                        "\r\n",
                                        "\x01",
                                        "\x1B",
                                        "\x7F",
                                        "\xC2\x80",
                                        "\xC2\x85",
                                        "\xC2\xA0",
                                        "\xC3\xA9",
                                        "\xE2\x80\xA8",
                                        "\xE2\x80\xA9",
                                        "\xEF\xBB\xBF",
                                        "\xEF\xBF\xBE",
                                        "\xEF\xBF\xBD",
                                        "\xF0\x9F\x98\x80",
                                        "$(params.x)",
                                        "key",
                                        "script line"};
    strbuf b = {.a = a};
    for (uint32_t n = next_random(seed) % 7; n > 0; n--)
        strbuf_add(&b, str_z(parts[next_random(seed) % (sizeof parts / sizeof *parts)]));
    if (next_random(seed) % 200 == 0)
        for (int i = 0; i < 1100; i++) strbuf_addc(&b, "k\n\x01 "[next_random(seed) % 4]);
    if (next_random(seed) % 300 == 0) strbuf_addc(&b, '\0');
    return strbuf_str(&b);
}

static const ynode *random_tree(arena *a, uint64_t *seed, uint32_t depth) {
    static const char *const numbers[] = {"0",         "-7", "0.5", "1e+23", "1e-7", "-0", "18446744073709551615",
                                          "123456.789"};
    uint32_t choice = next_random(seed) % (depth ? 8 : 4);
    if (choice == 0) {
        uint32_t k = next_random(seed) % 8;
        ynode *n = ynode_new(a, k == 2 || k == 3 || k == 4 || k == 5 || k == 7 ? Y_FLOAT : Y_INT, NULL);
        n->text = str_z(numbers[k]);
        return n;
    }
    if (choice == 1) return next_random(seed) % 3 ? ynode_bool(next_random(seed) % 2) : ynode_null();
    if (choice < 4) return ynode_str(a, random_text(a, seed), NULL);
    ynode *n = choice < 6 ? ynode_seq(a, NULL) : ynode_map(a, NULL);
    for (uint32_t i = next_random(seed) % 5; i > 0; i--) {
        const ynode *child = random_tree(a, seed, depth - 1);
        if (n->kind == Y_SEQ)
            ynode_push(a, n, child);
        else
            ynode_set(a, n, random_text(a, seed), child);
    }
    return n;
}

static void same_again(const ynode *n, str written, const char *form) {
    reading *r = reading_of(written);
    bool none = n->kind == Y_NULL;
    if (r->diags.list.n || r->out.n != !none || (!none && !ynode_eq(r->out.v[0], n)))
        fail_msg("%s: %.*s\n%.*s", form, STR_ARG(reading_said(r, 0)), STR_ARG(written));
    reading_free(r);
}

static void random_trees_round_trip(void **state) {
    (void)state;
    uint64_t seed = 42;
    for (int i = 0; i < 20000; i++) {
        arena *a = arena_new();
        const ynode *n = random_tree(a, &seed, 1 + i % 5);
        str yaml = emit_yaml_str(a, n);
        same_again(n, yaml, "YAML");
        if (n->kind == Y_SEQ || n->kind == Y_MAP) {
            same_again(n, emit_json_str(a, n, i % 2), "JSON");
        }
        arena_free(a);
    }
}

static char *read_file(arena *a, const char *path, uint32_t *n) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    strbuf b = {.a = a};
    char part[4096];
    for (size_t got; (got = fread(part, 1, sizeof part, f)) > 0;) strbuf_add(&b, (str){part, (uint32_t)got});
    fclose(f);
    *n = strbuf_str(&b).n;
    return b.p;
}

static void tektons_examples_round_trip(void **state) {
    (void)state;
    const char *shared = getenv("TEKTONC_SHARED");
    char folder[1000], path[2000];
    snprintf(folder, sizeof folder, "%s/corpus/examples", shared ? shared : "../shared");
    DIR *dir = opendir(folder);
    if (!dir) skip();
    int files = 0;
    for (const struct dirent *e; (e = readdir(dir));) {
        if (!str_ends(str_z(e->d_name), S(".yaml"))) continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        reading *r = reading_new();
        str text;
        text.p = read_file(r->a, path, &text.n);
        reading_add(r, text);
        assert_int_equal(r->diags.errors, 0);
        assert_true(r->out.n > 0);
        for (uint32_t i = 0; i < r->out.n; i++) {
            same_again(r->out.v[i], emit_yaml_str(r->a, r->out.v[i]), "YAML");
            same_again(r->out.v[i], emit_json_str(r->a, r->out.v[i], true), "JSON");
        }
        reading_free(r);
        files++;
    }
    closedir(dir);
    assert_true(files > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_where_every_reader_agrees),
        cmocka_unit_test(quoted_where_some_reader_errs),
        cmocka_unit_test(literal_blocks),
        cmocka_unit_test(layout),
        cmocka_unit_test(roots),
        cmocka_unit_test(json_forms),
        cmocka_unit_test(a_full_sink_is_told),
        cmocka_unit_test(random_trees_round_trip),
        cmocka_unit_test(tektons_examples_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
