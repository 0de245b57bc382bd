#include "runtime/sequencer/sequencer.h"
#include "base/emit.h"
#include "base/json.h"
#include "runtime/sequencer/inner.h"
#include "runtime/sequencer/record.h"

#define SECOND 1000000000LL

seq *seq_new(arena *a, const struct plan *plan_, const seq_identity *id) {
    seq *s = ARENA_NEW(a, seq);
    *s = (seq){.a = a, .scratch = arena_new_small(), .plan = plan_, .fresh = true};
    s->runs = map_new(a);
    s->pods = map_new(a);
    s->texts = map_new(a);
    s->id = (seq_identity){str_dup(a, id->name), str_dup(a, id->uid), str_dup(a, id->namespace_),
                           str_dup(a, id->entrypoint_config_map)};
    s->root = model_build(s, &plan_->run, NULL, NULL);
    s->lines.a = s->scratch;
    return s;
}

void seq_free(seq *s) {
    if (s) arena_free(s->scratch);
}

/* --- the record
 * ------------------------------------------------------------------------------------------------------------ */

bool seq_replay(seq *s, str lines, str *problem) {
    while (lines.n) {
        uint32_t end = 0;
        while (end < lines.n && lines.p[end] != '\n') end++;
        const ynode *e = json_read(s->scratch, str_cut(lines, 0, end));
        if (!ynode_is(e, Y_MAP)) return *problem = S("a line of the record is no JSON object"), false;
        if (!entry_apply(s, e, problem)) return false;
        lines = str_from(lines, end + (end < lines.n));
        if (!lines.n || arena_bytes(s->scratch) > (1u << 20)) arena_reset(s->scratch);
    }
    return true;
}

/* --- events
 * ---------------------------------------------------------------------------------------------------------------- */

static void inbox(seq *s, ynode *e) { vec_push(s->scratch, &s->inbox, e); }

static void pod_vanished(seq *s, const pod_key *key) {
    seq_attempt *x = &key->child->attempts[key->attempt];
    x->gone = true;
    if (x->ended || x->judged) return;
    x->judged = true;
    inbox(s, outcome_failed(s, key->child, key->attempt, "PodDeleted",
                            str_fmt(s->scratch, "Pod \"%.*s\" was deleted before its steps had ended", STR_ARG(x->pod)),
                            false));
}

static void feed_pod(seq *s, const seq_pod *p) {
    const pod_key *key = map_get(&s->pods, p->name);
    if (!key || !str_eq(p->run_uid, s->id.uid)) return;
    seq_attempt *x = &key->child->attempts[key->attempt];
    if (x->uid.n && p->uid.n && !str_eq(x->uid, p->uid)) { /* ours was deleted; this one somebody else made */
        if (!x->gone) pod_vanished(s, key);
        return;
    }
    if (x->gone) return; /* an old report */
    if (!x->uid.n && p->uid.n && !x->ended && !x->judged) {
        ynode *e = entry_of_child(s->scratch, "uid", key->child, key->attempt);
        ynode_put_str(s->scratch, e, S("uid"), str_dup(s->scratch, p->uid));
        inbox(s, e);
        x->uid = str_dup(s->a, p->uid);
    }
    ynode *e = outcome_observe(s, key->child, key->attempt, p);
    vec_push(s->a, &s->touched, *key);
    if (!e) return;
    x->judged = true;
    /* It shares the Pod's texts, which the caller takes back. */
    inbox(s, ynode_copy(s->scratch,
                        json_read(s->scratch, emit_json_str(s->scratch, e, false)))); /* a copy can be added to */
}

static void feed_gone(seq *s, str name, str uid) {
    const pod_key *key = map_get(&s->pods, name);
    if (!key) return;
    const seq_attempt *x = &key->child->attempts[key->attempt];
    if (x->gone || (uid.n && x->uid.n && !str_eq(uid, x->uid))) return;
    if (x->seen || x->uid.n) pod_vanished(s, key);
}

/* Pods that have a uid or were seen, and are not in the list. Those just asked for may be too young for it. */
static void list_ends(seq *s) {
    for (uint32_t i = 0; i < s->pods.n; i++) {
        const pod_key *key = s->pods.entries[i].value;
        const seq_attempt *x = &key->child->attempts[key->attempt];
        if (!x->gone && x->list != s->lists && (x->seen || x->uid.n)) pod_vanished(s, key);
    }
}

