#ifndef RUNTIME_ENGINE_LOCAL_LOCAL_H
#define RUNTIME_ENGINE_LOCAL_LOCAL_H
/* What the engines of this machine share: all of a kubelet but the containers themselves.
 *
 * local_engine() is an engine (runtime/engine/engine.h) whose record and logs are files (state.h). It turns each Pod into
 * volumes and containers, decides which container is started when (init containers one after another, then all others at
 * once), and tells the sequencer what became of them as a Pod's status. What makes containers is a driver: host (bubblewrap)
 * and docker have one each.
 *
 * Who calls whom, for each Pod:
 *
 *   ops.begin(d, pod)          volumes and containers are complete; images are wanted, a network, whatever they share
 *     … local_waiting(c, reason, message) as often as something new is worth showing ("Pulling", …)
 *     → local_begun(pod), or local_broken(pod, reason, message): the Pod fails
 *   ops.start(d, c)            once for each container, when its time has come
 *     → local_started(c), local_output(c, …), local_ended(c, exit code, reason)
 *     or local_waiting(c, "ErrImagePull" | "CreateContainerError" | …, message): it can't be started; the sequencer then
 *     fails the attempt and deletes the Pod, as it would in a cluster
 *   ops.kill(d, c, signal)     SIGTERM, and SIGKILL when its grace is over → local_ended(). Also of one that was told to
 *                              start and has not, or can't: it is given up, local_ended() all the same
 *   ops.end(d, pod)            all its containers have ended or were never told to start, also after local_broken() and
 *                              before local_begun(): remove what begin and start made
 *     → local_gone(pod), after which the Pod's files and `own` are not used any more
 *
 * Answers may come from inside the call or later from a callback of the loop; ops must not block. A driver that can't go on
 * at all says so in every answer. Everything here is used from one thread.
 *
 * Memory: a Pod has an arena, pod->a, which goes with it some time after local_gone(); what a driver hangs on it (`own`) may live
 * there. Texts in local_container and local_volume are NUL-terminated, for system calls. */
#include "runtime/engine/engine.h"
#include "runtime/engine/local/loop.h"
#include "runtime/engine/local/state.h"

typedef struct local local;
typedef struct local_pod local_pod;
typedef struct local_driver local_driver;

typedef enum local_volume_kind {
    LOCAL_FILES, /* configMap, secret, projected, downwardAPI: complete; those with annotations change while the Pod runs */
    LOCAL_EMPTY, /* emptyDir: a new folder */
    LOCAL_CLAIM, /* persistentVolumeClaim, ephemeral: lives longer than the Pod */
    LOCAL_HOST,  /* hostPath: a folder, file or socket of the user */
} local_volume_kind;

typedef struct local_volume {
    str name;
    local_volume_kind kind;
    str path;       /* where it is on this machine; of a LOCAL_CLAIM empty if the driver keeps claims (local_driver.claims) */
    str claim;      /* LOCAL_CLAIM: its name, after aliases; with local_claim_scope() it is unique on this machine */
    bool memory;    /* emptyDir with medium Memory */
    bool read_only; /* of a LOCAL_HOST that the command line did not give: nothing may be written there */
    void *own;      /* the driver's */
} local_volume;

typedef struct local_mount {
    str path;       /* in the container: absolute, no dot segments */
    local_volume *volume;
    str sub_path;   /* below the volume; no leading slash, no dot segments; empty: all of it. It exists, as a folder if it
                       was missing, unless the driver keeps the claim */
    bool read_only;
} local_mount;

typedef struct local_variable {
    str name, value;
} local_variable;

typedef struct local_container {
    local_pod *pod;
    const ynode *spec;   /* for resources, securityContext, imagePullPolicy, ports, … */
    str name, image;
    bool init;           /* of initContainers */
    bool sidecar;        /* an init container with restartPolicy Always: goes on beside the others */
    bool step;           /* a step of Tekton's: when all of them have ended, the task has */
    bool runtime;        /* of tektonc's own runtime image, command /tektonc/entrypoint …: needs no image, only that file
                            (local_program()) */
    const str *command, *args; /* $(VAR) expanded; command_n 0: the image's ENTRYPOINT; args_n 0 as well: its CMD */
    uint32_t command_n, args_n;
    const local_variable *env; /* in order, each name once; what the image sets comes before */
    uint32_t env_n;            /* these, command and args are made just before ops.start() */
    const local_mount *mounts; /* shorter paths first */
    uint32_t mounts_n;
    str working_dir;     /* empty: the image's */
    int64_t user, group; /* -1: the image's */
    bool non_root, read_only_root, privileged;
    bool tty;
    str termination_path; /* in the container */
    str termination;     /* the file here that is to be there: made empty; its content is read after local_ended() */

    /* state, kept by local_*() below */
    container_state state;
    bool ready, started;
    str reason, message, image_id; /* image_id: set by the driver, in pod->a */
    int32_t exit_code;
    int64_t started_at, finished_at;
    void *own;           /* the driver's */
    struct local_inner_container *inner;
} local_container;

