#include "plan/fill.h"
#include "plan/names.h"

/* ---- names ---------------------------------------------------------------------------------------------------------- */

str plan_run_name(const plan_filling *f, const plan_run *r) {
    return r->parent ? name_child(f->a, plan_run_name(f, r->parent), str_cat(f->a, S("-"), r->task)) : f->name;
}

str plan_task_run_name(const plan_filling *f, const plan_attempt *x) {
    str run = plan_run_name(f, x->task->of);
    return x->task->of->pipeline ? name_task_run(f->a, run, x->task->name, x->index, x->count) : run;
}

str plan_pod_name(const plan_filling *f, const plan_attempt *x) { return name_pod(f->a, plan_task_run_name(f, x), x->retry); }

str plan_claim_name(const plan_filling *f, const plan_claim *c) {
    return name_claim(f->a, ynode_get_text(ynode_get(c->template, S("metadata")), S("name")), c->workspace, f->uid);
}

/* ---- look-ups ------------------------------------------------------------------------------------------------------- */

typedef struct looking {
    const plan_filling *f;
    const plan_run *r;      /* whose names are asked for, or one below it */
    const plan_attempt *at; /* NULL: not inside a Pod */
} looking;

static const ynode *text_node(const plan_filling *f, str s) { return ynode_str(f->a, s.p ? s : S(""), NULL); }

static const ynode *context(const looking *x, const plan_run *r, str name) {
    const plan_filling *f = x->f;
    if (str_eq(name, S("pipelineRun.name"))) return text_node(f, plan_run_name(f, r));
    if (str_eq(name, S("pipelineRun.uid")) || str_eq(name, S("taskRun.uid"))) return text_node(f, f->uid);
    if (str_eq(name, S("pipelineRun.namespace")) || str_eq(name, S("taskRun.namespace"))) return text_node(f, f->namespace_);
    if (str_eq(name, S("entrypoint.configMap"))) return text_node(f, f->entrypoint);
    if (!x->at) return NULL;
    if (str_eq(name, S("taskRun.name"))) return text_node(f, plan_task_run_name(f, x->at));
    if (str_eq(name, S("pod.name"))) return text_node(f, plan_pod_name(f, x->at));
    if (str_eq(name, S("task.retry-count"))) return text_node(f, str_fmt(f->a, "%u", x->at->retry));
    return NULL;
}

static const ynode *claim(const looking *x, const plan_run *r, str workspace) {
    for (uint32_t i = 0; i < r->claims.n; i++)
        if (str_eq(r->claims.v[i].workspace, workspace)) return text_node(x->f, plan_claim_name(x->f, &r->claims.v[i]));
    return NULL;
}

static const ynode *matrix_value(const looking *x, str name) {
    uint32_t dot;
    if (!x->at || !x->at->combination || !str_find(name, S("."), &dot)) return NULL; /* a task's name has no dots */
    return str_eq(str_cut(name, 0, dot), x->at->task->name) ? ynode_get(x->at->combination, str_from(name, dot + 1)) : NULL;
}

static const ynode *matrix_length(const looking *x, const plan_run *r, str name) {
    static const str tail = {".matrix.length", 14};
    if (!str_ends(name, tail)) return NULL;
    const plan_task *task = map_get(&r->task_by_name, str_cut(name, 0, name.n - tail.n));
    str missing = STR_NONE;
    uint32_t count;
    return task && plan_count(x->f, task, &count, NULL, &missing) ? text_node(x->f, str_fmt(x->f->a, "%u", count)) : NULL;
}

/* tasks.T.inputs|outputs[.NAME]: where the task did not say, Tekton leaves the reference as it is. */
static bool is_artifact(str name) {
    uint32_t dot;
    if (!str_starts(name, S("tasks."))) return false;
    str rest = str_from(name, 6);
    if (!str_find(rest, S("."), &dot)) return false;
    str what = str_from(rest, dot + 1);
    if (str_find(what, S("."), &dot)) what.n = dot;
    return str_eq(what, S("inputs")) || str_eq(what, S("outputs"));
}

static const ynode *look(void *ctx, str name) {
    const looking *x = ctx;
    const plan_run *r = x->r;
    while (r->parent && !str_starts(name, r->path)) r = r->parent;
    name = str_from(name, r->path.n);
    if (str_starts(name, S("context."))) return context(x, r, str_from(name, 8));
    if (str_starts(name, S("claims."))) return claim(x, r, str_from(name, 7));
    if (str_starts(name, S("matrix."))) return matrix_value(x, str_from(name, 7));
    const ynode *length = str_starts(name, S("tasks.")) ? matrix_length(x, r, str_from(name, 6)) : NULL;
    const ynode *value = length ? length : x->f->given(x->f->ctx, r, name);
    return value || !is_artifact(name) ? value : text_node(x->f, str_fmt(x->f->a, "$(%.*s)", STR_ARG(name)));
}

/* ---- values --------------------------------------------------------------------------------------------------------- */

static const ynode *eval(const looking *x, const plan_value *v, str *missing) {
    arena *a = x->f->a;
    if (v->tree) return value_eval(a, v->tree, look, (void *)(uintptr_t)x, missing);
    ynode *object = ynode_map(a, NULL);
    for (uint32_t i = 0; i < v->n; i++) {
        const ynode *member = value_eval(a, v->values[i], look, (void *)(uintptr_t)x, missing);
        if (!member) return NULL;
        ynode_put(a, object, v->keys[i], member);
    }
    return object;
}

const ynode *plan_eval(const plan_filling *f, const plan_run *r, const plan_value *v, str *missing) {
    return eval(&(looking){f, r, NULL}, v, missing);
}

bool plan_count(const plan_filling *f, const plan_task *t, uint32_t *count, matrix_combinations *combinations, str *missing) {
    *count = t->units.n;
    if (!t->matrix) return true;
    looking x = {f, t->of, NULL};
    matrix m = {0};
    for (uint32_t i = 0; i < t->matrix->params.n; i++) {
        const plan_param *p = &t->matrix->params.v[i];
        const ynode *items = eval(&x, &p->value, missing);
        if (!items) return false;
        vec_push(f->a, &m.params, ((matrix_param){p->name, items}));
    }
    for (uint32_t i = 0; i < t->matrix->include.n; i++) {
        const plan_params *more = &t->matrix->include.v[i];
        ynode *params = ynode_map(f->a, NULL);
        for (uint32_t k = 0; k < more->n; k++) {
            const ynode *value = eval(&x, &more->v[k].value, missing);
            if (!value) return false;
            ynode_set(f->a, params, more->v[k].name, value);
        }
        vec_push(f->a, &m.includes, ((matrix_include){params}));
    }
    if (matrix_empty(&m)) return *count = 0, true;
    uint64_t n = matrix_count(&m);
    *count = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
    if (combinations) matrix_fan_out(f->a, &m, combinations);
    return true;
}

const ynode *plan_fill_pod(const plan_filling *f, const plan_attempt *at, const ynode *pod, str *missing) {
    looking x = {f, at->task->of, at};
    return holes_fill(f->a, pod, at->unit->holes.v, at->unit->holes.n, look, &x, missing);
}

void plan_missing(const plan_filling *f, const plan_attempt *at, map *names) {
    looking x = {f, at->task->of, at};
    for (uint32_t i = 0; i < at->unit->holes.n; i++) {
        str missing = STR_NONE;
        if (!value_eval(f->a, at->unit->holes.v[i].value, look, &x, &missing)) map_put(names, missing, (void *)(uintptr_t)at);
    }
}
