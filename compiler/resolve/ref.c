/* References to Pipelines, Tasks and StepActions: found in the input, or reported. */
#include "compiler/run.h"

typedef struct wanted {
    object_kind kind;
    const diag_rule *missing;
    const head *where;
    const ynode *name, *resolver;
    const Param_list *params;
} wanted;

static str resolver_param(const wanted *x, str name) {
    LIST_EACH (Param, p, *x->params)
        if (str_eq_fold(ynode_text(p->name), name)) return ynode_text(p->value);
    return STR_NONE;
}

/* Names of that kind in the input, for "did you mean". */
static str nearest(run_ctx *c, object_kind kind, str name) {
    VEC(str) names = {0};
    for (uint32_t i = 0; i < c->w->objects.n; i++)
        if (c->w->objects.v[i]->kind == kind) vec_push(c->a, &names, c->w->objects.v[i]->name);
    return diag_nearest(name, names.v, names.n);
}

/* Whether the input is the whole world for this kind. When only judging, a definition that is not there may well be in
 * the cluster, unless the caller says that nothing else is, or the input brings definitions of the kind along. */
static bool whole_world(const run_ctx *c, object_kind kind) {
    if (!c->checking || c->rq->closed) return true;
    for (uint32_t i = 0; i < c->w->objects.n; i++)
        if (c->w->objects.v[i]->kind == kind) return true;
    return false;
}

static const object *find(run_ctx *c, const wanted *x, str namespace_) {
    str kind = world_kind_name(x->kind), name = ynode_text(x->name);
    if (ynode_text(x->resolver).n) {
        /* A definition that a resolver would fetch by name may be given as a file. */
        str ns = resolver_param(x, S("namespace"));
        name = resolver_param(x, S("name"));
        const object *o = name.n ? world_find(c->w, x->kind, ns.n ? ns : namespace_, name) : NULL;
        if (o) return o->refused ? NULL : o; /* a refused one has been talked about */
        if (c->checking && !c->rq->closed) {
            c->unresolved = true;
            REPORT(c->d, UNRESOLVED, x->resolver, "this %.*s comes from the resolver `%.*s`; it is not looked into",
                   STR_ARG(kind), STR_ARG(x->resolver->text));
            return NULL;
        }
        diag *g = REPORT(c->d, REMOTE_REF, x->resolver,
                         "this %.*s comes from the resolver `%.*s`, which a compiler can't ask", STR_ARG(kind),
                         STR_ARG(x->resolver->text));
        if (name.n)
            diag_help(c->d, g, "fetch the %.*s `%.*s` once and give its file on the command line", STR_ARG(kind),
                      STR_ARG(name));
        else
            diag_help(c->d, g, "fetch the %.*s once, give its file on the command line, and refer to it by `name`",
                      STR_ARG(kind));
        return NULL;
    }
    const object *o = world_find(c->w, x->kind, namespace_, name);
    if (o) return o->refused ? NULL : o;
    const ynode *at = x->name ? x->name : x->where->node;
    const diag_rule *rule = whole_world(c, x->kind) ? x->missing : &diag_rules[TK_UNRESOLVED];
    c->unresolved |= rule != x->missing;
    diag *g = diag_at(c->d, rule, at, "%.*s `%.*s` is not in the input", STR_ARG(kind), STR_ARG(name));
    str near = nearest(c, x->kind, name);
    if (near.n)
        diag_help(c->d, g, "did you mean `%.*s`?", STR_ARG(near));
    else
        diag_help(c->d, g, "give the file that defines it on the command line, too");
    return NULL;
}

const object *resolve_ref_pipeline(run_ctx *c, const PipelineRef *r, str namespace_) {
    return find(c,
                &(wanted){OBJECT_PIPELINE, &diag_rules[TK_PIPELINE_MISSING], &r->h, r->name, r->resolver, &r->params},
                namespace_);
}
const object *resolve_ref_task(run_ctx *c, const TaskRef *r, str namespace_) {
    return find(c, &(wanted){OBJECT_TASK, &diag_rules[TK_TASK_MISSING], &r->h, r->name, r->resolver, &r->params},
                namespace_);
}
const object *resolve_ref_step_action(run_ctx *c, const StepRef *r, str namespace_) {
    return find(
        c, &(wanted){OBJECT_STEPACTION, &diag_rules[TK_STEP_ACTION_MISSING], &r->h, r->name, r->resolver, &r->params},
        namespace_);
}
