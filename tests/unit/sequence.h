#ifndef TESTS_SEQUENCE_H
#define TESTS_SEQUENCE_H
/* For the tests of the sequencer: a run of a plan given as JSON, and Pods that do as they are told. */
#include "base/emit.h"
#include "base/json.h"
#include "plan/read.h"
#include "runtime/sequencer/status.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define SECOND 1000000000LL
#define START (1700000000LL * SECOND)

typedef struct sequence {
    arena *a;
    const plan *p;
    seq *s;
    int64_t now;
    seq_actions actions; /* of the last advance */
    strbuf record;
    str created;         /* names of the Pods of the last advance, each behind a space */
} sequence;

/* spec: what stands behind "spec": in the plan, with ' for ". */
static inline sequence sequence_new(const char *spec) {
    arena *a = arena_new();
    str text = str_fmt(a, "{'apiVersion':'tektonc.dev/v1alpha1','kind':'Plan','metadata':{'name':'run','namespace':'ns'},'spec':%s}", spec);
    char *c = arena_copy(a, text.p, text.n);
    for (uint32_t i = 0; i < text.n; i++)
        if (c[i] == '\'') c[i] = '"';
    const ynode *document = json_read(a, (str){c, text.n});
    ynode_list documents = {0};
    str problem = STR_NONE;
    vec_push(a, &documents, document);
    sequence x = {.a = a, .now = START};
    x.p = plan_read(a, &documents, &problem);
    assert_non_null(x.p);
    x.s = seq_new(a, x.p, &(seq_identity){S("run"), S("uid"), S("ns"), S("ep")});
    x.record.a = a;
    return x;
}

static inline void sequence_free(sequence *x) {
    seq_free(x->s);
    arena_free(x->a);
}

static inline void advance(sequence *x) {
    strbuf names = {.a = x->a};
    x->actions = (seq_actions){.a = x->a};
    seq_advance(x->s, x->now, &x->actions);
    for (uint32_t i = 0; i < x->actions.list.n; i++) {
        const seq_action *act = &x->actions.list.v[i];
        if (act->kind == SEQ_WRITE) strbuf_add(&x->record, act->lines);
        if (act->kind == SEQ_CREATE_POD) strbuf_addf(&names, " %.*s", STR_ARG(act->name));
    }
    x->created = str_fmt(x->a, "%.*s", STR_ARG(strbuf_str(&names)));
}

static inline const seq_action *action_of(const sequence *x, seq_action_kind kind) {
    for (uint32_t i = 0; i < x->actions.list.n; i++)
        if (x->actions.list.v[i].kind == kind) return &x->actions.list.v[i];
    return NULL;
}

static inline void feed_pod(sequence *x, const char *name, pod_phase phase, const pod_container *c, uint32_t n) {
    seq_pod pod = {.name = str_z(name), .uid = str_fmt(x->a, "uid-%s", name), .run_uid = S("uid"), .phase = phase, .ready_annotated = true, .containers = c, .n = n};
    seq_feed(x->s, &(seq_event){.kind = SEQ_POD, .pod = &pod});
}

/* A Pod of one step ends; results: the termination message, with ' for ", or NULL. */
static inline void pod_ends(sequence *x, const char *name, int exit_code, const char *results) {
    str text = results ? str_z(results) : STR_NONE;
    char *c = arena_copy(x->a, text.p ? text.p : "", text.n);
    for (uint32_t i = 0; i < text.n; i++)
        if (c[i] == '\'') c[i] = '"';
    pod_container step = {.name = S("step-a"), .state = CONTAINER_TERMINATED, .exit_code = exit_code, .reason = exit_code ? S("Error") : S("Completed"), .message = {c, text.n}};
    feed_pod(x, name, exit_code ? POD_FAILED : POD_SUCCEEDED, &step, 1);
}

static inline void pod_runs(sequence *x, const char *name) {
    pod_container step = {.name = S("step-a"), .state = CONTAINER_RUNNING};
    feed_pod(x, name, POD_RUNNING, &step, 1);
}

#define assert_str(got, want)                                                                                          \
    do {                                                                                                               \
        str got_ = (got);                                                                                              \
        assert_string_equal(got_.n ? str_fmt(arena_of_tests(), "%.*s", STR_ARG(got_)).p : "", want);                    \
    } while (0)

/* Texts that assertions show. */
static inline arena *arena_of_tests(void) {
    static arena *a;
    if (!a) a = arena_new();
    return a;
}

static inline void assert_condition(const sequence *x, seq_truth status, const char *reason, const char *text) {
    seq_condition c = seq_condition_now(x->s, x->a);
    assert_str(c.reason, reason);
    assert_int_equal(c.status, status);
    if (text) assert_str(c.message, text);
}

/* "name: reason; …" of the skipped tasks. */
static inline str skipped_tasks_of(const sequence *x) {
    strbuf b = {.a = x->a};
    YNODE_EACH(i, t, ynode_get(ynode_get(seq_status(x->s, x->a), S("status")), S("skippedTasks")))
        strbuf_addf(&b, "%s%.*s: %.*s", i ? "; " : "", STR_ARG(ynode_get_text(t, S("name"))), STR_ARG(ynode_get_text(t, S("reason"))));
    return strbuf_str(&b);
}
#endif
