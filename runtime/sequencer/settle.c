/* What to do next: what the state allows is decided, written down, and done. */
#include "base/emit.h"
#include "runtime/sequencer/inner.h"
#include "runtime/sequencer/record.h"
#include <assert.h>

/* --- entries and actions
 * ------------------------------------------------------------------------------------------------ */

void seq_decide(seq *s, ynode *e, bool lazy) {
    str problem = STR_NONE;
    entry_moment(s->scratch, e, "at", s->now);
    bool ok = entry_apply(s, e, &problem);
    assert(ok);
    (void)ok;
    if (!lazy) s->urgent = true;
    strbuf_add(&s->lines, emit_json_str(s->scratch, e, false));
    strbuf_addc(&s->lines, '\n');
    if (s->lines.n >= RECORD_LINE_MAX) seq_flush(s);
}

seq_action *seq_do(seq *s, seq_action_kind kind) {
    seq_action *x = vec_add(s->scratch, &s->effects);
    x->kind = kind;
    return x;
}

void seq_flush(seq *s) {
    if (s->lines.n) {
        seq_action *w = vec_add(s->out->a, &s->out->list);
        *w = (seq_action){.kind = SEQ_WRITE, .lines = str_dup(s->out->a, strbuf_str(&s->lines)), .lazy = !s->urgent};
    }
    for (uint32_t i = 0; i < s->effects.n; i++) vec_push(s->out->a, &s->out->list, s->effects.v[i]);
    s->effects.n = 0;
    s->lines.n = 0;
    s->urgent = false;
}

static str told(seq *s, str text) { return text.n ? str_dup(s->out->a, text) : STR_NONE; }

/* --- Pods
 * --------------------------------------------------------------------------------------------------------------- */

static void ask_for_pod(seq *s, seq_child *c) {
    seq_attempt *x = child_now(c);
    plan_attempt at = seq_plan_attempt(c, c->attempt_count - 1);
    x->asked = true;
    c->ask_again = 0;
    seq_action *do_ = seq_do(s, SEQ_CREATE_POD);
    do_->child = c->id;
    do_->attempt = c->attempt_count - 1;
    do_->file = told(s, at.unit->pod);
    do_->name = told(s, x->pod);
}

static void decide_pod(seq *s, seq_child *c, uint32_t attempt) {
    arena *a = s->scratch;
    plan_filling f = seq_filling(s, a);
    plan_attempt at = seq_plan_attempt(c, attempt);
    ynode *e = entry_of_child(a, "pod", c, attempt);
    ynode_put_str(a, e, S("pod"), plan_pod_name(&f, &at));
    seq_decide(s, e, false);
}

static void create(seq *s, seq_child *c) {
    seq_attempt *x = child_now(c);
    if (c->state == CHILD_TO_CREATE && !c->task->plan->units.n) {
        const char *what = c->task->plan->custom
                               ? "custom tasks are not run by tektonc: their own controller would have to"
                               : "the plan has no Pod for it";
        ynode *e = outcome_failed(s, c, c->attempt_count, "CreateRunFailed",
                                  str_fmt(s->scratch, "%.*s: %s", STR_ARG(c->name), what), false);
        ynode_put(s->scratch, e, S("final"), ynode_bool(true));
        seq_decide(s, e, false);
    } else if (c->state == CHILD_TO_CREATE) {
        decide_pod(s, c, c->attempt_count);
        ask_for_pod(s, c);
    } else if (c->state == CHILD_CREATING && !x->seen && !x->asked && !x->judged) {
        /* Waiting for quota does not count as time of the attempt, so that is written anew. */
        if (c->ask_again) decide_pod(s, c, c->attempt_count - 1);
        ask_for_pod(s, c);
    }
}

void attempt_effects(seq *s, const pod_key *key) {
    seq_attempt *x = &key->child->attempts[key->attempt];
    bool over = x->gone || x->phase == POD_SUCCEEDED || x->phase == POD_FAILED;
    if (over || x->deleting || (!x->seen && !x->asked)) return;
    seq_action *do_ = NULL;
    if (x->ended && x->kill) {
        if (!x->delete_asked) do_ = seq_do(s, SEQ_DELETE_POD);
        x->delete_asked = true;
    } else if (x->ended) {
        if (!x->stop_asked && x->phase == POD_RUNNING && x->others_running)
            do_ = seq_do(s, SEQ_STOP_SIDECARS), x->stop_asked = true;
    } else if (x->wants_ready && !x->ready_asked) {
        do_ = seq_do(s, SEQ_ANNOTATE);
        do_->key = S(SEQ_ANNOTATION_READY);
        do_->value = S(SEQ_READY);
        x->ready_asked = true;
    }
    if (!do_) return;
    do_->name = told(s, x->pod);
    do_->uid = told(s, x->uid);
}

/* --- runs
 * --------------------------------------------------------------------------------------------------------------- */

static void ask_for_claims(seq *s, seq_run *r) {
    r->claims_asked = true;
    plan_filling f = seq_filling(s, s->out->a);
    for (uint32_t i = 0; i < r->plan->claims.n; i++) {
        const plan_claim *claim = &r->plan->claims.v[i];
        str name = plan_claim_name(&f, claim);
        ynode *object = ynode_map(f.a, NULL), *meta = ynode_map(f.a, NULL);
        const ynode *given = ynode_get(claim->template, S("metadata"));
        for (uint32_t k = 0; k < ynode_count(given); k++)
            ynode_put(f.a, meta, given->pairs[k].key, given->pairs[k].value);
        ynode_set(f.a, meta, S("name"), ynode_str(f.a, name, NULL));
        ynode_put_str(f.a, object, S("apiVersion"), S("v1"));
        ynode_put_str(f.a, object, S("kind"), S("PersistentVolumeClaim"));
        ynode_put(f.a, object, S("metadata"), meta);
        const ynode *spec = ynode_get(claim->template, S("spec"));
        if (spec) ynode_put(f.a, object, S("spec"), spec);
        seq_action *do_ = seq_do(s, SEQ_CREATE_CLAIM);
        do_->object = object;
        do_->name = name;
    }
}

