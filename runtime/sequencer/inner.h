#ifndef RUNTIME_SEQUENCER_INNER_H
#define RUNTIME_SEQUENCER_INNER_H
/* The state of a run, shared by the files of the sequencer; nobody else includes it.
 *
 * What was decided changes in one place only: entry_apply(), which takes a line of the record. Deciding means to make an
 * entry, to apply it and to write it; replaying means to apply it. So a replayed state can't differ from a lived one.
 * What is merely observed of Pods is kept apart (`live` fields) and comes again when Pods are listed.
 *
 *   sequencer.c  new, feed, advance: the order of things           model.c     state from the plan
 *   settle.c     what to do next: start, skip, finally, done        entry.c     lines of the record: make, read
 *   ready.c      judges a task whose parents are done               apply.c     entries to state
 *   cancel.c     cancel, timeouts, ends before time                 outcome.c   a Pod to the outcome of an attempt
 *   given.c      what refs of results and statuses mean             results.c   termination messages to results
 *   condition.c  the run's condition and results                    timers.c    the heap of deadlines */
#include "base/map.h"
#include "plan/fill.h"
#include "runtime/sequencer/sequencer.h"

typedef struct seq_run seq_run;
typedef struct seq_task seq_task;
typedef struct seq_child seq_child;

typedef enum skip_reason { /* texts: skip_text() */
    SKIP_NONE,
    SKIP_STOPPING,
    SKIP_CANCELLED,
    SKIP_STOPPED,
    SKIP_WHEN,
    SKIP_PARENT,
    SKIP_RESULTS,
    SKIP_TIMEOUT,
    SKIP_TASKS_TIMEOUT,
    SKIP_FINALLY_TIMEOUT,
    SKIP_MATRIX,
    SKIP_REASONS
} skip_reason;

typedef enum decision { UNDECIDED, STARTED, SKIPPED, INVALID } decision;

/* A container of an attempt, as shown in the status. */
typedef struct seq_container {
    str name; /* with prefix */
    str image_id, reason, message, termination; /* termination: Tekton's terminationReason */
    container_state state;
    bool init, sidecar;
    int32_t exit_code;
    int64_t started, finished;
    const ynode *results; /* name → value, or NULL */
} seq_container;

typedef struct seq_attempt {
    str pod, uid;
    int64_t start, end;
    bool ended, ok;
    bool kill;      /* the Pod is to be deleted */
    str reason, message;
    const ynode *results; /* name → value in order, or NULL */
    seq_container *steps;
    uint32_t n;
    /* live */
    pod_phase phase;
    bool seen, gone, deleting, others_running;
    bool asked;     /* this process asked for its creation */
    bool judged;    /* its end is in the inbox */
    bool wants_ready; /* its sidecars are ready, its first step does not know */
    bool delete_asked, stop_asked, ready_asked;
    uint32_t list;  /* number of the list that it was last in */
    str live_reason, live_message;
} seq_attempt;

typedef enum child_state { CHILD_TO_CREATE, CHILD_CREATING, CHILD_CREATED, CHILD_ENDED } child_state;

struct seq_child { /* a TaskRun */
    seq_task *task;
    uint32_t index, id;
    child_state state;
    bool ok, cancelled, by_timeout;
    int64_t ask_again; /* live: after a refusal that passes; 0: none */
    str name;
    seq_attempt *attempts; /* the last one is the current one */
    uint32_t attempt_count, attempt_room;
};

struct seq_task {
    const plan_task *plan;
    seq_run *run;
    seq_task **parents, **dependents;
    uint32_t parent_count, dependent_count;
    uint32_t waiting; /* parents that are not done */
    decision decision;
    skip_reason skip;
    str invalid;      /* what is wrong */
    bool done, ok;    /* ok: all its TaskRuns succeeded */
    bool failed;      /* any failed */
    bool queued;
    int64_t decided;
    seq_child *children;
    uint32_t count, left;
    const ynode **combinations; /* of a matrix over results: count of them, NULL where there are fewer */
    seq_run *pipeline;
    map *aggregate;   /* results of a matrix, once done: name → ynode */
};

