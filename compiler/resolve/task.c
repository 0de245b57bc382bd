/* One task of a PipelineRun: parameters against its Task, matrix, workspaces, and the TaskRuns that it makes.
 * Facts: validation.md E, RT-P18, P23..P27, "What a child TaskRun gets"; runtime.md 8.2, 10.5. */
#include "compiler/check/check.h"
#include "compiler/check/parts.h"
#include "compiler/run.h"
#include "compiler/schema/core_v1.h"
#include "grammar/duration.h"
#include "plan/matrix.h"
#include "plan/names.h"
#include <stdlib.h>

/* --- when ----------------------------------------------------------------------------------------------------- */

static bool known(const ynode *n) { return n && !mark_any(n->text); }

/* A `when` that is false whatever happens: an entry without marks that does not hold. All are looked at: Tekton
 * evaluates every `cel`, whatever the entries beside it say. */
static bool when_false(run_ctx *c, const run *r, const WhenExpression_list *when) {
    bool holds = true;
    LIST_EACH (WhenExpression, w, *when) {
        if (text_set(w->cel)) {
            holds &= resolve_cel(c, r, w->cel);
            continue;
        }
        bool all_known = !w->input || known(w->input), found = false;
        YNODE_EACH (i, v, w->values) {
            all_known &= known(v);
            found |= str_eq(ynode_text(v), ynode_text(w->input));
        }
        if (all_known && found != str_eq(ynode_text(w->operator_), S("in"))) holds = false;
    }
    return !holds;
}

/* --- matrix --------------------------------------------------------------------------------------------------- */

static const ynode *include_params(run_ctx *c, const IncludeParams *x) {
    ynode *m = ynode_map(c->a, NULL);
    LIST_EACH (Param, p, x->params) {
        if (p->value && p->value->kind != Y_STR)
            REPORT(c->d, MATRIX_TYPES, p->value, "parameter `%.*s` of a matrix include must be a string",
                   STR_ARG(ynode_text(p->name)));
        ynode_set(c->a, m, ynode_text(p->name), p->value && p->value->kind == Y_STR ? p->value : ynode_strz(c->a, ""));
    }
    return m;
}

static bool is_unknown_array(const run_ctx *c, const ynode *v) {
    const vtree *only = ynode_is(v, Y_STR) ? mark_only(c->m, v->text) : NULL;
    return only && only->type == TYPE_ARRAY;
}

/* Any element that expands only when results are there. */
static bool has_splice(const run_ctx *c, const ynode *v) {
    YNODE_EACH (i, x, v) {
        const vtree *only = mark_only(c->m, x->text);
        if (only && only->kind == VALUE_SPLICE) return true;
    }
    return false;
}

/* The names that a combination will have, when its values are not known: each stands as a reference. */
static const ynode *template_combination(run_ctx *c, const run *r, const run_task *t, const matrix *m) {
    ynode *out = ynode_map(c->a, NULL);
    for (uint32_t i = 0; i < m->params.n + m->includes.n; i++) {
        const ynode *more = i < m->params.n ? NULL : m->includes.v[i - m->params.n].params;
        for (uint32_t k = 0; k < (more ? more->n : 1); k++) {
            str name = more ? more->pairs[k].key : m->params.v[i].name;
            str path = str_fmt(c->a, "matrix.%.*s.%.*s", STR_ARG(t->name), STR_ARG(name));
            ynode_set(c->a, out, name, ynode_str(c->a, run_path_ref(c, r, path, TYPE_STRING), NULL));
        }
    }
    return out;
}

