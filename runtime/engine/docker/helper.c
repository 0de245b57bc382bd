/* The helper (helper/helper.c): a tiny program that holds a Pod's network, and does as root in a container what this
 * user may not do with the files that containers leave. */
#include "base/json.h"
#include "runtime/engine/docker/inner.h"
#include "runtime/engine/local/files.h"
#include <errno.h>
#include <stdlib.h>

__asm__(".section .rodata\n"
        ".balign 16\n"
        "docker_helper_begin: .incbin \"" HELPER_FILE "\"\n"
        "docker_helper_end:\n"
        ".previous\n");
extern const char docker_helper_begin[], docker_helper_end[];

enum { LIMIT_SECONDS = 600 };

bool docker_helper_write(arena *a, str folder, str *path, str *problem) {
    str program = {docker_helper_begin, (uint32_t)(docker_helper_end - docker_helper_begin)};
    *path = str_cat(a, folder, S("/.docker-helper"));
    if (files_replace(*path, program, 0755)) return true;
    *problem = str_fmt(a, "%.*s: %s", STR_ARG(*path), strerror(errno));
    return false;
}

str docker_helper(docker *d, str *problem) {
    str path;
    if (!d->helper.n && docker_helper_write(d->a, str_cat(d->a, local_folder(d->base.engine)->path, S("/work")), &path, problem)) d->helper = path;
    return d->helper;
}

typedef struct helping {
    docker_pod *p;
    str id;
    bool ok;
    void (*done)(void *ctx, bool ok);
    void *ctx;
} helping;

static void finish(helping *h) {
    h->done(h->ctx, h->ok);
    docker_pod_idle(h->p);
}

static void again(helping *h, http_call *call, const char *method, const char *what, uint32_t tries, void (*done)(void *, http_call *, const http_answer *)) {
    arena *a = http_scratch(call);
    http_again(call, &(http_request){.method = method, .path = docker_path(a, &h->p->d->server, "/containers/%.*s%s", STR_ARG(h->id), what), .tries = tries,
                                     .seconds = LIMIT_SECONDS, .done = done, .ctx = h}, 0);
}

static void on_removed(void *ctx, http_call *call, const http_answer *x) {
    (void)call;
    (void)x;
    finish(ctx);
}

static void on_waited(void *ctx, http_call *call, const http_answer *x) {
    helping *h = ctx;
    str code = ynode_get_text(docker_good(x) ? json_read(http_scratch(call), x->body) : NULL, S("StatusCode"));
    h->ok = str_eq(code, S("0"));
    again(h, call, "DELETE", "?force=1&v=1", 5, on_removed);
}

static void on_started(void *ctx, http_call *call, const http_answer *x) {
    helping *h = ctx;
    if (docker_good(x)) again(h, call, "POST", "/wait?condition=not-running", 1, on_waited);
    else again(h, call, "DELETE", "?force=1&v=1", 5, on_removed);
}

static void on_created(void *ctx, http_call *call, const http_answer *x) {
    helping *h = ctx;
    str id = ynode_get_text(docker_good(x) ? json_read(http_scratch(call), x->body) : NULL, S("Id"));
    if (id.n) {
        h->id = str_dup(h->p->p->a, id);
        again(h, call, "POST", "/start", 1, on_started);
        return;
    }
    engine_log("a container that helps with files can't be made: %.*s", STR_ARG(docker_why(http_scratch(call), x)));
    finish(h);
}

void docker_helper_run(docker_pod *p, const char *kind, str source, const str *words, uint32_t n, void (*done)(void *ctx, bool ok), void *ctx) {
    arena *a = p->p->a;
    helping *h = ARENA_NEW(a, helping);
    *h = (helping){.p = p, .done = done, .ctx = ctx};
    if (!p->base) { /* no image, so no container ever wrote anything */
        done(ctx, false);
        return;
    }
    http_request r = {.method = "POST", .path = docker_path(a, &p->d->server, "/containers/create"), .body = docker_spec_helper(a, p, kind, source, words, n),
                      .tries = 1, .seconds = LIMIT_SECONDS, .done = on_created, .ctx = h};
    docker_pod_ask(p, &r);
}
