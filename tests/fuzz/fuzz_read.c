/* Any bytes: reading must neither crash nor hang, places must lie inside the text, and what was read must come out of
 * both writers and in again as the same tree. */
#include "base/emit.h"
#include "base/read.h"
#include "tests/fuzz/fuzz.h"

static const diag_rule rules[] = {
    {"F1", "syntax", SEV_ERROR, "", ""},     {"F2", "encoding", SEV_ERROR, "", ""}, {"F3", "limit", SEV_ERROR, "", ""},
    {"F4", "repeated", SEV_WARNING, "", ""}, {"F5", "number", SEV_ERROR, "", ""},
};
static const read_rules read_by = {&rules[0], &rules[1], &rules[2], &rules[3], &rules[4]};

static void check_places(const sources *s, const ynode *n, uint32_t depth, uint32_t *budget) {
    if (!*budget) return; /* aliases share nodes: a small text can be a large tree */
    --*budget;
    const source *src = source_of(s, n->at);
    FUZZ_CHECK(src && n->end >= n->at && n->end - src->base <= src->text.n && depth <= 2000);
    if (n->kind == Y_SEQ)
        for (uint32_t i = 0; i < n->n; i++) check_places(s, n->items[i], depth + 1, budget);
    if (n->kind == Y_MAP)
        for (uint32_t i = 0; i < n->n; i++) check_places(s, n->pairs[i].value, depth + 1, budget);
    if (n->kind != Y_STR) return;
    for (uint32_t i = 0; i <= n->text.n && i < 40; i++) {
        pos at = ynode_pos_in(s, n, i);
        FUZZ_CHECK(at >= src->base && at - src->base <= src->text.n);
        if (n->raw && i < n->text.n) FUZZ_CHECK(src->text.p[at - src->base] == n->text.p[i]);
    }
}

static void check_again(arena *a, const ynode *n, str written) {
    sources s = sources_new(a);
    source *src;
    diags d = {.a = a};
    ynode_list out = {0};
    FUZZ_CHECK(source_add(&s, S("written"), written, &src));
    read_documents(a, src, &d, &read_by, &out);
    FUZZ_CHECK(d.list.n == 0 && out.n == 1 && ynode_eq(n, out.v[0]));
}

/* Nodes of the tree with aliases expanded, up to a limit; what is deeper than read.h allows can't be read again. */
static uint32_t size_of(const ynode *n, uint32_t depth, uint32_t limit) {
    if (depth > 1000) return limit;
    uint32_t size = 1;
    for (uint32_t i = 0; i < ynode_count(n) && size < limit; i++)
        size += size_of(n->kind == Y_SEQ ? n->items[i] : n->pairs[i].value, depth + 1, limit - size);
    return size < limit ? size : limit;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena *a = arena_new();
    sources s = sources_new(a);
    source *src;
    diags d = {.a = a};
    ynode_list out = {0};
    if (size > 1 << 20) size = 1 << 20;
    char *copy = malloc(size ? size : 1); /* of exactly this size, so that reading past the end is seen */
    if (size) memcpy(copy, data, size);
    FUZZ_CHECK(source_add(&s, S("input"), (str){copy, (uint32_t)size}, &src));
    read_documents(a, src, &d, &read_by, &out);
    diags_sort(&d);
    for (uint32_t i = 0; i < d.list.n; i++) {
        FUZZ_CHECK(d.list.v[i].at <= d.list.v[i].end);
        FUZZ_CHECK(source_place(&s, d.list.v[i].at).source && source_place(&s, d.list.v[i].end).source);
    }
    for (uint32_t i = 0; i < out.n; i++) {
        uint32_t budget = 20000;
        check_places(&s, out.v[i], 0, &budget);
        if (size_of(out.v[i], 1, 20000) == 20000) continue;
        check_again(a, out.v[i], emit_yaml_str(a, out.v[i]));
        if (out.v[i]->kind == Y_SEQ || out.v[i]->kind == Y_MAP)
            check_again(a, out.v[i], emit_json_str(a, out.v[i], i % 2));
    }
    arena_free(a);
    free(copy);
    return 0;
}
