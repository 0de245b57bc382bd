/* A PipelineRun resolved: its Pipeline with parameters, contexts and workspaces put in, its graph, and its tasks.
 * The order of the checks and replacements is Tekton's (facts: validation.md D.2, F.1; runtime.md 10.2). */
#include "compiler/check/parts.h"
#include "compiler/run.h"
#include "compiler/start.h"
#include "grammar/duration.h"
#include "plan/names.h"

static int64_t nanoseconds(const ynode *n) {
    int64_t ns;
    return n && duration_parse(ynode_text(n), &ns) ? ns : -1;
}

/* --- the Pipeline --------------------------------------------------------------------------------------------- */

typedef struct found_pipeline {
    const PipelineSpec *spec;
    const ynode *metadata; /* of the Pipeline object; NULL: written in the run */
    str name;
    const ynode *where;
} found_pipeline;

static bool find_pipeline(run_ctx *c, const run_input *in, found_pipeline *out) {
    const PipelineRunSpec *s = in->object->pipeline_run->spec;
    if (s->pipelineSpec) {
        *out = (found_pipeline){.spec = s->pipelineSpec, .where = s->pipelineSpec->h.node};
        return true;
    }
    if (!s->pipelineRef) return false; /* check_pipeline_run said so */
    const object *o = resolve_ref_pipeline(c, s->pipelineRef, in->namespace_);
    if (!o || !o->pipeline || !o->pipeline->spec) return false;
    const ynode *at = s->pipelineRef->name ? s->pipelineRef->name : s->pipelineRef->h.node;
    *out = (found_pipeline){.spec = o->pipeline->spec, .metadata = o->metadata, .name = o->name, .where = at};
    return true;
}

/* --- scopes --------------------------------------------------------------------------------------------------- */

static scope *context_scope(run_ctx *c, const run *r) {
    scope *s = scope_new(c->a, c->m, NULL);
    scope_put_text(s, S("context.pipelineRun.name"), run_path_ref(c, r, S("context.pipelineRun.name"), TYPE_STRING));
    scope_put_text(s, S("context.pipelineRun.namespace"),
                   run_path_ref(c, r, S("context.pipelineRun.namespace"), TYPE_STRING));
    scope_put_text(s, S("context.pipelineRun.uid"), run_path_ref(c, r, S("context.pipelineRun.uid"), TYPE_STRING));
    scope_put_text(s, S("context.pipeline.name"), r->pipeline_name);
    return s;
}

static void bind_workspaces(run_ctx *c, run *r, const found_pipeline *p, pipeline_scopes *s) {
    const PipelineRunSpec *spec = r->in->object->pipeline_run->spec;
    /* Only what the run itself gives is put into its bindings (facts D.2, step 1). */
    scope *given = scope_new(c->a, c->m, NULL);
    for (uint32_t i = 0; i < r->params.n; i++)
        scope_put_param(given, S("params"), r->params.v[i].name, r->params.v[i].value, 0);
    const scope *passes[] = {given, s->contexts};
    scope *bound = scope_new(c->a, c->m, NULL);
    s->binding_by_name = map_new(c->a);
    s->declared = map_new(c->a);
    LIST_EACH (PipelineWorkspaceDeclaration, w, p->spec->workspaces) {
        map_put(&s->declared, ynode_text(w->name), w);
        scope_put(bound, S("workspaces"), ynode_text(w->name), S(".bound"), ynode_strz(c->a, "false"), SCOPE_DOT);
    }
    LIST_EACH (WorkspaceBinding, b, spec->workspaces) {
        WorkspaceBinding *now = SCOPE_REPLACE(c->a, passes, 2, WorkspaceBinding, b, FIELD_SUB_BINDING);
        map_put(&s->binding_by_name, ynode_text(b->name), now);
        if (now->volumeClaimTemplate) run_claim_for(c, r, now); /* made even when no task uses it, as in Tekton */
        scope_put(bound, S("workspaces"), ynode_text(b->name), S(".bound"), ynode_strz(c->a, "true"), SCOPE_DOT);
    }
    s->bound = bound;
    LIST_EACH (PipelineWorkspaceDeclaration, w, p->spec->workspaces)
        if (!ynode_true(w->optional) && !map_has(&s->binding_by_name, ynode_text(w->name))) {
            diag *x = REPORT(c->d, WORKSPACE_MISSING, spec->workspaces.node ? spec->workspaces.node : p->where,
                             "workspace `%.*s` of the Pipeline is not bound", STR_ARG(ynode_text(w->name)));
            diag_help(c->d, x, "add it to the run's workspaces, or give -w name=%.*s,…", STR_ARG(ynode_text(w->name)));
            diag_note_at(c->d, x, w->name, "declared here");
        }
}

