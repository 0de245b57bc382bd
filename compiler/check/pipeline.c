#include "compiler/check/pipeline.h"
#include "compiler/check/check.h"

/* ---- helpers ---------------------------------------------------------------------------------------------------- */
const ynode *key_node(const check_ctx *c, const head *h, const char *key, const ynode *value) {
    range r = key_range(h, key, value);
    ynode *n = ynode_new(c->a, Y_NULL, NULL);
    n->at = r.at;
    n->end = r.end;
    return n;
}

int int_sign(const ynode *n) {
    str s = ynode_text(n);
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] >= '1' && s.p[i] <= '9') return s.p[0] == '-' ? -1 : 1;
    return 0;
}

void note_first(const check_ctx *c, diag *x, const ynode *name, const head *h, const char *words) {
    diag_note_at(c->d, x, place_of(name, h), "%s", words);
}

/* ---- the spec --------------------------------------------------------------------------------------------------- */
static bool is_empty(const PipelineSpec *s) {
    return !text_set(s->displayName) && !text_set(s->description) && !s->params.n && !s->tasks.n && !s->workspaces.n &&
           !s->results.n && !s->finally.n;
}

/* WHN-*, and the parameters' names. */
static void check_tasks(const check_ctx *c, const PipelineTask_list *tasks, map *names) {
    LIST_EACH(PipelineTask, t, *tasks) {
        check_pipeline_task(c, t, names);
        check_when(c, &t->when);
        check_params_twice(c, &t->params);
    }
    check_matrices(c, tasks);
}

void check_pipeline_spec(const check_ctx *c, const PipelineSpec *spec, range where) {
    if (is_empty(spec)) {
        if (ynode_count(spec->h.node))
            where = (range){spec->h.node->pairs[0].key_at, spec->h.node->pairs[0].key_end}; /* given, but null */
        diag *x = REPORT_IN(c, PIPELINE_EMPTY, where, "the Pipeline's spec is empty");
        diag_help(c->d, x, "add `tasks`");
        return;
    }
    if (spec->finally.n && !spec->tasks.n) {
        diag *x = REPORT_IN(c, FINALLY_WITHOUT_TASKS, key_range(&spec->h, "finally", spec->finally.node),
                            "there are `finally` tasks, but no `tasks`");
        diag_help(c->d, x, "add at least one entry to `tasks`");
    }
    pipeline_check p = {.c = c, .spec = spec, .finally = map_new(c->a)};
    LIST_EACH(PipelineTask, t, spec->finally) map_add(&p.finally, ynode_text(t->name), t);

    map names = map_new(c->a);
    check_params_declared(c, &spec->params, PARAMS_TYPES | PARAMS_UNIQUE | PARAMS_ENUM);
    check_workspaces_declared(c, &spec->workspaces);
    check_tasks(c, &spec->tasks, &names);
    check_tasks(c, &spec->finally, &names);
    p.graph = graph_build(c->a, c->d, spec, c->version);
    check_pipeline_variables(&p);
    check_pipeline_results(&p);
}

/* ---- Pipeline objects: what a run would propagate must be declared here --------------------------------------------
 */
static bool check_embedded_uses(const check_ctx *c, const PipelineTask_list *tasks, const param_scope *scope) {
    bool any = false;
    LIST_EACH(PipelineTask, t, *tasks) {
        if (!t->taskSpec) continue;
        any = true;
        param_scope inner = param_scope_new(c, &t->taskSpec->params, scope);
        check_uses(c, t->taskSpec, &inner, USES_DECLARED);
        check_params_declared(c, &t->taskSpec->params, PARAMS_PROPERTIES);
    }
    return any;
}

static void check_declared_uses(const check_ctx *c, const PipelineSpec *spec) {
    param_scope scope = param_scope_new(c, &spec->params, NULL);
    map workspaces = map_new(c->a);
    LIST_EACH(PipelineWorkspaceDeclaration, w, spec->workspaces) map_add(&workspaces, ynode_text(w->name), w);
    const PipelineTask_list *lists[] = {&spec->tasks, &spec->finally};
    bool embedded = false; /* only then Tekton asks objects of the Pipeline for their properties */
    for (int i = 0; i < 2; i++) {
        embedded |= check_embedded_uses(c, lists[i], &scope);
        check_pipeline_uses(c, lists[i], &scope);
        LIST_EACH(PipelineTask, t, *lists[i]) check_task_workspaces(c, t, &workspaces);
    }
    if (embedded) check_params_declared(c, &spec->params, PARAMS_PROPERTIES);
}

void check_pipeline(const object *o, diags *d, const config *cfg) {
    check_ctx c = check_ctx_new(d, cfg, o->version);
    static const PipelineSpec none;
    const PipelineSpec *spec = o->pipeline->spec ? o->pipeline->spec : &none;
    check_metadata(o, d);
    check_pipeline_spec(&c, spec, key_range(&o->pipeline->h, "spec", spec->h.node));
    check_declared_uses(&c, spec);
}
