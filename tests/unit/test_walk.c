/* Walking types: trees, copies, substitution, merging. The orders of merged lists are those of Tekton's own Pods. */
#include "compiler/schema/bind.h"
#include "compiler/schema/core_v1.h"
#include "compiler/schema/walk.h"
#include "tests/unit/unit.h"

typedef struct fixture {
    reading *r;
    head *h;
} fixture;

static fixture bind_text(const type *t, str text) {
    fixture x = {.r = reading_of(text)};
    assert_int_equal(x.r->out.n, 1);
    x.h = bind_struct(x.r->a, &x.r->diags, t, x.r->out.v[0], API_V1);
    assert_int_equal(x.r->diags.list.n, 0);
    return x;
}

static str json_of(arena *a, const type *t, const head *h) { return emit_json_str(a, walk_tree(a, t, h), false); }

/* ---- trees ---------------------------------------------------------------------------------------------------- */
static void test_tree(void **state) {
    (void)state;
    fixture x =
        bind_text(&TaskSpec_type, S("{steps: [{script: s, image: i, env: [{value: b, name: A}]}, {ref: {name: r}}],\n"
                                    " description: d, params: [], stepTemplate: {}}"));
    assert_text(json_of(x.r->a, &TaskSpec_type, x.h),
                "{\"description\":\"d\",\"steps\":[{\"image\":\"i\",\"env\":[{\"value\":\"b\",\"name\":\"A\"}],"
                "\"script\":\"s\"},{\"ref\":{\"name\":\"r\"}}],\"stepTemplate\":{}}");
    const ynode *tree = walk_tree(x.r->a, &TaskSpec_type, x.h);
    assert_int_equal(tree->at, x.r->out.v[0]->at);
    TaskSpec *copy = COPY(x.r->a, TaskSpec, (TaskSpec *)x.h);
    copy->description = NULL;
    assert_non_null(((TaskSpec *)x.h)->description);
    assert_ptr_equal(copy->steps.v, ((TaskSpec *)x.h)->steps.v);
    reading_free(x.r);
}

static void test_tidy(void **state) {
    (void)state;
    reading *r =
        reading_of(S("{name: '', image: i, workingDir: '', tty: false, args: [], env: [{name: A, value: ''}],\n"
                     " securityContext: {privileged: false}, ports: [], resources: {limits: {}}}"));
    const ynode *n = walk_tidy(r->a, &kube_Container_type, r->out.v[0]);
    assert_text(emit_json_str(r->a, n, false), "{\"name\":\"\",\"image\":\"i\",\"env\":[{\"name\":\"A\"}],"
                                               "\"securityContext\":{\"privileged\":false},\"resources\":{}}");
    assert_ptr_equal(walk_tidy(r->a, &kube_Container_type, n), n);
    reading_free(r);
}

/* ---- substitution --------------------------------------------------------------------------------------------- */
typedef struct replacing {
    arena *a;
    uint32_t calls;
} replacing;

/* $(x) becomes X; everything else stays. */
static const ynode *on_string(void *ctx, const ynode *text, const field *row) {
    (void)row;
    replacing *x = ctx;
    uint32_t at;
    x->calls++;
    if (!str_find(text->text, S("$(x)"), &at)) return text;
    str s = str_fmt(x->a, "%.*sX%.*s", (int)at, text->text.p, (int)(text->text.n - at - 4), text->text.p + at + 4);
    return ynode_str(x->a, s, text);
}

/* $(two) becomes two items, $(none) none. */
static void on_item(void *ctx, const ynode *text, const field *row, ynode *into) {
    replacing *x = ctx;
    if (str_eq(text->text, S("$(none)"))) return;
    bool two = str_eq(text->text, S("$(two)"));
    ynode_push(x->a, into, two ? ynode_str(x->a, S("1"), text) : on_string(ctx, text, row));
    if (two) ynode_push(x->a, into, ynode_str(x->a, S("2"), text));
}

static const ynode *on_value(void *ctx, const ynode *text, const field *row) {
    replacing *x = ctx;
    if (!str_eq(text->text, S("$(two)"))) return on_string(ctx, text, row);
    ynode *seq = ynode_seq(x->a, text);
    on_item(ctx, text, row, seq);
    return seq;
}

