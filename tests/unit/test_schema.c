/* The rows: look-ups, that every row is sound, and that they say what Kubernetes' and Tekton's own lists say (the facts
 * of the shared folder; skipped without it). */
#include "compiler/schema/core_v1.h"
#include "tests/unit/unit.h"

#include "compiler/schema/tekton.h"

static FILE *open_fact(const char *name) {
    const char *shared = getenv("TEKTONC_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/facts/%s", shared && shared[0] ? shared : "../shared", name);
    return fopen(path, "r");
}

/* ---- look-ups ------------------------------------------------------------------------------------------------- */
static void test_lookup(void **state) {
    (void)state;
    const type *step = type_named(S("Step"));
    assert_ptr_equal(step, &Step_type);
    assert_int_equal(step->size, sizeof(Step));
    const field *f = type_field(step, S("volumeMounts"));
    assert_non_null(f);
    assert_ptr_equal(f->type, &kube_VolumeMount_type);
    assert_text(f->merge_key, "mountPath");
    assert_int_equal(f->offset, offsetof(Step, volumeMounts));
    assert_null(type_field(step, S("volumemounts")));
    assert_ptr_equal(type_field_fold(step, S("VOLUMEmounts")), f);
    assert_null(type_field_fold(step, S("volumeMount")));
    assert_null(type_field(step, S("")));
    assert_ptr_equal(type_named(S("core/v1 Volume")), &kube_Volume_type);
    assert_ptr_equal(type_named(S("PropertySpec")), &kube_PropertySpec_type);
    assert_null(type_named(S("Volume")));
}

static void test_zero(void **state) {
    (void)state;
    reading *r = reading_of(S("{s: '', b: false, i: 0, l: [], x: y, one: 1}"));
    const ynode *n = r->out.v[0];
    const field *image = type_field(&Step_type, S("image")), *name = type_field(&Step_type, S("name"));
    const field *optional = type_field(&kube_ConfigMapKeySelector_type, S("optional"));
    const field *read_only = type_field(&kube_VolumeMount_type, S("readOnly"));
    assert_true(field_zero(image, NULL));
    assert_true(field_zero(image, ynode_get(n, S("s"))));
    assert_false(field_zero(image, ynode_get(n, S("x"))));
    assert_false(field_zero(name, ynode_get(n, S("s"))));
    assert_true(field_zero(read_only, ynode_get(n, S("b"))));
    assert_false(field_zero(optional, ynode_get(n, S("b"))));
    assert_true(field_zero(type_field(&PipelineTask_type, S("retries")), ynode_get(n, S("i"))));
    assert_false(field_zero(type_field(&PipelineTask_type, S("retries")), ynode_get(n, S("one"))));
    assert_true(field_zero(type_field(&Step_type, S("args")), ynode_get(n, S("l"))));
    reading_free(r);
}

/* ---- soundness ------------------------------------------------------------------------------------------------ */
static void sound_row(const type *t, const field *f) {
    bool typed = f->kind == K_OBJECT || f->kind == K_LIST || f->kind == K_MAP;
    assert_int_equal(typed, f->type != NULL);
    assert_true(f->json.n > 0 && f->json.p[f->json.n] == 0);
    assert_true(f->flags & (FIELD_V1 | FIELD_V1BETA1));
    assert_non_null(f->doc);
    assert_non_null(f->default_text);
    assert_int_equal(type_field(t, f->json) - t->fields, f - t->fields); /* no name twice */
    if (!t->size) assert_true(f->flags & FIELD_TREE);
    if (t->size) assert_true(f->offset >= sizeof(head) && f->offset < t->size);
    if (f->kind == K_MAP) assert_true(f->flags & FIELD_TREE);
    if (typed && !(f->flags & FIELD_TREE)) assert_true(f->type->size > 0);
    if (typed && (f->flags & FIELD_TREE)) assert_int_equal(f->type->size, 0);
    if (f->merge_key.n) assert_non_null(type_field(f->type, f->merge_key));
    uint32_t subst = FIELD_SUB_TASK | FIELD_SUB_PIPELINE | FIELD_SUB_POD | FIELD_SUB_BINDING;
    if (f->type && (f->flags & subst)) { /* hands it on to somebody */
        uint32_t below = 0;
        for (uint32_t i = 0; i < f->type->n; i++) below |= f->type->fields[i].flags & subst;
        assert_int_equal(f->flags & subst & ~below, 0);
    }
    if (f->flags & FIELD_LIST_MAP) {
        uint32_t keys = 0;
        for (uint32_t i = 0; i < f->type->n; i++) keys += (f->type->fields[i].flags & FIELD_LIST_KEY) != 0;
        assert_true(keys > 0);
    }
}

