#include "compiler/defaults.h"
#include "compiler/schema/walk.h"
#include "grammar/duration.h"

/* ---- types of parameters and results ----------------------------------------------------------------------------- */

/* Properties without a type are strings. */
static const ynode *typed_properties(arena *a, const ynode *properties) {
    if (!ynode_is(properties, Y_MAP)) return properties;
    ynode *copy = NULL;
    for (uint32_t i = 0; i < properties->n; i++) {
        const ynode *spec = properties->pairs[i].value;
        if (ynode_get_text(spec, S("type")).n || (spec->kind != Y_MAP && spec->kind != Y_NULL)) continue;
        ynode *typed = spec->kind == Y_MAP ? ynode_copy(a, spec) : ynode_map(a, spec);
        ynode_set(a, typed, S("type"), ynode_str(a, S("string"), spec));
        if (!copy) copy = ynode_copy(a, properties);
        copy->pairs[i].value = typed;
    }
    return copy ? copy : properties;
}

/* An empty mapping counts for the type, although binding leaves it out. */
static bool has_properties(const ynode *properties, const head *h) {
    return properties || ynode_is(ynode_get(h->node, S("properties")), Y_MAP);
}

static bool is_set(const ynode *text) { return ynode_text(text).n > 0; }

static str type_of_value(const ynode *value) {
    if (ynode_is(value, Y_SEQ)) return S("array");
    return ynode_is(value, Y_MAP) ? S("object") : S("string");
}

static void default_param(arena *a, ParamSpec *p) {
    const ynode *at = p->name ? p->name : p->h.node;
    if (!is_set(p->type_)) {
        bool is_object = has_properties(p->properties, &p->h);
        p->type_ = ynode_str(a, is_object ? S("object") : type_of_value(p->default_), at);
    }
    p->properties = typed_properties(a, p->properties);
}

static const ynode *result_type(arena *a, const ynode *given, const ynode *properties, const head *h,
                                const ynode *name) {
    if (is_set(given)) return given;
    return ynode_str(a, has_properties(properties, h) ? S("object") : S("string"), name ? name : h->node);
}

static void default_task_result(arena *a, TaskResult *r) {
    r->type_ = result_type(a, r->type_, r->properties, &r->h, r->name);
    r->properties = typed_properties(a, r->properties);
}

static void default_step_result(arena *a, StepResult *r) {
    r->type_ = result_type(a, r->type_, r->properties, &r->h, r->name);
    r->properties = typed_properties(a, r->properties);
}

/* ---- references ------------------------------------------------------------------------------------------------ */

static void default_resolver(const defaults *x, const ynode *name, const ynode **resolver, const head *h) {
    if (!is_set(name) && !is_set(*resolver) && x->cfg->default_resolver_type.n)
        *resolver = ynode_str(x->a, x->cfg->default_resolver_type, h->node);
}

static void default_task_ref(const defaults *x, TaskRef *r) {
    default_resolver(x, r->name, &r->resolver, &r->h);
    if (!is_set(r->kind) && !is_set(r->resolver)) r->kind = ynode_str(x->a, S("Task"), r->name ? r->name : r->h.node);
}

/* ---- specs ----------------------------------------------------------------------------------------------------- */

void defaults_task_spec(const defaults *x, TaskSpec *spec) {
    LIST_EACH(Step, s, spec->steps)
    if (s->ref) default_resolver(x, s->ref->name, &s->ref->resolver, &s->ref->h);
    LIST_EACH(ParamSpec, p, spec->params) default_param(x->a, p);
    LIST_EACH(TaskResult, r, spec->results) default_task_result(x->a, r);
}

/* A pipelineSpec inside a PipelineTask gets none, as in Tekton; the run of that task gets them when it is made. */
static void default_pipeline_task(const defaults *x, PipelineTask *t) {
    if (t->taskRef) default_task_ref(x, t->taskRef);
    if (t->taskSpec) defaults_task_spec(x, t->taskSpec);
}

void defaults_pipeline_spec(const defaults *x, PipelineSpec *spec) {
    LIST_EACH(ParamSpec, p, spec->params) default_param(x->a, p);
    LIST_EACH(PipelineTask, t, spec->tasks) default_pipeline_task(x, t);
    LIST_EACH(PipelineTask, t, spec->finally) default_pipeline_task(x, t);
}

static void default_step_action(const defaults *x, StepActionSpec *spec) {
    LIST_EACH(ParamSpec, p, spec->params) default_param(x->a, p);
    LIST_EACH(StepResult, r, spec->results) default_step_result(x->a, r);
}

/* ---- the configured Pod template ------------------------------------------------------------------------------- */

/* The run's entries first, then those of the default whose name the run does not have. */
static const ynode *join_by_key(arena *a, const ynode *own, const ynode *other, str key) {
    map names = map_new(a);
    YNODE_EACH(i, item, own) map_put(&names, ynode_get_text(item, key), (void *)(uintptr_t)item);
    ynode *both = ynode_copy(a, own);
    YNODE_EACH(j, item, other)
    if (!map_has(&names, ynode_get_text(item, key))) ynode_push(a, both, item);
    return both;
}

static PodTemplate *merge_pod_template(const defaults *x, PodTemplate *own) {
    if (!x->pod_template) return own;
    if (!own) return COPY(x->a, PodTemplate, x->pod_template);
    for (uint32_t i = 0; i < PodTemplate_type.n; i++) {
        const field *f = &PodTemplate_type.fields[i];
        const ynode **mine = (const ynode **)((char *)own + f->offset);
        const ynode *theirs = field_tree(f, &x->pod_template->h);
        if (!theirs) continue;
        if (field_zero(f, *mine))
            *mine = theirs;
        else if (f->kind == K_LIST && f->merge_key.n)
            *mine = join_by_key(x->a, *mine, theirs, f->merge_key);
    }
    return own;
}

