#ifndef RUNTIME_ENGINE_KUBE_INNER_H
#define RUNTIME_ENGINE_KUBE_INNER_H
/* The state of the cluster's engine, shared by its files and cluster/; nobody else includes it.
 *
 *   kube.c         the engine: what is asked of it, waiting, the Job    kube_record.c      the record's ConfigMaps
 *   kube_make.c    Pods and claims: making, changing, deleting          kube_entrypoint.c  the entrypoint's ConfigMap
 *   kube_tell.c    Events, annotations of the Job         kube_status.c      the status' ConfigMaps
 *   kube_head.c    what stands for the run: its Job, or a ConfigMap      kube_log.c  what containers write */
#include "base/map.h"
#include "runtime/engine/kube.h"
#include "runtime/engine/http.h"
#include "runtime/engine/kube_watch.h"
#include "runtime/sequencer/record.h"

typedef struct status_part { /* a run or TaskRun as it was written last */
    uint64_t hash;         /* 0: it was not */
    uint32_t bytes;
    bool final;
} status_part;
typedef struct status_chunk { /* a ConfigMap */
    uint32_t bytes;
    bool exists;
} status_chunk;
typedef VEC(status_part) status_parts;

typedef struct kube_status { /* zero: nothing is known */
    const seq *s;          /* whose status it is; NULL: there is none to write */
    status_parts runs, task_runs;
    VEC(status_chunk) chunks;
    uint32_t at;           /* the chunk that is written; those below it are done in this round */
    uint64_t version, written; /* of s: the newest, and the one that the last round began with */
    uint64_t sent;         /* bytes of all ConfigMaps that this round has changed */
    int64_t began, due;    /* this round; the next one */
    bool busy, last, foreign, trouble;
} kube_status;

typedef struct kube_log kube_log;
typedef struct kube_logs {
    map streams;           /* POD/CONTAINER → kube_log * */
    VEC(kube_log *) waiting; /* for their request: it can't be sent from inside a stream's callback */
    uint32_t open;
} kube_logs;

#define KUBE_MERGE "application/merge-patch+json"
#define KUBE_STRATEGIC "application/strategic-merge-patch+json"

typedef struct kube_engine_ {
    engine base;
    arena *a, *scratch;
    http_client *http;
    kube_run run;
    kube_watch *pods, *job;
    uint64_t fed;          /* events so far */
    record_writer writer;
    str version;           /* resourceVersion of the chunk that is written */
    str owner;             /* uid of the record's first ConfigMap; empty: it is not there */
    char version_room[64], owner_room[64];
    str image;             /* of this process */
    uint32_t events;
    int64_t shown;         /* when the Job's annotations were sent last */
    char shown_text[256];
    kube_status status;
    kube_logs logs;
} kube_engine_;

static inline kube_engine_ *kube_of(engine *e) { return (kube_engine_ *)e; }

void kube_feed(kube_engine_ *k, const seq_event *e);
/* /api/v1/namespaces/NS/KIND[/NAME] */
str kube_path(arena *a, const kube_engine_ *k, const char *kind, str name);
/* Where requests of the config go. For http_peer; ctx is a kube_config. */
void kube_target(void *ctx, arena *a, bool refused, http_target *out);
/* kube_head.c: what stands for the run, as a path, of the collection it is in, as the owner of what is the run's. */
str kube_head_path(arena *a, const kube_run *run, str name);
const ynode *kube_head_owner(arena *a, const kube_run *run);
const char *kube_head_kind(const kube_run *run);
const char *kube_head_version(const kube_run *run);
/* kube_log.c: of a Pod as it was seen: containers that run are followed. */
void kube_log_pod(kube_engine_ *k, const seq_pod *pod);
void kube_log_begin(kube_engine_ *k); /* from outside of any callback */
/* One sentence of an answer that is a failure: the Status' message, or what the network said. */
str kube_why(arena *a, const http_answer *x);
str kube_reason(arena *a, const http_answer *x);
/* metadata.ownerReferences of what belongs to the record. */
const ynode *kube_owner(arena *a, const kube_engine_ *k, bool controller);
const ynode *kube_owner_of(arena *a, const char *version, const char *kind, str name, str uid, bool controller);
/* An answer to reading or writing what the run can't do without. */
engine_answer kube_judge(kube_engine_ *k, const http_answer *x, const char *what, str *problem);

engine_answer kube_read(engine *e, bool (*lines)(void *ctx, str lines), void *ctx, str *problem);
engine_answer kube_write(engine *e, str lines, str *problem);
void kube_create_pod(engine *e, const seq_action *action, const ynode *pod);
void kube_create_claim(engine *e, const seq_action *action);
void kube_annotate(engine *e, const seq_action *action);
void kube_stop_sidecars(engine *e, const seq_action *action);
void kube_delete_pod(engine *e, const seq_action *action);
void kube_event(engine *e, const seq_action *action);
void kube_show(engine *e, const engine_view *view);
/* The run has changed: its ConfigMaps follow, at once or when kube_status_due() says. */
void kube_status_show(kube_engine_ *k, const engine_view *view);
int64_t kube_status_due(const kube_engine_ *k); /* 0: nothing is due */
void kube_status_go_on(kube_engine_ *k);        /* when it is due */
void kube_status_forget(kube_engine_ *k);       /* calls were dropped, the sequencer is going */
#endif
