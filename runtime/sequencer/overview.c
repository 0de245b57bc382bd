#include "runtime/sequencer/overview.h"
#include "runtime/sequencer/inner.h"

/* All steps are containers that run; the one whose turn it is comes first among those that have not ended. */
static str step_now(const seq_attempt *x) {
    for (uint32_t i = 0; i < x->n; i++) {
        const seq_container *c = &x->steps[i];
        if (c->init || c->sidecar || !str_starts(c->name, S("step-"))) continue;
        if (c->state == CONTAINER_RUNNING) return str_from(c->name, 5);
        if (c->state == CONTAINER_WAITING) break;
    }
    return STR_NONE;
}

static void add_child(const seq_child *c, seq_task_row *row) {
    const seq_attempt *x = child_now(c);
    if (c->state == CHILD_ENDED) row->runs_done++;
    if (!c->attempt_count) return;
    int64_t start = c->attempts[0].start;
    if (start && (!row->started || start < row->started)) row->started = start;
    if (x->end > row->ended) row->ended = x->end;
    if (c->attempt_count - 1 > row->attempt) row->attempt = c->attempt_count - 1;
    if (c->state == CHILD_ENDED) {
        if (c->ok || row->reason.n) return;
        row->reason = x->reason;
        row->message = x->message;
        return;
    }
    if (!row->step.n) row->step = step_now(x);
    if (!row->step.n && !row->message.n) row->reason = x->live_reason, row->message = x->live_message;
}

static seq_task_state state_of(const seq_task *t) {
    bool cancelled = false;
    switch (t->decision) {
    case UNDECIDED: return SEQ_TASK_WAITING;
    case SKIPPED: return SEQ_TASK_SKIPPED;
    case INVALID: return SEQ_TASK_FAILED;
    case STARTED: break;
    }
    if (!t->done) return SEQ_TASK_RUNNING;
    for (uint32_t i = 0; t->children && i < t->count; i++) cancelled |= t->children[i].cancelled || t->children[i].by_timeout;
    return t->ok ? SEQ_TASK_SUCCEEDED : cancelled ? SEQ_TASK_CANCELLED : t->plan->continues ? SEQ_TASK_IGNORED : SEQ_TASK_FAILED;
}

static void add_run(const seq_run *r, arena *a, seq_task_rows *out) {
    for (uint32_t i = 0; i < r->n; i++) {
        const seq_task *t = &r->tasks[i];
        seq_task_row row = {.path = task_path(t, a), .state = state_of(t), .finally = task_finally(t), .pipeline = t->pipeline != NULL, .retries = t->plan->retries};
        for (uint32_t k = 0; t->children && k < t->count; k++) add_child(&t->children[k], &row);
        row.runs = t->children ? t->count : 0;
        if (t->decision == SKIPPED) row.reason = skip_text(t->skip);
        if (t->decision == INVALID) row.reason = S("TaskRunValidationFailed"), row.message = t->invalid;
        if (t->pipeline) row.started = t->pipeline->start, row.ended = t->pipeline->end, row.reason = t->pipeline->condition.reason;
        if (row.state == SEQ_TASK_RUNNING) row.ended = 0;
        vec_push(a, out, row);
        if (t->pipeline && t->decision == STARTED) add_run(t->pipeline, a, out);
    }
}

void seq_overview(const seq *s, arena *a, seq_task_rows *out) { add_run(s->root, a, out); }
