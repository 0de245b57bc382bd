/* Claims are volumes of the service, with the claim's own name in the namespace "default", NAMESPACE.CLAIM elsewhere. One
 * that is missing is made; what a run's volumeClaimTemplates make has the run's label. */
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/docker/inner.h"
#include "runtime/engine/local/files.h"
#include <sys/stat.h>
#include <unistd.h>

docker_claim *docker_claim_of(docker *d, str name) {
    docker_claim *c = map_get(&d->claims, name);
    if (c) return c;
    str scope = local_claim_scope(d->base.engine);
    c = ARENA_NEW(d->a, docker_claim);
    *c = (docker_claim){.d = d, .name = str_dup(d->a, name)};
    c->volume = str_eq(scope, S("default")) ? c->name : str_fmt(d->a, "%.*s.%.*s", STR_ARG(scope), STR_ARG(name));
    map_put(&d->claims, c->name, c);
    return c;
}

static void settle(docker_claim *c) {
    c->asked = false;
    for (uint32_t i = 0; i < c->waiting.n; i++) docker_pod_claims(c->waiting.v[i]);
    c->waiting.n = 0;
}

static void broken(docker_claim *c, str problem) { c->problem = str_fmt(c->d->a, "the volume %.*s: %.*s", STR_ARG(c->volume), STR_ARG(problem)); }

static void take(docker_claim *c, const ynode *volume) { c->mountpoint = str_dup(c->d->a, ynode_get_text(volume, S("Mountpoint"))); }

static str body(arena *a, docker_claim *c, bool of_run) {
    ynode *m = ynode_map(a, NULL), *labels = ynode_map(a, NULL);
    if (of_run) labels = docker_labels(a, c->d, STR_NONE, STR_NONE);
    ynode_put_str(a, labels, S(DOCKER_LABEL_CLAIM), c->name);
    ynode_put_str(a, m, S("Name"), c->volume);
    ynode_put(a, m, S("Labels"), labels);
    return emit_json_str(a, m, false);
}

static http_request creation(arena *a, docker_claim *c, bool of_run) {
    return (http_request){.method = "POST", .path = docker_path(a, &c->d->server, "/volumes/create"), .body = body(a, c, of_run), .tries = 1, .ctx = c};
}

static void on_created(void *ctx, http_call *call, const http_answer *x) {
    docker_claim *c = ctx;
    arena *a = http_scratch(call);
    if (docker_good(x)) {
        take(c, json_read(a, x->body));
        c->made = true;
        local_notice(c->d->base.engine, "the claim %.*s is a new volume that stays (`docker volume rm %.*s` removes it)", STR_ARG(c->name), STR_ARG(c->volume));
    } else {
        broken(c, docker_why(a, x));
    }
    settle(c);
}

static void on_found(void *ctx, http_call *call, const http_answer *x) {
    docker_claim *c = ctx;
    arena *a = http_scratch(call);
    if (x->status == 404) {
        http_request r = creation(a, c, false);
        r.done = on_created;
        http_again(call, &r, 0);
        return;
    }
    if (docker_good(x)) take(c, json_read(a, x->body));
    else broken(c, docker_why(a, x));
    settle(c);
}

void docker_claim_want(docker *d, docker_pod *p, docker_claim *c) {
    bool waits = false;
    if (c->mountpoint.n) return;
    for (uint32_t i = 0; i < c->waiting.n; i++) waits |= c->waiting.v[i] == p;
    if (!waits) vec_push(d->a, &c->waiting, p);
    if (c->asked) return;
    c->asked = true;
    c->problem = STR_NONE;
    str name = http_escape(d->a, c->volume);
    http_begin(d->client.http, &(http_request){.method = "GET", .path = docker_path(d->a, &d->server, "/volumes/%.*s", STR_ARG(name)), .tries = 1,
                                               .done = on_found, .ctx = c});
}

static void on_made(void *ctx, http_call *call, const http_answer *x) {
    docker_claim *c = ctx;
    arena *a = http_scratch(call);
    if (docker_good(x)) take(c, json_read(a, x->body)), c->made = true;
    local_claimed(c->d->base.engine, c->name, docker_good(x) ? STR_NONE : docker_why(a, x));
}

void docker_claim_make(docker *d, str name, const ynode *object) {
    docker_claim *c = docker_claim_of(d, name);
    (void)object; /* size, class and access modes mean nothing here */
    http_request r = creation(d->a, c, true);
    r.done = on_made;
    http_begin(d->client.http, &r);
}

/* --- what is in it ------------------------------------------------------------------------------------------------------
 * Here where this user may, by the helper where not: the volumes of a service that is root's, or of one in a virtual
 * machine. */

typedef struct opening {
    docker_pod *p;
    docker_claim *c;
    void (*done)(docker_pod *p);
} opening;

static void on_opened(void *ctx, bool ok) {
    opening *o = ctx;
    if (!ok) engine_log("the volume %.*s may not be writable for every user", STR_ARG(o->c->volume));
    o->done(o->p);
}

void docker_claim_open(docker_pod *p, docker_claim *c, void (*done)(docker_pod *p)) {
    static const str words[] = {{"open", 4}, {"/v", 2}};
    opening *o = ARENA_NEW(p->p->a, opening);
    *o = (opening){p, c, done};
    bool made = c->made;
    c->made = false;
    if (!made || chmod(c->mountpoint.p, 0777) == 0) done(p);
    else docker_helper_run(p, "volume", c->volume, words, 2, on_opened, o);
}

typedef struct folding {
    docker_container *c;
    void (*done)(docker_container *c);
} folding;

static void fold(folding *f) {
    if (!--f->c->folders) f->done(f->c);
}

static void on_folder(void *ctx, bool ok) {
    (void)ok; /* else the container can't be created, and says why */
    fold(ctx);
}

void docker_claim_folders(docker_container *c, void (*done)(docker_container *c)) {
    arena *a = c->pod->p->a;
    folding *f = ARENA_NEW(a, folding);
    *f = (folding){c, done};
    c->folders = 1;
    for (uint32_t i = 0; i < c->c->mounts_n; i++) {
        const local_mount *m = &c->c->mounts[i];
        if (m->volume->kind != LOCAL_CLAIM || m->volume->path.n || !m->sub_path.n) continue;
        const docker_claim *claim = docker_claim_of(c->pod->d, m->volume->claim);
        str path = str_fmt(a, "%.*s/%.*s", STR_ARG(claim->mountpoint), STR_ARG(m->sub_path));
        if (access(path.p, F_OK) == 0 || files_make_folders(path, 0777)) {
            continue;
        }
        str words[] = {S("open"), str_cat(a, S("/v/"), m->sub_path)};
        c->folders++;
        docker_helper_run(c->pod, "volume", claim->volume, words, 2, on_folder, f);
    }
    fold(f);
}
