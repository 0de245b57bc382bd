#include "cli/live/engines.h"
#include "cli/live/program.h"
#include "cli/version.h"
#include "runtime/engine/docker/docker.h"
#include "runtime/engine/host/host.h"
#include "runtime/engine/local/files.h"
#include <errno.h>
#include <fcntl.h>
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

static bool is_resumed(arena *a, const job *j) { return access(run_file(a, &j->folder, "record.jsonl").p, F_OK) == 0; }

static engine *make_host(arena *a, engine_request *r, seq_identity *id, str *problem) {
    local_driver *d = host_driver(a, problem);
    if (is_resumed(a, r->job)) host_clean(a, r->job->state, r->job->folder.path);
    return d ? make_local(a, r, d, id) : NULL;
}

static engine *make_docker(arena *a, engine_request *r, seq_identity *id, str *problem) {
    docker_server s;
    uint32_t removed;
    if (r->job->docker) s = *r->job->docker;
    else if (!docker_find(a, &s, problem)) return NULL;
    /* Containers of the process that this run had before. */
    if (is_resumed(a, r->job) && !docker_collect(a, &s, r->job->state, id->uid, &removed, problem)) return NULL;
    return make_local(a, r, docker_driver(&s), id);
}

typedef struct kube_watcher_ {
    arena *scratch;
    const job *job;
    local_watcher to;
} kube_watcher_;

/* Logs are kept here, too: Pods may go. */
static void on_kube_line(void *ctx, str pod, str container, str line) {
    kube_watcher_ *x = ctx;
    str folder = str_fmt(x->scratch, "%.*s/logs/%.*s", STR_ARG(x->job->folder.path), STR_ARG(pod)), path = str_fmt(x->scratch, "%.*s/%.*s", STR_ARG(folder), STR_ARG(container));
    int fd = files_make_folders(folder, 0700) ? open(path.p, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        str whole = str_cat(x->scratch, line, S("\n"));
        if (write(fd, whole.p, whole.n) < 0) engine_log("%.*s: %s", STR_ARG(path), strerror(errno));
        close(fd);
    }
    arena_reset(x->scratch);
    x->to.line(x->to.ctx, pod, container, line);
}

static engine *make_kube(arena *a, engine_request *r, seq_identity *id, str *problem) {
    const job *j = r->job;
    cluster *c = ARENA_NEW(a, cluster);
    kube_watcher_ *w = ARENA_NEW(a, kube_watcher_);
    if (!cluster_open(a, j->info.kubeconfig, j->info.context, id->namespace_, c, problem)) return NULL;
    *w = (kube_watcher_){arena_new(), j, r->watcher};
    kube_run run = {.name = id->name, .uid = id->uid, .namespace_ = id->namespace_, .image = r->options->runtime_image, .stop = -1, .jobless = true, .line = on_kube_line, .line_ctx = w};
    if (!cluster_add_objects(c, &run, j->configs, problem)) return NULL;
    engine *e = kube_engine(a, &c->config, &run);
    if (kube_entrypoint(e, a, program_entrypoint(), &id->entrypoint_config_map, problem) == ENGINE_DONE) return e;
    e->ops->free(e);
    return NULL;
}

void engine_forget(arena *a, const run_info *i) {
    cluster c;
    str why = STR_NONE;
    if (!str_eq(i->engine, S("kube"))) return;
    if (cluster_open(a, i->kubeconfig, i->context, i->namespace_, &c, &why) && cluster_remove(&c, i->name, i->uid, &why)) return;
    say("%.*s stays in the cluster: %.*s", STR_ARG(i->name), STR_ARG(why));
}

static const struct {
    const char *name;
    engine *(*make)(arena *a, engine_request *r, seq_identity *id, str *problem);
} engines[] = {{"docker", make_docker}, {"host", make_host}, {"kube", make_kube}};
enum { ENGINES = sizeof engines / sizeof *engines };

static bool choose_docker(const options *o, engine_choice *c, str *problem) {
    c->name = "docker";
    return docker_find(o->a, &c->docker, problem);
}

static bool choose_kube(const options *o, engine_choice *c, str *problem) {
    c->name = "kube";
    if (!cluster_open(o->a, o->kubeconfig, o->context, o->namespace_, &c->kube, problem)) return false;
    say("in the namespace %.*s of %.*s", STR_ARG(c->kube.namespace_), STR_ARG(c->kube.config.server));
    return true;
}

bool engine_choose(const options *o, engine_choice *c, str *problem) {
    *c = (engine_choice){.name = o->engine.n ? str_dup(o->a, o->engine).p : "host"};
    if (str_eq(o->engine, S("docker"))) return choose_docker(o, c, problem);
    if (str_eq(o->engine, S("kube"))) return choose_kube(o, c, problem);
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
