/* Binding: what comes out of a tree, what is refused, and at which place. The verdicts are those of Tekton's decoder
 * and of the CRDs. */
#include "compiler/diags.h"
#include "compiler/schema/bind.h"
#include "compiler/schema/core_v1.h"
#include "tests/unit/unit.h"

typedef struct bound {
    reading *r;
    union {
        head *h;
        Task *task;
        TaskRun *run;
        Pipeline *pipeline;
        Step *step;
    };
} bound;

static bound bind_text(const type *t, api_version version, str text) {
    bound b = {.r = reading_of(text)};
    assert_int_equal(b.r->out.n, 1);
    assert_int_equal(b.r->diags.list.n, 0);
    b.h = bind_struct(b.r->a, &b.r->diags, t, b.r->out.v[0], version);
    diags_sort(&b.r->diags);
    return b;
}

/* All messages as "line:column id text", one a line. */
static str said(reading *r) {
    strbuf all = {.a = r->a};
    for (uint32_t i = 0; i < r->diags.list.n; i++) {
        if (i) strbuf_addc(&all, '\n');
        strbuf_add(&all, reading_said(r, i));
    }
    return all.n ? strbuf_str(&all) : S("");
}

/* Binds a Step of v1 and compares the messages. */
static void step_says(const char *text, const char *want, int line) {
    bound b = bind_text(&Step_type, API_V1, str_z(text));
    assert_text_(said(b.r), want, __FILE__, line);
    reading_free(b.r);
}
#define STEP_SAYS(text, want) step_says(text, want, __LINE__)

static void type_says(const type *t, api_version version, const char *text, const char *want, int line) {
    bound b = bind_text(t, version, str_z(text));
    assert_text_(said(b.r), want, __FILE__, line);
    reading_free(b.r);
}
#define SAYS(T, version, text, want) type_says(&T##_type, version, text, want, __LINE__)

static str help_of(reading *r, uint32_t i) { return r->diags.list.v[i].help; }

/* ---- what comes out ------------------------------------------------------------------------------------------- */
static void test_struct(void **state) {
    (void)state;
    bound b = bind_text(&Task_type, API_V1,
                        S("apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t, labels: {a: b}}\nspec:\n"
                          "  params:\n  - {name: p, default: [a, null]}\n  - {name: q, default: [1, x]}\n"
                          "  steps:\n  - image: i\n    env: [{name: A, value: b}]\n    args: [x, null]\n"
                          "    computeResources: {limits: {cpu: 1, memory: null}}\n  - null\n"));
    assert_text(said(b.r), "");
    Task *t = b.task;
    assert_text(ynode_text(t->kind), "Task");
    assert_text(ynode_get_text(t->metadata, S("name")), "t");
    assert_int_equal(t->spec->steps.n, 2);
    Step *s = t->spec->steps.v[0];
    assert_text(ynode_text(s->image), "i");
    assert_text(ynode_get_text(s->env->items[0], S("value")), "b");
    assert_int_equal(s->args->n, 2);
    assert_text(ynode_text(s->args->items[1]), "");
    assert_text(emit_json_str(b.r->a, s->computeResources, false), "{\"limits\":{\"cpu\":1,\"memory\":\"0\"}}");
    assert_null(s->script);
    assert_null(t->spec->stepTemplate);
    assert_int_equal(t->spec->sidecars.n, 0);
    assert_null(t->spec->steps.v[1]->image);
    assert_non_null(t->spec->steps.v[1]->h.node);
    assert_text(emit_json_str(b.r->a, t->spec->params.v[0]->default_, false), "[\"a\",\"\"]");
    assert_text(ynode_text(t->spec->params.v[1]->default_), "[1,\"x\"]");
    reading_free(b.r);
}

