/* Evaluation, as the CEL definition has it: an error is a value that && and || can absorb, everything else hands it on.
 */
#include "grammar/cel_tree.h"

cel_value cel_failed(cel_run *r, const cel_node *at, const char *help, const char *format, ...) {
    cel_error *e = ARENA_NEW(r->budget.a, cel_error);
    va_list args;
    va_start(args, format);
    *e = (cel_error){CEL_VALUE, false, at->op_at, at->op_end, str_vfmt(r->budget.a, format, args), str_z(help)};
    va_end(args);
    cel_value v = {.kind = CEL_ERROR};
    v.error = e;
    return v;
}

cel_value cel_give_up(cel_run *r, const cel_node *at, bool unsupported, const char *text) {
    cel_value v = cel_failed(r, at, "", "%s", text);
    ((cel_error *)(uintptr_t)v.error)->unsupported = unsupported;
    r->fatal = true;
    return v;
}

cel_value cel_exhausted(cel_run *r, const cel_node *at) {
    return cel_give_up(r, at, true, "the expression takes too long to evaluate");
}

static cel_value of_bool(bool b) { return (cel_value){.kind = CEL_BOOL, .b = b}; }

static cel_value eval(cel_run *r, const cel_node *n);

/* --- fields and elements -------------------------------------------------------------------------------------- */

static str key_text(cel_run *r, const cel_value *key) {
    str s = key->kind == CEL_STRING ? key->s : cel_show(r->budget.a, key);
    return s.n > 40 ? str_cut(s, 0, 40) : s;
}

static cel_value missing_key(cel_run *r, const cel_node *n, const cel_value *key) {
    return cel_failed(r, n, "", "there is no key `%.*s`", STR_ARG(key_text(r, key)));
}

static cel_value element(cel_run *r, const cel_node *n, const cel_value *of, const cel_value *key) {
    int64_t i;
    switch (of->kind) {
    case CEL_MAP: {
        const cel_value *v = cel_map_find(of->map, key);
        return v ? *v : missing_key(r, n, key);
    }
    case CEL_LIST:
        if (!cel_index_of(key, &i)) return cel_failed(r, n, "", "a list is indexed by whole numbers");
        if (i >= 0 && i < of->list->n) return of->list->v[i];
        return cel_failed(r, n, "", "the index %lld is not in a list of %u", (long long)i, of->list->n);
    default: return missing_key(r, n, key);
    }
}

static cel_value eval_select(cel_run *r, const cel_node *n) {
    cel_value of = eval(r, n->v[0]), key = cel_text_value(CEL_STRING, n->name);
    if (of.kind == CEL_ERROR) return of;
    if (n->kind == NODE_SELECT || of.kind == CEL_LIST) return element(r, n, &of, &key);
    return of_bool(of.kind == CEL_MAP && cel_map_find(of.map, &key));
}

static cel_value eval_index(cel_run *r, const cel_node *n) {
    cel_value of = eval(r, n->v[0]);
    if (of.kind == CEL_ERROR) return of;
    cel_value key = eval(r, n->v[1]);
    switch (key.kind) {
    case CEL_ERROR: return key;
    case CEL_STRING:
    case CEL_INT:
    case CEL_UINT:
    case CEL_BOOL:
    case CEL_DOUBLE: return element(r, n, &of, &key);
    default: return cel_failed(r, n, "", "only strings, numbers and bools can be looked up");
    }
}

/* --- choices -------------------------------------------------------------------------------------------------- */

static cel_value not_bool(cel_run *r, const cel_node *n, const cel_value *v) {
    return v->kind == CEL_ERROR ? *v
                                : cel_failed(r, n, "", "a bool is wanted, this is %.*s", STR_ARG(cel_type_name(v)));
}

