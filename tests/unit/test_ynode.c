#include "tests/unit/unit.h"

static void makers_and_readers(void **state) {
    (void)state;
    arena *a = arena_new();
    ynode *m = ynode_map(a, NULL);
    ynode_put_str(a, m, S("name"), S("x"));
    ynode_put(a, m, S("n"), ynode_int(a, -5));
    ynode_put(a, m, S("yes"), ynode_bool(true));
    ynode_put(a, m, S("nothing"), ynode_null());
    ynode *list = ynode_seq(a, NULL);
    for (int i = 0; i < 100; i++) ynode_push(a, list, ynode_int(a, i));
    ynode_put(a, m, S("list"), list);
    assert_text(ynode_get_text(m, S("name")), "x");
    assert_text(ynode_get_text(m, S("n")), "-5");
    assert_true(ynode_true(ynode_get(m, S("yes"))));
    assert_false(ynode_true(ynode_get(m, S("name"))));
    assert_null(ynode_get_text(m, S("nothing")).p);
    assert_null(ynode_get_text(m, S("list")).p);
    assert_null(ynode_get(m, S("none")));
    assert_null(ynode_get(NULL, S("none")));
    assert_null(ynode_get(list, S("none")));
    assert_int_equal(ynode_count(list), 100);
    assert_int_equal(ynode_count(NULL), 0);
    assert_int_equal(ynode_count(ynode_null()), 0);
    assert_false(ynode_is(NULL, Y_NULL));
    int sum = 0;
    YNODE_EACH(i, item, list) sum += (int)i == atoi(str_dup(a, ynode_text(item)).p);
    assert_int_equal(sum, 100);
    arena_free(a);
}

static void copies_leave_the_original_alone(void **state) {
    (void)state;
    arena *a = arena_new();
    for (uint32_t size = 0; size < 40; size++) {
        ynode *m = ynode_map(a, NULL), *s = ynode_seq(a, NULL);
        for (uint32_t i = 0; i < size; i++) {
            ynode_put(a, m, str_fmt(a, "k%u", i), ynode_int(a, i));
            ynode_push(a, s, ynode_int(a, i));
        }
        str before = emit_json_str(a, m, false), list_before = emit_json_str(a, s, false);
        ynode *c = ynode_copy(a, m), *t = ynode_copy(a, s);
        ynode_set(a, c, S("k0"), ynode_null());
        for (uint32_t i = 0; i < 20; i++)
            ynode_put(a, c, str_fmt(a, "new%u", i), ynode_bool(false)), ynode_push(a, t, ynode_null());
        assert_int_equal(c->n, size + 20 + (size == 0));
        assert_int_equal(t->n, size + 20);
        assert_true(str_eq(before, emit_json_str(a, m, false)));
        assert_true(str_eq(list_before, emit_json_str(a, s, false)));
        const ynode *w = ynode_without(a, c, S("k0"));
        assert_int_equal(w->n, c->n - 1);
        assert_null(ynode_get(w, S("k0")));
        assert_non_null(ynode_get(c, S("k0")));
        assert_ptr_equal(ynode_without(a, m, S("absent")), m);
    }
    arena_free(a);
}

static bool same(const char *x, const char *y) {
    reading *r = reading_new();
    reading_add(r, str_z(x));
    reading_add(r, str_z(y));
    assert_int_equal(r->out.n, 2);
    bool eq = ynode_eq(r->out.v[0], r->out.v[1]);
    assert_int_equal(eq, ynode_eq(r->out.v[1], r->out.v[0]));
    reading_free(r);
    return eq;
}

static void equality_is_that_of_json(void **state) {
    (void)state;
    assert_true(same("{a: 1, b: [x, null]}", "{b: [x, ~], a: 0x1}"));
    assert_true(same("1.0", "1"));
    assert_false(same("'1'", "1"));
    assert_false(same("{a: 1}", "{a: 1, b: 2}"));
    assert_false(same("{a: 1, c: 2}", "{a: 1, b: 2}"));
    assert_false(same("[a, b]", "[b, a]"));
    assert_false(same("[]", "{}"));
    assert_false(same("[true]", "[false]"));
}

static void equality_of_large_maps(void **state) {
    (void)state;
    enum { COUNT = 50000 };
    arena *a = arena_new();
    ynode *x = ynode_map(a, NULL), *y = ynode_map(a, NULL);
    for (uint32_t i = 0; i < COUNT; i++) {
        ynode_put(a, x, str_fmt(a, "%u", i), ynode_int(a, i));
        ynode_put(a, y, str_fmt(a, "%u", COUNT - 1 - i), ynode_int(a, COUNT - 1 - i));
    }
    assert_true(ynode_eq(x, y));
    ynode *z = ynode_copy(a, y);
    z->pairs[7].value = ynode_null();
    assert_false(ynode_eq(x, z));
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makers_and_readers),
        cmocka_unit_test(copies_leave_the_original_alone),
        cmocka_unit_test(equality_is_that_of_json),
        cmocka_unit_test(equality_of_large_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
