/* What becomes of an attempt, seen from its Pod. */
#include "tests/unit/sequence.h"

#define STEP(...)                                                                                                      \
    { .name = S("step-a"), __VA_ARGS__ }
#define PLAN(more)                                                                                                     \
    "{'run':{'kind':'PipelineRun','name':'run','namespace':'ns'},'tasks':[{'name':'a'," more                           \
    "'units':[{'pod':'a','taskRun':'x'}]}]}"

typedef struct outcome {
    str reason, message, status;
    const ynode *tree;
} outcome;

static outcome outcome_of(sequence *x) {
    const ynode *tree = seq_status_task_run(x->s, x->a, 0), *status = ynode_get(tree, S("status")),
                *c = ynode_get(status, S("conditions"))->items[0];
    return (outcome){ynode_get_text(c, S("reason")), ynode_get_text(c, S("message")), ynode_get_text(c, S("status")),
                     status};
}

static sequence started(const char *plan_) {
    sequence x = sequence_new(plan_);
    advance(&x);
    assert_str(x.created, " run-a-pod");
    return x;
}

static void feed(sequence *x, seq_pod pod) {
    pod.name = S("run-a-pod");
    pod.uid = S("u");
    pod.run_uid = S("uid");
    seq_feed(x->s, &(seq_event){.kind = SEQ_POD, .pod = &pod});
    advance(x);
}

typedef struct row {
    seq_pod pod;
    pod_container c[3];
    uint32_t n;
    const char *status, *reason, *message;
    bool deleted;
} row;