/* --- tasks ---------------------------------------------------------------------------------------------------- */

static run_task *new_task(run_ctx *c, run *r, const PipelineTask *t, bool finally, const pipeline_scopes *s) {
    const scope *passes[] = {s->params, s->contexts, s->bound};
    run_task *x = ARENA_NEW(c->a, run_task);
    x->task = SCOPE_REPLACE(c->a, passes, 3, PipelineTask, t, FIELD_SUB_PIPELINE);
    x->name = ynode_text(t->name);
    x->finally = finally;
    x->kind = t->pipelineRef || t->pipelineSpec ? TASK_PIPELINE : task_is_custom(t) ? TASK_CUSTOM : TASK_POD;
    vec_push(c->a, &r->tasks, x);
    map_put(&r->task_by_name, x->name, x);
    return x;
}

static void check_indexes(const PipelineTask *t, bool finally, params_bounds *b) {
    walk_visit *visit = params_check_bound;
    LIST_EACH (Param, p, t->params) walk_strings(&Param_type, &p->h, FIELD_SUB_PIPELINE, visit, b);
    if (t->matrix)
        LIST_EACH (Param, p, t->matrix->params) walk_strings(&Param_type, &p->h, FIELD_SUB_PIPELINE, visit, b);
    if (!finally)
        LIST_EACH (WorkspacePipelineTaskBinding, w, t->workspaces)
            walk_strings(&WorkspacePipelineTaskBinding_type, &w->h, FIELD_SUB_PIPELINE, visit, b);
    LIST_EACH (WhenExpression, w, t->when) {
        if (w->input) visit(b, w->input, NULL);
        YNODE_EACH (i, v, w->values) visit(b, v, NULL);
    }
}

static void check_on_error(run_ctx *c, const PipelineTask *t) {
    if (!text_set(t->onError)) return;
    bool go_on = str_eq(t->onError->text, S("continue"));
    if (!go_on && !str_eq(t->onError->text, S("stopAndFail")))
        REPORT(c->d, ON_ERROR_VALUE, t->onError, "onError is `%.*s`; only continue and stopAndFail are known",
               STR_ARG(t->onError->text));
    else if (go_on && t->retries && t->retries->text.p[0] != '-' && !str_eq(t->retries->text, S("0")))
        REPORT(c->d, ON_ERROR_VALUE, t->onError, "onError continue can't be together with retries");
}

/* RT-P21, RT-P22 for one edge; false: nothing to refer to. */
static bool check_result(run_ctx *c, const run *r, const graph_edge *e, const char *who, str name,
                         const run_task **of) {
    run_task *t = map_get(&r->task_by_name, e->result.task);
    bool declared;
    *of = t;
    if (!t) {
        REPORT(c->d, RESULT_TASK, e->text, "%s `%.*s` takes a result of `%.*s`, which is no task of the Pipeline", who,
               STR_ARG(name), STR_ARG(e->result.task));
        return false;
    }
    run_result_type(t, e->result.result, &declared);
    if (declared) return true;
    diag *x = REPORT(c->d, RESULT_UNDECLARED, e->text,
                     "%s `%.*s` takes the result `%.*s` of `%.*s`, whose Task does not declare it", who, STR_ARG(name),
                     STR_ARG(e->result.result), STR_ARG(t->name));
    VEC(str) names = {0};
    LIST_EACH (TaskResult, y, t->spec->results) vec_push(c->a, &names, ynode_text(y->name));
    str near = diag_nearest(e->result.result, names.v, names.n);
    if (near.n) diag_help(c->d, x, "did you mean `%.*s`?", STR_ARG(near));
    return false;
}

