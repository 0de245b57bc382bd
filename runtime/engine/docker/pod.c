/* A Pod: its images, claims, the container that holds its network; and the end of all that. */
#include "base/json.h"
#include "runtime/engine/docker/inner.h"
#include "runtime/engine/local/files.h"

enum { CREATE_SECONDS = 300, REMOVE_SECONDS = 120, REMOVE_TRIES = 6 };

http_call *docker_pod_ask(docker_pod *p, http_request *r) {
    p->busy++;
    return http_begin(p->d->client.http, r);
}

static void end_further(docker_pod *p);

void docker_pod_idle(docker_pod *p) {
    if (--p->busy == 0 && p->ending) end_further(p);
}

/* --- the network's owner ---------------------------------------------------------------------------------------------- */

static const ynode *pod_spec(const docker_pod *p) { return ynode_get(p->p->object, S("spec")); }

/* One container alone keeps its own network; nobody else would look for it. But who wants to know the address before. */
static bool asks_address(const docker_pod *p) {
    for (uint32_t i = 0; i < p->p->containers_n; i++)
        YNODE_EACH(k, one, ynode_get(p->p->containers[i].spec, S("env"))) {
            str path = ynode_get_text(ynode_get(ynode_get(one, S("valueFrom")), S("fieldRef")), S("fieldPath"));
            if (str_starts(path, S("status.podIP"))) return true;
        }
    return false;
}

static bool needs_infra(const docker_pod *p) {
    if (p->p->containers_n > 1) return true;
    return asks_address(p) && !ynode_true(ynode_get(pod_spec(p), S("hostNetwork")));
}

static void begun(docker_pod *p) {
    p->begun = true;
    if (!p->ending) local_begun(p->p);
}

static void broken(docker_pod *p, const char *what, str why) {
    if (!p->ending) local_broken(p->p, "CreateContainerError", str_fmt(p->p->a, "%s: %.*s", what, STR_ARG(why)));
}

static str address(const ynode *container) {
    const ynode *network = ynode_get(container, S("NetworkSettings")), *all = ynode_get(network, S("Networks"));
    str ip = ynode_get_text(network, S("IPAddress"));
    for (uint32_t i = 0; i < ynode_count(all) && !ip.n; i++) ip = ynode_get_text(all->pairs[i].value, S("IPAddress"));
    return ip;
}

static void on_inspected(void *ctx, http_call *call, const http_answer *x) {
    docker_pod *p = ctx;
    str ip = docker_good(x) ? address(json_read(http_scratch(call), x->body)) : STR_NONE;
    if (ip.n) p->p->address = str_dup(p->p->a, ip);
    begun(p);
    docker_pod_idle(p);
}

static void on_started(void *ctx, http_call *call, const http_answer *x) {
    docker_pod *p = ctx;
    arena *a = http_scratch(call);
    if (docker_good(x) && !p->ending) {
        p->owner = p->infra_id;
        http_again(call, &(http_request){.method = "GET", .path = docker_path(a, &p->d->server, "/containers/%.*s/json", STR_ARG(p->infra_id)), .tries = 2,
                                         .done = on_inspected, .ctx = p}, 0);
        return;
    }
    if (!docker_good(x)) broken(p, "the container that holds the Pod's network can't be started", docker_why(a, x));
    docker_pod_idle(p);
}

static void on_created(void *ctx, http_call *call, const http_answer *x) {
    docker_pod *p = ctx;
    arena *a = http_scratch(call);
    str id = ynode_get_text(docker_good(x) ? json_read(a, x->body) : NULL, S("Id"));
    p->infra_id = str_dup(p->p->a, id.p ? id : S(""));
    if (id.n && !p->ending) {
        http_again(call, &(http_request){.method = "POST", .path = docker_path(a, &p->d->server, "/containers/%.*s/start", STR_ARG(id)), .tries = 1,
                                         .seconds = CREATE_SECONDS, .done = on_started, .ctx = p}, 0);
        return;
    }
    if (!id.n) broken(p, "the container that holds the Pod's network can't be made", docker_why(a, x));
    docker_pod_idle(p);
}

