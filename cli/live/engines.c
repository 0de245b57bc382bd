#include "cli/live/engines.h"
#include "cli/live/program.h"
#include "cli/version.h"
#include "runtime/engine/docker/docker.h"
#include "runtime/engine/host/host.h"
#include <unistd.h>

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

static engine *make_docker(arena *a, engine_request *r, seq_identity *id, str *problem) {
    docker_server s;
    uint32_t removed;
    if (!docker_find(a, &s, problem)) return NULL;
    /* Containers of the process that this run had before, if it is taken up again. */
    if (access(run_file(a, &r->job->folder, "record.jsonl").p, F_OK) == 0 && !docker_collect(a, &s, r->job->state, id->uid, &removed, problem)) return NULL;
    return make_local(a, r, docker_driver(&s), id);
}

static const struct {
    const char *name;
    engine *(*make)(arena *a, engine_request *r, seq_identity *id, str *problem);
} engines[] = {{"docker", make_docker}, {"host", make_host}};
enum { ENGINES = sizeof engines / sizeof *engines };

static bool choose_docker(const options *o, engine_choice *c, str *problem) {
    c->name = "docker";
    return docker_find(o->a, &c->docker, problem);
}

bool engine_choose(const options *o, engine_choice *c, str *problem) {
    *c = (engine_choice){.name = o->engine.n ? str_dup(o->a, o->engine).p : "host"};
    if (str_eq(o->engine, S("docker"))) return choose_docker(o, c, problem);
    if (o->engine.n) return true;
    if (choose_docker(o, c, problem)) {
        say("in containers of %.*s, %.*s", STR_ARG(c->docker.name), STR_ARG(c->docker.where));
        return true;
    }
    say("on this machine, without containers: %.*s", STR_ARG(*problem));
    *c = (engine_choice){.name = "host"};
    return true;
}

/* --- images ---------------------------------------------------------------------------------------------------------- */

typedef struct images {
    arena *a;
    const docker_server *server;
    map known;
} images;

static void on_pull(void *ctx, str text) {
    (void)ctx;
    say("%.*s", STR_ARG(text));
}

static const ynode *image_command(void *ctx, str image, str *why) {
    images *x = ctx;
    const ynode *found = map_get(&x->known, image);
    if (!found && docker_image_command(x->a, x->server, image, on_pull, NULL, &found, why)) map_put(&x->known, str_dup(x->a, image), (void *)(uintptr_t)found);
    return found;
}

/* The host has no images: its driver has a program for steps that leave the command to theirs. */
static void host_images(arena *a, request *r) {
    ynode *command = ynode_seq(a, NULL);
    ynode_push(a, command, ynode_strz(a, HOST_IMAGE_COMMAND));
    map_add(&r->image_entrypoints, S("*"), command);
}

void engine_images(arena *a, const engine_choice *c, request *r) {
    if (strcmp(c->name, "host") == 0) host_images(a, r);
    if (!c->docker.server.n) return;
    images *x = ARENA_NEW(a, images);
    *x = (images){.a = a, .server = &c->docker, .known = map_new(a)};
    r->image_command = image_command;
    r->image_ctx = x;
}

bool engine_clean(arena *a, const state *s, const engine_choice *c, uint32_t *removed, str *problem) {
    *removed = 0;
    return !c->docker.server.n || docker_collect(a, &c->docker, s, STR_NONE, removed, problem);
}

engine *engine_make(arena *a, engine_request *r, seq_identity *id, str *problem) {
    for (size_t i = 0; i < ENGINES; i++)
        if (str_eq(r->job->info.engine, str_z(engines[i].name))) return engines[i].make(a, r, id, problem);
    *problem = str_fmt(a, "the engine %.*s is not part of this build", STR_ARG(r->job->info.engine));
    return NULL;
}