struct seq_run {
    const plan_run *plan;
    seq_run *parent;
    seq_task *owner;
    str name;
    seq_task *tasks;
    uint32_t n, dag;  /* tasks [0, dag) are of the graph, [dag, n) are finally tasks */
    map by_name;      /* → seq_task * */
    bool queued;
    bool begun, claims_asked, claims_done, finally_begun, done;
    uint32_t claims_left;
    map claims_seen;
    int64_t start, finally_start, end, changed;
    uint32_t dag_left, finally_left;
    bool failed;      /* a task of the graph failed and is not ignored: nothing new is started */
    bool refused;     /* the same of one that is INVALID */
    bool timed_out, tasks_timed_out, finally_timed_out;
    bool failing;     /* ends before time with fail_reason */
    str fail_reason, fail_message;
    seq_cancel cancel;
    uint32_t running, succeeded, failures, ignored, cancelled;   /* tasks that were started */
    uint32_t skipped, skipped_late, invalid;                     /* of the graph; late: by a timeout */
    uint32_t finally_skipped, finally_skipped_late;
    seq_condition condition; /* when done */
    const ynode *results;    /* name → value in order, or NULL */
};

typedef enum timer_kind { TIMER_PIPELINE, TIMER_TASKS, TIMER_FINALLY, TIMER_ATTEMPT, TIMER_ASK } timer_kind;
typedef struct seq_timer {
    int64_t at;
    timer_kind kind;
    void *of;         /* seq_run or seq_child */
    uint32_t attempt;
} seq_timer;

typedef struct pod_key { /* what a Pod's name stands for */
    seq_child *child;
    uint32_t attempt;
} pod_key;

typedef VEC(const ynode *) entry_list;

struct seq {
    arena *a;
    arena *scratch;   /* until the next advance ends */
    const plan *plan;
    seq_identity id;
    seq_run *root;
    map runs;         /* path → seq_run * */
    map pods;         /* name → pod_key * */
    map texts;        /* texts that come often, kept once */
    VEC(seq_child *) children; /* by id */
    int64_t now;
    bool begun, pending, ended, told_end, fresh; /* fresh: nothing was done since replay */
    uint32_t lists;
    seq_cancel cancel_asked; /* in the inbox */
    uint64_t version;
    VEC(seq_task *) ready;
    VEC(seq_run *) dirty;
    VEC(seq_child *) creates; /* from creates_begun on: to be created */
    uint32_t creates_begun;
    VEC(seq_timer) timers;
    int64_t timer_told;
    entry_list inbox; /* made by feed, without times */
    VEC(pod_key) touched; /* Pods to look after: stop, delete, annotate */
    seq_condition told;       /* the condition of the last Event */
    seq_actions *out;         /* during advance */
    VEC(seq_action) effects;  /* to come after what is in `lines` */
    strbuf lines;
    bool urgent;              /* of `lines` */
};

static inline seq_attempt *child_now(const seq_child *c) { return c->attempt_count ? &c->attempts[c->attempt_count - 1] : NULL; }
static inline bool task_finally(const seq_task *t) { return t >= t->run->tasks + t->run->dag; }

/* model.c */
seq_run *model_build(seq *s, const plan_run *r, seq_run *parent, seq_task *owner);
str skip_text(skip_reason r);
skip_reason skip_of(str text);
str seq_intern(seq *s, str text);
str task_path(const seq_task *t, arena *a); /* path of its run + name */
plan_filling seq_filling(const seq *s, arena *a);
plan_attempt seq_plan_attempt(const seq_child *c, uint32_t attempt);
void task_children(seq *s, seq_task *t, uint32_t count); /* makes the TaskRuns */

/* entry.c: makers of entries (in the arena given), without "at" */
ynode *entry_new(arena *a, const char *kind);
ynode *entry_of_run(arena *a, const char *kind, const seq_run *r);
ynode *entry_of_task(arena *a, const char *kind, const seq_task *t);
ynode *entry_of_child(arena *a, const char *kind, const seq_child *c, uint32_t attempt);
void entry_moment(arena *a, ynode *e, const char *key, int64_t ns); /* left out when 0 */
int64_t entry_time(const ynode *e, str key);
uint32_t entry_number(const ynode *e, str key);
seq_run *entry_run(const seq *s, const ynode *e);
seq_task *entry_task(const seq *s, str path);
seq_child *entry_child(const seq *s, const ynode *e, uint32_t *attempt);

