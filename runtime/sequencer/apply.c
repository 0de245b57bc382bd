/* Entries of the record to state: the one place where what was decided changes. */
#include "runtime/sequencer/inner.h"
#include "runtime/sequencer/record.h"

void run_dirty(seq *s, seq_run *r) {
    if (r->queued) return;
    r->queued = true;
    vec_push(s->a, &s->dirty, r);
}

static void task_ready(seq *s, seq_task *t) {
    if (t->queued || t->decision != UNDECIDED || !t->run->begun) return;
    t->queued = true;
    vec_push(s->a, &s->ready, t);
}

/* --- tasks that are done -------------------------------------------------------------------------------------------
 */

/* Nothing new is started: every task that is not decided counts as skipped. */
static void sweep(seq *s, seq_run *r) {
    for (uint32_t i = 0; i < r->dag; i++) {
        seq_task *t = &r->tasks[i];
        if (t->decision != UNDECIDED) continue;
        t->decision = SKIPPED;
        t->skip = SKIP_STOPPING;
        t->done = true;
        r->skipped++;
        r->dag_left--;
    }
    run_dirty(s, r);
}

static void task_done(seq *s, seq_task *t) {
    seq_run *r = t->run;
    t->done = true;
    r->changed = s->now;
    if (task_finally(t)) {
        r->finally_left--;
        run_dirty(s, r);
        return;
    }
    r->dag_left--;
    for (uint32_t i = 0; i < t->dependent_count; i++)
        if (--t->dependents[i]->waiting == 0) task_ready(s, t->dependents[i]);
    run_dirty(s, r);
}

/* All TaskRuns of a task have ended, or its child run has. Counted by Tekton's order: facts runtime.md 10.6. */
static void task_ran(seq *s, seq_task *t) {
    seq_run *r = t->run;
    bool cancelled = false, by_timeout = false;
    for (uint32_t i = 0; t->children && i < t->count; i++) {
        const seq_child *c = &t->children[i];
        t->failed |= !c->ok;
        cancelled |= c->cancelled;
        by_timeout |= c->by_timeout;
    }
    if (t->pipeline) t->failed = t->pipeline->condition.status != SEQ_TRUE;
    t->ok = !t->failed;
    r->running--;
    if (t->ok)
        r->succeeded++;
    else if (by_timeout)
        r->failures++;
    else if (cancelled)
        r->cancelled++;
    else if (t->plan->continues)
        r->ignored++;
    else
        r->failures++;
    task_done(s, t);
    if (!t->failed || t->plan->continues || task_finally(t) || r->failed || run_must_end(r)) return;
    r->failed = true;
    sweep(s, r);
}

/* --- runs ----------------------------------------------------------------------------------------------------------
 */

static void roots(seq *s, seq_run *r) {
    for (uint32_t i = 0; i < r->dag; i++)
        if (!r->tasks[i].waiting) task_ready(s, &r->tasks[i]);
}

static void run_begin(seq *s, seq_run *r, int64_t at) {
    r->begun = true;
    r->start = r->changed = at;
    r->claims_done = r->claims_left == 0;
    if (r->plan->timeout > 0) timer_add(s, at + r->plan->timeout, TIMER_PIPELINE, r, 0);
    if (r->plan->timeout_tasks > 0) timer_add(s, at + r->plan->timeout_tasks, TIMER_TASKS, r, 0);
    run_dirty(s, r);
    if (r->claims_done) roots(s, r);
}

static bool fail(str *problem, const char *what) {
    *problem = str_z(what);
    return false;
}

static bool apply_start(seq *s, const ynode *e, str *problem) {
    if (s->begun) return fail(problem, "the record begins twice");
    if (entry_number(e, S("version")) != RECORD_VERSION) return fail(problem, "the record is of another version");
    if (!str_eq(ynode_get_text(e, S("plan")), s->plan->name)) return fail(problem, "the record is of another plan");
    if (!str_eq(ynode_get_text(e, S("uid")), s->id.uid)) return fail(problem, "the record is of another run");
    s->begun = true;
    run_begin(s, s->root, s->now);
    return true;
}

