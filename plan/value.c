#include "plan/value.h"
#include "base/emit.h"
#include "plan/hash.h"
#include <stdlib.h>

static vtree *make(arena *a, value_kind kind, value_type type) {
    vtree *v = ARENA_NEW(a, vtree);
    v->kind = kind;
    v->type = type;
    return v;
}

static vtree *make_over(arena *a, value_kind kind, value_type type, const vtree *of) {
    vtree *v = make(a, kind, type);
    v->args = ARENA_NEW(a, const vtree *);
    v->args[0] = of;
    v->n = 1;
    return v;
}

const vtree *value_text(arena *a, str text) {
    vtree *v = make(a, VALUE_TEXT, TYPE_STRING);
    v->text = text;
    return v;
}

const vtree *value_ref(arena *a, str name, value_type type) {
    vtree *v = make(a, VALUE_REF, type);
    v->text = name;
    return v;
}

const vtree *value_index(arena *a, const vtree *of, uint64_t at) {
    vtree *v = make_over(a, VALUE_INDEX, TYPE_STRING, of);
    v->index = at;
    return v;
}

const vtree *value_key(arena *a, const vtree *of, str key) {
    vtree *v = make_over(a, VALUE_KEY, TYPE_STRING, of);
    v->text = key;
    return v;
}

const vtree *value_wrap(arena *a, value_kind kind, const vtree *of) {
    return make_over(a, kind, kind == VALUE_SPLICE ? TYPE_ARRAY : TYPE_STRING, of);
}

const vtree *value_many(arena *a, value_kind kind, const vtree *const *args, uint32_t n) {
    vtree *v = make(a, kind, kind == VALUE_LIST ? TYPE_ARRAY : TYPE_STRING);
    v->args = ARENA_ARRAY(a, const vtree *, n ? n : 1);
    for (uint32_t i = 0; i < n; i++) {
        const vtree *x = args[i], *last = v->n ? v->args[v->n - 1] : NULL;
        if (kind == VALUE_CONCAT && x->kind == VALUE_TEXT && last && last->kind == VALUE_TEXT)
            v->args[v->n - 1] = value_text(a, str_cat(a, last->text, x->text));
        else
            v->args[v->n++] = x;
    }
    if (kind == VALUE_CONCAT && v->n == 1 && v->args[0]->type == TYPE_STRING) return v->args[0];
    return v;
}

bool value_eq(const vtree *x, const vtree *y) {
    if (x == y) return true;
    if (x->kind != y->kind || x->type != y->type || x->n != y->n || x->index != y->index || !str_eq(x->text, y->text))
        return false;
    for (uint32_t i = 0; i < x->n; i++)
        if (!value_eq(x->args[i], y->args[i])) return false;
    return true;
}

/* --- written form --------------------------------------------------------------------------------------------- */

/* The one table of the written form: the key that names the kind, and the key of its second operand. */
static const struct form {
    str key, operand;
} forms[VALUE_KINDS] = {
    [VALUE_REF] = {{"ref", 3}, {NULL, 0}},       [VALUE_CONCAT] = {{"concat", 6}, {NULL, 0}},
    [VALUE_SPLICE] = {{"splice", 6}, {NULL, 0}}, [VALUE_INDEX] = {{"index", 5}, {"at", 2}},
    [VALUE_KEY] = {{"key", 3}, {"name", 4}},     [VALUE_JSON] = {{"json", 4}, {NULL, 0}},
    [VALUE_ESCAPE] = {{"escape", 6}, {NULL, 0}}, [VALUE_BASE64] = {{"base64", 6}, {NULL, 0}},
    [VALUE_LENGTH] = {{"length", 6}, {NULL, 0}},
};
static const str type_names[] = {
    [TYPE_STRING] = {"string", 6}, [TYPE_ARRAY] = {"array", 5}, [TYPE_OBJECT] = {"object", 6}};
#define TYPE_KEY S("type")

static const ynode *write_many(arena *a, const vtree *v) {
    ynode *items = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < v->n; i++) ynode_push(a, items, value_write(a, v->args[i]));
    return items;
}

