/* What stands for the run in the cluster and owns all of it: the Job that runs the controller, or, of `tektonc run`, a
 * ConfigMap of the run's name. */
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/kube_inner.h"

static const struct head {
    const char *version, *kind, *group, *resource;
} job = {"batch/v1", "Job", "apis/batch/v1", "jobs"}, config_map = {"v1", "ConfigMap", "api/v1", "configmaps"};

static const struct head *head_of(const kube_run *run) { return run->jobless ? &config_map : &job; }

const char *kube_head_kind(const kube_run *run) { return head_of(run)->kind; }
const char *kube_head_version(const kube_run *run) { return head_of(run)->version; }

str kube_head_path(arena *a, const kube_run *run, str name) {
    const struct head *h = head_of(run);
    return str_fmt(a, "/%s/namespaces/%.*s/%s%s%.*s", h->group, STR_ARG(run->namespace_), h->resource, name.n ? "/" : "", STR_ARG(name));
}

const ynode *kube_head_owner(arena *a, const kube_run *run) { return kube_owner_of(a, head_of(run)->version, head_of(run)->kind, run->name, run->uid, false); }

static str new_head(arena *a, const kube_run *run) {
    ynode *object = ynode_map(a, NULL), *meta = ynode_map(a, NULL), *labels = ynode_map(a, NULL);
    ynode_put_str(a, object, S("apiVersion"), S("v1"));
    ynode_put_str(a, object, S("kind"), S("ConfigMap"));
    ynode_put_str(a, meta, S("name"), run->name);
    ynode_put_str(a, labels, S(KUBE_NAME), S(KUBE_HEAD));
    ynode_put_str(a, labels, S("app.kubernetes.io/managed-by"), S("tektonc"));
    ynode_put(a, meta, S("labels"), labels);
    ynode_put(a, object, S("metadata"), meta);
    return emit_json_str(a, object, false);
}

engine_answer kube_make_head(arena *a, kube_config *config, kube_run *run, str *problem) {
    http_client *h = http_new(&(http_peer){kube_target, config}, run->stop);
    http_answer x = http_sync(h, a, &(http_request){.method = "POST", .path = kube_head_path(a, run, STR_NONE), .body = new_head(a, run), .tries = 3});
    engine_answer answer = ENGINE_BROKEN;
    if (x.status == 201) {
        run->uid = ynode_get_text(ynode_get(json_read(a, x.body), S("metadata")), S("uid"));
        answer = run->uid.n ? ENGINE_DONE : ENGINE_BROKEN;
    } else if (x.status == 409 && str_eq(kube_reason(a, &x), S("AlreadyExists"))) {
        answer = ENGINE_CONFLICT;
    }
    if (answer != ENGINE_DONE) *problem = str_fmt(a, "the ConfigMap of the run %.*s: %.*s", STR_ARG(run->name), STR_ARG(kube_why(a, &x)));
    http_free(h);
    return answer;
}
