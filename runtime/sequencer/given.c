/* What the refs of a plan mean that only the run can know: results and statuses of tasks. docs/plan.md lists the names.
 */
#include "base/emit.h"
#include "runtime/sequencer/inner.h"
#include <stdlib.h>

const char *task_status(const seq_task *t) {
    if (t->decision != STARTED) return "None";
    if (t->done && t->ok) return "Succeeded";
    bool failed = t->failed;
    for (uint32_t i = 0; !failed && t->children && i < t->count; i++)
        failed = t->children[i].state == CHILD_ENDED && !t->children[i].ok;
    return failed ? "Failed" : "None";
}

/* Of a matrix: that of the first TaskRun that did not succeed. */
str task_reason(const seq_task *t) {
    if (t->pipeline) return t->decision == STARTED ? t->pipeline->condition.reason : S("");
    for (int all = 0; all < 2; all++)
        for (uint32_t i = 0; t->children && i < t->count; i++) {
            const seq_child *c = &t->children[i];
            if (c->attempt_count && (all || !c->ok)) return child_now(c)->reason;
        }
    return S("");
}

static const char *tasks_status(const seq_run *r) {
    if (r->dag_left) return "None";
    bool skipped = false;
    for (uint32_t i = 0; i < r->dag; i++) {
        if (r->tasks[i].failed) return "Failed";
        skipped |= task_skip_now(&r->tasks[i]) != SKIP_NONE;
    }
    return skipped ? "Completed" : "Succeeded";
}

static int by_name(const void *x, const void *y) {
    return str_cmp((*(seq_child *const *)x)->name, (*(seq_child *const *)y)->name);
}

/* Results of a matrix: arrays of what each TaskRun gave, in the order of the TaskRuns' names (…-10 before …-2); what is
 * no string gives an empty one. Facts: validation.md E.4. */
static void aggregate(const seq *s, seq_task *t) {
    t->aggregate = ARENA_NEW(s->a, map);
    *t->aggregate = map_new(s->a);
    const seq_child **order = ARENA_ARRAY(s->scratch, const seq_child *, t->count + 1);
    for (uint32_t i = 0; i < t->count; i++) order[i] = &t->children[i];
    qsort(order, t->count, sizeof *order, by_name);
    for (uint32_t i = 0; i < t->count; i++) {
        const seq_attempt *x = child_now(order[i]);
        for (uint32_t k = 0; x && k < ynode_count(x->results); k++) {
            const ypair *p = &x->results->pairs[k];
            ynode *list = map_get(t->aggregate, p->key);
            if (!list) map_put(t->aggregate, p->key, list = ynode_seq(s->a, NULL));
            ynode_push(s->a, list, ynode_is(p->value, Y_STR) ? p->value : ynode_strz(s->a, ""));
        }
    }
}

static bool is_matrix(const seq_task *t) { return t->plan->matrix || t->plan->combinations.n; }

const ynode *task_result(const seq *s, const seq_task *t, str name) {
    if (!t->done || t->decision != STARTED) return NULL;
    if (t->pipeline) return ynode_get(t->pipeline->results, name);
    if (is_matrix(t)) {
        if (!t->aggregate) aggregate(s, (seq_task *)(uintptr_t)t); /* kept, since every consumer wants it */
        return map_get(t->aggregate, name);
    }
    const seq_attempt *x = t->count ? child_now(&t->children[0]) : NULL;
    return x ? ynode_get(x->results, name) : NULL;
}

/* inputs.NAME or outputs.NAME, or without a name the first one: the values as Tekton's JSON; only of a task that has
 * succeeded. */
static const ynode *task_artifact(const given_ctx *g, const seq_task *t, str what) {
    uint32_t dot = what.n;
    bool one = str_find(what, S("."), &dot);
    const seq_attempt *x = t->done && t->ok && t->children ? child_now(&t->children[0]) : NULL;
    const ynode *list = x ? artifacts_of(g->a, x, str_cut(what, 0, dot)) : NULL;
    YNODE_EACH(i, a, list)
    if (!one || str_eq(ynode_get_text(a, S("name")), str_from(what, dot + 1)))
        return ynode_str(g->a, emit_go_json_str(g->a, ynode_get(a, S("values"))), NULL);
    return NULL;
}

const ynode *seq_given(void *ctx, const plan_run *run, str name) {
    const given_ctx *g = ctx;
    const seq_run *r = map_get(&g->s->runs, run->path.n ? run->path : S(""));
    uint32_t dot;
    if (!r || !str_find(name, S("."), &dot)) return NULL;
    str section = str_cut(name, 0, dot), rest = str_from(name, dot + 1);
    if (!str_eq(section, S("tasks")) && !str_eq(section, S("finally"))) return NULL;
    if (!str_find(rest, S("."), &dot)) return str_eq(rest, S("status")) ? ynode_strz(g->a, tasks_status(r)) : NULL;
    const seq_task *t = map_get(&r->by_name, str_cut(rest, 0, dot));
    str what = str_from(rest, dot + 1);
    if (!t) return NULL;
    if (str_starts(what, S("results."))) return task_result(g->s, t, str_from(what, 8));
    if (str_eq(what, S("status"))) return ynode_strz(g->a, task_status(t));
    if (str_eq(what, S("reason"))) return ynode_str(g->a, task_reason(t), NULL);
    if (str_starts(what, S("inputs")) || str_starts(what, S("outputs"))) return task_artifact(g, t, what);
    return NULL;
}