static bool apply_claims(seq *s, const ynode *e, str *problem) {
    seq_run *r = entry_run(s, e);
    if (!r || !r->begun) return fail(problem, "claims of a run that has not begun");
    r->claims_done = true;
    r->claims_left = 0;
    roots(s, r);
    return true;
}

static bool apply_finally(seq *s, const ynode *e, str *problem) {
    seq_run *r = entry_run(s, e);
    if (!r || !r->begun || r->dag_left || r->finally_begun)
        return fail(problem, "finally tasks begin while others run");
    r->finally_begun = true;
    r->finally_start = r->changed = s->now;
    if (r->plan->timeout_finally > 0) timer_add(s, s->now + r->plan->timeout_finally, TIMER_FINALLY, r, 0);
    for (uint32_t i = r->dag; i < r->n; i++) task_ready(s, &r->tasks[i]);
    return true;
}

static bool apply_cancel(seq *s, const ynode *e, str *problem) {
    seq_cancel how;
    if (!seq_cancel_parse(ynode_get_text(e, S("how")), &how)) return fail(problem, "an unknown way to cancel");
    s->root->cancel = how;
    s->root->changed = s->now;
    if (how != SEQ_CANCELLED) sweep(s, s->root);
    run_dirty(s, s->root);
    return true;
}

static bool apply_timeout(seq *s, const ynode *e, str *problem) {
    seq_run *r = entry_run(s, e);
    str what = ynode_get_text(e, S("what"));
    if (!r || !r->begun) return fail(problem, "a timeout of a run that has not begun");
    if (str_eq(what, S("pipeline")))
        r->timed_out = true;
    else if (str_eq(what, S("tasks")))
        r->tasks_timed_out = true;
    else if (str_eq(what, S("finally")))
        r->finally_timed_out = true;
    else
        return fail(problem, "an unknown timeout");
    r->changed = s->now;
    if (r->tasks_timed_out && !r->claims_done) roots(s, r);
    run_dirty(s, r);
    return true;
}

static bool apply_fail(seq *s, const ynode *e, str *problem) {
    seq_run *r = entry_run(s, e);
    if (!r || !r->begun) return fail(problem, "the failure of a run that has not begun");
    r->failing = true;
    r->fail_reason = seq_intern(s, ynode_get_text(e, S("reason")));
    r->fail_message = str_dup(s->a, ynode_get_text(e, S("message")));
    run_dirty(s, r);
    return true;
}

static const ynode *copy_results(arena *a, const ynode *from) {
    if (!ynode_count(from)) return NULL;
    ynode *to = ynode_map(a, NULL);
    for (uint32_t i = 0; i < from->n; i++) {
        const ynode *v = from->pairs[i].value;
        ynode *copy = v->kind == Y_SEQ ? ynode_seq(a, NULL) : v->kind == Y_MAP ? ynode_map(a, NULL) : NULL;
        if (v->kind == Y_SEQ)
            for (uint32_t k = 0; k < v->n; k++)
                ynode_push(a, copy, ynode_str(a, str_dup(a, ynode_text(v->items[k])), NULL));
        if (v->kind == Y_MAP)
            for (uint32_t k = 0; k < v->n; k++)
                ynode_put_str(a, copy, str_dup(a, v->pairs[k].key), str_dup(a, ynode_text(v->pairs[k].value)));
        ynode_put(a, to, str_dup(a, from->pairs[i].key), copy ? copy : ynode_str(a, str_dup(a, ynode_text(v)), NULL));
    }
    return to;
}

static bool apply_done(seq *s, const ynode *e, str *problem) {
    seq_run *r = entry_run(s, e);
    if (!r || r->done) return fail(problem, "a run ends twice");
    r->done = true;
    r->end = r->changed = s->now;
    r->condition = (seq_condition){str_eq(ynode_get_text(e, S("status")), S("True")) ? SEQ_TRUE : SEQ_FALSE,
                                   seq_intern(s, ynode_get_text(e, S("reason"))),
                                   str_dup(s->a, ynode_get_text(e, S("message"))), s->now};
    r->results = copy_results(s->a, ynode_get(e, S("results")));
    if (!r->owner)
        s->ended = true;
    else if (!r->owner->done)
        task_ran(s, r->owner);
    return true;
}

