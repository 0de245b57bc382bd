#ifndef RUNTIME_SEQUENCER_OVERVIEW_H
#define RUNTIME_SEQUENCER_OVERVIEW_H
/* The tasks of a run in a row, for people who watch it.
 *
 * In: a sequencer. Out: one row for each task in the order of the plan, those of a pipeline in the pipeline after its task,
 * finally tasks last in each. Texts live as long as the run, or in `a`. Cost: proportional to the number of TaskRuns. */
#include "base/vec.h"
#include "runtime/sequencer/sequencer.h"

typedef enum seq_task_state {
    SEQ_TASK_WAITING,
    SEQ_TASK_RUNNING,
    SEQ_TASK_SUCCEEDED,
    SEQ_TASK_FAILED,
    SEQ_TASK_IGNORED,   /* failed, with onError: continue */
    SEQ_TASK_CANCELLED, /* by the user or a time limit */
    SEQ_TASK_SKIPPED,
} seq_task_state;

typedef struct seq_task_row {
    str path;             /* outer/inner/name */
    seq_task_state state;
    bool finally, pipeline;
    str reason, message;  /* of what failed or was skipped; of what runs: why it waits ("Pending", "pulling …") */
    str step;             /* that runs now */
    int64_t started, ended;
    uint32_t runs, runs_done; /* TaskRuns; more than one of a matrix */
    uint32_t attempt, retries; /* of the TaskRun that is furthest: 0 is the first */
} seq_task_row;
typedef VEC(seq_task_row) seq_task_rows;

void seq_overview(const seq *s, arena *a, seq_task_rows *out);
#endif
