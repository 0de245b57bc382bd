/* The functions and operators of the standard library on values. What they take is decided by the values, as in cel-go:
 * arithmetic takes what the values can do, conversions and calls take what an overload declares. */
#include "grammar/cel_tree.h"

static cel_value of_bool(bool b) { return (cel_value){.kind = CEL_BOOL, .b = b}; }
static cel_value of_int(int64_t i) { return (cel_value){.kind = CEL_INT, .i = i}; }
static cel_value of_uint(uint64_t u) { return (cel_value){.kind = CEL_UINT, .u = u}; }
static cel_value of_double(double d) { return (cel_value){.kind = CEL_DOUBLE, .d = d}; }
static cel_value of_duration(int64_t i) { return (cel_value){.kind = CEL_DURATION, .i = i}; }

static cel_value no_such(cel_run *r, const cel_node *n, const cel_value *args) {
    strbuf b = {.a = r->budget.a};
    for (uint32_t i = 0; i < n->n; i++)
        strbuf_addf(&b, "%s%.*s", !i ? "" : i + 1 < n->n ? ", " : " and ", STR_ARG(cel_type_name(&args[i])));
    return cel_failed(r, n, "", "`%.*s` can't be used on %.*s", STR_ARG(cel_function_name(n->function)),
                      STR_ARG(strbuf_str(&b)));
}

static cel_value overflow(cel_run *r, const cel_node *n) { return cel_failed(r, n, "", "the result is out of range"); }

static cel_value by_zero(cel_run *r, const cel_node *n) { return cel_failed(r, n, "", "division by zero"); }

/* --- arithmetic ----------------------------------------------------------------------------------------------- */

static cel_value ints(cel_run *r, const cel_node *n, int64_t x, int64_t y) {
    int64_t out = 0;
    bool over = false;
    switch (n->function) {
    case CEL_F_ADD: over = __builtin_add_overflow(x, y, &out); break;
    case CEL_F_SUBTRACT: over = __builtin_sub_overflow(x, y, &out); break;
    case CEL_F_MULTIPLY: over = __builtin_mul_overflow(x, y, &out); break;
    default:
        if (y == 0) return by_zero(r, n);
        over = x == INT64_MIN && y == -1;
        if (!over) out = n->function == CEL_F_DIVIDE ? x / y : x % y;
    }
    return over ? overflow(r, n) : of_int(out);
}

static cel_value uints(cel_run *r, const cel_node *n, uint64_t x, uint64_t y) {
    uint64_t out = 0;
    bool over = false;
    switch (n->function) {
    case CEL_F_ADD: over = __builtin_add_overflow(x, y, &out); break;
    case CEL_F_SUBTRACT: over = __builtin_sub_overflow(x, y, &out); break;
    case CEL_F_MULTIPLY: over = __builtin_mul_overflow(x, y, &out); break;
    default:
        if (y == 0) return by_zero(r, n);
        out = n->function == CEL_F_DIVIDE ? x / y : x % y;
    }
    return over ? overflow(r, n) : of_uint(out);
}

static cel_value doubles(cel_run *r, const cel_node *n, const cel_value *v) {
    double x = v[0].d, y = v[1].d;
    switch (n->function) {
    case CEL_F_ADD: return of_double(x + y);
    case CEL_F_SUBTRACT: return of_double(x - y);
    case CEL_F_MULTIPLY: return of_double(x * y);
    case CEL_F_DIVIDE: return of_double(x / y);
    default: return no_such(r, n, v);
    }
}

static cel_value times(cel_run *r, const cel_node *n, const cel_value *v) {
    const cel_value *x = &v[0], *y = &v[1];
    bool plus = n->function == CEL_F_ADD, minus = n->function == CEL_F_SUBTRACT, ok;
    cel_value out = {.kind = CEL_TIMESTAMP};
    if (x->kind == CEL_DURATION && y->kind == CEL_DURATION && (plus || minus)) {
        out = of_duration(0);
        ok = plus ? !__builtin_add_overflow(x->i, y->i, &out.i) : !__builtin_sub_overflow(x->i, y->i, &out.i);
    } else if (x->kind == CEL_TIMESTAMP && y->kind == CEL_DURATION && (plus || minus)) {
        ok = cel_time_add(x->t, y->i, minus, &out.t);
    } else if (x->kind == CEL_DURATION && y->kind == CEL_TIMESTAMP && plus) {
        ok = cel_time_add(y->t, x->i, false, &out.t);
    } else if (x->kind == CEL_TIMESTAMP && y->kind == CEL_TIMESTAMP && minus) {
        out = of_duration(0);
        ok = cel_time_between(x->t, y->t, &out.i);
    } else {
        return no_such(r, n, v);
    }
    return ok ? out : overflow(r, n);
}

