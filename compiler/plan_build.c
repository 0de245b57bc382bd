#include "compiler/plan_build.h"
#include "compiler/check/parts.h"
#include "compiler/schema/order.h"
#include "grammar/duration.h"

typedef struct building {
    run_ctx *c;
    hole_list common; /* holes that every Pod has */
} building;

static void put_text(building *b, ynode *m, const char *key, str s) {
    if (s.n) ynode_put_str(b->c->a, m, str_z(key), s);
}
static const ynode *tree_of(building *b, const ynode *n);

/* A param's or result's value as a value tree: text and marks, arrays as lists, objects as they are. */
static const ynode *tree_of(building *b, const ynode *n) {
    arena *a = b->c->a;
    if (n->kind == Y_STR) return value_write(a, mark_value(a, b->c->m, n->text));
    if (n->kind == Y_SEQ) {
        VEC(const vtree *) items = {0};
        YNODE_EACH (i, x, n) vec_push(a, &items, mark_value(a, b->c->m, x->text));
        return value_write(a, value_many(a, VALUE_LIST, items.v, items.n));
    }
    if (n->kind != Y_MAP) return n;
    n = order_free(a, n);
    ynode *object_ = ynode_map(a, NULL), *m = ynode_map(a, NULL);
    for (uint32_t i = 0; i < n->n; i++) ynode_put(a, object_, n->pairs[i].key, tree_of(b, n->pairs[i].value));
    ynode_put(a, m, S("object"), object_);
    return m;
}

static const ynode *when_tree(building *b, const WhenExpression_list *when) {
    arena *a = b->c->a;
    ynode *out = ynode_seq(a, NULL);
    LIST_EACH (WhenExpression, w, *when) {
        ynode *m = ynode_map(a, NULL);
        if (text_set(w->cel))
            ynode_put(a, m, S("cel"), tree_of(b, w->cel));
        else {
            ynode_put(a, m, S("input"), w->input ? tree_of(b, w->input) : ynode_strz(a, ""));
            ynode_put(a, m, S("operator"), ynode_str(a, ynode_text(w->operator_), NULL));
            ynode_put(a, m, S("values"), tree_of(b, w->values ? w->values : ynode_seq(a, NULL)));
        }
        ynode_push(a, out, m);
    }
    return out;
}

/* --- holes -------------------------------------------------------------------------------------------------------- */

static const ynode *holes_tree(building *b, const hole_list *holes, const map *without) {
    arena *a = b->c->a;
    ynode *out = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < holes->n; i++) {
        const hole *h = &holes->v[i], *same = without ? map_get(without, h->path) : NULL;
        if (same && value_eq(same->value, h->value)) continue;
        ynode *m = ynode_map(a, NULL);
        ynode_put_str(a, m, S("path"), h->path);
        ynode_put(a, m, S("value"), value_write(a, h->value));
        ynode_push(a, out, m);
    }
    return out;
}

/* What all Pods of the run have in common is written once: mostly its name, uid and labels. */
static void find_common(building *b, const run *r, bool *first) {
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const run_task *t = r->tasks.v[i];
        if (t->child) find_common(b, t->child, first);
        for (uint32_t k = 0; k < t->task_runs.n; k++) {
            const task_run *x = t->task_runs.v[k];
            if (*first) {
                for (uint32_t j = 0; j < x->holes.n; j++) /* splices move what is behind them: they stay in one list */
                    if (x->holes.v[j].value->kind != VALUE_SPLICE) vec_push(b->c->a, &b->common, x->holes.v[j]);
                *first = false;
                continue;
            }
            map mine = map_new(b->c->a);
            for (uint32_t j = 0; j < x->holes.n; j++) map_put(&mine, x->holes.v[j].path, &x->holes.v[j]);
            uint32_t kept = 0;
            for (uint32_t j = 0; j < b->common.n; j++) {
                const hole *h = map_get(&mine, b->common.v[j].path);
                if (h && value_eq(h->value, b->common.v[j].value)) b->common.v[kept++] = b->common.v[j];
            }
            b->common.n = kept;
        }
    }
}

