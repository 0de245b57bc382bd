#ifndef RUNTIME_SEQUENCER_SEQUENCER_H
#define RUNTIME_SEQUENCER_SEQUENCER_H
/* The sequencer: which Pod is created when, and what became of the run. Pure: no I/O, no clock, no random; the same
 * calls give the same actions.
 *
 * In: a plan (plan/read.h), the run's identity, events with the time they came at. Out: actions for an engine to do,
 * the condition of the run, and its status in Tekton's form (status.h). All rules are Tekton's (facts: runtime.md 9, 10;
 * validation.md C.4, D.6, E); docs/differences.md lists the exceptions. Times are nanoseconds since 1970. Cost of an
 * event: proportional to what it makes happen, not to the size of the run.
 *
 * Who calls what:
 *
 *   s = seq_new(arena, plan, identity)                      the arena is the run's: it lives as long as s
 *   seq_replay(s, lines)                                    for each write of the record, in order; none: a new run
 *   seq_feed(s, {SEQ_LIST_BEGIN}), {SEQ_POD} for each, {SEQ_LIST_END}     all Pods with label SEQ_LABEL_RUN = the uid
 *   seq_advance(s, now, &actions)                           → actions; do them in order
 *   for ever:
 *     wait for a Pod to change, or the deadline of the last SEQ_TIMER
 *     seq_feed(s, event) …                                  as many as there are
 *     seq_advance(s, now, &actions)                         → actions; do them in order
 *   until an action SEQ_ENDED.
 *
 * seq_step() is feed and advance in one. Rebuilding is nothing special: a new run replays nothing and lists nothing.
 * After a lost watch (410) the engine lists again: LIST_BEGIN, PODs, LIST_END; what was not in the list is gone. LIST_BEGIN
 * is fed before the list is asked for, so that a Pod whose creation is answered meanwhile counts as seen.
 *
 * Actions must be done in the order given; an engine may do neighbouring SEQ_CREATE_PODs at once, and need not wait for
 * their answers before it feeds other events. All before a SEQ_WRITE need not be finished when it is written; but nothing
 * after a SEQ_WRITE may begin before it is written durably: that is what makes crashes harmless. Only `lazy` writes may
 * be kept back (at most a second, or until the next write that is not) and then be joined with the next one, in order. If
 * a write meets a conflict, the engine does none of the actions after it, drops the sequencer and rebuilds.
 * After a crash, everything that was decided but perhaps not done comes as an action again, so engines treat "already
 * exists" (of a Pod with the run's uid: feed it as SEQ_POD) and "not found" (on delete) as success.
 *
 * SEQ_ENDED comes when everything is decided: the engine first ends all that it was told before it (deletions too), then
 * shows the final status and leaves.
 *
 * Answers: a created Pod is fed as SEQ_POD (from the answer; the watch says it too, feeding twice is harmless); a refused
 * one as SEQ_REFUSED; a created claim, or one that exists, as SEQ_CLAIM_DONE. Network errors and 5xx are the engine's to
 * try again, as are conflicts on patches.
 *
 * Memory: texts of events are copied where kept. Actions and what they point to live in actions->a, which the caller
 * resets when they are done. */
#include "base/vec.h"
#include "base/ynode.h"
#include "runtime/sequencer/pod.h"

struct plan;
typedef struct seq seq;

typedef struct seq_identity {
    str name, uid, namespace_;  /* of the run: in a cluster the Job's */
    str entrypoint_config_map;  /* the ConfigMap with the entrypoint; what context.entrypoint.configMap means */
} seq_identity;

/* --- events ------------------------------------------------------------------------------------------------------- */

typedef enum seq_event_kind {
    SEQ_TIME,        /* nothing happened but time */
    SEQ_LIST_BEGIN,  /* a complete list of the run's Pods follows */
    SEQ_LIST_END,    /* … and ends: Pods not in it are gone */
    SEQ_POD,         /* pod: as it is now */
    SEQ_POD_GONE,    /* name, uid (may be empty: whichever): deleted */
    SEQ_REFUSED,     /* name: the Pod could not be created; refusal, message */
    SEQ_CLAIM_DONE,  /* name: the claim is there */
    SEQ_CLAIM_REFUSED, /* name, message */
    SEQ_CANCEL,      /* cancel; a later one replaces an earlier, weaker one; repeating is harmless */
    SEQ_PENDING,     /* on: nothing is started, and no clock runs, until off; only before the run has started */
} seq_event_kind;

/* Tekton's values of spec.status (SEQ_CANCELLED: "Cancelled", …). */
typedef enum seq_cancel { SEQ_NOT_CANCELLED, SEQ_STOPPED_RUN_FINALLY, SEQ_CANCELLED_RUN_FINALLY, SEQ_CANCELLED } seq_cancel;
/* The value of the annotation or option; false for what Tekton does not know. Of a run that is a TaskRun,
 * "TaskRunCancelled" is the one way. */
bool seq_cancel_parse(str text, seq_cancel *out);

