#ifndef BASE_VEC_H
#define BASE_VEC_H
/* Growable arrays in an arena: VEC(T) is a struct {T *v; uint32_t n, cap;}. Zero-initialised is empty. Elements move
 * when the array grows, so keep indexes, not pointers, across a push. */
#include "base/arena.h"
#include <stdint.h>

#define VEC(T)                                                                                                         \
    struct {                                                                                                           \
        T *v;                                                                                                          \
        uint32_t n, cap;                                                                                               \
    }

/* Appends one element and yields a pointer to it (zeroed). */
#define vec_add(a, vec)                                                                                                \
    ((vec)->n == (vec)->cap ? vec_grow_((a), (void **)&(vec)->v, &(vec)->cap, sizeof *(vec)->v) : (void)0,             \
     &(vec)->v[(vec)->n++])
#define vec_push(a, vec, value) (*vec_add((a), (vec)) = (value))

void vec_grow_(arena *a, void **v, uint32_t *cap, size_t element);
#endif