static cel_value joined(cel_run *r, const cel_node *n, const cel_value *v) {
    arena *a = r->budget.a;
    cel_value out = v[0];
    if (v[0].kind == CEL_LIST) {
        const cel_list *x = v[0].list, *y = v[1].list;
        if (!x->n || !y->n) return x->n ? v[0] : v[1];
        if (x->n > UINT32_MAX / 2 || y->n > UINT32_MAX / 2 || !cel_spend(&r->budget, x->n + y->n))
            return cel_exhausted(r, n);
        cel_list *list = ARENA_NEW(a, cel_list);
        cel_value *all = ARENA_ARRAY(a, cel_value, x->n + y->n);
        memcpy(all, x->v, x->n * sizeof *all);
        memcpy(all + x->n, y->v, y->n * sizeof *all);
        *list = (cel_list){all, x->n + y->n};
        out.list = list;
        return out;
    }
    if (v[0].s.n > UINT32_MAX / 2 || v[1].s.n > UINT32_MAX / 2 || !cel_spend(&r->budget, (v[0].s.n + v[1].s.n) / 16))
        return cel_exhausted(r, n);
    out.s = str_cat(a, v[0].s, v[1].s);
    return out;
}

static cel_value arithmetic(cel_run *r, const cel_node *n, const cel_value *v) {
    cel_kind k = v[0].kind;
    if (k == CEL_DURATION || k == CEL_TIMESTAMP) return times(r, n, v);
    if (k != v[1].kind) return no_such(r, n, v);
    switch (k) {
    case CEL_INT: return ints(r, n, v[0].i, v[1].i);
    case CEL_UINT: return uints(r, n, v[0].u, v[1].u);
    case CEL_DOUBLE: return doubles(r, n, v);
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_LIST: return n->function == CEL_F_ADD ? joined(r, n, v) : no_such(r, n, v);
    default: return no_such(r, n, v);
    }
}

static cel_value negated(cel_run *r, const cel_node *n, const cel_value *v) {
    if (v->kind == CEL_DOUBLE) return of_double(-v->d);
    if (v->kind != CEL_INT && v->kind != CEL_DURATION) return no_such(r, n, v);
    if (v->i == INT64_MIN) return overflow(r, n);
    cel_value out = *v;
    out.i = -v->i;
    return out;
}

/* --- comparison, membership, size ----------------------------------------------------------------------------- */

static cel_value ordered(cel_run *r, const cel_node *n, const cel_value *v) {
    int order;
    bool nan;
    if (!cel_order(&v[0], &v[1], &order, &nan))
        return nan ? cel_failed(r, n, "", "NaN is neither less nor greater") : no_such(r, n, v);
    switch (n->function) {
    case CEL_F_LESS: return of_bool(order < 0);
    case CEL_F_LESS_EQUALS: return of_bool(order <= 0);
    case CEL_F_GREATER: return of_bool(order > 0);
    default: return of_bool(order >= 0);
    }
}

static cel_value contained(cel_run *r, const cel_node *n, const cel_value *v) {
    if (v[1].kind == CEL_MAP) {
        if (v[1].map->n && !cel_key_ok(v[0].kind)) return cel_give_up(r, n, false, "bytes can't be a key of a map");
        return of_bool(cel_map_find(v[1].map, &v[0]));
    }
    if (v[1].kind != CEL_LIST) return no_such(r, n, v);
    bool found = false;
    for (uint32_t i = 0; i < v[1].list->n && !found; i++) found = cel_equal(&r->budget, &v[0], &v[1].list->v[i]);
    return of_bool(found);
}

static cel_value size_of(cel_run *r, const cel_node *n, const cel_value *v) {
    uint32_t characters = 0;
    switch (v->kind) {
    case CEL_LIST: return of_int(v->list->n);
    case CEL_MAP: return of_int(v->map->n);
    case CEL_BYTES: return of_int(v->s.n);
    case CEL_STRING:
        if (!cel_spend(&r->budget, v->s.n / 16)) return cel_exhausted(r, n);
        for (uint32_t i = 0; i < v->s.n; i++) characters += (v->s.p[i] & 0xc0) != 0x80;
        return of_int(characters);
    default: return no_such(r, n, v);
    }
}

