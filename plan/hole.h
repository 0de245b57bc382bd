#ifndef PLAN_HOLE_H
#define PLAN_HOLE_H
/* Holes: the places of a Pod that only a run can fill.
 *
 * While the compiler builds a Pod, a string that depends on the run holds marks: byte sequences that no UTF-8 text
 * contains, each naming a value tree. Marks survive every concatenation, hashing apart, so no pass needs to know about
 * holes. At the end holes_extract() walks the finished Pod, replaces each mark by the text that stands there by default
 * (value_show) and lists the places.
 * The runtime (and `tektonc fill`) puts values into the places by holes_fill(). */
#include "base/vec.h"
#include "plan/value.h"

typedef struct marks { /* one per run */
    arena *a;
    arena *scratch; /* for what lives no longer than one replacement; may be NULL */
    VEC(const vtree *) values;
} marks;

typedef struct hole {
    str path;           /* JSON pointer into the Pod, e.g. /spec/containers/0/args/7; keys escaped as RFC 6901 says */
    const vtree *value; /* a string; or a splice: the item is replaced by the array's elements */
} hole;
typedef VEC(hole) hole_list;

/* A text that is one mark for v. */
str mark_text(marks *m, const vtree *v);
bool mark_any(str text); /* does it hold a mark? quick */
/* The value of a text that is exactly one mark, else NULL. */
const vtree *mark_only(const marks *m, str text);
/* The text as a value in `a`: TEXT, or CONCAT of texts and the marks' values. Its texts are pieces of this one. */
const vtree *mark_value(arena *a, const marks *m, str text);
/* Every mark's value wrapped (ESCAPE for text that goes into a JSON string; the rest of the text is escaped, too). */
str mark_escape_json(marks *m, str text);
/* The text as people see it: marks replaced by value_show. */
str mark_show(const marks *m, arena *a, str text, value_lookup *lookup, void *ctx);

/* The Pod without marks, and its holes in the order of the walk, all of it in `a`. */
const ynode *holes_extract(arena *a, const marks *m, const ynode *pod, value_lookup *shown, void *ctx, hole_list *out);
/* The Pod with the holes filled; splices are applied last, from the highest index down. NULL when a value is missing
 * (`missing` names its ref), or a path leads nowhere. */
const ynode *holes_fill(arena *a, const ynode *pod, const hole *holes, uint32_t n, value_lookup *lookup, void *ctx,
                        str *missing);
#endif
