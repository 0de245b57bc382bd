#include "cli/live/engines.h"
#include "cli/live/program.h"
#include "cli/version.h"
#include "runtime/engine/host/host.h"

static engine *make_local(arena *a, engine_request *r, local_driver *d, seq_identity *id) {
    const job *j = r->job;
    local_config config = {
        .state = j->state,
        .folder = &j->folder,
        .identity = *id,
        .program = program_entrypoint(),
        .runtime_image = S(TEKTONC_RUNTIME_IMAGE),
        .configs = j->configs,
        .claims = j->info.claims,
        .watcher = r->watcher,
    };
    r->local = true;
    return local_engine(a, d, &config);
}

static engine *make_host(arena *a, engine_request *r, seq_identity *id, str *problem) {
    local_driver *d = host_driver(a, problem);
    return d ? make_local(a, r, d, id) : NULL;
}

static const struct {
    const char *name;
    engine *(*make)(arena *a, engine_request *r, seq_identity *id, str *problem);
} engines[] = {{"host", make_host}};
enum { ENGINES = sizeof engines / sizeof *engines };

const char *engine_choose(const options *o) { return o->engine.n ? str_dup(o->a, o->engine).p : "host"; }

engine *engine_make(arena *a, engine_request *r, seq_identity *id, str *problem) {
    for (size_t i = 0; i < ENGINES; i++)
        if (str_eq(r->job->info.engine, str_z(engines[i].name))) return engines[i].make(a, r, id, problem);
    *problem = str_fmt(a, "the engine %.*s is not part of this build", STR_ARG(r->job->info.engine));
    return NULL;
}
