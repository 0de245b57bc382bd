#include "runtime/engine/kube_inner.h"
#include "base/json.h"
#include "runtime/engine/kube_pod.h"

#define LOGS_LATE INT64_C(5000000000)

void kube_feed(kube_engine_ *k, const seq_event *e) {
    k->fed++;
    k->base.feed(k->base.ctx, e);
}

str kube_path(arena *a, const kube_engine_ *k, const char *kind, str name) {
    return str_fmt(a, "/api/v1/namespaces/%.*s/%s%s%.*s", STR_ARG(k->run.namespace_), kind, name.n ? "/" : "", STR_ARG(name));
}

str kube_why(arena *a, const http_answer *x) {
    str message = ynode_get_text(x->status ? json_read(a, x->body) : NULL, S("message"));
    if (message.n) return message;
    if (x->problem.n) return x->problem;
    return str_fmt(a, "the API server answered %ld", x->status);
}

str kube_reason(arena *a, const http_answer *x) { return ynode_get_text(json_read(a, x->body), S("reason")); }

const ynode *kube_owner_of(arena *a, const char *version, const char *kind, str name, str uid, bool controller) {
    ynode *list = ynode_seq(a, NULL), *one = ynode_map(a, NULL);
    ynode_put_str(a, one, S("apiVersion"), str_z(version));
    ynode_put_str(a, one, S("kind"), str_z(kind));
    ynode_put_str(a, one, S("name"), name);
    ynode_put_str(a, one, S("uid"), uid);
    if (controller) ynode_put(a, one, S("controller"), ynode_bool(true));
    ynode_push(a, list, one);
    return list;
}

const ynode *kube_owner(arena *a, const kube_engine_ *k, bool controller) {
    return kube_owner_of(a, "v1", "ConfigMap", record_name(a, k->run.name, 0), k->owner, controller);
}

engine_answer kube_judge(kube_engine_ *k, const http_answer *x, const char *what, str *problem) {
    if (x->status >= 200 && x->status < 300) return ENGINE_DONE;
    if (http_stopped(k->http)) return ENGINE_STOPPED;
    *problem = str_fmt(k->a, "%s: %.*s", what, STR_ARG(kube_why(k->scratch, x)));
    return x->status == 409 ? ENGINE_CONFLICT : x->status == 404 ? ENGINE_GONE : ENGINE_BROKEN;
}

/* --- what is watched ------------------------------------------------------------------------------------------------ */

static void pods_begin(void *ctx) { kube_feed(ctx, &(seq_event){.kind = SEQ_LIST_BEGIN}); }
static void pods_end(void *ctx) { kube_feed(ctx, &(seq_event){.kind = SEQ_LIST_END}); }

static void pods_object(void *ctx, arena *scratch, const ynode *object, bool deleted) {
    seq_pod pod = kube_pod(scratch, object);
    /* What it was when it was deleted counts first: it may have ended well. */
    kube_feed(ctx, &(seq_event){.kind = SEQ_POD, .pod = &pod});
    if (!deleted) kube_log_pod(ctx, &pod);
    if (deleted) kube_feed(ctx, &(seq_event){.kind = SEQ_POD_GONE, .name = pod.name, .uid = pod.uid});
}

static void job_object(void *ctx, arena *scratch, const ynode *object, bool deleted) {
    kube_engine_ *k = ctx;
    const ynode *meta = ynode_get(object, S("metadata"));
    str how = ynode_get_text(ynode_get(meta, S("annotations")), S(KUBE_CANCEL));
    seq_cancel cancel = SEQ_NOT_CANCELLED;
    (void)scratch;
    if (deleted || !how.n || !str_eq(ynode_get_text(meta, S("uid")), k->run.uid)) return;
    if (seq_cancel_parse(how, &cancel)) kube_feed(k, &(seq_event){.kind = SEQ_CANCEL, .cancel = cancel});
    else engine_log("the annotation " KUBE_CANCEL " says \"%.*s\": not one of Cancelled, CancelledRunFinally, StoppedRunFinally", STR_ARG(how));
}