static str replaced(fixture *x, const type *t, uint32_t flags) {
    replacing r = {.a = x->r->a};
    walk_subst s = {.flags = flags, .string = on_string, .item = on_item, .value = on_value, .ctx = &r};
    head *h = walk_substitute(x->r->a, t, x->h, &s);
    return json_of(x->r->a, t, h);
}

static void test_substitute_step(void **state) {
    (void)state;
    fixture x = bind_text(
        &Step_type,
        S("name: $(x)\nimage: a$(x)b\nargs: [a, $(two), $(none), c$(x)]\nworkingDir: $(x)\ntimeout: 1s\n"
          "env: [{name: $(x), value: $(x)}, {name: B, valueFrom: {fieldRef: {fieldPath: $(x)},\n"
          "  secretKeyRef: {name: $(x), key: $(x)}}}]\nsecurityContext: {procMount: $(x)}\n"
          "params: [{name: $(x), value: $(two)}, {name: p, value: [$(two), $(x)]}, {name: q, value: {k: $(x)}}]\n"
          "when: [{input: $(x), operator: in, values: [$(two)]}]\nstdoutConfig: {path: $(x)}\n"
          "workspaces: [{name: w, mountPath: $(x)}]\n"));
    assert_text(
        replaced(&x, &Step_type, FIELD_SUB_TASK),
        "{\"name\":\"$(x)\",\"image\":\"aXb\",\"args\":[\"a\",\"1\",\"2\",\"cX\"],\"workingDir\":\"X\","
        "\"env\":[{\"name\":\"$(x)\",\"value\":\"X\"},{\"name\":\"B\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"$(x)"
        "\"},"
        "\"secretKeyRef\":{\"name\":\"X\",\"key\":\"X\"}}}],\"securityContext\":{\"procMount\":\"$(x)\"},\"timeout\":"
        "\"1s\","
        "\"workspaces\":[{\"name\":\"w\",\"mountPath\":\"$(x)\"}],\"stdoutConfig\":{\"path\":\"X\"},"
        "\"params\":[{\"name\":\"$(x)\",\"value\":[\"1\",\"2\"]},{\"name\":\"p\",\"value\":[\"1\",\"2\",\"X\"]},"
        "{\"name\":\"q\",\"value\":{\"k\":\"X\"}}],\"when\":[{\"input\":\"X\",\"operator\":\"in\",\"values\":[\"1\","
        "\"2\"]}]}");
    /* nothing in a Step is of a Pipeline's scope */
    replacing r = {.a = x.r->a};
    walk_subst s = {.flags = FIELD_SUB_POD, .string = on_string, .ctx = &r};
    assert_ptr_equal(walk_substitute(x.r->a, &Step_type, x.h, &s), x.h);
    reading_free(x.r);
}

static void test_substitute_scopes(void **state) {
    (void)state;
    fixture x =
        bind_text(&PodTemplate_type,
                  S("nodeSelector: {$(x): $(x), X: b}\nenv: [{name: $(x), valueFrom: {fieldRef: {fieldPath: $(x)}}}]\n"
                    "affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: $(x)}]}}\n"
                    "volumes: [{name: $(x), hostPath: {path: $(x)}, csi: {driver: $(x)}}]\n"));
    assert_text(
        replaced(&x, &PodTemplate_type, FIELD_SUB_POD),
        "{\"nodeSelector\":{\"X\":\"b\"},\"env\":[{\"name\":\"X\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"X\"}}}],"
        "\"affinity\":{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"X\"}]}},"
        "\"volumes\":[{\"name\":\"X\",\"hostPath\":{\"path\":\"$(x)\"},\"csi\":{\"driver\":\"$(x)\"}}]}");
    reading_free(x.r);
    x = bind_text(&WorkspaceBinding_type,
                  S("{name: $(x), subPath: $(x), csi: {driver: $(x), volumeAttributes: {a: $(x)}}}"));
    assert_text(
        replaced(&x, &WorkspaceBinding_type, FIELD_SUB_BINDING),
        "{\"name\":\"$(x)\",\"subPath\":\"X\",\"csi\":{\"driver\":\"X\",\"volumeAttributes\":{\"a\":\"$(x)\"}}}");
    reading_free(x.r);
    x = bind_text(
        &PipelineTask_type,
        S("{name: a, description: $(x), taskRef: {name: $(x), kind: $(x)}, taskSpec: {steps: [{image: $(x)}]},\n"
          " runAfter: [$(x)], matrix: {include: [{name: $(x), params: [{name: p, value: $(x)}]}]}}"));
    assert_text(replaced(&x, &PipelineTask_type, FIELD_SUB_PIPELINE),
                "{\"name\":\"a\",\"description\":\"$(x)\",\"taskRef\":{\"name\":\"X\",\"kind\":\"$(x)\"},"
                "\"taskSpec\":{\"steps\":[{\"image\":\"$(x)\"}]},\"runAfter\":[\"$(x)\"],"
                "\"matrix\":{\"include\":[{\"name\":\"$(x)\",\"params\":[{\"name\":\"p\",\"value\":\"X\"}]}]}}");
    reading_free(x.r);
}

