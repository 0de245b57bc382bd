/* The condition of runs and TaskRuns, and a run's results (facts: runtime.md 9.2, 9.4, 10.6, 10.7 c). */
#include "grammar/duration.h"
#include "runtime/sequencer/inner.h"
#include <stdlib.h>

static bool graceful(const seq_run *r) {
    return r->cancel == SEQ_CANCELLED_RUN_FINALLY || r->cancel == SEQ_STOPPED_RUN_FINALLY;
}

/* Tekton works it out anew each time, so what happens later can replace the reason. */
skip_reason task_skip_now(const seq_task *t) {
    const seq_run *r = t->run;
    if (task_finally(t)) return t->decision == SKIPPED ? t->skip : SKIP_NONE;
    if (t->decision != SKIPPED && t->decision != INVALID) return SKIP_NONE;
    if (r->failed) return SKIP_STOPPING;
    if (r->cancel == SEQ_CANCELLED_RUN_FINALLY) return SKIP_CANCELLED;
    if (r->cancel == SEQ_STOPPED_RUN_FINALLY) return SKIP_STOPPED;
    if (t->decision == INVALID) return SKIP_NONE;
    return r->refused ? SKIP_STOPPING : t->skip;
}

typedef struct counts {
    uint32_t succeeded, failed, ignored, cancelled, skipped, late, invalid, incomplete;
} counts;

static counts count(const seq_run *r) {
    counts c = {.succeeded = r->succeeded, .failed = r->failures, .ignored = r->ignored, .cancelled = r->cancelled};
    bool all_skipped = r->failed || graceful(r);
    c.skipped = r->skipped + r->finally_skipped + (all_skipped ? r->invalid : 0);
    c.late = r->finally_skipped_late + (all_skipped || r->refused ? 0 : r->skipped_late);
    c.invalid = all_skipped ? 0 : r->invalid;
    c.incomplete = r->n - (c.succeeded + c.failed + c.ignored + c.cancelled + c.skipped + c.invalid);
    return c;
}

static int by_name(const void *x, const void *y) {
    return str_cmp((*(const seq_task *const *)x)->plan->name, (*(const seq_task *const *)y)->plan->name);
}

/* ", Failed Validation: 2 (…; …)" */
static str invalid_text(const seq_run *r, arena *a, uint32_t n) {
    enum { MOST = 1024 };
    const seq_task **tasks = ARENA_ARRAY(a, const seq_task *, n + 1);
    uint32_t k = 0;
    for (uint32_t i = 0; i < r->dag && k < n; i++)
        if (r->tasks[i].decision == INVALID) tasks[k++] = &r->tasks[i];
    qsort(tasks, k, sizeof *tasks, by_name);
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < k; i++) {
        if (i) strbuf_add(&b, S("; "));
        strbuf_add(&b, tasks[i]->invalid);
    }
    str all = strbuf_str(&b);
    return str_fmt(a, ", Failed Validation: %u (%.*s%s)", n, STR_ARG(all.n > MOST ? str_cut(all, 0, MOST) : all),
                   all.n > MOST ? "..." : "");
}

static seq_condition make(seq_truth status, const char *reason, str message_, int64_t since) {
    return (seq_condition){status, str_z(reason), message_, since};
}

static seq_condition when_done(const seq_run *r, arena *a, const counts *c) {
    uint32_t completed = c->succeeded + c->failed + c->cancelled + c->ignored;
    str ignored = c->ignored ? str_fmt(a, " (Ignored: %u)", c->ignored) : S("");
    str text = str_fmt(a, "Tasks Completed: %u (Failed: %u%.*s, Cancelled %u), Skipped: %u", completed,
                       c->failed + c->ignored, STR_ARG(ignored), c->cancelled, c->skipped);
    if (c->invalid)
        return make(SEQ_FALSE, "PipelineValidationFailed", str_cat(a, text, invalid_text(r, a, c->invalid)),
                    r->changed);
    if (c->failed || c->late) return make(SEQ_FALSE, "Failed", text, r->changed);
    if (graceful(r))
        return make(SEQ_FALSE, "Cancelled", str_fmt(a, "PipelineRun \"%.*s\" was cancelled", STR_ARG(r->name)),
                    r->changed);
    if (c->cancelled) return make(SEQ_FALSE, "Cancelled", text, r->changed);
    return make(SEQ_TRUE, c->skipped ? "Completed" : "Succeeded", text, r->changed);
}

static seq_condition timed_out(const seq_run *r, arena *a, const char *why, int64_t limit) {
    return make(SEQ_FALSE, "PipelineRunTimeout",
                str_fmt(a, "PipelineRun \"%.*s\" failed %s \"%.*s\"", STR_ARG(r->name), why,
                        STR_ARG(duration_format(a, limit))),
                r->changed);
}