/* One false decides &&, one true ||, whatever failed beside it. */
static cel_value eval_logic(cel_run *r, const cel_node *n) {
    bool decides = n->kind == NODE_OR;
    cel_value failed = {.kind = CEL_NULL};
    for (uint32_t i = 0; i < n->n; i++) {
        cel_value v = eval(r, n->v[i]);
        if (r->fatal) return v;
        if (v.kind == CEL_BOOL && v.b == decides) return v;
        if (v.kind != CEL_BOOL && failed.kind == CEL_NULL) failed = not_bool(r, n->v[i], &v);
    }
    return failed.kind == CEL_ERROR ? failed : of_bool(!decides);
}

static cel_value eval_if(cel_run *r, const cel_node *n) {
    cel_value v = eval(r, n->v[0]);
    return v.kind == CEL_BOOL ? eval(r, n->v[v.b ? 1 : 2]) : not_bool(r, n->v[0], &v);
}

/* --- lists, maps, macros -------------------------------------------------------------------------------------- */

static cel_value of_list(cel_run *r, const cel_value *v, uint32_t n) {
    cel_list *list = ARENA_NEW(r->budget.a, cel_list);
    *list = (cel_list){v, n};
    cel_value out = {.kind = CEL_LIST};
    out.list = list;
    return out;
}

static cel_value eval_list(cel_run *r, const cel_node *n) {
    if (!cel_spend(&r->budget, n->n + 2)) return cel_exhausted(r, n);
    cel_value *v = ARENA_ARRAY(r->budget.a, cel_value, n->n + 1);
    for (uint32_t i = 0; i < n->n; i++) {
        v[i] = eval(r, n->v[i]);
        if (v[i].kind == CEL_ERROR) return v[i];
    }
    return of_list(r, v, n->n);
}

static cel_value eval_map(cel_run *r, const cel_node *n) {
    if (n->n > UINT32_MAX / 8 || !cel_spend(&r->budget, n->n * 2 + 8)) return cel_exhausted(r, n);
    cel_map *m = cel_map_new(&r->budget, n->n / 2);
    for (uint32_t i = 0; i + 1 < n->n; i += 2) {
        cel_value key = eval(r, n->v[i]);
        if (key.kind == CEL_ERROR) return key;
        cel_value value = eval(r, n->v[i + 1]);
        if (value.kind == CEL_ERROR) return value;
        if (!cel_key_ok(key.kind)) return cel_give_up(r, n->v[i], false, "bytes can't be a key of a map");
        cel_map_put(m, &key, &value);
    }
    cel_value out = {.kind = CEL_MAP};
    out.map = m;
    return out;
}

typedef VEC(cel_value) cel_values;

/* What one element does to all, exists, exists_one: true when the rest does not matter. */
static bool fold(cel_run *r, const cel_node *n, const cel_value *v, cel_value *result, uint32_t *count) {
    if (n->kind == NODE_EXISTS_ONE) {
        if (v->kind != CEL_BOOL)
            *result = not_bool(r, n->v[1], v);
        else
            *count += v->b;
        return v->kind != CEL_BOOL;
    }
    bool decides = n->kind == NODE_EXISTS;
    if (v->kind == CEL_BOOL && v->b == decides)
        *result = *v;
    else if (v->kind != CEL_BOOL && result->kind != CEL_ERROR)
        *result = not_bool(r, n->v[1], v);
    return v->kind == CEL_BOOL && v->b == decides;
}

/* What one element does to filter and map; false: *result is an error. */
static bool collect(cel_run *r, const cel_node *n, const cel_value *item, cel_values *made, cel_value *result) {
    cel_value v = eval(r, n->v[1]);
    if (n->kind == NODE_FILTER || n->n == 3) {
        if (v.kind != CEL_BOOL) {
            *result = not_bool(r, n->v[1], &v);
            return false;
        }
        if (!v.b) return true;
        if (n->kind == NODE_TRANSFORM)
            v = eval(r, n->v[2]);
        else
            v = n->literal.kind == CEL_TYPE ? n->literal : *item; /* cel_check.c's check_uses() */
    }
    *result = v;
    if (v.kind == CEL_ERROR) return false;
    vec_push(r->budget.a, made, v);
    return true;
}

