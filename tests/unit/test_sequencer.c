/* Order, skips, retries, timeouts, cancellation: what a run decides. */
#include "tests/unit/sequence.h"

#define TASK(name, more) "{'name':'" name "'," more "'units':[{'pod':'" name "','taskRun':'x'}]}"
#define RUN(more) "{'run':{'kind':'PipelineRun','name':'run','namespace':'ns'}," more "}"

static void test_order(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "") "," TASK("b", "'deps':['a'],") "," TASK(
        "c", "'deps':['a'],") "," TASK("d", "'deps':['b','c'],") "],'finally':[" TASK("z", "") "]"));
    advance(&x);
    assert_str(x.created, " run-a-pod");
    assert_int_equal(x.actions.list.v[0].kind, SEQ_WRITE); /* intent before creation */
    assert_non_null(strstr(x.actions.list.v[0].lines.p, "\"pod\":\"run-a-pod\""));
    pod_runs(&x, "run-a-pod");
    advance(&x);
    assert_true(action_of(&x, SEQ_WRITE)->lazy); /* its uid */
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    assert_str(x.created, " run-b-pod run-c-pod");
    pod_ends(&x, "run-b-pod", 0, NULL);
    advance(&x);
    assert_str(x.created, "");
    assert_condition(&x, SEQ_UNKNOWN, "Running",
                     "Tasks Completed: 2 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0");
    pod_ends(&x, "run-c-pod", 0, NULL);
    pod_ends(&x, "run-c-pod", 0, NULL); /* told twice */
    advance(&x);
    assert_str(x.created, " run-d-pod");
    pod_ends(&x, "run-d-pod", 0, NULL);
    advance(&x);
    assert_str(x.created, " run-z-pod");
    assert_null(action_of(&x, SEQ_ENDED));
    pod_ends(&x, "run-z-pod", 0, NULL);
    advance(&x);
    assert_true(action_of(&x, SEQ_ENDED)->ok);
    assert_condition(&x, SEQ_TRUE, "Succeeded", "Tasks Completed: 5 (Failed: 0, Cancelled 0), Skipped: 0");
    assert_true(seq_ended(x.s));
    advance(&x);
    assert_int_equal(x.actions.list.n, 0);
    sequence_free(&x);
}

/* A Pod that was refused, and then is there all the same, after its run was cancelled. */
static void test_nothing_after_the_end(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "") "]"));
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_REFUSED, .name = S("run-a-pod"), .refusal = SEQ_REFUSED_QUOTA, .message = S("exceeded quota")});
    seq_feed(x.s, &(seq_event){.kind = SEQ_LIST_BEGIN});
    seq_feed(x.s, &(seq_event){.kind = SEQ_LIST_END});
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_CANCEL, .cancel = SEQ_CANCELLED});
    advance(&x);
    assert_non_null(action_of(&x, SEQ_ENDED));
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    assert_int_equal(x.actions.list.n, 0);
    sequence_free(&x);
}
static void test_failure_stops(void **state) {
    (void)state;
    sequence x = sequence_new(
        RUN("'tasks':[" TASK("a", "") "," TASK("b", "") "," TASK("c", "'deps':['b'],") "],'finally':[" TASK(
            "z", "'params':[{'name':'s','value':{'concat':[{'ref':'tasks.a.status'},{'ref':'tasks.a.reason'},{'ref':'"
                 "tasks.c.status'},{'ref':'tasks.status'}]}}],") "]"));
    advance(&x);
    pod_ends(&x, "run-a-pod", 3, NULL);
    advance(&x);
    assert_str(skipped_tasks_of(&x), "c: PipelineRun was stopping");
    assert_str(x.created, "");
    pod_ends(&x, "run-b-pod", 0, NULL);
    advance(&x);
    assert_str(x.created, " run-z-pod");
    const ynode *z = seq_status_task_run(x.s, x.a, action_of(&x, SEQ_CREATE_POD)->child);
    assert_str(ynode_get_text(ynode_get(ynode_get(z, S("spec")), S("params"))->items[0], S("value")),
               "FailedStepFailedNoneFailed");
    pod_ends(&x, "run-z-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "Failed", "Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 1");
    sequence_free(&x);
}

static void test_on_error(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "'onError':'continue','results':[{'name':'r','type':'string'}]"
                                                        ",") "," TASK("b", "'deps':['a'],") "," TASK(
        "c", "'deps':['a'],'onError':'continue','params':[{'name':'p','value':{'ref':'tasks.a.results.r'}}],") "]"));
    advance(&x);
    pod_ends(&x, "run-a-pod", 1, NULL);
    advance(&x);
    assert_str(x.created, " run-b-pod");
    assert_str(skipped_tasks_of(&x), "c: Results were missing");
    pod_ends(&x, "run-b-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_TRUE, "Completed", "Tasks Completed: 2 (Failed: 1 (Ignored: 1), Cancelled 0), Skipped: 1");
    sequence_free(&x);
}

