/* A TaskRun of the input as a run with one task. Facts: validation.md F.2; runtime.md 9.3, 9.10. */
#include "compiler/check/parts.h"
#include "compiler/run.h"
#include "compiler/start.h"
#include "grammar/duration.h"
#include <stdlib.h>

run *resolve_task_run(run_ctx *c, const run_input *in) {
    uint32_t errors = c->d->errors;
    const TaskRunSpec *spec = in->object->task_run->spec;
    if (!spec) return NULL;
    run *r = ARENA_NEW(c->a, run);
    *r = (run){
        .in = in, .task_by_name = map_new(c->a), .timeout_pipeline = -1, .timeout_tasks = -1, .timeout_finally = -1};
    run_task *t = ARENA_NEW(c->a, run_task);
    task_run *x = ARENA_NEW(c->a, task_run);
    *t = (run_task){.kind = TASK_POD};
    *x = (task_run){.of = r, .combinations = 1, .shown_name = in->name, .inline_spec = spec->taskSpec != NULL};
    if (spec->taskSpec) {
        x->spec = spec->taskSpec;
        x->where = spec->taskSpec->h.node;
    } else if (spec->taskRef) {
        const object *o = resolve_ref_task(c, spec->taskRef, in->namespace_);
        if (!o || !o->task || !o->task->spec) return NULL;
        x->spec = o->task->spec;
        x->task_metadata = o->metadata;
        x->task_name = o->name;
        x->where = spec->taskRef->name ? spec->taskRef->name : spec->taskRef->h.node;
    }
    if (!x->spec) return NULL;
    /* The plan's name of the task does not change with a generated run name. */
    t->name = x->task_name.n ? x->task_name : in->object->name.n ? in->object->name : S("task");
    t->spec = x->spec;
    t->task_metadata = x->task_metadata;
    x->task = x->file = t->name;
    LIST_EACH (Param, p, spec->params)
        params_put(c->a, &x->params, ynode_text(p->name), p->value ? p->value : ynode_strz(c->a, ""));
    t->params = x->params;
    str what = x->task_name.n ? str_fmt(c->a, "Task `%.*s`", STR_ARG(x->task_name)) : S("the Task");
    params_check(c, PARAMS_OF_TASK, &x->spec->params, &x->params, NULL,
                 spec->params.node ? spec->params.node : x->where, what);

    const scope *pass = params_task_scope(c, &x->spec->params, &x->params);
    LIST_EACH (WorkspaceBinding, b, spec->workspaces) {
        const WorkspaceBinding *now = SCOPE_REPLACE(c->a, &pass, 1, WorkspaceBinding, b, FIELD_SUB_BINDING);
        workspace_binding *w = vec_add(c->a, &x->workspaces);
        *w = (workspace_binding){.name = ynode_text(b->name),
                                 .source = now,
                                 .source_name = ynode_text(b->name),
                                 .sub_path = ynode_text(now->subPath)};
        if (b->volumeClaimTemplate) w->claim = run_claim_for(c, r, now);
    }
    x->service_account =
        text_set(spec->serviceAccountName) ? spec->serviceAccountName->text : c->cfg->default_service_account;
    x->pod_template = spec->podTemplate;
    x->step_specs = spec->stepSpecs;
    x->sidecar_specs = spec->sidecarSpecs;
    x->compute_resources = spec->computeResources;
    x->debug = spec->debug;
    x->timeout = c->cfg->default_timeout;
    if (spec->timeout) duration_parse(ynode_text(spec->timeout), &x->timeout);
    t->timeout = x->timeout;
    if (spec->retries) x->retries = strtol(str_fmt(c->a, "%.*s", STR_ARG(spec->retries->text)).p, NULL, 10);
    r->labels = x->labels = start_without_own(c->a, ynode_get(in->object->metadata, S("labels")));
    r->annotations = x->annotations = start_without_own(c->a, ynode_get(in->object->metadata, S("annotations")));
    vec_push(c->a, &t->task_runs, x);
    vec_push(c->a, &r->tasks, t);
    map_put(&r->task_by_name, t->name, t);
    return c->d->errors == errors ? r : NULL;
}
