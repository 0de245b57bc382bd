/* A task whose parents are done, or a finally task whose time has come: does it start? The order of the tests is
 * Tekton's (facts: validation.md C.4; runtime.md 10.7). */
#include "grammar/cel.h"
#include "runtime/sequencer/inner.h"

/* A reference to a result, taken from where it stands in a value. */
typedef struct finding {
    const seq *s;
    arena *a;
    const seq_task *of; /* the task that asks */
    str task, result;   /* the first that is missing; empty: none */
    bool any;           /* a result is referred to at all */
    str out_of_range;   /* an element that an array does not have: a message */
} finding;

static bool result_ref(const finding *f, str ref, seq_task **task, str *result) {
    str path = f->of->run->plan->path;
    uint32_t dot;
    if (path.n && !str_starts(ref, path)) return false;
    ref = str_from(ref, path.n);
    if (!str_starts(ref, S("tasks."))) return false;
    ref = str_from(ref, 6);
    if (!str_find(ref, S("."), &dot) || !str_starts(str_from(ref, dot), S(".results."))) return false;
    *task = map_get(&f->of->run->by_name, str_cut(ref, 0, dot));
    *result = str_from(ref, dot + 9);
    return *task != NULL;
}

static void look_into(finding *f, const vtree *v) {
    seq_task *t;
    str name;
    if (v->kind == VALUE_LENGTH) return; /* no reference in Tekton's sense */
    if (v->kind == VALUE_REF && result_ref(f, v->text, &t, &name)) {
        f->any = true;
        if (!f->task.n && !task_result(f->s, t, name)) f->task = t->plan->name, f->result = name;
    }
    if (v->kind == VALUE_INDEX && v->args[0]->kind == VALUE_REF && result_ref(f, v->args[0]->text, &t, &name)) {
        const ynode *array = task_result(f->s, t, name);
        if (ynode_is(array, Y_SEQ) && v->index >= array->n && !f->out_of_range.n)
            f->out_of_range =
                str_fmt(f->a, "array Result Index %llu for Task %.*s Result %.*s is out of bound of size %u",
                        (unsigned long long)v->index, STR_ARG(t->plan->name), STR_ARG(name), array->n);
    }
    for (uint32_t i = 0; i < v->n; i++) look_into(f, v->args[i]);
}

static void look_into_value(finding *f, const plan_value *v) {
    if (v->tree) look_into(f, v->tree);
    for (uint32_t i = 0; i < v->n; i++) look_into(f, v->values[i]);
}

static void look_into_params(finding *f, const plan_params *p) {
    for (uint32_t i = 0; i < p->n; i++) look_into_value(f, &p->v[i].value);
}

/* plainly: a reference stands in a parameter or in `when`. Only then does Tekton skip a task for a missing result. */
static void find_missing(finding *f, bool *plainly) {
    const plan_task *t = f->of->plan;
    look_into_params(f, &t->params);
    *plainly = f->any;
    if (t->matrix) look_into_params(f, &t->matrix->params);
    for (uint32_t i = 0; t->matrix && i < t->matrix->include.n; i++) look_into_params(f, &t->matrix->include.v[i]);
    for (uint32_t i = 0; i < t->combinations.n; i++) look_into_params(f, &t->combinations.v[i]);
    f->any = false;
    for (uint32_t i = 0; i < t->when.n; i++)
        look_into_value(f, &t->when.v[i].input), look_into_value(f, &t->when.v[i].values),
            look_into_value(f, &t->when.v[i].cel);
    *plainly |= f->any;
    for (uint32_t i = 0; i < t->units.n; i++)
        for (uint32_t k = 0; k < t->units.v[i].holes.n; k++) look_into(f, t->units.v[i].holes.v[k].value);
}

/* --- when ------------------------------------------------------------------------------------------------------------
 */

typedef struct showing {
    const plan_filling *f;
    finding asks;
} showing;

