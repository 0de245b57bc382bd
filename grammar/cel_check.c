/* The type checker, with cel-go's rules in an environment without variables.
 *
 * A quirk is kept since it decides what compiles: numbers of different types can't be compared by < and its like, but
 * cel-go forgets that rule once it has looked into a macro (its Env.enterScope drops the filter), and so it is gone for
 * all that is checked after the first macro's range. */
#include "base/diag.h"
#include "grammar/cel_tree.h"

typedef struct variable {
    str name;
    const cel_type *type;
} variable;

typedef struct use { /* of a macro's variable */
    cel_node *n;
    const cel_type *type;
} use;

typedef struct check {
    arena *a;
    cel_program *program;
    cel_unify u;
    VEC(variable) scope;
    VEC(use) uses;
    bool cross; /* numbers of different types compare */
    cel_error *e;
} check;

__attribute__((format(printf, 5, 6))) static bool fail(check *c, uint32_t at, uint32_t end, const char *help,
                                                       const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (c->u.tired)
        *c->e = (cel_error){CEL_TYPES, true, at, end, S("the types in the expression are too large"), S("")};
    else
        *c->e = (cel_error){CEL_TYPES, false, at, end, str_vfmt(c->a, format, args), str_z(help)};
    va_end(args);
    return false;
}
#define FAIL(n, ...) fail(c, (n)->op_at, (n)->op_end, __VA_ARGS__)

/* --- names ---------------------------------------------------------------------------------------------------- */

/* What stands for a type (or a number) without being declared by a macro. Some names of messages pass the checker, but
 * can't be evaluated. */
static const struct constant {
    const char *name;
    bool number, unusable;
} constants[] = {
    {"bool", false, false},
    {"bytes", false, false},
    {"double", false, false},
    {"int", false, false},
    {"list", false, false},
    {"map", false, false},
    {"null_type", false, false},
    {"string", false, false},
    {"type", false, false},
    {"uint", false, false},
    {"google.protobuf.Duration", false, false},
    {"google.protobuf.Timestamp", false, false},
    {"google.protobuf.Empty", false, false},
    {"google.protobuf.Struct.FieldsEntry", false, false},
    {"google.protobuf.NullValue.NULL_VALUE", true, false},
    {"google.protobuf.Any", false, true},
    {"google.protobuf.BoolValue", false, true},
    {"google.protobuf.BytesValue", false, true},
    {"google.protobuf.DoubleValue", false, true},
    {"google.protobuf.FloatValue", false, true},
    {"google.protobuf.Int32Value", false, true},
    {"google.protobuf.Int64Value", false, true},
    {"google.protobuf.ListValue", false, true},
    {"google.protobuf.StringValue", false, true},
    {"google.protobuf.Struct", false, true},
    {"google.protobuf.UInt32Value", false, true},
    {"google.protobuf.UInt64Value", false, true},
    {"google.protobuf.Value", false, true},
};

