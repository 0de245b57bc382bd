#include "runtime/engine/cluster/cluster.h"
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/file.h"
#include "runtime/engine/http.h"
#include "runtime/engine/kube_inner.h"
#include "runtime/sequencer/moment.h"
#include <stdlib.h>

bool cluster_open(arena *a, str kubeconfig, str context, str namespace_, cluster *out, str *problem) {
    const char *given = getenv("KUBECONFIG"), *home = getenv("HOME");
    str files = kubeconfig.n ? kubeconfig : given && *given ? str_z(given) : str_fmt(a, "%s/.kube/config", home ? home : "");
    *out = (cluster){.a = a};
    if (!kube_config_read(a, files, context, &out->config, problem)) return false;
    out->namespace_ = namespace_.n ? namespace_ : out->config.namespace_.n ? out->config.namespace_ : S("default");
    return true;
}

static http_answer ask(cluster *c, const http_request *r) {
    http_client *h = http_new(&(http_peer){kube_target, &c->config}, -1);
    http_request again = *r;
    if (!again.tries) again.tries = 3;
    http_answer x = http_sync(h, c->a, &again);
    http_free(h);
    return x;
}

static bool good(const http_answer *x) { return x->status >= 200 && x->status < 300; }

static bool wrong(cluster *c, const http_answer *x, const char *what, str name, str *problem) {
    *problem = str_fmt(c->a, "%s %.*s: %.*s", what, STR_ARG(name), STR_ARG(kube_why(c->a, x)));
    return false;
}

static str path_of(cluster *c, const char *group, const char *kind, str name) {
    return str_fmt(c->a, "/%s/namespaces/%.*s/%s%s%.*s", group, STR_ARG(c->namespace_), kind, name.n ? "/" : "", STR_ARG(name));
}

/* --- making and removing ------------------------------------------------------------------------------------------------- */

bool cluster_begin(cluster *c, str wanted, bool exact, bool (*free_)(void *ctx, str name), void *ctx, kube_run *run, str *problem) {
    enum { NAMES_MAX = 1000 };
    for (unsigned n = 1; n < NAMES_MAX; n++) {
        run->name = n == 1 ? wanted : str_fmt(c->a, "%.*s-%u", STR_ARG(wanted), n);
        run->namespace_ = c->namespace_;
        engine_answer answer = free_(ctx, run->name) ? kube_make_head(c->a, &c->config, run, problem) : ENGINE_CONFLICT;
        if (answer == ENGINE_DONE) return true;
        if (answer != ENGINE_CONFLICT) return false;
        if (exact) return *problem = str_fmt(c->a, "there is a run, or a ConfigMap, %.*s already", STR_ARG(wanted)), false;
    }
    return false;
}

/* Kinds that runs refer to. */
static const struct {
    const char *kind, *plural;
} kinds[] = {{"ConfigMap", "configmaps"}, {"Secret", "secrets"}, {"PersistentVolumeClaim", "persistentvolumeclaims"}, {"ServiceAccount", "serviceaccounts"}};

bool cluster_add_objects(cluster *c, const kube_run *run, const ynode *objects, str *problem) {
    YNODE_EACH(i, object, objects) {
        const ynode *given = ynode_get(object, S("metadata"));
        str space = ynode_get_text(given, S("namespace")), kind = ynode_get_text(object, S("kind"));
        if (space.n && !str_eq(space, c->namespace_)) continue;
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            if (!str_eq(kind, str_z(kinds[k].kind))) continue;
            ynode *all = ynode_copy(c->a, object), *meta = ynode_copy(c->a, given);
            ynode_set(c->a, meta, S("namespace"), ynode_str(c->a, c->namespace_, NULL));
            ynode_set(c->a, meta, S("ownerReferences"), kube_head_owner(c->a, run));
            ynode_set(c->a, all, S("metadata"), meta);
            http_request r = {.method = "POST", .path = path_of(c, "api/v1", kinds[k].plural, STR_NONE), .body = emit_json_str(c->a, all, false)};
            http_answer x = ask(c, &r);
            if (!good(&x) && x.status != 409) return wrong(c, &x, kinds[k].kind, ynode_get_text(given, S("name")), problem);
        }
    }
    return true;
}

