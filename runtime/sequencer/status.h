#ifndef RUNTIME_SEQUENCER_STATUS_H
#define RUNTIME_SEQUENCER_STATUS_H
/* What people see: the run in Tekton's own form.
 *
 * In: a sequencer. Out: a tree `kind: PipelineRun` or `kind: TaskRun` (apiVersion tekton.dev/v1) with metadata, spec as
 * far as the plan knows it, and .status: conditions, startTime, completionTime, childReferences, skippedTasks, results,
 * finallyStartTime; of a TaskRun podName, steps, sidecars, results, retriesStatus. Times are RFC 3339 in seconds, UTC.
 * Allocates in `a`; shares what the run's arena holds. Cost: proportional to what is shown. */
#include "runtime/sequencer/sequencer.h"

/* The run itself. */
const ynode *seq_status(const seq *s, arena *a);
/* The run, then every TaskRun and child PipelineRun that was started, in the order of the plan: what `kubectl get` would
 * show where Tekton is installed. A `kind: List` of them. */
const ynode *seq_status_list(const seq *s, arena *a);
/* The same list piece by piece, for who must not hold all of it at once. Runs: number 0 is the run itself, the others are
 * child PipelineRuns; TaskRuns: seq_action.child. Numbers keep their meaning. NULL: not started, or (a run that is a
 * TaskRun) shown as run 0. *final: it will not change any more. */
uint32_t seq_status_runs(const seq *s);
uint32_t seq_status_task_runs(const seq *s);
const ynode *seq_status_run_part(const seq *s, arena *a, uint32_t n, str *name, bool *final);
const ynode *seq_status_task_run_part(const seq *s, arena *a, uint32_t n, str *name, bool *final);
/* One TaskRun by its number (seq_action.child); NULL when it was not started. */
const ynode *seq_status_task_run(const seq *s, arena *a, uint32_t child);
#endif