static void fan_out(run_ctx *c, run *r, run_task *t) {
    const Matrix *x = t->task->matrix;
    if (!x || (x->params.n == 0 && x->include.n == 0)) return;
    matrix m = {0};
    LIST_EACH (Param, p, x->params) {
        matrix_param *mp = vec_add(c->a, &m.params);
        *mp = (matrix_param){ynode_text(p->name), p->value};
        if (is_unknown_array(c, p->value) || has_splice(c, p->value))
            t->matrix_unknown = true;
        else if (p->value && p->value->kind != Y_SEQ && !mark_any(ynode_text(p->value)))
            REPORT(c->d, MATRIX_TYPES, p->value, "parameter `%.*s` of a matrix must be an array",
                   STR_ARG(ynode_text(p->name)));
    }
    LIST_EACH (IncludeParams, i, x->include) vec_add(c->a, &m.includes)->params = include_params(c, i);
    if (!t->matrix_unknown && matrix_empty(&m)) {
        t->skip = S("Matrix Parameters have an empty array");
        return;
    }
    matrix_combinations all = {0};
    if (t->matrix_unknown)
        vec_push(c->a, &all, template_combination(c, r, t, &m));
    else
        matrix_fan_out(c->a, &m, &all);
    t->combination_count = t->matrix_unknown ? 0 : (uint32_t)matrix_count(&m);
    for (uint32_t i = 0; i < all.n; i++) {
        param_values *values = vec_add(c->a, &t->combinations);
        for (uint32_t k = 0; k < all.v[i]->n; k++) {
            params_append(c->a, values, (param_value){all.v[i]->pairs[k].key, all.v[i]->pairs[k].value});
        }
    }
}

/* --- lengths of matrices, retries: known only when the child is made (facts E.5) --------------------------------- */

static const scope *late_scope(run_ctx *c, const run *r, const run_task *t) {
    scope *s = scope_new(c->a, c->m, NULL);
    scope_put_text(s, S("context.pipelineTask.retries"), t->task->retries ? ynode_text(t->task->retries) : S("0"));
    LIST_EACH (Param, p, t->task->params) {
        if (!p->value || p->value->kind != Y_STR || ref_none(p->value->text)) continue;
        ref g;
        for (uint32_t from = 0; ref_next(c->a, p->value->text, from, &g); from = g.at + 2) {
            if (g.n < 4 || !str_eq(g.segments[0].text, S("tasks")) || !str_eq(g.segments[2].text, S("matrix")))
                continue;
            const run_task *of = map_get(&r->task_by_name, g.segments[1].text);
            if (!of || !str_eq(g.segments[g.n - 1].text, S("length"))) continue;
            if (g.n == 4) {
                scope_put_text(s, g.raw,
                               of->matrix_unknown ? run_path_ref(c, r, g.raw, TYPE_STRING)
                                                  : str_fmt(c->a, "%u", of->combination_count));
            } else if (g.n == 5) {
                const ynode *results = run_result(c, r, "tasks", of, g.segments[3].text);
                scope_put_text(s, g.raw,
                               mark_text(c->m, value_wrap(c->a, VALUE_LENGTH, mark_only(c->m, results->text))));
            }
            break; /* of each param only the first one counts */
        }
    }
    return s;
}

/* --- workspaces ----------------------------------------------------------------------------------------------- */

typedef struct used_workspaces {
    run_ctx *c;
    map names; /* in order of appearance */
} used_workspaces;

static void use_workspace(void *ctx, const ynode *text, const field *row) {
    used_workspaces *x = ctx;
    (void)row;
    uint32_t at;
    if (!str_find(text->text, S("$(workspaces."), &at)) return;
    ref g;
    for (uint32_t from = 0; ref_next(x->c->a, text->text, from, &g); from = g.at + 2)
        if (g.n == 3 && str_eq(g.segments[0].text, S("workspaces"))) map_put(&x->names, g.segments[1].text, x);
}

/* Tekton looks everywhere but at the paths of mounts. */
static void used_in_container(used_workspaces *u, const type *t, const head *h) {
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        if (!(f->flags & FIELD_TREE) || f->type == &kube_VolumeMount_type) continue;
        if (field_tree(f, h)) walk_strings_field(f, field_tree(f, h), FIELD_SUB_TASK, use_workspace, u);
    }
}