static void test_rows(void **state) {
    (void)state;
    uint32_t n, rows = 0;
    const type *const *all = types_all(&n);
    for (uint32_t i = 0; i < n; i++) {
        assert_ptr_equal(type_named(all[i]->name), all[i]);
        assert_true(all[i]->n > 0 && all[i]->n <= 64); /* FIELDS_MAX of bind.c */
        for (uint32_t j = 0; j < all[i]->n; j++, rows++) sound_row(all[i], &all[i]->fields[j]);
    }
    assert_true(n > 150 && rows > 900);
}

/* ---- against the facts ---------------------------------------------------------------------------------------- */
static const char *kind_word(const field *f) {
    switch ((field_kind)f->kind) {
    case K_BOOL: return "bool";
    case K_INT32: return "int32";
    case K_INT64: return "int64";
    case K_QUANTITY: return "Quantity";
    case K_INT_OR_STRING: return "IntOrString";
    case K_STRINGS: return "[]string";
    case K_STRING_MAP: return "map<string>";
    case K_QUANTITY_MAP: return "map<Quantity>";
    default: return "string";
    }
}

/* One word of k8s-types.txt, "*name:kind", against its row. */
static void compare_word(const type *t, char *word) {
    bool required = word[0] == '*';
    char *name = word + required, *kind = strchr(name, ':');
    assert_non_null(kind);
    *kind++ = 0;
    const field *f = type_field(t, str_z(name));
    if (!f) print_error("%.*s has no %s\n", STR_ARG(t->name), name);
    assert_non_null(f);
    if (required && !(f->flags & FIELD_REQUIRED)) print_error("%.*s.%s is required\n", STR_ARG(t->name), name);
    if (required) assert_true(f->flags & FIELD_REQUIRED);
    char want[256];
    if (f->type)
        snprintf(want, sizeof want, "%s%s", f->kind == K_LIST ? "[]" : "", strrchr(f->type->name.p, ' ') + 1);
    else
        snprintf(want, sizeof want, "%s", strcmp(kind, "Time") == 0 ? kind : kind_word(f));
    if (f->kind == K_INTS) assert_true(strcmp(kind, "[]int32") == 0 || strcmp(kind, "[]int64") == 0);
    if (f->kind == K_INTS) return;
    assert_string_equal(kind, want);
}

static void test_kubernetes_types(void **state) {
    (void)state;
    FILE *in = open_fact("k8s-types.txt");
    if (!in) {
        print_message("skipped: k8s-types.txt of the shared folder is not there\n");
        skip();
    }
    arena *a = arena_new();
    static char line[65536];
    uint32_t types = 0, fields = 0;
    while (fgets(line, sizeof line, in)) {
        char *colon = strchr(line, ':');
        if (!colon || line[0] == '[' || line[0] == '-') continue;
        *colon = 0;
        const type *t = NULL;
        for (const char *const *group = (const char *const[]){"core/v1", "meta/v1", NULL}; *group && !t; group++) {
            t = type_named(str_fmt(a, "%s %s", *group, line));
        }
        if (!t) print_error("no type %s\n", line);
        assert_non_null(t);
        types++;
        uint32_t n = 0;
        for (char *word = strtok(colon + 1, " \n"); word; word = strtok(NULL, " \n"), n++) compare_word(t, word);
        assert_int_equal(n, t->n);
        fields += n;
    }
    fclose(in);
    arena_free(a);
    assert_int_equal(types, 103);
    assert_int_equal(fields, 432);
}

/* Walks a CRD's tree along the rows: every name must be a row of the version, and nothing else may be one. */
typedef struct level {
    int indent;
    const type *t; /* NULL: not looked into */
    uint32_t seen; /* rows met */
} level;