/* apply.c: false: the entry does not fit the state; *problem says why */
bool entry_apply(seq *s, const ynode *e, str *problem);
void run_dirty(seq *s, seq_run *r);

/* settle.c */
void seq_decide(seq *s, ynode *e, bool lazy); /* stamp, apply, write */
seq_action *seq_do(seq *s, seq_action_kind kind); /* an action after all entries so far; texts are copied by the caller */
void seq_flush(seq *s);
void seq_settle(seq *s);
/* What an attempt's Pod needs now: its deletion, its sidecars stopped, the annotation. */
void attempt_effects(seq *s, const pod_key *key);

/* ready.c */
typedef enum verdict_kind { VERDICT_GO, VERDICT_SKIP, VERDICT_INVALID, VERDICT_FAIL } verdict_kind;
typedef struct verdict {
    verdict_kind kind;
    skip_reason skip;
    str reason, message; /* INVALID: message; FAIL: of the run */
    uint32_t count;      /* GO: TaskRuns */
} verdict;
verdict task_judge(seq *s, seq_task *t);
/* The `when` of a task with values put in as far as they are known: for the status. */
const ynode *task_when_shown(const seq *s, arena *a, const seq_task *t);

/* cancel.c */
void run_end_early(seq *s, seq_run *r);      /* what runs is cancelled, then the run is done */
void run_cancel_section(seq *s, seq_run *r, bool finally, bool by_timeout);
bool run_must_end(const seq_run *r);
void seq_timer_rings(seq *s, const seq_timer *t);

/* outcome.c: the entry of an attempt's end, or NULL: it goes on (live fields are brought up to date) */
ynode *outcome_observe(seq *s, seq_child *c, uint32_t attempt, const seq_pod *pod);
ynode *outcome_failed(seq *s, const seq_child *c, uint32_t attempt, const char *reason, str message, bool kill);

/* results.c */
typedef struct message { /* of a step */
    bool parsed;
    int64_t started;         /* 0: not said */
    bool has_exit;
    int32_t exit_code;
    str reason;
    const ynode *tasks, *steps; /* results: name → text, in order */
    str rest;                /* what is shown */
} message;
void message_read(arena *a, str text, message *out);
/* The value of a result's text: of type string raw, else decoded. */
const ynode *result_value(arena *a, str type, str text);
/* Results of an attempt, typed; *problem: those that don't fit their declarations. */
const ynode *results_of(arena *a, const plan_task *t, const seq_pod *pod, str *problem);

/* What the steps of an attempt say the TaskRun took or made, merged by name and uri; what one step did: [{name, values, buildOutput}], kind "inputs" or "outputs"; NULL: nothing. */
const ynode *artifacts_of(arena *a, const seq_attempt *x, str kind);
const ynode *artifacts_of_step(arena *a, const seq_container *c, str kind);

/* given.c */
const ynode *seq_given(void *ctx, const plan_run *run, str name); /* ctx: a given_ctx */
typedef struct given_ctx {
    const seq *s;
    arena *a;
} given_ctx;
const ynode *task_result(const seq *s, const seq_task *t, str name);
const char *task_status(const seq_task *t);
str task_reason(const seq_task *t);

/* condition.c */
skip_reason task_skip_now(const seq_task *t); /* why it counts as skipped, or SKIP_NONE */
seq_condition run_condition(const seq *s, const seq_run *r, arena *a);
const ynode *run_results(const seq *s, const seq_run *r, arena *a, str *problem);
seq_condition child_condition(const seq_child *c);

/* timers.c */
void timer_add(seq *s, int64_t at, timer_kind kind, void *of, uint32_t attempt);
bool timer_pop(seq *s, int64_t now, seq_timer *out); /* the next one that is due */
int64_t timer_next(seq *s);                          /* the earliest that still means something; 0: none */
bool timer_valid(const seq_timer *t);
#endif