/* The results that a task refers to in dot form; only those are replaced (facts D.6). Elements are not replaced in an
 * embedded Task, so there are two scopes. */
static void result_scopes(run_ctx *c, const run *r, const run_task *t, scope **plain, scope **embedded) {
    graph_edges edges = {0};
    if (t->node)
        edges.v = t->node->edges, edges.n = t->node->edge_count; /* the graph has looked already */
    else
        graph_task_edges(c->a, t->task, API_V1, &edges);
    *plain = *embedded = NULL;
    for (uint32_t i = 0; i < edges.n; i++) {
        const graph_edge *e = &edges.v[i];
        const run_task *of;
        if (e->kind == EDGE_RUN_AFTER) continue;
        if (!check_result(c, r, e, "task", t->name, &of) || e->result.finally) continue;
        if (!*plain) *plain = scope_new(c->a, c->m, NULL), *embedded = scope_new(c->a, c->m, NULL);
        str prefix = str_fmt(c->a, "tasks.%.*s.results", STR_ARG(of->name));
        const ynode *v = run_result(c, r, "tasks", of, e->result.result);
        scope_put(*plain, prefix, e->result.result, S(""), v, SCOPE_BOTH);
        scope_put(*embedded, prefix, e->result.result, S(""), v, SCOPE_BOTH | SCOPE_NO_INDEX);
    }
}

/* $(tasks.T.inputs|outputs[.NAME]) in an embedded Task: what T says it took or made, as JSON. They make no edge, and what
 * is not there stays as it is (runtime/sequencer/given.c), so nothing is checked. */
static void put_artifacts(run_ctx *c, const run *r, const ynode *n, scope **to) {
    for (uint32_t i = 0; n && (n->kind == Y_MAP || n->kind == Y_SEQ) && i < n->n; i++)
        put_artifacts(c, r, n->kind == Y_MAP ? n->pairs[i].value : n->items[i], to);
    if (!ynode_is(n, Y_STR) || ref_none(n->text)) return;
    ref g;
    for (uint32_t from = 0; ref_next(c->a, n->text, from, &g); from = g.at + 2) {
        if (g.n < 3 || g.n > 4 || !ref_is_plain(&g) || !str_eq(g.segments[0].text, S("tasks"))) continue;
        if (!str_eq(g.segments[2].text, S("inputs")) && !str_eq(g.segments[2].text, S("outputs"))) continue;
        if (!map_has(&r->task_by_name, g.segments[1].text)) continue;
        if (!*to) *to = scope_new(c->a, c->m, NULL);
        scope_put_text(*to, g.raw, run_path_ref(c, r, g.raw, TYPE_STRING));
    }
}

static void put_results(run_ctx *c, const run *r, run_task *t, const pipeline_scopes *s, const scope *embedded_params) {
    scope *plain, *embedded;
    result_scopes(c, r, t, &plain, &embedded);
    const scope *passes[4];
    uint32_t n = 0;
    if (plain) passes[n++] = plain;
    if (t->finally) passes[n++] = s->statuses;
    if (n) t->task = SCOPE_REPLACE(c->a, passes, n, PipelineTask, t->task, FIELD_SUB_PIPELINE);
    if (t->kind == TASK_POD && t->task->taskSpec) {
        put_artifacts(c, r, t->task->taskSpec->h.node, &embedded);
        const scope *inner[] = {embedded_params, s->contexts, s->bound, embedded};
        t->spec = SCOPE_REPLACE(c->a, inner, embedded ? 4 : 3, TaskSpec, t->task->taskSpec, FIELD_SUB_TASK);
    }
}

/* Facts D.4: what a Pipeline's parameters mean inside an embedded Task. */
static const scope *embedded_scope(run_ctx *c, const run_task *t, const pipeline_scopes *s) {
    if (t->task->params.n == 0) return s->params;
    scope *inner = scope_new(c->a, c->m, s->params);
    /* Only names that the Pipeline has, too: the others are the TaskRun's own, and are put in when it is. */
    LIST_EACH (Param, p, t->task->params)
        if (scope_has(s->params, S("params"), ynode_text(p->name)))
            scope_put_param(inner, S("params"), ynode_text(p->name), p->value ? p->value : ynode_strz(c->a, ""),
                            SCOPE_NO_INDEX);
    return inner;
}

