#include "compiler/scope.h"
#include "base/emit.h"
#include <assert.h>

typedef struct entry {
    const ynode *value;
    unsigned forms;
} entry;

struct scope {
    arena *a;
    marks *m;
    const scope *outer;
    map table; /* canonical text → entry; the bracket form of a name is written with \1 for its dot */
};

scope *scope_new(arena *a, marks *m, const scope *outer) {
    scope *s = ARENA_NEW(a, scope);
    *s = (scope){.a = a, .m = m, .outer = outer, .table = map_new(a)};
    return s;
}

bool scope_empty(const scope *s) { return s->table.n == 0 && (!s->outer || scope_empty(s->outer)); }

static str canonical(arena *a, str prefix, char joint, str name, str suffix) {
    char *p = arena_alloc(a, (size_t)prefix.n + 1 + name.n + suffix.n + 1);
    uint32_t n = prefix.n;
    memcpy(p, prefix.p, prefix.n);
    p[n++] = joint;
    if (name.n) memcpy(p + n, name.p, name.n);
    n += name.n;
    if (suffix.n) memcpy(p + n, suffix.p, suffix.n);
    return (str){p, n + suffix.n};
}

void scope_put(scope *s, str prefix, str name, str suffix, const ynode *value, unsigned forms) {
    entry *e = ARENA_NEW(s->a, entry);
    *e = (entry){value, forms};
    if (forms & SCOPE_DOT) map_put(&s->table, canonical(s->a, prefix, '.', name, suffix), e);
    if (forms & SCOPE_BRACKET) map_put(&s->table, canonical(s->a, prefix, '\1', name, suffix), e);
}

void scope_put_text(scope *s, str name, str value) {
    entry *e = ARENA_NEW(s->a, entry);
    *e = (entry){ynode_str(s->a, value, NULL), SCOPE_DOT};
    map_put(&s->table, name, e);
}

void scope_put_param(scope *s, str prefix, str name, const ynode *value, unsigned more_forms) {
    scope_put(s, prefix, name, S(""), value, SCOPE_BOTH | more_forms);
    if (value->kind == Y_MAP) {
        str object = canonical(s->a, prefix, '.', name, S(""));
        for (uint32_t i = 0; i < value->n; i++)
            scope_put(s, object, value->pairs[i].key, S(""), value->pairs[i].value, SCOPE_DOT);
    }
}

bool scope_has(const scope *s, str prefix, str name) {
    str key = canonical(s->m->scratch ? s->m->scratch : s->a, prefix, '.', name, S(""));
    for (; s; s = s->outer)
        if (map_has(&s->table, key)) return true;
    return false;
}

/* --- finding -------------------------------------------------------------------------------------------------- */

/* The canonical text of the segments before `n`; the raw text itself when there are no brackets. */
static str key_of(arena *a, const ref *r, uint32_t n) {
    bool quoted = false;
    for (uint32_t i = 0; i < n; i++) quoted |= r->segments[i].kind == REF_QUOTED;
    if (!quoted) return n == r->n ? r->raw : str_cut(r->raw, 0, r->segments[n].at - (r->at + 2));
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < n; i++) {
        const ref_segment *g = &r->segments[i];
        if (g->kind == REF_INDEX || g->kind == REF_STAR) return STR_NONE; /* not at the end: nothing has such a name */
        if (i) strbuf_addc(&b, g->kind == REF_QUOTED ? '\1' : '.');
        strbuf_add(&b, g->text);
    }
    return strbuf_str(&b);
}

/* A string that is one mark of an array's or object's tree. */
static const vtree *unknown_whole(const scope *s, const ynode *n, value_type t) {
    const vtree *v = n->kind == Y_STR ? mark_only(s->m, n->text) : NULL;
    return v && v->type == t && v->kind != VALUE_SPLICE ? v : NULL;
}

static bool is_whole(const scope *s, const ynode *n) {
    return n->kind == Y_SEQ || n->kind == Y_MAP || unknown_whole(s, n, TYPE_ARRAY) || unknown_whole(s, n, TYPE_OBJECT);
}

static const ynode *element(const scope *s, const ynode *n, uint64_t at) {
    if (n->kind == Y_SEQ) return at < n->n ? n->items[at] : NULL;
    const vtree *v = unknown_whole(s, n, TYPE_ARRAY);
    return v ? ynode_str(s->a, mark_text(s->m, value_index(s->a, v, at)), n) : NULL;
}

