#ifndef COMPILER_PLAN_SPLIT_H
#define COMPILER_PLAN_SPLIT_H
/* A plan in pieces that fit ConfigMaps.
 *
 * In: a plan and how many bytes a piece may have as YAML. Out: one or more documents: the plan with its first tasks,
 * then `kind: Plan` documents of the same name that hold nothing but more tasks and finally tasks (docs/plan.md). Tasks
 * are not divided, so one that is larger than the limit makes a larger piece. */
#include "base/read.h"

void plan_split(arena *a, const ynode *plan, uint64_t limit, ynode_list *out);
#endif
