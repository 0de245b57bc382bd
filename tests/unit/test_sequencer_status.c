/* What people see of a run, and the small parts: times, places in the record. */
#include "runtime/sequencer/moment.h"
#include "runtime/sequencer/record.h"
#include "tests/unit/sequence.h"

static void test_moments(void **state) {
    (void)state;
    arena *a = arena_new();
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {{"1970-01-01T00:00:00Z", 0},
                {"2000-02-29T23:59:59Z", 951868799LL * SECOND},
                {"2023-11-14T22:13:20Z", START},
                {"2100-03-01T00:00:00Z", 4107542400LL * SECOND},
                {"2026-11-22T14:21:35.098+01:00", 1795353695098000000LL},
                {"2026-11-22T13:21:35.098000001z", 1795353695098000001LL}};
    int64_t ns;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(moment_parse(str_z(rows[i].text), &ns));
        assert_true(ns == rows[i].ns);
        assert_true(moment_parse(moment_format(a, ns, MOMENT_NANOSECONDS), &ns));
        assert_true(ns == rows[i].ns);
    }
    assert_str(moment_format(a, 951868799LL * SECOND, MOMENT_SECONDS), "2000-02-29T23:59:59Z");
    assert_str(moment_format(a, START + 98000001, 3), "2023-11-14T22:13:20.098Z");
    for (int64_t day = 0; day < 100000; day++)
        assert_true(moment_parse(moment_format(a, day * 86400 * SECOND, 0), &ns) && ns == day * 86400 * SECOND);
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-11-22",
                                      "2026-11-22 13:21:35Z",
                                      "2026-11-22T13:21:35",
                                      "2026-13-22T13:21:35Z",
                                      "1969-12-31T23:59:59Z",
                                      "2026-11-22T13:21:35Zx"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(moment_parse(str_z(bad[i]), &ns));
    arena_free(a);
}

static void test_places(void **state) {
    (void)state;
    record_writer w = {0}, again = {0};
    record_place p = record_next(&w, 100);
    assert_true(p.create && !p.seal && p.chunk == 0 && p.key == 0);
    p = record_next(&w, RECORD_CHUNK_BYTES);
    assert_true(!p.create && p.seal && p.chunk == 0 && p.key == 1);
    record_read(&again, 2, RECORD_CHUNK_BYTES + 100, true); /* read back: the next one does not exist yet */
    p = record_next(&w, 10);
    assert_true(p.create && !p.seal && p.chunk == 1 && p.key == 0);
    p = record_next(&again, 10);
    assert_true(p.create && p.chunk == 1 && p.key == 0);
    record_read(&again, 1, 10, false);
    p = record_next(&again, 10);
    assert_true(!p.create && p.chunk == 1 && p.key == 1);
    arena *a = arena_new();
    assert_str(record_name(a, S("run"), 12), "run-record-12");
    arena_free(a);
}