static const struct constant *constant_find(str name) {
    for (uint32_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (str_eq(name, str_z(constants[i].name))) return &constants[i];
    return NULL;
}

static void plan_fails(check *c, const cel_node *n, str text) {
    if (c->program->planned) return;
    cel_error *e = ARENA_NEW(c->a, cel_error);
    *e = (cel_error){CEL_VALUE, false, n->at, n->end, text, S("")};
    c->program->planned = e;
}

static void become_constant(check *c, cel_node *n, const struct constant *k) {
    n->kind = NODE_LITERAL;
    if (k->number) {
        n->literal = (cel_value){.kind = CEL_INT, .i = 0};
        n->type = &cel_type_int;
        return;
    }
    n->literal = cel_text_value(CEL_TYPE, str_z(k->name));
    n->type = &cel_type_type;
    if (k->unusable) plan_fails(c, n, str_fmt(c->a, "the type `%s` has no value", k->name));
}

static uint32_t local_find(const check *c, str name) {
    for (uint32_t i = c->scope.n; i-- > 0;)
        if (str_eq(c->scope.v[i].name, name)) return i + 1;
    return 0;
}

static bool check_ident(check *c, cel_node *n) {
    n->slot = n->dot ? 0 : local_find(c, n->name);
    if (n->slot) {
        n->type = c->scope.v[n->slot - 1].type;
        vec_push(c->a, &c->uses, ((use){n, n->type}));
        return true;
    }
    const struct constant *k = constant_find(n->name);
    if (k) {
        become_constant(c, n, k);
        return true;
    }
    return fail(
        c, n->at, n->end,
        "CEL in `when` has no variables; a text stands in quotes, also when Tekton puts it there: '$(params.x)' == 'a'",
        "the name `%.*s` is not known", STR_ARG(n->name));
}

/* google.protobuf.Timestamp and the like, unless a macro's variable begins the chain. */
static const struct constant *qualified(const check *c, const cel_node *n) {
    str parts[4];
    uint32_t count = 0;
    for (; n->kind == NODE_SELECT; n = n->v[0]) {
        if (count == 3) return NULL;
        parts[count++] = n->name;
    }
    if (n->kind != NODE_IDENT || !count || (!n->dot && local_find(c, n->name))) return NULL;
    parts[count++] = n->name;
    strbuf b = {.a = c->a};
    while (count-- > 0) {
        strbuf_add(&b, parts[count]);
        if (count) strbuf_addc(&b, '.');
    }
    return constant_find(strbuf_str(&b));
}

static bool check_node(check *c, cel_node *n);

static bool check_select(check *c, cel_node *n) {
    const struct constant *k = n->kind == NODE_SELECT ? qualified(c, n) : NULL;
    if (k) {
        become_constant(c, n, k);
        return true;
    }
    if (!check_node(c, n->v[0])) return false;
    const cel_type *t = cel_type_known(&c->u, n->v[0]->type), *dyn = &cel_type_dyn;
    n->type = dyn;
    if (t->kind == CEL_MAP)
        n->type = cel_type_known(&c->u, t->of[1]);
    else if (t->kind == CEL_VAR)
        cel_type_fit(&c->u, &dyn, &t, 1);
    else if (t->kind != CEL_DYN)
        return FAIL(n, "", "a value of type %.*s has no fields", STR_ARG(cel_type_show(&c->u, t)));
    if (n->kind == NODE_HAS) n->type = &cel_type_bool;
    return true;
}

/* --- calls ---------------------------------------------------------------------------------------------------- */

static bool no_overload(check *c, const cel_node *n, cel_function f, bool member, const cel_type *const *types,
                        uint32_t count) {
    strbuf b = {.a = c->a};
    bool numbers = true, other_way = false;
    for (uint32_t i = 0; i < count; i++) {
        const cel_type *t = cel_type_known(&c->u, types[i]);
        numbers &= t->kind == CEL_INT || t->kind == CEL_UINT || t->kind == CEL_DOUBLE || t->kind == CEL_STRING;
        strbuf_addf(&b, "%s%.*s", !i ? "" : i + 1 < count ? ", " : " and ", STR_ARG(cel_type_show(&c->u, t)));
    }
    if (!count) strbuf_addf(&b, "no arguments");
    uint32_t rows;
    const cel_overload *o = cel_overloads(f, &rows);
    for (uint32_t i = 0; i < rows; i++) other_way |= o[i].member != member && o[i].n == count && !n->known;
    str name = cel_function_name(f);
    const char *help = "";
    if (other_way && member)
        help = str_fmt(c->a, "it is called as `%.*s(x)`", STR_ARG(name)).p;
    else if (other_way)
        help = str_fmt(c->a, "it is called as `x.%.*s(…)`", STR_ARG(name)).p;
    else if (n->known && count == 2 && numbers)
        help = "make both sides the same type with int(…), uint(…), double(…) or string(…)";
    return FAIL(n, help, "`%.*s` can't be used on %.*s", STR_ARG(name), STR_ARG(strbuf_str(&b)));
}

/* Every overload that fits counts, and each teaches what its arguments are; the result is dyn when they disagree. */
static const cel_type *resolve(check *c, cel_node *n, cel_function f, bool member, const cel_type *const *types,
                               uint32_t count, const cel_overload **only) {
    uint32_t rows, fitting = 0;
    const cel_overload *o = cel_overloads(f, &rows);
    const cel_type *result = NULL;
    for (uint32_t i = 0; i < rows; i++, o++) {
        if (o->member != member || (o->cross && !c->cross) || o->n != count) continue;
        const cel_type *params[2] = {NULL, NULL}, *wanted[3];
        for (uint32_t k = 0; k < count; k++) wanted[k] = cel_type_fresh(&c->u, o->args[k], params);
        if (!cel_type_fit(&c->u, types, wanted, count)) continue;
        const cel_type *t = cel_type_known(&c->u, cel_type_fresh(&c->u, o->result, params));
        if (only) *only = fitting++ ? NULL : o;
        if (!result)
            result = t;
        else if (result->kind != CEL_DYN && !cel_type_same(&c->u, t, result))
            result = &cel_type_dyn;
    }
    if (!result || c->u.tired) {
        no_overload(c, n, f, member, types, count);
        return NULL;
    }
    return result;
}

static bool check_key(check *c, const cel_node *n) {
    if (n->function != CEL_F_INDEX || n->v[1]->kind != NODE_LITERAL) return true;
    cel_kind k = n->v[1]->literal.kind;
    if (k != CEL_STRING && k != CEL_INT && k != CEL_UINT && k != CEL_BOOL && k != CEL_DOUBLE)
        plan_fails(c, n->v[1], S("only strings, numbers and bools can be looked up"));
    return true;
}

static bool unknown_function(check *c, const cel_node *n) {
    str known[CEL_F_COUNT + 6] = {S("all"), S("exists"), S("exists_one"), S("filter"), S("map"), S("has")};
    uint32_t count = 6;
    for (uint32_t f = 0; f < CEL_F_COUNT; f++) {
        str name = cel_function_name((cel_function)f);
        if (name.p[0] >= 'a') known[count++] = name;
    }
    for (uint32_t i = 0; i < 6; i++)
        if (str_eq(n->name, known[i]))
            return FAIL(n, "for example `list.all(x, x > 1)`, `has(x.field)`",
                        "the macro `%.*s` does not take these arguments", STR_ARG(n->name));
    str near = diag_nearest(n->name, known, count);
    const char *help =
        near.p ? str_fmt(c->a, "did you mean `%.*s`?", STR_ARG(near)).p : "Tekton turns on CEL's standard library only";
    return FAIL(n, help, "there is no function `%.*s`", STR_ARG(n->name));
}

static bool check_call(check *c, cel_node *n) {
    const cel_type *types[4];
    for (uint32_t i = n->member; i < n->n; i++)
        if (!check_node(c, n->v[i])) return false;
    if (n->member && !check_node(c, n->v[0])) return false;
    if (!n->known && !cel_function_find(n->name, &n->function)) return unknown_function(c, n);
    if (n->n > 3) return FAIL(n, "", "`%.*s` does not take so many arguments", STR_ARG(n->name));
    for (uint32_t i = 0; i < n->n; i++) types[i] = n->v[i]->type;
    n->type = resolve(c, n, n->function, n->member, types, n->n, &n->overload);
    return n->type && check_key(c, n);
}

static bool wants_bool(check *c, const cel_node *n, const char *what) {
    const cel_type *want = &cel_type_bool, *is = n->type;
    if (cel_type_fit(&c->u, &is, &want, 1)) return true;
    return fail(c, n->at, n->end, "", "%s takes bool, this is %.*s", what, STR_ARG(cel_type_show(&c->u, n->type)));
}

static bool check_logic(check *c, cel_node *n) {
    const char *name = n->kind == NODE_AND ? "`&&`" : "`||`";
    n->type = &cel_type_bool;
    for (uint32_t i = 0; i < n->n; i++)
        if (!check_node(c, n->v[i]) || !wants_bool(c, n->v[i], name)) return false;
    return true;
}

/* --- lists, maps, macros -------------------------------------------------------------------------------------- */

/* What elements have in common: of types that don't fit each other, dyn. */
static const cel_type *join(check *c, const cel_type *so_far, const cel_type *t) {
    if (!so_far) return t;
    return cel_type_fit(&c->u, &so_far, &t, 1) ? cel_type_wider(&c->u, so_far, t) : &cel_type_dyn;
}

static bool check_aggregate(check *c, cel_node *n) {
    uint32_t parts = n->kind == NODE_MAP ? 2 : 1;
    const cel_type *t[2] = {NULL, NULL};
    for (uint32_t i = 0; i < n->n; i++) {
        if (!check_node(c, n->v[i])) return false;
        t[i % parts] = join(c, t[i % parts], n->v[i]->type);
    }
    for (uint32_t i = 0; i < parts && !n->n; i++) t[i] = cel_type_var(&c->u);
    n->type = cel_type_make(c->a, n->kind == NODE_MAP ? CEL_MAP : CEL_LIST, t[0], t[1]);
    return true;
}

static bool element_of(check *c, const cel_node *range, const cel_type **out) {
    const cel_type *t = cel_type_known(&c->u, range->type), *dyn = &cel_type_dyn;
    *out = dyn;
    if (t->kind == CEL_LIST || t->kind == CEL_MAP)
        *out = t->of[0];
    else if (t->kind == CEL_VAR)
        cel_type_fit(&c->u, &dyn, &t, 1);
    else if (t->kind != CEL_DYN)
        return fail(c, range->at, range->end, "", "a macro goes through a list or a map, this is %.*s",
                    STR_ARG(cel_type_show(&c->u, t)));
    return true;
}

/* map and filter are, to the checker, `made + [x]`, with a condition `condition ? made + [x] : made`. */
static bool check_made(check *c, cel_node *n, const cel_type *made, const cel_node *condition,
                       const cel_type *element) {
    const cel_type *sum[2] = {made, cel_type_make(c->a, CEL_LIST, element, NULL)};
    const cel_type *step = resolve(c, n, CEL_F_ADD, false, sum, 2, NULL);
    if (!step) return false;
    if (condition) {
        const cel_type *choice[3] = {condition->type, step, made};
        if (!wants_bool(c, condition, "the condition") || !(step = resolve(c, n, CEL_F_IF, false, choice, 3, NULL)))
            return false;
    }
    if (!cel_type_fit(&c->u, &made, &step, 1)) return FAIL(n, "", "the elements have types that don't fit");
    n->type = cel_type_known(&c->u, made);
    return true;
}

/* filter is `made + [x]`, and an x that was written with a dot is no variable. */
static bool check_filter(check *c, cel_node *n, const cel_type *made, const cel_type *element) {
    if (n->name.p[0] != '.') {
        vec_push(c->a, &c->uses, ((use){n, element}));
        return check_made(c, n, made, n->v[1], element);
    }
    const struct constant *k = constant_find(str_from(n->name, 1));
    if (!k) return fail(c, n->at, n->end, "leave out the dot", "the name `%.*s` is not known", STR_ARG(n->name));
    n->literal = cel_text_value(CEL_TYPE, str_z(k->name));
    return check_made(c, n, made, n->v[1], &cel_type_type);
}

static bool check_inside(check *c, cel_node *n, const cel_type *made, const cel_type *element) {
    for (uint32_t i = 1; i < n->n; i++)
        if (!check_node(c, n->v[i])) return false;
    switch (n->kind) {
    case NODE_FILTER: return check_filter(c, n, made, element);
    case NODE_TRANSFORM: return check_made(c, n, made, n->n == 3 ? n->v[1] : NULL, n->v[n->n - 1]->type);
    default: n->type = &cel_type_bool; return wants_bool(c, n->v[1], "the condition");
    }
}

static bool check_macro(check *c, cel_node *n) {
    if (!check_node(c, n->v[0])) return false;
    const cel_type *made = NULL;
    if (n->kind == NODE_FILTER || n->kind == NODE_TRANSFORM)
        made = cel_type_make(c->a, CEL_LIST, cel_type_var(&c->u), NULL);
    variable element = {n->name, NULL};
    if (!element_of(c, n->v[0], &element.type)) return false;
    c->cross = true;
    vec_push(c->a, &c->scope, element);
    n->slot = c->scope.n;
    if (c->scope.n > c->program->slots) c->program->slots = c->scope.n;
    bool ok = check_inside(c, n, made, element.type);
    c->scope.n--;
    return ok;
}

static bool check_literal(cel_node *n) {
    static const cel_type *const types[] = {
        [CEL_NULL] = &cel_type_null,   [CEL_BOOL] = &cel_type_bool,     [CEL_INT] = &cel_type_int,
        [CEL_UINT] = &cel_type_uint,   [CEL_DOUBLE] = &cel_type_double, [CEL_STRING] = &cel_type_string,
        [CEL_BYTES] = &cel_type_bytes,
    };
    n->type = types[n->literal.kind];
    return true;
}

static bool check_message(check *c, const cel_node *n) {
    strbuf b = {.a = c->a};
    str name = str_cut(c->program->text, n->at, n->op_end);
    for (uint32_t i = 0; i < name.n; i++) {
        if (str_starts(str_from(name, i), S("//"))) break;
        if ((unsigned char)name.p[i] > ' ' && (i || name.p[i] != '.')) strbuf_addc(&b, name.p[i]);
    }
    str full = strbuf_str(&b);
    bool known = str_eq(full, S("list")) || str_eq(full, S("null_type")) ||
                 (str_starts(full, S("google.protobuf.")) && constant_find(full));
    if (!known) return fail(c, n->at, n->op_end, "", "the message type `%.*s` is not known", STR_ARG(full));
    fail(c, n->at, n->op_end, "use the value itself, or timestamp(…), duration(…)",
         "protobuf messages can't be made here");
    c->e->unsupported = true;
    return false;
}

static bool check_node(check *c, cel_node *n) {
    switch (n->kind) {
    case NODE_LITERAL: return check_literal(n);
    case NODE_IDENT: return check_ident(c, n);
    case NODE_SELECT:
    case NODE_HAS: return check_select(c, n);
    case NODE_CALL: return check_call(c, n);
    case NODE_AND:
    case NODE_OR: return check_logic(c, n);
    case NODE_LIST:
    case NODE_MAP: return check_aggregate(c, n);
    case NODE_MESSAGE: return check_message(c, n);
    default: return check_macro(c, n);
    }
}

/* cel-go takes every name whose type is `type` for the name of a type, a macro's variable too, and does not find it (or
 * finds another one). Known only at the end: the type may be learned late. */
static void check_uses(check *c) {
    for (uint32_t i = 0; i < c->uses.n; i++) {
        cel_node *n = c->uses.v[i].n;
        if (cel_type_known(&c->u, c->uses.v[i].type)->kind != CEL_TYPE) continue;
        const struct constant *k = constant_find(n->name);
        if (k && n->kind == NODE_IDENT)
            become_constant(c, n, k);
        else if (k)
            n->literal = cel_text_value(CEL_TYPE, str_z(k->name));
        else
            plan_fails(c, n, str_fmt(c->a, "`%.*s` is a type, which a macro can't go through", STR_ARG(n->name)));
    }
}

bool cel_check(arena *a, cel_program *p, cel_error *e) {
    check c = {.a = a, .program = p, .u = {.a = a}, .e = e};
    if (!check_node(&c, p->root)) return false;
    check_uses(&c);
    if (c.u.tired) return fail(&c, 0, p->text.n, "", "too large");
    return true;
}