/* ---- runs ------------------------------------------------------------------------------------------------------ */

static const ynode *default_timeout(const defaults *x, const ynode *given, const head *h) {
    return given ? given : ynode_str(x->a, duration_format(x->a, x->cfg->default_timeout), h->node);
}

static const ynode *default_account(const defaults *x, const ynode *given, const head *h) {
    if (is_set(given) || !x->cfg->default_service_account.n) return given;
    return ynode_str(x->a, x->cfg->default_service_account, h->node);
}

static void default_task_run(const defaults *x, TaskRun *run) {
    if (!run->spec) run->spec = ARENA_NEW(x->a, TaskRunSpec);
    TaskRunSpec *spec = run->spec;
    if (spec->taskRef) default_task_ref(x, spec->taskRef);
    spec->timeout = default_timeout(x, spec->timeout, &spec->h);
    spec->serviceAccountName = default_account(x, spec->serviceAccountName, &spec->h);
    spec->podTemplate = merge_pod_template(x, spec->podTemplate);
    if (spec->taskSpec) defaults_task_spec(x, spec->taskSpec);
}

static void default_pipeline_run(const defaults *x, PipelineRun *run) {
    if (!run->spec) run->spec = ARENA_NEW(x->a, PipelineRunSpec);
    PipelineRunSpec *spec = run->spec;
    if (spec->pipelineRef)
        default_resolver(x, spec->pipelineRef->name, &spec->pipelineRef->resolver, &spec->pipelineRef->h);
    if (!spec->timeouts) {
        spec->timeouts = ARENA_NEW(x->a, TimeoutFields);
        spec->timeouts->h.node = spec->h.node;
    }
    spec->timeouts->pipeline = default_timeout(x, spec->timeouts->pipeline, &spec->timeouts->h);
    if (!spec->taskRunTemplate) {
        spec->taskRunTemplate = ARENA_NEW(x->a, PipelineTaskRunTemplate);
        spec->taskRunTemplate->h.node = spec->h.node;
    }
    PipelineTaskRunTemplate *t = spec->taskRunTemplate;
    t->serviceAccountName = default_account(x, t->serviceAccountName, &t->h);
    t->podTemplate = merge_pod_template(x, t->podTemplate);
    if (spec->pipelineSpec) defaults_pipeline_spec(x, spec->pipelineSpec);
}

/* Annotations that Tekton Chains writes are taken off a run when it is created. */
static void drop_reserved_annotations(arena *a, object *o) {
    const ynode *annotations = ynode_get(o->metadata, S("annotations"));
    if (!ynode_is(annotations, Y_MAP)) return;
    ynode *kept = ynode_map(a, annotations);
    uint32_t at;
    for (uint32_t i = 0; i < annotations->n; i++)
        if (!str_find(annotations->pairs[i].key, S("chains.tekton.dev/"), &at)) {
            ynode_put(a, kept, annotations->pairs[i].key, annotations->pairs[i].value);
            kept->pairs[kept->n - 1] = annotations->pairs[i];
        }
    if (kept->n == annotations->n) return;
    ynode *metadata = ynode_copy(a, o->metadata);
    ynode_set(a, metadata, S("annotations"), kept);
    world_set_metadata(o, metadata);
}

static void add_managed_by(const defaults *x, object *o) {
    str key = S("app.kubernetes.io/managed-by");
    const ynode *labels = ynode_get(o->metadata, S("labels"));
    if (ynode_get(labels, key)) return;
    ynode *with = ynode_is(labels, Y_MAP) ? ynode_copy(x->a, labels) : ynode_map(x->a, o->metadata);
    ynode_put_str(x->a, with, key, x->cfg->default_managed_by);
    ynode *metadata = o->metadata ? ynode_copy(x->a, o->metadata) : ynode_map(x->a, o->node);
    ynode_set(x->a, metadata, S("labels"), with);
    world_set_metadata(o, metadata);
}

/* ---- objects --------------------------------------------------------------------------------------------------- */

defaults defaults_new(arena *a, diags *d, const config *cfg) {
    defaults x = {.a = a, .cfg = cfg};
    if (cfg->default_pod_template) x.pod_template = BIND(a, d, PodTemplate, cfg->default_pod_template, API_V1);
    return x;
}

void defaults_apply(const defaults *x, object *o) {
    switch (o->kind) {
    case OBJECT_TASK:
        if (o->task->spec) defaults_task_spec(x, o->task->spec);
        break;
    case OBJECT_STEPACTION:
        if (o->step_action->spec) default_step_action(x, o->step_action->spec);
        break;
    case OBJECT_PIPELINE:
        if (o->pipeline->spec) defaults_pipeline_spec(x, o->pipeline->spec);
        break;
    case OBJECT_TASKRUN:
        default_task_run(x, o->task_run);
        drop_reserved_annotations(x->a, o);
        add_managed_by(x, o);
        break;
    case OBJECT_PIPELINERUN:
        default_pipeline_run(x, o->pipeline_run);
        drop_reserved_annotations(x->a, o);
        break;
    case OBJECT_CUSTOMRUN:
        if (o->custom_run->spec)
            o->custom_run->spec->serviceAccountName =
                default_account(x, o->custom_run->spec->serviceAccountName, &o->custom_run->spec->h);
        break;
    default: break;
    }
}