static void test_skips(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "'results':[{'name':'r','type':'string'},{'name':'l','type':'"
                                                        "array'}],") "," TASK("b", "'deps':['a'],'when':[{'input':{'"
                                                                                   "ref':'tasks.a.results.r'},'"
                                                                                   "operator':'in','values':['no']}],'"
                                                                                   "results':[{'name':'r','type':'"
                                                                                   "string'}],") "," TASK("c", "'deps':"
                                                                                                               "['b'],'"
                                                                                                               "params'"
                                                                                                               ":[{'"
                                                                                                               "name':'"
                                                                                                               "p','"
                                                                                                               "value':"
                                                                                                               "{'ref':"
                                                                                                               "'tasks."
                                                                                                               "b."
                                                                                                               "results"
                                                                                                               ".r'}}]"
                                                                                                               ",") "," TASK("d", "'deps':['c'],") "," TASK(
        "e", "'deps':['b'],") "," TASK("f",
                                       "'deps':['a'],'matrix':{'params':[{'name':'m','value':{'ref':'tasks.a.results.l'"
                                       ",'type':'array'}}]},") "],'finally':[" TASK("y", "'params':[{'name':'p','value'"
                                                                                         ":{'ref':'tasks.b.results.r'}}"
                                                                                         "],") "," TASK("z",
                                                                                                        "'when':[{'"
                                                                                                        "input':{'ref':"
                                                                                                        "'tasks.status'"
                                                                                                        "},'operator':'"
                                                                                                        "notin','"
                                                                                                        "values':['"
                                                                                                        "Completed']}]"
                                                                                                        ",") "]"));
    advance(&x);
    pod_ends(&x, "run-a-pod", 0, "[{'key':'r','value':'yes','type':1},{'key':'l','value':'[]','type':1}]");
    advance(&x);
    assert_str(x.created, " run-e-pod"); /* only the order depends on b */
    pod_ends(&x, "run-e-pod", 0, NULL);
    advance(&x);
    assert_str(
        skipped_tasks_of(&x),
        "b: When Expressions evaluated to false; c: Results were missing; d: Parent Tasks were skipped; "
        "f: Matrix Parameters have an empty array; y: Results were missing; z: When Expressions evaluated to false");
    assert_condition(&x, SEQ_TRUE, "Completed", "Tasks Completed: 2 (Failed: 0, Cancelled 0), Skipped: 6");
    sequence_free(&x);
}

static void test_cel(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "'when':[{'cel':'1 + 1 == 2'}],") "," TASK(
        "b", "'when':[{'cel':'1 > 2'}],") "," TASK("c", "'deps':['a'],'when':[{'cel':'no cel at all'}],") "]"));
    advance(&x);
    assert_str(x.created, " run-a-pod");
    assert_str(skipped_tasks_of(&x), "b: When Expressions evaluated to false");
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "CELEvaluationFailed", NULL);
    sequence_free(&x);
}