/* $(params.o.k) where o is an object that only the run knows. */
static const ynode *unknown_key(const scope *s, const ref *r) {
    if (r->n < 2 || r->segments[r->n - 1].kind != REF_NAME) return NULL;
    str key = key_of(s->a, r, r->n - 1);
    for (const scope *at = s; at; at = at->outer) {
        const entry *e = map_get(&at->table, key);
        const vtree *v = e ? unknown_whole(s, e->value, TYPE_OBJECT) : NULL;
        if (v) return ynode_str(s->a, mark_text(s->m, value_key(s->a, v, r->segments[r->n - 1].text)), e->value);
        if (e) return NULL;
    }
    return NULL;
}

const ynode *scope_find(const scope *s, const ref *r, bool *whole) {
    const ref_segment *last = &r->segments[r->n - 1];
    bool tail = last->kind == REF_INDEX || last->kind == REF_STAR;
    str key = key_of(s->a, r, r->n - tail);
    *whole = false;
    if (!key.p) return NULL;
    for (const scope *at = s; at; at = at->outer) {
        const entry *e = map_get(&at->table, key);
        if (!e) continue;
        if (last->kind == REF_INDEX) {
            const ynode *x = e->forms & SCOPE_NO_INDEX ? NULL : element(s, e->value, last->index);
            if (x) return x;
            continue;
        }
        *whole = is_whole(s, e->value);
        if (last->kind == REF_STAR && !*whole) return NULL;
        return e->value;
    }
    return tail ? NULL : unknown_key(s, r);
}

/* --- replacing ------------------------------------------------------------------------------------------------ */

/* What a reference is replaced by in a string; false: it stays. */
static bool replacement(const scope *s, const ref *r, bool all_of_it, array_as arrays, str *with) {
    bool whole;
    const ynode *v = scope_find(s, r, &whole);
    if (!v || (whole && !(arrays == ARRAYS_AS_JSON && all_of_it))) return false;
    if (!whole) {
        *with = v->text;
        return true;
    }
    const vtree *unknown = unknown_whole(s, v, TYPE_ARRAY);
    *with = unknown ? mark_text(s->m, value_wrap(s->m->a, VALUE_JSON, unknown)) : emit_go_json_str(s->m->a, v);
    return true;
}

/* References are looked at and forgotten. */
static arena *scratch(const scope *s) {
    if (!s->m->scratch) return s->a;
    arena_reset(s->m->scratch);
    return s->m->scratch;
}

/* One pass over one text. */
static str replace_text(arena *a, const scope *s, str text, array_as arrays) {
    strbuf b = {.a = a};
    uint32_t done = 0;
    str with;
    ref r;
    arena *refs = scratch(s);
    for (uint32_t from = 0; ref_next(refs, text, from, &r);) {
        from = r.at + 2; /* what stays may hold a reference inside */
        if (!replacement(s, &r, r.at == 0 && r.end == text.n, arrays, &with)) continue;
        strbuf_add(&b, str_cut(text, done, r.at));
        strbuf_add(&b, with);
        done = from = r.end;
    }
    if (done == 0) return text;
    strbuf_add(&b, str_from(text, done));
    str out = strbuf_str(&b);
    return out.p ? out : S("");
}

/* All passes at once over one text, which comes to the same as one after the other as long as no value brings or
 * completes a reference. False: that may be; do it the long way. */
static bool replace_at_once(arena *a, const scope *const *passes, uint32_t n, str text, array_as arrays, str *out) {
    strbuf b = {.a = a};
    uint32_t done = 0;
    str with;
    ref r;
    arena *refs = scratch(passes[0]);
    for (uint32_t from = 0; ref_next(refs, text, from, &r);) {
        from = r.at + 2;
        uint32_t i = 0;
        while (i < n && !replacement(passes[i], &r, r.at == 0 && r.end == text.n, arrays, &with)) i++;
        if (i == n) continue;
        if ((with.n && (with.p[0] == '(' || memchr(with.p, '$', with.n))) || (r.at && text.p[r.at - 1] == '$'))
            return false;
        strbuf_add(&b, str_cut(text, done, r.at));
        strbuf_add(&b, with);
        done = from = r.end;
    }
    *out = text;
    if (done == 0) return true;
    strbuf_add(&b, str_from(text, done));
    *out = b.p ? strbuf_str(&b) : S("");
    return true;
}

const ynode *scope_replace(arena *a, const scope *const *passes, uint32_t n, const ynode *text, array_as arrays) {
    str now = text->text;
    if (n == 0 || ref_none(now)) return text;
    if (!replace_at_once(a, passes, n, text->text, arrays, &now)) {
        now = text->text;
        for (uint32_t i = 0; i < n && !ref_none(now); i++) now = replace_text(a, passes[i], now, arrays);
    }
    if (now.p == text->text.p && now.n == text->text.n) return text;
    ynode *copy = ynode_copy(a, text);
    copy->text = now;
    copy->raw = 0;
    return copy;
}

