#include "runtime/engine/kube_watch.h"
#include "base/json.h"
#include "runtime/engine/engine.h"
#include <stdio.h>
#include <stdlib.h>

/* A page of Pods is some 250 KB of text, its tree a few times that: this is what bounds the memory. */
enum { PAGE = 25, VERSION_MAX = 128, CONTINUE_MAX = 8192 };
#define SECOND INT64_C(1000000000)

struct kube_watch {
    http_client *h;
    str path, selector;
    kube_watcher to;
    arena *scratch;
    char version[VERSION_MAX], next[CONTINUE_MAX]; /* of the collection; of the page that follows */
    uint32_t failures;
    int64_t began;
    bool gone; /* the server forgot what we know: list again */
};

static void on_list(void *ctx, http_call *call, const http_answer *x);
static void on_line(void *ctx, str line);
static void on_end(void *ctx, http_call *call, const http_answer *x);

static bool keep(char *to, size_t room, str text) {
    if (text.n >= room) return false;
    if (text.n) memcpy(to, text.p, text.n);
    to[text.n] = 0;
    return true;
}

static http_request list_request(kube_watch *w) {
    str more = w->next[0] ? str_cat(w->scratch, S("&continue="), http_escape(w->scratch, str_z(w->next))) : S("");
    str path = str_fmt(w->scratch, "%.*s?%.*s&limit=%d%.*s", STR_ARG(w->path), STR_ARG(w->selector), PAGE, STR_ARG(more));
    return (http_request){.method = "GET", .path = path, .done = on_list, .ctx = w, .background = true};
}

static http_request watch_request(kube_watch *w) {
    str path = str_fmt(w->scratch, "%.*s?%.*s&watch=1&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion=%s", STR_ARG(w->path),
                       STR_ARG(w->selector), w->version);
    return (http_request){.method = "GET", .path = path, .line = on_line, .done = on_end, .ctx = w, .background = true};
}

static void list_again(kube_watch *w, http_call *call, int64_t delay) {
    w->next[0] = 0;
    w->gone = false;
    w->to.begin(w->to.ctx);
    http_request r = list_request(w);
    http_again(call, &r, delay);
    arena_reset(w->scratch);
}

/* begin comes right before the request is sent: what is made after it, but before the server looks, must not count as
 * gone. With a delay it comes early, which is as good. */
static void on_list(void *ctx, http_call *call, const http_answer *x) {
    kube_watch *w = ctx;
    arena *a = http_scratch(call);
    const ynode *list = x->status == 200 ? json_read(a, x->body) : NULL, *meta = ynode_get(list, S("metadata"));
    if (!list || !keep(w->version, sizeof w->version, ynode_get_text(meta, S("resourceVersion"))) ||
        !keep(w->next, sizeof w->next, ynode_get_text(meta, S("continue")))) {
        if (x->status != 410) engine_log("list of %.*s: %ld %.*s", STR_ARG(w->path), x->status, STR_ARG(x->problem));
        list_again(w, call, x->status == 410 ? 0 : http_backoff(w->h, ++w->failures));
        return;
    }
    YNODE_EACH(i, one, ynode_get(list, S("items"))) {
        w->to.object(w->to.ctx, w->scratch, one, false);
        arena_reset(w->scratch);
    }
    bool more = w->next[0] != 0;
    if (!more) w->to.end(w->to.ctx);
    http_request r = more ? list_request(w) : watch_request(w);
    w->began = engine_now();
    http_again(call, &r, 0);
    arena_reset(w->scratch);
}

static void on_line(void *ctx, str line) {
    kube_watch *w = ctx;
    const ynode *event = json_read(w->scratch, line), *object = ynode_get(event, S("object"));
    str type = ynode_get_text(event, S("type"));
    if (w->gone || !object) return;
    if (str_eq(type, S("ERROR"))) {
        w->gone = true;
        if (!str_eq(ynode_get_text(object, S("code")), S("410")))
            engine_log("watch of %.*s: %.*s", STR_ARG(w->path), STR_ARG(ynode_get_text(object, S("message"))));
    } else {
        w->failures = 0;
        str version = ynode_get_text(ynode_get(object, S("metadata")), S("resourceVersion"));
        if (version.n) keep(w->version, sizeof w->version, version);
        if (!str_eq(type, S("BOOKMARK"))) w->to.object(w->to.ctx, w->scratch, object, str_eq(type, S("DELETED")));
    }
    arena_reset(w->scratch);
}

static void on_end(void *ctx, http_call *call, const http_answer *x) {
    kube_watch *w = ctx;
    int64_t delay = 0;
    if (w->gone || x->status == 410) {
        /* Right again and again would be a loop: the second time it waits. */
        if (w->failures++) delay = http_backoff(w->h, w->failures);
        list_again(w, call, delay);
        return;
    }
    if (x->status != 200 || (!x->fresh && engine_now() - w->began < SECOND)) {
        delay = http_backoff(w->h, ++w->failures);
        if (x->wait > delay) delay = x->wait;
        if (w->failures == 3 || w->failures % 20 == 0) engine_log("watch of %.*s: %ld %.*s; trying again", STR_ARG(w->path), x->status, STR_ARG(x->problem));
    }
    http_request r = watch_request(w);
    w->began = engine_now() + delay;
    http_again(call, &r, delay);
    arena_reset(w->scratch);
}

kube_watch *kube_watch_new(arena *a, http_client *h, str path, str selector, const kube_watcher *to) {
    kube_watch *w = ARENA_NEW(a, kube_watch);
    *w = (kube_watch){.h = h, .path = str_dup(a, path), .selector = str_dup(a, selector), .to = *to, .scratch = arena_new_small()};
    w->to.begin(w->to.ctx);
    http_request r = list_request(w);
    http_begin(h, &r);
    arena_reset(w->scratch);
    return w;
}

void kube_watch_free(kube_watch *w) {
    arena_free(w->scratch);
    w->scratch = NULL;
}
