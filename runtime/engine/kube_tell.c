/* What people see in the cluster: Events, and annotations of the Job. */
#include "base/emit.h"
#include "runtime/engine/kube_inner.h"
#include "runtime/sequencer/moment.h"
#include <stdio.h>

enum { EVENT_TEXT = 1024, ANNOTATION_TEXT = 1024 };

static void ignore(void *ctx, http_call *call, const http_answer *x) {
    (void)ctx;
    if (x->status >= 400 && x->status != 409) engine_log("%s %.*s: %.*s", http_asked(call)->method, STR_ARG(http_asked(call)->path), STR_ARG(kube_why(http_scratch(call), x)));
}

/* At most n bytes, not in the middle of a character. */
static str shorten(str text, uint32_t n) {
    if (text.n <= n) return text;
    while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80) n--;
    return str_cut(text, 0, n);
}

void kube_event(engine *e, const seq_action *action) {
    kube_engine_ *k = kube_of(e);
    arena *a = k->scratch;
    int64_t now = engine_now();
    str at = moment_format(a, now, MOMENT_SECONDS);
    ynode *event = ynode_map(a, NULL), *meta = ynode_map(a, NULL), *about = ynode_map(a, NULL), *source = ynode_map(a, NULL);
    ynode_put_str(a, event, S("apiVersion"), S("v1"));
    ynode_put_str(a, event, S("kind"), S("Event"));
    ynode_put_str(a, meta, S("name"), str_fmt(a, "%.*s.%llx%x", STR_ARG(k->run.name), (unsigned long long)now, k->events++));
    ynode_put(a, event, S("metadata"), meta);
    ynode_put_str(a, about, S("apiVersion"), str_z(kube_head_version(&k->run)));
    ynode_put_str(a, about, S("kind"), str_z(kube_head_kind(&k->run)));
    ynode_put_str(a, about, S("namespace"), k->run.namespace_);
    ynode_put_str(a, about, S("name"), k->run.name);
    ynode_put_str(a, about, S("uid"), k->run.uid);
    ynode_put(a, event, S("involvedObject"), about);
    ynode_put_str(a, source, S("component"), S("tektonc"));
    ynode_put(a, event, S("source"), source);
    ynode_put_str(a, event, S("type"), action->warning ? S("Warning") : S("Normal"));
    ynode_put_str(a, event, S("reason"), action->reason);
    ynode_put_str(a, event, S("message"), shorten(action->message, EVENT_TEXT));
    ynode_put_str(a, event, S("firstTimestamp"), at);
    ynode_put_str(a, event, S("lastTimestamp"), at);
    ynode_put(a, event, S("count"), ynode_int(a, 1));
    http_request r = {.method = "POST", .path = kube_path(a, k, "events", STR_NONE), .body = emit_json_str(a, event, false), .done = ignore, .ctx = k, .tries = 4};
    http_begin(k->http, &r);
    arena_reset(a);
}

void kube_show(engine *e, const engine_view *view) {
    kube_engine_ *k = kube_of(e);
    arena *a = k->scratch;
    kube_status_show(k, view);
    seq_progress p = view->progress;
    str progress = str_fmt(a, "%u/%u %s done", p.done, p.total, p.total == 1 ? "task" : "tasks");
    str all = str_fmt(a, "%.*s|%s|%.*s", STR_ARG(progress), view->phase, STR_ARG(view->condition.reason));
    if (str_eq(all, str_z(k->shown_text)) && !view->last) {
        arena_reset(a);
        return;
    }
    snprintf(k->shown_text, sizeof k->shown_text, "%.*s", STR_ARG(all));
    ynode *patch = ynode_map(a, NULL), *meta = ynode_map(a, NULL), *annotations = ynode_map(a, NULL);
    ynode_put_str(a, annotations, S(KUBE_PROGRESS), progress);
    ynode_put_str(a, annotations, S(KUBE_PHASE), str_z(view->phase));
    ynode_put_str(a, annotations, S(KUBE_REASON), view->condition.reason);
    ynode_put_str(a, annotations, S(KUBE_MESSAGE), shorten(view->condition.message, ANNOTATION_TEXT));
    ynode_put_str(a, meta, S("uid"), k->run.uid);
    ynode_put(a, meta, S("annotations"), annotations);
    ynode_put(a, patch, S("metadata"), meta);
    http_request r = {.method = "PATCH", .path = kube_head_path(a, &k->run, k->run.name), .type = KUBE_MERGE, .body = emit_json_str(a, patch, false), .done = ignore, .ctx = k,
                      .tries = view->last ? 20 : 2};
    http_begin(k->http, &r);
    arena_reset(a);
}