bool cluster_remove(cluster *c, str name, str uid, str *problem) {
    ynode *options = ynode_map(c->a, NULL), *only = ynode_map(c->a, NULL);
    ynode_put_str(c->a, options, S("apiVersion"), S("v1"));
    ynode_put_str(c->a, options, S("kind"), S("DeleteOptions"));
    ynode_put_str(c->a, options, S("propagationPolicy"), S("Background"));
    ynode_put_str(c->a, only, S("uid"), uid);
    ynode_put(c->a, options, S("preconditions"), only);
    http_answer x = ask(c, &(http_request){.method = "DELETE", .path = path_of(c, "api/v1", "configmaps", name), .body = emit_json_str(c->a, options, false)});
    return good(&x) || x.status == 404 || x.status == 409 || wrong(c, &x, "the run", name, problem);
}

/* --- looking --------------------------------------------------------------------------------------------------------------- */

static cluster_run read_run(const ynode *object, bool job) {
    const ynode *meta = ynode_get(object, S("metadata")), *notes = ynode_get(meta, S("annotations"));
    cluster_run r = {
        .name = ynode_get_text(meta, S("name")),
        .uid = ynode_get_text(meta, S("uid")),
        .phase = ynode_get_text(notes, S(KUBE_PHASE)),
        .reason = ynode_get_text(notes, S(KUBE_REASON)),
        .message = ynode_get_text(notes, S(KUBE_MESSAGE)),
        .progress = ynode_get_text(notes, S(KUBE_PROGRESS)),
        .job = job,
    };
    str created = ynode_get_text(meta, S("creationTimestamp"));
    if (created.n) moment_parse(created, &r.created);
    return r;
}

static int newer(const void *x, const void *y) {
    const cluster_run *a = x, *b = y;
    return a->created != b->created ? (a->created < b->created) - (a->created > b->created) : str_cmp(a->name, b->name);
}

static bool list(cluster *c, bool job, cluster_runs *out, str *problem) {
    str selector = job ? S("app.kubernetes.io/managed-by=tektonc") : S(KUBE_NAME "=" KUBE_HEAD);
    str path = path_of(c, job ? "apis/batch/v1" : "api/v1", job ? "jobs" : "configmaps", STR_NONE);
    http_answer x = ask(c, &(http_request){.method = "GET", .path = str_fmt(c->a, "%.*s?labelSelector=%.*s", STR_ARG(path), STR_ARG(http_escape(c->a, selector)))});
    if (!good(&x)) return wrong(c, &x, "runs of the namespace", c->namespace_, problem);
    YNODE_EACH(i, one, ynode_get(json_read(c->a, x.body), S("items"))) vec_push(c->a, out, read_run(one, job));
    return true;
}

bool cluster_list(cluster *c, cluster_runs *out, str *problem) {
    if (!list(c, true, out, problem) || !list(c, false, out, problem)) return false;
    if (out->n) qsort(out->v, out->n, sizeof *out->v, newer);
    return true;
}

bool cluster_find(cluster *c, str name, cluster_run *out, str *problem) {
    http_answer x = ask(c, &(http_request){.method = "GET", .path = path_of(c, "apis/batch/v1", "jobs", name)});
    if (good(&x)) return *out = read_run(json_read(c->a, x.body), true), true;
    if (x.status != 404) return wrong(c, &x, "the run", name, problem);
    x = ask(c, &(http_request){.method = "GET", .path = path_of(c, "api/v1", "configmaps", name)});
    const ynode *object = good(&x) ? json_read(c->a, x.body) : NULL;
    if (str_eq(ynode_get_text(ynode_get(ynode_get(object, S("metadata")), S("labels")), S(KUBE_NAME)), S(KUBE_HEAD))) return *out = read_run(object, false), true;
    if (!object && x.status != 404) return wrong(c, &x, "the run", name, problem);
    *problem = str_fmt(c->a, "there is no run %.*s, neither here nor in the namespace %.*s", STR_ARG(name), STR_ARG(c->namespace_));
    return false;
}