const ynode *value_write(arena *a, const vtree *v) {
    if (v->kind == VALUE_TEXT) return ynode_str(a, v->text, NULL);
    if (v->kind == VALUE_LIST) return write_many(a, v);
    ynode *m = ynode_map(a, NULL);
    const struct form *f = &forms[v->kind];
    if (v->kind == VALUE_REF) {
        ynode_put_str(a, m, f->key, v->text);
        if (v->type != TYPE_STRING) ynode_put_str(a, m, TYPE_KEY, type_names[v->type]);
    } else if (v->kind == VALUE_CONCAT) {
        ynode_put(a, m, f->key, write_many(a, v));
    } else {
        ynode_put(a, m, f->key, value_write(a, v->args[0]));
        if (v->kind == VALUE_INDEX) ynode_put(a, m, f->operand, ynode_int(a, (int64_t)v->index));
        if (v->kind == VALUE_KEY) ynode_put_str(a, m, f->operand, v->text);
    }
    return m;
}

static bool read_type(const ynode *n, value_type *out) {
    *out = TYPE_STRING;
    if (!n) return true;
    for (unsigned i = 0; i < sizeof type_names / sizeof *type_names; i++)
        if (str_eq(ynode_text(n), type_names[i])) return *out = (value_type)i, true;
    return false;
}

static const vtree *read_many(arena *a, value_kind kind, const ynode *items) {
    if (!ynode_is(items, Y_SEQ)) return NULL;
    const vtree **args = ARENA_ARRAY(a, const vtree *, items->n + 1);
    for (uint32_t i = 0; i < items->n; i++)
        if (!(args[i] = value_read(a, items->items[i]))) return NULL;
    return value_many(a, kind, args, items->n);
}

const vtree *value_read(arena *a, const ynode *n) {
    if (ynode_is(n, Y_STR)) return value_text(a, n->text);
    if (ynode_is(n, Y_SEQ)) return read_many(a, VALUE_LIST, n);
    if (!ynode_is(n, Y_MAP)) return NULL;
    for (value_kind k = VALUE_REF; k < VALUE_KINDS; k++) {
        const ynode *of = forms[k].key.n ? ynode_get(n, forms[k].key) : NULL;
        if (!of) continue;
        if (k == VALUE_REF) {
            value_type t;
            return ynode_is(of, Y_STR) && read_type(ynode_get(n, TYPE_KEY), &t) ? value_ref(a, of->text, t) : NULL;
        }
        if (k == VALUE_CONCAT) return read_many(a, VALUE_CONCAT, of);
        const vtree *arg = value_read(a, of);
        if (!arg) return NULL;
        if (k == VALUE_KEY) {
            const ynode *name = ynode_get(n, forms[k].operand);
            return ynode_is(name, Y_STR) ? value_key(a, arg, name->text) : NULL;
        }
        if (k == VALUE_INDEX) {
            const ynode *at = ynode_get(n, forms[k].operand);
            if (!ynode_is(at, Y_INT)) return NULL;
            return value_index(a, arg, strtoull(str_fmt(a, "%.*s", STR_ARG(at->text)).p, NULL, 10));
        }
        return value_wrap(a, k, arg);
    }
    return NULL;
}

/* --- evaluation ----------------------------------------------------------------------------------------------- */

/* The inside of the JSON string for `text`. */
static str json_inside(arena *a, str text) {
    str whole = emit_go_json_str(a, ynode_str(a, text, NULL));
    return str_cut(whole, 1, whole.n - 1);
}

static const ynode *eval_many(arena *a, const vtree *v, value_lookup *lookup, void *ctx, str *missing) {
    if (v->kind == VALUE_CONCAT) {
        strbuf b = {.a = a};
        for (uint32_t i = 0; i < v->n; i++) {
            const ynode *x = value_eval(a, v->args[i], lookup, ctx, missing);
            if (!x) return NULL;
            strbuf_add(&b, ynode_text(x));
        }
        return ynode_str(a, strbuf_str(&b), NULL);
    }
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < v->n; i++) {
        const ynode *x = value_eval(a, v->args[i], lookup, ctx, missing);
        if (!x) return NULL;
        if (v->args[i]->kind == VALUE_SPLICE && x->kind == Y_SEQ)
            for (uint32_t k = 0; k < x->n; k++) ynode_push(a, list, x->items[k]);
        else
            ynode_push(a, list, x);
    }
    return list;
}

