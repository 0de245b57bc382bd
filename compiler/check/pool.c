#include "compiler/check/pipeline.h"
#include "compiler/schema/walk.h"

/* Tekton throws the parameters of a run, of its embedded Pipeline and of the tasks in it into one pool and then judges
 * every embedded step by that pool. What follows keeps to its order and its oddities, since they decide what is
 * refused: the first declaration of a name gives the type, later objects are merged into it, and where it has nothing
 * to merge into, Tekton's webhook crashes. */
typedef struct pooled {
    ParamSpec *spec;     /* type, default and enum of the first; properties are put together at the end */
    map properties;      /* key → ynode of its type */
    bool has_properties; /* Tekton's map is there, if empty */
    bool has_object;     /* so is that of the default's values */
} pooled;

typedef struct pool {
    const check_ctx *c;
    map by_name; /* → pooled */
} pool;

static const ynode *string_property(const check_ctx *c, const ynode *at) {
    ynode *n = ynode_map(c->a, at);
    ynode_put(c->a, n, S("type"), ynode_str(c->a, S("string"), at));
    return n;
}

static void add_properties(pooled *e, const ynode *properties) {
    for (uint32_t i = 0; i < ynode_count(properties); i++)
        map_put(&e->properties, properties->pairs[i].key, (void *)(uintptr_t)properties->pairs[i].value);
}

static pooled *enter(pool *p, ParamSpec *spec) {
    pooled *e = ARENA_NEW(p->c->a, pooled);
    *e = (pooled){.spec = spec, .properties = map_new(p->c->a)};
    map_put(&p->by_name, ynode_text(spec->name), e);
    return e;
}

/* A value makes a declaration of its own: its type, itself as the default. */
static void enter_value(pool *p, const Param *param) {
    ParamSpec *spec = ARENA_NEW(p->c->a, ParamSpec);
    spec->h = param->h;
    spec->name = param->name;
    spec->type_ = ynode_str(p->c->a, str_z(param_type_name(param_value_type(param->value))), param->name);
    spec->default_ = param->value;
    pooled *e = enter(p, spec);
    if (!ynode_is(param->value, Y_MAP)) return;
    e->has_properties = e->has_object = true;
    for (uint32_t i = 0; i < param->value->n; i++)
        map_put(&e->properties, param->value->pairs[i].key,
                (void *)(uintptr_t)string_property(p->c, param->value->pairs[i].value));
}

static void clash(const pool *p, const pooled *e, const ynode *name, const ynode *value, const head *h,
                  const char *what) {
    const check_ctx *c = p->c;
    diag *x = REPORT_AT(
        c, POOL_CLASH, place_of(value, h),
        "%s `%.*s` is an object, and the parameter of that name around it can't take one: Tekton's webhook crashes",
        what, NAME_ARG(name));
    diag_note_at(c->d, x, place_of(e->spec->name, &e->spec->h),
                 e->spec->default_ ? "this one has a value of another type" : "this one has no value and no default");
    diag_help(c->d, x, "pass the object on as `$(params.%.*s[*])`, or rename one of the two", NAME_ARG(name));
}

static void no_properties(const pool *p, const pooled *e, const ParamSpec *spec) {
    const check_ctx *c = p->c;
    diag *x = REPORT_AT(c, POOL_PROPERTIES, place_of(spec->name, &spec->h),
                        "object parameter `%.*s` declares no `properties`", NAME_ARG(spec->name));
    diag_note_at(c->d, x, place_of(e->spec->default_ ? e->spec->default_ : e->spec->name, &e->spec->h),
                 "a parameter of this name is an object here");
    diag_help(c->d, x, "list its keys: `properties: {KEY: {type: string}}`");
}

static void add_declared(pool *p, const ParamSpec *spec) {
    pooled *e = map_get(&p->by_name, ynode_text(spec->name));
    bool is_object = ynode_is(spec->default_, Y_MAP);
    if (!e) {
        e = enter(p, COPY(p->c->a, ParamSpec, spec));
        add_properties(e, spec->properties);
        e->has_properties = spec->properties != NULL;
        e->has_object = is_object;
        return;
    }
    if (is_object) {
        if (spec->default_->n && !e->spec->default_)
            clash(p, e, spec->name, spec->default_, &spec->h, "the default of parameter");
        e->has_object |= spec->default_->n > 0;
        if (!spec->properties) {
            no_properties(p, e, spec);
            return;
        }
    }
    if (param_type_of(e->spec) != PARAM_OBJECT) return;
    if (!spec->properties) {
        no_properties(p, e, spec);
        return;
    }
    e->properties = map_new(p->c->a);
    e->has_properties = true;
    add_properties(e, spec->properties);
}

