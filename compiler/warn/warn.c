/* Which warnings look at which part of which object. */
#include "compiler/warn/warn.h"
#include "compiler/check/pipeline.h"
#include "compiler/warn/parts.h"

/* ---- where values of parameters come from ------------------------------------------------------------------------ */

static bool never(const void *ctx, str param) {
    (void)ctx, (void)param;
    return false;
}

/* A value with results in it, or, in a Pipeline, with parameters of the Pipeline. */
static bool value_from_outside(const warn *w, const ynode *value, bool of_run) {
    VALUE_EACH(i, text, value) {
        str s = ynode_text(text);
        var v;
        if (!s.n || ref_none(s)) continue;
        for (uint32_t from = 0; var_next(w->c->a, s, &from, &v);)
            if ((v.root == VAR_TASK && var_is(&v, 1, S("results"))) || (v.root == VAR_PARAM && !of_run)) return true;
    }
    return false;
}

typedef struct embedded {
    const warn *w;
    const warn_task *t;
    map given; /* what the task passes → its value */
} embedded;

static embedded embedded_new(const warn *w, const warn_task *t) {
    embedded e = {w, t, map_new(w->c->a)};
    LIST_EACH(Param, p, t->of->params) map_add(&e.given, ynode_text(p->name), (void *)(uintptr_t)p->value);
    if (t->of->matrix) {
        LIST_EACH(Param, p, t->of->matrix->params) map_add(&e.given, ynode_text(p->name), (void *)(uintptr_t)p->value);
    }
    return e;
}

/* Of an embedded Task: its own parameters have the value that the task passes, the rest is the Pipeline's. */
static bool embedded_outside(const void *ctx, str name) {
    const embedded *e = ctx;
    bool of_run = e->t->in->run != NULL;
    if (map_has(&e->given, name)) return value_from_outside(e->w, map_get(&e->given, name), of_run);
    return !of_run && map_has(&e->t->in->params, name);
}

static warn_scope scope_of(const warn *w, const ParamSpec_list *params, bool (*outside)(const void *, str),
                           const void *ctx) {
    warn_scope s = {.by_name = map_new(w->c->a), .outside = outside, .ctx = ctx};
    if (params) {
        LIST_EACH(ParamSpec, p, *params) map_add(&s.by_name, ynode_text(p->name), p);
    }
    return s;
}

/* ---- containers -------------------------------------------------------------------------------------------------- */

#define CONTAINER(word, x)                                                                                             \
    (warn_container) {                                                                                                 \
        .what = (word), .h = &(x)->h, .image = (x)->image, .command = (x)->command, .args = (x)->args,                 \
        .env = (x)->env, .security_context = (x)->securityContext, .working_dir = (x)->workingDir                      \
    }

static void warn_one(const warn *w, const warn_container *x, const warn_scope *s) {
    warn_image(w, x, s);
    warn_script(w, x, s);
    warn_secret_env(w, x->env);
    warn_security(w, x);
    warn_working_dir(w, x);
}

static void warn_containers(const warn *w, const TaskSpec *spec, const warn_scope *s) {
    LIST_EACH(Step, step, spec->steps) {
        warn_container x = CONTAINER("step", step);
        x.script = step->script;
        warn_one(w, &x, s);
    }
    LIST_EACH(Sidecar, sidecar, spec->sidecars) {
        warn_container x = CONTAINER("sidecar", sidecar);
        x.script = sidecar->script;
        x.ports = sidecar->ports;
        warn_one(w, &x, s);
    }
    if (spec->stepTemplate) {
        warn_container x = CONTAINER("stepTemplate", spec->stepTemplate);
        warn_one(w, &x, s);
    }
}

/* ---- Tasks ------------------------------------------------------------------------------------------------------- */

static void warn_task_parts(const warn *w, const warn_task *t, const warn_scope *s) {
    warn_unused_task(w, t);
    warn_hidden_task(w, t);
    warn_results(w, t);
    warn_step_names(w, t->spec);
    warn_containers(w, t->spec, s);
    warn_security_volumes(w, t->spec->volumes);
    warn_secret_params(w, &t->spec->params, NULL);
    LIST_EACH(Step, step, t->spec->steps) warn_when(w, &step->when);
}

static void warn_task_object(const warn *w, const TaskSpec *spec) {
    warn_task t = {.spec = spec, .uses = uses_new(w->c->a)};
    warn_scope s = scope_of(w, &spec->params, NULL, NULL);
    warn_task_variables(w, &t);
    warn_task_parts(w, &t, &s);
}

