#ifndef RUNTIME_ENGINE_LOCAL_INNER_H
#define RUNTIME_ENGINE_LOCAL_INNER_H
/* The state of the local engine, shared by its files; nobody else includes it.
 *
 *   local.c   the engine: what is asked of it, waiting, the end       volume.c  content of volumes
 *   pod.c     a Pod's life: order, grace, status                       config.c  ConfigMaps and Secrets
 *   spec.c    a manifest as containers: environment, mounts            output.c  logs
 *   probe.c   readiness and start-up                                   record.c  the record's file */
#include "base/map.h"
#include "runtime/engine/local/local.h"

typedef struct local_probe {
    const ynode *spec;     /* NULL: none */
    int64_t period, timeout;
    uint32_t needed, failures_allowed, passed, failed;
    bool startup, answered;
    loop_timer timer;
    local_container *container;
    int fd;                /* being connected; -1: none */
    uint32_t got;          /* bytes of an HTTP answer */
    char answer[16];
    bool written;
    local_exec exec;
    bool executing;
} local_probe;

struct local_inner_container {
    bool told;             /* ops.start was called */
    bool over;             /* local_ended() came, or it will never be told */
    bool stopping;         /* SIGTERM was sent */
    loop_timer grace;
    local_probe startup, readiness;
    int log;               /* -1: not open */
    char *line;            /* LOCAL_LINE bytes, made when output comes */
    uint32_t line_n;
};

struct local_inner_pod {
    bool asked;            /* ops.begin was called */
    bool begun, broken, ending, gone, init_failed, deadline_passed, final;
    bool aborted;          /* its containers were told to end */
    int64_t created, grace, active; /* active: activeDeadlineSeconds, from when it begins */
    loop_timer deadline;
    uint32_t generation;   /* of files that change */
    str reason, message;
};

typedef struct local_claim_ {
    str name, target;
} local_claim_;

struct local {
    engine base;
    arena *a, *scratch;
    local_driver *driver;
    loop *loop;
    local_config config;
    VEC(local_pod *) pods, dead; /* dead: their memory is still to go */
    VEC(local_pod *) queue;          /* from queue_head on: not begun yet; NULL: deleted before that */
    uint32_t queue_head, active, active_most; /* Pods that were begun and have not ended */
    map configs;           /* KIND/NAME → object */
    map noticed;           /* texts */
    str program_folder;
    int record;
    uint64_t fed;
    bool closing;          /* nothing is fed any more */
};

static inline local *local_of(engine *e) { return (local *)e; }

/* config.c */
void config_index(local *l, const ynode *objects);
/* NULL: not there. */
const ynode *config_find(local *l, bool secret, str name);
/* The bytes of a key, decoded; false when it is not there, or *problem. */
bool config_value(arena *a, const ynode *object, bool secret, str key, str *out);
/* All keys with their bytes; false: broken base64. */
typedef struct config_entry {
    str key, bytes;
} config_entry;
typedef VEC(config_entry) config_entries;
bool config_entries_of(arena *a, const ynode *object, bool secret, config_entries *out);

/* volume.c: false with what a kubelet would say. */
bool volumes_make(local_pod *p, str *problem);
void volumes_annotated(local_pod *p);
/* What a field path stands for; NULL text: not known. */
str pod_field(arena *a, const local_pod *p, str path);
str pod_resource(arena *a, const local_pod *p, const local_container *self, const ynode *ref);

/* spec.c */
bool spec_read(local_pod *p, str *problem);          /* containers without environment */
bool spec_complete(local_container *c, str *problem); /* environment, command, args, mounts: just before it starts */

/* pod.c */
local_pod *pod_new(local *l, const ynode *object);
void pods_begin(local *l);
void pod_feed(local_pod *p);
void pod_advance(local_pod *p);
void pod_delete(local_pod *p);
void pod_stop_sidecars(local_pod *p);
void pod_kill(local_pod *p);
void pod_free(local_pod *p);

/* probe.c */
void probes_begin(local_container *c);
void probes_end(local_container *c);

/* output.c */
void output_end(local_container *c);

/* record.c */
engine_answer record_open(local *l, bool (*lines)(void *ctx, str lines), void *ctx, str *problem);
engine_answer record_append(local *l, str lines, str *problem);

/* local.c */
void local_feed(local *l, const seq_event *e);
#endif