/* --- tasks -------------------------------------------------------------------------------------------------------- */

static const ynode *params_tree(building *b, const param_values *v) {
    ynode *out = ynode_seq(b->c->a, NULL);
    for (uint32_t i = 0; i < v->n; i++) {
        ynode *m = ynode_map(b->c->a, NULL);
        ynode_put_str(b->c->a, m, S("name"), v->v[i].name);
        ynode_put(b->c->a, m, S("value"), tree_of(b, v->v[i].value));
        ynode_push(b->c->a, out, m);
    }
    return out;
}

static const ynode *units_tree(building *b, const run_task *t, const map *common) {
    arena *a = b->c->a;
    ynode *out = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < t->task_runs.n; i++) {
        const task_run *x = t->task_runs.v[i];
        ynode *m = ynode_map(a, NULL);
        ynode_put_str(a, m, S("pod"), x->file);
        ynode_put_str(a, m, S("taskRun"), x->shown_name);
        const ynode *holes = holes_tree(b, &x->holes, common);
        if (holes->n) ynode_put(a, m, S("holes"), holes);
        ynode_push(a, out, m);
    }
    return out;
}

static const ynode *results_tree(building *b, const TaskSpec *spec) {
    ynode *out = ynode_seq(b->c->a, NULL);
    LIST_EACH (TaskResult, r, spec->results) {
        ynode *m = ynode_map(b->c->a, NULL);
        ynode_put(b->c->a, m, S("name"), r->name);
        ynode_put(b->c->a, m, S("type"), text_set(r->type_) ? r->type_ : ynode_strz(b->c->a, "string"));
        if (text_set(r->value)) ynode_put(b->c->a, m, S("value"), r->value);
        if (ynode_count(r->properties)) {
            ynode *keys = ynode_seq(b->c->a, NULL);
            for (uint32_t k = 0; k < r->properties->n; k++)
                ynode_push(b->c->a, keys, ynode_str(b->c->a, r->properties->pairs[k].key, NULL));
            ynode_put(b->c->a, m, S("properties"), keys);
        }
        ynode_push(b->c->a, out, m);
    }
    return out;
}

static const ynode *matrix_tree(building *b, const Matrix *x) {
    arena *a = b->c->a;
    ynode *m = ynode_map(a, NULL), *params = ynode_seq(a, NULL), *include = ynode_seq(a, NULL);
    param_values p = {0};
    LIST_EACH (Param, y, x->params) params_put(a, &p, ynode_text(y->name), y->value);
    params = (ynode *)(uintptr_t)params_tree(b, &p);
    LIST_EACH (IncludeParams, i, x->include) {
        param_values v = {0};
        LIST_EACH (Param, y, i->params) params_put(a, &v, ynode_text(y->name), y->value ? y->value : ynode_strz(a, ""));
        ynode *one = ynode_map(a, NULL);
        ynode_put(a, one, S("params"), params_tree(b, &v));
        ynode_push(a, include, one);
    }
    if (params->n) ynode_put(a, m, S("params"), params);
    if (include->n) ynode_put(a, m, S("include"), include);
    return m;
}

static const ynode *deps_tree(arena *a, const graph_node *g) {
    ynode *out = ynode_seq(a, NULL);
    for (uint32_t i = 0; g && i < g->need_count; i++) ynode_push(a, out, ynode_str(a, g->needs[i], NULL));
    return out;
}

static const ynode *run_tree(building *b, const run *r, const map *common);

static const ynode *custom_tree(building *b, const PipelineTask *t) {
    ynode *m = ynode_map(b->c->a, NULL);
    if (t->taskRef)
        ynode_put(b->c->a, m, S("ref"), order_free(b->c->a, walk_tree(b->c->a, &TaskRef_type, &t->taskRef->h)));
    if (t->taskSpec)
        ynode_put(b->c->a, m, S("spec"), order_free(b->c->a, walk_tree(b->c->a, &TaskSpec_type, &t->taskSpec->h)));
    return m;
}