static void warn_step_action(const warn *w, const StepActionSpec *spec) {
    uses u;
    warn_scope s = scope_of(w, &spec->params, NULL, NULL);
    warn_container x = CONTAINER("StepAction", spec);
    x.script = spec->script;
    warn_step_action_variables(w, spec, &u);
    warn_unused_step_action(w, spec, &u);
    warn_step_results_twice(w, &spec->results);
    warn_one(w, &x, &s);
    warn_secret_params(w, &spec->params, NULL);
}

/* The definition that a reference of this input names. */
static const object *definition(const warn *w, object_kind kind, const ynode *name, const ynode *resolver) {
    if (!text_set(name) || text_set(resolver)) return NULL;
    const object *o = world_find(w->w, kind, w->o->namespace_, name->text);
    return o && !o->refused && o->bound ? o : NULL;
}

static void warn_task_run(const warn *w, const TaskRunSpec *run) {
    warn_task_run_name(w);
    warn_security_pod(w, run->podTemplate);
    if (run->podTemplate) warn_secret_env(w, run->podTemplate->env);
    warn_secret_params(w, NULL, &run->params);
    warn_given_values(w, &run->params);
    if (run->taskSpec) {
        warn_task t = {.spec = run->taskSpec, .run = run, .uses = uses_new(w->c->a)};
        warn_scope s = scope_of(w, &run->taskSpec->params, never, NULL);
        if (run->podTemplate) uses_add_tree(&t.uses, w->c->a, run->podTemplate->h.node);
        if (run->workspaces.node) uses_add_tree(&t.uses, w->c->a, run->workspaces.node);
        warn_task_variables(w, &t);
        warn_unused_given(w, &run->taskSpec->params, &run->params, &t.uses, S("the Task"));
        warn_task_parts(w, &t, &s);
    } else if (run->taskRef) {
        const object *o = definition(w, OBJECT_TASK, run->taskRef->name, run->taskRef->resolver);
        str what = o ? str_fmt(w->c->a, "Task `%.*s`", STR_ARG(o->name)) : S("");
        if (o && o->task->spec) warn_unused_given(w, &o->task->spec->params, &run->params, NULL, what);
    }
}

/* ---- Pipelines --------------------------------------------------------------------------------------------------- */

static void warn_pipeline_task_given(const warn *w, const PipelineTask *t) {
    const object *o = t->taskRef && !text_set(t->taskRef->apiVersion)
                          ? definition(w, OBJECT_TASK, t->taskRef->name, t->taskRef->resolver)
                          : NULL;
    if (!o || !o->task->spec) return;
    str what = str_fmt(w->c->a, "Task `%.*s`", STR_ARG(o->name));
    warn_unused_given(w, &o->task->spec->params, &t->params, NULL, what);
    if (t->matrix) warn_unused_given(w, &o->task->spec->params, &t->matrix->params, NULL, what);
}

static void warn_pipeline_spec(const warn *w, const PipelineSpec *spec, const PipelineRunSpec *run) {
    arena *a = w->c->a;
    warn_pipeline p = {.spec = spec,
                       .run = run,
                       .graph = graph_build(a, NULL, spec, API_V1),
                       .params = map_new(a),
                       .workspaces = map_new(a),
                       .tasks = map_new(a),
                       .uses = uses_new(a)};
    LIST_EACH(ParamSpec, d, spec->params) map_add(&p.params, ynode_text(d->name), d);
    LIST_EACH(PipelineWorkspaceDeclaration, d, spec->workspaces) map_add(&p.workspaces, ynode_text(d->name), d);
    if (run) {
        LIST_EACH(Param, g, run->params) map_add(&p.params, ynode_text(g->name), NULL);
        LIST_EACH(WorkspaceBinding, b, run->workspaces) map_add(&p.workspaces, ynode_text(b->name), NULL);
        if (run->h.node) { /* pod templates and bindings take parameters as well */
            if (run->taskRunTemplate) uses_add_tree(&p.uses, a, run->taskRunTemplate->h.node);
            if (run->taskRunSpecs.node) uses_add_tree(&p.uses, a, run->taskRunSpecs.node);
            if (run->workspaces.node) uses_add_tree(&p.uses, a, run->workspaces.node);
        }
    }
    PIPELINE_TASK_EACH(t, spec) map_add(&p.tasks, ynode_text(t->name), (void *)(uintptr_t)t);
    warn_pipeline_variables(w, &p);
    warn_unused_pipeline(w, &p);
    warn_pipeline_tasks(w, &p);
    warn_graph(w, &p);
    warn_pipeline_results_twice(w, &spec->results);
    warn_secret_params(w, &spec->params, NULL);
    for (uint32_t i = 0; i < p.embedded.n; i++) {
        embedded e = embedded_new(w, p.embedded.v[i]);
        warn_scope s = scope_of(w, &p.embedded.v[i]->spec->params, embedded_outside, &e);
        warn_task_parts(w, p.embedded.v[i], &s);
    }
    PIPELINE_TASK_EACH(t, spec) {
        warn_pipeline_task_given(w, t);
        warn_secret_params(w, NULL, &t->params);
        if (t->pipelineSpec) warn_pipeline_spec(w, t->pipelineSpec, NULL);
    }
    if (run) warn_unused_given(w, &spec->params, &run->params, &p.uses, S("the Pipeline"));
}