static void nothing(void *ctx) { (void)ctx; }

static void follow(engine *e) {
    kube_engine_ *k = kube_of(e);
    kube_watcher pods = {pods_begin, pods_object, pods_end, k}, job = {nothing, job_object, nothing, k};
    str labels = str_cat(k->scratch, S("labelSelector="), http_escape(k->scratch, str_fmt(k->scratch, "%s=%.*s", SEQ_LABEL_RUN, STR_ARG(k->run.uid))));
    str field = str_cat(k->scratch, S("fieldSelector="), http_escape(k->scratch, str_cat(k->scratch, S("metadata.name="), k->run.name)));
    k->pods = kube_watch_new(k->a, k->http, kube_path(k->scratch, k, "pods", STR_NONE), labels, &pods);
    k->job = kube_watch_new(k->a, k->http, kube_head_path(k->scratch, &k->run, STR_NONE), field, &job);
    arena_reset(k->scratch);
}

/* --- the engine ------------------------------------------------------------------------------------------------------ */

static engine_answer read_again(engine *e, bool (*lines)(void *ctx, str lines), void *ctx, str *problem) {
    kube_engine_ *k = kube_of(e);
    http_drop(k->http);
    if (k->pods) kube_watch_free(k->pods);
    if (k->job) kube_watch_free(k->job);
    k->pods = k->job = NULL;
    kube_status_forget(k);
    return kube_read(e, lines, ctx, problem);
}

static bool wait_(engine *e, int64_t until) {
    kube_engine_ *k = kube_of(e);
    uint64_t before = k->fed;
    while (k->fed == before && !http_stopped(k->http) && (!until || engine_now() < until)) {
        kube_log_begin(k);
        int64_t due = kube_status_due(k);
        if (due && due <= engine_now()) kube_status_go_on(k);
        else http_pump(k->http, due && (!until || due < until) ? due : until);
    }
    return !http_stopped(k->http);
}

/* Logs come to their end by themselves once their containers have ended. */
static void settle(engine *e, int64_t ns) {
    kube_engine_ *k = kube_of(e);
    int64_t until = engine_now() + ns, logs = engine_now() + LOGS_LATE;
    http_settle(k->http, until);
    while (k->logs.open && engine_now() < logs) {
        kube_log_begin(k);
        if (!http_pump(k->http, logs)) break;
    }
}

static void free_(engine *e) {
    kube_engine_ *k = kube_of(e);
    http_free(k->http);
    if (k->pods) kube_watch_free(k->pods);
    if (k->job) kube_watch_free(k->job);
    arena_free(k->scratch);
}

void kube_target(void *ctx, arena *a, bool refused, http_target *out) {
    kube_config *c = ctx;
    str problem = STR_NONE;
    if (!kube_credentials(c, engine_now(), refused, &problem)) engine_log("credentials: %.*s", STR_ARG(problem));
    *out = (http_target){.server = c->server, .ca = c->ca, .ca_file = c->ca_file, .cert = c->cert, .key = c->key, .server_name = c->server_name,
                         .proxy = c->proxy, .authorization = kube_authorization(a, c), .insecure = c->insecure};
}

engine *kube_engine(arena *a, kube_config *config, const kube_run *run) {
    static const engine_ops ops = {
        .read = read_again,
        .follow = follow,
        .write = kube_write,
        .create_pod = kube_create_pod,
        .create_claim = kube_create_claim,
        .annotate = kube_annotate,
        .stop_sidecars = kube_stop_sidecars,
        .delete_pod = kube_delete_pod,
        .event = kube_event,
        .show = kube_show,
        .wait = wait_,
        .settle = settle,
        .free = free_,
    };
    kube_engine_ *k = ARENA_NEW(a, kube_engine_);
    *k = (kube_engine_){.base = {.ops = &ops}, .a = a, .scratch = arena_new_small(), .http = http_new(&(http_peer){kube_target, config}, run->stop), .run = *run, .image = run->image};
    k->logs.streams = map_new(a);
    return &k->base;
}