static void test_missing_result(void **state) {
    (void)state;
    sequence x = sequence_new(
        RUN("'tasks':[" TASK("a", "'results':[{'name':'r','type':'string'},{'name':'l','type':'array'}],") "," TASK(
            "b", "'deps':['a'],") "," TASK("c", "'deps':['a'],'params':[{'name':'p','value':{'ref':'tasks.a.results.r'}"
                                                "}],") "],'finally':[" TASK("z", "") "]"));
    advance(&x);
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    assert_str(x.created, " run-z-pod"); /* b does not start either */
    pod_ends(&x, "run-z-pod", 0, NULL);
    advance(&x);
    assert_str(skipped_tasks_of(&x), "b: PipelineRun was stopping");
    assert_condition(&x, SEQ_FALSE, "PipelineValidationFailed",
                     "Tasks Completed: 2 (Failed: 0, Cancelled 0), Skipped: 1, Failed Validation: 1 (task \"a\" "
                     "completed successfully but did not emit the "
                     "result \"r\", which is referenced by task \"c\")");
    sequence_free(&x);
    x = sequence_new(RUN("'tasks':[" TASK("a", "'results':[{'name':'l','type':'array'}],") "," TASK("b", "") "," TASK(
        "c", "'deps':['a'],'params':[{'name':'p','value':{'index':{'ref':'tasks.a.results.l','type':'array'},'at':2}}]"
             ",") "]"));
    advance(&x);
    pod_ends(&x, "run-a-pod", 0, "[{'key':'l','value':'[\\\"1\\\",\\\"2\\\"]','type':1}]");
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "PipelineValidationFailed",
                     "[User error] PipelineRun ns/run can't be Run; couldn't resolve all references: array Result "
                     "Index 2 for Task a Result l is out of bound of size 2");
    assert_str(action_of(&x, SEQ_DELETE_POD)->name, "run-b-pod"); /* nothing runs on */
    sequence_free(&x);
}

/* Refused, but its failure is to be ignored: the others go on. */
static void test_missing_result_ignored(void **state) {
    (void)state;
    sequence x = sequence_new(
        RUN("'tasks':[" TASK("a", "'results':[{'name':'l','type':'array'}],") "," TASK("b", "'deps':['a'],") "," TASK(
            "c", "'deps':['a'],'onError':'continue','matrix':{'params':[{'name':'m','value':{'ref':'tasks.a.results.l',"
                 "'type':'array'}}]},") "," TASK("d", "'deps':['c'],") "]"));
    advance(&x);
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    assert_str(x.created, " run-b-pod run-d-pod");
    pod_ends(&x, "run-b-pod", 0, NULL);
    pod_ends(&x, "run-d-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "PipelineValidationFailed", NULL);
    sequence_free(&x);
}

static void test_matrix(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK(
        "a", "'results':[{'name':'l','type':'array'}],") ","
                                                         "{'name':'b','deps':['a'],'results':[{'name':'r','type':'"
                                                         "string'}],'matrix':{'params':[{'name':'m','value':{'ref':'"
                                                         "tasks.a.results.l','type':'array'}}]},"
                                                         "'units':[{'pod':'b','taskRun':'x','holes':[{'path':'/spec/"
                                                         "v','value':{'ref':'matrix.b.m'}}]}]}],"
                                                         "'results':[{'name':'all','value':{'ref':'tasks.b.results.r','"
                                                         "type':'array'}}]"));
    advance(&x);
    pod_ends(&x, "run-a-pod", 0,
             "[{'key':'l','value':'[\\\"0\\\",\\\"1\\\",\\\"2\\\",\\\"3\\\",\\\"4\\\",\\\"5\\\",\\\"6\\\",\\\"7\\\","
             "\\\"8\\\",\\\"9\\\",\\\"10\\\"]','type':1}]");
    advance(&x);
    assert_str(x.created, " run-b-0-pod run-b-1-pod run-b-2-pod run-b-3-pod run-b-4-pod run-b-5-pod run-b-6-pod "
                          "run-b-7-pod run-b-8-pod run-b-9-pod run-b-10-pod");
    str missing = STR_NONE;
    const ynode *manifest = json_read(x.a, S("{\"metadata\":{\"labels\":{\"l\":\"1\"}},\"spec\":{\"v\":\"\"}}"));
    const seq_action *last = NULL;
    for (uint32_t i = 0; i < x.actions.list.n; i++)
        if (x.actions.list.v[i].kind == SEQ_CREATE_POD) last = &x.actions.list.v[i];
    const ynode *pod = seq_fill_pod(x.s, x.a, last, manifest, &missing);
    assert_str(ynode_get_text(ynode_get(pod, S("spec")), S("v")), "10");
    assert_str(ynode_get_text(ynode_get(pod, S("metadata")), S("name")), "run-b-10-pod");
    assert_str(ynode_get_text(ynode_get(ynode_get(pod, S("metadata")), S("labels")), S(SEQ_LABEL_RUN)), "uid");
    for (int i = 0; i <= 10; i++)
        pod_ends(&x, str_fmt(x.a, "run-b-%d-pod", i).p, 0,
                 i == 3 ? NULL : str_fmt(x.a, "[{'key':'r','value':'v%d','type':1}]", i).p);
    advance(&x);
    assert_condition(&x, SEQ_TRUE, "Succeeded", NULL);
    const ynode *all =
        ynode_get(ynode_get(ynode_get(seq_status(x.s, x.a), S("status")), S("results"))->items[0], S("value"));
    assert_int_equal(all->n, 10); /* in the order of the names, without the one that gave nothing */
    assert_str(ynode_text(all->items[1]), "v1");
    assert_str(ynode_text(all->items[2]), "v10");
    assert_str(ynode_text(all->items[3]), "v2");
    assert_str(ynode_text(all->items[4]), "v4");
    sequence_free(&x);
}