static void add_task_value(pool *p, const Param *param) {
    pooled *e = map_get(&p->by_name, ynode_text(param->name));
    if (!e) {
        enter_value(p, param);
        return;
    }
    if (!ynode_count(param->value) || param->value->kind != Y_MAP) return;
    if (!e->spec->default_ || !e->has_object || !e->has_properties) {
        clash(p, e, param->name, param->value, &param->h, "the value of parameter");
        return;
    }
    for (uint32_t i = 0; i < param->value->n; i++)
        map_put(&e->properties, param->value->pairs[i].key,
                (void *)(uintptr_t)string_property(p->c, param->value->pairs[i].value));
}

/* The pool as one list of declarations. */
static ParamSpec_list pool_list(pool *p) {
    ParamSpec_list l = {.n = p->by_name.n, .v = ARENA_ARRAY(p->c->a, ParamSpec *, p->by_name.n)};
    for (uint32_t i = 0; i < l.n; i++) {
        pooled *e = p->by_name.entries[i].value;
        l.v[i] = e->spec;
        const ynode *at = e->spec->properties;
        ynode *properties = ynode_map(p->c->a, at);
        for (uint32_t k = 0; k < e->properties.n; k++) {
            const ynode *type_node = e->properties.entries[k].value;
            ynode_put(p->c->a, properties, e->properties.entries[k].key, type_node);
            properties->pairs[k].key_at = type_node->at;
            properties->pairs[k].key_end = type_node->end;
        }
        e->spec->properties = e->properties.n || e->has_properties ? properties : NULL;
    }
    return l;
}

static pool pool_new(const check_ctx *c, const Param_list *params, const ParamSpec_list *declared) {
    pool p = {.c = c, .by_name = map_new(c->a)};
    LIST_EACH(Param, v, *params) enter_value(&p, v);
    LIST_EACH(ParamSpec, s, *declared) add_declared(&p, s);
    return p;
}

/* Of the whole pool; the properties only of those for which Tekton's map is not there: that of an empty object is. */
static void check_declared(pool *p, const ParamSpec_list *declared, bool steps) {
    check_params_declared(p->c, declared, PARAMS_TYPES | PARAMS_ENUM | (steps ? PARAMS_NAMES : 0));
    if (!steps) return;
    ParamSpec_list bare = {.v = ARENA_ARRAY(p->c->a, ParamSpec *, declared->n)};
    for (uint32_t i = 0; i < declared->n; i++)
        if (!((pooled *)p->by_name.entries[i].value)->has_properties) bare.v[bare.n++] = declared->v[i];
    check_params_declared(p->c, &bare, PARAMS_PROPERTIES);
}

void check_pool_task(const check_ctx *c, const Param_list *params, const TaskSpec *spec) {
    pool p = pool_new(c, params, &spec->params);
    if (!spec->steps.n) return;
    ParamSpec_list declared = pool_list(&p);
    param_scope scope = param_scope_new(c, &declared, NULL);
    check_declared(&p, &declared, true);
    check_uses(c, spec, &scope, USES_DECLARED | USES_ARRAYS);
}

void check_pool_pipeline(const check_ctx *c, const Param_list *params, const PipelineSpec *spec) {
    pool p = pool_new(c, params, &spec->params);
    LIST_EACH(PipelineTask, t, spec->tasks) {
        LIST_EACH(Param, v, t->params) add_task_value(&p, v);
        if (t->taskSpec) LIST_EACH(ParamSpec, s, t->taskSpec->params) add_declared(&p, s);
    }
    if (!spec->tasks.n) return;
    ParamSpec_list declared = pool_list(&p);
    param_scope scope = param_scope_new(c, &declared, NULL);
    bool steps = false;
    LIST_EACH(PipelineTask, user, spec->tasks) {
        if (!user->taskSpec || !user->taskSpec->steps.n) continue;
        steps = true;
        check_uses(c, user->taskSpec, &scope, USES_DECLARED | USES_ARRAYS);
    }
    check_declared(&p, &declared, steps);
    check_pipeline_uses(c, &spec->tasks, &scope);
}
