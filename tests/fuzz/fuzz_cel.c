/* Any bytes as CEL. Holds: errors lie inside the text and say something; what evaluates evaluates again to the same;
 * around a value, parentheses, a list, a negation and `|| true` do what they must. The second half of inputs that begin
 * with a slash is a text for the first half as a pattern: a group and an alternative around it change nothing. */
#include "fuzz.h"
#include "grammar/cel_tree.h"

static str wrapped(arena *a, const char *before, str text, const char *after) {
    return str_cat(a, str_z(before), str_cat(a, text, str_z(after)));
}

/* NULL: it fails. */
static const cel_value *value_of(arena *a, str text, cel_error *e) {
    const cel_program *p = cel_compile(a, text, e);
    const cel_value *v = p ? cel_eval(a, p, e) : NULL;
    if (!v) {
        FUZZ_CHECK(e->at <= e->end && e->end <= text.n && e->text.n > 0);
        FUZZ_CHECK((e->stage == CEL_VALUE) == (p != NULL));
    }
    return v;
}

static bool limited(const cel_value *v, const cel_error *e) {
    return !v && (e->unsupported || e->stage == CEL_SYNTAX); /* the deepest that fits does not fit in one more */
}

static void check_expression(arena *a, str text) {
    cel_error e, e2;
    const cel_value *v = value_of(a, text, &e), *again = value_of(a, text, &e2);
    FUZZ_CHECK(!v == !again);
    FUZZ_CHECK(v ? str_eq(cel_show(a, v), cel_show(a, again)) : str_eq(e.text, e2.text) && e.at == e2.at);
    if (!v || text.n > CEL_TEXT_MOST / 2) return;
    bool truth;
    const cel_program *p = cel_compile(a, text, &e);
    FUZZ_CHECK(cel_eval_bool(a, p, &truth, &e) == (v->kind == CEL_BOOL) && (v->kind != CEL_BOOL || truth == v->b));

    const cel_value *in_list = value_of(a, wrapped(a, "[(", text, "\n)].size()"), &e);
    FUZZ_CHECK(in_list ? in_list->kind == CEL_INT && in_list->i == 1 : limited(in_list, &e));
    const cel_value *same = value_of(a, wrapped(a, "(", text, "\n)"), &e);
    FUZZ_CHECK(same ? str_eq(cel_show(a, v), cel_show(a, same)) : limited(same, &e));
    const cel_value *dyn = value_of(a, wrapped(a, "type(dyn(", text, "\n)) == type(1)"), &e);
    FUZZ_CHECK(dyn ? dyn->b == (v->kind == CEL_INT) : limited(dyn, &e));
    if (v->kind != CEL_BOOL) return;
    const cel_value *negated = value_of(a, wrapped(a, "!(", text, "\n)"), &e);
    FUZZ_CHECK(negated ? negated->b != v->b : limited(negated, &e));
    const cel_value *either = value_of(a, wrapped(a, "(", text, "\n) || true"), &e);
    FUZZ_CHECK(either ? either->b : limited(either, &e));
}

static void check_pattern(arena *a, str pattern, str text) {
    str why = S("");
    cel_budget b = {a, CEL_EVAL_WORK}, b2 = b, b3 = b;
    cel_regex_result r = cel_regex_search(&b, pattern, text, &why);
    FUZZ_CHECK((r != REGEX_BAD && r != REGEX_UNSUPPORTED) || why.n > 0);
    if (r != REGEX_YES && r != REGEX_NO) return;
    cel_regex_result grouped = cel_regex_search(&b2, wrapped(a, "(?:", pattern, ")"), text, &why);
    /* \Q without \E takes the parenthesis for text */
    if (grouped == REGEX_YES || grouped == REGEX_NO) FUZZ_CHECK(grouped == r);
    cel_regex_result other = cel_regex_search(&b3, wrapped(a, "|", pattern, ""), text, &why);
    FUZZ_CHECK(other == REGEX_YES || other == REGEX_TIRED || other == REGEX_UNSUPPORTED);
}

static bool is_utf8(str s) {
    cel_error e;
    arena *a = arena_new();
    bool good =
        cel_compile(a, s, &e) || e.stage != CEL_SYNTAX || !str_eq(e.text, S("the expression is not UTF-8 here"));
    arena_free(a);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 14) return 0;
    arena *a = arena_new();
    char *exact = malloc(size ? size : 1); /* nothing behind the text, so that a read past it is noticed */
    FUZZ_CHECK(exact != NULL);
    if (size) memcpy(exact, data, size);
    str text = {exact, (uint32_t)size};
    if (size > 2 && text.p[0] == '/') {
        str pattern = str_cut(text, 1, text.n / 2 + 1), in = str_from(text, text.n / 2 + 1);
        if (is_utf8(pattern) && is_utf8(in)) check_pattern(a, pattern, in);
    } else {
        check_expression(a, text);
    }
    free(exact);
    arena_free(a);
    return 0;
}
