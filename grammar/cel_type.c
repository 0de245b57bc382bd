/* Types with unknown parts, as cel-go's checker has them: assignable rather than equal, dyn fits everything, and of two
 * types that fit each other the less specific one is kept. What is learned from an attempt that fails is forgotten. */
#include "grammar/cel_tree.h"

enum { DEEPEST = 4000 }; /* unknowns that stand for unknowns make chains, which the stack must hold */

static bool tired(cel_unify *u, uint32_t depth) {
    if (u->work++ >= CEL_TYPE_WORK || depth > DEEPEST) u->tired = true;
    return u->tired;
}

const cel_type *cel_type_make(arena *a, cel_kind kind, const cel_type *x, const cel_type *y) {
    cel_type *t = ARENA_NEW(a, cel_type);
    *t = (cel_type){.kind = kind, .of = {x, y}};
    return t;
}

const cel_type *cel_type_var(cel_unify *u) {
    cel_type *t = ARENA_NEW(u->a, cel_type);
    *t = (cel_type){.kind = CEL_VAR, .id = u->bound.n};
    vec_push(u->a, &u->bound, NULL);
    return t;
}

static void bind(cel_unify *u, const cel_type *var, const cel_type *t) {
    cel_unbind was = {var->id, u->bound.v[var->id]};
    vec_push(u->a, &u->trail, was);
    u->bound.v[var->id] = t;
}

const cel_type *cel_type_fresh(cel_unify *u, const cel_type *t, const cel_type *params[2]) {
    if (t->kind == CEL_PARAM) {
        if (!params[t->id]) params[t->id] = cel_type_var(u);
        return params[t->id];
    }
    const cel_type *x = t->of[0] ? cel_type_fresh(u, t->of[0], params) : NULL;
    const cel_type *y = t->of[1] ? cel_type_fresh(u, t->of[1], params) : NULL;
    return x == t->of[0] && y == t->of[1] ? t : cel_type_make(u->a, t->kind, x, y);
}

static bool is_dyn(const cel_type *t) { return t->kind == CEL_DYN; }

static bool same(cel_unify *u, const cel_type *x, const cel_type *y, uint32_t depth) {
    if (x == y) return true;
    if (tired(u, depth) || x->kind != y->kind || x->id != y->id) return false;
    for (uint32_t i = 0; i < 2; i++) {
        if (!x->of[i] != !y->of[i]) return false;
        if (x->of[i] && !same(u, x->of[i], y->of[i], depth + 1)) return false;
    }
    return true;
}

bool cel_type_same(cel_unify *u, const cel_type *x, const cel_type *y) { return same(u, x, y, 0); }

static bool no_more_specific(cel_unify *u, const cel_type *x, const cel_type *y, uint32_t depth) {
    if (tired(u, depth)) return false;
    if (is_dyn(x) || x->kind == CEL_VAR) return true;
    if (is_dyn(y) || y->kind == CEL_VAR || x->kind != y->kind) return false;
    if (x->kind != CEL_LIST && x->kind != CEL_MAP) return true;
    return no_more_specific(u, x->of[0], y->of[0], depth + 1) &&
           (x->kind == CEL_LIST || no_more_specific(u, x->of[1], y->of[1], depth + 1));
}

const cel_type *cel_type_wider(cel_unify *u, const cel_type *x, const cel_type *y) {
    return no_more_specific(u, x, y, 0) ? x : y;
}

/* A variable must not stand for something that holds it. */
static bool holds(cel_unify *u, const cel_type *var, const cel_type *t, uint32_t depth) {
    if (tired(u, depth)) return true;
    if (t->kind == CEL_VAR) {
        if (t->id == var->id) return true;
        return u->bound.v[t->id] && holds(u, var, u->bound.v[t->id], depth + 1);
    }
    return (t->of[0] && holds(u, var, t->of[0], depth + 1)) || (t->of[1] && holds(u, var, t->of[1], depth + 1));
}

static bool fits(cel_unify *u, const cel_type *x, const cel_type *y, uint32_t depth);

