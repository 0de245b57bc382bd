/* Runs that are only played: the clock, the order of what happens, steps, the ways in which a Pod ends. */
#include "runtime/rehearsal/rehearsal.h"
#include "tests/unit/sequence.h"

#define TASK(name, more) "{'name':'" name "'," more "'units':[{'pod':'" name "','taskRun':'run-" name "'}]}"
#define RUN(more) "{'run':{'kind':'PipelineRun','name':'run','namespace':'ns'}," more "}"

typedef struct director {
    arena *a;
    const char *task; /* of this task */
    rehearsal_outcome outcome;
    int32_t exit_code[2]; /* of the two steps */
    int64_t duration[2];
    uint32_t only_attempt; /* UINT32_MAX: all */
    rehearsal r;
} director;

static const char pod[] = "{\"metadata\":{},\"spec\":{\"containers\":["
                          "{\"name\":\"step-a\",\"args\":[\"-on_error\",\"continue\",\"-entrypoint\",\"-timeout\",\"--\"]},"
                          "{\"name\":\"sidecar-s\"},"
                          "{\"name\":\"step-b\",\"args\":[\"-timeout\",\"10s\",\"-entrypoint\",\"x\",\"--\",\"-on_error\",\"continue\"]}]}}";

static const ynode *manifest(void *ctx, str file) {
    (void)file;
    return json_read(((director *)ctx)->a, str_z(pod));
}

static void cast(void *ctx, const seq *s, rehearsal_pod *p) {
    director *d = ctx;
    (void)s;
    assert_int_equal(p->n, 2);
    assert_true(p->steps[0].continues && !p->steps[0].timeout);
    assert_true(!p->steps[1].continues && p->steps[1].timeout == 10 * SECOND);
    p->steps[1].duration = SECOND;
    if (!str_eq(p->task, str_z(d->task)) || (d->only_attempt != UINT32_MAX && d->only_attempt != p->attempt)) return;
    p->outcome = d->outcome;
    for (int i = 0; i < 2; i++) {
        p->steps[i].exit_code = d->exit_code[i];
        p->steps[i].duration = d->duration[i];
    }
}

static void play(director *d, sequence *x, const char *spec) {
    *x = sequence_new(spec);
    d->a = x->a;
    d->r.a = x->a;
    d->r.plan = x->p;
    d->r.identity = (seq_identity){S("run"), S("uid"), S("ns"), S("ep")};
    d->r.manifest = manifest;
    d->r.cast = cast;
    d->r.ctx = d;
    rehearsal_run(&d->r);
}

static str story(const director *d) {
    strbuf b = {.a = d->a};
    for (uint32_t i = 0; i < d->r.pods.n; i++) {
        const rehearsal_pod *p = d->r.pods.v[i];
        strbuf_addf(&b, "%s%.*s/%u %d-%d", i ? ", " : "", STR_ARG(p->task), p->attempt, (int)(p->start / (SECOND / 10)), (int)(p->end / (SECOND / 10)));
    }
    return strbuf_str(&b);
}

#define assert_story(d, text)                                                                                          \
    do {                                                                                                               \
        str got_ = story(d);                                                                                           \
        if (!str_eq(got_, S(text))) fail_msg("%.*s", STR_ARG(got_));                                                   \
    } while (0)

static void end(director *d, sequence *x) {
    rehearsal_free(&d->r);
    sequence_free(x);
}

static seq_condition condition(const director *d) { return seq_condition_now(d->r.s, d->a); }

static void test_order(void **state) {
    (void)state;
    sequence x;
    director d = {.task = "b", .duration = {SECOND / 2, 2 * SECOND}, .only_attempt = UINT32_MAX};
    play(&d, &x, RUN("'tasks':[" TASK("a", "") "," TASK("b", "'deps':['a'],") "," TASK("c", "'deps':['a'],") "," TASK("d", "'deps':['b','c'],") "]"));
    assert_story(&d, "a/0 0-10, b/0 10-35, c/0 10-20, d/0 35-45");
    assert_int_equal(condition(&d).status, SEQ_TRUE);
    assert_int_equal(d.r.end, 45 * SECOND / 10);
    assert_false(d.r.stuck);
    end(&d, &x);
}

static void test_retries(void **state) {
    (void)state;
    sequence x;
    director d = {.task = "a", .exit_code = {0, 3}, .duration = {0, SECOND}, .only_attempt = 0};
    play(&d, &x, RUN("'tasks':[" TASK("a", "'retries':2,") "]"));
    assert_story(&d, "a/0 0-10, a/1 10-20");
    assert_int_equal(condition(&d).status, SEQ_TRUE);
    end(&d, &x);
}

