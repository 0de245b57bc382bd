#include "runtime/engine/kube_family.h"
#include "base/emit.h"
#include "base/json.h"
#include "base/map.h"
#include "runtime/engine/kube_inner.h"
#include <stdlib.h>

enum { TRIES = 5, PAGE = 4, HASH_DIGITS = 10 };

typedef struct relative {
    str name, uid, born; /* RFC 3339, UTC: sorts as text */
    str plan;            /* the first ConfigMap of its plan */
    bool ended, cancelled;
} relative;

typedef struct family {
    kube_engine_ *k;
    arena *a;        /* for what lives as long as this */
    const kube_family *how;
    relative own;
    str label, stem; /* STEM-HASH is the Job's name; empty with a CronJob */
    str cron_job, cron_job_uid;
    map used;        /* names of ConfigMaps that somebody refers to */
    VEC(relative) others;
} family;

static const ynode *metadata(const ynode *n) { return ynode_get(n, S("metadata")); }

static bool good(const http_answer *x) { return x->status >= 200 && x->status < 300; }

static http_answer ask(family *f, const char *method, str path, const char *type, str body) {
    http_request r = {.method = method, .path = path, .type = type, .body = body, .tries = TRIES};
    return http_sync(f->k->http, f->k->scratch, &r);
}

static void complain(family *f, const char *what, str name, const http_answer *x) {
    str why = kube_why(f->k->scratch, x);
    engine_log("%s %.*s: %.*s", what, STR_ARG(name), STR_ARG(why));
}

/* ---- what is known of a Job ------------------------------------------------------------------------------------------ */

static void note_plans(family *f, const ynode *pod_spec) {
    YNODE_EACH(i, volume, ynode_get(pod_spec, S("volumes")))
        YNODE_EACH(k, source, ynode_get(ynode_get(volume, S("projected")), S("sources"))) {
            str name = ynode_get_text(ynode_get(source, S("configMap")), S("name"));
            if (name.n) map_put(&f->used, str_dup(f->a, name), f);
        }
}

static str first_plan(const ynode *pod_spec) {
    YNODE_EACH(i, volume, ynode_get(pod_spec, S("volumes")))
        YNODE_EACH(k, source, ynode_get(ynode_get(volume, S("projected")), S("sources")))
            return ynode_get_text(ynode_get(source, S("configMap")), S("name"));
    return STR_NONE;
}

static const ynode *pod_spec_of(const ynode *job) { return ynode_get(ynode_get(ynode_get(job, S("spec")), S("template")), S("spec")); }

static bool has_ended(const ynode *job) {
    YNODE_EACH(i, c, ynode_get(ynode_get(job, S("status")), S("conditions"))) {
        str type = ynode_get_text(c, S("type"));
        if (str_eq(ynode_get_text(c, S("status")), S("True")) && (str_eq(type, S("Complete")) || str_eq(type, S("Failed")))) return true;
    }
    return false;
}

static relative read_job(arena *a, const ynode *job) {
    const ynode *m = metadata(job);
    return (relative){.name = str_dup(a, ynode_get_text(m, S("name"))), .uid = str_dup(a, ynode_get_text(m, S("uid"))),
                      .born = str_dup(a, ynode_get_text(m, S("creationTimestamp"))), .plan = str_dup(a, first_plan(pod_spec_of(job))),
                      .ended = has_ended(job), .cancelled = ynode_get_text(ynode_get(m, S("annotations")), S(KUBE_CANCEL)).n > 0};
}

static const ynode *controller_of(const ynode *n) {
    YNODE_EACH(i, owner, ynode_get(metadata(n), S("ownerReferences")))
        if (ynode_true(ynode_get(owner, S("controller")))) return owner;
    return NULL;
}

/* Names of Jobs and of ConfigMaps end in tektonc's hash, the latter with a number behind. */
static str stem_of(str name) {
    uint32_t end = name.n;
    while (end && name.p[end - 1] != '-') end--;
    return end > 1 && name.n - end == HASH_DIGITS ? str_cut(name, 0, end - 1) : STR_NONE;
}

static bool find_self(family *f) {
    http_answer x = ask(f, "GET", kube_head_path(f->k->scratch, &f->k->run, f->k->run.name), NULL, STR_NONE);
    const ynode *job = good(&x) ? json_read(f->k->scratch, x.body) : NULL;
    if (!job) return complain(f, "Job", f->k->run.name, &x), false;
    f->own = read_job(f->a, job);
    f->label = str_dup(f->a, ynode_get_text(ynode_get(metadata(job), S("labels")), S(FAMILY_LABEL)));
    const ynode *owner = controller_of(job);
    if (str_eq(ynode_get_text(owner, S("kind")), S("CronJob"))) {
        f->cron_job = str_dup(f->a, ynode_get_text(owner, S("name")));
        f->cron_job_uid = str_dup(f->a, ynode_get_text(owner, S("uid")));
    } else {
        f->stem = stem_of(f->own.name);
    }
    note_plans(f, pod_spec_of(job));
    return str_eq(f->own.uid, f->k->run.uid) && f->label.n;
}