static void find_specs(run_ctx *c, run *r) {
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        run_task *t = r->tasks.v[i];
        if (t->kind == TASK_CUSTOM)
            REPORT(c->d, CUSTOM_TASK, t->task->name, "task `%.*s` is a custom task; its own controller must run it",
                   STR_ARG(t->name));
        if (t->kind != TASK_POD) continue;
        if (t->task->taskSpec) {
            t->spec = t->task->taskSpec;
        } else if (t->task->taskRef) {
            const object *o = resolve_ref_task(c, t->task->taskRef, r->in->namespace_);
            if (o && o->task) t->spec = o->task->spec, t->task_metadata = o->metadata;
        }
        run_index_results(c, t);
    }
}

static void check_task_run_specs(run_ctx *c, const run *r, pipeline_scopes *s) {
    s->specs_by_task = map_new(c->a);
    LIST_EACH (PipelineTaskRunSpec, x, s->run_spec->taskRunSpecs) {
        str name = ynode_text(x->pipelineTaskName);
        if (!map_has(&r->task_by_name, name))
            REPORT(c->d, TASK_RUN_SPEC, x->pipelineTaskName ? x->pipelineTaskName : x->h.node,
                   "taskRunSpecs names `%.*s`, which is no task of the Pipeline", STR_ARG(name));
        task_run_specs *specs = map_get(&s->specs_by_task, name);
        if (!specs) map_put(&s->specs_by_task, name, specs = ARENA_NEW(c->a, task_run_specs));
        vec_push(c->a, specs, x);
    }
}

static void check_pipeline_results(run_ctx *c, run *r) {
    LIST_EACH (PipelineResult, x, r->spec->results) {
        graph_edges edges = {0};
        graph_value_edges(c->a, x->value, EDGE_PARAM, &x->h, &edges);
        for (uint32_t i = 0; i < edges.n; i++) {
            const run_task *of;
            check_result(c, r, &edges.v[i], "pipeline result", ynode_text(x->name), &of);
        }
    }
}

static void put_statuses(run_ctx *c, run *r, pipeline_scopes *s) {
    scope *all = scope_new(c->a, c->m, NULL);
    s->statuses = all;
    if (r->tasks.n == r->graph->n) return; /* only finally tasks can ask */
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const run_task *t = r->tasks.v[i];
        if (t->finally) continue;
        static const char *const of[] = {"status", "reason"};
        for (int k = 0; k < 2; k++) {
            str name = str_fmt(c->a, "tasks.%.*s.%s", STR_ARG(t->name), of[k]);
            scope_put_text(all, name, run_path_ref(c, r, name, TYPE_STRING));
        }
    }
    scope_put_text(all, S("tasks.status"), run_path_ref(c, r, S("tasks.status"), TYPE_STRING));
}

/* --- the run -------------------------------------------------------------------------------------------------- */

static void set_timeouts(run_ctx *c, run *r, const PipelineRunSpec *s) {
    int64_t p = s->timeouts ? nanoseconds(s->timeouts->pipeline) : -1;
    int64_t t = s->timeouts ? nanoseconds(s->timeouts->tasks) : -1,
            f = s->timeouts ? nanoseconds(s->timeouts->finally) : -1;
    if (p < 0) p = c->cfg->default_timeout;
    if (t < 0 && p > 0 && f > 0) t = p - f;
    if (f < 0 && p > 0 && t > 0) f = p - t;
    r->timeout_pipeline = p, r->timeout_tasks = t, r->timeout_finally = f;
}

/* Facts runtime.md 10.2 step 4. */
static str pipeline_label(run_ctx *c, const run *r, const found_pipeline *p) {
    if (p->name.n) return p->name;
    str generated = r->in->object->generate_name;
    if (!generated.n) return run_path_ref(c, r, S("context.pipelineRun.name"), TYPE_STRING);
    if (generated.n > 63) generated.n = 63;
    while (generated.n && generated.p[generated.n - 1] == '-') generated.n--;
    return generated;
}