/* The whole value that a text stands for when it is exactly one reference to it. */
static const ynode *exactly(const scope *s, str text, bool plain_only) {
    ref r;
    bool whole;
    if (ref_none(text) || !ref_next(scratch(s), text, 0, &r) || r.at != 0 || r.end != text.n) return NULL;
    if (plain_only && !ref_is_plain(&r)) return NULL;
    const ynode *v = scope_find(s, &r, &whole);
    return v && whole ? v : NULL;
}

void scope_replace_item(arena *a, const scope *const *passes, uint32_t n, const ynode *text, ynode *into) {
    for (uint32_t i = 0; i < n; i++) {
        if (ref_none(text->text)) break;
        const ynode *v = exactly(passes[i], text->text, false);
        if (v && v->kind == Y_SEQ) {
            for (uint32_t k = 0; k < v->n; k++) scope_replace_item(a, passes + i + 1, n - i - 1, v->items[k], into);
            return;
        }
        const vtree *unknown = v ? unknown_whole(passes[i], v, TYPE_ARRAY) : NULL;
        if (unknown) {
            ynode_push(a, into, ynode_str(a, mark_text(passes[i]->m, value_wrap(a, VALUE_SPLICE, unknown)), text));
            return;
        }
        if (!v) text = scope_replace(a, passes + i, 1, text, ARRAYS_STAY);
    }
    ynode_push(a, into, text);
}

static const ynode *replace_whole(arena *a, const scope *const *passes, uint32_t n, const ynode *text) {
    for (uint32_t i = 0; i < n; i++) {
        if (ref_none(text->text)) return text;
        const ynode *v = exactly(passes[i], text->text, true);
        if (v && v->kind == Y_STR) return v; /* an array or object that only the run knows */
        if (v) return scope_replace_value(a, passes + i + 1, n - i - 1, v);
        text = scope_replace(a, passes + i, 1, text, ARRAYS_STAY);
    }
    return text;
}

const ynode *scope_replace_value(arena *a, const scope *const *passes, uint32_t n, const ynode *v) {
    if (v->kind == Y_STR) return replace_whole(a, passes, n, v);
    if (v->kind == Y_SEQ) {
        ynode *out = ynode_seq(a, v);
        for (uint32_t i = 0; i < v->n; i++) scope_replace_item(a, passes, n, v->items[i], out);
        return ynode_eq(out, v) ? v : out;
    }
    if (v->kind == Y_MAP) {
        ynode *out = ynode_copy(a, v);
        bool changed = false;
        for (uint32_t i = 0; i < out->n; i++) {
            const ynode *now = scope_replace(a, passes, n, out->pairs[i].value, ARRAYS_STAY);
            changed |= now != out->pairs[i].value;
            out->pairs[i].value = now;
        }
        return changed ? out : v;
    }
    return v;
}

/* --- over structs and trees ----------------------------------------------------------------------------------- */

typedef struct replacing {
    arena *a;
    const scope *const *passes;
    uint32_t n;
} replacing;

static const ynode *on_string(void *ctx, const ynode *text, const field *row) {
    replacing *x = ctx;
    if (ref_none(text->text)) return text;
    return scope_replace(x->a, x->passes, x->n, text, row->flags & FIELD_ARRAY_JSON ? ARRAYS_AS_JSON : ARRAYS_STAY);
}
static void on_item(void *ctx, const ynode *text, const field *row, ynode *into) {
    replacing *x = ctx;
    (void)row;
    scope_replace_item(x->a, x->passes, x->n, text, into);
}
static const ynode *on_value(void *ctx, const ynode *text, const field *row) {
    replacing *x = ctx;
    (void)row;
    return ref_none(text->text) ? text : replace_whole(x->a, x->passes, x->n, text);
}

head *scope_replace_struct(arena *a, const scope *const *passes, uint32_t n, const type *t, const head *h,
                           uint32_t flags) {
    replacing x = {a, passes, n};
    return walk_substitute(
        a, t, h, &(walk_subst){.flags = flags, .string = on_string, .item = on_item, .value = on_value, .ctx = &x});
}

const ynode *scope_replace_field(arena *a, const scope *const *passes, uint32_t n, const field *row, const ynode *tree,
                                 uint32_t flags) {
    replacing x = {a, passes, n};
    return walk_substitute_field(
        a, row, tree,
        &(walk_subst){.flags = flags, .string = on_string, .item = on_item, .value = on_value, .ctx = &x});
}
