#ifndef BASE_LINEDIFF_H
#define BASE_LINEDIFF_H
/* What changed between two texts, line by line.
 *
 * In: two texts. Out: the changed stretches in order, or the unified diff that `diff -u` and `patch` know; in the arena. As
 * few changed lines as there can be (Myers, "An O(ND) Difference Algorithm", 1986), unless the texts have more than
 * LINEDIFF_COST changes in one place: that place counts as replaced, so that time stays linear in the size. */
#include "base/str.h"
#include "base/vec.h"

enum { LINEDIFF_COST = 4096 };

typedef struct line_change { /* lines [old_from, old_to) became [new_from, new_to); counted from 0 */
    uint32_t old_from, old_to, new_from, new_to;
} line_change;

typedef VEC(str) text_lines;

typedef struct linediff {
    text_lines old, new; /* with their line breaks; the last one may have none */
    VEC(line_change) changes;
} linediff;

linediff linediff_make(arena *a, str old, str new);
/* Hunks with `context` lines around them; nothing when the texts are equal. */
void linediff_hunks(const linediff *d, uint32_t context, strbuf *out);
/* The same after `--- old_name` and `+++ new_name`. */
void linediff_unified(arena *a, str old_name, str new_name, str old, str new, strbuf *out);
#endif
