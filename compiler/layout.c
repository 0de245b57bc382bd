#include "compiler/layout.h"
#include "base/emit.h"
#include "compiler/diags.h"
#include "compiler/plan_split.h"
#include "compiler/schema/core_v1.h"
#include "compiler/schema/order.h"
#include "compiler/start.h"
#include "compiler/template.h"
#include "plan/digest.h"
#include "plan/format.h"
#include "plan/names.h"
#include "templates/templates.h"
#include <stdlib.h>

typedef struct planned { /* a file that a ConfigMap takes */
    str path, text;
} planned;

typedef struct config_map {
    str name;
    uint32_t from, to; /* of the planned files */
} config_map;

typedef struct layout {
    const compilation *c;
    arena *a;
    run_output *out;
    VEC(planned) planned;
    VEC(config_map) maps;
    str extension, hash;
    start how;
    scope *scope;
    marks marks; /* none: templates know no holes */
} layout;

static str extension_of(const compilation *c) { return c->request->json ? S(".json") : S(".yaml"); }

/* ---- texts ---------------------------------------------------------------------------------------------------------- */

static bool append(void *ctx, const char *bytes, size_t n) {
    strbuf_add(ctx, (str){bytes, (uint32_t)n});
    return true;
}

/* The complete text of a file that goes into a ConfigMap. Its first line names only what the hash covers. */
static str planned_text(const compilation *c, run_output *out, const ynode *tree) {
    strbuf *b = &out->text;
    emit_sink sink = {append, b};
    b->a = c->a;
    b->n = 0;
    if (c->request->json) {
        emit_json(&sink, tree, true);
        strbuf_addc(b, '\n');
    } else {
        const run_input *run = out->run;
        strbuf_add(b, run->object->kind == OBJECT_PIPELINERUN ? S(LAYOUT_MARK " from PipelineRun ") : S(LAYOUT_MARK " from TaskRun "));
        strbuf_add(b, run->name);
        strbuf_add(b, S(". Change that, not this.\n"));
        emit_yaml(&sink, tree);
    }
    return str_dup(c->a, strbuf_str(b));
}

void layout_pod(const compilation *c, arena *temp, str file, const ynode *pod, run_output *out) {
    const ynode *ordered = order_typed(temp, &kube_Pod_type, pod);
    run_pod *p = vec_add(c->a, &out->pods);
    *p = (run_pod){.file = file, .text = planned_text(c, out, ordered), .pod = c->texts_only ? NULL : ordered};
}

static void add_file(arena *a, output_files *files, str path, str text, const ynode *tree) {
    output_file *f = vec_add(a, files);
    *f = (output_file){.path = path, .text = text};
    if (tree) vec_push(a, &f->documents, tree);
}

static void add_planned(layout *l, str path, str text, const ynode *tree) {
    vec_push(l->a, &l->planned, ((planned){path, text}));
    if (!l->c->request->plain) add_file(l->a, &l->out->files, path, text, tree);
}

static void plan_files(layout *l) {
    ynode_list parts = {0};
    plan_split(l->a, l->out->plan, LAYOUT_CONFIG_MAP_BYTES - 1024, &parts);
    for (uint32_t i = 0; i < parts.n; i++) {
        str path = i ? str_fmt(l->a, PLAN_FILE ".%u%.*s", i, STR_ARG(l->extension)) : str_cat(l->a, S(PLAN_FILE), l->extension);
        add_planned(l, path, planned_text(l->c, l->out, parts.v[i]), parts.v[i]);
    }
}

static void pod_files(layout *l) {
    for (uint32_t i = 0; i < l->out->pods.n; i++) {
        const run_pod *p = &l->out->pods.v[i];
        add_planned(l, str_fmt(l->a, PLAN_PODS "/%.*s%.*s", STR_ARG(p->file), STR_ARG(l->extension)), p->text, p->pod);
    }
}

/* ---- ConfigMaps ----------------------------------------------------------------------------------------------------- */