static void test_retries(void **state) {
    (void)state;
    sequence x =
        sequence_new(RUN("'tasks':[" TASK("a", "'retries':2,'timeout':'10s',") "," TASK("b", "'deps':['a'],") "]"));
    advance(&x);
    assert_int_equal(action_of(&x, SEQ_TIMER)->at, START + 10 * SECOND);
    pod_ends(&x, "run-a-pod", 1, NULL);
    advance(&x);
    assert_str(x.created, " run-a-pod-retry1");
    pod_runs(&x, "run-a-pod-retry1");
    x.now += 9 * SECOND;
    advance(&x);
    assert_str(x.created, "");
    x.now += 1 * SECOND;
    advance(&x);
    assert_str(x.created, " run-a-pod-retry2");
    assert_str(action_of(&x, SEQ_DELETE_POD)->name, "run-a-pod-retry1");
    pod_ends(&x, "run-a-pod-retry2", 0, NULL);
    advance(&x);
    assert_str(x.created, " run-b-pod");
    const ynode *a = seq_status_task_run(x.s, x.a, 0),
                *retries = ynode_get(ynode_get(a, S("status")), S("retriesStatus"));
    assert_int_equal(retries->n, 2);
    assert_str(ynode_get_text(ynode_get(retries->items[1], S("conditions"))->items[0], S("message")),
               "TaskRun \"run-a\" failed to finish within \"10s\"");
    sequence_free(&x);
}

static void test_timeouts(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'timeouts':{'pipeline':'1m0s'},'tasks':[" TASK("a", "") "," TASK(
        "b", "'deps':['a'],") "],'finally':[" TASK("z", "") "]"));
    advance(&x);
    pod_runs(&x, "run-a-pod");
    x.now += 60 * SECOND;
    advance(&x);
    assert_str(action_of(&x, SEQ_DELETE_POD)->name, "run-a-pod");
    assert_condition(&x, SEQ_FALSE, "PipelineRunTimeout", "PipelineRun \"run\" failed to finish within \"1m0s\"");
    assert_false(action_of(&x, SEQ_ENDED)->ok);
    sequence_free(&x);

    x = sequence_new(RUN("'timeouts':{'pipeline':'1m0s','tasks':'40s','finally':'20s'},'tasks':[" TASK(
        "a", "") "," TASK("b", "'deps':['a'],") "],'finally':[" TASK("z", "") "]"));
    advance(&x);
    pod_runs(&x, "run-a-pod");
    x.now += 40 * SECOND;
    advance(&x);
    assert_str(x.created, " run-z-pod");
    assert_condition(&x, SEQ_UNKNOWN, "PipelineRunTimeoutRunningFinally", NULL);
    assert_str(skipped_tasks_of(&x), "b: PipelineRun was stopping");
    pod_ends(&x, "run-z-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "PipelineRunTimeout",
                     "PipelineRun \"run\" failed due to tasks failed to finish within \"40s\"");
    sequence_free(&x);

    x = sequence_new(RUN("'timeouts':{'pipeline':'1m0s','tasks':'40s','finally':'20s'},'tasks':[" TASK(
        "a", "") "],'finally':[" TASK("z", "'retries':1,") "]"));
    advance(&x);
    pod_ends(&x, "run-a-pod", 0, NULL);
    x.now += 35 * SECOND;
    advance(&x);
    assert_str(x.created, " run-z-pod");
    x.now += 10 * SECOND; /* the tasks were done in time, so their limit is past */
    advance(&x);
    assert_condition(&x, SEQ_UNKNOWN, "Running", NULL);
    x.now += 10 * SECOND;
    advance(&x);
    assert_str(x.created, ""); /* what was cancelled is not tried again */
    assert_condition(&x, SEQ_FALSE, "Failed", "Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 0");
    sequence_free(&x);
}