/* What did not change is the very same. */
static void test_substitute_shares(void **state) {
    (void)state;
    fixture x =
        bind_text(&TaskSpec_type, S("{steps: [{image: i, args: [$(y), a]}, {image: $(x)}], sidecars: [{image: j}],\n"
                                    " volumes: [{name: v, configMap: {name: c}}]}"));
    replacing r = {.a = x.r->a};
    walk_subst s = {.flags = FIELD_SUB_TASK, .string = on_string, .item = on_item, .ctx = &r};
    TaskSpec *old = (TaskSpec *)x.h, *new = (TaskSpec *)walk_substitute(x.r->a, &TaskSpec_type, x.h, &s);
    assert_ptr_not_equal(old, new);
    assert_ptr_equal(old->steps.v[0], new->steps.v[0]);
    assert_ptr_not_equal(old->steps.v[1], new->steps.v[1]);
    assert_ptr_equal(old->sidecars.v, new->sidecars.v);
    assert_ptr_equal(old->volumes, new->volumes);
    assert_text(ynode_text(old->steps.v[1]->image), "$(x)");
    assert_text(ynode_text(new->steps.v[1]->image), "X");
    assert_int_equal(r.calls, 2); /* texts without "$(" are not asked about */
    assert_ptr_equal(walk_substitute(x.r->a, &TaskSpec_type, &new->h, &s), &new->h);
    reading_free(x.r);
}

/* ---- looking -------------------------------------------------------------------------------------------------- */
static void on_visit(void *ctx, const ynode *text, const field *row) {
    strbuf *b = ctx;
    strbuf_addf(b, "%.*s=%.*s ", STR_ARG(row->json), STR_ARG(text->text));
}

static void test_strings(void **state) {
    (void)state;
    fixture x = bind_text(&TaskSpec_type,
                          S("{description: d, steps: [{name: n1, image: i, args: [a, b], env: [{name: A, value: c}],\n"
                            " params: [{name: p, value: [e, f]}]}], volumes: [{name: v, secret: {secretName: s}}]}"));
    strbuf b = {.a = x.r->a};
    walk_strings(&TaskSpec_type, x.h, FIELD_SUB_TASK, on_visit, &b);
    assert_text(strbuf_str(&b), "image=i args=a args=b value=c value=e value=f name=v secretName=s ");
    reading_free(x.r);
    x = bind_text(&PodTemplate_type, S("{nodeSelector: {k: v}, hostNetwork: true}"));
    b = (strbuf){.a = x.r->a};
    walk_strings(&PodTemplate_type, x.h, FIELD_SUB_POD, on_visit, &b);
    assert_text(strbuf_str(&b), "nodeSelector=k nodeSelector=v ");
    reading_free(x.r);
}

/* ---- merging -------------------------------------------------------------------------------------------------- */
static void merges(const char *step, const char *under, const char *want, int line) {
    fixture x = bind_text(&Step_type, str_z(step)), y = bind_text(&StepTemplate_type, str_z(under));
    head *m = walk_merge(x.r->a, &Step_type, x.h, &StepTemplate_type, y.h);
    assert_text_(json_of(x.r->a, &Step_type, m), want, __FILE__, line);
    reading_free(x.r);
    reading_free(y.r);
}
#define MERGES(step, under, want) merges(step, under, want, __LINE__)