static cel_value eval_macro(cel_run *r, const cel_node *n) {
    cel_value range = eval(r, n->v[0]), result = of_bool(n->kind == NODE_ALL);
    if (range.kind == CEL_ERROR) return range;
    if (range.kind != CEL_LIST && range.kind != CEL_MAP)
        return cel_failed(r, n, "", "a macro goes through a list or a map, this is %.*s",
                          STR_ARG(cel_type_name(&range)));
    const cel_value *items = range.kind == CEL_LIST ? range.list->v : range.map->keys;
    uint32_t item_count = range.kind == CEL_LIST ? range.list->n : range.map->n, count = 0;
    bool collects = n->kind == NODE_FILTER || n->kind == NODE_TRANSFORM;
    cel_values made = {0};
    for (uint32_t i = 0; i < item_count; i++) {
        if (!cel_spend(&r->budget, 4)) return cel_exhausted(r, n);
        r->slots[n->slot - 1] = items[i];
        if (collects) {
            if (!collect(r, n, &items[i], &made, &result)) return result;
            continue;
        }
        cel_value v = eval(r, n->v[1]);
        if (r->fatal) return v;
        if (fold(r, n, &v, &result, &count)) break;
    }
    if (collects) return of_list(r, made.v, made.n);
    if (n->kind == NODE_EXISTS_ONE && result.kind != CEL_ERROR) return of_bool(count == 1);
    return result;
}

static cel_value eval_call(cel_run *r, const cel_node *n) {
    cel_value args[3];
    if (n->function == CEL_F_IF) return eval_if(r, n);
    if (n->function == CEL_F_INDEX) return eval_index(r, n);
    for (uint32_t i = 0; i < n->n; i++) {
        args[i] = eval(r, n->v[i]);
        if (r->fatal) return args[i];
    }
    for (uint32_t i = 0; i < n->n; i++) /* after all: one of them may be fatal */
        if (args[i].kind == CEL_ERROR) return args[i];
    return cel_call(r, n, args);
}

static cel_value eval(cel_run *r, const cel_node *n) {
    if (!cel_spend(&r->budget, 1)) return cel_exhausted(r, n);
    switch (n->kind) {
    case NODE_LITERAL: return n->literal;
    case NODE_IDENT: return r->slots[n->slot - 1];
    case NODE_SELECT:
    case NODE_HAS: return eval_select(r, n);
    case NODE_AND:
    case NODE_OR: return eval_logic(r, n);
    case NODE_LIST: return eval_list(r, n);
    case NODE_MAP: return eval_map(r, n);
    case NODE_CALL: return eval_call(r, n);
    default: return eval_macro(r, n);
    }
}

/* --- from outside --------------------------------------------------------------------------------------------- */

const cel_value *cel_eval(arena *a, const cel_program *p, cel_error *e) {
    if (p->planned) {
        *e = *p->planned;
        return NULL;
    }
    cel_run r = {.budget = {a, CEL_EVAL_WORK}, .slots = ARENA_ARRAY(a, cel_value, p->slots + 1)};
    cel_value *v = ARENA_NEW(a, cel_value);
    *v = eval(&r, p->root);
    if (v->kind != CEL_ERROR && r.budget.left == 0)
        *v = cel_exhausted(&r, p->root); /* an answer of cel_equal's that is none */
    if (v->kind != CEL_ERROR) return v;
    *e = *v->error;
    return NULL;
}

bool cel_eval_bool(arena *a, const cel_program *p, bool *out, cel_error *e) {
    const cel_value *v = cel_eval(a, p, e);
    if (!v) return false;
    *out = v->kind == CEL_BOOL && v->b;
    if (v->kind == CEL_BOOL) return true;
    *e = (cel_error){
        CEL_VALUE, false, 0, p->text.n, str_fmt(a, "the expression is %.*s, not bool", STR_ARG(cel_type_name(v))),
        S("")};
    return false;
}