/* How many bytes more than itself a byte takes in Go's JSON. Of the control characters only line breaks and tabs stand
 * in a text that base/emit.h wrote. */
static inline uint8_t json_more(unsigned char c) {
    return (uint8_t)(((c == '"') | (c == '\\') | (c < 0x20)) + 5 * ((c == '<') | (c == '>') | (c == '&')));
}

enum { BLOCK = 32 }; /* its sum fits 8 bits, and a fixed count lets the compiler use vectors: this sees every byte */

uint64_t layout_json_bytes(str text) {
    const unsigned char *p = (const unsigned char *)text.p, *end = p + text.n;
    uint64_t more = 0;
    for (; end - p >= BLOCK; p += BLOCK) {
        uint8_t sum = 0;
        for (int k = 0; k < BLOCK; k++) sum = (uint8_t)(sum + json_more(p[k]));
        more += sum;
    }
    for (; p < end; p++) more += json_more(*p);
    return text.n + more;
}

static str key_of(arena *a, str path) {
    char *p = arena_copy(a, path.p, path.n);
    for (uint32_t i = 0; i < path.n; i++)
        if (p[i] == '/') p[i] = '_';
    return (str){p, path.n};
}

static void warn_large(layout *l, const planned *p, uint64_t json) {
    const ynode *where = l->out->run->object->node;
    if (p->text.n > LAYOUT_CONFIG_MAP_MOST_BYTES) {
        diag *x = REPORT(l->c->d, FILE_TOO_LARGE, where, "%.*s has %u bytes, which no ConfigMap can hold", STR_ARG(p->path), p->text.n);
        diag_help(l->c->d, x, "shorten its scripts, or put them into the image");
    } else if (json > LAYOUT_CONFIG_MAP_JSON_BYTES) {
        diag *x = REPORT(l->c->d, FILE_LARGE, where, "%.*s has %u bytes, too many for a client-side apply", STR_ARG(p->path), p->text.n);
        diag_help(l->c->d, x, "apply with `kubectl apply --server-side -k`, or shorten its scripts");
    }
}

/* One after the other, as many as fit. */
static void pack(layout *l) {
    uint64_t bytes = 0, json = 0;
    for (uint32_t i = 0; i < l->planned.n; i++) {
        const planned *p = &l->planned.v[i];
        uint64_t more = (uint64_t)p->text.n + p->path.n, more_json = layout_json_bytes(p->text) + p->path.n + 8;
        if (more > LAYOUT_CONFIG_MAP_BYTES || more_json > LAYOUT_CONFIG_MAP_JSON_BYTES) warn_large(l, p, more_json);
        if (!l->maps.n || bytes + more > LAYOUT_CONFIG_MAP_BYTES || json + more_json > LAYOUT_CONFIG_MAP_JSON_BYTES) {
            vec_push(l->a, &l->maps, ((config_map){.from = i}));
            bytes = json = 0;
        }
        l->maps.v[l->maps.n - 1].to = i + 1;
        bytes += more;
        json += more_json;
    }
    if (l->maps.n > LAYOUT_CONFIG_MAPS) {
        diag *x = REPORT(l->c->d, PLAN_TOO_LARGE, l->out->run->object->node, "plan and Pods of %.*s fill %u ConfigMaps; one Job can have %d",
                         STR_ARG(l->out->run->name), l->maps.n, LAYOUT_CONFIG_MAPS);
        diag_help(l->c->d, x, "divide the Pipeline; with `--rule=plan-too-large=warning` it is written nevertheless, but this Job can't run it");
    }
}

/* ---- names ---------------------------------------------------------------------------------------------------------- */

static void put_node(layout *l, const char *prefix, const char *name, const ynode *n) {
    scope_put(l->scope, str_z(prefix), str_z(name), S(""), n, SCOPE_DOT);
}

static void put_text(layout *l, const char *name, str text) { scope_put_text(l->scope, str_z(name), text.p ? text : S("")); }

