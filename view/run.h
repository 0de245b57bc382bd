#ifndef VIEW_RUN_H
#define VIEW_RUN_H
/* A run that was, put over the graph of its plan.
 *
 * In: objects in Tekton's form with their status: a PipelineRun and its TaskRuns (or one TaskRun), in a List or one by one,
 * as `kubectl get -o yaml` and `tektonc run -o yaml` give them. Several runs: the one with the plan's name, else the last.
 * Out: status, children, times and results in the graph's nodes, and the run in `ran`. False with a sentence when there is
 * no such run or it is one of another pipeline. */
#include "base/read.h"
#include "view/model.h"

bool view_run_over(arena *a, view_graph *g, const ynode_list *documents, str *problem);
#endif
