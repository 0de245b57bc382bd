/* Any bytes: what base/read_plain.c takes must be what libyaml makes of it (base/read_yaml.c): the same documents, with the
 * same places, forms and messages. The same again for the input without its last line, which has other ends. */
#include "base/read_inner.h"
#include "base/utf8.h"
#include "fuzz.h"

static const diag_rule rules[] = {
    {"F1", "syntax", SEV_ERROR, "", ""},     {"F2", "encoding", SEV_ERROR, "", ""}, {"F3", "limit", SEV_ERROR, "", ""},
    {"F4", "repeated", SEV_WARNING, "", ""}, {"F5", "number", SEV_ERROR, "", ""},
};
static const read_rules read_by = {&rules[0], &rules[1], &rules[2], &rules[3], &rules[4]};

static void same(const ynode *x, const ynode *y) {
    FUZZ_CHECK(x->kind == y->kind && x->n == y->n && x->at == y->at && x->end == y->end);
    FUZZ_CHECK(x->raw == y->raw && x->literal == y->literal && x->flags == y->flags);
    for (uint32_t i = 0; i < ynode_count(x); i++) {
        if (x->kind == Y_SEQ) {
            same(x->items[i], y->items[i]);
            continue;
        }
        const ypair *p = &x->pairs[i], *q = &y->pairs[i];
        FUZZ_CHECK(str_eq(p->key, q->key) && p->key_at == q->key_at && p->key_end == q->key_end);
        same(p->value, q->value);
    }
    if (x->kind != Y_SEQ && x->kind != Y_MAP) FUZZ_CHECK(str_eq(x->text, y->text));
}

static bool allowed(const char *p, const char *end) {
    while (p < end) {
        uint32_t rune, n = utf8_decode(p, end, &rune);
        if (!n || !utf8_yaml_allows(rune)) return false;
        p += n;
    }
    return true;
}

static void compare(const char *bytes, uint32_t n) {
    arena *a = arena_new(), *scratch = arena_new();
    sources s = sources_new(a);
    source *src;
    FUZZ_CHECK(source_add(&s, S("input"), (str){bytes, n}, &src));
    diags d = {.a = a, .table = rules, .sources = &s}, e = d;
    ynode_list mine = {0}, theirs = {0};
    reader fast = {.a = a, .scratch = scratch, .src = src, .d = &d, .rules = &read_by, .out = &mine};
    reader slow = {.a = a, .scratch = scratch, .src = src, .d = &e, .rules = &read_by, .out = &theirs};
    if (read_plain(&fast, 0, n)) {
        read_yaml(&slow, 0, n, NULL);
        FUZZ_CHECK(mine.n == theirs.n);
        for (uint32_t i = 0; i < mine.n; i++) same(mine.v[i], theirs.v[i]);
        diags_sort(&d);
        diags_sort(&e);
        FUZZ_CHECK(d.list.n == e.list.n);
        for (uint32_t i = 0; i < d.list.n; i++)
            FUZZ_CHECK(d.list.v[i].rule == e.list.v[i].rule && d.list.v[i].at == e.list.v[i].at && str_eq(d.list.v[i].text, e.list.v[i].text));
    } else {
        FUZZ_CHECK(mine.n == 0);
    }
    arena_free(a);
    arena_free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size || size > 1 << 16 || !allowed((const char *)data, (const char *)data + size)) return 0;
    char *copy = malloc(size); /* of exactly this size, so that reading past the end is seen */
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    compare(copy, (uint32_t)size);
    uint32_t n = (uint32_t)size - 1;
    while (n && copy[n - 1] != '\n') n--;
    if (n > 1) compare(copy, n - 1);
    free(copy);
    return 0;
}
