#include "compiler/schema/bind_inner.h"

/* The field of t, one level down, where this name would be right: `image` beside `steps` instead of inside. */
static const field *child_with(const type *t, str name) {
    for (uint32_t i = 0; i < t->n; i++)
        if (t->fields[i].type && type_field(t->fields[i].type, name)) return &t->fields[i];
    return NULL;
}

/* "PipelineTask has `runAfter`": the types of Tekton where the name would be right, when they are few. */
static str owners_of(arena *a, str name, api_version version) {
    enum { FEW = 3 };
    strbuf words = {.a = a};
    uint32_t n, found = 0;
    const type *const *all = types_all(&n);
    for (uint32_t i = 0; i < n; i++) {
        const field *f = all[i]->size ? type_field(all[i], name) : NULL;
        if (!f || !(f->flags & (uint32_t)version)) continue;
        if (++found > FEW) return STR_NONE;
        strbuf_addf(&words, "%s%.*s", found > 1 ? ", " : "", STR_ARG(all[i]->name));
    }
    return found ? strbuf_str(&words) : STR_NONE;
}

static void report_other_version(binder *b, const type *t, const field *f, const ypair *pair) {
    bool beta = f->flags & FIELD_V1BETA1;
    diag *x = REPORT_RANGE(b->d, OTHER_VERSION, pair->key_at, pair->key_end,
                           "`%.*s` of %.*s exists in tekton.dev/%s, not in tekton.dev/%s", STR_ARG(f->json),
                           STR_ARG(t->name), beta ? "v1beta1" : "v1", beta ? "v1" : "v1beta1");
    if (beta && f->doc[0]) diag_help(b->d, x, "%s", f->doc); /* such rows say what became of the field */
    const ynode *version = ynode_get(b->document, S("apiVersion"));
    if (version) diag_note_at(b->d, x, version, "the object's version");
}

/* A field of the spec of another kind: perhaps the kind is what is wrong. */
static void note_kind(binder *b, const type *t, diag *x) {
    const ynode *kind = ynode_get(b->document, S("kind"));
    str name = ynode_text(kind);
    if (!name.n || !str_starts(t->name, name) || !str_eq(str_from(t->name, name.n), S("Spec"))) return;
    diag_note_at(b->d, x, kind, "the kind of the object decides which fields its `spec` has");
}

void bind_unknown_field(binder *b, const type *t, const ypair *pair, bool lenient, const str *candidates, uint32_t n) {
    const field *same = type_field(t, pair->key), *folded = same ? NULL : type_field_fold(t, pair->key);
    if (same && !(same->flags & (uint32_t)b->version)) {
        report_other_version(b, t, same, pair);
        return;
    }
    diag *x = lenient ? REPORT_RANGE(b->d, UNKNOWN_METADATA, pair->key_at, pair->key_end,
                                     "`%.*s` is not a field of %.*s", STR_ARG(pair->key), STR_ARG(t->name))
                      : REPORT_RANGE(b->d, UNKNOWN_FIELD, pair->key_at, pair->key_end, "`%.*s` is not a field of %.*s",
                                     STR_ARG(pair->key), STR_ARG(t->name));
    if (same) {
        diag_help(b->d, x, "only a `taskSpec` inside of a Pipeline has `%.*s`", STR_ARG(pair->key));
        return;
    }
    if (folded) {
        diag_help(b->d, x, "did you mean `%.*s`? The case of field names counts", STR_ARG(folded->json));
        return;
    }
    str near = diag_nearest(pair->key, candidates, n), owners;
    const field *child;
    if (near.p)
        diag_help(b->d, x, "did you mean `%.*s`?", STR_ARG(near));
    else if ((child = child_with(t, pair->key)))
        diag_help(b->d, x, "`%.*s` belongs into `%.*s`; is the indentation right?", STR_ARG(pair->key),
                  STR_ARG(child->json));
    else if ((owners = owners_of(b->a, pair->key, b->version)).p)
        diag_help(b->d, x, "`%.*s` is a field of %.*s; is the indentation right?", STR_ARG(pair->key), STR_ARG(owners));
    if (!near.p) note_kind(b, t, x);
}