/* All names but those of results. */
static const ynode *but_results(void *ctx, str ref) {
    const showing *x = ctx;
    seq_task *t;
    str name, missing;
    if (result_ref(&x->asks, ref, &t, &name)) return NULL;
    return plan_eval(x->f, x->asks.of->run->plan, &(plan_value){.tree = value_ref(x->f->a, ref, TYPE_STRING)},
                     &missing);
}

/* Values as they stand when a result is missing: with all references to results as text. */
static const ynode *as_text(const plan_filling *f, const seq_task *t, const plan_value *v) {
    showing x = {f, {.of = t}};
    arena *a = f->a;
    if (v->tree->kind != VALUE_LIST) return ynode_str(a, value_show(a, v->tree, but_results, &x), NULL);
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < v->tree->n; i++)
        ynode_push(a, list, ynode_str(a, value_show(a, v->tree->args[i], but_results, &x), NULL));
    return list;
}

static const ynode *known_or_text(const plan_filling *f, const seq_task *t, const plan_value *v, bool as_written) {
    str missing;
    const ynode *n = as_written ? NULL : plan_eval(f, t->run->plan, v, &missing);
    return n ? n : as_text(f, t, v);
}

static bool holds(const plan_filling *f, const seq_task *t, const plan_when *w, bool as_written) {
    const ynode *input = known_or_text(f, t, &w->input, as_written),
                *values = known_or_text(f, t, &w->values, as_written);
    bool found = ynode_is(values, Y_STR) && str_eq(values->text, ynode_text(input));
    YNODE_EACH(i, v, values) found |= str_eq(ynode_text(v), ynode_text(input));
    return found == w->in;
}

/* CEL is evaluated when its task is, with the results in its text; Tekton does it from the start, with references to
 * results as text, and fails runs whose text is no CEL before they are filled in. */
static bool cel_holds(const plan_filling *f, const seq_task *t, const plan_when *w, bool as_written, str *problem) {
    cel_error e = {0};
    bool yes = false;
    const cel_program *p = cel_compile(f->a, ynode_text(known_or_text(f, t, &w->cel, as_written)), &e);
    if (!p || !cel_eval_bool(f->a, p, &yes, &e)) *problem = e.text.n ? e.text : S("it has no value");
    return yes;
}

static bool when_holds(seq *s, const seq_task *t, bool as_written, str *problem) {
    plan_filling f = seq_filling(s, s->scratch);
    if (skip_of(t->plan->skip) == SKIP_WHEN) return false;
    bool all = true;
    for (uint32_t i = 0; i < t->plan->when.n && !problem->n; i++) {
        const plan_when *w = &t->plan->when.v[i];
        all &= w->cel.tree ? cel_holds(&f, t, w, as_written, problem) : holds(&f, t, w, as_written);
    }
    return all;
}

const ynode *task_when_shown(const seq *s, arena *a, const seq_task *t) {
    if (!t->plan->when.n) return NULL;
    plan_filling f = seq_filling(s, a);
    finding all = {.s = s, .a = a, .of = t};
    bool plainly;
    find_missing(&all, &plainly);
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < t->plan->when.n; i++) {
        const plan_when *w = &t->plan->when.v[i];
        ynode *m = ynode_map(a, NULL);
        if (w->cel.tree) {
            ynode_put(a, m, S("cel"), known_or_text(&f, t, &w->cel, all.task.n > 0));
        } else {
            ynode_put(a, m, S("input"), known_or_text(&f, t, &w->input, all.task.n > 0));
            ynode_put_str(a, m, S("operator"), w->in ? S("in") : S("notin"));
            ynode_put(a, m, S("values"), known_or_text(&f, t, &w->values, all.task.n > 0));
        }
        ynode_push(a, list, m);
    }
    return list;
}

/* --- the verdict
 * ------------------------------------------------------------------------------------------------------ */

static verdict skip(skip_reason why) { return (verdict){.kind = VERDICT_SKIP, .skip = why}; }