/* --- strings and time ----------------------------------------------------------------------------------------- */

static cel_value text_call(cel_run *r, const cel_node *n, const cel_value *v) {
    if (v[0].kind != CEL_STRING || v[1].kind != CEL_STRING) return no_such(r, n, v);
    if (!cel_spend(&r->budget, v[0].s.n / 16)) return cel_exhausted(r, n);
    switch (n->function) {
    case CEL_F_CONTAINS: return of_bool(str_find(v[0].s, v[1].s, NULL));
    case CEL_F_STARTS_WITH: return of_bool(str_starts(v[0].s, v[1].s));
    default: return of_bool(str_ends(v[0].s, v[1].s));
    }
}

static cel_value matches(cel_run *r, const cel_node *n, const cel_value *v) {
    str why;
    if (v[0].kind != CEL_STRING || v[1].kind != CEL_STRING) return no_such(r, n, v);
    switch (cel_regex_search(&r->budget, v[1].s, v[0].s, &why)) {
    case REGEX_NO: return of_bool(false);
    case REGEX_YES: return of_bool(true);
    case REGEX_TIRED: return cel_exhausted(r, n);
    case REGEX_BAD:
        return cel_failed(r, n, "patterns are RE2's; r'…' keeps backslashes as they are", "the pattern has %.*s",
                          STR_ARG(why));
    default:
        return cel_give_up(r, n, true,
                           str_fmt(r->budget.a, "the pattern has %.*s; that is not supported", STR_ARG(why)).p);
    }
}

static cel_value time_part(cel_run *r, const cel_node *n, const cel_value *v) {
    int64_t offset = 0;
    if (v[0].kind == CEL_DURATION) return of_int(cel_duration_part(v[0].i, n->function));
    switch (n->n == 2 ? cel_read_zone(v[1].s, &offset) : ZONE_OK) {
    case ZONE_BAD: return cel_failed(r, n, "write `+01:00`", "the time zone is none");
    case ZONE_NAMED:
        return cel_give_up(r, n, true, "names of time zones are not supported; write an offset like `+01:00`");
    default: return of_int(cel_time_part(v[0].t, offset, n->function));
    }
}

/* --- which overload ------------------------------------------------------------------------------------------- */

static bool takes(const cel_overload *o, const cel_node *n, const cel_value *v) {
    if (o->member != n->member || o->n != n->n) return false;
    for (uint32_t i = 0; i < n->n; i++)
        if (o->args[i]->kind != v[i].kind) return false;
    return true;
}

/* The checker's choice is kept, even if another one would take what the values turn out to be. */
static bool declared(const cel_node *n, const cel_value *v) {
    uint32_t rows;
    const cel_overload *o = cel_overloads(n->function, &rows);
    if (n->overload) return takes(n->overload, n, v);
    for (uint32_t i = 0; i < rows; i++)
        if (takes(&o[i], n, v)) return true;
    return false;
}

cel_value cel_call(cel_run *r, const cel_node *n, const cel_value *v) {
    switch (n->function) {
    case CEL_F_NOT: return v->kind == CEL_BOOL ? of_bool(!v->b) : no_such(r, n, v);
    case CEL_F_NEGATE: return negated(r, n, v);
    case CEL_F_EQ: return of_bool(cel_equal(&r->budget, &v[0], &v[1]));
    case CEL_F_NE: return of_bool(!cel_equal(&r->budget, &v[0], &v[1]));
    case CEL_F_ADD:
    case CEL_F_SUBTRACT:
    case CEL_F_MULTIPLY:
    case CEL_F_DIVIDE:
    case CEL_F_MODULO: return arithmetic(r, n, v);
    case CEL_F_LESS:
    case CEL_F_LESS_EQUALS:
    case CEL_F_GREATER:
    case CEL_F_GREATER_EQUALS: return ordered(r, n, v);
    case CEL_F_IN: return contained(r, n, v);
    case CEL_F_SIZE: return size_of(r, n, v);
    case CEL_F_TYPE: return cel_text_value(CEL_TYPE, cel_type_name(v));
    case CEL_F_DYN: return *v;
    case CEL_F_CONTAINS:
    case CEL_F_STARTS_WITH:
    case CEL_F_ENDS_WITH: return text_call(r, n, v);
    case CEL_F_MATCHES: return matches(r, n, v);
    default: break;
    }
    if (!declared(n, v)) return no_such(r, n, v);
    if (n->function >= CEL_F_FULL_YEAR) return time_part(r, n, v);
    return cel_convert(r, n, v);
}