static void make_infra(docker_pod *p) {
    arena *a = p->p->a;
    str name = docker_container_name(a, p, S("pod")), problem = STR_NONE;
    if (!docker_helper(p->d, &problem).n) {
        broken(p, "the helper can't be written", problem);
        return;
    }
    http_request r = {.method = "POST", .path = docker_path(a, &p->d->server, "/containers/create?name=%.*s", STR_ARG(name)), .body = docker_spec_infra(a, p), .tries = 1,
                      .seconds = CREATE_SECONDS, .done = on_created, .ctx = p};
    docker_pod_ask(p, &r);
}

/* --- memory ------------------------------------------------------------------------------------------------------------ */

static void on_memory(void *ctx, http_call *call, const http_answer *x) {
    docker_pod *p = ctx;
    if (!docker_good(x)) engine_log("a volume in memory can't be made: %.*s", STR_ARG(docker_why(http_scratch(call), x)));
    if (--p->left == 0 && !p->ending) make_infra(p);
    docker_pod_idle(p);
}

static void make_memory(docker_pod *p) {
    arena *a = p->p->a;
    p->left = 1;
    for (uint32_t i = 0; i < p->p->volumes_n; i++) {
        if (docker_memory_kind(p, &p->p->volumes[i]) != DOCKER_MEMORY_SHARED) continue;
        http_request r = {.method = "POST", .path = docker_path(a, &p->d->server, "/volumes/create"), .body = docker_spec_memory(a, p, &p->p->volumes[i]), .tries = 1,
                          .done = on_memory, .ctx = p};
        p->left++;
        docker_pod_ask(p, &r);
    }
    if (--p->left == 0) make_infra(p);
}

/* --- what it needs before ---------------------------------------------------------------------------------------------- */

static bool kept_claim(const local_volume *v) { return v->kind == LOCAL_CLAIM && !v->path.n; }

static void on_opened(docker_pod *p) {
    if (--p->left || p->ending) return;
    /* Without any image there is nothing to start: each container says what is wrong with its own. */
    if (p->base && needs_infra(p)) {
        p->infra = true;
        make_memory(p);
    } else {
        begun(p);
    }
}

static void go_on(docker_pod *p) {
    if (!p->images || !p->claims || p->ending || p->made) return;
    p->made = true;
    p->left = 1;
    for (uint32_t i = 0; i < p->p->volumes_n; i++)
        if (kept_claim(&p->p->volumes[i])) {
            p->left++;
            docker_claim_open(p, docker_claim_of(p->d, p->p->volumes[i].claim), on_opened);
        }
    on_opened(p);
}

void docker_pod_images(docker_pod *p) {
    bool all = true;
    for (uint32_t i = 0; i < p->p->containers_n; i++) {
        docker_image *m = p->containers[i].image;
        if (!m) continue;
        if (m->state == DOCKER_IMAGE_ASKED) all = false;
        if (m->state == DOCKER_IMAGE_READY && !p->base) p->base = m;
        if (p->containers[i].c->reason.n && m->state == DOCKER_IMAGE_READY && !p->ending) local_waiting(p->containers[i].c, "ContainerCreating", STR_NONE);
    }
    p->images = all;
    go_on(p);
}

void docker_pod_progress(docker_pod *p, docker_image *image) {
    for (uint32_t i = 0; i < p->p->containers_n && !p->ending; i++)
        if (p->containers[i].image == image) local_waiting(p->containers[i].c, "Pulling", str_fmt(p->p->a, "%.*s %.*s", STR_ARG(image->name), STR_ARG(image->progress)));
}

void docker_pod_claims(docker_pod *p) {
    bool all = true;
    for (uint32_t i = 0; i < p->p->volumes_n && !p->ending; i++) {
        const local_volume *v = &p->p->volumes[i];
        if (!kept_claim(v)) continue;
        docker_claim *c = docker_claim_of(p->d, v->claim);
        if (c->problem.n) {
            local_broken(p->p, "CreateContainerConfigError", c->problem);
            return;
        }
        if (!c->mountpoint.n) all = false, docker_claim_want(p->d, p, c);
    }
    p->claims = all;
    go_on(p);
}