static void test_steps(void **state) {
    (void)state;
    sequence x;
    director d = {.task = "a", .exit_code = {3, 0}, .duration = {SECOND, SECOND}, .only_attempt = UINT32_MAX};
    play(&d, &x, RUN("'tasks':[" TASK("a", "") "]")); /* the first may fail */
    assert_story(&d, "a/0 0-20");
    assert_int_equal(condition(&d).status, SEQ_TRUE);
    end(&d, &x);
    director e = {.task = "a", .duration = {SECOND, 11 * SECOND}, .only_attempt = UINT32_MAX};
    play(&e, &x, RUN("'tasks':[" TASK("a", "") "]"));
    assert_story(&e, "a/0 0-110"); /* at its own timeout */
    assert_int_equal(rehearsal_steps_run(e.r.pods.v[0]), 2);
    assert_true(rehearsal_fails(e.r.pods.v[0]));
    assert_int_equal(condition(&e).status, SEQ_FALSE);
    end(&e, &x);
}

static void test_outcomes(void **state) {
    (void)state;
    static const struct {
        rehearsal_outcome outcome;
        const char *reason;
    } rows[] = {{REHEARSAL_OOM, "StepOOM"}, {REHEARSAL_EVICTED, "PodEvicted"}, {REHEARSAL_NO_IMAGE, "TaskRunImagePullFailed"}, {REHEARSAL_DELETED, "PodDeleted"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sequence x;
        director d = {.task = "a", .outcome = rows[i].outcome, .duration = {0, SECOND}, .only_attempt = UINT32_MAX};
        play(&d, &x, RUN("'tasks':[" TASK("a", "") "]"));
        const ynode *run = seq_status_task_run(d.r.s, x.a, 0);
        assert_str(ynode_get_text(ynode_get(ynode_get(run, S("status")), S("conditions"))->items[0], S("reason")), rows[i].reason);
        assert_int_equal(condition(&d).status, SEQ_FALSE);
        end(&d, &x);
    }
}

static void test_hanging(void **state) {
    (void)state;
    sequence x;
    director d = {.task = "a", .outcome = REHEARSAL_HANGS, .only_attempt = UINT32_MAX};
    play(&d, &x, RUN("'tasks':[" TASK("a", "'timeout':'1m0s',") "," TASK("b", "") "]"));
    assert_story(&d, "a/0 0-600, b/0 0-10");
    assert_true(d.r.pods.v[0]->deleted);
    assert_int_equal(condition(&d).status, SEQ_FALSE);
    end(&d, &x);
    director e = {.task = "a", .outcome = REHEARSAL_HANGS, .only_attempt = UINT32_MAX};
    play(&e, &x, RUN("'tasks':[" TASK("a", "") "]"));
    assert_true(e.r.stuck);
    assert_false(e.r.pods.v[0]->ended);
    end(&e, &x);
}

static void test_cancel(void **state) {
    (void)state;
    sequence x;
    director d = {.task = "", .r = {.cancel = SEQ_CANCELLED_RUN_FINALLY, .cancel_at = SECOND / 2}};
    play(&d, &x, RUN("'tasks':[" TASK("a", "") "," TASK("b", "'deps':['a'],") "],'finally':[" TASK("z", "") "]"));
    assert_story(&d, "a/0 0-5, z/0 5-15");
    assert_str(condition(&d).reason, "Cancelled");
    end(&d, &x);
}

/* Many at once: what was made first ends first, and the heap keeps the order. */
static void test_many(void **state) {
    (void)state;
    sequence x;
    arena *a = arena_new();
    strbuf spec = {.a = a};
    strbuf_addf(&spec, "{'run':{'kind':'PipelineRun','name':'run','namespace':'ns'},'tasks':[");
    for (int i = 0; i < 300; i++) strbuf_addf(&spec, "%s{'name':'t%d','units':[{'pod':'p','taskRun':'run-t%d'}]}", i ? "," : "", i, i);
    strbuf_addf(&spec, "]}");
    director d = {.task = "t7", .duration = {0, SECOND / 2}, .only_attempt = UINT32_MAX};
    play(&d, &x, strbuf_str(&spec).p);
    assert_int_equal(d.r.pods.n, 300);
    assert_int_equal(d.r.pods.v[7]->end, SECOND / 2);
    assert_int_equal(d.r.end, SECOND);
    assert_int_equal(condition(&d).status, SEQ_TRUE);
    end(&d, &x);
    arena_free(a);
}

static void test_message(void **state) {
    (void)state;
    arena *a = arena_new();
    const ynode *results = json_read(a, S("{\"a\":\"x\",\"b\":[\"1\",\"2\"]}")), *own = json_read(a, S("{\"c\":{\"k\":\"v\"}}"));
    assert_str(rehearsal_message(a, results, own, "ExitCode", S("3")),
               "[{\"key\":\"a\",\"value\":\"x\",\"type\":1},{\"key\":\"b\",\"value\":\"[\\\"1\\\",\\\"2\\\"]\",\"type\":1},"
               "{\"key\":\"c\",\"value\":\"{\\\"k\\\":\\\"v\\\"}\",\"type\":4},{\"key\":\"ExitCode\",\"value\":\"3\",\"type\":3}]");
    assert_int_equal(rehearsal_message(a, NULL, NULL, NULL, STR_NONE).n, 0);
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),   cmocka_unit_test(test_retries), cmocka_unit_test(test_steps), cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_hanging), cmocka_unit_test(test_cancel),  cmocka_unit_test(test_many),  cmocka_unit_test(test_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