static const row rows[] = {
    {{.phase = POD_SUCCEEDED},
     {STEP(.state = CONTAINER_TERMINATED)},
     1,
     "True",
     "Succeeded",
     "All Steps have completed executing",
     false},
    {{.phase = POD_RUNNING},
     {STEP(.state = CONTAINER_TERMINATED), {.name = S("sidecar-s"), .state = CONTAINER_RUNNING}},
     2,
     "True",
     "Succeeded",
     "All Steps have completed executing",
     false},
    {{.phase = POD_RUNNING},
     {STEP(.state = CONTAINER_TERMINATED), {.name = S("istio"), .state = CONTAINER_RUNNING}},
     2,
     "True",
     "Succeeded",
     NULL,
     false},
    {{.phase = POD_FAILED},
     {STEP(.state = CONTAINER_TERMINATED, .exit_code = 7, .reason = S("Error"))},
     1,
     "False",
     "StepFailed",
     "\"step-a\" exited with code 7: Error",
     false},
    {{.phase = POD_RUNNING},
     {STEP(.state = CONTAINER_TERMINATED, .exit_code = 7)},
     1,
     "False",
     "StepFailed",
     "\"step-a\" exited with code 7",
     false},
    {{.phase = POD_FAILED},
     {STEP(.state = CONTAINER_TERMINATED, .exit_code = 137, .reason = S("OOMKilled"))},
     1,
     "False",
     "StepOOM",
     "\"step-a\" exited with code 137: OOMKilled",
     false},
    {{.phase = POD_RUNNING},
     {STEP(.state = CONTAINER_TERMINATED, .exit_code = 137, .reason = S("OOMKilled")),
      {.name = S("step-b"), .state = CONTAINER_RUNNING}},
     2,
     "False",
     "StepOOM",
     NULL,
     true},
    {{.phase = POD_FAILED},
     {STEP(.state = CONTAINER_TERMINATED, .exit_code = 1),
      {.name = S("sidecar-s"), .state = CONTAINER_TERMINATED, .exit_code = 2}},
     2,
     "False",
     "SidecarFailed",
     "\"sidecar-s\" exited with code 2",
     false},
    {{.phase = POD_FAILED},
     {{.name = S("prepare"), .init = true, .state = CONTAINER_TERMINATED, .exit_code = 2}},
     1,
     "False",
     "InitContainerFailed",
     "init container failed, \"prepare\" exited with code 2",
     false},
    {{.phase = POD_FAILED, .reason = S("Evicted"), .message = S("disk is full")},
     {STEP(.state = CONTAINER_TERMINATED, .exit_code = 137)},
     1,
     "False",
     "PodEvicted",
     "disk is full",
     false},
    {{.phase = POD_FAILED, .reason = S("DeadlineExceeded"), .message = S("too late")},
     {STEP(.state = CONTAINER_WAITING)},
     1,
     "False",
     "Failed",
     "too late",
     false},
    {{.phase = POD_FAILED},
     {STEP(.state = CONTAINER_WAITING)},
     1,
     "False",
     "Failed",
     "build failed for unspecified reasons.",
     false},
    {{.phase = POD_FAILED},
     {STEP(.state = CONTAINER_TERMINATED, .exit_code = 1,
           .message = S("[{\"key\":\"Reason\",\"value\":\"TimeoutExceeded\",\"type\":3}]"))},
     1,
     "False",
     "StepFailed",
     "\"step-a\" exited because the step exceeded the specified timeout limit",
     false},
    {{.phase = POD_PENDING},
     {STEP(.reason = S("ImagePullBackOff"), .message = S("no such image"), .image = S("i:1"))},
     1,
     "False",
     "TaskRunImagePullFailed",
     "the step \"a\" in TaskRun \"run-a\" failed to pull the image \"i:1\". The pod errored with the message: \"no "
     "such image.\"",
     true},
    {{.phase = POD_PENDING},
     {{.name = S("sidecar-s"), .reason = S("InvalidImageName"), .message = S("bad"), .image = S("I")}},
     1,
     "False",
     "TaskRunImagePullFailed",
     "the sidecar \"s\" in TaskRun \"run-a\" failed to pull the image \"I\". The pod errored with the message: "
     "\"bad.\"",
     true},
    {{.phase = POD_PENDING},
     {STEP(.reason = S("CreateContainerConfigError"), .message = S("secret \"x\" not found"))},
     1,
     "False",
     "CreateContainerConfigError",
     "the step \"a\" in TaskRun \"run-a\" failed to start. The pod errored with the message: \"secret \"x\" not "
     "found.\"",
     true},
    {{.phase = POD_PENDING},
     {STEP(.reason = S("CreateContainerError"), .message = S("no"))},
     1,
     "False",
     "PodCreationFailed",
     NULL,
     true},
    {{.phase = POD_PENDING},
     {STEP(.reason = S("CreateContainerConfigError"),
           .message = S("failed to create subPath directory for volumeMount"))},
     1,
     "Unknown",
     "Pending",
     NULL,
     false},
    {{.phase = POD_PENDING},
     {STEP(.reason = S("ErrImagePull"), .message = S("later"))},
     1,
     "Unknown",
     "PullImageFailed",
     "build step \"step-a\" is pending with reason \"later\"",
     false},
    {{.phase = POD_PENDING,
      .unschedulable = true,
      .condition_type = S("PodScheduled"),
      .condition_status = S("False"),
      .condition_message = S("0/1 nodes: Insufficient cpu.")},
     {{.init = false}},
     0,
     "Unknown",
     "ExceededNodeResources",
     "TaskRun Pod exceeded available resources",
     false},
    {{.phase = POD_PENDING,
      .unschedulable = true,
      .condition_type = S("PodScheduled"),
      .condition_status = S("False"),
      .condition_message = S("no node")},
     {{.init = false}},
     0,
     "Unknown",
     "Pending",
     "pod status \"PodScheduled\":\"False\"; message: \"no node\"",
     false},
    {{.phase = POD_PENDING}, {{.init = false}}, 0, "Unknown", "Pending", "Pending", false},
    {{.phase = POD_RUNNING},
     {STEP(.state = CONTAINER_RUNNING)},
     1,
     "Unknown",
     "Running",
     "Not all Steps in the Task have finished executing",
     false},
};

static void test_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sequence x = started(PLAN(""));
        seq_pod pod = rows[i].pod;
        pod.containers = rows[i].c;
        pod.n = rows[i].n;
        pod.ready_annotated = true;
        feed(&x, pod);
        outcome o = outcome_of(&x);
        assert_str(o.reason, rows[i].reason);
        assert_str(o.status, rows[i].status);
        if (rows[i].message) assert_str(o.message, rows[i].message);
        assert_int_equal(action_of(&x, SEQ_DELETE_POD) != NULL, rows[i].deleted);
        bool others = rows[i].pod.phase == POD_RUNNING && rows[i].n == 2 && rows[i].c[1].state == CONTAINER_RUNNING &&
                      !rows[i].deleted;
        assert_int_equal(action_of(&x, SEQ_STOP_SIDECARS) != NULL, others);
        sequence_free(&x);
    }
}

static void test_ignored(void **state) {
    (void)state;
    sequence x = started(PLAN("'onError':'continue',"));
    pod_ends(&x, "run-a-pod", 4, NULL);
    advance(&x);
    assert_str(outcome_of(&x).reason, "FailureIgnored");
    assert_condition(&x, SEQ_TRUE, "Succeeded", "Tasks Completed: 1 (Failed: 1 (Ignored: 1), Cancelled 0), Skipped: 0");
    sequence_free(&x);
}