static void test_values(void **state) {
    (void)state;
    static const char *const table[][2] = {
        {"{name: p, value: 3}", "\"3\""},
        {"{name: p, value: 1e3}", "\"1000\""},
        {"{name: p, value: yes}", "\"true\""},
        {"{name: p, value: null}", "\"\""},
        {"{name: p, value: [1, 2]}", "\"[1,2]\""},
        {"{name: p, value: [a, true]}", "\"[\\\"a\\\",true]\""},
        {"{name: p, value: {a: {b: '<'}}}", "\"{\\\"a\\\":{\\\"b\\\":\\\"\\\\u003c\\\"}}\""},
        {"{name: p, value: {a: null, b: c}}", "{\"a\":\"\",\"b\":\"c\"}"},
        {"{name: p, value: []}", "[]"},
        {"{name: p, value: {}}", "{}"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bound b = bind_text(&Param_type, API_V1, str_z(table[i][0]));
        assert_text(said(b.r), "");
        assert_text(emit_json_str(b.r->a, ((Param *)b.h)->value, false), table[i][1]);
        reading_free(b.r);
    }
    bound b = bind_text(&ParamSpec_type, API_V1, S("{name: p, default: null}"));
    assert_null(((ParamSpec *)b.h)->default_);
    reading_free(b.r);
}

static void test_absence(void **state) {
    (void)state;
    bound b = bind_text(&Step_type, API_V1,
                        S("{image: null, script: '', args: [], params: [], env: null, securityContext: {},\n"
                          " volumeMounts: [{name: v, mountPath: /v, subPath: null, readOnly: false}]}"));
    assert_text(said(b.r), "");
    assert_null(b.step->image);
    assert_non_null(b.step->script); /* "" stays, for messages */
    assert_null(b.step->args);
    assert_int_equal(b.step->params.n, 0);
    assert_non_null(b.step->params.node);
    assert_null(b.step->env);
    assert_int_equal(b.step->securityContext->n, 0);
    assert_text(emit_json_str(b.r->a, b.step->volumeMounts, false),
                "[{\"name\":\"v\",\"mountPath\":\"/v\",\"readOnly\":false}]");
    assert_ptr_equal(head_place(&b.step->h, S("image")), ynode_get(b.r->out.v[0], S("image")));
    assert_ptr_equal(head_place(&b.step->h, S("ref")), b.r->out.v[0]);
    reading_free(b.r);
}

/* A tree that is fine is not copied. */
static void test_sharing(void **state) {
    (void)state;
    bound b =
        bind_text(&Step_type, API_V1, S("{env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}], args: [a]}"));
    assert_ptr_equal(b.step->env, ynode_get(b.r->out.v[0], S("env")));
    assert_ptr_equal(b.step->args, ynode_get(b.r->out.v[0], S("args")));
    reading_free(b.r);
}

/* ---- what is refused ------------------------------------------------------------------------------------------ */
static void test_unknown(void **state) {
    (void)state;
    STEP_SAYS("imagee: x", "1:1 TK0101 `imagee` is not a field of Step");
    STEP_SAYS("image: x\nImage: y", "2:1 TK0101 `Image` is not a field of Step");
    STEP_SAYS("env:\n- name: A\n  valu: b", "3:3 TK0101 `valu` is not a field of core/v1 EnvVar");
    STEP_SAYS("resources: {}", "1:1 TK0104 `resources` of Step exists in tekton.dev/v1beta1, not in tekton.dev/v1");
    SAYS(Step, API_V1BETA1, "resources: {}", "");
    SAYS(Step, API_V1BETA1, "computeResources: {}",
         "1:1 TK0104 `computeResources` of Step exists in tekton.dev/v1, not in tekton.dev/v1beta1");
    bound b = bind_text(&TaskSpec_type, API_V1, S("image: x\nstep: []\nDescription: x\nresources: {}\nmetadata: {}"));
    assert_text(said(b.r),
                "1:1 TK0101 `image` is not a field of TaskSpec\n2:1 TK0101 `step` is not a field of TaskSpec\n"
                "3:1 TK0101 `Description` is not a field of TaskSpec\n"
                "4:1 TK0104 `resources` of TaskSpec exists in tekton.dev/v1beta1, not in tekton.dev/v1\n"
                "5:1 TK0101 `metadata` is not a field of TaskSpec");
    assert_text(help_of(b.r, 0), "`image` belongs into `steps`; is the indentation right?");
    assert_text(help_of(b.r, 1), "did you mean `steps`?");
    assert_text(help_of(b.r, 2), "did you mean `description`? The case of field names counts");
    assert_text(help_of(b.r, 3), "Removed: use workspaces, params and results");
    assert_text(help_of(b.r, 4), "only a `taskSpec` inside of a Pipeline has `metadata`");
    assert_int_equal(b.r->diags.list.v[1].at - b.r->sources.v[0].base, 9); /* the key alone */
    assert_int_equal(b.r->diags.list.v[1].end - b.r->sources.v[0].base, 13);
    reading_free(b.r);
}

/* Below what the CRD preserves only Go's decoder looks: it ignores the case of names. */
static void test_preserved(void **state) {
    (void)state;
    bound b = bind_text(&TaskRun_type, API_V1,
                        S("spec:\n  taskSpec:\n    Steps:\n    - IMAGE: x\n      workingdir: /w\n    volumes:\n"
                          "    - Name: v\n      emptydir: {Medium: Memory}\n"));
    assert_text(said(b.r), "");
    TaskSpec *t = b.run->spec->taskSpec;
    assert_text(ynode_text(t->steps.v[0]->image), "x");
    assert_text(ynode_text(t->steps.v[0]->workingDir), "/w");
    assert_text(emit_json_str(b.r->a, t->volumes, false), "[{\"name\":\"v\",\"emptyDir\":{\"medium\":\"Memory\"}}]");
    reading_free(b.r);
    SAYS(TaskRun, API_V1, "spec: {taskSpec: {Stepz: []}}", "1:19 TK0101 `Stepz` is not a field of TaskSpec");
    SAYS(TaskRun, API_V1, "spec: {TaskSpec: {}}", "1:8 TK0101 `TaskSpec` is not a field of TaskRunSpec");
    /* a field twice: the last in the order of bytes counts, each is judged */
    b = bind_text(&TaskRun_type, API_V1,
                  S("spec: {taskSpec: {stepTemplate: {image: a, Image: b, workingDir: c, workingdir: d}}}"));
    assert_text(said(b.r), "1:44 TK0110 `image` and `Image` are the same field\n"
                           "1:69 TK0110 `workingDir` and `workingdir` are the same field");
    assert_text(ynode_text(b.run->spec->taskSpec->stepTemplate->image), "a");
    assert_text(ynode_text(b.run->spec->taskSpec->stepTemplate->workingDir), "d");
    reading_free(b.r);
    b = bind_text(&TaskSpec_type, API_V1, S("volumes: [{Name: a, emptyDir: {}, name: b}]"));
    assert_text(emit_json_str(b.r->a, ((TaskSpec *)b.h)->volumes, false), "[{\"emptyDir\":{},\"name\":\"b\"}]");
    reading_free(b.r);
    SAYS(TaskRun, API_V1, "spec: {taskSpec: {stepTemplate: {image: a, Image: 5}}}",
         "1:44 TK0110 `image` and `Image` are the same field\n1:51 TK0102 `image` of StepTemplate must be a string, "
         "not a number");
}

static void test_embedded(void **state) {
    (void)state;
    SAYS(Pipeline, API_V1,
         "spec: {tasks: [{name: a, taskSpec: {apiVersion: a/b, kind: c, spec: 5, metadata: {labels: {a: b}}}}]}", "");
    SAYS(Pipeline, API_V1, "spec: {tasks: [{name: a, taskSpec: {metadata: {name: x}}}]}",
         "1:48 TK0101 `name` is not a field of PipelineTaskMetadata");
    SAYS(TaskRun, API_V1, "spec: {taskSpec: {kind: c}}", "1:19 TK0101 `kind` is not a field of TaskSpec");
    SAYS(Task, API_V1, "spec: {kind: c}", "1:8 TK0101 `kind` is not a field of TaskSpec");
}

static void test_types(void **state) {
    (void)state;
    STEP_SAYS("script: 5", "1:9 TK0102 `script` of Step must be a string, not a number");
    STEP_SAYS("name: n", "1:7 TK0102 `name` of Step must be a string, not a boolean");
    STEP_SAYS("args: a", "1:7 TK0102 `args` of Step must be a list of strings, not a string");
    STEP_SAYS("args:\n- a\n- 1\n- [b]", "3:3 TK0102 an item of `args` of Step must be a string, not a number\n"
                                        "4:3 TK0102 an item of `args` of Step must be a string, not a list");
    STEP_SAYS("env: {A: b}", "1:6 TK0102 `env` of Step must be a list of mappings, not a mapping");
    STEP_SAYS("env: [a]", "1:7 TK0102 an item of `env` of Step must be a mapping, not a string");
    STEP_SAYS("params: {}", "1:9 TK0102 `params` of Step must be a list of mappings, not a mapping");
    STEP_SAYS("ref: x", "1:6 TK0102 `ref` of Step must be a mapping, not a string");
    STEP_SAYS("securityContext: {privileged: 'true', runAsUser: '0'}",
              "1:31 TK0102 `privileged` of core/v1 SecurityContext must be a boolean, not a string\n"
              "1:50 TK0102 `runAsUser` of core/v1 SecurityContext must be a whole number, not a string");
    SAYS(PodTemplate, API_V1, "nodeSelector: {a: 1}",
         "1:19 TK0102 `a` in `nodeSelector` of PodTemplate must be a string, not a number");
    SAYS(ParamSpec, API_V1, "{name: p, properties: {k: string}}",
         "1:27 TK0102 `k` in `properties` of ParamSpec must be a mapping, not a string");
    SAYS(Task, API_V1, "spec: []", "1:7 TK0102 `spec` of Task must be a mapping, not a list");
    SAYS(Task, API_V1, "[]", "1:1 TK0102 a Task must be a mapping");
    /* what is of no use is left out */
    bound b = bind_text(&Step_type, API_V1,
                        S("{image: 5, args: [a, 1], env: [x, {name: A}], params: [3, {name: p, value: v}]}"));
    assert_null(b.step->image);
    assert_int_equal(b.step->args->n, 1);
    assert_text(emit_json_str(b.r->a, b.step->env, false), "[{\"name\":\"A\"}]");
    assert_int_equal(b.step->params.n, 1);
    assert_text(ynode_text(b.step->params.v[0]->name), "p");
    reading_free(b.r);
}

static void test_numbers(void **state) {
    (void)state;
    SAYS(PipelineTask, API_V1, "retries: 3.0", "");
    SAYS(PipelineTask, API_V1, "retries: 3000000000", "");
    SAYS(PipelineTask, API_V1, "retries: -9223372036854775808", "");
    SAYS(PipelineTask, API_V1, "retries: 1.5",
         "1:10 TK0107 `retries` of PipelineTask must be a whole number of 64 bits, not 1.5");
    SAYS(PipelineTask, API_V1, "retries: 9223372036854775808",
         "1:10 TK0107 `retries` of PipelineTask must be a whole number of 64 bits, not 9223372036854775808");
    SAYS(Sidecar, API_V1, "livenessProbe: {httpGet: {port: http}, periodSeconds: 2147483647}", "");
    SAYS(Sidecar, API_V1, "livenessProbe: {periodSeconds: 2147483648}",
         "1:32 TK0107 `periodSeconds` of core/v1 Probe must be a whole number of 32 bits, not 2147483648");
    SAYS(Sidecar, API_V1, "livenessProbe: {httpGet: {port: 1.5}}",
         "1:33 TK0107 `port` of core/v1 HTTPGetAction must be a whole number of 32 bits, not 1.5");
    SAYS(Sidecar, API_V1, "livenessProbe: {httpGet: {port: true}}",
         "1:33 TK0102 `port` of core/v1 HTTPGetAction must be a whole number or a string, not a boolean");
    SAYS(PodTemplate, API_V1, "securityContext: {supplementalGroups: [1, a]}",
         "1:43 TK0102 an item of `supplementalGroups` of core/v1 PodSecurityContext must be a whole number, not a "
         "string");
}

static void test_units(void **state) {
    (void)state;
    STEP_SAYS("timeout: 1h30m", "");
    STEP_SAYS("timeout: '0'", "");
    STEP_SAYS("timeout: null", "");
    STEP_SAYS("timeout: 1d", "1:10 TK0105 `timeout` of Step is not a duration: \"1d\"");
    STEP_SAYS("timeout: '60'", "1:10 TK0105 `timeout` of Step is not a duration: \"60\"");
    STEP_SAYS("timeout: ''", "1:10 TK0105 `timeout` of Step is not a duration: \"\"");
    STEP_SAYS("timeout: 60", "1:10 TK0102 `timeout` of Step must be a duration, not a number");
    STEP_SAYS("computeResources: {limits: {cpu: 0.5, memory: 1Gi, a: ' 1 '}}", "");
    STEP_SAYS("computeResources: {limits: {cpu: 1 Gi}}",
              "1:34 TK0106 `cpu` in `limits` of core/v1 ResourceRequirements is not a quantity: \"1 Gi\"");
    STEP_SAYS("computeResources: {limits: {cpu: yes}}",
              "1:34 TK0102 `cpu` in `limits` of core/v1 ResourceRequirements must be a quantity, not a boolean");
    SAYS(WorkspaceBinding, API_V1, "emptyDir: {sizeLimit: abc}",
         "1:23 TK0106 `sizeLimit` of core/v1 EmptyDirVolumeSource is not a quantity: \"abc\"");
}

static void test_required(void **state) {
    (void)state;
    SAYS(Step, API_V1, "ref: {resolver: r, params: [{name: a}]}", "1:29 TK0103 Param needs the field `value`");
    SAYS(TaskRun, API_V1, "spec:\n  params:\n  - name: a\n  - value: b\n", "3:5 TK0103 Param needs the field `value`");
    SAYS(PipelineSpec, API_V1, "results: [{name: a}]", "1:11 TK0103 PipelineResult needs the field `value`");
    SAYS(PipelineSpec, API_V1, "results: [{name: a, value: null}]", "");
    /* below a preserved field, too: it can't be encoded again */
    SAYS(TaskRun, API_V1, "spec: {taskSpec: {steps: [{params: [{name: a}]}]}}",
         "1:37 TK0103 Param needs the field `value`");
    /* the round trip fills these in */
    SAYS(WorkspaceBinding, API_V1, "emptyDir: {}", "");
    SAYS(Step, API_V1, "env: [{value: x}]\nvolumeMounts: [{name: x}]", "");
    SAYS(WorkspaceBinding, API_V1, "projected: {sources: [{podCertificate: {keyType: a}}]}",
         "1:40 TK0103 core/v1 PodCertificateProjection needs the field `signerName`");
    SAYS(CustomRun, API_V1BETA1, "spec: {customSpec: {kind: a}}",
         "1:20 TK0103 EmbeddedCustomRunSpec needs the field `spec`");
    SAYS(CustomRun, API_V1BETA1, "spec: {customSpec: {spec: null}}",
         "1:27 TK0103 EmbeddedCustomRunSpec needs the field `spec`");
    SAYS(CustomRun, API_V1BETA1, "spec: {customSpec: {spec: 5}}",
         "1:27 TK0102 `spec` of EmbeddedCustomRunSpec must be a mapping, not a number");
}

static void test_list_maps(void **state) {
    (void)state;
    STEP_SAYS("computeResources: {claims: [{name: a}, {name: b}, {name: a, request: r}]}",
              "1:51 TK0108 two items of `claims` of core/v1 ResourceRequirements have the key \"a\"");
    SAYS(TaskRun, API_V1, "spec: {taskSpec: {steps: [{computeResources: {claims: [{name: a}, {name: a}]}}]}}", "");
}

static void test_metadata(void **state) {
    (void)state;
    bound b = bind_text(&Task_type, API_V1, S("metadata: {name: a, Labels: {a: b}, foo: 1}"));
    assert_text(said(b.r), "1:21 TK0109 `Labels` is not a field of meta/v1 ObjectMeta\n"
                           "1:37 TK0109 `foo` is not a field of meta/v1 ObjectMeta");
    assert_int_equal(b.r->diags.errors, 0);
    assert_text(emit_json_str(b.r->a, b.task->metadata, false), "{\"name\":\"a\",\"labels\":{\"a\":\"b\"}}");
    reading_free(b.r);
    SAYS(Task, API_V1, "metadata: {labels: {a: 1}}",
         "1:24 TK0102 `a` in `labels` of meta/v1 ObjectMeta must be a string, not a number");
    SAYS(WorkspaceBinding, API_V1, "volumeClaimTemplate: {metadata: {foo: 1}, Spec: {}}",
         "1:34 TK0101 `foo` is not a field of meta/v1 ObjectMeta");
}

static void test_tree(void **state) {
    (void)state;
    reading *r = reading_of(S("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: aGk=, b: '?', c: "
                              "aGk}\nfoo: 1\nimmutable: null\n"));
    const ynode *n = bind_tree(r->a, &r->diags, &kube_Secret_type, r->out.v[0], API_V1);
    diags_sort(&r->diags);
    assert_text(said(r), "4:20 TK0111 `b` in `data` of core/v1 Secret is not base64\n"
                         "4:28 TK0111 `c` in `data` of core/v1 Secret is not base64\n"
                         "5:1 TK0101 `foo` is not a field of core/v1 Secret");
    assert_text(emit_json_str(r->a, n, false),
                "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},\"data\":{\"a\":\"aGk=\"}}");
    reading_free(r);
    r = reading_of(S("{nodeAffinity: {}}"));
    const field *affinity = type_field(&PodTemplate_type, S("affinity"));
    assert_ptr_equal(bind_value(r->a, &r->diags, &PodTemplate_type, affinity, r->out.v[0]), r->out.v[0]);
    reading_free(r);
}

/* Many tasks cost their structs and nothing else. */
static void test_large(void **state) {
    (void)state;
    reading *r = reading_new();
    strbuf text = {.a = r->a};
    strbuf_add(&text, S("spec:\n  tasks:\n"));
    for (int i = 0; i < 2000; i++)
        strbuf_addf(&text,
                    "  - name: t%d\n    params: [{name: a, value: b}]\n    taskSpec:\n      steps:\n      - image: i\n"
                    "        env: [{name: A, value: b}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}]\n"
                    "        computeResources: {requests: {cpu: 1}}\n        script: echo\n",
                    i);
    reading_add(r, strbuf_str(&text));
    size_t before = arena_bytes(r->a);
    Pipeline *p = BIND(r->a, &r->diags, Pipeline, r->out.v[0], API_V1);
    assert_text(said(r), "");
    assert_int_equal(p->spec->tasks.n, 2000);
    size_t chunk = 4 << 20; /* the arena takes as much at a time */
    assert_true(arena_bytes(r->a) - before < 2000 * 2048 + chunk); /* structs alone; trees are shared */
    reading_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_struct),   cmocka_unit_test(test_values),   cmocka_unit_test(test_absence),
        cmocka_unit_test(test_sharing),  cmocka_unit_test(test_unknown),  cmocka_unit_test(test_preserved),
        cmocka_unit_test(test_embedded), cmocka_unit_test(test_types),    cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_units),    cmocka_unit_test(test_required), cmocka_unit_test(test_list_maps),
        cmocka_unit_test(test_metadata), cmocka_unit_test(test_tree),     cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
