#ifndef CLI_LIVE_ENGINES_H
#define CLI_LIVE_ENGINES_H
/* Which engine, and how it is made. One row of a table for each. */
#include "cli/live/take.h"
#include "runtime/engine/local/local.h"

typedef struct engine_request {
    const job *job;
    const options *options;
    local_watcher watcher;
    bool local; /* out: it is one of runtime/engine/local */
} engine_request;

/* The engine that the options ask for, or by default the best one that there is: docker when its socket answers, else host. */
const char *engine_choose(const options *o);
/* The one that job->info.engine names. May change the identity (the entrypoint's ConfigMap). NULL: *problem. */
engine *engine_make(arena *a, engine_request *r, seq_identity *id, str *problem);
#endif
