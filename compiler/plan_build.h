#ifndef COMPILER_PLAN_BUILD_H
#define COMPILER_PLAN_BUILD_H
/* The plan of a run as a tree: what the runtime needs to know beside the Pods. Written form: docs/plan.md.
 * In: a run whose TaskRuns are lowered. Out: the tree; same run, same tree. */
#include "compiler/run.h"

const ynode *plan_build(run_ctx *c, const run *r);
/* The graph alone, for --emit=dag. */
const ynode *plan_graph(arena *a, const run *r);
#endif