static bool parent_skipped(const seq_task *t) {
    for (uint32_t i = 0; i < t->parent_count; i++)
        if (t->parents[i]->decision == SKIPPED && t->parents[i]->skip != SKIP_WHEN) return true;
    return false;
}

static verdict missing_result(seq *s, const seq_task *t, const finding *f) {
    const seq_task *of = map_get(&t->run->by_name, f->task);
    verdict v = {.kind = VERDICT_INVALID};
    if (of->decision == STARTED && of->ok)
        v.message = str_fmt(s->scratch,
                            "task \"%.*s\" completed successfully but did not emit the result \"%.*s\", which is "
                            "referenced by task \"%.*s\"",
                            STR_ARG(f->task), STR_ARG(f->result), STR_ARG(t->plan->name));
    else if (of->decision != STARTED)
        v.message = str_fmt(s->scratch, "Result reference error: Internal result ref \"%.*s\" has zero-length TaskRuns",
                            STR_ARG(f->task));
    else
        v.message = str_fmt(
            s->scratch, "Invalid task result reference: Could not find result with name %.*s for pipeline task %.*s",
            STR_ARG(f->result), STR_ARG(f->task));
    return v;
}

verdict task_judge(seq *s, seq_task *t) {
    seq_run *r = t->run;
    bool finally = task_finally(t);
    bool plainly;
    finding f = {.s = s, .a = s->scratch, .of = t};
    find_missing(&f, &plainly);
    if (f.out_of_range.n)
        return (verdict){
            .kind = VERDICT_FAIL,
            .reason = S("PipelineValidationFailed"),
            .message = str_fmt(s->scratch,
                               "[User error] PipelineRun %.*s/%.*s can't be Run; couldn't resolve all references: %.*s",
                               STR_ARG(s->id.namespace_), STR_ARG(r->name), STR_ARG(f.out_of_range))};
    bool missing = f.task.n > 0;
    if (finally && missing) return skip(SKIP_RESULTS);
    str problem = STR_NONE;
    bool allowed = when_holds(s, t, missing, &problem);
    if (problem.n)
        return (verdict){.kind = VERDICT_FAIL,
                         .reason = S("CELEvaluationFailed"),
                         .message = str_fmt(s->scratch, "[User error] Error evaluating CEL %.*s: %.*s",
                                            STR_ARG(r->name), STR_ARG(problem))};
    if (!allowed) return skip(SKIP_WHEN);
    if (!finally && parent_skipped(t)) return skip(SKIP_PARENT);
    if (missing && plainly) {
        const seq_task *of = map_get(&r->by_name, f.task);
        if (t->plan->continues || (of->decision == SKIPPED && of->skip == SKIP_WHEN)) return skip(SKIP_RESULTS);
    }
    if (r->timed_out) return skip(SKIP_TIMEOUT);
    if (!finally && r->tasks_timed_out) return skip(SKIP_TASKS_TIMEOUT);
    if (finally && r->finally_timed_out) return skip(SKIP_FINALLY_TIMEOUT);
    if (missing) return missing_result(s, t, &f);
    plan_filling filling = seq_filling(s, s->scratch);
    verdict v = {.kind = VERDICT_GO};
    str lacking = STR_NONE;
    if (t->plan->custom || t->pipeline)
        v.count = 1;
    else if (!plan_count(&filling, t->plan, &v.count, NULL, &lacking))
        return (verdict){.kind = VERDICT_FAIL,
                         .reason = S("InvalidMatrixParameterTypes"),
                         .message =
                             str_fmt(s->scratch, "[User error] Failed to validate matrix \"%.*s\": %.*s has no value",
                                     STR_ARG(t->plan->name), STR_ARG(lacking))};
    if (v.count == 0 || skip_of(t->plan->skip) == SKIP_MATRIX) return skip(SKIP_MATRIX);
    return v;
}
