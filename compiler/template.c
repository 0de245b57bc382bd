#include "compiler/template.h"
#include "compiler/diags.h"
#include "compiler/readrules.h"
#include <assert.h>

static str filled_text(arena *a, const scope *s, str text) {
    strbuf b = {.a = a};
    uint32_t done = 0;
    ref r;
    for (uint32_t from = 0; ref_next(a, text, from, &r); from = r.end) {
        bool whole;
        const ynode *v = scope_find(s, &r, &whole);
        assert(v && v->kind == Y_STR);
        strbuf_add(&b, str_cut(text, done, r.at));
        strbuf_add(&b, v->text);
        done = r.end;
    }
    strbuf_add(&b, str_from(text, done));
    return strbuf_str(&b);
}

/* The node that a text of one reference stands for, else NULL. */
static const ynode *named(arena *a, const scope *s, const ynode *n, bool star) {
    ref r;
    bool whole;
    if (n->kind != Y_STR || ref_none(n->text) || !ref_next(a, n->text, 0, &r) || r.at != 0 || r.end != n->text.n) return NULL;
    if ((r.segments[r.n - 1].kind == REF_STAR) != star) return NULL;
    const ynode *v = scope_find(s, &r, &whole);
    assert(v);
    return v;
}

static const ynode *filled(arena *a, const scope *s, const ynode *n) {
    const ynode *v = named(a, s, n, false);
    if (v) return v;
    if (n->kind == Y_STR) return ref_none(n->text) ? n : ynode_str(a, filled_text(a, s, n->text), NULL);
    if (n->kind == Y_SEQ) {
        ynode *out = ynode_seq(a, NULL);
        YNODE_EACH(i, item, n) {
            const ynode *items = named(a, s, item, true);
            if (!items) ynode_push(a, out, filled(a, s, item));
            YNODE_EACH(k, x, items) ynode_push(a, out, x);
        }
        return out;
    }
    if (n->kind != Y_MAP) return n;
    ynode *out = ynode_map(a, NULL);
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode *now = filled(a, s, n->pairs[i].value);
        if (now->kind == Y_NULL || (now->kind == Y_STR && now->text.n == 0)) continue;
        ynode_put(a, out, n->pairs[i].key, now);
    }
    return out;
}

void template_fill(arena *a, const char *text, const scope *s, ynode_list *out) {
    /* Sources and messages of its own: places of the compilation begin with the input. */
    sources own = sources_new(a);
    diags d = {.a = a, .table = diag_rules};
    ynode_list documents = {0};
    source *src;
    bool added = source_add(&own, S("template"), str_z(text), &src);
    assert(added);
    (void)added;
    read_documents(a, src, &d, &tekton_read_rules, &documents);
    assert(d.errors == 0 && d.warnings == 0 && documents.n);
    for (uint32_t i = 0; i < documents.n; i++) vec_push(a, out, filled(a, s, documents.v[i]));
}

const ynode *template_fill_one(arena *a, const char *text, const scope *s) {
    ynode_list documents = {0};
    template_fill(a, text, s, &documents);
    assert(documents.n == 1);
    return documents.v[0];
}