static void test_cancel(void **state) {
    (void)state;
    static const char plan_[] =
        RUN("'tasks':[" TASK("a", "'retries':1,") "," TASK("b", "'deps':['a'],") "],'finally':[" TASK("z", "") "]");
    sequence x = sequence_new(plan_);
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_CANCEL, .cancel = SEQ_CANCELLED});
    advance(&x);
    assert_str(x.created, "");
    assert_condition(&x, SEQ_FALSE, "Cancelled", "PipelineRun \"run\" was cancelled");
    assert_str(action_of(&x, SEQ_DELETE_POD)->name, "run-a-pod"); /* though nobody has seen it yet */
    const ynode *a = seq_status_task_run(x.s, x.a, 0);
    assert_str(
        ynode_get_text(ynode_get(ynode_get(a, S("status")), S("conditions"))->items[0], S("message")),
        "TaskRun \"run-a\" was cancelled. TaskRun cancelled as the PipelineRun it belongs to has been cancelled.");
    sequence_free(&x);

    x = sequence_new(plan_);
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_CANCEL, .cancel = SEQ_CANCELLED_RUN_FINALLY});
    seq_feed(x.s, &(seq_event){.kind = SEQ_CANCEL, .cancel = SEQ_STOPPED_RUN_FINALLY}); /* weaker */
    advance(&x);
    assert_str(x.created, " run-z-pod");
    assert_condition(&x, SEQ_UNKNOWN, "CancelledRunningFinally", NULL);
    pod_ends(&x, "run-z-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "Cancelled", "PipelineRun \"run\" was cancelled");
    sequence_free(&x);

    x = sequence_new(plan_);
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_CANCEL, .cancel = SEQ_STOPPED_RUN_FINALLY});
    advance(&x);
    assert_str(x.created, "");
    assert_null(action_of(&x, SEQ_DELETE_POD));
    assert_condition(&x, SEQ_UNKNOWN, "StoppedRunningFinally", NULL);
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    assert_str(x.created, " run-z-pod");
    pod_ends(&x, "run-z-pod", 0, NULL);
    advance(&x);
    assert_str(skipped_tasks_of(&x), "b: PipelineRun was gracefully stopped");
    assert_condition(&x, SEQ_FALSE, "Cancelled", NULL);
    sequence_free(&x);
}

static void test_pending(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "") "]"));
    seq_feed(x.s, &(seq_event){.kind = SEQ_PENDING, .on = true});
    advance(&x);
    assert_condition(&x, SEQ_UNKNOWN, "PipelineRunPending", "PipelineRun \"run\" is pending");
    assert_null(action_of(&x, SEQ_WRITE));
    seq_feed(x.s, &(seq_event){.kind = SEQ_PENDING});
    advance(&x);
    assert_str(x.created, " run-a-pod");
    sequence_free(&x);
}

static void test_claims(void **state) {
    (void)state;
    static const char plan_[] = RUN("'claims':[{'workspace':'w','name':'pvc-x','template':{'metadata':{'labels':{'k':'"
                                    "v'}},'spec':{'size':'1'}}}],'tasks':[" TASK("a", "") "]");
    sequence x = sequence_new(plan_);
    advance(&x);
    assert_str(x.created, "");
    const seq_action *claim = action_of(&x, SEQ_CREATE_CLAIM);
    assert_str(ynode_get_text(claim->object, S("kind")), "PersistentVolumeClaim");
    assert_str(ynode_get_text(ynode_get(claim->object, S("metadata")), S("name")),
               str_fmt(x.a, "%.*s", STR_ARG(claim->name)).p);
    str name = str_dup(x.a, claim->name);
    seq_feed(x.s, &(seq_event){.kind = SEQ_CLAIM_DONE, .name = name});
    advance(&x);
    assert_str(x.created, " run-a-pod");
    sequence_free(&x);
    x = sequence_new(plan_);
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_CLAIM_REFUSED,
                               .name = action_of(&x, SEQ_CREATE_CLAIM)->name,
                               .message = S("no room")});
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "CouldntCreateWorkspacePVC",
                     "Failed to create PVC for PipelineRun ns/run correctly: no room");
    sequence_free(&x);
}