static void finish(seq *s, seq_run *r) {
    arena *a = s->scratch;
    seq_condition end = run_condition(s, r, a);
    str problem = STR_NONE;
    const ynode *results = run_results(s, r, a, &problem);
    if (problem.n) end = (seq_condition){SEQ_FALSE, S("CouldntGetPipelineResult"), problem, s->now};
    ynode *e = entry_of_run(a, "done", r);
    ynode_put_str(a, e, S("status"), end.status == SEQ_TRUE ? S("True") : S("False"));
    ynode_put_str(a, e, S("reason"), end.reason);
    ynode_put_str(a, e, S("message"), end.message);
    if (results) ynode_put(a, e, S("results"), results);
    seq_decide(s, e, false);
}

static void look_after_run(seq *s, seq_run *r) {
    r->queued = false;
    if (!r->begun || r->done) return;
    if (run_must_end(r)) {
        run_end_early(s, r);
        return;
    }
    if (!r->claims_done && !r->claims_asked) ask_for_claims(s, r);
    if (r->tasks_timed_out && r->dag_left) run_cancel_section(s, r, false, true);
    if (r->cancel == SEQ_CANCELLED_RUN_FINALLY && r->dag_left) run_cancel_section(s, r, false, false);
    if (r->finally_timed_out && r->finally_left) run_cancel_section(s, r, true, true);
    if (!r->dag_left && r->dag < r->n && !r->finally_begun)
        seq_decide(s, entry_of_run(s->scratch, "finally", r), false);
    if (!r->dag_left && !r->finally_left) finish(s, r);
}

/* --- tasks that are ready
 * ------------------------------------------------------------------------------------------------ */

typedef struct starting {
    seq_task *task;
    uint32_t count;
} starting;

static void refuse(seq *s, map *by_run, seq_task *t, str why) {
    str path = t->run->plan->path.n ? t->run->plan->path : S("");
    ynode *list = map_get(by_run, path);
    if (!list) map_put(by_run, path, list = ynode_seq(s->scratch, NULL));
    ynode *one = ynode_map(s->scratch, NULL);
    ynode_put_str(s->scratch, one, S("t"), t->plan->name);
    ynode_put_str(s->scratch, one, S("why"), why);
    ynode_push(s->scratch, list, one);
}

static bool may_start(const seq_task *t) { return t->decision == UNDECIDED && !t->run->done && !run_must_end(t->run); }

/* All that are ready are judged before any starts: one that can't get its results stops the others, as in Tekton. */
static void start_ready(seq *s) {
    arena *a = s->scratch;
    VEC(starting) go = {0};
    map invalid = map_new(a);
    for (uint32_t i = 0; i < s->ready.n; i++) {
        seq_task *t = s->ready.v[i];
        t->queued = false;
        if (!may_start(t) || (!t->run->claims_done && !t->run->tasks_timed_out)) continue;
        verdict v = task_judge(s, t);
        ynode *e;
        switch (v.kind) {
        case VERDICT_GO: vec_push(a, &go, ((starting){t, v.count})); break;
        case VERDICT_INVALID: refuse(s, &invalid, t, v.message); break;
        case VERDICT_SKIP:
            e = entry_of_task(a, "skip", t);
            ynode_put_str(a, e, S("why"), skip_text(v.skip));
            seq_decide(s, e, false);
            break;
        case VERDICT_FAIL:
            e = entry_of_run(a, "fail", t->run);
            ynode_put_str(a, e, S("reason"), v.reason);
            ynode_put_str(a, e, S("message"), v.message);
            seq_decide(s, e, false);
            break;
        }
    }
    s->ready.n = 0;
    for (uint32_t i = 0; i < invalid.n; i++) {
        seq_run *r = map_get(&s->runs, invalid.entries[i].key);
        ynode *e = entry_of_run(a, "invalid", r);
        ynode_put(a, e, S("tasks"), invalid.entries[i].value);
        if (!r->done && !run_must_end(r)) seq_decide(s, e, false);
    }
    for (uint32_t i = 0; i < go.n; i++) {
        if (!may_start(go.v[i].task)) continue;
        ynode *e = entry_of_task(a, "task", go.v[i].task);
        ynode_put(a, e, S("n"), ynode_int(a, go.v[i].count));
        seq_decide(s, e, false);
    }
}

/* What ends comes before what begins. */
static void look_after_pods(seq *s) {
    for (uint32_t i = 0; i < s->touched.n; i++) attempt_effects(s, &s->touched.v[i]);
    s->touched.n = 0;
}

enum { CREATES_AT_ONCE = 64 };

void seq_settle(seq *s) {
    uint32_t left = CREATES_AT_ONCE;
    while (!s->ended) {
        look_after_pods(s);
        if (s->dirty.n) {
            look_after_run(s, s->dirty.v[--s->dirty.n]);
        } else if (s->ready.n) {
            start_ready(s);
        } else if (s->creates_begun < s->creates.n && left) {
            /* In order: creating decides nothing that a task waits for, but for what can't be created. Not all at once:
             * what comes in meanwhile would be kept until they are done. */
            create(s, s->creates.v[s->creates_begun++]);
            left--;
            if (s->creates_begun == s->creates.n) s->creates.n = s->creates_begun = 0;
        } else {
            break;
        }
    }
    look_after_pods(s);
}
