/* The Task of a TaskRun with everything put in that is known: StepActions, then the replacements in Tekton's order
 * (facts: validation.md D.4; runtime.md 7.2), then the checks that Tekton makes again after that (RT-T07..T12). */
#include "compiler/check/parts.h"
#include "compiler/lower/lower.h"
#include "plan/names.h"

/* --- workspaces against declarations ------------------------------------------------------------------------------ */

static const workspace_binding *binding_of(const task_run *t, str name) {
    for (uint32_t i = 0; i < t->workspaces.n; i++)
        if (str_eq(t->workspaces.v[i].name, name)) return &t->workspaces.v[i];
    return NULL;
}

/* default-task-run-workspace-binding fills what is required and not bound. */
static void bind_defaults(lowering *l) {
    run_ctx *c = l->c;
    if (!c->cfg->default_task_run_workspace) return;
    LIST_EACH (WorkspaceDeclaration, w, l->spec->workspaces) {
        str name = ynode_text(w->name);
        if (ynode_true(w->optional) || binding_of(l->t, name)) continue;
        WorkspaceBinding *b = BIND(c->a, c->d, WorkspaceBinding, c->cfg->default_task_run_workspace, API_V1);
        *vec_add(c->a, &l->t->workspaces) =
            (workspace_binding){.name = name, .source = b, .source_name = name, .sub_path = ynode_text(b->subPath)};
    }
}

static void add_declaration(lowering *l, str name) {
    TaskSpec *s = l->spec;
    WorkspaceDeclaration *w = ARENA_NEW(l->c->a, WorkspaceDeclaration);
    w->name = ynode_str(l->c->a, name, NULL);
    WorkspaceDeclaration **v = ARENA_ARRAY(l->c->a, WorkspaceDeclaration *, s->workspaces.n + 1);
    if (s->workspaces.n) memcpy(v, s->workspaces.v, s->workspaces.n * sizeof *v);
    v[s->workspaces.n++] = w;
    s->workspaces.v = v;
}

static void check_workspaces(lowering *l) {
    run_ctx *c = l->c;
    task_run *t = l->t;
    map declared = map_new(c->a);
    LIST_EACH (WorkspaceDeclaration, w, l->spec->workspaces) {
        map_put(&declared, ynode_text(w->name), w);
        if (ynode_true(w->optional) || binding_of(t, ynode_text(w->name))) continue;
        diag *x = REPORT(c->d, WORKSPACE_MISSING, t->where, "workspace `%.*s` of the Task is not bound",
                         STR_ARG(ynode_text(w->name)));
        diag_help(c->d, x, "bind it in the run's workspaces, or by -w name=%.*s,…", STR_ARG(ynode_text(w->name)));
        diag_note_at(c->d, x, w->name, "declared here");
    }
    const workspace_binding *claim = NULL;
    for (uint32_t i = 0; i < t->workspaces.n; i++) {
        const workspace_binding *w = &t->workspaces.v[i];
        if (!map_has(&declared, w->name)) {
            if (t->inline_spec)
                add_declaration(l, w->name);
            else {
                diag *x = REPORT(c->d, WORKSPACE_UNDECLARED, w->source->name ? w->source->name : w->source->h.node,
                                 "workspace `%.*s` is bound, but the Task does not declare it", STR_ARG(w->name));
                diag_help(c->d, x, "remove the binding, or declare the workspace in the Task");
            }
        }
        bool is_claim = w->claim.n || w->source->persistentVolumeClaim;
        if (!is_claim) continue;
        if (claim && !str_eq(workspace_claim(w), workspace_claim(claim)) &&
            str_eq(c->cfg->coschedule, S("workspaces"))) {
            diag *x = REPORT(c->d, WORKSPACE_CLAIMS, w->source->name ? w->source->name : t->where,
                             "workspaces `%.*s` and `%.*s` are different volume claims, and one task can use one only",
                             STR_ARG(claim->name), STR_ARG(w->name));
            diag_help(c->d, x, "use one claim with a subPath for each, or --feature coschedule=disabled");
        }
        if (!claim) claim = w;
    }
}

static void check_container_specs(lowering *l, const ContainerSpec_list *specs, bool sidecars) {
    LIST_EACH (ContainerSpec, x, *specs) {
        bool there = false;
        str name = ynode_text(x->name);
        if (sidecars)
            LIST_EACH (Sidecar, s, l->spec->sidecars) there |= str_eq(ynode_text(s->name), name);
        else
            LIST_EACH (Step, s, l->spec->steps) there |= str_eq(ynode_text(s->name), name);
        if (!there)
            REPORT(l->c->d, STEP_SPEC, x->name ? x->name : x->h.node, "the Task has no %s `%.*s`",
                   sidecars ? "sidecar" : "step", STR_ARG(name));
    }
}

/* --- scopes ----------------------------------------------------------------------------------------------------- */