static const ynode *projected_sources(layout *l) {
    ynode *out = ynode_seq(l->a, NULL);
    for (uint32_t i = 0; i < l->maps.n; i++) {
        ynode *one = ynode_map(l->a, NULL), *named = ynode_map(l->a, NULL);
        ynode_put_str(l->a, named, S("name"), l->maps.v[i].name);
        ynode_put(l->a, one, S("configMap"), named);
        ynode_push(l->a, out, one);
    }
    return out;
}

/* Everything that has the hash in its name. */
static const ynode *named_job(layout *l, str name) {
    l->out->name = name;
    for (uint32_t i = 0; i < l->maps.n; i++) l->maps.v[i].name = str_fmt(l->a, "%.*s-%u", STR_ARG(name), i);
    put_text(l, "job.name", name);
    put_node(l, "plan", "sources", projected_sources(l));
    return template_fill_one(l->a, template_job, l->scope);
}

static const ynode *job(layout *l) {
    const run_input *run = l->out->run;
    digest d = digest_begin();
    digest_text(&d, emit_json_str(l->a, named_job(l, run->name), false));
    for (uint32_t i = 0; i < l->planned.n; i++) {
        digest_text(&d, l->planned.v[i].path);
        digest_text(&d, l->planned.v[i].text);
    }
    l->hash = digest_end(l->a, &d, LAYOUT_HASH_DIGITS);
    return named_job(l, name_child(l->a, run->name, str_cat(l->a, S("-"), l->hash)));
}

static bool is_pending(const run_input *run) {
    const PipelineRunSpec *spec = run->object->kind == OBJECT_PIPELINERUN ? run->object->pipeline_run->spec : NULL;
    return spec && str_eq(ynode_text(spec->status), S("PipelineRunPending"));
}

enum { CRON_JOB_NAME = 52 }; /* its Jobs add 11 characters */

/* Of a name that is too long a part, and a hash of the whole. */
static str cron_job_name(arena *a, str base) {
    enum { DIGITS = 8 };
    if (base.n <= CRON_JOB_NAME) return base;
    digest d = digest_begin();
    digest_text(&d, base);
    str part = str_cut(base, 0, CRON_JOB_NAME - DIGITS - 1);
    while (part.n > 1 && (part.p[part.n - 1] == '.' || part.p[part.n - 1] == '-')) part.n--; /* `.-` is in no name */
    return str_fmt(a, "%.*s-%.*s", STR_ARG(part), STR_ARG(digest_end(a, &d, DIGITS)));
}

static const ynode *verbs(arena *a, bool wanted, const char *first, const char *second) {
    ynode *out = ynode_seq(a, NULL);
    if (wanted && first) ynode_push(a, out, ynode_strz(a, first));
    if (wanted && second) ynode_push(a, out, ynode_strz(a, second));
    return out;
}

/* The CronJob says which plan is the newest, and owns the ConfigMaps of all its plans. */
static const ynode *schedule_rules(arena *a, bool scheduled) {
    ynode *out = ynode_seq(a, NULL), *rule = ynode_map(a, NULL);
    if (!scheduled) return out;
    ynode_put(a, rule, S("apiGroups"), verbs(a, true, "batch", NULL));
    ynode_put(a, rule, S("resources"), verbs(a, true, "cronjobs", NULL));
    ynode_put(a, rule, S("verbs"), verbs(a, true, "get", NULL));
    ynode_push(a, out, rule);
    return out;
}

static const ynode *controller_args(layout *l) {
    ynode *out = ynode_seq(l->a, NULL);
    str keep = start_keep(&l->how), on_change = start_text(&l->how, START_ON_CHANGE);
    if (keep.n) ynode_push(l->a, out, ynode_str(l->a, str_cat(l->a, S("--keep="), keep), NULL));
    if (on_change.n) ynode_push(l->a, out, ynode_str(l->a, str_cat(l->a, S("--on-change="), on_change), NULL));
    return out;
}