/* --- decisions on tasks ----------------------------------------------------------------------------------------------
 */

static bool apply_task(seq *s, const ynode *e, str *problem) {
    seq_task *t = entry_task(s, ynode_get_text(e, S("t")));
    if (!t || t->decision != UNDECIDED) return fail(problem, "a task starts twice");
    t->decision = STARTED;
    t->run->running++;
    t->decided = t->run->changed = s->now;
    task_children(s, t, entry_number(e, S("n")));
    if (t->pipeline) run_begin(s, t->pipeline, s->now);
    return true;
}

static bool apply_skip(seq *s, const ynode *e, str *problem) {
    seq_task *t = entry_task(s, ynode_get_text(e, S("t")));
    if (!t || t->decision != UNDECIDED) return fail(problem, "a task is skipped that was decided before");
    t->decision = SKIPPED;
    t->skip = skip_of(ynode_get_text(e, S("why")));
    bool late = t->skip == SKIP_TIMEOUT || t->skip == SKIP_TASKS_TIMEOUT || t->skip == SKIP_FINALLY_TIMEOUT;
    if (task_finally(t))
        t->run->finally_skipped++, t->run->finally_skipped_late += late;
    else
        t->run->skipped++, t->run->skipped_late += late;
    task_done(s, t);
    return true;
}

static bool apply_invalid(seq *s, const ynode *e, str *problem) {
    seq_run *r = entry_run(s, e);
    if (!r) return fail(problem, "an unknown run");
    YNODE_EACH(i, one, ynode_get(e, S("tasks"))) {
        seq_task *t = map_get(&r->by_name, ynode_get_text(one, S("t")));
        if (!t || t->decision != UNDECIDED) return fail(problem, "a task is refused that was decided before");
        t->decision = INVALID;
        t->invalid = str_dup(s->a, ynode_get_text(one, S("why")));
        r->invalid++;
        r->refused |= !t->plan->continues;
        task_done(s, t);
    }
    if (r->refused) sweep(s, r);
    return true;
}

/* --- attempts -------------------------------------------------------------------------------------------------------
 */

static seq_attempt *new_attempt(seq *s, seq_child *c) {
    if (c->attempt_count == c->attempt_room) {
        uint32_t room = c->attempt_room ? c->attempt_room * 2 : 1;
        seq_attempt *more = ARENA_ARRAY(s->a, seq_attempt, room);
        if (c->attempt_count) memcpy(more, c->attempts, c->attempt_count * sizeof *more);
        c->attempts = more;
        c->attempt_room = room;
    }
    return &c->attempts[c->attempt_count++];
}

static bool apply_pod(seq *s, const ynode *e, str *problem) {
    uint32_t attempt;
    seq_child *c = entry_child(s, e, &attempt);
    if (!c || c->state == CHILD_ENDED || c->state == CHILD_CREATED ||
        attempt + (c->state == CHILD_CREATING) != c->attempt_count)
        return fail(problem, "a Pod is made out of turn");
    if (c->state == CHILD_TO_CREATE) {
        seq_attempt *x = new_attempt(s, c);
        x->pod = str_dup(s->a, ynode_get_text(e, S("pod")));
        pod_key *key = ARENA_NEW(s->a, pod_key);
        *key = (pod_key){c, attempt};
        map_put(&s->pods, x->pod, key);
    }
    c->state = CHILD_CREATING;
    child_now(c)->start = s->now;
    if (c->task->plan->timeout > 0) timer_add(s, s->now + c->task->plan->timeout, TIMER_ATTEMPT, c, attempt);
    return true;
}

static bool apply_uid(seq *s, const ynode *e, str *problem) {
    uint32_t attempt;
    seq_child *c = entry_child(s, e, &attempt);
    if (!c || attempt >= c->attempt_count) return fail(problem, "the uid of a Pod that was not made");
    c->attempts[attempt].uid = str_dup(s->a, ynode_get_text(e, S("uid")));
    if (c->state == CHILD_CREATING) c->state = CHILD_CREATED;
    return true;
}

