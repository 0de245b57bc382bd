/* What the resolve passes share: names that only the run knows, results, claims. */
#include "compiler/run.h"
#include "compiler/check/parts.h"
#include "plan/names.h"

str run_ref(run_ctx *c, str name, value_type t) {
    str *known = map_get(&c->known_refs, name);
    if (known) return *known;
    name = str_dup(c->keep, name);
    known = ARENA_NEW(c->keep, str);
    *known = mark_text(c->m, value_ref(c->keep, name, t));
    map_put(&c->known_refs, name, known);
    return *known;
}

/* Names inside a child run get the way to it in front, so that they can't be taken for the parent's. */
str run_path_ref(run_ctx *c, const run *r, str name, value_type t) {
    return run_ref(c, r->task_path.n ? str_cat(c->a, r->task_path, name) : name, t);
}

bool task_is_custom(const PipelineTask *t) {
    const ynode *kind = t->taskRef ? t->taskRef->kind : t->taskSpec ? t->taskSpec->kind : NULL;
    const ynode *version = t->taskRef ? t->taskRef->apiVersion : t->taskSpec ? t->taskSpec->apiVersion : NULL;
    return text_set(version) || (text_set(kind) && !str_eq(kind->text, S("Task")));
}

void run_index_results(run_ctx *c, run_task *t) {
    enum { MANY = 8 };
    if (!t->spec || t->spec->results.n <= MANY) return;
    t->results = map_new(c->keep);
    LIST_EACH (TaskResult, r, t->spec->results) map_put(&t->results, ynode_text(r->name), r);
}

static const TaskResult *result_named(const run_task *t, str name) {
    if (t->results.n) return map_get(&t->results, name);
    const TaskResult *found = NULL; /* the last of equal names */
    LIST_EACH (TaskResult, r, t->spec->results)
        if (str_eq(ynode_text(r->name), name)) found = r;
    return found;
}

/* What a task's results are, for the types of references to them. */
value_type run_result_type(const run_task *t, str name, bool *declared) {
    *declared = true;
    value_type one = TYPE_STRING;
    if (t->kind == TASK_POD && t->spec) {
        const TaskResult *r = result_named(t, name);
        *declared = r != NULL;
        if (r && str_eq(ynode_text(r->type_), S("array"))) one = TYPE_ARRAY;
        if (r && str_eq(ynode_text(r->type_), S("object"))) one = TYPE_OBJECT;
    }
    return t->task->matrix && (t->task->matrix->params.n || t->task->matrix->include.n) ? TYPE_ARRAY : one;
}

const ynode *run_result(run_ctx *c, const run *r, const char *section, const run_task *of, str name) {
    bool declared;
    str path = str_fmt(c->a, "%s.%.*s.results.%.*s", section, STR_ARG(of->name), STR_ARG(name));
    return ynode_str(c->a, run_path_ref(c, r, path, run_result_type(of, name, &declared)), NULL);
}

const run_claim *run_claim_of(const run *r, str name) {
    uintptr_t at = (uintptr_t)map_get(&r->claim_by_ref, name);
    return at ? &r->claims.v[at - 1] : NULL;
}

/* One claim for each workspace with a template, however many tasks use it. */
str run_claim_for(run_ctx *c, run *r, const WorkspaceBinding *b) {
    str name = ynode_text(b->name);
    str path = str_fmt(c->a, "claims.%.*s", STR_ARG(name));
    if (run_claim_of(r, path)) return run_path_ref(c, r, path, TYPE_STRING);
    run_claim *k = vec_add(c->a, &r->claims);
    if (!r->claim_by_ref.a) r->claim_by_ref = map_new(c->a);
    map_put(&r->claim_by_ref, path, (void *)(uintptr_t)r->claims.n);
    str template_name = ynode_get_text(ynode_get(b->volumeClaimTemplate, S("metadata")), S("name"));
    *k = (run_claim){.ref = path, .workspace = name, .template = b->volumeClaimTemplate};
    k->shown_name = name_claim(c->a, template_name, name, r->in->uid);
    return run_path_ref(c, r, path, TYPE_STRING);
}

run *resolve_run(run_ctx *c, const run_input *in) {
    return in->object->kind == OBJECT_PIPELINERUN ? resolve_pipeline_run(c, in, NULL) : resolve_task_run(c, in);
}

str workspace_claim(const workspace_binding *w) {
    return w->claim.n ? w->claim : ynode_get_text(w->source->persistentVolumeClaim, S("claimName"));
}
