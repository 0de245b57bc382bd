/* A run as a stream of documents: the documents of a plan, then what happens. {record: TEXT} is replayed; a Pod, as the API
 * server gives it, is fed; {event: …} is fed; behind each of them the sequencer advances, by `seconds` if given. Holds: it
 * ends; an end is the last action; what was written can be replayed into the same plan; the status can be written and
 * is made twice to the same. Covers plan/read, the record, Pod statuses, termination messages with their compression. */
#include "base/emit.h"
#include "base/json.h"
#include "fuzz.h"
#include "plan/read.h"
#include "runtime/engine/kube_pod.h"
#include "runtime/sequencer/record.h"
#include "runtime/sequencer/status.h"

static const diag_rule rules[] = {
    {"F1", "syntax", SEV_ERROR, "", ""},     {"F2", "encoding", SEV_ERROR, "", ""}, {"F3", "limit", SEV_ERROR, "", ""},
    {"F4", "repeated", SEV_WARNING, "", ""}, {"F5", "number", SEV_ERROR, "", ""},
};
static const read_rules read_by = {&rules[0], &rules[1], &rules[2], &rules[3], &rules[4]};

static const seq_identity identity = {{"run", 3}, {"uid", 3}, {"ns", 2}, {"ep", 2}};
enum { START = 1700000000, MOST_EVENTS = 64 };
#define SECOND INT64_C(1000000000)

typedef struct replica {
    arena *a;
    seq *s;
    int64_t now;
    strbuf written;
    bool ended;
} replica;

static void advance(replica *r) {
    arena *a = arena_new();
    seq_actions actions = {.a = a};
    seq_advance(r->s, r->now, &actions);
    FUZZ_CHECK(!r->ended || actions.list.n == 0);
    for (uint32_t i = 0; i < actions.list.n; i++) {
        const seq_action *one = &actions.list.v[i];
        if (one->kind == SEQ_WRITE) {
            FUZZ_CHECK(one->lines.n && one->lines.p[one->lines.n - 1] == '\n');
            strbuf_add(&r->written, one->lines);
        }
        if (one->kind == SEQ_CREATE_POD) {
            seq_pod_info info;
            FUZZ_CHECK(seq_pod_of(r->s, one->name, &info) && info.child == one->child && info.attempt == one->attempt);
        }
        if (one->kind == SEQ_ENDED) {
            FUZZ_CHECK(i + 1 == actions.list.n && seq_ended(r->s));
            r->ended = true;
        }
    }
    arena_free(a);
}

static void check_status(const replica *r) {
    arena *a = arena_new();
    const ynode *one = seq_status_list(r->s, a), *two = seq_status_list(r->s, a);
    FUZZ_CHECK(one && two && ynode_eq(one, two));
    FUZZ_CHECK(json_read(a, emit_json_str(a, one, false)));
    seq_condition c = seq_condition_now(r->s, a);
    FUZZ_CHECK(!r->ended || c.status != SEQ_UNKNOWN);
    seq_progress p = seq_progress_now(r->s);
    FUZZ_CHECK(p.done <= p.total && p.failed <= p.total);
    arena_free(a);
}

static void feed(replica *r, const ynode *what) {
    str kind = ynode_get_text(what, S("event")), name = ynode_get_text(what, S("name"));
    seq_event e = {.name = name, .uid = ynode_get_text(what, S("uid")), .message = ynode_get_text(what, S("message"))};
    str reason = ynode_get_text(what, S("reason"));
    e.refusal = reason.n ? (seq_refusal)((unsigned char)reason.p[0] % (SEQ_REFUSED_FOREIGN + 1)) : SEQ_REFUSED_INVALID;
    if (str_eq(kind, S("gone"))) e.kind = SEQ_POD_GONE;
    else if (str_eq(kind, S("refused"))) e.kind = SEQ_REFUSED;
    else if (str_eq(kind, S("claim"))) e.kind = SEQ_CLAIM_DONE;
    else if (str_eq(kind, S("claim-refused"))) e.kind = SEQ_CLAIM_REFUSED;
    else if (str_eq(kind, S("list"))) e.kind = SEQ_LIST_BEGIN;
    else if (str_eq(kind, S("listed"))) e.kind = SEQ_LIST_END;
    else if (str_eq(kind, S("cancel")) && seq_cancel_parse(reason, &e.cancel)) e.kind = SEQ_CANCEL;
    else e.kind = SEQ_TIME;
    seq_feed(r->s, &e);
}

static void play(arena *a, const plan *p, const ynode_list *documents) {
    replica r = {.a = a, .s = seq_new(a, p, &identity), .now = START * SECOND, .written = {.a = a}};
    str problem = STR_NONE;
    bool good = true;
    uint32_t events = 0;
    for (uint32_t i = 0; i < documents->n && good && events < MOST_EVENTS; i++) {
        const ynode *d = documents->v[i];
        if (plan_is(d)) continue;
        str record = ynode_get_text(d, S("record")), seconds = ynode_get_text(d, S("seconds"));
        if (record.n && !events) {
            good = seq_replay(r.s, record, &problem);
            FUZZ_CHECK(good || problem.n);
            strbuf_add(&r.written, record);
            if (record.p[record.n - 1] != '\n') strbuf_addc(&r.written, '\n');
            continue;
        }
        if (!events++) advance(&r);
        r.now += (seconds.n ? atoi(str_dup(a, seconds).p) % 100000 : 1) * SECOND;
        if (str_eq(ynode_get_text(d, S("kind")), S("Pod"))) {
            seq_pod pod = kube_pod(a, d);
            seq_feed(r.s, &(seq_event){.kind = SEQ_POD, .pod = &pod});
        } else {
            feed(&r, d);
        }
        advance(&r);
    }
    if (good) {
        advance(&r);
        check_status(&r);
        replica again = {.a = a, .s = seq_new(a, p, &identity), .now = r.now, .written = {.a = a}};
        str written = r.written.n ? strbuf_str(&r.written) : S("");
        FUZZ_CHECK(seq_replay(again.s, written, &problem));
        FUZZ_CHECK(seq_ended(again.s) == seq_ended(r.s));
        advance(&again);
        check_status(&again);
        seq_free(again.s);
    }
    seq_free(r.s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 16) return 0;
    arena *a = arena_new();
    sources s = sources_new(a);
    source *src;
    diags d = {.a = a};
    ynode_list documents = {0}, of_plan = {0};
    char *copy = malloc(size ? size : 1); /* of exactly this size, so that reading past the end is seen */
    FUZZ_CHECK(copy != NULL);
    if (size) memcpy(copy, data, size);
    FUZZ_CHECK(source_add(&s, S("input"), (str){copy, (uint32_t)size}, &src));
    read_documents(a, src, &d, &read_by, &documents);
    for (uint32_t i = 0; i < documents.n; i++)
        if (plan_is(documents.v[i])) vec_push(a, &of_plan, documents.v[i]);
    str problem = STR_NONE;
    const plan *p = plan_read(a, &of_plan, &problem);
    FUZZ_CHECK(p || problem.n);
    if (p) play(a, p, &documents);
    arena_free(a);
    free(copy);
    return 0;
}