static void test_ready(void **state) {
    (void)state;
    sequence x = started(PLAN(""));
    pod_container c[2] = {STEP(.state = CONTAINER_RUNNING), {.name = S("sidecar-s"), .state = CONTAINER_RUNNING}};
    feed(&x, (seq_pod){.phase = POD_RUNNING, .containers = c, .n = 2});
    assert_null(action_of(&x, SEQ_ANNOTATE));
    c[1].ready = true;
    feed(&x, (seq_pod){.phase = POD_RUNNING, .containers = c, .n = 2});
    assert_str(action_of(&x, SEQ_ANNOTATE)->key, SEQ_ANNOTATION_READY);
    assert_str(action_of(&x, SEQ_ANNOTATE)->value, "READY");
    feed(&x, (seq_pod){.phase = POD_RUNNING, .containers = c, .n = 2});
    assert_null(action_of(&x, SEQ_ANNOTATE)); /* asked once */
    sequence_free(&x);
}

static str json_of(sequence *x, const ynode *n) { return n ? emit_json_str(x->a, n, false) : S("none"); }

static void test_results(void **state) {
    (void)state;
    sequence x = started(PLAN("'results':[{'name':'s','type':'string'},{'name':'l','type':'array'},{'name':'o','type':'"
                              "object'},{'name':'from','type':'string','value':'$(steps.b.results.inner)'},"
                              "{'name':'none','type':'string'}],"));
    pod_container c[2] = {
        STEP(.state = CONTAINER_TERMINATED,
             .message = S("[{\"key\":\"s\",\"value\":\"[\\\"text\\\"]\\n\",\"type\":1},{\"key\":\"l\",\"value\":\"["
                          "\\\"x\\\",\\\"y\\\"]\",\"type\":\"TaskRunResult\"},"
                          "{\"key\":\"StartedAt\",\"value\":\"2026-11-22T13:21:35.098Z\",\"type\":3}]")),
        {.name = S("step-b"),
         .state = CONTAINER_TERMINATED,
         .exit_code = 0,
         .reason = S("Completed"),
         .message = S("[{\"key\":\"o\",\"value\":\"{\\\"k\\\":\\\"v\\\"}\",\"type\":1},{\"key\":\"inner\",\"value\":"
                      "\"deep\",\"type\":4},{\"key\":\"undeclared\",\"value\":\"\\\"q\\\"\",\"type\":1},"
                      "{\"key\":\"l\",\"value\":\"[\\\"z\\\"]\",\"type\":1},{\"key\":\"ExitCode\",\"value\":\"3\","
                      "\"type\":3}]")},
    };
    feed(&x, (seq_pod){.phase = POD_SUCCEEDED, .containers = c, .n = 2});
    outcome o = outcome_of(&x);
    assert_str(json_of(&x, ynode_get(o.tree, S("results"))),
               "[{\"name\":\"l\",\"type\":\"array\",\"value\":[\"z\"]},{\"name\":\"s\",\"type\":\"string\",\"value\":"
               "\"[\\\"text\\\"]\\n\"},{\"name\":\"o\",\"type\":\"object\",\"value\":{\"k\":\"v\"}},"
               "{\"name\":\"undeclared\",\"type\":\"string\",\"value\":\"q\"},{\"name\":\"from\",\"type\":\"string\","
               "\"value\":\"deep\"}]");
    const ynode *steps = ynode_get(o.tree, S("steps")), *b = steps->items[1];
    assert_str(ynode_get_text(ynode_get(steps->items[0], S("terminated")), S("startedAt")), "2026-11-22T13:21:35Z");
    assert_str(ynode_get_text(ynode_get(b, S("terminated")), S("exitCode")), "3");
    assert_str(ynode_get_text(b, S("terminationReason")), "Continued");
    assert_str(json_of(&x, ynode_get(b, S("results"))),
               "[{\"name\":\"inner\",\"type\":\"string\",\"value\":\"deep\"}]");
    sequence_free(&x);

    x = started(PLAN("'results':[{'name':'l','type':'array'},{'name':'s','type':'string'}],"));
    pod_ends(&x, "run-a-pod", 0, "[{'key':'l','value':'no array','type':1},{'key':'s','value':'kept','type':1}]");
    advance(&x);
    o = outcome_of(&x);
    assert_str(o.reason, "TaskRunValidationFailed");
    assert_str(o.message, "[User error] Provided results don't match declared results; may be invalid JSON or missing "
                          "result declaration:  \"l\": task result is expected to be \"array\" type "
                          "but was initialized to a different type \"string\"");
    assert_str(json_of(&x, ynode_get(o.tree, S("results"))),
               "[{\"name\":\"s\",\"type\":\"string\",\"value\":\"kept\"}]");
    sequence_free(&x);
}

