#ifndef RUNTIME_ENGINE_DOCKER_INNER_H
#define RUNTIME_ENGINE_DOCKER_INNER_H
/* The state of the containers' driver, shared by its files; nobody else includes it.
 *
 *   connect.c    where the service is          container.c  one container: create, start, logs, end; commands in it
 *   client.c     asking it                     pod.c        a Pod: images, claims, the network's owner, the end
 *   registry.c   credentials for pulling       claim.c      volumes of the service
 *   image.c      images: look up, pull         helper.c     short containers that do what the user may not
 *   spec.c       a container as JSON           collect.c    what killed runs left
 *   driver.c     what local.h asks for
 *
 * Everything here is asynchronous: a request's callback goes on with the next step. What a callback needs stays until
 * docker_pod.busy is 0. */
#include "base/map.h"
#include "runtime/engine/docker/docker.h"
#include "runtime/engine/http.h"

typedef struct docker docker;
typedef struct docker_pod docker_pod;
typedef struct docker_container docker_container;

/* --- client.c, registry.c ---------------------------------------------------------------------------------------- */

typedef struct docker_client {
    http_client *http;
    const docker_server *server;
} docker_client;

docker_client docker_client_new(const docker_server *s);
void docker_client_free(docker_client *c);
/* PREFIX/…; the arguments must be escaped already. */
str docker_path(arena *a, const docker_server *s, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* One sentence of an answer that is a failure. */
str docker_why(arena *a, const http_answer *x);
static inline bool docker_good(const http_answer *x) { return x->status >= 200 && x->status < 300; }

str docker_config_folder(arena *a);
/* The header with credentials for the image's registry, or none. */
str docker_registry_header(arena *a, str image);

/* --- image.c ------------------------------------------------------------------------------------------------------ */

typedef enum docker_image_state { DOCKER_IMAGE_ASKED, DOCKER_IMAGE_READY, DOCKER_IMAGE_BROKEN } docker_image_state;

typedef struct docker_image {
    docker *d;
    str name;
    docker_image_state state;
    bool pull;            /* Always: not asked for before it was pulled in this run */
    bool never;
    const char *reason;   /* BROKEN: ErrImagePull, … */
    str problem;
    str id, user, stop_signal;
    const ynode *entrypoint, *cmd;
    str progress;         /* while it is pulled: "12 of 40 MB" */
    map layers;           /* of the pull: id → docker_layer */
    int64_t shown;
    VEC(docker_pod *) waiting;
} docker_image;

/* Asked for from now on; a Pod that waits is told by docker_pod_images(). */
docker_image *docker_image_want(docker *d, docker_pod *p, str name, const ynode *container);
/* {"Config": …} of an image's answer. */
void docker_image_read(arena *a, const ynode *answer, docker_image *out);
/* The query of a pull: fromImage=…&tag=… */
str docker_image_query(arena *a, str name);

/* --- claim.c ------------------------------------------------------------------------------------------------------ */

typedef struct docker_claim {
    docker *d;
    str name, volume;     /* the claim's, the service's */
    str mountpoint;       /* where the service has it; empty: not known yet */
    bool made;            /* by this run: to be opened for all users */
    bool asked;
    str problem;
    VEC(docker_pod *) waiting;
} docker_claim;

docker_claim *docker_claim_of(docker *d, str name);
/* Looks for it, makes it if it is missing, and tells those that wait by docker_pod_claims(). */
void docker_claim_want(docker *d, docker_pod *p, docker_claim *c);
void docker_claim_make(docker *d, str name, const ynode *object);
/* A new claim may be written by all users: done(p) when that is so. */
void docker_claim_open(docker_pod *p, docker_claim *c, void (*done)(docker_pod *p));
/* subPaths of claims must be there before they are mounted: done(c) when they are, or never will be. */
void docker_claim_folders(docker_container *c, void (*done)(docker_container *c));

/* --- container.c, pod.c ------------------------------------------------------------------------------------------- */

struct docker_container {
    docker_pod *pod;
    local_container *c;
    docker_image *image;
    str id;
    bool told, starting, started, over;
    bool cut;             /* the attachment broke */
    bool stop;            /* to be ended before it began */
    uint32_t folders;     /* of claims, that are made before it begins */
    int32_t code;         /* how it ended, once that is known: `ended` is not 0 */
    const char *reason;
    int64_t ended;
    http_call *log;       /* the attachment */
    loop_timer drain;     /* until what is left of the log is fetched by itself */
    uint8_t head[8];      /* of a frame of the log */
    uint32_t head_n, left;
    uint64_t told_bytes, skip; /* handed on so far; to be passed over */
};

struct docker_pod {
    docker *d;
    local_pod *p;
    docker_container *containers;
    bool infra;           /* a container of its own holds the network */
    str infra_id, owner;  /* owner: whose network the others join; empty: the first container's own */
    docker_image *base;   /* what the infra container and helpers are made of; NULL: no image is there */
    uint32_t busy;        /* requests on their way that need this struct */
    bool images, claims;  /* are there */
    bool made, begun, ending;
    uint32_t left;        /* things that are done before the next step */
    int stage;            /* of the end */
};

struct docker {
    local_driver base;
    arena *a;
    docker_server server;
    docker_client client;
    loop_timer tick;
    bool attached;
    str helper;           /* the helper's program; empty: not written yet */
    map images, claims;
    VEC(docker_image *) pulls;
};

static inline docker *docker_of(local_driver *d) { return (docker *)d; }

void docker_pod_images(docker_pod *p);   /* one of its images is there or never will be */
void docker_pod_progress(docker_pod *p, docker_image *image);
void docker_pod_claims(docker_pod *p);
void docker_pod_begin(docker_pod *p);
void docker_pod_end(docker_pod *p);
/* A request of this Pod was answered, and all that follows from it is begun. */
void docker_pod_idle(docker_pod *p);
/* Begins a request that counts as one of the Pod's; `done` must end with docker_pod_idle(). */
http_call *docker_pod_ask(docker_pod *p, http_request *r);

void docker_container_start(docker_container *c);
void docker_container_kill(docker_container *c, int signal);
void docker_exec(local_exec *x);
void docker_reach(local_exec *x);
void docker_exec_drop(local_exec *x);

/* --- spec.c, helper.c --------------------------------------------------------------------------------------------- */

/* The body of /containers/create. */
str docker_spec(arena *a, docker_container *c);
str docker_spec_infra(arena *a, docker_pod *p);
str docker_spec_helper(arena *a, docker_pod *p, const char *kind, str source, const str *words, uint32_t n);
str docker_container_name(arena *a, const docker_pod *p, str container);
/* The volume of the service that stands for an emptyDir in memory that several containers share. */
str docker_memory_volume(arena *a, const docker_pod *p, const local_volume *v);
/* Memory that one container mounts is its own; parts of a volume (subPath) can only be had of a folder. */
typedef enum docker_memory { DOCKER_NO_MEMORY, DOCKER_MEMORY_OWN, DOCKER_MEMORY_SHARED } docker_memory;
docker_memory docker_memory_kind(const docker_pod *p, const local_volume *v);
/* The body of /volumes/create for it. */
str docker_spec_memory(arena *a, const docker_pod *p, const local_volume *v);
/* labels of whatever belongs to the run. */
ynode *docker_labels(arena *a, const docker *d, str pod, str container);

/* The helper into a folder, as .docker-helper. */
bool docker_helper_write(arena *a, str folder, str *path, str *problem);
#define DOCKER_HELPER_PATH "/.tektonc-helper" /* in the containers */
/* The helper's program as a file here; empty when it can't be written, *problem says why. */
str docker_helper(docker *d, str *problem);
/* Runs the helper as root in a container of its own, with a folder ("bind") or a volume ("volume") at /v, and then calls
 * done(ctx, ok). Counts as a request of the Pod until then. */
void docker_helper_run(docker_pod *p, const char *kind, str source, const str *words, uint32_t n, void (*done)(void *ctx, bool ok), void *ctx);
#endif