/* Older than this run, and of two of the same second the one whose name comes first. */
static bool is_earlier(const family *f, const relative *r) {
    int born = str_cmp(r->born, f->own.born);
    return born < 0 || (born == 0 && str_cmp(r->name, f->own.name) < 0);
}

static bool is_relative(const family *f, const ynode *job, const relative *r) {
    if (str_eq(r->uid, f->own.uid)) return false;
    const ynode *owner = controller_of(job);
    if (f->cron_job_uid.n) return str_eq(ynode_get_text(owner, S("uid")), f->cron_job_uid);
    return !owner && f->stem.n && str_eq(stem_of(r->name), f->stem);
}

static void each_page(family *f, const char *base, const char *kind, str selector, void (*take)(family *f, const ynode *item)) {
    str next = S("");
    do {
        arena_reset(f->k->scratch);
        arena *a = f->k->scratch;
        str path = str_fmt(a, "%s/namespaces/%.*s/%s?labelSelector=%.*s&limit=%d%s%.*s", base, STR_ARG(f->k->run.namespace_), kind,
                           STR_ARG(http_escape(a, selector)), PAGE, next.n ? "&continue=" : "", STR_ARG(next.n ? http_escape(a, next) : STR_NONE));
        http_answer x = ask(f, "GET", path, NULL, STR_NONE);
        const ynode *list = good(&x) ? json_read(a, x.body) : NULL;
        if (!list) {
            complain(f, "list of", str_z(kind), &x);
            return;
        }
        YNODE_EACH(i, item, ynode_get(list, S("items"))) take(f, item);
        next = str_dup(f->a, ynode_get_text(metadata(list), S("continue")));
    } while (next.n);
}

static void take_job(family *f, const ynode *job) {
    relative r = read_job(f->a, job);
    note_plans(f, pod_spec_of(job));
    if (is_relative(f, job, &r) && is_earlier(f, &r)) vec_push(f->a, &f->others, r);
}

static void find_jobs(family *f) { each_page(f, "/apis/batch/v1", "jobs", str_fmt(f->a, FAMILY_LABEL "=%.*s", STR_ARG(f->label)), take_job); }

/* ---- the beginning ---------------------------------------------------------------------------------------------------- */

static void adopt(family *f) {
    if (!f->cron_job_uid.n) return; /* a Job by itself may be deleted and applied again: its plan must not go in between */
    for (uint32_t i = 0; i < f->used.n; i++) {
        arena *a = f->k->scratch;
        ynode *patch = ynode_map(a, NULL), *meta = ynode_map(a, NULL), *owners = ynode_seq(a, NULL), *owner = ynode_map(a, NULL);
        ynode_put_str(a, owner, S("apiVersion"), S("batch/v1"));
        ynode_put_str(a, owner, S("kind"), S("CronJob"));
        ynode_put_str(a, owner, S("name"), f->cron_job);
        ynode_put_str(a, owner, S("uid"), f->cron_job_uid);
        ynode_push(a, owners, owner);
        ynode_put(a, meta, S("ownerReferences"), owners);
        ynode_put(a, patch, S("metadata"), meta);
        http_answer x = ask(f, "PATCH", kube_path(a, f->k, "configmaps", f->used.entries[i].key), KUBE_STRATEGIC, emit_json_str(a, patch, false));
        if (!good(&x)) complain(f, "owner of the ConfigMap", f->used.entries[i].key, &x);
        arena_reset(a);
    }
}

static str job_path(family *f, str name) { return str_fmt(f->k->scratch, "/apis/batch/v1/namespaces/%.*s/jobs/%.*s", STR_ARG(f->k->run.namespace_), STR_ARG(name)); }

static void cancel(family *f, const relative *r) {
    static const char patch[] = "{\"metadata\":{\"annotations\":{\"" KUBE_CANCEL "\":\"CancelledRunFinally\"}}}";
    http_answer x = ask(f, "PATCH", job_path(f, r->name), KUBE_MERGE, str_z(patch));
    if (good(&x)) engine_log("Job %.*s: cancelled, this run takes its place", STR_ARG(r->name));
    else if (x.status != 404) complain(f, "cancelling the Job", r->name, &x);
    arena_reset(f->k->scratch);
}