static void used_in(used_workspaces *u, const TaskSpec *spec) {
    LIST_EACH (Step, s, spec->steps) used_in_container(u, &Step_type, &s->h);
    LIST_EACH (Sidecar, s, spec->sidecars) used_in_container(u, &Sidecar_type, &s->h);
    if (spec->stepTemplate) used_in_container(u, &StepTemplate_type, &spec->stepTemplate->h);
}

static int by_name(const void *x, const void *y) {
    return str_cmp(((const map_entry *)x)->key, ((const map_entry *)y)->key);
}

/* Folders are joined as Go's filepath.Join does. */
static str join_paths(arena *a, str x, str y) {
    if (!x.n) return y;
    if (!y.n) return x;
    return str_fmt(a, "%.*s%s%.*s", STR_ARG(x), x.p[x.n - 1] == '/' ? "" : "/", STR_ARG(y));
}

static void bind_one(run_ctx *c, run *r, const run_task *t, const pipeline_scopes *s, str task_name, str pipeline_name,
                     str sub_path, const ynode *where, workspace_bindings *out) {
    const WorkspaceBinding *b = map_get(&s->binding_by_name, pipeline_name);
    const WorkspaceDeclaration *need = NULL;
    if (t->spec)
        LIST_EACH (WorkspaceDeclaration, w, t->spec->workspaces)
            if (str_eq(ynode_text(w->name), task_name)) need = w;
    if (!b) {
        if (need && ynode_true(need->optional)) return;
        const PipelineWorkspaceDeclaration *declared = map_get(&s->declared, pipeline_name);
        if (declared && !ynode_true(declared->optional)) return; /* reported already */
        diag *x = REPORT(c->d, WORKSPACE_MISSING, where,
                         "task `%.*s` needs the workspace `%.*s`, which the run does not bind", STR_ARG(t->name),
                         STR_ARG(pipeline_name));
        if (need) diag_note_at(c->d, x, need->name, "the Task declares it here");
        return;
    }
    workspace_binding *w = vec_add(c->a, out);
    *w = (workspace_binding){.name = task_name, .source = b, .source_name = pipeline_name};
    w->sub_path = join_paths(c->a, ynode_text(b->subPath), sub_path);
    if (b->volumeClaimTemplate) w->claim = run_claim_for(c, r, b);
}

/* RT-P27: the child's bindings are judged like those of any run; TaskRuns ignore the case of letters. */
static void check_bound_once(run_ctx *c, const run_task *t, const workspace_bindings *all, const map *given) {
    map seen = map_new(c->temp);
    for (uint32_t i = 0; all->n > 1 && i < all->n; i++) {
        str name = all->v[i].name;
        if (map_add(&seen, t->kind == TASK_PIPELINE ? name : str_lower(c->temp, name), c)) continue;
        const WorkspacePipelineTaskBinding *w = map_get(given, name);
        diag *x = REPORT(c->d, BINDING_TWICE, w && w->name ? w->name : t->task->name,
                         "workspace `%.*s` of task `%.*s` is bound twice", STR_ARG(name), STR_ARG(t->name));
        diag_help(c->d, x, "remove one of the two");
    }
}

