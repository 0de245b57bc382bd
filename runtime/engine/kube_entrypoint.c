/* The ConfigMap with the entrypoint: named by its content, shared by all runs of a namespace, owned by their Jobs. It
 * goes when the last of them goes. */
#include "base/emit.h"
#include "base/json.h"
#include "plan/hash.h"
#include "runtime/engine/kube_inner.h"

enum { OWNERS_MAX = 500, NAMES_MAX = 1000 }; /* an owner is some 130 bytes, an object may have 1.5 MB */

static str new_config_map(kube_engine_ *k, str name, str program) {
    arena *a = k->scratch;
    ynode *object = ynode_map(a, NULL), *meta = ynode_map(a, NULL), *labels = ynode_map(a, NULL), *data = ynode_map(a, NULL);
    ynode_put_str(a, object, S("apiVersion"), S("v1"));
    ynode_put_str(a, object, S("kind"), S("ConfigMap"));
    ynode_put_str(a, meta, S("name"), name);
    ynode_put_str(a, labels, S("app.kubernetes.io/name"), S("tektonc-entrypoint"));
    ynode_put_str(a, labels, S("app.kubernetes.io/managed-by"), S("tektonc"));
    ynode_put(a, meta, S("labels"), labels);
    ynode_put(a, meta, S("ownerReferences"), kube_head_owner(a, &k->run));
    ynode_put(a, object, S("metadata"), meta);
    ynode_put(a, object, S("immutable"), ynode_bool(true));
    ynode_put_str(a, data, S("entrypoint"), hash_base64(a, program));
    ynode_put(a, object, S("binaryData"), data);
    return emit_json_str(a, object, false);
}

typedef enum fit { FIT_OWNED, FIT_JOIN, FIT_OTHER } fit;

static fit fits(kube_engine_ *k, const ynode *object, str program) {
    const ynode *meta = ynode_get(object, S("metadata")), *owners = ynode_get(meta, S("ownerReferences"));
    str there = ynode_get_text(ynode_get(object, S("binaryData")), S("entrypoint"));
    if (!str_eq(there, hash_base64(k->scratch, program)) || ynode_get_text(meta, S("deletionTimestamp")).n) return FIT_OTHER;
    YNODE_EACH(i, one, owners)
        if (str_eq(ynode_get_text(one, S("uid")), k->run.uid)) return FIT_OWNED;
    return ynode_count(owners) < OWNERS_MAX ? FIT_JOIN : FIT_OTHER;
}

/* Owners are merged by uid, so runs that begin at once don't overwrite each other. */
static http_answer join(kube_engine_ *k, str path) {
    arena *a = k->scratch;
    ynode *patch = ynode_map(a, NULL), *meta = ynode_map(a, NULL);
    ynode_put(a, meta, S("ownerReferences"), kube_head_owner(a, &k->run));
    ynode_put(a, patch, S("metadata"), meta);
    return http_sync(k->http, a, &(http_request){.method = "PATCH", .path = path, .type = KUBE_STRATEGIC, .body = emit_json_str(a, patch, false)});
}

engine_answer kube_entrypoint(engine *e, arena *out, str program, str *name, str *problem) {
    kube_engine_ *k = kube_of(e);
    arena *a = k->scratch;
    str hash = str_cut(hash_sha256_hex(out, program), 0, 10);
    for (uint32_t n = 0; n < NAMES_MAX;) {
        *name = n ? str_fmt(out, "tektonc-entrypoint-%.*s-%u", STR_ARG(hash), n) : str_cat(out, S("tektonc-entrypoint-"), hash);
        arena_reset(a);
        str path = kube_path(a, k, "configmaps", *name);
        http_answer x = http_sync(k->http, a, &(http_request){.method = "GET", .path = path});
        if (x.status == 200) {
            fit f = fits(k, json_read(a, x.body), program);
            if (f == FIT_OTHER) n++;
            if (f == FIT_OTHER) continue;
            if (f == FIT_JOIN) x = join(k, path);
        } else if (x.status == 404) {
            x = http_sync(k->http, a, &(http_request){.method = "POST", .path = kube_path(a, k, "configmaps", STR_NONE), .body = new_config_map(k, *name, program)});
        }
        if (x.status == 404 || x.status == 409) continue; /* made or removed in between */
        engine_answer answer = kube_judge(k, &x, "the entrypoint's ConfigMap", problem);
        arena_reset(a);
        return answer;
    }
    *problem = S("the entrypoint's ConfigMap: all its names are taken");
    return ENGINE_BROKEN;
}