static void test_refused(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "'timeout':'30s',") "," TASK("b", "") "]"));
    advance(&x);
    seq_feed(
        x.s,
        &(seq_event){.kind = SEQ_REFUSED, .name = S("run-a-pod"), .refusal = SEQ_REFUSED_QUOTA, .message = S("quota")});
    advance(&x);
    assert_str(x.created, "");
    assert_int_equal(action_of(&x, SEQ_TIMER)->at, START + 60 * SECOND);
    x.now += 60 * SECOND; /* more than its timeout, which does not run meanwhile */
    advance(&x);
    assert_str(x.created, " run-a-pod");
    seq_feed(
        x.s,
        &(seq_event){.kind = SEQ_REFUSED, .name = S("run-b-pod"), .refusal = SEQ_REFUSED_INVALID, .message = S("bad")});
    advance(&x);
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "Failed", NULL);
    const ynode *b = seq_status_task_run(x.s, x.a, 1);
    assert_str(ynode_get_text(ynode_get(ynode_get(b, S("status")), S("conditions"))->items[0], S("reason")),
               "PodCreationFailed");
    sequence_free(&x);
}

static void test_vanished(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "'retries':1,") "]"));
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_LIST_BEGIN});
    seq_feed(x.s, &(seq_event){.kind = SEQ_LIST_END}); /* too young to be listed */
    advance(&x);
    assert_str(x.created, "");
    pod_runs(&x, "run-a-pod");
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_POD_GONE, .name = S("run-a-pod"), .uid = S("of another")});
    advance(&x);
    assert_str(x.created, "");
    seq_feed(x.s, &(seq_event){.kind = SEQ_LIST_BEGIN});
    seq_feed(x.s, &(seq_event){.kind = SEQ_LIST_END});
    advance(&x);
    assert_str(x.created, " run-a-pod-retry1");
    pod_runs(&x, "run-a-pod"); /* late news of the first one */
    pod_runs(&x, "run-a-pod-retry1");
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_POD_GONE, .name = S("run-a-pod-retry1")});
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "Failed", NULL);
    sequence_free(&x);
}

static void test_stale(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "") "]"));
    advance(&x);
    pod_container step = {.name = S("step-a"), .state = CONTAINER_TERMINATED};
    seq_pod pod = {.name = S("run-a-pod"),
                   .uid = S("old"),
                   .run_uid = S("another run"),
                   .phase = POD_SUCCEEDED,
                   .containers = &step,
                   .n = 1};
    seq_feed(x.s, &(seq_event){.kind = SEQ_POD, .pod = &pod});
    advance(&x);
    assert_condition(&x, SEQ_UNKNOWN, "Running", NULL);
    sequence_free(&x);
}

static void test_child(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[{'name':'inner','results':[],'pipeline':" RUN("'tasks':[" TASK(
        "a", "'results':[{'name':'r','type':'string'}],") "],'results':[{'name':'out','value':{'ref':'inner/"
                                                          "tasks.a.results.r'}}]") "}," TASK("b",
                                                                                             "'deps':['inner'],'params'"
                                                                                             ":[{'name':'p','value':{'"
                                                                                             "ref':'tasks.inner."
                                                                                             "results.out'}}],") "]"));
    advance(&x);
    assert_str(x.created, " run-inner-a-pod");
    seq_pod_info info;
    assert_true(seq_pod_of(x.s, S("run-inner-a-pod"), &info));
    assert_str(info.task, "inner/a");
    pod_ends(&x, "run-inner-a-pod", 0, "[{'key':'r','value':'v','type':1}]");
    advance(&x);
    assert_str(x.created, " run-b-pod");
    pod_ends(&x, "run-b-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_TRUE, "Succeeded", NULL);
    sequence_free(&x);
}

