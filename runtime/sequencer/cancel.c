/* Ends before time: cancellation, timeouts, runs that can't go on (facts: runtime.md 9.3, 10.8, 10.9). */
#include "grammar/duration.h"
#include "runtime/sequencer/inner.h"

bool seq_cancel_parse(str text, seq_cancel *out) {
    static const struct {
        const char *text;
        seq_cancel how;
    } ways[] = {{"Cancelled", SEQ_CANCELLED},
                {"CancelledRunFinally", SEQ_CANCELLED_RUN_FINALLY},
                {"StoppedRunFinally", SEQ_STOPPED_RUN_FINALLY},
                {"TaskRunCancelled", SEQ_CANCELLED}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (str_eq(text, str_z(ways[i].text))) return *out = ways[i].how, true;
    return false;
}

bool run_must_end(const seq_run *r) {
    return r->failing || r->timed_out || r->cancel == SEQ_CANCELLED || (r->tasks_timed_out && r->dag == r->n);
}

static void cancel_child(seq *s, seq_child *c, bool by_timeout) {
    arena *a = s->scratch;
    bool made = c->state == CHILD_CREATING || c->state == CHILD_CREATED;
    uint32_t attempt = made ? c->attempt_count - 1 : c->attempt_count;
    str message_ = str_fmt(a, "TaskRun \"%.*s\" was cancelled.", STR_ARG(c->name));
    if (c->task->run->plan->pipeline)
        message_ = str_fmt(a, "%.*s TaskRun cancelled as the PipelineRun it belongs to has %s.", STR_ARG(message_),
                           by_timeout ? "timed out" : "been cancelled");
    ynode *e = outcome_failed(s, c, attempt, "TaskRunCancelled", message_, made);
    ynode_put_str(a, e, S("by"), by_timeout ? S("timeout") : S("cancel"));
    seq_decide(s, e, false);
}

static void fail_run(seq *s, seq_run *r, const char *reason, str message_) {
    ynode *e = entry_of_run(s->scratch, "fail", r);
    ynode_put_str(s->scratch, e, S("reason"), str_z(reason));
    ynode_put_str(s->scratch, e, S("message"), message_);
    seq_decide(s, e, false);
}

void run_cancel_section(seq *s, seq_run *r, bool finally, bool by_timeout) {
    for (uint32_t i = finally ? r->dag : 0; i < (finally ? r->n : r->dag); i++) {
        seq_task *t = &r->tasks[i];
        if (t->decision != STARTED || t->done) continue;
        if (t->pipeline) {
            if (!t->pipeline->failing)
                fail_run(s, t->pipeline, "Cancelled",
                         str_fmt(s->scratch, "PipelineRun \"%.*s\" was cancelled", STR_ARG(t->pipeline->name)));
            if (!t->pipeline->done) run_end_early(s, t->pipeline);
        }
        for (uint32_t k = 0; t->children && k < t->count; k++)
            if (t->children[k].state != CHILD_ENDED) cancel_child(s, &t->children[k], by_timeout);
    }
}

void run_end_early(seq *s, seq_run *r) {
    bool late = r->timed_out || r->tasks_timed_out;
    run_cancel_section(s, r, false, late);
    run_cancel_section(s, r, true, late);
    arena *a = s->scratch;
    seq_condition end = run_condition(s, r, a);
    ynode *e = entry_of_run(a, "done", r);
    str problem = STR_NONE;
    ynode_put_str(a, e, S("status"), S("False"));
    ynode_put_str(a, e, S("reason"), end.reason);
    ynode_put_str(a, e, S("message"), end.message);
    if (late && !r->failing && r->cancel != SEQ_CANCELLED) {
        const ynode *results = run_results(s, r, a, &problem);
        if (results) ynode_put(a, e, S("results"), results);
    }
    seq_decide(s, e, false);
}

static void time_out_run(seq *s, seq_run *r, const char *what) {
    ynode *e = entry_of_run(s->scratch, "timeout", r);
    ynode_put_str(s->scratch, e, S("what"), str_z(what));
    seq_decide(s, e, false);
}

static void time_out_attempt(seq *s, seq_child *c) {
    arena *a = s->scratch;
    const seq_attempt *x = child_now(c);
    str message_ = str_fmt(a, "TaskRun \"%.*s\" failed to finish within \"%.*s\"", STR_ARG(c->name),
                           STR_ARG(duration_format(a, c->task->plan->timeout)));
    bool telling = x->live_reason.n && !str_eq(x->live_reason, S("Running")) && !str_eq(x->live_reason, S("Started"));
    if (telling && x->live_message.n)
        message_ = str_fmt(a, "%.*s\nPrevious status: [%.*s] %.*s", STR_ARG(message_), STR_ARG(x->live_reason),
                           STR_ARG(x->live_message));
    seq_decide(s, outcome_failed(s, c, c->attempt_count - 1, "TaskRunTimeout", message_, true), false);
}

void seq_timer_rings(seq *s, const seq_timer *t) {
    switch (t->kind) {
    case TIMER_PIPELINE: time_out_run(s, t->of, "pipeline"); break;
    case TIMER_TASKS: time_out_run(s, t->of, "tasks"); break;
    case TIMER_FINALLY: time_out_run(s, t->of, "finally"); break;
    case TIMER_ATTEMPT: time_out_attempt(s, t->of); break;
    case TIMER_ASK: {
        seq_child *c = t->of;
        vec_push(s->a, &s->creates, c);
        break;
    }
    }
}