static void bind_all(run_ctx *c, run *r, const run_task *t, const pipeline_scopes *s, workspace_bindings *out) {
    map given = map_new(c->a);
    LIST_EACH (WorkspacePipelineTaskBinding, w, t->task->workspaces) {
        str name = ynode_text(w->name), from = text_set(w->workspace) ? w->workspace->text : name;
        map_put(&given, name, w);
        /* A task that never runs misses nothing. */
        if (!t->skip.n) bind_one(c, r, t, s, name, from, ynode_text(w->subPath), w->name ? w->name : w->h.node, out);
        const PipelineWorkspaceDeclaration *p = map_get(&s->declared, from);
        if (t->spec && text_set(w->workspace) && p && ynode_true(p->optional))
            LIST_EACH (WorkspaceDeclaration, need, t->spec->workspaces)
                if (str_eq(ynode_text(need->name), name) && !ynode_true(need->optional)) {
                    diag *x = REPORT(c->d, WORKSPACE_OPTIONAL, w->workspace,
                                     "workspace `%.*s` is optional in the Pipeline, but `%.*s` of task `%.*s` is not",
                                     STR_ARG(from), STR_ARG(name), STR_ARG(t->name));
                    diag_note_at(c->d, x, need->name, "required here");
                }
    }
    if (t->task->taskSpec && t->spec && !t->skip.n) {
        /* An embedded Task gets what its text mentions (facts runtime.md 10.5). */
        used_workspaces u = {c, map_new(c->a)};
        used_in(&u, t->spec);
        if (u.names.n) qsort(u.names.entries, u.names.n, sizeof *u.names.entries, by_name);
        for (uint32_t i = 0; i < u.names.n; i++) {
            str name = u.names.entries[i].key;
            if (!map_has(&given, name)) bind_one(c, r, t, s, name, name, S(""), t->task->name, out);
        }
    }
    check_bound_once(c, t, out, &given);
}

/* --- TaskRuns ------------------------------------------------------------------------------------------------- */

/* Of several for one task the last one counts, also where it says nothing; only accounts and Pod templates add up. */
static const PipelineTaskRunSpec *last_of(const task_run_specs *specs) {
    return specs && specs->n ? specs->v[specs->n - 1] : NULL;
}

static int64_t limit_of(const run_ctx *c, const run *r, const run_task *t, const task_run_specs *specs) {
    int64_t ns = -1;
    const PipelineTaskRunSpec *last = last_of(specs);
    if (last && last->timeout) duration_parse(ynode_text(last->timeout), &ns);
    if (ns < 0 && t->task->timeout) duration_parse(ynode_text(t->task->timeout), &ns);
    if (ns >= 0) return ns;
    int64_t phase = t->finally ? r->timeout_finally : r->timeout_tasks;
    return phase == 0 || phase > c->cfg->default_timeout ? phase : c->cfg->default_timeout;
}

static void set_metadata(run_ctx *c, const run *r, const run_task *t, const task_run_specs *specs, task_run *x) {
    const PipelineTaskMetadata *own = t->task->taskSpec ? t->task->taskSpec->metadata : NULL;
    ynode *forced = ynode_map(c->a, NULL);
    ynode_put_str(c->a, forced, S("tekton.dev/memberOf"), t->finally ? S("finally") : S("tasks"));
    ynode_put_str(c->a, forced, S("tekton.dev/pipelineRun"),
                  run_path_ref(c, r, S("context.pipelineRun.name"), TYPE_STRING));
    ynode_put_str(c->a, forced, S("tekton.dev/pipelineRunUID"),
                  run_path_ref(c, r, S("context.pipelineRun.uid"), TYPE_STRING));
    ynode_put_str(c->a, forced, S("tekton.dev/pipelineTask"), t->name);
    x->labels = merge_string_maps(c->a, forced, r->labels);
    ynode *forced_notes = ynode_map(c->a, NULL);
    if (str_eq(ynode_text(t->task->onError), S("continue")))
        ynode_put_str(c->a, forced_notes, S("pipeline.tekton.dev/pipeline-task-on-error"), S("continue"));
    x->annotations = merge_string_maps(c->a, forced_notes, r->annotations);
    if (own) {
        x->labels = merge_string_maps(c->a, x->labels, own->labels);
        x->annotations = merge_string_maps(c->a, x->annotations, own->annotations);
    }
    const PipelineTaskRunSpec *last = last_of(specs);
    if (last && last->metadata) {
        x->labels = merge_string_maps(c->a, last->metadata->labels, x->labels);
        x->annotations = merge_string_maps(c->a, last->metadata->annotations, x->annotations);
    }
}

