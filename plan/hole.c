#include "plan/hole.h"
#include "base/emit.h"
#include <assert.h>
#include <stdlib.h>

/* A mark: 0xFF, then the index in five bytes of six bits each, all of 0x80…0xBF. 0xFF begins no UTF-8 sequence, and
 * input was checked to be UTF-8, so a mark can't be forged. JSON and YAML writing leaves bytes >= 0x80 alone. */
enum { MARK = 0xFF, MARK_BYTES = 6 };

str mark_text(marks *m, const vtree *v) {
    uint32_t id = m->values.n;
    vec_push(m->a, &m->values, v);
    char *p = arena_alloc(m->a, MARK_BYTES + 1);
    p[0] = (char)MARK;
    for (int i = 1; i < MARK_BYTES; i++, id >>= 6) p[i] = (char)(0x80 | (id & 63));
    return (str){p, MARK_BYTES};
}

bool mark_any(str text) { return text.n >= MARK_BYTES && memchr(text.p, MARK, text.n) != NULL; }

static const vtree *mark_at(const marks *m, str text, uint32_t at) {
    assert(at + MARK_BYTES <= text.n);
    uint32_t id = 0;
    for (int i = MARK_BYTES - 1; i > 0; i--) id = id << 6 | ((unsigned char)text.p[at + (uint32_t)i] & 63);
    assert(id < m->values.n);
    return m->values.v[id];
}

const vtree *mark_only(const marks *m, str text) {
    return text.n == MARK_BYTES && (unsigned char)text.p[0] == MARK ? mark_at(m, text, 0) : NULL;
}

/* Walks the pieces of a text: plain bytes and marks, in turn. */
typedef struct piece {
    str text;
    const vtree *value; /* or NULL: text */
} piece;

/* A step's result is filled in by the entrypoint: its mark is only a way to carry the reference through replacements,
 * and ends as text. */
static const vtree *settled(arena *a, const vtree *v) {
    const vtree *root = v;
    while (root->n && root->kind != VALUE_CONCAT && root->kind != VALUE_LIST) root = root->args[0];
    return root->kind == VALUE_REF && str_starts(root->text, S("steps."))
               ? value_text(a, value_show(a, v, NULL, NULL))
               : v;
}

static bool next_piece(arena *a, const marks *m, str text, uint32_t *from, piece *out) {
    if (*from >= text.n) return false;
    const char *hit = memchr(text.p + *from, MARK, text.n - *from);
    uint32_t at = hit ? (uint32_t)(hit - text.p) : text.n;
    if (at == *from) {
        *out = (piece){.value = settled(a, mark_at(m, text, at))};
        *from = at + MARK_BYTES;
    } else {
        *out = (piece){.text = str_cut(text, *from, at)};
        *from = at;
    }
    return true;
}

const vtree *mark_value(arena *a, const marks *m, str text) {
    const vtree *only = mark_only(m, text);
    if (only) return settled(a, only);
    VEC(const vtree *) parts = {0};
    piece p;
    for (uint32_t at = 0; next_piece(a, m, text, &at, &p);)
        vec_push(a, &parts, p.value ? p.value : value_text(a, p.text));
    if (parts.n == 0) return value_text(a, S(""));
    return value_many(a, VALUE_CONCAT, parts.v, parts.n);
}

str mark_escape_json(marks *m, str text) {
    strbuf b = {.a = m->a};
    piece p;
    for (uint32_t at = 0; next_piece(m->a, m, text, &at, &p);) {
        if (p.value) {
            strbuf_add(&b, mark_text(m, value_wrap(m->a, VALUE_ESCAPE, p.value)));
        } else {
            str whole = emit_go_json_str(m->a, ynode_str(m->a, p.text, NULL));
            strbuf_add(&b, str_cut(whole, 1, whole.n - 1));
        }
    }
    return strbuf_str(&b);
}

str mark_show(const marks *m, arena *a, str text, value_lookup *lookup, void *ctx) {
    if (!mark_any(text)) return text;
    strbuf b = {.a = a};
    piece p;
    for (uint32_t at = 0; next_piece(a, m, text, &at, &p);)
        strbuf_add(&b, p.value ? value_show(a, p.value, lookup, ctx) : p.text);
    return strbuf_str(&b);
}

/* --- taking the holes out of a Pod ---------------------------------------------------------------------------- */

typedef struct extraction {
    arena *a;
    const marks *m;
    value_lookup *shown;
    void *ctx;
    hole_list *out;
} extraction;

/* The way to a place, from its end: few places are holes, so paths are put into words only there. */
typedef struct place {
    const struct place *before;
    const ynode *in;
    uint32_t i;
} place;