/* Scopes and what is in them last as long as this lowering: replacing copies the texts. */
static str text_of(lowering *l, const char *format, str x) { return str_fmt(l->c->temp, format, STR_ARG(x)); }
static const ynode *node(lowering *l, str s) { return ynode_str(l->c->temp, s, NULL); }

static const scope *context_scope(lowering *l) {
    run_ctx *c = l->c;
    const task_run *t = l->t;
    scope *s = scope_new(l->c->temp, c->m, NULL);
    str name = run_ref(c, S("context.taskRun.name"), TYPE_STRING);
    scope_put_text(s, S("context.taskRun.name"), name);
    scope_put_text(s, S("context.taskRun.namespace"), run_ref(c, S("context.taskRun.namespace"), TYPE_STRING));
    scope_put_text(s, S("context.taskRun.uid"), run_ref(c, S("context.taskRun.uid"), TYPE_STRING));
    scope_put_text(s, S("context.task.name"), t->task_name.n ? t->task_name : name);
    scope_put_text(s, S("context.task.retry-count"), run_ref(c, S("context.task.retry-count"), TYPE_STRING));
    return s;
}

static scope *result_scope(lowering *l) {
    scope *s = scope_new(l->c->temp, l->c->m, NULL);
    LIST_EACH (TaskResult, r, l->spec->results)
        scope_put(s, S("results"), ynode_text(r->name), S(".path"),
                  node(l, text_of(l, PATH_RESULTS "/%.*s", ynode_text(r->name))), SCOPE_BOTH);
    scope_put_text(s, S("artifacts.path"), S(PATH_ARTIFACTS "/provenance.json"));
    for (uint32_t i = 0; i < l->spec->steps.n; i++)
        scope_put_text(s, text_of(l, "steps.%.*s.exitCode.path", l->step_names[i]),
                       text_of(l, PATH_STEPS "/%.*s/exitCode", l->step_names[i]));
    scope_put_text(s, S("credentials.path"), S(PATH_CREDS));
    return s;
}

static const scope *step_scope(lowering *l, const scope *results, const Step *step, str name) {
    scope *s = scope_new(l->c->temp, l->c->m, results);
    LIST_EACH (StepResult, r, step->results)
        scope_put(
            s, S("step.results"), ynode_text(r->name), S(".path"),
            node(l, str_fmt(l->c->a, PATH_STEPS "/%.*s/results/%.*s", STR_ARG(name), STR_ARG(ynode_text(r->name)))),
            SCOPE_BOTH);
    scope_put_text(s, S("step.artifacts.path"), text_of(l, PATH_STEPS "/%.*s/artifacts/provenance.json", name));
    return s;
}

str lower_mount_path(lowering *l, const WorkspaceDeclaration *w) {
    return text_set(w->mountPath) ? w->mountPath->text
                                  : str_fmt(l->c->a, PATH_WORKSPACE "/%.*s", STR_ARG(ynode_text(w->name)));
}

static scope *workspace_scope(lowering *l) {
    scope *s = scope_new(l->c->temp, l->c->m, NULL);
    LIST_EACH (WorkspaceDeclaration, w, l->spec->workspaces) {
        str name = ynode_text(w->name);
        const workspace_binding *b = binding_of(l->t, name);
        str *volume = map_get(&l->volume_names, name);
        str claim = b ? workspace_claim(b) : S("");
        scope_put(s, S("workspaces"), name, S(".path"),
                  node(l, b || !ynode_true(w->optional) ? lower_mount_path(l, w) : S("")), SCOPE_DOT);
        scope_put(s, S("workspaces"), name, S(".bound"),
                  node(l, b || !ynode_true(w->optional) ? S("true") : S("false")), SCOPE_DOT);
        if (!b) continue;
        scope_put(s, S("workspaces"), name, S(".volume"), node(l, volume ? *volume : S("")), SCOPE_DOT);
        scope_put(s, S("workspaces"), name, S(".claim"), node(l, claim.p ? claim : S("")), SCOPE_DOT);
    }
    return s;
}

/* A container that lists a workspace with a path of its own sees that path. */
static const scope *own_paths(lowering *l, const scope *workspaces, const WorkspaceUsage_list *own) {
    if (own->n == 0) return workspaces;
    scope *s = scope_new(l->c->temp, l->c->m, workspaces);
    LIST_EACH (WorkspaceUsage, u, *own)
        if (text_set(u->mountPath))
            scope_put(s, S("workspaces"), ynode_text(u->name), S(".path"), u->mountPath, SCOPE_DOT);
    return s;
}

/* --- the passes ------------------------------------------------------------------------------------------------- */

static void name_steps(lowering *l) {
    l->step_names = ARENA_ARRAY(l->c->a, str, l->spec->steps.n + 1);
    for (uint32_t i = 0; i < l->spec->steps.n; i++) {
        str name = ynode_text(l->spec->steps.v[i]->name);
        l->step_names[i] =
            name.n ? str_fmt(l->c->a, "step-%.*s", STR_ARG(name)) : str_fmt(l->c->a, "step-unnamed-%u", i);
    }
}

