#ifndef CLI_DIFF_DEEP_H
#define CLI_DIFF_DEEP_H
/* Two trees, place by place.
 *
 * In: two trees (NULL: not there) and, where it is known, their type of the schema: its rows say which lists have items with
 * a key. Out: a change for each leaf, item or list that differs; its topic follows from the names on the way to it. */
#include "cli/diff/report.h"
#include "compiler/schema/schema.h"

typedef struct deep {
    arena *a;
    str where;
    change_topic topic;         /* of places whose names say nothing */
    changes *out;
} deep;

void deep_compare(const deep *d, const type *t, str path, const ynode *old, const ynode *new);
/* One change, when they differ. */
void deep_add(const deep *d, change_topic topic, str what, const ynode *old, const ynode *new);
bool deep_equal(const ynode *x, const ynode *y);
#endif
