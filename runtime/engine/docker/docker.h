#ifndef RUNTIME_ENGINE_DOCKER_DOCKER_H
#define RUNTIME_ENGINE_DOCKER_DOCKER_H
/* Containers by the Engine API, as Docker and Podman's service have it: the driver of the local engine (local.h) that
 * makes a Pod of containers which share a network namespace.
 *
 * In: where the service is, from what the docker command goes by ($DOCKER_HOST, contexts, sockets in their usual places).
 * Out: a driver; what an image runs; removal of what killed runs left. Everything that is made has the labels below.
 * The service must see this machine's files: Pods' volumes are folders here, mounted into the containers. */
#include "runtime/engine/local/local.h"

#define DOCKER_LABEL_RUN SEQ_LABEL_RUN             /* the run's uid */
#define DOCKER_LABEL_FOLDER "tektonc.dev/run"      /* the run's folder */
#define DOCKER_LABEL_POD "tektonc.dev/pod"
#define DOCKER_LABEL_CONTAINER "tektonc.dev/container"
#define DOCKER_LABEL_CLAIM "tektonc.dev/claim"

typedef struct docker_server {
    str where;     /* for people: unix:///var/run/docker.sock */
    str server, socket;
    str ca, cert, key;
    bool insecure;
    str prefix;    /* of every path: /v1.41 */
    str name;      /* Docker 20.10.24, Podman 4.3.1 */
    bool podman;
} docker_server;

/* The service that answers. False: none does; *problem says where was looked. Texts live in `a`. */
bool docker_find(arena *a, docker_server *out, str *problem);

/* What the image runs: {command: […], args: […]}, its ENTRYPOINT and CMD, or with only CMD that as the command. Pulls an
 * image that is not there; what passes meanwhile is told to `notice`. */
bool docker_image_command(arena *a, const docker_server *s, str image, void (*notice)(void *ctx, str text), void *ctx, const ynode **out, str *problem);

/* The struct is copied. */
local_driver *docker_driver(const docker_server *s);

/* Removes containers of runs of this state that nobody advances, and claims of runs whose folder is gone; or all containers
 * of the run with the uid `only`. Counts what it removed. */
bool docker_collect(arena *a, const docker_server *s, const state *st, str only, uint32_t *removed, str *problem);
/* Removes what is in a folder here, as root in a container of whatever image the service has: what containers left and this
 * user may not remove. */
bool docker_empty(arena *a, const docker_server *s, str folder, str *problem);
#endif
