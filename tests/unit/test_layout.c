/* compiler/layout.c: names that stand for content, ConfigMaps within their limits, what the Job promises. */
#include "compiler/layout.h"
#include "compiler/diags.h"
#include "compiler/plan_split.h"
#include "plan/digest.h"
#include "plan/format.h"
#include "plan/read.h"
#include "tests/unit/unit.h"

typedef struct compiled {
    arena *a;
    sources sources;
    diags d;
    request rq;
    compilation c;
} compiled;

static compiled *compile_any(str text, bool plain) {
    arena *a = arena_new();
    compiled *x = ARENA_NEW(a, compiled);
    source *src;
    x->a = a;
    x->sources = sources_new(a);
    x->d = (diags){.a = a, .table = diag_rules, .sources = &x->sources};
    x->rq = (request){.runtime_image = S("registry.example/runtime:1"), .image_entrypoints = map_new(a), .plain = plain};
    assert_true(source_add(&x->sources, S("in.yaml"), text, &src));
    x->c = (compilation){.a = a, .sources = &x->sources, .inputs = 1, .d = &x->d, .request = &x->rq};
    compile(&x->c);
    return x;
}

static compiled *compile_text(str text, bool plain) {
    compiled *x = compile_any(text, plain);
    if (x->d.errors) print_error("%.*s\n", STR_ARG(x->d.list.v[0].text));
    assert_int_equal(x->d.errors, 0);
    return x;
}

static void done(compiled *x) { arena_free(x->a); }

static const output_file *file_named(const compiled *x, const char *path) {
    const output_files *files = &x->c.outputs.v[0].files;
    for (uint32_t i = 0; i < files->n; i++)
        if (str_eq(files->v[i].path, str_z(path))) return &files->v[i];
    return NULL;
}

static str job_name(const char *text) {
    compiled *x = compile_text(str_z(text), false);
    static char name[64];
    str found = x->c.outputs.v[0].name;
    memcpy(name, found.p, found.n);
    str copy = {name, found.n};
    done(x);
    return copy;
}

#define TASK(command, labels)                                                                                          \
    "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: t, labels: {" labels "}}\n"                            \
    "spec: {taskSpec: {steps: [{name: s, image: 'i:1', command: [" command "]}]}}\n"

static void a_name_stands_for_content(void **state) {
    (void)state;
    char first[64] = {0};
    str name = job_name(TASK("run", "a: '1', b: '2'"));
    memcpy(first, name.p, name.n);
    assert_true(str_starts(name, S("t-")));
    assert_int_equal(name.n, 2 + LAYOUT_HASH_DIGITS);
    assert_text(job_name("# a comment\n" TASK("\"run\"", "b: '2', a: \"1\"")), first);
    assert_text(job_name("kind: TaskRun\nspec:\n  taskSpec:\n    steps:\n    - command:\n      - run\n      image: i:1\n      name: s\n"
                         "metadata:\n  labels:\n    b: '2'\n    a: '1'\n  name: t\napiVersion: tekton.dev/v1\n"), first);
    assert_false(str_eq(job_name(TASK("walk", "a: '1', b: '2'")), str_z(first)));
    assert_false(str_eq(job_name(TASK("run", "a: '1', b: '3'")), str_z(first)));
}

#define GENERATED(labels, annotations, selector)                                                                        \
    "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {generateName: t-, labels: {" labels "}, annotations: {"         \
    annotations "}}\nspec: {podTemplate: {nodeSelector: {" selector "}}, taskSpec: {steps: [{name: s, image: 'i:1', command: [c]}]}}\n"