struct local_pod {
    local *engine;
    arena *a;
    str name, uid, namespace_;
    const ynode *object; /* the manifest, its annotations as they are now */
    str work;            /* the Pod's folder: volumes, termination files; the driver may make entries that begin with ".driver" */
    local_volume *volumes;
    uint32_t volumes_n;
    local_container *containers; /* init containers first */
    uint32_t containers_n, init_n;
    str address;         /* IP: set by the driver before local_begun(); status.podIP, and where probes connect */
    bool deleting;
    void *own;           /* the driver's */
    struct local_inner_pod *inner;
};

/* A command inside a running container, for probes. The driver answers by local_executed() unless it is dropped before. */
typedef struct local_exec {
    local_container *container;
    const str *argv;
    uint32_t n;
    void *own;
    void *inner;
} local_exec;

typedef struct local_driver_ops {
    void (*begin)(local_driver *d, local_pod *p);
    void (*start)(local_driver *d, local_container *c);
    void (*kill)(local_driver *d, local_container *c, int signal);
    void (*end)(local_driver *d, local_pod *p);
    void (*exec)(local_driver *d, local_exec *x);      /* NULL: exec probes count as passed */
    /* A connection from inside of the Pod's network: argv is ADDRESS PORT [TEXT]; text is sent, and an answer of HTTP's 2xx or
     * 3xx counts. Answered as a command. NULL: the Pod can be reached from here. */
    void (*reach)(local_driver *d, local_exec *x);
    void (*drop)(local_driver *d, local_exec *x);      /* its answer is not wanted any more */
    void (*changed)(local_driver *d, local_volume *v); /* files of a LOCAL_FILES volume have changed here; NULL: nothing to do */
    /* A claim that the driver keeps. NULL: claims are folders (state.h). Answer by local_claimed(). */
    void (*claim)(local_driver *d, str scope, str name, const ynode *object);
    void (*free)(local_driver *d);                     /* every Pod has ended */
} local_driver_ops;

struct local_driver { /* a driver's own struct begins with it */
    const local_driver_ops *ops;
    const char *name; /* "host", "docker" */
    local *engine;    /* set by local_engine() */
};

/* Who wants to see it as it happens; any of them may be NULL. */
typedef struct local_watcher {
    /* A whole line of a container, without its end; a line longer than LOCAL_LINE comes in pieces. */
    void (*line)(void *ctx, str pod, str container, str line);
    /* For people, once: "images are not used", "the claim x is the folder …". */
    void (*notice)(void *ctx, str text);
    void *ctx;
} local_watcher;
enum { LOCAL_LINE = 64 * 1024 };

typedef struct local_config {
    const state *state;
    const run_folder *folder;  /* locked */
    seq_identity identity;
    str program;               /* the entrypoint */
    str runtime_image;
    const ynode *configs;      /* ConfigMaps and Secrets: a sequence of objects; or NULL */
    const ynode *claims;       /* run_info.claims */
    local_watcher watcher;
} local_config;

/* The driver is the engine's from here on. */
engine *local_engine(arena *a, local_driver *d, const local_config *config);
loop *local_loop(engine *e);
/* Everything that still runs is killed at once, without grace. */
void local_kill_all(engine *e);

/* --- for drivers ---------------------------------------------------------------------------------------------------- */

loop *local_loop_of(const local *l);
const run_folder *local_folder(const local *l);
const state *local_state(const local *l);
str local_run_uid(const local *l);
/* The folder with the entrypoint's program in it, as the file `entrypoint`; it stays as long as the engine. */
str local_program(const local *l);
/* A namespace of claims: that of the run. */
str local_claim_scope(const local *l);
void local_notice(local *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

void local_begun(local_pod *p);
void local_broken(local_pod *p, const char *reason, str message);
void local_waiting(local_container *c, const char *reason, str message);
void local_started(local_container *c);
void local_output(local_container *c, const char *bytes, size_t n);
/* reason NULL: Completed or Error, by the code. */
void local_ended(local_container *c, int32_t code, const char *reason, int64_t finished);
void local_gone(local_pod *p);
/* code: of the command; -1: it could not be started. */
void local_executed(local_exec *x, int32_t code);
void local_claimed(local *l, str name, str problem); /* problem empty: it is there */
#endif