static void set_metadata(run_ctx *c, run *r, const found_pipeline *p) {
    const ynode *own = r->in->object->metadata;
    r->labels = merge_string_maps(c->a, start_without_own(c->a, ynode_get(own, S("labels"))), start_without_own(c->a, ynode_get(p->metadata, S("labels"))));
    r->annotations = merge_string_maps(c->a, start_without_own(c->a, ynode_get(own, S("annotations"))),
                                       start_without_own(c->a, ynode_get(p->metadata, S("annotations"))));
    ynode *forced = ynode_map(c->a, NULL);
    ynode_put_str(c->a, forced, S("tekton.dev/pipeline"), pipeline_label(c, r, p));
    r->labels = merge_string_maps(c->a, r->labels, forced);
}

run *resolve_pipeline_run(run_ctx *c, const run_input *in, const run *parent) {
    uint32_t errors = c->d->errors;
    const PipelineRunSpec *spec = in->object->pipeline_run->spec;
    found_pipeline p;
    if (!spec || !find_pipeline(c, in, &p)) return NULL;
    run *r = ARENA_NEW(c->a, run);
    *r = (run){.in = in, .parent = parent, .pipeline = true, .task_by_name = map_new(c->a)};
    if (parent) r->task_path = str_fmt(c->a, "%.*s%.*s/", STR_ARG(parent->task_path), STR_ARG(in->object->name));
    r->pipeline_name = p.name.n ? p.name : run_path_ref(c, r, S("context.pipelineRun.name"), TYPE_STRING);
    LIST_EACH (Param, x, spec->params)
        params_put(c->a, &r->params, ynode_text(x->name), x->value ? x->value : ynode_strz(c->a, ""));

    str what = p.name.n ? str_fmt(c->a, "Pipeline `%.*s`", STR_ARG(p.name)) : S("the Pipeline");
    params_check(c, PARAMS_OF_PIPELINE, &p.spec->params, &r->params, NULL,
                 spec->params.node ? spec->params.node : p.where, what);
    params_bounds bounds = {c, &p.spec->params, &r->params};
    LIST_EACH (PipelineTask, t, p.spec->tasks) check_indexes(t, false, &bounds);
    LIST_EACH (PipelineTask, t, p.spec->finally) check_indexes(t, true, &bounds);

    pipeline_scopes s = {.run_spec = spec};
    s.contexts = context_scope(c, r);
    bind_workspaces(c, r, &p, &s);
    s.params = params_pipeline_scope(c, &p.spec->params, &r->params);
    if (c->d->errors != errors) return NULL;

    set_timeouts(c, r, spec);
    set_metadata(c, r, &p);
    s.service_account = spec->taskRunTemplate ? ynode_text(spec->taskRunTemplate->serviceAccountName) : STR_NONE;
    s.pod_template = spec->taskRunTemplate ? spec->taskRunTemplate->podTemplate : NULL;
    PipelineSpec *now = COPY(c->a, PipelineSpec, p.spec);
    now->tasks.v = ARENA_ARRAY(c->a, PipelineTask *, now->tasks.n + 1);
    for (uint32_t i = 0; i < p.spec->tasks.n; i++)
        now->tasks.v[i] = (PipelineTask *)(uintptr_t)new_task(c, r, p.spec->tasks.v[i], false, &s)->task;
    LIST_EACH (PipelineTask, t, p.spec->finally) new_task(c, r, t, true, &s);
    r->spec = now;
    r->graph = graph_build(c->a, c->d, now, API_V1);
    check_task_run_specs(c, r, &s);
    for (uint32_t i = 0; i < r->tasks.n; i++) check_on_error(c, r->tasks.v[i]->task);
    find_specs(c, r);
    if (c->d->errors != errors) return NULL;
    c->d->soften = c->unresolved; /* what comes now is judged by Tekton only when it has found all of them */

    for (uint32_t i = 0; i < p.spec->tasks.n; i++) r->tasks.v[i]->node = &r->graph->nodes[i];
    put_statuses(c, r, &s);
    for (uint32_t i = 0; i < r->tasks.n; i++)
        put_results(c, r, r->tasks.v[i], &s, embedded_scope(c, r->tasks.v[i], &s));
    check_pipeline_results(c, r);
    for (uint32_t i = 0; i < r->tasks.n; i++) resolve_pipeline_task(c, r, r->tasks.v[i], &s);
    return c->d->errors == errors ? r : NULL;
}
