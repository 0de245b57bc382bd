#ifndef CLI_LIVE_ENGINES_H
#define CLI_LIVE_ENGINES_H
/* Which engine, and how it is made. One row of a table for each. */
#include "cli/live/take.h"
#include "compiler/request.h"
#include "runtime/engine/cluster/cluster.h"
#include "runtime/engine/docker/docker.h"
#include "runtime/engine/local/local.h"

typedef struct engine_request {
    const job *job;
    const options *options;
    local_watcher watcher;
    bool local; /* out: it is one of runtime/engine/local */
} engine_request;

typedef struct engine_choice {
    const char *name;
    docker_server docker; /* of docker: where it is */
    cluster kube;         /* of kube: where it is */
} engine_choice;

/* The engine that the options ask for, or by default the best one that there is (and says which): docker when its socket
 * answers, else host. False: the wanted one is not there, *problem says why. */
bool engine_choose(const options *o, engine_choice *out, str *problem);
/* A request that asks the engine's images what they run. */
void engine_images(arena *a, const engine_choice *c, request *r);
/* Removes what ended and killed runs of this state left outside of their folders. */
bool engine_clean(arena *a, const state *s, const engine_choice *c, uint32_t *removed, str *problem);
/* What a run has outside of its folder and of its engine's reach: in a cluster. Says what could not be removed. */
void engine_forget(arena *a, const run_info *i);
/* The one that job->info.engine names. May change the identity (the entrypoint's ConfigMap). NULL: *problem. */
engine *engine_make(arena *a, engine_request *r, seq_identity *id, str *problem);
#endif
