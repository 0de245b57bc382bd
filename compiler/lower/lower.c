/* A TaskRun to its Pod: the stages in order, then the holes are taken out. */
#include "compiler/lower/lower.h"
#include "plan/names.h"

/* What stands in a Pod for a name that only the run knows, where there is a default (the others show as $(name)). */
typedef struct showing {
    run_ctx *c;
    const task_run *t;
} showing;

/* Names of child runs have the way to them in front: "outer/context.pipelineRun.name". */
static const run *owner_of(const run *r, str *name) {
    for (; r; r = r->parent)
        if (r->task_path.n == 0 || str_starts(*name, r->task_path)) {
            *name = str_from(*name, r->task_path.n);
            return r;
        }
    return NULL;
}

static const ynode *shown(void *ctx, str name) {
    const showing *x = ctx;
    arena *a = x->c->a;
    const task_run *t = x->t;
    const run *r = owner_of(t->of, &name);
    if (!r) return NULL;
    const struct {
        str name, value;
    } known[] = {
        {S("context.pipelineRun.name"), r->in->name},
        {S("context.pipelineRun.namespace"), r->in->namespace_},
        {S("context.pipelineRun.uid"), r->in->uid},
        {S("context.taskRun.name"), t->shown_name},
        {S("context.taskRun.namespace"), r->in->namespace_},
        {S("context.taskRun.uid"), r->in->uid},
        {S("context.task.retry-count"), S("0")},
        {S("context.entrypoint.configMap"), S("tektonc-entrypoint")},
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(name, known[i].name)) return ynode_str(a, known[i].value, NULL);
    if (str_eq(name, S("context.pod.name"))) return ynode_str(a, name_pod(a, t->shown_name, 0), NULL);
    const run_claim *claim = run_claim_of(r, name);
    return claim ? ynode_str(a, claim->shown_name, NULL) : NULL;
}

/* A hole's value outlives its Pod. References are made to last (run_ref). */
static const vtree *kept(run_ctx *c, const vtree *v) {
    if (v->kind == VALUE_REF) return v;
    vtree *copy = ARENA_NEW(c->keep, vtree);
    *copy = *v;
    copy->text = str_dup(c->keep, v->text);
    copy->args = ARENA_ARRAY(c->keep, const vtree *, v->n + 1);
    for (uint32_t i = 0; i < v->n; i++) copy->args[i] = kept(c, v->args[i]);
    return copy;
}

static void keep_holes(run_ctx *c, task_run *t, const hole_list *holes) {
    t->holes = (hole_list){.v = ARENA_ARRAY(c->keep, hole, holes->n + 1), .n = holes->n, .cap = holes->n};
    for (uint32_t i = 0; i < holes->n; i++)
        t->holes.v[i] = (hole){str_dup(c->keep, holes->v[i].path), kept(c, holes->v[i].value)};
}

static void stages(run_ctx *c, task_run *t) {
    lowering l = {.c = c, .t = t, .annotations = ynode_map(c->a, NULL)};
    uint32_t errors = c->d->errors;
    if (!lower_spec(&l)) return;
    lower_workspaces(&l);
    lower_template(&l);
    lower_resources(&l);
    lower_creds(&l);
    lower_steps(&l);
    const ynode *pod = lower_pod(&l);
    if (c->d->errors != errors) return;
    showing x = {c, t};
    hole_list holes = {0};
    t->pod = holes_extract(c->a, c->m, pod, shown, &x, &holes);
    keep_holes(c, t, &holes);
}

void lower_task_run(run_ctx *c, task_run *t) {
    arena_reset(c->temp);
    c->a = c->pods;
    stages(c, t);
    c->a = c->keep;
}