/* What Argo CD and Flux are told about an object. */
static ynode *told(layout *l, bool keep, int wave) {
    arena *a = l->a;
    ynode *out = ynode_map(a, NULL);
    str hook = start_text(&l->how, START_ARGOCD_HOOK), given = start_text(&l->how, START_ARGOCD_WAVE);
    if (hook.n) {
        ynode_put_str(a, out, S("argocd.argoproj.io/hook"), hook);
        ynode_put_str(a, out, S("argocd.argoproj.io/hook-delete-policy"), S("BeforeHookCreation"));
    }
    if (hook.n || given.n) ynode_put_str(a, out, S("argocd.argoproj.io/sync-wave"), str_fmt(a, "%d", wave + (given.n ? atoi(str_dup(a, given).p) : 0)));
    if (keep) {
        ynode_put_str(a, out, S("argocd.argoproj.io/sync-options"), S("Prune=false"));
        ynode_put_str(a, out, S("argocd.argoproj.io/compare-options"), S("IgnoreExtraneous"));
        ynode_put_str(a, out, S("kustomize.toolkit.fluxcd.io/prune"), S("disabled"));
    }
    return out;
}

static const ynode *some(const ynode *n) { return n->n ? n : ynode_null(); }

/* Of a run that is going nothing may be pruned that it needs: with --on-change all of it; a schedule's Jobs go with their
 * CronJob, but their plans must outlive it until then. */
static void put_annotations(layout *l) {
    bool scheduled = start_scheduled(&l->how), keep = l->how.said[START_ON_CHANGE] != NULL;
    str key = start_text(&l->how, START_RUN_KEY);
    ynode *own = scheduled ? ynode_map(l->a, NULL) : told(l, keep, 0);
    if (key.n) ynode_put_str(l->a, own, S(START_PREFIX "run-key"), key);
    put_node(l, "job", "annotations", some(own));
    put_node(l, "cronjob", "annotations", some(told(l, false, 0)));
    put_node(l, "plan", "annotations", some(told(l, keep || scheduled, -1)));
    put_node(l, "support", "annotations", some(told(l, keep && !scheduled, -1)));
}

static void begin_scope(layout *l) {
    const run_input *run = l->out->run;
    l->scope = scope_new(l->a, &l->marks, NULL);
    l->how = start_read(l->c->request, run->object->metadata);
    bool own_namespace = run->object->namespace_.n || l->c->request->namespace_.n, keep = start_keep(&l->how).n > 0;
    str base = start_base_name(run->object), pipeline = ynode_get_text(ynode_get(ynode_get(l->out->plan, S("spec")), S("run")), S("pipeline"));
    put_text(l, "run.name", run->name);
    put_text(l, "run.partOf", pipeline.n ? pipeline : base);
    put_text(l, "base.name", base);
    put_text(l, "run.namespace", own_namespace ? run->namespace_ : STR_NONE); /* none: where it is applied */
    put_text(l, "runtime.image", l->c->request->runtime_image);
    put_text(l, "account.name", name_child(l->a, base, S("-tektonc")));
    put_node(l, "run", "suspended", is_pending(run) ? ynode_bool(true) : ynode_null());
    put_node(l, "controller", "args", controller_args(l));
    put_node(l, "keep", "planVerbs", verbs(l->a, keep, "list", "delete"));
    put_node(l, "keep", "jobVerbs", verbs(l->a, keep, "delete", NULL));
    put_node(l, "schedule", "rules", schedule_rules(l->a, start_scheduled(&l->how)));
    put_annotations(l);
}

/* The Job as what a schedule makes. */
static const ynode *cron_job(layout *l, const ynode *job_tree) {
    const start *how = &l->how;
    str concurrency = start_text(how, START_CONCURRENCY);
    put_text(l, "cronjob.name", l->out->name = cron_job_name(l->a, start_base_name(l->out->run->object)));
    put_text(l, "schedule.cron", start_text(how, START_SCHEDULE));
    put_text(l, "schedule.zone", start_text(how, START_TIME_ZONE));
    put_text(l, "schedule.concurrency", concurrency.n ? concurrency : S("Forbid"));
    put_node(l, "schedule", "suspend", ynode_bool(str_eq(start_text(how, START_SUSPEND), S("true"))));
    put_node(l, "schedule", "keep", ynode_int(l->a, atoi(str_dup(l->a, start_keep(how)).p)));
    put_node(l, "job", "labels", ynode_get(ynode_get(job_tree, S("metadata")), S("labels")));
    put_node(l, "job", "spec", ynode_get(job_tree, S("spec")));
    return template_fill_one(l->a, template_cronjob, l->scope);
}

