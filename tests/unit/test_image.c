/* compiler/image.h: parts of names, and which entry of a mapping counts. */
#include "base/read.h"
#include "compiler/diags.h"
#include "compiler/image.h"
#include "compiler/readrules.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static arena *a;

static void same(str got, const char *want) { assert_string_equal(str_dup(a, got).p, want); }

static void parts(void **state) {
    (void)state;
    static const struct { const char *text, *full, *tag, *digest; } rows[] = {
        {"alpine", "docker.io/library/alpine", "", ""},
        {"alpine:3", "docker.io/library/alpine", "3", ""},
        {"a/b@sha256:00", "docker.io/a/b", "", "sha256:00"},
        {"localhost/x", "localhost/x", "", ""},
        {"localhost:5000/x:1@sha256:00", "localhost:5000/x", "1", "sha256:00"},
        {"gcr.io/a/b/c:v1", "gcr.io/a/b/c", "v1", ""},
        {"index.docker.io/a/b", "docker.io/a/b", "", ""},
        {"docker.io/alpine", "docker.io/library/alpine", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        image_name n = image_parse(a, str_z(rows[i].text));
        same(image_full(a, &n), rows[i].full);
        same(n.tag, rows[i].tag);
        same(n.digest, rows[i].digest);
    }
}

static void validity(void **state) {
    (void)state;
    static const char *const good[] = {"a", "a/b", "a.b:5/c:T_1", "a@sha256:0a", "REGISTRY.example.com/a"};
    static const char *const bad[] = {"", "/a", "a/", "a//b", "a b", "a:", "a@sha256", "a@", "x/Y", "$(params.x)", "a:b:c/d "};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_true(image_valid(str_z(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(image_valid(str_z(bad[i])));
}

static image_map *map_of(const char *yaml) {
    sources s = sources_new(a);
    source *src;
    diags d = {.a = a, .table = diag_rules, .sources = &s};
    ynode_list documents = {0};
    image_map *m = ARENA_NEW(a, image_map);
    str which;
    source_add(&s, S("map"), str_z(yaml), &src);
    read_documents(a, src, &d, &tekton_read_rules, &documents);
    assert_null(image_map_read(a, documents.v[0], m, &which));
    return m;
}

static void the_most_exact_counts(void **state) {
    (void)state;
    image_map *m = map_of("golang: m/go\ngolang:1.22: m/go22@sha256:22\ndocker.io/: hub/\ndocker.io/shop/: shop/\nquay.io/a:1: quay.io/b:2\nquay.io/: q/\n"
                          "gcr.io/x@sha256:11: m/x:1\n");
    static const char *const rows[][2] = {
        {"golang:1.22", "m/go22@sha256:22"},
        {"docker.io/library/golang:1.22", "m/go22@sha256:22"},
        {"golang:1.23", "m/go:1.23"},
        {"golang", "m/go"},
        {"golang:1.23@sha256:23", "m/go:1.23@sha256:23"},
        {"golang:1.22@sha256:99", "m/go22@sha256:22"},
        {"alpine:3", "hub/library/alpine:3"},
        {"shop/server:1", "shop/server:1"},
        {"docker.io/shop/server:1", "shop/server:1"},
        {"quay.io/a:1", "quay.io/b:2"}, /* not looked up again */
        {"quay.io/a:2", "q/a:2"},
        {"gcr.io/x@sha256:11", "m/x:1"},
        {"gcr.io/x@sha256:12", "gcr.io/x@sha256:12"},
        {"ghcr.io/golang:1.22", "ghcr.io/golang:1.22"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) same(image_map_name(a, m, str_z(rows[i][0])), rows[i][1]);
    for (uint32_t i = 0; i < m->entries.n; i++) assert_true(m->entries.v[i].used);
}

static int begin(void **state) {
    (void)state;
    a = arena_new();
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_free(a);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts), cmocka_unit_test(validity), cmocka_unit_test(the_most_exact_counts)};
    return cmocka_run_group_tests(tests, begin, end);
}