static void warn_pipeline_run(const warn *w, const PipelineRunSpec *run) {
    warn_secret_params(w, NULL, &run->params);
    warn_given_values(w, &run->params);
    if (run->taskRunTemplate && run->taskRunTemplate->podTemplate) {
        warn_security_pod(w, run->taskRunTemplate->podTemplate);
        warn_secret_env(w, run->taskRunTemplate->podTemplate->env);
    }
    LIST_EACH(PipelineTaskRunSpec, s, run->taskRunSpecs) {
        warn_security_pod(w, s->podTemplate);
        if (s->podTemplate) warn_secret_env(w, s->podTemplate->env);
    }
    const object *o =
        run->pipelineRef ? definition(w, OBJECT_PIPELINE, run->pipelineRef->name, run->pipelineRef->resolver) : NULL;
    const PipelineSpec *spec = run->pipelineSpec ? run->pipelineSpec : o ? o->pipeline->spec : NULL;
    if (run->pipelineSpec) warn_pipeline_spec(w, run->pipelineSpec, run);
    if (!spec) return;
    warn_run_names(w, spec);
    warn_hidden_run(w, &spec->params, &run->params);
    if (!o) return;
    uses u = uses_new(w->c->a); /* what the Pipeline's embedded Tasks may take although it does not declare it */
    uses_add_tree(&u, w->c->a, spec->h.node);
    if (run->h.node) uses_add_tree(&u, w->c->a, run->h.node);
    warn_unused_given(w, &spec->params, &run->params, &u, str_fmt(w->c->a, "Pipeline `%.*s`", STR_ARG(o->name)));
}

/* ---- the world --------------------------------------------------------------------------------------------------- */

static void warn_object(const warn *w) {
    const object *o = w->o;
    warn_old(w);
    warn_secret_texts(w, ynode_get(o->node, S("spec")));
    switch (o->kind) {
    case OBJECT_TASK:
        if (!o->task->spec) break;
        warn_task_object(w, o->task->spec);
        if (!warn_is_reached(w, o)) warn_call_steps(w, o->task->spec);
        break;
    case OBJECT_STEPACTION:
        if (o->step_action->spec) warn_step_action(w, o->step_action->spec);
        break;
    case OBJECT_PIPELINE:
        if (!o->pipeline->spec) break;
        warn_pipeline_spec(w, o->pipeline->spec, NULL);
        if (!warn_is_reached(w, o)) warn_calls(w, o->pipeline->spec);
        break;
    case OBJECT_TASKRUN:
        if (o->task_run->spec) warn_task_run(w, o->task_run->spec);
        break;
    case OBJECT_PIPELINERUN:
        if (o->pipeline_run->spec) warn_pipeline_run(w, o->pipeline_run->spec);
        break;
    default: break;
    }
}

static void find_bound(warn *w) {
    w->bound = map_new(w->c->a);
    for (uint32_t i = 0; i < w->w->objects.n; i++) {
        const object *o = w->w->objects.v[i];
        if (o->kind != OBJECT_PIPELINERUN || !o->pipeline_run->spec) continue;
        LIST_EACH(WorkspaceBinding, b, o->pipeline_run->spec->workspaces) map_add(&w->bound, ynode_text(b->name), b);
    }
}

/* Whether any of the rules speaks: --profile=tekton turns all of them off, and then this costs nothing. */
static bool any_rule(const diags *d) {
    if (!d->override) return true;
    for (int i = TK_CONTEXT_UNDECLARED; i < TK_COUNT; i++)
        if (d->override[i] != SEV_OFF) return true;
    return false;
}

void warn_world(world *w, diags *d, const config *cfg, bool closed) {
    if (!any_rule(d)) return;
    check_ctx c = check_ctx_new(d, cfg, API_V1);
    warn x = {.c = &c, .w = w, .closed = closed};
    find_bound(&x);
    x.reached = warn_reached(&x);
    for (uint32_t i = 0; i < w->objects.n; i++) {
        const object *o = w->objects.v[i];
        if (o->kind == OBJECT_OTHER || !world_type(o->kind) || o->refused || !o->node) continue;
        x.o = o;
        warn_object(&x);
    }
    warn_unused_objects(&x);
}
