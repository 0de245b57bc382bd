/* References of Pipelines and Tasks that no run of the input leads to: what is not in the input is said, too. Where a
 * run leads, resolve/ref.c has spoken already. */
#include "compiler/check/pipeline.h"
#include "compiler/compile.h"
#include "grammar/ref.h"

typedef struct references {
    const compilation *c;
    const object *o;
    bool closed; /* what is not in the input is an error: not for what the runs of the input leave aside */
    map said;    /* places of references that were spoken of */
} references;

typedef struct reference {
    object_kind kind;
    diag_id missing;
    const head *h;
    const ynode *name, *resolver;
    const Param_list *params;
} reference;

static str place_key(arena *a, const ynode *n) { return str_fmt(a, "%x", n ? n->at : 0); }

static references references_new(const compilation *c) {
    static const diag_id ids[] = {TK_PIPELINE_MISSING, TK_TASK_MISSING, TK_STEP_ACTION_MISSING, TK_REMOTE_REF,
                                  TK_UNRESOLVED};
    references r = {.c = c, .closed = c->request->closed, .said = map_new(c->a)};
    for (uint32_t i = 0; i < c->world.objects.n; i++)
        if (c->world.objects.v[i]->kind == OBJECT_PIPELINERUN || c->world.objects.v[i]->kind == OBJECT_TASKRUN)
            r.closed = false;
    for (uint32_t i = 0; i < c->d->list.n; i++)
        for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
            if (c->d->list.v[i].rule == &diag_rules[ids[k]])
                map_add(&r.said, str_fmt(c->a, "%x", c->d->list.v[i].at), NULL);
    return r;
}

/* A definition that a resolver fetches by its name may be in the input as well. */
static str wanted_name(const reference *x) {
    if (!text_set(x->resolver)) return ynode_text(x->name);
    LIST_EACH(Param, p, *x->params) {
        if (str_eq_fold(ynode_text(p->name), S("name"))) return ynode_text(p->value);
    }
    return S("");
}

static void check_one(references *r, reference x) {
    const compilation *c = r->c;
    bool closed = r->closed, remote = text_set(x.resolver);
    str name = wanted_name(&x), kind = world_kind_name(x.kind);
    const ynode *where = remote ? x.resolver : x.name ? x.name : x.h->node;
    if (!ref_none(name) || (name.n && world_find(&c->world, x.kind, r->o->namespace_, name))) return;
    if ((!name.n && !remote) || map_has(&r->said, place_key(c->a, where))) return;
    const diag_rule *rule = &diag_rules[!closed ? TK_UNRESOLVED : remote ? TK_REMOTE_REF : x.missing];
    if (remote) {
        diag_at(c->d, rule, where, "this %.*s comes from the resolver `%.*s`; it is not looked into", STR_ARG(kind),
                STR_ARG(x.resolver->text));
    } else {
        diag *g = diag_at(c->d, rule, where, "%.*s `%.*s` is not in the input", STR_ARG(kind), STR_ARG(name));
        diag_help(c->d, g, "give the file that defines it on the command line, too");
    }
}

static void task_references(references *r, const TaskSpec *spec) {
    if (!spec) return;
    LIST_EACH(Step, s, spec->steps) {
        if (s->ref)
            check_one(r, (reference){OBJECT_STEPACTION, TK_STEP_ACTION_MISSING, &s->ref->h, s->ref->name,
                                     s->ref->resolver, &s->ref->params});
    }
}

static void pipeline_references(references *r, const PipelineSpec *spec) {
    if (!spec) return;
    PIPELINE_TASK_EACH(t, spec) {
        const TaskRef *task = t->taskRef;
        const PipelineRef *pipeline = t->pipelineRef;
        if (task && !text_set(task->apiVersion)) /* with it, the task is a custom one */
            check_one(r,
                      (reference){OBJECT_TASK, TK_TASK_MISSING, &task->h, task->name, task->resolver, &task->params});
        if (pipeline)
            check_one(r, (reference){OBJECT_PIPELINE, TK_PIPELINE_MISSING, &pipeline->h, pipeline->name,
                                     pipeline->resolver, &pipeline->params});
        task_references(r, t->taskSpec);
        pipeline_references(r, t->pipelineSpec);
    }
}

void compile_check_references(compilation *c) {
    references r = references_new(c);
    for (uint32_t i = 0; i < c->world.objects.n; i++) {
        const object *o = r.o = c->world.objects.v[i];
        if (o->refused) continue;
        if (o->kind == OBJECT_TASK) task_references(&r, o->task->spec);
        if (o->kind == OBJECT_PIPELINE) pipeline_references(&r, o->pipeline->spec);
    }
}
