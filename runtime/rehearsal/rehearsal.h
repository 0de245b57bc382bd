#ifndef RUNTIME_REHEARSAL_REHEARSAL_H
#define RUNTIME_REHEARSAL_REHEARSAL_H
/* A run without containers: the real sequencer with Pods that are only played, on a clock that jumps.
 *
 * In: a plan, the run's identity, its Pods' manifests, and `cast`, who says of each Pod how it goes. Out: how the run
 * ended, the sequencer with its whole status (runtime/sequencer/status.h), and a line for each Pod that was made, in the
 * order of their making: what it got, when it began and ended. Times are nanoseconds since the run's begin. Pure and
 * deterministic: no clock, no random; what happens at one moment happens in the order in which the Pods were made.
 *
 * Played are: the order of steps, their `when`, exit codes, `onError: continue`, a step's own timeout, results, and the ways
 * in which a Pod comes to nothing. Not played: what scripts do, volumes, scheduling.
 *
 * Memory: all of it in the arena given; rehearsal_free() before the arena goes. */
#include "plan/read.h"
#include "runtime/sequencer/status.h"

typedef enum rehearsal_outcome {
    REHEARSAL_RUNS,     /* its steps run and end as they say */
    REHEARSAL_HANGS,    /* it does not end by itself */
    REHEARSAL_OOM,      /* its last step is killed for memory */
    REHEARSAL_EVICTED,  /* `message` says why */
    REHEARSAL_NO_IMAGE, /* the image of its first step can't be pulled */
    REHEARSAL_DELETED,  /* somebody deletes it when its time is over */
    REHEARSAL_REFUSED,  /* it can't be created; `message` */
} rehearsal_outcome;

typedef struct rehearsal_step {
    str name;              /* without "step-" */
    int32_t exit_code;
    int64_t duration;
    bool continues;        /* of the manifest: onError: continue */
    int64_t timeout;       /* of the manifest; 0: none */
    const ynode *results;  /* of the task, that this step writes: name → string, list or mapping; or NULL */
    const ynode *step_results; /* its own */
    const ynode *when;     /* of the manifest: [{input, operator, values}], or NULL */
    bool skipped;          /* a `when` is false: rehearsal_decide() */
} rehearsal_step;

typedef struct rehearsal_pod {
    str name, task, task_run; /* task: with the path of its run */
    uint32_t child, attempt;  /* as in seq_action */
    uint32_t index;           /* of the task's TaskRuns */
    const plan_task *plan;
    const ynode *pod;         /* filled; NULL: a value was missing */
    int64_t start, end;       /* end: when the run was over, of one that hung */
    bool ended, deleted;      /* deleted: by the sequencer, before its time */
    /* The part it plays: steps are there, with what the manifest says; `cast` fills in the rest. */
    rehearsal_outcome outcome;
    str message;
    rehearsal_step *steps;
    uint32_t n;
} rehearsal_pod;

typedef struct rehearsal {
    arena *a;
    const plan *plan;
    seq_identity identity;
    /* The manifest pods/FILE.yaml, or NULL. */
    const ynode *(*manifest)(void *ctx, str file);
    void (*cast)(void *ctx, const seq *s, rehearsal_pod *p);
    void *ctx;
    seq_cancel cancel;   /* SEQ_NOT_CANCELLED: nobody does */
    int64_t cancel_at;
    /* out */
    seq *s;
    VEC(rehearsal_pod *) pods;
    int64_t end;
    bool stuck; /* nothing would ever happen again, and the run is not over */
} rehearsal;

void rehearsal_run(rehearsal *x);
void rehearsal_free(rehearsal *x);

/* Which steps their `when` skips, from the results of the steps before them. `cast` calls it once these are known. */
void rehearsal_decide(arena *a, rehearsal_pod *p);
/* Of a Pod that was cast: how many of its steps run before one fails, that one included; whether one fails. */
uint32_t rehearsal_steps_run(const rehearsal_pod *p);
bool rehearsal_fails(const rehearsal_pod *p);

/* What an entrypoint writes for these results (name → value; either may be NULL) and this internal entry, where key is
 * not NULL: a termination message. */
str rehearsal_message(arena *a, const ynode *results, const ynode *step_results, const char *key, str value);
#endif