static void copy_containers(seq *s, const ynode *e, seq_attempt *x) {
    const ynode *list = ynode_get(e, S("containers"));
    x->n = ynode_count(list);
    x->steps = ARENA_ARRAY(s->a, seq_container, x->n + 1);
    YNODE_EACH(i, one, list) {
        str message_ = ynode_get_text(one, S("message"));
        x->steps[i] = (seq_container){
            .name = seq_intern(s, ynode_get_text(one, S("name"))),
            .image_id = seq_intern(s, ynode_get_text(one, S("imageID"))),
            .reason = seq_intern(s, ynode_get_text(one, S("reason"))),
            .termination = seq_intern(s, ynode_get_text(one, S("termination"))),
            .message = message_.n ? str_dup(s->a, message_) : STR_NONE,
            .state = CONTAINER_TERMINATED,
            .sidecar = ynode_true(ynode_get(one, S("sidecar"))),
            .exit_code = (int32_t)entry_number(one, S("exit")),
            .started = entry_time(one, S("started")),
            .finished = entry_time(one, S("finished")),
            .results = copy_results(s->a, ynode_get(one, S("results"))),
        };
        if (ynode_true(ynode_get(one, S("running")))) x->steps[i].state = CONTAINER_RUNNING;
    }
}

static bool apply_end(seq *s, const ynode *e, str *problem) {
    uint32_t attempt;
    seq_child *c = entry_child(s, e, &attempt);
    if (!c || c->state == CHILD_ENDED || attempt + 1 < c->attempt_count) return fail(problem, "an attempt ends twice");
    if (attempt == c->attempt_count) { /* it ends before its Pod was to be made */
        seq_attempt *made = new_attempt(s, c);
        made->start = c->state == CHILD_TO_CREATE && attempt == 0 ? c->task->decided : s->now;
    }
    seq_attempt *x = child_now(c);
    if (x->ended) return fail(problem, "an attempt ends twice");
    x->ended = true;
    x->end = s->now;
    x->ok = ynode_true(ynode_get(e, S("ok")));
    x->kill = ynode_true(ynode_get(e, S("kill")));
    x->reason = seq_intern(s, ynode_get_text(e, S("reason")));
    x->message = seq_intern(s, ynode_get_text(e, S("message")));
    x->results = copy_results(s->a, ynode_get(e, S("results")));
    copy_containers(s, e, x);
    str by = ynode_get_text(e, S("by"));
    c->cancelled = by.n > 0;
    c->by_timeout = str_eq(by, S("timeout"));
    vec_push(s->a, &s->touched, ((pod_key){c, attempt}));
    if (!x->ok && !c->cancelled && !ynode_true(ynode_get(e, S("final"))) &&
        c->attempt_count <= c->task->plan->retries) {
        c->state = CHILD_TO_CREATE;
        c->ask_again = 0;
        vec_push(s->a, &s->creates, c);
        return true;
    }
    c->state = CHILD_ENDED;
    c->ok = x->ok;
    if (--c->task->left == 0) task_ran(s, c->task);
    return true;
}

/* --------------------------------------------------------------------------------------------------------------------
 */

bool entry_apply(seq *s, const ynode *e, str *problem) {
    static const struct {
        const char *name;
        bool (*apply)(seq *, const ynode *, str *);
    } kinds[] = {
        {"start", apply_start},     {"claims", apply_claims}, {"task", apply_task},       {"skip", apply_skip},
        {"invalid", apply_invalid}, {"pod", apply_pod},       {"uid", apply_uid},         {"end", apply_end},
        {"finally", apply_finally}, {"cancel", apply_cancel}, {"timeout", apply_timeout}, {"fail", apply_fail},
        {"done", apply_done},
    };
    str kind = ynode_get_text(e, S("e"));
    int64_t at = entry_time(e, S("at"));
    if (at > s->now) s->now = at;
    s->version++;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(kind, str_z(kinds[i].name)))
            return s->begun || i == 0 ? kinds[i].apply(s, e, problem) : fail(problem, "the record has no beginning");
    return fail(problem, "an entry of an unknown kind");
}