static void test_status(void **state) {
    (void)state;
    sequence x = sequence_new("{'run':{'kind':'PipelineRun','name':'run','namespace':'ns','pipeline':'p','labels':{'"
                              "object':{'l':{'ref':'context.pipelineRun.name'}}}},"
                              "'params':[{'name':'q','value':'v'}],'timeouts':{'pipeline':'1h0m0s'},'tasks':["
                              "{'name':'a','displayName':{'concat':['of "
                              "',{'ref':'context.pipelineRun.name'}]},'retries':1,'results':[{'name':'r','type':'"
                              "string'}],'units':[{'pod':'a','taskRun':'x'}]},"
                              "{'name':'b','deps':['a'],'when':[{'input':{'ref':'tasks.a.results.r'},'operator':'in','"
                              "values':['no']}],'units':[{'pod':'b','taskRun':'x'}]}],"
                              "'results':[{'name':'out','value':{'ref':'tasks.a.results.r'}},{'name':'constant','value'"
                              ":'dropped'},{'name':'gone','value':{'ref':'tasks.b.results.r'}}]}");
    advance(&x);
    pod_ends(&x, "run-a-pod", 1, NULL);
    advance(&x);
    x.now += 5 * SECOND;
    pod_ends(&x, "run-a-pod-retry1", 0, "[{'key':'r','value':'yes','type':1}]");
    advance(&x);
    str yaml = emit_yaml_str(x.a, seq_status_list(x.s, x.a));
    assert_str(yaml,
               "apiVersion: v1\nkind: List\nitems:\n"
               "- apiVersion: tekton.dev/v1\n  kind: PipelineRun\n  metadata:\n    name: run\n    namespace: ns\n    "
               "uid: uid\n    labels:\n      l: run\n"
               "  spec:\n    pipelineRef:\n      name: p\n    params:\n    - name: q\n      value: v\n    timeouts:\n  "
               "    pipeline: 1h0m0s\n"
               "  status:\n    conditions:\n    - type: Succeeded\n      status: \"True\"\n      reason: Completed\n"
               "      message: \"Tasks Completed: 1 (Failed: 0, Cancelled 0), Skipped: 1\"\n      lastTransitionTime: "
               "\"2023-11-14T22:13:25Z\"\n"
               "    startTime: \"2023-11-14T22:13:20Z\"\n    completionTime: \"2023-11-14T22:13:25Z\"\n"
               "    childReferences:\n    - apiVersion: tekton.dev/v1\n      kind: TaskRun\n      name: run-a\n      "
               "displayName: of run\n      pipelineTaskName: a\n"
               "    skippedTasks:\n    - name: b\n      reason: When Expressions evaluated to false\n      "
               "whenExpressions:\n      - input: \"yes\"\n        operator: in\n        values:\n        - \"no\"\n"
               "    results:\n    - name: out\n      value: \"yes\"\n"
               "- apiVersion: tekton.dev/v1\n  kind: TaskRun\n  metadata:\n    name: run-a\n    namespace: ns\n    "
               "labels:\n      tekton.dev/memberOf: tasks\n"
               "      tekton.dev/pipelineRun: run\n      tekton.dev/pipelineTask: a\n  spec:\n    retries: 1\n"
               "  status:\n    conditions:\n    - type: Succeeded\n      status: \"True\"\n      reason: Succeeded\n   "
               "   message: All Steps have completed executing\n"
               "      lastTransitionTime: \"2023-11-14T22:13:25Z\"\n    podName: run-a-pod-retry1\n    startTime: "
               "\"2023-11-14T22:13:20Z\"\n    completionTime: \"2023-11-14T22:13:25Z\"\n"
               "    steps:\n    - terminated:\n        exitCode: 0\n        reason: Completed\n        message: "
               "'[{\"key\":\"r\",\"value\":\"yes\",\"type\":1}]'\n"
               "      name: a\n      container: step-a\n      terminationReason: Completed\n"
               "    results:\n    - name: r\n      type: string\n      value: \"yes\"\n"
               "    retriesStatus:\n    - conditions:\n      - type: Succeeded\n        status: \"False\"\n        "
               "reason: StepFailed\n"
               "        message: '\"step-a\" exited with code 1: Error'\n        lastTransitionTime: "
               "\"2023-11-14T22:13:20Z\"\n"
               "      podName: run-a-pod\n      startTime: \"2023-11-14T22:13:20Z\"\n      completionTime: "
               "\"2023-11-14T22:13:20Z\"\n"
               "      steps:\n      - terminated:\n          exitCode: 1\n          reason: Error\n        name: a\n   "
               "     container: step-a\n");
    sequence_free(&x);
}

static void test_missing_run_result(void **state) {
    (void)state;
    sequence x = sequence_new("{'run':{'kind':'PipelineRun','name':'run','namespace':'ns'},'tasks':[{'name':'a','"
                              "results':[{'name':'r','type':'string'}],'units':[{'pod':'a','taskRun':'x'}]}],"
                              "'results':[{'name':'out','value':{'ref':'tasks.a.results.r'}}]}");
    advance(&x);
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    assert_condition(&x, SEQ_FALSE, "CouldntGetPipelineResult",
                     "Failed to get PipelineResult from TaskRun Results for PipelineRun run: invalid pipelineresults "
                     "[out], the referenced results don't exist");
    sequence_free(&x);
}