static void refused(seq *s, const seq_event *e) {
    static const struct {
        int64_t again;
        const char *reason;
    } rows[] = {[SEQ_REFUSED_QUOTA] = {60 * SECOND, "ExceededResourceQuota"},
                [SEQ_REFUSED_BUSY] = {SECOND, "Pending"},
                [SEQ_REFUSED_ADMISSION] = {0, "PodAdmissionFailed"},
                [SEQ_REFUSED_INVALID] = {0, "PodCreationFailed"},
                [SEQ_REFUSED_FOREIGN] = {0, "PodCreationFailed"}};
    const pod_key *key = map_get(&s->pods, e->name);
    if (!key || key->attempt + 1 != key->child->attempt_count) return;
    seq_attempt *x = &key->child->attempts[key->attempt];
    if (x->ended || x->judged || x->seen || !x->asked) return;
    if (rows[e->refusal].again) {
        x->asked = false;
        x->live_reason = str_z(rows[e->refusal].reason);
        x->live_message =
            seq_intern(s, str_fmt(s->scratch, "TaskRun Pod exceeded available resources: %.*s", STR_ARG(e->message)));
        key->child->ask_again = s->now + rows[e->refusal].again;
        timer_add(s, key->child->ask_again, TIMER_ASK, key->child, key->attempt);
        s->version++;
        return;
    }
    x->judged = true;
    x->gone = true;
    str text = e->refusal == SEQ_REFUSED_FOREIGN ? S("a Pod of this name exists that is not of this run") : e->message;
    inbox(s, outcome_failed(
                 s, key->child, key->attempt, rows[e->refusal].reason,
                 str_fmt(s->scratch, "failed to create task run pod \"%.*s\": %.*s", STR_ARG(e->name), STR_ARG(text)),
                 false));
}

static void feed_claim(seq *s, const seq_event *e) {
    plan_filling f = seq_filling(s, s->scratch);
    for (uint32_t i = 0; i < s->runs.n; i++) {
        seq_run *r = s->runs.entries[i].value;
        for (uint32_t k = 0; r->claims_asked && !r->claims_done && r->claims_left && k < r->plan->claims.n; k++) {
            str name = plan_claim_name(&f, &r->plan->claims.v[k]);
            if (!str_eq(name, e->name)) continue;
            if (e->kind == SEQ_CLAIM_REFUSED) {
                ynode *failure = entry_of_run(s->scratch, "fail", r);
                ynode_put_str(s->scratch, failure, S("reason"), S("CouldntCreateWorkspacePVC"));
                ynode_put_str(s->scratch, failure, S("message"),
                              str_fmt(s->scratch, "Failed to create PVC for %s %.*s/%.*s correctly: %.*s",
                                      r->plan->pipeline ? "PipelineRun" : "TaskRun", STR_ARG(s->id.namespace_),
                                      STR_ARG(r->name), STR_ARG(e->message)));
                r->claims_left = 0;
                inbox(s, failure);
            } else if (map_add(&r->claims_seen, str_dup(s->a, name), r) && --r->claims_left == 0) {
                inbox(s, entry_of_run(s->scratch, "claims", r));
            }
        }
    }
}

static void feed_cancel(seq *s, seq_cancel how) {
    static const char *const texts[] = {[SEQ_STOPPED_RUN_FINALLY] = "StoppedRunFinally",
                                        [SEQ_CANCELLED_RUN_FINALLY] = "CancelledRunFinally",
                                        [SEQ_CANCELLED] = "Cancelled"};
    if (!s->root->plan->pipeline && how) how = SEQ_CANCELLED;
    if (s->ended || how <= s->cancel_asked || how <= s->root->cancel) return;
    s->cancel_asked = how;
    ynode *e = entry_new(s->scratch, "cancel");
    ynode_put_str(s->scratch, e, S("how"), str_z(texts[how]));
    inbox(s, e);
}

void seq_feed(seq *s, const seq_event *e) {
    switch (e->kind) {
    case SEQ_TIME: break;
    case SEQ_LIST_BEGIN: s->lists++; break;
    case SEQ_LIST_END: list_ends(s); break;
    case SEQ_POD: feed_pod(s, e->pod); break;
    case SEQ_POD_GONE: feed_gone(s, e->name, e->uid); break;
    case SEQ_REFUSED: refused(s, e); break;
    case SEQ_CLAIM_DONE:
    case SEQ_CLAIM_REFUSED: feed_claim(s, e); break;
    case SEQ_CANCEL: feed_cancel(s, e->cancel); break;
    case SEQ_PENDING:
        s->pending = e->on && !s->begun;
        s->version++;
        break;
    }
}

/* --- advancing
 * --------------------------------------------------------------------------------------------------------------- */

static void begin(seq *s) {
    ynode *e = entry_new(s->scratch, "start");
    ynode_put(s->scratch, e, S("version"), ynode_int(s->scratch, RECORD_VERSION));
    ynode_put_str(s->scratch, e, S("plan"), s->plan->name);
    ynode_put_str(s->scratch, e, S("uid"), s->id.uid);
    seq_decide(s, e, false);
}

/* An entry of the inbox may have been overtaken: what it is about has ended since. */
static bool still_true(const seq *s, const ynode *e) {
    str kind = ynode_get_text(e, S("e"));
    uint32_t attempt;
    if (s->ended) return false;
    if (str_eq(kind, S("end")) || str_eq(kind, S("uid"))) {
        const seq_child *c = entry_child(s, e, &attempt);
        return c && attempt + 1 == c->attempt_count && !child_now(c)->ended;
    }
    const seq_run *r = entry_run(s, e);
    return !r || !r->done;
}

static void take_inbox(seq *s) {
    for (uint32_t i = 0; i < s->inbox.n; i++) {
        ynode *e = (ynode *)(uintptr_t)s->inbox.v[i];
        if (still_true(s, e)) seq_decide(s, e, str_eq(ynode_get_text(e, S("e")), S("uid")));
    }
    s->inbox.n = 0;
}