static void apply_specs(run_ctx *c, const pipeline_scopes *s, const task_run_specs *specs, task_run *x) {
    x->service_account = s->service_account;
    x->pod_template = s->pod_template;
    for (uint32_t i = 0; specs && i < specs->n; i++) {
        const PipelineTaskRunSpec *y = specs->v[i];
        if (text_set(y->serviceAccountName)) x->service_account = y->serviceAccountName->text;
        x->pod_template = merge_pod_templates(c->a, y->podTemplate, x->pod_template);
    }
    const PipelineTaskRunSpec *last = last_of(specs);
    if (last) {
        x->step_specs = last->stepSpecs;
        x->sidecar_specs = last->sidecarSpecs;
        x->compute_resources = last->computeResources;
    }
    if (!x->service_account.n) x->service_account = c->cfg->default_service_account;
}

static task_run *make_task_run(run_ctx *c, run *r, run_task *t, const pipeline_scopes *s, uint32_t i, uint32_t count,
                               const workspace_bindings *w) {
    const task_run_specs *specs = map_get(&s->specs_by_task, t->name);
    task_run *x = ARENA_NEW(c->a, task_run);
    *x = (task_run){
        .of = r, .task = t->name, .finally = t->finally, .combination = i, .combinations = count, .spec = t->spec};
    x->shown_name = name_task_run(c->a, r->in->name, t->name, i, t->matrix_unknown ? 1 : count);
    x->inline_spec = t->task->taskSpec != NULL;
    x->task_metadata = t->task_metadata;
    if (t->task->taskRef) {
        x->task_name = ynode_text(t->task->taskRef->name);
        x->where = t->task->taskRef->name;
    }
    if (!x->where) x->where = t->task->name;
    if (t->combinations.n > i)
        for (uint32_t k = 0; k < t->combinations.v[i].n; k++) params_append(c->a, &x->params, t->combinations.v[i].v[k]);
    for (uint32_t k = 0; k < t->params.n; k++) params_append(c->a, &x->params, t->params.v[k]);
    x->workspaces = *w;
    apply_specs(c, s, specs, x);
    set_metadata(c, r, t, specs, x);
    x->timeout = t->timeout;
    if (t->task->retries) x->retries = strtol(str_fmt(c->a, "%.*s", STR_ARG(t->task->retries->text)).p, NULL, 10);
    strbuf file = {.a = c->a};
    for (uint32_t k = 0; k < r->task_path.n; k++)
        strbuf_addc(&file, r->task_path.p[k] == '/' ? '.' : r->task_path.p[k]);
    strbuf_add(&file, t->name);
    if (count > 1) strbuf_addf(&file, ".%u", i);
    x->file = strbuf_str(&file);
    vec_push(c->a, &t->task_runs, x);
    return x;
}

static void resolve_child(run_ctx *c, run *r, run_task *t, const pipeline_scopes *s, const workspace_bindings *w);
static void check_child(run_ctx *c, const run_task *t, const task_run *x);

/* RT-T05 of each TaskRun: an `include` may give a parameter to some combinations only. More TaskRuns than combinations (facts
 * E.2) get none of them. */
static void check_combinations(run_ctx *c, const run_task *t, const param_values *matrix_names, str what) {
    const Matrix *m = t->task->matrix;
    LIST_EACH (ParamSpec, p, t->spec->params) {
        str name = ynode_text(p->name);
        if (p->default_ || params_get(&t->params, name) || !params_get(matrix_names, name)) continue;
        for (uint32_t i = 0; i < t->combination_count; i++) {
            if (i < t->combinations.n && params_get(&t->combinations.v[i], name)) continue;
            const ynode *where = m->params.n == 0 && i < m->include.n ? m->include.v[i]->h.node : m->h.node;
            diag *x = REPORT(c->d, PARAM_MISSING, where,
                             "parameter `%.*s` of %.*s has no default and gets no value in combination %u of the matrix",
                             STR_ARG(name), STR_ARG(what), i);
            diag_help(c->d, x, "add it to each entry of `include`, or to the task's params");
            diag_note_at(c->d, x, p->name, "declared here");
            break;
        }
    }
}