/* ---- objects of the input ------------------------------------------------------------------------------------------- */

/* Secrets are never written. The ConfigMaps that configure Tekton say nothing to a cluster without it. */
static bool passes(const object *o) {
    switch (o->kind) {
    case OBJECT_CONFIGMAP: return !str_eq(o->name, S("feature-flags")) && !str_eq(o->name, S("config-defaults"));
    case OBJECT_SERVICEACCOUNT:
    case OBJECT_LIMITRANGE:
    case OBJECT_CLAIM:
    case OBJECT_OTHER: return true;
    default: return false;
    }
}

/* An apply needs a name: one made of generateName and the content, so that the same object has the same name. */
static const ynode *named_object(arena *a, const object *o) {
    if (o->name.n || !o->generate_name.n) return o->node;
    enum { SUFFIX_DIGITS = 5 };
    digest d = digest_begin();
    digest_text(&d, emit_json_str(a, order_free(a, o->node), false));
    ynode *named = ynode_copy(a, o->node), *metadata = ynode_copy(a, o->metadata);
    str suffix = digest_end(a, &d, SUFFIX_DIGITS);
    ynode_set(a, metadata, S("name"), ynode_str(a, str_cat(a, o->generate_name, suffix), NULL));
    ynode_set(a, named, S("metadata"), ynode_without(a, metadata, S("generateName")));
    return named;
}

/* Given twice: the later one counts, as for apply; kustomize would refuse both. */
static bool add_objects(const compilation *c, output_files *files) {
    map last = map_new(c->a);
    bool *used = ARENA_ARRAY(c->a, bool, c->sources->n + 1);
    source_list *made_of = ARENA_NEW(c->a, source_list);
    output_file f = {.path = str_cat(c->a, S("objects"), extension_of(c))};
    for (uint32_t i = 0; i < c->world.objects.n; i++) {
        const object *o = c->world.objects.v[i];
        if (!passes(o)) continue;
        const ynode *n = named_object(c->a, o);
        const source *from = source_of(c->sources, o->node->at);
        if (from) used[from - c->sources->v] = true;
        str key = str_fmt(c->a, "%.*s/%.*s/%.*s/%.*s", STR_ARG(ynode_get_text(n, S("apiVersion"))), STR_ARG(ynode_get_text(n, S("kind"))),
                          STR_ARG(o->namespace_), STR_ARG(ynode_get_text(ynode_get(n, S("metadata")), S("name"))));
        map_put(&last, key, (void *)(uintptr_t)n);
    }
    for (uint32_t i = 0; i < last.n; i++) vec_push(c->a, &f.documents, (const ynode *)last.entries[i].value);
    for (uint32_t i = 0; i < c->inputs; i++)
        if (used[i]) vec_push(c->a, made_of, i);
    f.made_of = c->runs.n == 1 ? NULL : made_of;
    if (f.documents.n) vec_push(c->a, files, f);
    return f.documents.n > 0;
}

/* ---- the files around ----------------------------------------------------------------------------------------------- */

static void add_template(layout *l, const char *name, const char *text) {
    output_file *f = vec_add(l->a, &l->out->files);
    f->path = str_fmt(l->a, "%s%.*s", name, STR_ARG(l->extension));
    template_fill(l->a, text, l->scope, &f->documents);
}