static void test_merge(void **state) {
    (void)state;
    MERGES("{name: s}", "{image: i, command: [c]}", "{\"name\":\"s\",\"image\":\"i\",\"command\":[\"c\"]}");
    MERGES("{image: '', args: [a]}", "{image: i, args: [b, c], workingDir: /w}",
           "{\"image\":\"i\",\"args\":[\"a\"],\"workingDir\":\"/w\"}");
    MERGES("{computeResources: {limits: {cpu: 1}}}",
           "{computeResources: {limits: {cpu: 2, memory: 1Gi}, requests: {cpu: 1}}}",
           "{\"computeResources\":{\"limits\":{\"cpu\":1,\"memory\":\"1Gi\"},\"requests\":{\"cpu\":1}}}");
    MERGES("{securityContext: {runAsNonRoot: false}}", "{securityContext: {runAsNonRoot: true, runAsUser: 1}}",
           "{\"securityContext\":{\"runAsUser\":1,\"runAsNonRoot\":false}}");
    MERGES("{envFrom: [{prefix: a}]}", "{envFrom: [{prefix: b}]}", "{\"envFrom\":[{\"prefix\":\"a\"}]}");
}

static void test_merge_order(void **state) {
    (void)state;
    /* items of the step keep their order, those of the template their place before what follows them */
    MERGES("{env: [{name: B, value: b}, {name: A, value: a}]}", "{env: [{name: A}, {name: X}, {name: B}, {name: Z}]}",
           "{\"env\":[{\"name\":\"X\"},{\"name\":\"B\",\"value\":\"b\"},{\"name\":\"A\",\"value\":\"a\"},{\"name\":"
           "\"Z\"}]}");
    MERGES("{env: [{name: B}]}", "{env: [{name: A}, {name: C}]}",
           "{\"env\":[{\"name\":\"B\"},{\"name\":\"A\"},{\"name\":\"C\"}]}");
    MERGES("{env: [{name: A}, {name: B}]}", "{env: []}", "{\"env\":[{\"name\":\"A\"},{\"name\":\"B\"}]}");
    MERGES("{volumeMounts: [{name: v, mountPath: /a, readOnly: false}]}",
           "{volumeMounts: [{name: w, mountPath: /a, readOnly: true}]}",
           "{\"volumeMounts\":[{\"name\":\"v\",\"readOnly\":true,\"mountPath\":\"/a\"}]}");
    /* a value given both ways: the step's item as it is */
    MERGES("{env: [{name: A, value: a}]}", "{env: [{name: A, valueFrom: {fieldRef: {fieldPath: f}}}]}",
           "{\"env\":[{\"name\":\"A\",\"value\":\"a\"}]}");
    MERGES("{env: [{name: A, value: ''}]}", "{env: [{name: A, value: b}]}",
           "{\"env\":[{\"name\":\"A\",\"value\":\"b\"}]}");
    /* repeated keys are folded into the template's item, the first one of the step last */
    MERGES("{env: [{name: A, value: a}, {name: A, value: b}]}", "{env: [{name: A, value: c}]}",
           "{\"env\":[{\"name\":\"A\",\"value\":\"a\"}]}");
}

static void test_merge_sides(void **state) {
    (void)state;
    fixture x = bind_text(&Step_type, S("{image: i}"));
    assert_text(json_of(x.r->a, &Step_type, walk_merge(x.r->a, &Step_type, x.h, &StepTemplate_type, NULL)),
                "{\"image\":\"i\"}");
    assert_text(json_of(x.r->a, &Step_type, walk_merge(x.r->a, &Step_type, NULL, &Step_type, x.h)),
                "{\"image\":\"i\"}");
    reading *r = reading_of(S("{a: {limits: {cpu: 1}}, b: {limits: {memory: 2}}}"));
    const ynode *n = walk_merge_tree(r->a, &kube_ResourceRequirements_type, ynode_get(r->out.v[0], S("a")),
                                     ynode_get(r->out.v[0], S("b")));
    assert_text(emit_json_str(r->a, n, false), "{\"limits\":{\"memory\":2,\"cpu\":1}}");
    assert_ptr_equal(walk_merge_tree(r->a, &kube_ResourceRequirements_type, NULL, n), n);
    assert_ptr_equal(walk_merge_tree(r->a, &kube_ResourceRequirements_type, n, NULL), n);
    reading_free(r);
    reading_free(x.r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_tidy),
        cmocka_unit_test(test_substitute_step),
        cmocka_unit_test(test_substitute_scopes),
        cmocka_unit_test(test_substitute_shares),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_merge_order),
        cmocka_unit_test(test_merge_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