static uint32_t rows_of(const type *t, uint32_t version) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n; i++) n += (t->fields[i].flags & version) && !(t->fields[i].flags & FIELD_EMBEDDED);
    return n;
}

static void leave(const level *l, uint32_t version) {
    /* The CRD of custom runs is older than podCertificate; a CustomRun never becomes a Pod here. */
    if (!l->t || l->t == &kube_VolumeProjection_type) return;
    if (rows_of(l->t, version) != l->seen)
        print_error("%.*s: %u rows, %u in the CRD\n", STR_ARG(l->t->name), rows_of(l->t, version), l->seen);
    assert_int_equal(rows_of(l->t, version), l->seen);
}

static void compare_crd(const char *file, const type *root, uint32_t version) {
    FILE *in = open_fact(file);
    if (!in) {
        print_message("skipped: %s of the shared folder is not there\n", file);
        skip();
    }
    static char line[65536];
    static level stack[64];
    int depth = -1;
    uint32_t compared = 0;
    while (fgets(line, sizeof line, in)) {
        if (strncmp(line, "ROOT:", 5) == 0) stack[++depth] = (level){-1, root, 0};
        if (depth < 0 || line[0] != ' ') continue;
        int indent = (int)strspn(line, " ");
        while (depth > 0 && stack[depth].indent >= indent) leave(&stack[depth--], version);
        char *name = line + indent + (line[indent] == '*'), *colon = strchr(name, ':');
        const type *t = stack[depth].t, *below = NULL;
        if (t && colon) {
            *colon = 0;
            const field *f = type_field(t, str_z(name));
            if (!f || !(f->flags & version)) print_error("%s: %.*s has no %s\n", file, STR_ARG(t->name), name);
            assert_true(f && (f->flags & version));
            stack[depth].seen++;
            compared++;
            if (line[indent] == '*') assert_true(f->flags & (FIELD_REQUIRED | FIELD_KEEP_EMPTY));
            bool preserved = strstr(colon + 1, "PRESERVE") != NULL;
            if (f->type) assert_int_equal(preserved, (f->flags & FIELD_PRESERVED) != 0);
            if (f->kind != K_ANY && !preserved && !(f->flags & FIELD_LENIENT)) below = f->type;
        }
        stack[++depth] = (level){indent, below, 0};
        assert_true(depth < 63);
    }
    while (depth >= 0) leave(&stack[depth--], version);
    fclose(in);
    assert_true(compared > 20);
}

static void test_task_crd(void **state) {
    (void)state;
    compare_crd("crd-trees/task-v1.txt", &Task_type, FIELD_V1);
    compare_crd("crd-trees/task-v1beta1.txt", &Task_type, FIELD_V1BETA1);
}
static void test_pipeline_crd(void **state) {
    (void)state;
    compare_crd("crd-trees/pipeline-v1.txt", &Pipeline_type, FIELD_V1);
    compare_crd("crd-trees/pipeline-v1beta1.txt", &Pipeline_type, FIELD_V1BETA1);
}
static void test_run_crd(void **state) {
    (void)state;
    compare_crd("crd-trees/taskrun-v1.txt", &TaskRun_type, FIELD_V1);
    compare_crd("crd-trees/taskrun-v1beta1.txt", &TaskRun_type, FIELD_V1BETA1);
    compare_crd("crd-trees/pipelinerun-v1.txt", &PipelineRun_type, FIELD_V1);
    compare_crd("crd-trees/pipelinerun-v1beta1.txt", &PipelineRun_type, FIELD_V1BETA1);
}
static void test_other_crd(void **state) {
    (void)state;
    compare_crd("crd-trees/stepaction-v1beta1.txt", &StepAction_type, FIELD_V1BETA1);
    compare_crd("crd-trees/customrun-v1beta1.txt", &CustomRun_type, FIELD_V1BETA1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup),           cmocka_unit_test(test_zero),      cmocka_unit_test(test_rows),
        cmocka_unit_test(test_kubernetes_types), cmocka_unit_test(test_task_crd),  cmocka_unit_test(test_pipeline_crd),
        cmocka_unit_test(test_run_crd),          cmocka_unit_test(test_other_crd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