static void path_key(strbuf *path, str key) {
    strbuf_addc(path, '/');
    for (uint32_t i = 0; i < key.n; i++) {
        if (key.p[i] == '~')
            strbuf_add(path, S("~0"));
        else if (key.p[i] == '/')
            strbuf_add(path, S("~1"));
        else
            strbuf_addc(path, key.p[i]);
    }
}

static void path_to(strbuf *path, const place *to) {
    if (!to) return;
    path_to(path, to->before);
    if (to->in->kind == Y_SEQ)
        strbuf_addf(path, "/%u", to->i);
    else
        path_key(path, to->in->pairs[to->i].key);
}

static const ynode *extract(extraction *x, const ynode *n, const place *at) {
    if (n->kind == Y_STR) {
        if (!mark_any(n->text)) return n;
        const vtree *what = mark_value(x->a, x->m, n->text);
        if (what->kind != VALUE_TEXT) {
            hole *h = vec_add(x->a, x->out);
            strbuf path = {.a = x->a};
            path_to(&path, at);
            h->path = strbuf_str(&path);
            h->value = what;
        }
        ynode *shown = ynode_copy(x->a, n);
        shown->text = mark_show(x->m, x->a, n->text, x->shown, x->ctx);
        return shown;
    }
    if (n->kind != Y_SEQ && n->kind != Y_MAP) return n;
    ynode *copy = NULL; /* made at the first change */
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode *old = n->kind == Y_SEQ ? n->items[i] : n->pairs[i].value, *now = extract(x, old, &(place){at, n, i});
        if (now == old) continue;
        if (!copy) copy = ynode_copy(x->a, n);
        if (n->kind == Y_SEQ)
            copy->items[i] = now;
        else
            copy->pairs[i].value = now;
    }
    return copy ? copy : n;
}

const ynode *holes_extract(arena *a, const marks *m, const ynode *pod, value_lookup *shown, void *ctx, hole_list *out) {
    extraction x = {.a = a, .m = m, .shown = shown, .ctx = ctx, .out = out};
    return extract(&x, pod, NULL);
}

/* --- putting values in ---------------------------------------------------------------------------------------- */

static str next_step(arena *a, str *path) {
    strbuf b = {.a = a};
    uint32_t i = 1;
    for (; i < path->n && path->p[i] != '/'; i++) {
        if (path->p[i] == '~' && i + 1 < path->n)
            strbuf_addc(&b, path->p[++i] == '1' ? '/' : '~');
        else
            strbuf_addc(&b, path->p[i]);
    }
    *path = str_from(*path, i);
    return b.n ? strbuf_str(&b) : S("");
}

/* A copy of `n` with the place at `path` replaced; items: a sequence that takes the place of one item. */
static const ynode *put(arena *a, const ynode *n, str path, const ynode *with, bool items) {
    if (path.n == 0) return with;
    if (n->kind != Y_SEQ && n->kind != Y_MAP) return NULL;
    str step = next_step(a, &path);
    uint32_t at = 0;
    if (n->kind == Y_SEQ) {
        at = (uint32_t)strtoul(str_fmt(a, "%.*s", STR_ARG(step)).p, NULL, 10);
    } else {
        while (at < n->n && !str_eq(n->pairs[at].key, step)) at++;
    }
    if (at >= n->n) return NULL;
    if (n->kind == Y_SEQ && path.n == 0 && items) {
        ynode *copy = ynode_seq(a, n);
        for (uint32_t i = 0; i < n->n; i++) {
            if (i != at)
                ynode_push(a, copy, n->items[i]);
            else
                for (uint32_t k = 0; k < with->n; k++) ynode_push(a, copy, with->items[k]);
        }
        return copy;
    }
    const ynode *old = n->kind == Y_SEQ ? n->items[at] : n->pairs[at].value, *now = put(a, old, path, with, items);
    if (!now) return NULL;
    ynode *copy = ynode_copy(a, n);
    if (n->kind == Y_SEQ)
        copy->items[at] = now;
    else
        copy->pairs[at].value = now;
    return copy;
}

const ynode *holes_fill(arena *a, const ynode *pod, const hole *holes, uint32_t n, value_lookup *lookup, void *ctx,
                        str *missing) {
    /* Plain places first; then splices from the last to the first, since the walk listed indexes in rising order. */
    for (int splices = 0; splices < 2; splices++)
        for (uint32_t k = 0; k < n; k++) {
            const hole *h = &holes[splices ? n - 1 - k : k];
            if ((h->value->kind == VALUE_SPLICE) != (splices == 1)) continue;
            const ynode *with = value_eval(a, h->value, lookup, ctx, missing);
            if (!with) return NULL;
            if (splices ? with->kind != Y_SEQ : with->kind != Y_STR) {
                *missing = h->path;
                return NULL;
            }
            pod = put(a, pod, h->path, with, splices == 1);
            if (!pod) {
                *missing = h->path;
                return NULL;
            }
        }
    return pod;
}