static family meet(engine *e, const kube_family *how) {
    kube_engine_ *k = kube_of(e);
    family f = {.k = k, .a = k->a, .how = how, .used = map_new(k->a)};
    arena_reset(k->scratch);
    return f;
}

void kube_family_begin(engine *e, const kube_family *how) {
    family f = meet(e, how);
    if (!find_self(&f)) return;
    adopt(&f);
    if (!how->cancel) return;
    find_jobs(&f);
    for (uint32_t i = 0; i < f.others.n; i++) {
        const relative *r = &f.others.v[i];
        if (!r->ended && !r->cancelled && !str_eq(r->plan, f.own.plan)) cancel(&f, r);
    }
}

/* ---- the end ------------------------------------------------------------------------------------------------------------ */

static int newest_first(const void *p, const void *q) {
    const relative *x = p, *y = q;
    int born = str_cmp(y->born, x->born);
    return born ? born : str_cmp(y->name, x->name);
}

static bool delete(family *f, str path, str uid, const char *what, str name) {
    str body = str_fmt(f->k->scratch, "{\"propagationPolicy\":\"Background\",\"preconditions\":{\"uid\":\"%.*s\"}}", STR_ARG(uid));
    http_answer x = ask(f, "DELETE", path, NULL, body);
    bool gone = good(&x) || x.status == 404;
    if (!gone) complain(f, what, name, &x);
    return gone;
}

/* Ended ones beyond those that are kept. A CronJob's controller does that for its own. */
static void delete_jobs(family *f) {
    int64_t room = f->how->keep - 1; /* this run is one */
    if (f->cron_job_uid.n || !f->others.n) return;
    qsort(f->others.v, f->others.n, sizeof *f->others.v, newest_first);
    for (uint32_t i = 0; i < f->others.n; i++) {
        const relative *r = &f->others.v[i];
        if (!r->ended || room-- > 0) continue;
        if (delete(f, job_path(f, r->name), r->uid, "old Job", r->name)) engine_log("Job %.*s: removed, %lld are kept", STR_ARG(r->name), (long long)f->how->keep);
        arena_reset(f->k->scratch);
    }
}

/* What the CronJob will start next; false: it can't be said, so nothing may be removed. */
static bool note_cron_job(family *f) {
    if (!f->cron_job_uid.n) return true;
    arena *a = f->k->scratch;
    http_answer x = ask(f, "GET", str_fmt(a, "/apis/batch/v1/namespaces/%.*s/cronjobs/%.*s", STR_ARG(f->k->run.namespace_), STR_ARG(f->cron_job)), NULL, STR_NONE);
    if (!good(&x)) return complain(f, "CronJob", f->cron_job, &x), false;
    const ynode *template = ynode_get(ynode_get(json_read(a, x.body), S("spec")), S("jobTemplate"));
    note_plans(f, pod_spec_of(template));
    return true;
}

static str plan_stem(str name) {
    uint32_t end = name.n;
    while (end && name.p[end - 1] != '-') end--;
    return end > 1 ? stem_of(str_cut(name, 0, end - 1)) : STR_NONE;
}

/* Younger ones may have been applied a moment ago, and whoever refers to them may be about to be. */
static void take_plan(family *f, const ynode *config_map) {
    const ynode *m = metadata(config_map);
    str name = ynode_get_text(m, S("name")), born = ynode_get_text(m, S("creationTimestamp"));
    if (map_has(&f->used, name) || !str_eq(plan_stem(name), plan_stem(f->own.plan)) || str_cmp(born, f->own.born) >= 0) return;
    str uid = str_dup(f->a, ynode_get_text(m, S("uid")));
    name = str_dup(f->a, name);
    if (delete(f, kube_path(f->k->scratch, f->k, "configmaps", name), uid, "old plan", name)) engine_log("ConfigMap %.*s: removed, nothing refers to it", STR_ARG(name));
}

void kube_family_end(engine *e, const kube_family *how) {
    family f = meet(e, how);
    if (how->keep < 0 || !find_self(&f)) return;
    find_jobs(&f);
    delete_jobs(&f);
    f.used = map_new(f.a); /* of the Jobs that are left, the plans stay */
    f.others.n = 0;
    if (!find_self(&f)) return;
    find_jobs(&f);
    if (!note_cron_job(&f)) return;
    each_page(&f, "/api/v1", "configmaps", str_fmt(f.a, FAMILY_LABEL "=%.*s,app.kubernetes.io/name=tektonc-plan", STR_ARG(f.label)), take_plan);
}
