#ifndef PLAN_MATRIX_H
#define PLAN_MATRIX_H
/* Fan-out of a matrix, one owner for compiler and runtime (facts: validation.md E.1, E.2).
 * In: array parameters and include entries. Out: combinations, each a mapping name → string, names sorted by bytes.
 * The first parameter varies fastest. Pure. */
#include "base/vec.h"
#include "base/ynode.h"

typedef struct matrix_param {
    str name;
    const ynode *items; /* a sequence of strings; anything else contributes no elements */
} matrix_param;

typedef struct matrix_include {
    const ynode *params; /* a mapping name → string */
} matrix_include;

typedef struct matrix {
    VEC(matrix_param) params;
    VEC(matrix_include) includes;
} matrix;

typedef VEC(const ynode *) matrix_combinations;

void matrix_fan_out(arena *a, const matrix *m, matrix_combinations *out);
/* How many runs Tekton makes of it: not always as many as there are combinations (facts E.2). */
uint64_t matrix_count(const matrix *m);
/* A parameter that is an empty array: nothing runs. */
bool matrix_empty(const matrix *m);
#endif