static const ynode *task_tree(building *b, const run_task *t, const map *common) {
    arena *a = b->c->a;
    ynode *m = ynode_map(a, NULL);
    ynode_put_str(a, m, S("name"), t->name);
    if (t->task && text_set(t->task->displayName)) ynode_put(a, m, S("displayName"), tree_of(b, t->task->displayName));
    const ynode *deps = deps_tree(a, t->node);
    if (deps->n) ynode_put(a, m, S("deps"), deps);
    put_text(b, m, "skip", t->skip);
    if (t->task && t->task->when.n) ynode_put(a, m, S("when"), when_tree(b, &t->task->when));
    int64_t retries = t->task_runs.n ? t->task_runs.v[0]->retries : 0;
    if (retries) ynode_put(a, m, S("retries"), ynode_int(a, retries));
    if (t->kind == TASK_CUSTOM && text_set(t->task->retries)) ynode_put(a, m, S("retries"), t->task->retries);
    put_text(b, m, "timeout", duration_format(a, t->timeout));
    if (t->task && text_set(t->task->onError)) put_text(b, m, "onError", t->task->onError->text);
    if (t->kind == TASK_CUSTOM) ynode_put(a, m, S("custom"), custom_tree(b, t->task));
    if (t->matrix_unknown)
        ynode_put(a, m, S("matrix"), matrix_tree(b, t->task->matrix));
    else if (t->combinations.n) {
        ynode *all = ynode_seq(a, NULL);
        for (uint32_t i = 0; i < t->combinations.n; i++) ynode_push(a, all, params_tree(b, &t->combinations.v[i]));
        ynode_put(a, m, S("combinations"), all);
    }
    if (t->params.n) ynode_put(a, m, S("params"), params_tree(b, &t->params));
    if (t->spec && t->spec->results.n) ynode_put(a, m, S("results"), results_tree(b, t->spec));
    if (t->task_runs.n) ynode_put(a, m, S("units"), units_tree(b, t, common));
    if (t->child) ynode_put(a, m, S("pipeline"), run_tree(b, t->child, common));
    return m;
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static const ynode *claims_tree(building *b, const run *r) {
    arena *a = b->c->a;
    ynode *out = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < r->claims.n; i++) {
        const run_claim *k = &r->claims.v[i];
        ynode *m = ynode_map(a, NULL);
        ynode_put_str(a, m, S("workspace"), k->workspace);
        ynode_put_str(a, m, S("name"), k->shown_name);
        ynode_put(a, m, S("template"), order_free(a, k->template));
        ynode_push(a, out, m);
    }
    return out;
}

static const ynode *pipeline_results(building *b, const run *r) {
    arena *a = b->c->a;
    ynode *out = ynode_seq(a, NULL);
    scope *s = scope_new(a, b->c->m, NULL);
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const run_task *t = r->tasks.v[i];
        const char *section = t->finally ? "finally" : "tasks";
        str prefix = str_fmt(a, "%s.%.*s.results", section, STR_ARG(t->name));
        if (t->spec)
            LIST_EACH (TaskResult, x, t->spec->results)
                scope_put(s, prefix, ynode_text(x->name), S(""), run_result(b->c, r, section, t, ynode_text(x->name)),
                          SCOPE_BOTH);
    }
    const scope *pass = s;
    LIST_EACH (PipelineResult, x, r->spec->results) {
        ynode *m = ynode_map(a, NULL);
        ynode_put(a, m, S("name"), x->name);
        if (x->value) ynode_put(a, m, S("value"), tree_of(b, scope_replace_value(a, &pass, 1, x->value)));
        ynode_push(a, out, m);
    }
    return out;
}

static void put_timeout(building *b, ynode *m, const char *key, int64_t ns) {
    if (ns >= 0) put_text(b, m, key, duration_format(b->c->a, ns));
}