/* Whether the variable can stand for t, and whether it stood for something already. */
static bool stands_for(cel_unify *u, const cel_type *t, const cel_type *var, bool *had, uint32_t depth) {
    const cel_type *now = u->bound.v[var->id];
    *had = true;
    if (t->kind == CEL_VAR && t->id == var->id) return true;
    if (now) {
        if (same(u, t, now, depth)) return true;
        if (!fits(u, t, now, depth + 1)) return false;
        const cel_type *wider = cel_type_wider(u, t, now);
        if (!holds(u, var, wider, depth)) bind(u, var, wider);
        return true;
    }
    *had = false;
    if (holds(u, var, t, depth)) return false;
    bind(u, var, t);
    return true;
}

static bool takes_null(const cel_type *t) {
    return t->kind == CEL_NULL || t->kind == CEL_DURATION || t->kind == CEL_TIMESTAMP || t->kind == CEL_MESSAGE;
}

static bool fits(cel_unify *u, const cel_type *x, const cel_type *y, uint32_t depth) {
    bool had;
    if (tired(u, depth)) return false;
    if (y->kind == CEL_VAR) {
        if (stands_for(u, x, y, &had, depth)) return true;
        if (had) return false;
    }
    if (x->kind == CEL_VAR) return stands_for(u, y, x, &had, depth);
    if (is_dyn(x) || is_dyn(y)) return true;
    if (x->kind == CEL_NULL) return takes_null(y);
    if (y->kind == CEL_NULL) return takes_null(x);
    if (x->kind != y->kind) return false;
    if (x->kind != CEL_LIST && x->kind != CEL_MAP) return true;
    return fits(u, x->of[0], y->of[0], depth + 1) && (x->kind == CEL_LIST || fits(u, x->of[1], y->of[1], depth + 1));
}

bool cel_type_fit(cel_unify *u, const cel_type *const *x, const cel_type *const *y, uint32_t n) {
    uint32_t mark = u->trail.n;
    for (uint32_t i = 0; i < n; i++) {
        if (fits(u, x[i], y[i], 0)) continue;
        while (u->trail.n > mark) {
            const cel_unbind *was = &u->trail.v[--u->trail.n];
            u->bound.v[was->id] = was->was;
        }
        return false;
    }
    u->trail.n = mark; /* kept */
    return true;
}

static const cel_type *known(cel_unify *u, const cel_type *t, uint32_t depth) {
    if (tired(u, depth)) return t;
    if (t->kind == CEL_VAR) return u->bound.v[t->id] ? known(u, u->bound.v[t->id], depth + 1) : t;
    const cel_type *x = t->of[0] ? known(u, t->of[0], depth + 1) : NULL,
                   *y = t->of[1] ? known(u, t->of[1], depth + 1) : NULL;
    return x == t->of[0] && y == t->of[1] ? t : cel_type_make(u->a, t->kind, x, y);
}

const cel_type *cel_type_known(cel_unify *u, const cel_type *t) { return known(u, t, 0); }

static void show(strbuf *b, cel_unify *u, const cel_type *t, uint32_t depth) {
    static const char *const names[] = {"error",  "null",  "bool",    "int", "uint",     "double",
                                        "string", "bytes", "list",    "map", "duration", "timestamp",
                                        "type",   "dyn",   "message", "dyn", "dyn"};
    while (t->kind == CEL_VAR && u->bound.v[t->id]) t = u->bound.v[t->id];
    strbuf_add(b, str_z(names[t->kind]));
    if (!t->of[0] || t->kind == CEL_TYPE) return;
    if (depth == 4) { /* more does not help anybody */
        strbuf_add(b, S("(…)"));
        return;
    }
    strbuf_addc(b, '(');
    show(b, u, t->of[0], depth + 1);
    if (t->of[1]) strbuf_add(b, S(", "));
    if (t->of[1]) show(b, u, t->of[1], depth + 1);
    strbuf_addc(b, ')');
}

str cel_type_show(cel_unify *u, const cel_type *t) {
    strbuf b = {.a = u->a};
    show(&b, u, t, 0);
    return strbuf_str(&b);
}