const ynode *cluster_status(cluster *c, const cluster_run *r, str *problem) {
    arena *a = c->a;
    ynode *items = ynode_seq(a, NULL), *all = ynode_map(a, NULL);
    str selector = str_fmt(a, KUBE_NAME "=" KUBE_STATUS "," SEQ_LABEL_RUN "=%.*s", STR_ARG(r->uid)), path = path_of(c, "api/v1", "configmaps", STR_NONE);
    http_answer x = ask(c, &(http_request){.method = "GET", .path = str_fmt(a, "%.*s?labelSelector=%.*s", STR_ARG(path), STR_ARG(http_escape(a, selector)))});
    if (!good(&x)) return wrong(c, &x, "the status of", r->name, problem), NULL;
    const ynode *maps = ynode_get(json_read(a, x.body), S("items"));
    for (int pass = 0; pass < 2; pass++) /* the run comes first */
        YNODE_EACH(i, one, maps) {
            const ynode *data = ynode_get(one, S("data"));
            for (uint32_t k = 0; k < ynode_count(data); k++) {
                if (str_eq(data->pairs[k].key, S(KUBE_STATUS_RUN)) != (pass == 0)) continue;
                ynode_list documents = {0};
                str nothing;
                if (file_text(a, data->pairs[k].key, ynode_text(data->pairs[k].value), &documents, &nothing) && documents.n) ynode_push(a, items, documents.v[0]);
            }
        }
    if (!items->n) return NULL;
    ynode_put_str(a, all, S("apiVersion"), S("v1"));
    ynode_put_str(a, all, S("kind"), S("List"));
    ynode_put(a, all, S("items"), items);
    return all;
}

bool cluster_cancel(cluster *c, const cluster_run *r, str how, str *problem) {
    ynode *patch = ynode_map(c->a, NULL), *meta = ynode_map(c->a, NULL), *notes = ynode_map(c->a, NULL);
    ynode_put_str(c->a, notes, S(KUBE_CANCEL), how);
    ynode_put_str(c->a, meta, S("uid"), r->uid);
    ynode_put(c->a, meta, S("annotations"), notes);
    ynode_put(c->a, patch, S("metadata"), meta);
    str path = path_of(c, r->job ? "apis/batch/v1" : "api/v1", r->job ? "jobs" : "configmaps", r->name);
    http_answer x = ask(c, &(http_request){.method = "PATCH", .path = path, .type = KUBE_MERGE, .body = emit_json_str(c->a, patch, false)});
    return good(&x) || wrong(c, &x, "the run", r->name, problem);
}

/* --- logs ------------------------------------------------------------------------------------------------------------------- */

typedef struct reading {
    void (*line)(void *ctx, str line);
    void *ctx;
    bool over, ok;
} reading;

static void on_line(void *ctx, str line) {
    reading *x = ctx;
    x->line(x->ctx, line);
}

static void on_end(void *ctx, http_call *call, const http_answer *answer) {
    reading *x = ctx;
    (void)call;
    x->over = true;
    x->ok = answer->status == 200;
}

bool cluster_log(cluster *c, str pod, str container, bool follow, void (*line)(void *ctx, str line), void *ctx) {
    reading x = {.line = line, .ctx = ctx};
    http_client *h = http_new(&(http_peer){kube_target, &c->config}, -1);
    str path = str_fmt(c->a, "%.*s/log?container=%.*s%s", STR_ARG(path_of(c, "api/v1", "pods", pod)), STR_ARG(container), follow ? "&follow=true" : "");
    http_request r = {.method = "GET", .path = path, .line = on_line, .done = on_end, .ctx = &x, .background = true, .seconds = UINT16_MAX};
    http_begin(h, &r);
    while (!x.over && http_pump(h, 0)) {}
    http_free(h);
    return x.ok;
}