/* Why a Pod was refused (facts runtime.md 9.5). */
typedef enum seq_refusal {
    SEQ_REFUSED_QUOTA,      /* 403 "exceeded quota": asked again after 60 s */
    SEQ_REFUSED_BUSY,       /* 409 on resourcequotas: asked again after 1 s */
    SEQ_REFUSED_ADMISSION,  /* 403 "violates PodSecurity", "security context constraint" */
    SEQ_REFUSED_INVALID,    /* anything else that asking again would not change */
    SEQ_REFUSED_FOREIGN,    /* a Pod of this name exists and is not this run's */
} seq_refusal;

typedef struct seq_event {
    seq_event_kind kind;
    const seq_pod *pod;
    str name, uid, message;
    seq_refusal refusal;
    seq_cancel cancel;
    bool on;
} seq_event;

/* --- actions ------------------------------------------------------------------------------------------------------ */

typedef enum seq_action_kind {
    SEQ_WRITE,         /* append `lines` (one or more, each ends with \n) to the record; lazy: may wait */
    SEQ_CREATE_CLAIM,  /* a PersistentVolumeClaim: `object`, complete but for ownerReferences and namespace; name */
    SEQ_CREATE_POD,    /* read the manifest `file` (of pods/, without extension), fill it by seq_fill_pod(), add the owner, create */
    SEQ_ANNOTATE,      /* Pod name, uid: set annotation key to value */
    SEQ_STOP_SIDECARS, /* Pod name, uid: its steps have ended, its other containers run on: end them, keep the logs if you can */
    SEQ_DELETE_POD,    /* Pod name, uid: with its own grace period; only the one of that uid (empty: it was not seen yet) */
    SEQ_TIMER,         /* call seq_advance() at `at` at the latest; 0: nothing to wait for. At most one in a batch, the last one given counts */
    SEQ_EVENT,         /* a Kubernetes Event for people: warning or not, reason, message, about the Job. Best effort */
    SEQ_ENDED,         /* the run is over: ok, reason, message; always the last action, and nothing comes after it */
} seq_action_kind;

typedef struct seq_action {
    seq_action_kind kind;
    str lines;                  /* WRITE */
    bool lazy;
    const ynode *object;        /* CREATE_CLAIM */
    uint32_t child;             /* CREATE_POD: number of the TaskRun */
    uint32_t attempt;           /* 0 = the first */
    str file;                   /* CREATE_POD */
    str name, uid;              /* of the Pod or claim */
    str key, value;             /* ANNOTATE */
    int64_t at;                 /* TIMER */
    bool ok, warning;           /* ENDED; EVENT */
    str reason, message;        /* EVENT, ENDED */
} seq_action;

typedef struct seq_actions {
    arena *a;
    VEC(seq_action) list;
} seq_actions;

/* --- the run ------------------------------------------------------------------------------------------------------ */

/* The plan must outlive it; texts of the identity are copied. seq_free() before the arena goes: it holds scratch memory of
 * its own. */
seq *seq_new(arena *a, const struct plan *plan, const seq_identity *identity);
void seq_free(seq *s);
/* Lines of the record. False: not this plan's or this run's record, or damaged; *problem says why in one sentence. */
bool seq_replay(seq *s, str lines, str *problem);
void seq_feed(seq *s, const seq_event *e);
void seq_advance(seq *s, int64_t now, seq_actions *out);
static inline void seq_step(seq *s, const seq_event *e, int64_t now, seq_actions *out) {
    seq_feed(s, e);
    seq_advance(s, now, out);
}

/* The Pod of a SEQ_CREATE_POD: the manifest with its holes filled, the run's label and its name set; the caller adds
 * ownerReferences. In: that action, the tree of pods/FILE.yaml. NULL when a hole has no value, which *missing names: feed
 * SEQ_REFUSED with SEQ_REFUSED_INVALID. Allocates in `out`, not in the run's arena. */
const ynode *seq_fill_pod(const seq *s, arena *out, const seq_action *create, const ynode *manifest, str *missing);

/* --- what it looks like now --------------------------------------------------------------------------------------- */

typedef enum seq_truth { SEQ_UNKNOWN, SEQ_TRUE, SEQ_FALSE } seq_truth;

typedef struct seq_condition {
    seq_truth status;
    str reason, message;
    int64_t since;
} seq_condition;

typedef struct seq_progress { /* for "3/7 tasks done" */
    uint32_t done, total;     /* tasks and finally tasks of the run itself; skipped ones are done */
    uint32_t running, failed;
} seq_progress;

/* Texts that are made for the answer are in `a`. */
seq_condition seq_condition_now(const seq *s, arena *a);
seq_progress seq_progress_now(const seq *s);
bool seq_ended(const seq *s);
/* Grows whenever something that seq_status() shows has changed. */
uint64_t seq_version(const seq *s);
/* The TaskRun and attempt of a Pod's name: for logs and events. False: not of this run. */
typedef struct seq_pod_info {
    str task, task_run; /* task with the path of child runs */
    uint32_t child, attempt;
} seq_pod_info;
bool seq_pod_of(const seq *s, str pod, seq_pod_info *out);
#endif
