#ifndef COMPILER_SCHEMA_ORDER_H
#define COMPILER_SCHEMA_ORDER_H
/* One order of keys for equal trees, so that what is written does not depend on how the input was typed.
 *
 * In: a tree. Out: the same JSON value, keys of objects in the order of the type's rows, keys of maps (labels, limits,
 * what the rows don't know) by bytes. Lists keep their order: it means something. The same node when nothing moved. */
#include "compiler/schema/schema.h"

const ynode *order_typed(arena *a, const type *t, const ynode *n);
const ynode *order_free(arena *a, const ynode *n);
#endif