static seq_condition pipeline_condition(const seq_run *r, arena *a) {
    counts c = count(r);
    if (r->failing) return (seq_condition){SEQ_FALSE, r->fail_reason, r->fail_message, r->changed};
    if (r->cancel == SEQ_CANCELLED)
        return make(SEQ_FALSE, "Cancelled", str_fmt(a, "PipelineRun \"%.*s\" was cancelled", STR_ARG(r->name)),
                    r->changed);
    if (r->timed_out) return timed_out(r, a, "to finish within", r->plan->timeout);
    if (r->tasks_timed_out && (r->dag == r->n || !r->finally_left))
        return timed_out(r, a, "due to tasks failed to finish within", r->plan->timeout_tasks);
    if (!c.incomplete) return when_done(r, a, &c);
    const char *reason = "Running";
    if (r->tasks_timed_out && r->finally_left)
        reason = "PipelineRunTimeoutRunningFinally";
    else if (r->cancel == SEQ_CANCELLED_RUN_FINALLY)
        reason = "CancelledRunningFinally";
    else if (r->cancel == SEQ_STOPPED_RUN_FINALLY)
        reason = "StoppedRunningFinally";
    else if (c.cancelled || (c.failed && !r->finally_left))
        reason = "PipelineRunStopping";
    uint32_t completed = c.succeeded + c.failed + c.cancelled + c.ignored;
    return make(SEQ_UNKNOWN, reason,
                str_fmt(a, "Tasks Completed: %u (Failed: %u, Cancelled %u), Incomplete: %u, Skipped: %u", completed,
                        c.failed, c.cancelled, c.incomplete, c.skipped),
                r->changed);
}

seq_condition child_condition(const seq_child *c) {
    const seq_attempt *x = child_now(c);
    if (!x)
        return make(SEQ_UNKNOWN, "Started", S("Not all Steps in the Task have finished executing"), c->task->decided);
    if (c->state == CHILD_TO_CREATE) return make(SEQ_UNKNOWN, "ToBeRetried", x->message, x->end);
    if (x->ended) return (seq_condition){x->ok ? SEQ_TRUE : SEQ_FALSE, x->reason, x->message, x->end};
    if (x->live_reason.n) return (seq_condition){SEQ_UNKNOWN, x->live_reason, x->live_message, x->start};
    return make(SEQ_UNKNOWN, "Started", S(""), x->start);
}

seq_condition run_condition(const seq *s, const seq_run *r, arena *a) {
    if (r->done) return r->condition;
    if (!r->begun && !r->parent && s->pending) {
        const char *kind = r->plan->pipeline ? "PipelineRun" : "TaskRun";
        return (seq_condition){SEQ_UNKNOWN, str_fmt(a, "%sPending", kind),
                               str_fmt(a, "%s \"%.*s\" is pending", kind, STR_ARG(r->name)), 0};
    }
    if (!r->begun) return make(SEQ_UNKNOWN, "Started", S(""), 0);
    if (r->plan->pipeline) return pipeline_condition(r, a);
    if (r->failing) return (seq_condition){SEQ_FALSE, r->fail_reason, r->fail_message, r->changed};
    const seq_task *t = r->tasks;
    if (t->decision == STARTED && t->count) return child_condition(&t->children[0]);
    if (r->cancel)
        return make(SEQ_FALSE, "TaskRunCancelled", str_fmt(a, "TaskRun \"%.*s\" was cancelled.", STR_ARG(r->name)),
                    r->changed);
    return make(SEQ_UNKNOWN, "Started", S(""), r->start);
}

/* --- results of a run
 * ------------------------------------------------------------------------------------------------- */

typedef struct checking {
    const seq *s;
    const seq_run *r;
    bool any, left_out, wrong; /* a result is referred to; its task did not succeed; it is not there */
} checking;

/* The task and result of "tasks.T.results.R" or "finally.T.results.R". */
static const seq_task *result_of(const checking *c, str ref, str *name) {
    uint32_t dot;
    str path = c->r->plan->path;
    if (path.n && str_starts(ref, path)) ref = str_from(ref, path.n);
    if (str_starts(ref, S("tasks.")))
        ref = str_from(ref, 6);
    else if (str_starts(ref, S("finally.")))
        ref = str_from(ref, 8);
    else
        return NULL;
    if (!str_find(ref, S("."), &dot) || !str_starts(str_from(ref, dot), S(".results."))) return NULL;
    *name = str_from(ref, dot + 9);
    return map_get(&c->r->by_name, str_cut(ref, 0, dot));
}

static void check(void *ctx, str ref) {
    checking *c = ctx;
    str name;
    const seq_task *t = result_of(c, ref, &name);
    if (!t) return;
    c->any = true;
    if (task_result(c->s, t, name)) return;
    if (t->done && t->ok)
        c->wrong = true;
    else
        c->left_out = true;
}

const ynode *run_results(const seq *s, const seq_run *r, arena *a, str *problem) {
    ynode *all = ynode_map(a, NULL);
    strbuf wrong = {.a = a};
    plan_filling f = seq_filling(s, a);
    for (uint32_t i = 0; i < r->plan->results.n; i++) {
        const plan_result *p = &r->plan->results.v[i];
        checking c = {.s = s, .r = r};
        if (p->value.tree) value_refs(p->value.tree, check, &c);
        for (uint32_t k = 0; k < p->value.n; k++) value_refs(p->value.values[k], check, &c);
        if (!c.any || (c.left_out && !c.wrong)) continue;
        str missing = STR_NONE;
        const ynode *v = c.wrong ? NULL : plan_eval(&f, r->plan, &p->value, &missing);
        if (v)
            ynode_put(a, all, p->name, v);
        else
            strbuf_addf(&wrong, "%s%.*s", wrong.n ? " " : "", STR_ARG(p->name));
    }
    if (wrong.n)
        *problem = str_fmt(a,
                           "Failed to get PipelineResult from TaskRun Results for PipelineRun %.*s: invalid "
                           "pipelineresults [%.*s], the referenced results don't exist",
                           STR_ARG(r->name), STR_ARG(strbuf_str(&wrong)));
    if (r->plan->pipeline) return all->n ? all : NULL;
    const seq_attempt *x = r->tasks[0].count ? child_now(&r->tasks[0].children[0]) : NULL;
    return x ? x->results : NULL;
}