/* Volume names are needed for workspaces.W.volume before the volumes are made. */
static bool name_taken(void *ctx, str name) {
    const map *m = ctx;
    for (uint32_t i = 0; i < m->n; i++)
        if (m->entries[i].value && str_eq(*(str *)m->entries[i].value, name)) return true;
    return false;
}

static void name_volumes(lowering *l) {
    l->volume_names = map_new(l->c->a);
    map by_claim = map_new(l->c->a);
    for (uint32_t i = 0; i < l->t->workspaces.n; i++) {
        const workspace_binding *w = &l->t->workspaces.v[i];
        str claim = workspace_claim(w);
        str *name = claim.n ? map_get(&by_claim, claim) : NULL;
        if (!name) {
            name = ARENA_NEW(l->c->a, str);
            *name = name_volume(l->c->a, S("ws"), w->name, 5, name_taken, &l->volume_names);
            if (claim.n) map_put(&by_claim, claim, name);
        }
        map_put(&l->volume_names, w->name, name);
    }
}

static void replace_all(lowering *l) {
    arena *a = l->c->a;
    TaskSpec *s = l->spec;
    const scope *contexts = context_scope(l), *results = result_scope(l);
    const scope *first[] = {l->params, contexts};
    /* Paths of workspaces come last and may themselves come from parameters. */
    WorkspaceDeclaration **declared = ARENA_ARRAY(a, WorkspaceDeclaration *, s->workspaces.n + 1);
    for (uint32_t i = 0; i < s->workspaces.n; i++)
        declared[i] = SCOPE_REPLACE(a, first, 2, WorkspaceDeclaration, s->workspaces.v[i], FIELD_SUB_TASK);
    s->workspaces.v = declared;
    const scope *workspaces = workspace_scope(l);
    const scope *task[] = {l->params, contexts, results, workspaces};

    Step **steps = ARENA_ARRAY(a, Step *, s->steps.n + 1);
    for (uint32_t i = 0; i < s->steps.n; i++) {
        const scope *passes[] = {l->params, contexts, step_scope(l, results, s->steps.v[i], l->step_names[i]),
                                 own_paths(l, workspaces, &s->steps.v[i]->workspaces)};
        steps[i] = SCOPE_REPLACE(a, passes, 4, Step, s->steps.v[i], FIELD_SUB_TASK);
    }
    s->steps.v = steps;
    Sidecar **sidecars = ARENA_ARRAY(a, Sidecar *, s->sidecars.n + 1);
    for (uint32_t i = 0; i < s->sidecars.n; i++) {
        const scope *passes[] = {l->params, contexts, results, own_paths(l, workspaces, &s->sidecars.v[i]->workspaces)};
        sidecars[i] = SCOPE_REPLACE(a, passes, 4, Sidecar, s->sidecars.v[i], FIELD_SUB_TASK);
    }
    s->sidecars.v = sidecars;
    if (s->stepTemplate) s->stepTemplate = SCOPE_REPLACE(a, task, 4, StepTemplate, s->stepTemplate, FIELD_SUB_TASK);
    if (s->volumes)
        s->volumes =
            scope_replace_field(a, task, 4, type_field(&TaskSpec_type, S("volumes")), s->volumes, FIELD_SUB_TASK);
    if (l->t->pod_template)
        l->t->pod_template = SCOPE_REPLACE(a, first, 1, PodTemplate, l->t->pod_template, FIELD_SUB_POD);
}

/* RT-T12: what the replaced texts make of the Task. */
static void check_replaced(lowering *l) {
    check_ctx k = check_ctx_new(l->c->d, l->c->cfg, API_V1);
    k.a = l->c->temp;
    check_task_spec(&k, l->spec, l->t->where);
    param_scope declared = param_scope_new(&k, &l->spec->params, NULL);
    check_uses(&k, l->spec, &declared, USES_DECLARED);
}

bool lower_spec(lowering *l) {
    run_ctx *c = l->c;
    uint32_t errors = c->d->errors;
    l->spec = COPY(c->a, TaskSpec, l->t->spec);
    l->params = params_task_scope(c, &l->spec->params, &l->t->params);
    bind_defaults(l);
    check_workspaces(l);
    check_container_specs(l, &l->t->step_specs, false);
    check_container_specs(l, &l->t->sidecar_specs, true);
    lower_step_actions(l);
    if (c->d->errors != errors || c->unresolved) return false;
    params_bounds bounds = {c, &l->spec->params, &l->t->params};
    walk_strings(&TaskSpec_type, &l->spec->h, FIELD_SUB_TASK, params_check_bound, &bounds);
    name_steps(l);
    name_volumes(l);
    replace_all(l);
    check_replaced(l);
    return c->d->errors == errors;
}
