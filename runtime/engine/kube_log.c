/* What containers write, while they run: one stream for each, begun when it is seen running or ended. A stream that breaks
 * is begun anew from the first line; those that were handed on are passed over. */
#include "runtime/engine/kube_inner.h"

struct kube_log {
    kube_engine_ *k;
    str pod, container;
    uint64_t told, seen; /* lines handed on; lines of this stream */
    uint32_t failures;
    bool ended;          /* the container has: the next end of the stream is the last one */
};

enum { FAILURES_MAX = 5 };

static http_request request(kube_log *x, arena *a);

static void on_line(void *ctx, str line) {
    kube_log *x = ctx;
    x->failures = 0;
    if (x->seen++ < x->told) return;
    x->told++;
    x->k->run.line(x->k->run.line_ctx, x->pod, x->container, line);
}

static void on_end(void *ctx, http_call *call, const http_answer *answer) {
    kube_log *x = ctx;
    bool good = answer->status == 200 && x->ended, hopeless = answer->status == 404 || answer->status == 403;
    if (answer->status == 403 && !x->failures) engine_log("logs of %.*s: %.*s", STR_ARG(x->pod), STR_ARG(kube_why(http_scratch(call), answer)));
    if (good || hopeless || (++x->failures > FAILURES_MAX && answer->status != 200)) {
        x->k->logs.open--;
        return;
    }
    http_request r = request(x, http_scratch(call));
    x->seen = 0;
    http_again(call, &r, http_backoff(x->k->http, x->failures ? x->failures : 1));
}

static http_request request(kube_log *x, arena *a) {
    str path = str_fmt(a, "/api/v1/namespaces/%.*s/pods/%.*s/log?follow=true&container=%.*s", STR_ARG(x->k->run.namespace_), STR_ARG(x->pod), STR_ARG(x->container));
    return (http_request){.method = "GET", .path = path, .line = on_line, .done = on_end, .ctx = x, .background = true, .seconds = UINT16_MAX};
}

void kube_log_pod(kube_engine_ *k, const seq_pod *pod) {
    if (!k->run.line) return;
    arena *a = arena_new_small();
    for (uint32_t i = 0; i < pod->n; i++) {
        const pod_container *c = &pod->containers[i];
        if (c->state == CONTAINER_WAITING) continue;
        str key = str_fmt(a, "%.*s/%.*s", STR_ARG(pod->name), STR_ARG(c->name));
        kube_log *x = map_get(&k->logs.streams, key);
        if (x) {
            x->ended |= c->state == CONTAINER_TERMINATED;
            continue;
        }
        x = ARENA_NEW(k->a, kube_log);
        *x = (kube_log){.k = k, .pod = str_dup(k->a, pod->name), .container = str_dup(k->a, c->name), .ended = c->state == CONTAINER_TERMINATED};
        map_put(&k->logs.streams, str_dup(k->a, key), x);
        k->logs.open++;
        vec_push(k->a, &k->logs.waiting, x);
    }
    arena_free(a);
}

void kube_log_begin(kube_engine_ *k) {
    arena *a = arena_new_small();
    for (uint32_t i = 0; i < k->logs.waiting.n; i++) {
        http_request r = request(k->logs.waiting.v[i], a);
        http_begin(k->http, &r);
    }
    k->logs.waiting.n = 0;
    arena_free(a);
}
