/* Pods and claims: made, annotated, deleted. Each is one request, or a short chain of them in one call's place. */
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/kube_inner.h"
#include "runtime/engine/kube_pod.h"

#define SECOND INT64_C(1000000000)
enum { FOREIGN_SECONDS = 90 };

static bool good(const http_answer *x) { return x->status >= 200 && x->status < 300; }

static bool has(str text, const char *part) {
    uint32_t at;
    return str_find(text, str_z(part), &at);
}

/* The object with the run as its owner and in its namespace. */
static str complete(kube_engine_ *k, const ynode *object) {
    arena *a = k->scratch;
    const ynode *given = ynode_get(object, S("metadata"));
    ynode *all = ynode_copy(a, object), *meta = given ? ynode_copy(a, given) : ynode_map(a, NULL);
    ynode_set(a, meta, S("namespace"), ynode_str(a, k->run.namespace_, NULL));
    ynode_set(a, meta, S("ownerReferences"), kube_owner(a, k, true));
    ynode_set(a, all, S("metadata"), meta);
    return emit_json_str(a, all, false);
}

/* --- Pods ------------------------------------------------------------------------------------------------------------ */

static void feed_pod(kube_engine_ *k, arena *a, const ynode *object) {
    seq_pod pod = kube_pod(a, object);
    kube_feed(k, &(seq_event){.kind = SEQ_POD, .pod = &pod});
}

static void refuse(kube_engine_ *k, str name, seq_refusal refusal, str why) {
    kube_feed(k, &(seq_event){.kind = SEQ_REFUSED, .name = name, .refusal = refusal, .message = why});
}

static seq_refusal refusal_of(long status, str why, str reason) {
    if (status == 403 && has(why, "exceeded quota")) return SEQ_REFUSED_QUOTA;
    if (status == 409 && !str_eq(reason, S("AlreadyExists"))) return SEQ_REFUSED_BUSY;
    if (status == 403 && (has(why, "violates PodSecurity") || has(why, "security context constraint"))) return SEQ_REFUSED_ADMISSION;
    return SEQ_REFUSED_INVALID;
}

static void on_created(void *ctx, http_call *call, const http_answer *x);

/* There is a Pod of this name: ours (from before a crash, or the answer was lost), or what an earlier run of this name
 * leaves behind, which goes with its record. */
static void on_found(void *ctx, http_call *call, const http_answer *x) {
    kube_engine_ *k = ctx;
    arena *a = http_scratch(call);
    http_request r = *http_asked(call);
    bool late = engine_now() > r.since + FOREIGN_SECONDS * SECOND;
    const ynode *object = good(x) ? json_read(a, x->body) : NULL;
    if (object) {
        seq_pod pod = kube_pod(a, object);
        if (str_eq(pod.run_uid, k->run.uid)) {
            kube_feed(k, &(seq_event){.kind = SEQ_POD, .pod = &pod});
            return;
        }
        if (!pod.run_uid.n || late) {
            refuse(k, r.name, SEQ_REFUSED_FOREIGN, S("a Pod of this name exists"));
            return;
        }
    } else if (x->status != 404) {
        refuse(k, r.name, SEQ_REFUSED_INVALID, kube_why(a, x));
        return;
    }
    r.method = "POST";
    r.path = kube_path(a, k, "pods", STR_NONE);
    r.done = on_created;
    http_again(call, &r, x->status == 404 ? SECOND / 20 : SECOND);
}

static void on_created(void *ctx, http_call *call, const http_answer *x) {
    kube_engine_ *k = ctx;
    arena *a = http_scratch(call);
    const http_request *asked = http_asked(call);
    if (good(x)) {
        feed_pod(k, a, json_read(a, x->body));
        return;
    }
    str why = kube_why(a, x), reason = kube_reason(a, x);
    if (x->status != 409 || !str_eq(reason, S("AlreadyExists"))) {
        engine_log("Pod %.*s: %.*s", STR_ARG(asked->name), STR_ARG(why));
        refuse(k, asked->name, refusal_of(x->status, why, reason), why);
        return;
    }
    http_request r = *asked; /* its body stays: the Pod may have to be made after all */
    r.method = "GET";
    r.path = kube_path(a, k, "pods", asked->name);
    r.done = on_found;
    http_again(call, &r, 0);
}

void kube_create_pod(engine *e, const seq_action *action, const ynode *pod) {
    kube_engine_ *k = kube_of(e);
    http_request r = {.method = "POST", .path = kube_path(k->scratch, k, "pods", STR_NONE), .body = complete(k, pod), .done = on_created, .ctx = k,
                      .name = action->name, .since = engine_now()};
    http_begin(k->http, &r);
    arena_reset(k->scratch);
}

/* --- claims ----------------------------------------------------------------------------------------------------------- */

static void on_claimed(void *ctx, http_call *call, const http_answer *x) {
    kube_engine_ *k = ctx;
    arena *a = http_scratch(call);
    seq_event e = {.kind = SEQ_CLAIM_DONE, .name = http_asked(call)->name};
    if (!good(x) && !(x->status == 409 && str_eq(kube_reason(a, x), S("AlreadyExists")))) {
        e.kind = SEQ_CLAIM_REFUSED;
        e.message = kube_why(a, x);
    }
    kube_feed(k, &e);
}

void kube_create_claim(engine *e, const seq_action *action) {
    kube_engine_ *k = kube_of(e);
    http_request r = {.method = "POST", .path = kube_path(k->scratch, k, "persistentvolumeclaims", STR_NONE), .body = complete(k, action->object),
                      .done = on_claimed, .ctx = k, .name = action->name};
    http_begin(k->http, &r);
    arena_reset(k->scratch);
}

