#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H
/* What the unit tests share: cmocka's includes, checks of strings, and reading of a text with its diagnostics. */
#include "base/emit.h"
#include "base/read.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the ones above first */
#include <cmocka.h>

#define assert_text(s, literal) assert_text_((s), (literal), __FILE__, __LINE__)
static inline void assert_text_(str s, const char *want, const char *file, int line) {
    if (s.p && str_eq(s, str_z(want))) return;
    print_error("got  \"%.*s\"\nwant \"%s\"\n", STR_ARG(s), want);
    _fail(file, line);
}

static const diag_rule unit_rules[] = {
    {"U1", "syntax", SEV_ERROR, "syntax", ""}, {"U2", "encoding", SEV_ERROR, "encoding", ""},
    {"U3", "limit", SEV_ERROR, "limit", ""},   {"U4", "repeated-key", SEV_WARNING, "repeated key", ""},
    {"U5", "number", SEV_ERROR, "number", ""},
};

typedef struct reading {
    arena *a;
    sources sources;
    diags diags;
    ynode_list out;
} reading;

static inline reading *reading_new(void) {
    arena *a = arena_new();
    reading *r = ARENA_NEW(a, reading);
    r->a = a;
    r->sources = sources_new(a);
    r->diags.a = a;
    return r;
}

static inline void reading_add(reading *r, str text) {
    static const read_rules rules = {&unit_rules[0], &unit_rules[1], &unit_rules[2], &unit_rules[3], &unit_rules[4]};
    source *src;
    assert_true(source_add(&r->sources, S("file.yaml"), text, &src));
    read_documents(r->a, src, &r->diags, &rules, &r->out);
    diags_sort(&r->diags);
}

static inline reading *reading_of(str text) {
    reading *r = reading_new();
    reading_add(r, text);
    return r;
}

static inline void reading_free(reading *r) { arena_free(r->a); }

/* "line:column id text" of diagnostic i, or "" */
static inline str reading_said(reading *r, uint32_t i) {
    if (i >= r->diags.list.n) return S("");
    const diag *d = &r->diags.list.v[i];
    place p = source_place(&r->sources, d->at);
    return str_fmt(r->a, "%u:%u %s %.*s", p.line, p.column, d->rule->id, STR_ARG(d->text));
}
#endif