static const ynode *run_tree(building *b, const run *r, const map *common) {
    arena *a = b->c->a;
    ynode *spec = ynode_map(a, NULL), *who = ynode_map(a, NULL), *tasks = ynode_seq(a, NULL),
          *finally = ynode_seq(a, NULL);
    put_text(b, who, "kind", r->pipeline ? S("PipelineRun") : S("TaskRun"));
    put_text(b, who, "name", r->in->name);
    put_text(b, who, "namespace", r->in->namespace_);
    put_text(b, who, "uid", r->in->uid);
    if (r->pipeline) {
        str ref_name = r->in->object->pipeline_run->spec->pipelineRef
                           ? ynode_text(r->in->object->pipeline_run->spec->pipelineRef->name)
                           : STR_NONE;
        put_text(b, who, "pipeline", ref_name);
    }
    /* Pending or cancelled from the start. */
    if (r->pipeline)
        put_text(b, who, "status", ynode_text(r->in->object->pipeline_run->spec->status));
    else
        put_text(b, who, "status", ynode_text(r->in->object->task_run->spec->status));
    if (ynode_count(r->labels)) ynode_put(a, who, S("labels"), tree_of(b, r->labels));
    if (ynode_count(r->annotations)) ynode_put(a, who, S("annotations"), order_free(a, r->annotations));
    ynode_put(a, spec, S("run"), who);
    if (r->params.n) ynode_put(a, spec, S("params"), params_tree(b, &r->params));
    ynode *timeouts = ynode_map(a, NULL);
    put_timeout(b, timeouts, "pipeline", r->timeout_pipeline);
    put_timeout(b, timeouts, "tasks", r->timeout_tasks);
    put_timeout(b, timeouts, "finally", r->timeout_finally);
    if (timeouts->n) ynode_put(a, spec, S("timeouts"), timeouts);
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const run_task *t = r->tasks.v[i];
        ynode_push(a, t->finally ? finally : tasks, task_tree(b, t, common));
    }
    ynode_put(a, spec, S("tasks"), tasks);
    if (finally->n) ynode_put(a, spec, S("finally"), finally);
    if (r->pipeline && r->spec->results.n) ynode_put(a, spec, S("results"), pipeline_results(b, r));
    if (r->claims.n) ynode_put(a, spec, S("claims"), claims_tree(b, r));
    return spec;
}

const ynode *plan_build(run_ctx *c, const run *r) {
    building b = {.c = c};
    bool first = true;
    find_common(&b, r, &first);
    map common = map_new(c->a);
    for (uint32_t i = 0; i < b.common.n; i++) map_put(&common, b.common.v[i].path, &b.common.v[i]);
    ynode *plan = ynode_map(c->a, NULL), *meta = ynode_map(c->a, NULL),
          *spec = (ynode *)(uintptr_t)run_tree(&b, r, &common);
    if (b.common.n) ynode_put(c->a, spec, S("holes"), holes_tree(&b, &b.common, NULL));
    ynode_put_str(c->a, meta, S("name"), r->in->name);
    ynode_put_str(c->a, meta, S("namespace"), r->in->namespace_);
    ynode_put_str(c->a, plan, S("apiVersion"), S("tektonc.dev/v1alpha1"));
    ynode_put_str(c->a, plan, S("kind"), S("Plan"));
    ynode_put(c->a, plan, S("metadata"), meta);
    ynode_put(c->a, plan, S("spec"), spec);
    return plan;
}

const ynode *plan_graph(arena *a, const run *r) {
    ynode *out = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        ynode *m = ynode_map(a, NULL);
        ynode_put_str(a, m, S("name"), r->tasks.v[i]->name);
        ynode_put(a, m, S("deps"), deps_tree(a, r->tasks.v[i]->node));
        if (r->tasks.v[i]->finally) ynode_put(a, m, S("finally"), ynode_bool(true));
        ynode_push(a, out, m);
    }
    return out;
}