void resolve_pipeline_task(run_ctx *c, run *r, run_task *t, const pipeline_scopes *s) {
    const scope *late = late_scope(c, r, t);
    if (!scope_empty(late)) t->task = SCOPE_REPLACE(c->a, &late, 1, PipelineTask, t->task, FIELD_SUB_PIPELINE);
    LIST_EACH (Param, p, t->task->params)
        params_put(c->a, &t->params, ynode_text(p->name), p->value ? p->value : ynode_strz(c->a, ""));
    fan_out(c, r, t);
    if (when_false(c, r, &t->task->when) && !t->skip.n) t->skip = S("When Expressions evaluated to false");
    if (t->kind == TASK_POD && t->spec) {
        str what = t->task->taskRef && t->task->taskRef->name
                       ? str_fmt(c->a, "Task `%.*s`", STR_ARG(t->task->taskRef->name->text))
                       : str_fmt(c->a, "task `%.*s`", STR_ARG(t->name));
        const ynode *where = t->task->params.node                         ? t->task->params.node
                             : t->task->taskRef && t->task->taskRef->name ? t->task->taskRef->name
                                                                          : t->task->name;
        param_values matrix_names = {0};
        if (t->task->matrix) {
            LIST_EACH (Param, p, t->task->matrix->params) params_put(c->a, &matrix_names, ynode_text(p->name), p->name);
            LIST_EACH (IncludeParams, i, t->task->matrix->include)
                LIST_EACH (Param, p, i->params) params_put(c->a, &matrix_names, ynode_text(p->name), p->name);
        }
        params_check(c, PARAMS_OF_PIPELINE_TASK, &t->spec->params, &t->params, &matrix_names, where, what);
        if (!t->matrix_unknown && !t->skip.n && t->combinations.n) check_combinations(c, t, &matrix_names, what);
    }
    workspace_bindings w = {0};
    bind_all(c, r, t, s, &w);
    t->timeout = limit_of(c, r, t, map_get(&s->specs_by_task, t->name));
    if (t->kind == TASK_PIPELINE) resolve_child(c, r, t, s, &w);
    if (t->kind != TASK_POD || t->skip.n || !t->spec) return;
    uint32_t count = t->task->matrix && t->combinations.n ? t->combination_count ? t->combination_count : 1 : 1;
    for (uint32_t i = 0; i < count; i++) {
        const task_run *x = make_task_run(c, r, t, s, i, count, &w);
        if (i == 0) check_child(c, t, x);
    }
}

/* --- pipelines in pipelines --------------------------------------------------------------------------------------- */

static Param_list as_list(run_ctx *c, const param_values *v, const ynode *node) {
    Param_list out = {.node = node, .n = v->n, .v = ARENA_ARRAY(c->a, Param *, v->n + 1)};
    for (uint32_t i = 0; i < v->n; i++) {
        out.v[i] = ARENA_NEW(c->a, Param);
        out.v[i]->name = ynode_str(c->a, v->v[i].name, node);
        out.v[i]->value = v->v[i].value;
    }
    return out;
}