/* --- changes ----------------------------------------------------------------------------------------------------------- */

/* Gone, or another Pod of the name: as good as done. */
static void on_changed(void *ctx, http_call *call, const http_answer *x) {
    (void)ctx;
    if (!good(x) && x->status != 404 && x->status != 409)
        engine_log("%s of the Pod %.*s: %.*s", http_asked(call)->method, STR_ARG(http_asked(call)->name), STR_ARG(kube_why(http_scratch(call), x)));
}

void kube_annotate(engine *e, const seq_action *action) {
    kube_engine_ *k = kube_of(e);
    arena *a = k->scratch;
    ynode *patch = ynode_map(a, NULL), *meta = ynode_map(a, NULL), *annotations = ynode_map(a, NULL);
    if (action->uid.n) ynode_put_str(a, meta, S("uid"), action->uid); /* a precondition */
    ynode_put_str(a, annotations, action->key, action->value);
    ynode_put(a, meta, S("annotations"), annotations);
    ynode_put(a, patch, S("metadata"), meta);
    http_request r = {.method = "PATCH", .path = kube_path(a, k, "pods", action->name), .type = KUBE_MERGE, .body = emit_json_str(a, patch, false),
                      .done = on_changed, .ctx = k, .name = action->name};
    http_begin(k->http, &r);
    arena_reset(a);
}

void kube_delete_pod(engine *e, const seq_action *action) {
    kube_engine_ *k = kube_of(e);
    arena *a = k->scratch;
    ynode *options = ynode_map(a, NULL), *only = ynode_map(a, NULL);
    ynode_put_str(a, options, S("apiVersion"), S("v1"));
    ynode_put_str(a, options, S("kind"), S("DeleteOptions"));
    if (action->uid.n) {
        ynode_put_str(a, only, S("uid"), action->uid);
        ynode_put(a, options, S("preconditions"), only);
    }
    http_request r = {.method = "DELETE", .path = kube_path(a, k, "pods", action->name), .body = emit_json_str(a, options, false), .done = on_changed,
                      .ctx = k, .name = action->name};
    http_begin(k->http, &r);
    arena_reset(a);
}

/* --- sidecars ----------------------------------------------------------------------------------------------------------
 * A container of a running Pod can't be ended by itself, but its image may be changed: the kubelet then ends it as its
 * grace period says, and starts it with the other image, where its command does not exist. Its logs are kept. */

static str image_patch(arena *a, const ynode *pod, str image) {
    ynode *patch = ynode_map(a, NULL), *spec = ynode_map(a, NULL), *list = ynode_seq(a, NULL);
    YNODE_EACH(i, status, ynode_get(ynode_get(pod, S("status")), S("containerStatuses"))) {
        str name = ynode_get_text(status, S("name"));
        if (str_starts(name, S("step-")) || !ynode_get(ynode_get(status, S("state")), S("running"))) continue;
        ynode *one = ynode_map(a, NULL);
        ynode_put_str(a, one, S("name"), name);
        ynode_put_str(a, one, S("image"), image);
        ynode_push(a, list, one);
    }
    ynode_put(a, spec, S("containers"), list);
    ynode_put(a, patch, S("spec"), spec);
    return ynode_count(list) ? emit_json_str(a, patch, false) : STR_NONE;
}

static void on_sidecars(void *ctx, http_call *call, const http_answer *x);

static void patch_next(kube_engine_ *k, http_call *call, http_request r) {
    r.path = kube_path(http_scratch(call), k, "pods", r.name);
    r.method = "GET";
    r.done = on_sidecars;
    http_again(call, &r, 0);
}

static void on_self(void *ctx, http_call *call, const http_answer *x) {
    kube_engine_ *k = ctx;
    arena *a = http_scratch(call);
    const ynode *self = good(x) ? json_read(a, x->body) : NULL;
    YNODE_EACH(i, one, ynode_get(ynode_get(self, S("spec")), S("containers")))
        if (!k->image.n) k->image = str_dup(k->a, ynode_get_text(one, S("image")));
    if (k->image.n) patch_next(k, call, *http_asked(call));
    else engine_log("sidecars of %.*s run on: %.*s", STR_ARG(http_asked(call)->name), STR_ARG(kube_why(a, x)));
}

static void on_sidecars(void *ctx, http_call *call, const http_answer *x) {
    kube_engine_ *k = ctx;
    arena *a = http_scratch(call);
    http_request r = *http_asked(call);
    const ynode *pod = good(x) ? json_read(a, x->body) : NULL;
    if (!str_eq(ynode_get_text(ynode_get(pod, S("metadata")), S("uid")), r.uid)) return;
    r.body = image_patch(a, pod, k->image);
    if (!r.body.n) return;
    r.method = "PATCH";
    r.type = KUBE_STRATEGIC;
    r.done = on_changed;
    http_again(call, &r, 0);
}

void kube_stop_sidecars(engine *e, const seq_action *action) {
    kube_engine_ *k = kube_of(e);
    /* No image is at hand whose command would not exist: the Pod goes. What it did is in the record. */
    if (!k->image.n && !k->run.self.n) {
        kube_delete_pod(e, action);
        return;
    }
    http_request r = {.method = "GET", .done = k->image.n ? on_sidecars : on_self, .ctx = k, .name = action->name, .uid = action->uid};
    r.path = kube_path(k->scratch, k, "pods", k->image.n ? action->name : k->run.self);
    if (k->image.n || k->run.self.n) http_begin(k->http, &r);
    arena_reset(k->scratch);
}
