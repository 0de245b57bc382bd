#include "base/map.h"
#include "tests/unit/unit.h"

static void empty_map(void **state) {
    (void)state;
    arena *a = arena_new();
    map m = map_new(a);
    assert_null(map_get(&m, S("x")));
    assert_false(map_has(&m, S("x")));
    arena_free(a);
}

static void put_replaces_and_add_does_not(void **state) {
    (void)state;
    arena *a = arena_new();
    map m = map_new(a);
    int x, y, z;
    assert_null(map_put(&m, S("k"), &x));
    assert_true(map_add(&m, S(""), &z));
    assert_ptr_equal(map_put(&m, S("k"), &y), &x);
    assert_false(map_add(&m, S("k"), &z));
    assert_ptr_equal(map_get(&m, S("k")), &y);
    assert_ptr_equal(map_get(&m, S("")), &z);
    assert_int_equal(m.n, 2);
    assert_text(m.entries[0].key, "k");
    assert_true(map_add(&m, S("null"), NULL));
    assert_true(map_has(&m, S("null")));
    assert_null(map_get(&m, S("null")));
    arena_free(a);
}

static void many_keys_keep_their_order(void **state) {
    (void)state;
    enum { COUNT = 20000 };
    arena *a = arena_new();
    map m = map_new(a);
    for (uintptr_t i = 0; i < COUNT; i++)
        assert_true(map_add(&m, str_fmt(a, "key-%zu", (size_t)i * 7919), (void *)(i + 1)));
    for (uintptr_t i = 0; i < COUNT; i++) {
        str key = str_fmt(a, "key-%zu", (size_t)i * 7919);
        assert_int_equal((uintptr_t)map_get(&m, key), i + 1);
        assert_true(str_eq(m.entries[i].key, key));
    }
    assert_false(map_has(&m, S("key-1")));
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_map),
        cmocka_unit_test(put_replaces_and_add_does_not),
        cmocka_unit_test(many_keys_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