const ynode *value_eval(arena *a, const vtree *v, value_lookup *lookup, void *ctx, str *missing) {
    if (v->kind == VALUE_TEXT) return ynode_str(a, v->text, NULL);
    if (v->kind == VALUE_REF) {
        const ynode *n = lookup(ctx, v->text);
        if (!n) *missing = v->text;
        return n;
    }
    if (v->kind == VALUE_CONCAT || v->kind == VALUE_LIST) return eval_many(a, v, lookup, ctx, missing);
    const ynode *x = value_eval(a, v->args[0], lookup, ctx, missing);
    if (!x) return NULL;
    switch (v->kind) {
    case VALUE_INDEX:
        if (x->kind == Y_SEQ && v->index < x->n) return x->items[v->index];
        *missing = value_show(a, v, NULL, NULL);
        return NULL;
    case VALUE_KEY: {
        const ynode *at = ynode_get(x, v->text);
        if (!at) *missing = value_show(a, v, NULL, NULL);
        return at;
    }
    case VALUE_JSON: return ynode_str(a, emit_go_json_str(a, x), NULL);
    case VALUE_ESCAPE: return ynode_str(a, json_inside(a, ynode_text(x)), NULL);
    case VALUE_BASE64: return ynode_str(a, hash_base64(a, ynode_text(x)), NULL);
    case VALUE_LENGTH: return ynode_str(a, str_fmt(a, "%u", ynode_count(x)), NULL);
    default: return x; /* SPLICE: the holder expands it */
    }
}

/* A ref with what was asked of it, as it would be written: $(name[3]), $(name.key), $(name[*]). */
static str show_path(arena *a, const vtree *v) {
    switch (v->kind) {
    case VALUE_REF: return v->text;
    case VALUE_INDEX: return str_fmt(a, "%.*s[%llu]", STR_ARG(show_path(a, v->args[0])), (unsigned long long)v->index);
    case VALUE_KEY: return str_fmt(a, "%.*s.%.*s", STR_ARG(show_path(a, v->args[0])), STR_ARG(v->text));
    case VALUE_SPLICE: return str_cat(a, show_path(a, v->args[0]), S("[*]"));
    default: return v->n ? show_path(a, v->args[0]) : v->text;
    }
}

str value_show(arena *a, const vtree *v, value_lookup *lookup, void *ctx) {
    switch (v->kind) {
    case VALUE_TEXT: return v->text;
    case VALUE_CONCAT: {
        strbuf b = {.a = a};
        for (uint32_t i = 0; i < v->n; i++) strbuf_add(&b, value_show(a, v->args[i], lookup, ctx));
        return strbuf_str(&b);
    }
    case VALUE_ESCAPE: return json_inside(a, value_show(a, v->args[0], lookup, ctx));
    case VALUE_BASE64: return hash_base64(a, value_show(a, v->args[0], lookup, ctx));
    case VALUE_LIST: {
        ynode *list = ynode_seq(a, NULL);
        for (uint32_t i = 0; i < v->n; i++)
            ynode_push(a, list, ynode_str(a, value_show(a, v->args[i], lookup, ctx), NULL));
        return emit_go_json_str(a, list);
    }
    default: {
        str missing;
        const ynode *x = lookup ? value_eval(a, v, lookup, ctx, &missing) : NULL;
        if (x && x->kind == Y_STR) return x->text;
        return str_fmt(a, "$(%.*s)", STR_ARG(show_path(a, v)));
    }
    }
}

void value_refs(const vtree *v, void (*visit)(void *ctx, str ref), void *ctx) {
    if (v->kind == VALUE_REF) visit(ctx, v->text);
    for (uint32_t i = 0; i < v->n; i++) value_refs(v->args[i], visit, ctx);
}