static void test_lone_task_run(void **state) {
    (void)state;
    static const char plan_[] =
        "{'run':{'kind':'TaskRun','name':'run','namespace':'ns'},'tasks':[" TASK("task", "") "]}";
    sequence x = sequence_new(plan_);
    advance(&x);
    assert_str(x.created, " run-pod");
    pod_ends(&x, "run-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_TRUE, "Succeeded", "All Steps have completed executing");
    assert_str(ynode_get_text(seq_status(x.s, x.a), S("kind")), "TaskRun");
    sequence_free(&x);
    x = sequence_new(plan_);
    advance(&x);
    seq_feed(x.s, &(seq_event){.kind = SEQ_CANCEL, .cancel = SEQ_STOPPED_RUN_FINALLY});
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "TaskRunCancelled", "TaskRun \"run\" was cancelled.");
    sequence_free(&x);
}

/* A crash between any two lines of the record: what was written is enough to go on, and nothing is made twice. */
static void test_replay(void **state) {
    (void)state;
    sequence x = sequence_new(RUN("'tasks':[" TASK("a", "") "," TASK("b", "'deps':['a'],") "]"));
    advance(&x);
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    str record = strbuf_str(&x.record), problem = STR_NONE;
    for (uint32_t end = 0; end <= record.n; end++) {
        if (end && record.p[end - 1] != '\n') continue;
        sequence y = {.a = x.a, .p = x.p, .now = START, .record.a = x.a};
        y.s = seq_new(x.a, x.p, &(seq_identity){S("run"), S("uid"), S("ns"), S("ep")});
        assert_true(seq_replay(y.s, str_cut(record, 0, end), &problem));
        seq_feed(y.s, &(seq_event){.kind = SEQ_LIST_BEGIN});
        pod_ends(&y, "run-a-pod", 0, NULL);
        seq_feed(y.s, &(seq_event){.kind = SEQ_LIST_END});
        advance(&y);
        bool intended = strstr(str_fmt(x.a, "%.*s", (int)end, record.p).p, "run-a-pod") != NULL;
        assert_str(y.created, intended ? " run-b-pod" : " run-a-pod");
        seq_free(y.s);
    }
    sequence_free(&x);
}

static void test_replay_refuses(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"{\"e\":\"start\",\"version\":1,\"plan\":\"other\",\"uid\":\"uid\"}\n", "the record is of another plan"},
        {"{\"e\":\"start\",\"version\":1,\"plan\":\"run\",\"uid\":\"other\"}\n", "the record is of another run"},
        {"{\"e\":\"start\",\"version\":7,\"plan\":\"run\",\"uid\":\"uid\"}\n", "the record is of another version"},
        {"{\"e\":\"task\",\"t\":\"a\",\"n\":1}\n", "the record has no beginning"},
        {"{\"e\":\"start\",\"version\":1,\"plan\":\"run\",\"uid\":\"uid\"}\n{\"e\":\"pod\",\"r\":\"a\",\"a\":0,\"pod\":"
         "\"p\"}\n",
         "a Pod is made out of turn"},
        {"{\"e\":\"start\",\"version\":1,\"plan\":\"run\",\"uid\":\"uid\"}\n{\"e\":\"task\",\"t\":\"nobody\",\"n\":1}"
         "\n",
         "a task starts twice"},
        {"{\"e\":\"sta", "a line of the record is no JSON object"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sequence x = sequence_new(RUN("'tasks':[" TASK("a", "") "]"));
        str problem = STR_NONE;
        assert_false(seq_replay(x.s, str_z(bad[i][0]), &problem));
        assert_str(problem, bad[i][1]);
        sequence_free(&x);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_nothing_after_the_end), cmocka_unit_test(test_failure_stops),
        cmocka_unit_test(test_on_error),
        cmocka_unit_test(test_skips),
        cmocka_unit_test(test_cel),
        cmocka_unit_test(test_missing_result),
        cmocka_unit_test(test_missing_result_ignored),
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_pending),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_vanished),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_child),
        cmocka_unit_test(test_lone_task_run),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_replay_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