static void test_progress(void **state) {
    (void)state;
    sequence x = sequence_new("{'run':{'kind':'PipelineRun','name':'run','namespace':'ns'},'tasks':[{'name':'a','units'"
                              ":[{'pod':'a','taskRun':'x'}]},{'name':'b','units':[{'pod':'b','taskRun':'x'}]}],"
                              "'finally':[{'name':'z','units':[{'pod':'z','taskRun':'x'}]}]}");
    advance(&x);
    assert_str(action_of(&x, SEQ_EVENT)->reason, "Started");
    uint64_t version = seq_version(x.s);
    advance(&x);
    assert_true(seq_version(x.s) == version);
    assert_null(action_of(&x, SEQ_EVENT));
    pod_ends(&x, "run-a-pod", 0, NULL);
    advance(&x);
    assert_true(seq_version(x.s) > version);
    seq_progress p = seq_progress_now(x.s);
    assert_true(p.done == 1 && p.total == 3 && p.running == 1 && p.failed == 0);
    sequence_free(&x);
}

/* Artifacts of a task: in a later task's Pod, and in the status; what is not there stays as it stands. */
static void test_artifacts(void **state) {
    (void)state;
    sequence x = sequence_new("{'run':{'kind':'PipelineRun','name':'run','namespace':'ns'},'tasks':["
                              "{'name':'a','units':[{'pod':'a','taskRun':'x'}]},"
                              "{'name':'b','deps':['a'],'units':[{'pod':'b','taskRun':'x','holes':["
                              "{'path':'/metadata/annotations/one','value':{'ref':'tasks.a.outputs.image'}},"
                              "{'path':'/metadata/annotations/first','value':{'ref':'tasks.a.inputs'}},"
                              "{'path':'/metadata/annotations/none','value':{'ref':'tasks.a.outputs.other'}}]}]}]}");
    advance(&x);
    pod_ends(&x, "run-a-pod", 0,
             "[{'key':'/tekton/artifacts/provenance.json','type':6,'value':'{\\'inputs\\':[{\\'name\\':\\'i\\',\\'values\\':[{\\'uri\\':\\'u<1\\'}]}],"
             "\\'outputs\\':[{\\'name\\':\\'image\\',\\'values\\':[{\\'uri\\':\\'a\\',\\'digest\\':{\\'sha256\\':\\'1\\'}}]},"
             "{\\'name\\':\\'image\\',\\'values\\':[{\\'uri\\':\\'b\\'},{\\'uri\\':\\'a\\',\\'digest\\':{\\'sha256\\':\\'2\\'}}]}]}'}]");
    advance(&x);
    assert_str(x.created, " run-b-pod");
    const seq_action *create = NULL;
    for (uint32_t i = 0; i < x.actions.list.n; i++)
        if (x.actions.list.v[i].kind == SEQ_CREATE_POD) create = &x.actions.list.v[i];
    const ynode *manifest = json_read(x.a, S("{\"metadata\":{\"name\":\"b\",\"annotations\":{\"one\":\"1\",\"first\":\"2\",\"none\":\"3\"}}}"));
    str missing;
    const ynode *pod = seq_fill_pod(x.s, x.a, create, manifest, &missing);
    assert_non_null(pod);
    const ynode *notes = ynode_get(ynode_get(pod, S("metadata")), S("annotations"));
    assert_str(ynode_get_text(notes, S("one")), "[{\"digest\":{\"sha256\":\"2\"},\"uri\":\"a\"},{\"uri\":\"b\"}]");
    assert_str(ynode_get_text(notes, S("first")), "[{\"uri\":\"u\\u003c1\"}]");
    assert_str(ynode_get_text(notes, S("none")), "$(tasks.a.outputs.other)");
    const ynode *shown = ynode_get(ynode_get(seq_status_task_run(x.s, x.a, 0), S("status")), S("artifacts"));
    assert_int_equal(ynode_count(ynode_get(shown, S("outputs"))), 1);
    assert_int_equal(ynode_count(ynode_get(shown, S("inputs"))), 1);
    sequence_free(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments),  cmocka_unit_test(test_places),
        cmocka_unit_test(test_status), cmocka_unit_test(test_artifacts),   cmocka_unit_test(test_missing_run_result),
        cmocka_unit_test(test_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