/* What stands for generateName's random part, and with it every name below, does not depend on the order of keys. */
static void nor_do_made_up_names_depend_on_order(void **state) {
    (void)state;
    char first[64] = {0};
    str name = job_name(GENERATED("a: '1', b: '2'", "c: '3', d: '4'", "e: '5', f: '6'"));
    memcpy(first, name.p, name.n);
    assert_text(job_name(GENERATED("b: '2', a: '1'", "d: '4', c: '3'", "f: '6', e: '5'")), first);
    assert_false(str_eq(job_name(GENERATED("a: '2', b: '1'", "c: '3', d: '4'", "e: '5', f: '6'")), str_z(first)));
}

/* templates/job.yaml repeats what plan/format.h says. */
static void the_job_keeps_its_promises(void **state) {
    (void)state;
    compiled *x = compile_text(S(TASK("run", "")), false);
    const ynode *job = file_named(x, "job.yaml")->documents.v[0], *spec = ynode_get(job, S("spec"));
    const ynode *pod = ynode_get(ynode_get(spec, S("template")), S("spec")), *container = ynode_get(pod, S("containers"))->items[0];
    const ynode *rule = ynode_get(ynode_get(spec, S("podFailurePolicy")), S("rules"))->items[0];
    const ynode *code = ynode_get(ynode_get(rule, S("onExitCodes")), S("values"))->items[0];
    assert_text(ynode_text(code), str_fmt(x->a, "%d", PLAN_EXIT_FAILED).p);
    assert_true(str_eq(ynode_get_text(ynode_get(rule, S("onExitCodes")), S("containerName")), ynode_get_text(container, S("name"))));
    assert_text(ynode_get_text(ynode_get(container, S("volumeMounts"))->items[0], S("mountPath")), PLAN_DIRECTORY);
    assert_text(ynode_get(container, S("args"))->items[0]->text, "--plan=" PLAN_DIRECTORY);
    static const char *const names[] = {PLAN_ENV_RUN_NAME, PLAN_ENV_RUN_UID, PLAN_ENV_NAMESPACE, PLAN_ENV_POD_NAME};
    for (int i = 0; i < 4; i++) assert_text(ynode_get_text(ynode_get(container, S("env"))->items[i], S("name")), names[i]);
    assert_null(ynode_get(spec, S("ttlSecondsAfterFinished")));
    assert_null(ynode_get(spec, S("suspend")));
    assert_null(ynode_get(ynode_get(job, S("metadata")), S("namespace")));
    done(x);
}

/* A Pipeline of n tasks whose Pods have some `bytes` each, of characters that JSON writes longer. */
static str pipeline(arena *a, uint32_t n, uint32_t bytes) {
    strbuf b = {.a = a};
    strbuf_addf(&b, "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: p}\nspec:\n  pipelineSpec:\n    tasks:\n");
    for (uint32_t i = 0; i < n; i++) {
        strbuf_addf(&b, "    - {name: t%u, taskSpec: {steps: [{name: s, image: 'i:1', command: [\"", i);
        for (uint32_t k = 0; k < bytes; k++) strbuf_addc(&b, k % 8 ? 'x' : '<');
        strbuf_addf(&b, "\"]}]}}\n");
    }
    return strbuf_str(&b);
}

/* Of the three about sizes. */
static diag_id size_warning(const compiled *x) {
    static const diag_id ids[] = {TK_PLAN_TOO_LARGE, TK_FILE_LARGE, TK_FILE_TOO_LARGE};
    for (uint32_t i = 0; i < x->d.list.n; i++)
        for (int k = 0; k < 3; k++)
            if (x->d.list.v[i].rule == &diag_rules[ids[k]]) return ids[k];
    return TK_COUNT;
}

