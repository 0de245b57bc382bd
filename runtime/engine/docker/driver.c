/* What the local engine asks of its driver. */
#include "runtime/engine/docker/inner.h"
#include <sys/epoll.h>

static void on_fd(void *ctx, int fd, uint32_t events) {
    docker *d = ctx;
    http_ready(d->client.http, fd, events & (EPOLLIN | EPOLLHUP | EPOLLERR), events & EPOLLOUT);
}

static void watch(void *ctx, int fd, bool in, bool out) {
    docker *d = ctx;
    loop *l = local_loop_of(d->base.engine);
    if (in || out) loop_watch(l, fd, (in ? EPOLLIN : 0) | (out ? EPOLLOUT : 0), on_fd, d);
    else loop_forget(l, fd);
}

static void on_tick(void *ctx) { http_tick(((docker *)ctx)->client.http); }

static void wake(void *ctx, int64_t at) {
    docker *d = ctx;
    loop_at(local_loop_of(d->base.engine), &d->tick, at);
}

/* The loop is known only after local_engine(). */
static void attach(docker *d) {
    if (d->attached) return;
    d->attached = true;
    d->tick = (loop_timer){.fire = on_tick, .ctx = d};
    http_attach(d->client.http, &(http_waiter){.watch = watch, .wake = wake, .ctx = d});
}

static void begin(local_driver *base, local_pod *p) {
    docker *d = docker_of(base);
    docker_pod *own = ARENA_NEW(p->a, docker_pod);
    attach(d);
    *own = (docker_pod){.d = d, .p = p};
    p->own = own;
    docker_pod_begin(own);
}

static void start(local_driver *base, local_container *c) {
    (void)base;
    docker_container_start(c->own);
}

static void kill_(local_driver *base, local_container *c, int number) {
    (void)base;
    docker_container_kill(c->own, number);
}

static void end(local_driver *base, local_pod *p) {
    (void)base;
    docker_pod_end(p->own);
}

static void exec(local_driver *base, local_exec *x) {
    (void)base;
    docker_exec(x);
}

static void reach(local_driver *base, local_exec *x) {
    (void)base;
    docker_reach(x);
}

static void drop(local_driver *base, local_exec *x) {
    (void)base;
    docker_exec_drop(x);
}

static void claim(local_driver *base, str scope, str name, const ynode *object) {
    (void)scope;
    attach(docker_of(base));
    docker_claim_make(docker_of(base), name, object);
}

static void free_(local_driver *base) {
    docker *d = docker_of(base);
    docker_client_free(&d->client);
    if (d->attached) loop_at(local_loop_of(base->engine), &d->tick, 0);
    arena_free(d->a);
}

local_driver *docker_driver(const docker_server *s) {
    static const local_driver_ops ops = {
        .begin = begin,
        .start = start,
        .kill = kill_,
        .end = end,
        .exec = exec,
        .reach = reach,
        .drop = drop,
        .claim = claim,
        .free = free_,
    };
    arena *a = arena_new();
    docker *d = ARENA_NEW(a, docker);
    *d = (docker){.base = {.ops = &ops, .name = "docker"}, .a = a, .server = *s, .images = map_new(a), .claims = map_new(a)};
    d->client = docker_client_new(&d->server);
    return &d->base;
}
