#include "base/vec.h"
#include "tests/unit/unit.h"

static void pieces_are_zeroed_and_aligned(void **state) {
    (void)state;
    arena *a = arena_new();
    for (size_t n = 0; n < 3000; n += 7) {
        unsigned char *p = arena_alloc(a, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
        memset(p, 0xAA, n);
    }
    arena_free(a);
}

static void pieces_do_not_overlap(void **state) {
    (void)state;
    enum { COUNT = 2000 };
    arena *a = arena_new();
    unsigned char *p[COUNT];
    size_t n[COUNT];
    uint32_t seed = 1;
    for (unsigned i = 0; i < COUNT; i++) {
        seed = seed * 1664525 + 1013904223;
        n[i] = i % 100 == 99 ? seed % 300000 : seed % 200;
        p[i] = arena_alloc(a, n[i]);
        memset(p[i], (int)(i & 0xFF), n[i]);
    }
    for (unsigned i = 0; i < COUNT; i++)
        for (size_t k = 0; k < n[i]; k++) assert_int_equal(p[i][k], i & 0xFF);
    arena_free(a);
}

static void the_last_piece_grows_in_place(void **state) {
    (void)state;
    arena *a = arena_new();
    char *p = arena_copy(a, "abc", 3);
    assert_int_equal(p[3], 0);
    char *q = arena_grow(a, p, 3, 100);
    assert_ptr_equal(p, q);
    assert_memory_equal(q, "abc", 3);
    arena_alloc(a, 1);
    char *far = arena_grow(a, q, 100, 5000);
    assert_ptr_not_equal(far, q);
    assert_memory_equal(far, "abc", 3);
    for (size_t i = 100; i < 5000; i++) assert_int_equal(far[i], 0);
    assert_true(arena_bytes(a) > 5000);
    arena_free(a);
    arena_free(NULL);
}

static void vectors_grow(void **state) {
    (void)state;
    arena *a = arena_new();
    VEC(uint64_t) v = {0};
    VEC(char) other = {0};
    for (uint64_t i = 0; i < 10000; i++) {
        vec_push(a, &v, i * i);
        if (i % 3 == 0) vec_push(a, &other, (char)i);
    }
    assert_int_equal(v.n, 10000);
    for (uint64_t i = 0; i < 10000; i++) assert_int_equal(v.v[i], i * i);
    for (uint32_t i = 0; i < other.n; i++) assert_int_equal(other.v[i], (char)(3 * i));
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_and_aligned),
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(the_last_piece_grows_in_place),
        cmocka_unit_test(vectors_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