static void config_maps_within_limits(void **state) {
    (void)state;
    arena *a = arena_new();
    compiled *x = compile_text(pipeline(a, 40, 40000), true);
    const output_file *maps = file_named(x, "configmaps.yaml");
    uint32_t keys = 0;
    assert_true(maps->documents.n > 4);
    for (uint32_t i = 0; i < maps->documents.n; i++) {
        const ynode *data = ynode_get(maps->documents.v[i], S("data"));
        uint64_t bytes = 0;
        for (uint32_t k = 0; k < data->n; k++) bytes += data->pairs[k].value->text.n;
        keys += data->n;
        assert_true(bytes <= LAYOUT_CONFIG_MAP_BYTES);
        assert_true(emit_go_json_str(a, maps->documents.v[i]).n < 262144); /* what an annotation can hold */
    }
    assert_int_equal(keys, 41);
    assert_int_equal(size_warning(x), TK_COUNT);
    done(x);
    arena_free(a);
}

static void warnings_at_the_limits(void **state) {
    (void)state;
    static const struct {
        uint32_t tasks, bytes;
        diag_id id; /* TK_COUNT: none */
    } cases[] = {
        {319, 140000, TK_COUNT},     {320, 140000, TK_PLAN_TOO_LARGE}, {1, 100000, TK_COUNT},
        {1, 250000, TK_FILE_LARGE}, {1, 1100000, TK_FILE_TOO_LARGE},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena *a = arena_new();
        compiled *x = compile_any(pipeline(a, cases[i].tasks, cases[i].bytes), false);
        assert_int_equal(size_warning(x), cases[i].id);
        done(x);
        arena_free(a);
    }
}

static void a_large_plan_comes_in_parts(void **state) {
    (void)state;
    arena *a = arena_new();
    compiled *x = compile_text(pipeline(a, 4000, 10), false);
    ynode_list parts = {0};
    for (uint32_t i = 0;; i++) {
        const output_file *f = file_named(x, i ? str_fmt(a, "plan.%u.yaml", i).p : "plan.yaml");
        if (!f) break;
        assert_true(f->text.n <= LAYOUT_CONFIG_MAP_BYTES);
        vec_push(a, &parts, f->documents.v[0]);
    }
    assert_true(parts.n > 1);
    str problem = STR_NONE;
    const plan *p = plan_read(a, &parts, &problem);
    assert_non_null(p);
    assert_int_equal(p->run.tasks.n, 4000);
    for (uint32_t i = 0; i < 4000; i++) assert_text(p->run.tasks.v[i]->name, str_fmt(a, "t%u", i).p);
    done(x);
    arena_free(a);
}

static void json_bytes_are_those_of_go(void **state) {
    (void)state;
    arena *a = arena_new();
    static const char *const texts[] = {"", "plain", "a\nb\tc\r\"\\", "<a> && b; c > d", "über ✓", "0123456789012345678901234567890123456789<<<<<<<<\n"};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(layout_json_bytes(str_z(texts[i])) + 2, emit_go_json_str(a, ynode_strz(a, texts[i])).n);
    arena_free(a);
}

static void digests_tell_texts_apart(void **state) {
    (void)state;
    arena *a = arena_new();
    static const char *const texts[][2] = {{"", ""}, {"a", ""}, {"", "a"}, {"ab", ""}, {"a", "b"}, {"12345678", ""}, {"12345678", "\1"}, {"123456789", ""}};
    enum { N = sizeof texts / sizeof *texts };
    str made[N];
    for (int i = 0; i < N; i++) {
        digest d = digest_begin();
        digest_text(&d, str_z(texts[i][0]));
        digest_text(&d, str_z(texts[i][1]));
        made[i] = digest_end(a, &d, 10);
        assert_int_equal(made[i].n, 10);
        for (int k = 0; k < i; k++) assert_false(str_eq(made[i], made[k]));
    }
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_stands_for_content),   cmocka_unit_test(nor_do_made_up_names_depend_on_order),
        cmocka_unit_test(the_job_keeps_its_promises),
        cmocka_unit_test(config_maps_within_limits),   cmocka_unit_test(warnings_at_the_limits),
        cmocka_unit_test(a_large_plan_comes_in_parts), cmocka_unit_test(json_bytes_are_those_of_go),
        cmocka_unit_test(digests_tell_texts_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