/* RT-P27: the TaskRun that would be made has to pass admission like any other. */
static void check_child(run_ctx *c, const run_task *t, const task_run *x) {
    TaskRunSpec spec = {.h = {t->task->h.node},
                        .params = as_list(c, &x->params, t->task->params.node),
                        .retries = t->task->retries,
                        .timeout = t->task->timeout,
                        .stepSpecs = x->step_specs,
                        .sidecarSpecs = x->sidecar_specs,
                        .computeResources = x->compute_resources,
                        .podTemplate = (PodTemplate *)(uintptr_t)x->pod_template};
    spec.taskRef = t->task->taskRef;
    spec.taskSpec = t->task->taskSpec ? (TaskSpec *)(uintptr_t)x->spec : NULL;
    TaskRun run_ = {.spec = &spec};
    object o = {.kind = OBJECT_TASKRUN,
                .version = API_V1,
                .namespace_ = x->of->in->namespace_,
                .name = x->shown_name,
                .task_run = &run_};
    ynode *metadata = ynode_map(c->a, NULL);
    ynode_put_str(c->a, metadata, S("name"), x->shown_name);
    o.metadata = metadata;
    c->d->scratch = c->temp;
    check_task_run(&o, c->d, c->cfg);
    c->d->scratch = NULL;
    arena_reset(c->temp);
}

static void resolve_child(run_ctx *c, run *r, run_task *t, const pipeline_scopes *s, const workspace_bindings *w) {
    str wanted = t->task->pipelineRef ? ynode_text(t->task->pipelineRef->name) : STR_NONE;
    for (const run *up = r; up; up = up->parent) {
        const PipelineRef *by = up->in->object->pipeline_run->spec->pipelineRef;
        if (wanted.n && by && str_eq(ynode_text(by->name), wanted)) {
            REPORT(c->d, PIPELINE_CYCLE, t->task->pipelineRef->name, "Pipeline `%.*s` would run itself",
                   STR_ARG(wanted));
            return;
        }
    }
    PipelineRunSpec *spec = ARENA_NEW(c->a, PipelineRunSpec);
    spec->pipelineRef = t->task->pipelineRef;
    spec->pipelineSpec = t->task->pipelineSpec;
    spec->params = as_list(c, &t->params, t->task->params.node);
    PipelineTaskRunTemplate *template = ARENA_NEW(c->a, PipelineTaskRunTemplate);
    template->podTemplate = (PodTemplate *)(uintptr_t)s->pod_template;
    template->serviceAccountName = s->service_account.n ? ynode_str(c->a, s->service_account, NULL) : NULL;
    spec->taskRunTemplate = template;
    spec->workspaces.v = ARENA_ARRAY(c->a, WorkspaceBinding *, w->n + 1);
    spec->workspaces.node = t->task->workspaces.node;
    for (uint32_t i = 0; i < w->n; i++) {
        WorkspaceBinding *b = COPY(c->a, WorkspaceBinding, w->v[i].source);
        b->name = ynode_str(c->a, w->v[i].name, b->name);
        if (w->v[i].claim.n) { /* the parent makes the claim */
            ynode *claim = ynode_map(c->a, b->volumeClaimTemplate);
            ynode_put_str(c->a, claim, S("claimName"), w->v[i].claim);
            b->persistentVolumeClaim = claim;
            b->volumeClaimTemplate = NULL;
        }
        if (w->v[i].sub_path.n) b->subPath = ynode_str(c->a, w->v[i].sub_path, NULL);
        spec->workspaces.v[spec->workspaces.n++] = b;
    }
    PipelineRun *pr = ARENA_NEW(c->a, PipelineRun);
    pr->spec = spec;
    object *o = ARENA_NEW(c->a, object);
    *o = (object){.kind = OBJECT_PIPELINERUN,
                  .version = API_V1,
                  .namespace_ = r->in->namespace_,
                  .name = t->name,
                  .pipeline_run = pr};
    run_input *in = ARENA_NEW(c->a, run_input);
    *in = (run_input){.object = o,
                      .name = name_child(c->a, r->in->name, str_cat(c->a, S("-"), t->name)),
                      .namespace_ = r->in->namespace_,
                      .uid = r->in->uid};
    t->child = resolve_pipeline_run(c, in, r);
}
