/* What a Pipeline hands to its Tasks, and a Task to its StepActions, where no run of the input leads: a run would end
 * with an error that is said here before. Where a run leads, the resolve passes say it as an error.
 * Facts: validation.md RT-P18, RT-P21, RT-P22, RT-P27, RT-T01. */
#include "compiler/check/pipeline.h"
#include "compiler/warn/parts.h"

/* ---- where runs lead --------------------------------------------------------------------------------------------- */

static str object_key(arena *a, const object *o) { return str_fmt(a, "%p", (const void *)o); }

static void reach_tasks(const warn *w, map *out, const PipelineSpec *spec, const object *from) {
    if (!spec) return;
    PIPELINE_TASK_EACH(t, spec) {
        const object *o = t->taskRef && text_set(t->taskRef->name)
                              ? world_find(w->w, OBJECT_TASK, from->namespace_, t->taskRef->name->text)
                              : NULL;
        if (o) map_add(out, object_key(w->c->a, o), NULL);
        if (t->pipelineSpec) reach_tasks(w, out, t->pipelineSpec, from);
        const object *p = t->pipelineRef && text_set(t->pipelineRef->name)
                              ? world_find(w->w, OBJECT_PIPELINE, from->namespace_, t->pipelineRef->name->text)
                              : NULL;
        if (p && map_add(out, object_key(w->c->a, p), NULL) && p->pipeline) reach_tasks(w, out, p->pipeline->spec, p);
    }
}

map warn_reached(const warn *w) {
    map out = map_new(w->c->a);
    for (uint32_t i = 0; i < w->w->objects.n; i++) {
        const object *o = w->w->objects.v[i], *to = NULL;
        if (o->kind == OBJECT_PIPELINERUN && o->pipeline_run->spec) {
            const PipelineRef *r = o->pipeline_run->spec->pipelineRef;
            to = r && text_set(r->name) ? world_find(w->w, OBJECT_PIPELINE, o->namespace_, r->name->text) : NULL;
            reach_tasks(w, &out, o->pipeline_run->spec->pipelineSpec, o);
            if (to && to->pipeline) reach_tasks(w, &out, to->pipeline->spec, to);
        } else if (o->kind == OBJECT_TASKRUN && o->task_run->spec) {
            const TaskRef *r = o->task_run->spec->taskRef;
            to = r && text_set(r->name) ? world_find(w->w, OBJECT_TASK, o->namespace_, r->name->text) : NULL;
        }
        if (to) map_add(&out, object_key(w->c->a, to), NULL);
    }
    return out;
}

bool warn_is_reached(const warn *w, const object *o) { return map_has(&w->reached, object_key(w->c->a, o)); }

/* ---- parameters -------------------------------------------------------------------------------------------------- */

static const char *const type_words[] = {
    [PARAM_STRING] = "a string", [PARAM_ARRAY] = "an array", [PARAM_OBJECT] = "an object"};

typedef struct call {
    const warn *w;
    str from, to;       /* "task `a`", "Task `b`" */
    const ynode *where; /* the reference */
    map given;          /* name → value, NULL for one of a matrix */
} call;

static void check_value(const call *c, const ParamSpec *d, const ynode *value) {
    param_type wanted = param_type_of(d), is = param_value_type(value);
    if (wanted == is || wanted == PARAM_UNKNOWN || is == PARAM_UNKNOWN) return;
    if (is == PARAM_STRING && !ref_none(ynode_text(value))) return; /* a variable may stand for anything */
    diag *x = REPORT_AT(c->w->c, CALL_PARAM, value->at ? value : c->where,
                        "parameter `%.*s` of %.*s is %s, and %.*s gives it %s", NAME_ARG(d->name), STR_ARG(c->to),
                        type_words[wanted], STR_ARG(c->from), type_words[is]);
    note_first(c->w->c, x, d->name, &d->h, "declared here");
    diag_help(c->w->c->d, x, "give it %s", type_words[wanted]);
}

static void check_params(const call *c, const ParamSpec_list *declared) {
    LIST_EACH(ParamSpec, d, *declared) {
        str name = ynode_text(d->name);
        const ynode *value = map_get(&c->given, name);
        if (value) check_value(c, d, value);
        if (d->default_ || map_has(&c->given, name)) continue;
        diag *x = REPORT_AT(c->w->c, CALL_PARAM, c->where, "%.*s needs the parameter `%.*s`, which %.*s does not give",
                            STR_ARG(c->to), STR_ARG(name), STR_ARG(c->from));
        note_first(c->w->c, x, d->name, &d->h, "declared here, without a default");
        diag_help(c->w->c->d, x, "give it in `params`");
    }
}

static void add_given(map *given, const Param_list *params, bool values) {
    LIST_EACH(Param, p, *params) map_add(given, ynode_text(p->name), values ? (void *)(uintptr_t)p->value : NULL);
}

/* ---- workspaces -------------------------------------------------------------------------------------------------- */