/* After a replay: Pods that are meant to be and were not seen. */
static void find_unmade(seq *s) {
    for (uint32_t i = 0; i < s->children.n; i++)
        if (s->children.v[i]->state == CHILD_CREATING) vec_push(s->a, &s->creates, s->children.v[i]);
}

static seq_condition kept_condition(seq *s) {
    seq_condition now = run_condition(s, s->root, s->scratch);
    return (seq_condition){now.status, seq_intern(s, now.reason), str_dup(s->a, now.message), now.since};
}

static void tell(seq *s) {
    seq_condition now = run_condition(s, s->root, s->scratch);
    seq_actions *out = s->out;
    if (now.status == s->told.status && str_eq(now.reason, s->told.reason) && str_eq(now.message, s->told.message))
        return;
    bool first = !s->told.reason.n;
    s->told = kept_condition(s);
    if (first && now.status == SEQ_UNKNOWN) now.reason = S("Started"), now.message = S("");
    if (now.status != SEQ_UNKNOWN) now.reason = now.status == SEQ_TRUE ? S("Succeeded") : S("Failed");
    vec_push(out->a, &out->list,
             ((seq_action){.kind = SEQ_EVENT,
                           .warning = now.status == SEQ_FALSE,
                           .reason = str_dup(out->a, now.reason),
                           .message = str_dup(out->a, now.message)}));
}

static void tell_end(seq *s) {
    if (!s->ended || s->told_end) return;
    seq_condition c = s->root->condition;
    s->told_end = true;
    vec_push(s->out->a, &s->out->list,
             ((seq_action){.kind = SEQ_ENDED, .ok = c.status == SEQ_TRUE, .reason = c.reason, .message = c.message}));
}

void seq_advance(seq *s, int64_t now, seq_actions *out) {
    if (s->told_end) { /* nothing comes after SEQ_ENDED: a Pod that appears so late is its owner's to remove */
        s->inbox = (entry_list){0};
        return;
    }
    if (now > s->now) s->now = now;
    s->out = out;
    if (s->fresh && s->begun) s->told = kept_condition(s); /* told before the replay */
    if (!s->begun && s->pending) {
        tell(s);
        return;
    }
    if (!s->begun) begin(s);
    take_inbox(s);
    if (s->fresh) find_unmade(s);
    s->fresh = false;
    seq_settle(s);
    for (seq_timer t; !s->ended && timer_pop(s, s->now, &t);) {
        seq_timer_rings(s, &t);
        seq_settle(s);
    }
    seq_flush(s);
    int64_t at = s->ended ? 0 : s->creates_begun < s->creates.n ? s->now : timer_next(s);
    if (at != s->timer_told) vec_push(out->a, &out->list, ((seq_action){.kind = SEQ_TIMER, .at = at}));
    s->timer_told = at;
    tell(s);
    tell_end(s);
    s->inbox = (entry_list){0};
    memset(&s->effects, 0, sizeof s->effects);
    s->lines = (strbuf){.a = s->scratch};
    arena_reset(s->scratch);
    s->out = NULL;
}

/* --- questions
 * -------------------------------------------------------------------------------------------------------------------
 */

const ynode *seq_fill_pod(const seq *s, arena *out, const seq_action *create, const ynode *manifest, str *missing) {
    plan_filling f = seq_filling(s, out);
    plan_attempt at = seq_plan_attempt(s->children.v[create->child], create->attempt);
    const ynode *pod = plan_fill_pod(&f, &at, manifest, missing);
    if (!pod) return NULL;
    const ynode *meta = ynode_get(pod, S("metadata")), *labels = ynode_get(meta, S("labels"));
    ynode *all = labels ? ynode_copy(out, labels) : ynode_map(out, NULL);
    ynode *named = ynode_is(meta, Y_MAP) ? ynode_copy(out, meta) : ynode_map(out, NULL), *full = ynode_copy(out, pod);
    ynode_set(out, all, S(SEQ_LABEL_RUN), ynode_str(out, s->id.uid, NULL));
    ynode_set(out, named, S("name"), ynode_str(out, create->name, NULL));
    ynode_set(out, named, S("labels"), all);
    ynode_set(out, full, S("metadata"), named);
    return full;
}

seq_condition seq_condition_now(const seq *s, arena *a) { return run_condition(s, s->root, a); }
bool seq_ended(const seq *s) { return s->ended; }
uint64_t seq_version(const seq *s) { return s->version; }

seq_progress seq_progress_now(const seq *s) {
    const seq_run *r = s->root;
    seq_progress p = {.total = r->n,
                      .done = r->n - r->dag_left - r->finally_left,
                      .running = r->running,
                      .failed = r->failures + r->ignored + r->cancelled};
    return p;
}

bool seq_pod_of(const seq *s, str pod, seq_pod_info *out) {
    const pod_key *key = map_get(&s->pods, pod);
    if (!key) return false;
    *out = (seq_pod_info){task_path(key->child->task, s->a), key->child->name, key->child->id, key->attempt};
    return true;
}