void docker_pod_begin(docker_pod *p) {
    docker *d = p->d;
    p->containers = ARENA_ARRAY(p->p->a, docker_container, p->p->containers_n + 1);
    for (uint32_t i = 0; i < p->p->containers_n; i++) {
        local_container *c = &p->p->containers[i];
        p->containers[i] = (docker_container){.pod = p, .c = c};
        c->own = &p->containers[i];
        if (!c->runtime) p->containers[i].image = docker_image_want(d, p, c->image, c->spec);
    }
    docker_pod_claims(p);
    docker_pod_images(p);
}

/* --- the end ------------------------------------------------------------------------------------------------------------ */

enum { END_CONTAINERS, END_INFRA, END_VOLUMES, END_FILES, END_GONE };

static void on_removed(void *ctx, http_call *call, const http_answer *x) {
    docker_pod *p = ctx;
    if (!docker_good(x) && x->status != 404)
        engine_log("%.*s can't be removed (`tektonc gc` tries again): %.*s", STR_ARG(http_asked(call)->path), STR_ARG(docker_why(http_scratch(call), x)));
    docker_pod_idle(p);
}

static void remove_(docker_pod *p, const char *kind, str name, const char *query) {
    arena *a = p->p->a;
    http_request r = {.method = "DELETE", .path = docker_path(a, &p->d->server, "/%s/%.*s%s", kind, STR_ARG(name), query), .tries = REMOVE_TRIES,
                      .seconds = REMOVE_SECONDS, .done = on_removed, .ctx = p};
    docker_pod_ask(p, &r);
}

static void on_emptied(void *ctx, bool ok) {
    docker_pod *p = ctx;
    if (!ok) engine_log("files of the Pod %.*s can't be removed", STR_ARG(p->p->name));
}

/* What containers wrote as other users: only in folders where they could write. */
static void remove_files(docker_pod *p) {
    static const str empty[] = {{"empty", 5}, {"/v", 2}};
    bool all = true;
    for (uint32_t i = 0; i < p->p->volumes_n; i++)
        if (p->p->volumes[i].kind == LOCAL_EMPTY) all &= files_remove(p->p->volumes[i].path);
    if (!all) docker_helper_run(p, "bind", p->p->work, empty, 2, on_emptied, p);
}

/* Each stage after everything of the one before has been answered. */
static void end_further(docker_pod *p) {
    while (!p->busy && p->stage < END_GONE) {
        switch (p->stage++) {
        case END_CONTAINERS:
            for (uint32_t i = 0; i < p->p->containers_n; i++)
                if (p->containers[i].id.n) remove_(p, "containers", p->containers[i].id, "?force=1&v=1");
            break;
        case END_INFRA:
            if (p->infra_id.n) remove_(p, "containers", p->infra_id, "?force=1&v=1");
            break;
        case END_VOLUMES:
            for (uint32_t i = 0; i < p->p->volumes_n && p->infra; i++)
                if (docker_memory_kind(p, &p->p->volumes[i]) == DOCKER_MEMORY_SHARED)
                    remove_(p, "volumes", docker_memory_volume(p->p->a, p, &p->p->volumes[i]), "?force=1");
            break;
        case END_FILES: remove_files(p); break;
        }
    }
    if (!p->busy) local_gone(p->p);
}

static void forget(docker_pod *p) {
    docker *d = p->d;
    for (uint32_t i = 0; i < d->images.n; i++) {
        docker_image *m = d->images.entries[i].value;
        for (uint32_t k = 0; k < m->waiting.n; k++)
            if (m->waiting.v[k] == p) m->waiting.v[k--] = m->waiting.v[--m->waiting.n];
    }
    for (uint32_t i = 0; i < d->claims.n; i++) {
        docker_claim *c = d->claims.entries[i].value;
        for (uint32_t k = 0; k < c->waiting.n; k++)
            if (c->waiting.v[k] == p) c->waiting.v[k--] = c->waiting.v[--c->waiting.n];
    }
}

void docker_pod_end(docker_pod *p) {
    p->ending = true;
    forget(p);
    if (!p->busy) end_further(p);
}