static const ynode *generators(layout *l, str namespace_) {
    arena *a = l->a;
    ynode *out = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < l->maps.n; i++) {
        const config_map *m = &l->maps.v[i];
        ynode *one = ynode_map(a, NULL), *files = ynode_seq(a, NULL);
        ynode_put_str(a, one, S("name"), m->name);
        if (namespace_.n) ynode_put_str(a, one, S("namespace"), namespace_);
        for (uint32_t k = m->from; k < m->to; k++) {
            str path = l->planned.v[k].path, key = key_of(a, path);
            ynode_push(a, files, ynode_str(a, str_eq(key, path) ? path : str_fmt(a, "%.*s=%.*s", STR_ARG(key), STR_ARG(path)), NULL));
        }
        ynode_put(a, one, S("files"), files);
        ynode_push(a, out, one);
    }
    return out;
}

static void add_kustomization(layout *l, const ynode *resources, str namespace_) {
    put_node(l, "folder", "resources", resources);
    put_node(l, "plan", "configMaps", generators(l, namespace_));
    /* No extension of its own: kustomize looks for this name. */
    add_file(l->a, &l->out->files, S(LAYOUT_KUSTOMIZATION), STR_NONE, template_fill_one(l->a, template_kustomization, l->scope));
}

static void add_config_maps(layout *l) {
    output_file *f = vec_add(l->a, &l->out->files);
    f->path = str_cat(l->a, S("configmaps"), l->extension);
    for (uint32_t i = 0; i < l->maps.n; i++) {
        ynode *data = ynode_map(l->a, NULL);
        for (uint32_t k = l->maps.v[i].from; k < l->maps.v[i].to; k++) ynode_put_str(l->a, data, key_of(l->a, l->planned.v[k].path), l->planned.v[k].text);
        put_text(l, "configMap.name", l->maps.v[i].name);
        put_node(l, "configMap", "data", data);
        template_fill(l->a, template_configmap, l->scope, &f->documents);
    }
}

void layout_run(const compilation *c, run_output *out) {
    layout l = {.c = c, .a = c->a, .out = out, .extension = extension_of(c)};
    bool alone = c->runs.n == 1;
    begin_scope(&l);
    plan_files(&l);
    pod_files(&l);
    pack(&l);
    const ynode *job_tree = job(&l);
    str own_namespace = ynode_get_text(ynode_get(job_tree, S("metadata")), S("namespace"));
    if (c->request->plain) add_config_maps(&l);
    add_template(&l, "rbac", template_rbac);
    bool objects = alone && add_objects(c, &out->files);
    bool scheduled = start_scheduled(&l.how);
    const char *last = scheduled ? "cronjob" : "job";
    add_file(c->a, &out->files, str_cat(c->a, str_z(last), l.extension), STR_NONE, scheduled ? cron_job(&l, job_tree) : job_tree);
    if (c->request->plain) return;
    ynode *resources = ynode_seq(c->a, NULL);
    const char *names[] = {"objects", "rbac", last};
    for (unsigned i = objects ? 0 : 1; i < sizeof names / sizeof *names; i++)
        ynode_push(c->a, resources, ynode_str(c->a, str_fmt(c->a, "%s%.*s", names[i], STR_ARG(l.extension)), NULL));
    add_kustomization(&l, resources, own_namespace);
}

void layout_index(compilation *c) {
    arena *a = c->a;
    if (c->runs.n == 1) return;
    bool objects = add_objects(c, &c->files);
    if (c->request->plain) return;
    ynode *resources = ynode_seq(a, NULL);
    if (objects) ynode_push(a, resources, ynode_str(a, c->files.v[0].path, NULL));
    for (uint32_t i = 0; i < c->outputs.n; i++) ynode_push(a, resources, ynode_str(a, c->outputs.v[i].folder, NULL));
    marks none = {.a = a};
    scope *s = scope_new(a, &none, NULL);
    scope_put(s, S("folder"), S("resources"), S(""), resources, SCOPE_DOT);
    add_file(a, &c->files, S(LAYOUT_KUSTOMIZATION), STR_NONE, template_fill_one(a, template_index, s));
    /* It names the folders and says nothing of what is in them: two changes of two runs must not meet here. */
    c->files.v[c->files.n - 1].made_of = ARENA_NEW(a, source_list);
}
