#include "runtime/sequencer/inner.h"

static const char *const skip_texts[SKIP_REASONS] = {
    [SKIP_NONE] = "None",
    [SKIP_STOPPING] = "PipelineRun was stopping",
    [SKIP_CANCELLED] = "PipelineRun was gracefully cancelled",
    [SKIP_STOPPED] = "PipelineRun was gracefully stopped",
    [SKIP_WHEN] = "When Expressions evaluated to false",
    [SKIP_PARENT] = "Parent Tasks were skipped",
    [SKIP_RESULTS] = "Results were missing",
    [SKIP_TIMEOUT] = "PipelineRun timeout has been reached",
    [SKIP_TASKS_TIMEOUT] = "PipelineRun Tasks timeout has been reached",
    [SKIP_FINALLY_TIMEOUT] = "PipelineRun Finally timeout has been reached",
    [SKIP_MATRIX] = "Matrix Parameters have an empty array",
};

str skip_text(skip_reason r) { return str_z(skip_texts[r]); }

skip_reason skip_of(str text) {
    for (int i = 1; i < SKIP_REASONS; i++)
        if (str_eq(text, str_z(skip_texts[i]))) return (skip_reason)i;
    return SKIP_NONE;
}

str seq_intern(seq *s, str text) {
    if (!text.n) return text.p ? S("") : STR_NONE;
    str *known = map_get(&s->texts, text);
    if (known) return *known;
    known = ARENA_NEW(s->a, str);
    *known = str_dup(s->a, text);
    map_put(&s->texts, *known, known);
    return *known;
}

str task_path(const seq_task *t, arena *a) {
    str path = t->run->plan->path;
    return path.n ? str_cat(a, path, t->plan->name) : t->plan->name;
}

plan_filling seq_filling(const seq *s, arena *a) {
    given_ctx *ctx = ARENA_NEW(a, given_ctx);
    *ctx = (given_ctx){s, a};
    return (plan_filling){a, s->id.name, s->id.namespace_, s->id.uid, s->id.entrypoint_config_map, seq_given, ctx};
}

plan_attempt seq_plan_attempt(const seq_child *c, uint32_t attempt) {
    const seq_task *t = c->task;
    plan_attempt x = {.task = t->plan, .index = c->index, .count = t->count, .retry = attempt};
    if (t->plan->units.n) x.unit = &t->plan->units.v[t->plan->matrix || c->index >= t->plan->units.n ? 0 : c->index];
    if (t->combinations) x.combination = t->combinations[c->index];
    return x;
}

static void connect(seq *s, seq_run *r) {
    uint32_t *count = ARENA_ARRAY(s->a, uint32_t, r->n + 1);
    for (uint32_t i = 0; i < r->dag; i++) {
        seq_task *t = &r->tasks[i];
        t->parents = ARENA_ARRAY(s->a, seq_task *, t->plan->deps.n + 1);
        for (uint32_t k = 0; k < t->plan->deps.n; k++) {
            seq_task *parent = map_get(&r->by_name, t->plan->deps.v[k]);
            if (!parent || task_finally(parent)) continue; /* the compiler has refused such */
            t->parents[t->parent_count++] = parent;
            count[parent - r->tasks]++;
        }
        t->waiting = t->parent_count;
    }
    for (uint32_t i = 0; i < r->dag; i++) r->tasks[i].dependents = ARENA_ARRAY(s->a, seq_task *, count[i] + 1);
    for (uint32_t i = 0; i < r->dag; i++)
        for (uint32_t k = 0; k < r->tasks[i].parent_count; k++) {
            seq_task *parent = r->tasks[i].parents[k];
            parent->dependents[parent->dependent_count++] = &r->tasks[i];
        }
}

seq_run *model_build(seq *s, const plan_run *plan_of, seq_run *parent, seq_task *owner) {
    seq_run *r = ARENA_NEW(s->a, seq_run);
    plan_filling f = seq_filling(s, s->a);
    *r = (seq_run){.plan = plan_of,
                   .parent = parent,
                   .owner = owner,
                   .n = plan_of->tasks.n,
                   .by_name = map_new(s->a),
                   .claims_seen = map_new(s->a)};
    r->name = plan_run_name(&f, plan_of);
    r->claims_left = plan_of->claims.n;
    map_put(&s->runs, plan_of->path.n ? plan_of->path : S(""), r);
    r->tasks = ARENA_ARRAY(s->a, seq_task, r->n + 1);
    for (uint32_t i = 0; i < r->n; i++) {
        const plan_task *t = plan_of->tasks.v[i];
        r->tasks[i] = (seq_task){.plan = t, .run = r};
        if (!t->finally) r->dag = i + 1; /* finally tasks come last */
        map_put(&r->by_name, t->name, &r->tasks[i]);
    }
    r->dag_left = r->dag;
    r->finally_left = r->n - r->dag;
    connect(s, r);
    for (uint32_t i = 0; i < r->n; i++)
        if (r->tasks[i].plan->pipeline)
            r->tasks[i].pipeline = model_build(s, r->tasks[i].plan->pipeline, r, &r->tasks[i]);
    return r;
}

void task_children(seq *s, seq_task *t, uint32_t count) {
    plan_filling kept = seq_filling(s, s->a), f = seq_filling(s, s->scratch);
    t->count = t->left = t->pipeline ? 1 : count;
    if (t->pipeline) return;
    if (t->plan->matrix) {
        matrix_combinations all = {0};
        uint32_t n;
        str missing = STR_NONE;
        plan_count(&kept, t->plan, &n, &all, &missing);
        t->combinations = ARENA_ARRAY(s->a, const ynode *, count + 1);
        for (uint32_t i = 0; i < count && i < all.n; i++) t->combinations[i] = all.v[i];
    }
    t->children = ARENA_ARRAY(s->a, seq_child, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        seq_child *c = &t->children[i];
        *c = (seq_child){.task = t, .index = i, .id = s->children.n};
        vec_push(s->a, &s->children, c);
        vec_push(s->a, &s->creates, c);
        plan_attempt x = seq_plan_attempt(c, 0);
        c->name = str_dup(s->a, plan_task_run_name(&f, &x));
    }
}
