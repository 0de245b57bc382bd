#include "base/vec.h"
#include <assert.h>

void vec_grow_(arena *a, void **v, uint32_t *cap, size_t element) {
    assert(*cap < UINT32_MAX / 2);
    uint32_t more = *cap ? *cap * 2 : 4;
    *v = arena_grow(a, *v, *cap * element, more * element);
    *cap = more;
}