static void check_workspaces(const call *c, const TaskSpec *spec, const PipelineTask *t) {
    map given = map_new(c->w->c->a), declared = map_new(c->w->c->a);
    LIST_EACH(WorkspacePipelineTaskBinding, b, t->workspaces) map_add(&given, ynode_text(b->name), b);
    LIST_EACH(WorkspaceDeclaration, d, spec->workspaces) {
        map_add(&declared, ynode_text(d->name), d);
        if (ynode_true(d->optional) || map_has(&given, ynode_text(d->name)) || c->w->c->cfg->default_task_run_workspace)
            continue;
        diag *x =
            REPORT_AT(c->w->c, CALL_WORKSPACE, c->where, "%.*s needs the workspace `%.*s`, which %.*s does not give",
                      STR_ARG(c->to), NAME_ARG(d->name), STR_ARG(c->from));
        note_first(c->w->c, x, d->name, &d->h, "declared here");
        diag_help(c->w->c->d, x, "give it in `workspaces`");
    }
    LIST_EACH(WorkspacePipelineTaskBinding, b, t->workspaces) {
        if (map_has(&declared, ynode_text(b->name))) continue;
        diag *x = REPORT_AT(c->w->c, CALL_WORKSPACE, place_of(b->name, &b->h), "%.*s has no workspace `%.*s`",
                            STR_ARG(c->to), NAME_ARG(b->name));
        help_nearest(c->w->c, x, ynode_text(b->name), &declared, "remove it, or declare it in the Task");
    }
}

/* ---- StepActions ------------------------------------------------------------------------------------------------- */

void warn_call_steps(const warn *w, const TaskSpec *spec) {
    LIST_EACH(Step, s, spec->steps) {
        const object *o = s->ref && !text_set(s->ref->resolver) && text_set(s->ref->name)
                              ? world_find(w->w, OBJECT_STEPACTION, w->o->namespace_, s->ref->name->text)
                              : NULL;
        if (!o || o->refused || !o->step_action->spec) continue;
        const ParamSpec_list *declared = &o->step_action->spec->params;
        str from = text_set(s->name) ? str_fmt(w->c->a, "step `%.*s`", NAME_ARG(s->name)) : S("the step");
        call c = {w, from, str_fmt(w->c->a, "StepAction `%.*s`", STR_ARG(o->name)), s->ref->name, map_new(w->c->a)};
        map names = map_new(w->c->a);
        add_given(&c.given, &s->params, true);
        check_params(&c, declared);
        LIST_EACH(ParamSpec, d, *declared) map_add(&names, ynode_text(d->name), d);
        LIST_EACH(Param, p, s->params) {
            if (map_has(&names, ynode_text(p->name))) continue;
            diag *x = REPORT_AT(w->c, CALL_PARAM, place_of(p->name, &p->h), "%.*s has no parameter `%.*s`",
                                STR_ARG(c.to), NAME_ARG(p->name));
            help_nearest(w->c, x, ynode_text(p->name), &names, "remove it");
        }
    }
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

typedef struct produced {
    map results; /* task → names of its results, where its Task is known */
} produced;

static void add_produced(const warn *w, produced *p, const PipelineTask *t, const TaskSpec *spec) {
    map *names = ARENA_NEW(w->c->a, map);
    *names = map_new(w->c->a);
    LIST_EACH(TaskResult, r, spec->results) map_add(names, ynode_text(r->name), r);
    map_add(&p->results, ynode_text(t->name), names);
}

static void check_results(const warn *w, const produced *p, const graph_edges *edges) {
    for (uint32_t i = 0; i < edges->n; i++) {
        const graph_edge *e = &edges->v[i];
        const map *names = e->kind == EDGE_RUN_AFTER ? NULL : map_get(&p->results, e->name);
        if (!names || map_has(names, e->result.result)) continue;
        diag *x = REPORT_IN(w->c, CALL_RESULT, text_range(w->c, e->text, e->from, e->end),
                            "task `%.*s` has no result `%.*s`", STR_ARG(e->name), STR_ARG(e->result.result));
        help_nearest(w->c, x, e->result.result, names, "declare it in the Task's `results`");
    }
}

/* ---- a Pipeline -------------------------------------------------------------------------------------------------- */

static const TaskSpec *spec_of(const warn *w, const PipelineTask *t, const object **o) {
    *o = NULL;
    if (t->taskSpec) return text_set(t->taskSpec->apiVersion) ? NULL : t->taskSpec;
    const TaskRef *r = t->taskRef;
    if (!r || text_set(r->apiVersion) || text_set(r->resolver) || !text_set(r->name)) return NULL;
    *o = world_find(w->w, OBJECT_TASK, w->o->namespace_, r->name->text);
    return *o && !(*o)->refused ? (*o)->task->spec : NULL;
}

static void check_task(const warn *w, const PipelineTask *t, const TaskSpec *spec, const object *o) {
    if (!o) {
        warn_call_steps(w, spec);
        return;
    }
    call c = {w, str_fmt(w->c->a, "task `%.*s`", NAME_ARG(t->name)), str_fmt(w->c->a, "Task `%.*s`", STR_ARG(o->name)),
              t->taskRef->name, map_new(w->c->a)};
    add_given(&c.given, &t->params, true);
    if (t->matrix) {
        add_given(&c.given, &t->matrix->params, false);
        LIST_EACH(IncludeParams, i, t->matrix->include) add_given(&c.given, &i->params, false);
    }
    check_params(&c, &spec->params);
    check_workspaces(&c, spec, t);
}

void warn_calls(const warn *w, const PipelineSpec *spec) {
    produced p = {map_new(w->c->a)};
    graph_edges edges = {0};
    PIPELINE_TASK_EACH(t, spec) {
        const object *o;
        const TaskSpec *task = spec_of(w, t, &o);
        graph_task_edges(w->c->a, t, API_V1, &edges);
        if (!task) continue;
        add_produced(w, &p, t, task);
        check_task(w, t, task, o);
    }
    LIST_EACH(PipelineResult, r, spec->results) graph_value_edges(w->c->a, r->value, EDGE_PARAM, &r->h, &edges);
    check_results(w, &p, &edges);
}