static void test_object_keys(void **state) {
    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        sequence x = started(PLAN("'results':[{'name':'o','type':'object','properties':['k','l','m']}],"));
        pod_ends(&x, "run-a-pod", 0,
                 whole ? "[{'key':'o','value':'{\\'m\\':\\'1\\',\\'k\\':\\'1\\',\\'l\\':\\'1\\'}','type':1}]"
                       : "[{'key':'o','value':'{\\'l\\':\\'1\\'}','type':1}]");
        advance(&x);
        assert_str(outcome_of(&x).reason, whole ? "Succeeded" : "TaskRunValidationFailed");
        if (!whole)
            assert_str(outcome_of(&x).message, "[User error] missing keys for these results which are required in "
                                               "TaskResult's properties map[o:[k m]]");
        sequence_free(&x);
    }
}

/* Messages that the entrypoint did not write, or not to the end. */
static void test_odd_messages(void **state) {
    (void)state;
    static const char *const odd[] = {"",
                                      "just text",
                                      "[{\"key\":\"s\",\"value\":\"cut o",
                                      "{\"key\":\"s\"}",
                                      "[1,null,\"x\",{},{\"key\":\"s\"}]",
                                      "tknz:",
                                      "tknz:AAAA",
                                      "tknz:!!",
                                      "[[[["};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        sequence x = started(PLAN("'results':[{'name':'s','type':'string'}],"));
        pod_container c = STEP(.state = CONTAINER_TERMINATED, .message = str_z(odd[i]));
        feed(&x, (seq_pod){.phase = POD_SUCCEEDED, .containers = &c, .n = 1});
        assert_str(outcome_of(&x).reason, "Succeeded");
        sequence_free(&x);
    }
}

static void test_compressed(void **state) {
    (void)state;
    static const char *const packed[] = {
        "i65Wyk6tVLJSKlLSUSpLzClNBbITcQCgkpLKAqAKw9pYAA",
        "ATkAxv9beyJrZXkiOiJyIiwidmFsdWUiOiJhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWEiLCJ0eXBlIjoxfV0"};
    for (int i = 0; i < 2; i++) {
        sequence x = started(PLAN("'results':[{'name':'r','type':'string'}],"));
        pod_container c = STEP(.state = CONTAINER_TERMINATED, .message = str_fmt(x.a, "tknz:%s", packed[i]));
        feed(&x, (seq_pod){.phase = POD_SUCCEEDED, .containers = &c, .n = 1});
        assert_str(json_of(&x, ynode_get(outcome_of(&x).tree, S("results"))),
                   "[{\"name\":\"r\",\"type\":\"string\",\"value\":\"aaaaaaaaaaaaaaaaaaaaaaaa\"}]");
        sequence_free(&x);
    }
}

/* The same with codes of its own. */
static void test_compressed_dynamic(void **state) {
    (void)state;
    sequence x = started(PLAN("'results':[{'name':'r','type':'string'}],"));
    pod_container c = STEP(.state = CONTAINER_TERMINATED,
                           .message = S("tknz:"
                                        "lVLLCkIhEP2VcB15DWrhr0SLiYZrpCBqcSX698TZKFZTGxlmjueceRwe4opZaBHEWtzB3rDEJ0ywig"
                                        "a2u72eJqW6uBZncK6HnNGWvEnJRy1lwPkSU8gbXMB5i3LpwGC9gTcZIhnJq2"
                                        "Z9vgjQ50+2qcq6/ElpmA9LS+2xgIGY0jSQNh57ZQfDAv7aIIGbWyB3TRsDgjNQDjBlX+5PPY8v"));
    feed(&x, (seq_pod){.phase = POD_SUCCEEDED, .containers = &c, .n = 1});
    const ynode *results = ynode_get(outcome_of(&x).tree, S("results"));
    assert_int_equal(ynode_count(results), 1);
    str v = ynode_get_text(results->items[0], S("value"));
    assert_int_equal(v.n, 630);
    assert_true(str_hash(v) == 0xb335d2cd60d8d349ULL);
    sequence_free(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),        cmocka_unit_test(test_ignored),
        cmocka_unit_test(test_ready),        cmocka_unit_test(test_results),
        cmocka_unit_test(test_odd_messages), cmocka_unit_test(test_object_keys),
        cmocka_unit_test(test_compressed),   cmocka_unit_test(test_compressed_dynamic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
