#include "compiler/check/check.h"
#include "compiler/check/parts.h"
#include "compiler/schema/walk.h"

/* ---- names that must be unique ---------------------------------------------------------------------------------- */
static void check_volumes(const check_ctx *c, const TaskSpec *spec) {
    map names = map_new(c->a);
    YNODE_EACH(i, volume, spec->volumes) {
        const ynode *name = ynode_get(volume, S("name"));
        const ynode *first = map_get(&names, ynode_text(name));
        map_add(&names, ynode_text(name), (void *)(uintptr_t)(name ? name : volume));
        if (!first) continue;
        diag *x = REPORT_AT(c, TASK_VOLUME_TWICE, name && name->at ? name : volume,
                            "two `volumes` have the `name` %.*s", STR_ARG(ynode_text(name)));
        diag_note_at(c->d, x, first, "the first one is here");
        diag_help(c->d, x, "rename or remove one of them");
    }
}

/* Paths of mounts, cleaned → node. Sidecars don't count. */
static void add_mounts(map *paths, const ynode *mounts) {
    YNODE_EACH(i, mount, mounts) {
        const ynode *path = ynode_get(mount, S("mountPath"));
        map_add(paths, path_clean(paths->a, ynode_text(path)), (void *)(uintptr_t)(path ? path : mount));
    }
}

static void check_workspaces(const check_ctx *c, const TaskSpec *spec) {
    if (!spec->workspaces.n) return;
    map names = map_new(c->a), paths = map_new(c->a);
    LIST_EACH(Step, s, spec->steps) add_mounts(&paths, s->volumeMounts);
    if (spec->stepTemplate) add_mounts(&paths, spec->stepTemplate->volumeMounts);
    LIST_EACH(WorkspaceDeclaration, w, spec->workspaces) {
        str name = ynode_text(w->name);
        const ynode *at = place_of(w->name, &w->h), *first = map_get(&names, name);
        map_add(&names, name, (void *)(uintptr_t)at);
        if (first) {
            diag *x = REPORT_AT(c, WORKSPACE_TWICE, at, "two `workspaces` have the `name` %.*s", STR_ARG(name));
            diag_note_at(c->d, x, first, "the first one is here");
            diag_help(c->d, x, "rename or remove one of them");
        }
        bool written = text_set(w->mountPath);
        str path = path_clean(c->a, written ? ynode_text(w->mountPath) : str_cat(c->a, S("/workspace/"), name));
        if (written) at = place_of(w->mountPath, &w->h);
        const ynode *other = map_get(&paths, path);
        map_add(&paths, path, (void *)(uintptr_t)at);
        if (!other) continue;
        diag *x = REPORT_AT(c, MOUNT_PATH_TWICE, at, "`mountPath` %.*s of workspace `%.*s` is taken", STR_ARG(path),
                            STR_ARG(name));
        diag_note_at(c->d, x, other, "something else is mounted there");
        diag_help(c->d, x, "%s", written ? "choose another path" : "give the workspace a `mountPath` of its own");
    }
}

/* ---- workspaces that only some containers get ------------------------------------------------------------------- */
static void check_usages(const check_ctx *c, const head *h, const WorkspaceUsage_list *usages, const map *declared) {
    if (!usages->n) return;
    check_level_in(c, LEVEL_BETA, key_range(h, "workspaces", usages->node), "`workspaces` of a step or sidecar");
    LIST_EACH(WorkspaceUsage, w, *usages) {
        str name = ynode_text(w->name);
        if (map_has(declared, name)) continue;
        diag *x = REPORT_AT(c, STEP_WORKSPACE, place_of(w->name, &w->h), "workspace `%.*s` is not declared by the Task",
                            STR_ARG(name));
        help_nearest(c, x, name, declared, "declare it in the Task's `workspaces`");
    }
}

static void check_all_usages(const check_ctx *c, const TaskSpec *spec) {
    map declared = map_new(c->a);
    LIST_EACH(WorkspaceDeclaration, w, spec->workspaces) map_add(&declared, ynode_text(w->name), w);
    LIST_EACH(Step, s, spec->steps) check_usages(c, &s->h, &s->workspaces, &declared);
    LIST_EACH(Sidecar, s, spec->sidecars) check_usages(c, &s->h, &s->workspaces, &declared);
}

/* ---- the whole ----------------------------------------------------------------------------------------------------
 */
Step_list check_merged_steps(const check_ctx *c, const TaskSpec *spec) {
    if (!spec->stepTemplate) return spec->steps;
    Step_list merged = {.node = spec->steps.node, .n = spec->steps.n, .v = ARENA_ARRAY(c->a, Step *, spec->steps.n)};
    for (uint32_t i = 0; i < merged.n; i++) {
        Step *s = merged.v[i] = spec->steps.v[i];
        if (s->ref) continue;
        Step *m = merged.v[i] = (Step *)walk_merge(c->a, &Step_type, &s->h, &StepTemplate_type, &spec->stepTemplate->h);
        if (c->version == API_V1BETA1) { /* whose merge forgets these, so that nobody looks at them */
            merged.v[i] = m = COPY(c->a, Step, m);
            m->results = (StepResult_list){0};
            m->params = (Param_list){0};
        }
    }
    return merged;
}

static void check_script_results(const check_ctx *c, const TaskSpec *spec) {
    map names = map_new(c->a);
    LIST_EACH(TaskResult, r, spec->results) map_add(&names, ynode_text(r->name), r);
    LIST_EACH(Step, s, spec->steps) check_result_uses(c, s->script, S("results"), &names);
}

void check_task_spec(const check_ctx *c, const TaskSpec *spec, const ynode *where) {
    if (!spec->steps.n) {
        diag *x = spec->h.node ? REPORT_IN(c, NO_STEPS, key_range(&spec->h, "steps", spec->steps.node),
                                           "the Task has no `steps`")
                               : REPORT_AT(c, NO_STEPS, where, "the Task has no `steps`");
        diag_help(c->d, x, "add at least one step");
    }
    check_volumes(c, spec);
    check_workspaces(c, spec);
    check_all_usages(c, spec);
    Step_list merged = check_merged_steps(c, spec);
    check_steps(c, &merged);
    check_sidecars(c, &spec->sidecars);
    check_params_declared(c, &spec->params, PARAMS_TYPES | PARAMS_UNIQUE | PARAMS_NAMES | PARAMS_ENUM);
    param_scope scope = param_scope_new(c, &spec->params, NULL);
    check_uses(c, spec, &scope, USES_ARRAYS | USES_CONTEXT);
    check_script_results(c, spec);
    check_task_results(c, &spec->results);
}

void check_task(const object *o, diags *d, const config *cfg) {
    static const TaskSpec nothing;
    check_metadata(o, d);
    check_ctx c = check_ctx_new(d, cfg, o->version);
    const TaskSpec *spec = o->task && o->task->spec ? o->task->spec : &nothing;
    check_task_spec(&c, spec, o->node);
    param_scope scope = param_scope_new(&c, &spec->params, NULL);
    check_uses(&c, spec, &scope, USES_DECLARED);
    check_params_declared(&c, &spec->params, PARAMS_PROPERTIES);
}
