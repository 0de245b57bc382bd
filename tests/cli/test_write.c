/* What cli/write.c does to a folder: marks, stale files, obstacles, times, the order around kustomization.yaml. */
#include "cli/write.h"
#include "tests/unit/unit.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct fixture {
    arena *a;
    char dir[32];
    compilation c;
    run_input runs[2];
    words inputs;
} fixture;

static int set_up(void **state) {
    arena *a = arena_new();
    fixture *f = ARENA_NEW(a, fixture);
    f->a = a;
    strcpy(f->dir, "/tmp/tektonc-test-XXXXXX");
    if (!mkdtemp(f->dir)) return -1;
    vec_push(a, &f->inputs, S("/somewhere/else/in.yaml"));
    f->runs[0].name = S("one");
    f->runs[1].name = S("two");
    *state = f;
    return 0;
}

static str in_dir(const fixture *f, const char *path) { return str_fmt(f->a, "%s/%s", f->dir, path); }

static int tear_down(void **state) {
    fixture *f = *state;
    str command = str_fmt(f->a, "rm -rf %s", f->dir);
    int status = system(command.p);
    arena_free(f->a);
    return status;
}

static run_output *add_run(fixture *f, int index) {
    run_output *out = vec_add(f->a, &f->c.outputs);
    out->run = &f->runs[index];
    return out;
}

static void add_file(fixture *f, run_output *run, const char *path, const char *value) {
    ynode *tree = ynode_map(f->a, NULL);
    ynode_put_str(f->a, tree, S("value"), str_z(value));
    output_file *file = vec_add(f->a, &run->files);
    file->path = str_z(path);
    vec_push(f->a, &file->documents, tree);
}

static void put(const fixture *f, const char *path, const char *text) {
    FILE *file = fopen(in_dir(f, path).p, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static bool exists(const fixture *f, const char *path) {
    struct stat st;
    return lstat(in_dir(f, path).p, &st) == 0;
}

static str content(const fixture *f, const char *path) {
    char *text = arena_alloc(f->a, 4096);
    FILE *file = fopen(in_dir(f, path).p, "r");
    if (!file) return STR_NONE;
    size_t n = fread(text, 1, 4095, file);
    fclose(file);
    return (str){text, (uint32_t)n};
}

static int write_out(fixture *f) { return write_folder(f->a, &f->c, str_z(f->dir), &f->inputs, 4); }
static void forget(fixture *f) { memset(&f->c.outputs, 0, sizeof f->c.outputs); }

static void one_run(void **state) {
    fixture *f = *state;
    run_output *run = add_run(f, 0);
    add_file(f, run, "pods/a.yaml", "x");
    add_file(f, run, "kustomization.yaml", "k");
    assert_int_equal(write_out(f), EXIT_OK);
    assert_text(content(f, "pods/a.yaml"),
                "# Made by tektonc 0.1.0 from in.yaml (sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855). "
                "Change that, not this.\nvalue: x\n");
    assert_true(exists(f, "kustomization.yaml"));
    assert_int_equal(write_out(f), EXIT_OK); /* over its own files */
}

static void several_runs(void **state) {
    fixture *f = *state;
    add_file(f, add_run(f, 0), "plan.yaml", "1");
    add_file(f, add_run(f, 1), "plan.yaml", "2");
    assert_int_equal(write_out(f), EXIT_OK);
    assert_true(exists(f, "one/plan.yaml"));
    assert_true(exists(f, "two/plan.yaml"));
}

static void stale_files_go(void **state) {
    fixture *f = *state;
    run_output *run = add_run(f, 0);
    add_file(f, run, "pods/a.yaml", "x");
    add_file(f, run, "old.yaml", "x");
    assert_int_equal(write_out(f), EXIT_OK);
    put(f, "pods/mine.yaml", "kept: true\n");
    forget(f);
    add_file(f, add_run(f, 0), "plan.yaml", "x");
    assert_int_equal(write_out(f), EXIT_OK);
    assert_false(exists(f, "pods/a.yaml"));
    assert_false(exists(f, "old.yaml"));
    assert_text(content(f, "pods/mine.yaml"), "kept: true\n");
}

/* What another tektonc wrote to a folder below is not ours to judge; what an index lists is. */
static void folders_of_runs_go(void **state) {
    fixture *f = *state;
    run_output *index = add_run(f, 0);
    add_file(f, index, "kustomization.yaml", "x");
    add_file(f, index, "gone/plan.yaml", "x");
    add_file(f, index, "gone/pods/a.yaml", "x");
    add_file(f, index, "other/plan.yaml", "x");
    assert_int_equal(write_out(f), EXIT_OK);
    put(f, "kustomization.yaml", "# Made by tektonc 0.1.0 from in.yaml\nresources:\n- objects.yaml\n- gone\n");
    forget(f);
    add_file(f, add_run(f, 0), "plan.yaml", "x");
    assert_int_equal(write_out(f), EXIT_OK);
    assert_false(exists(f, "gone"));
    assert_false(exists(f, "kustomization.yaml"));
    assert_true(exists(f, "other/plan.yaml"));
}

static void set_times(const fixture *f, const char *path) {
    struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, in_dir(f, path).p, past, 0), 0);
}

static bool untouched(const fixture *f, const char *path) {
    struct stat st;
    return lstat(in_dir(f, path).p, &st) == 0 && st.st_mtime == 1000;
}

static void unchanged_files_keep_their_times(void **state) {
    fixture *f = *state;
    static const char *const paths[] = {"pods/a.yaml", "plan.yaml", "kustomization.yaml"};
    for (int round = 0; round < 3; round++) {
        forget(f);
        run_output *run = add_run(f, 0);
        for (int i = 0; i < 3; i++) add_file(f, run, paths[i], round == 2 && i == 0 ? "other" : "x");
        assert_int_equal(write_out(f), EXIT_OK);
        for (int i = 0; i < 3; i++) {
            if (round) assert_int_equal(untouched(f, paths[i]), round == 1 || i != 0);
            set_times(f, paths[i]);
        }
    }
    assert_false(exists(f, "kustomization.yaml.tektonc-old"));
}

/* What a run leaves that was killed: half a file, a file under its other name, kustomization.yaml out of the way. */
static void a_killed_run_is_repaired(void **state) {
    fixture *f = *state;
    put(f, "plan.yaml", "# Made by");
    put(f, "job.yaml", "");
    put(f, "rbac.yaml.tektonc-new", "# Made by tektonc 0.1.0 from in.y");
    put(f, "kustomization.yaml.tektonc-old", "# Made by tektonc 0.1.0 from in.yaml\nresources:\n- rbac.yaml\n");
    run_output *run = add_run(f, 0);
    add_file(f, run, "plan.yaml", "x");
    add_file(f, run, "job.yaml", "x");
    add_file(f, run, "kustomization.yaml", "x");
    assert_int_equal(write_out(f), EXIT_OK);
    assert_false(exists(f, "rbac.yaml.tektonc-new"));
    assert_false(exists(f, "kustomization.yaml.tektonc-old"));
    assert_true(str_ends(content(f, "job.yaml"), S("value: x\n")));
    assert_true(str_ends(content(f, "plan.yaml"), S("value: x\n")));
}

static void foreign_files_stop_it(void **state) {
    fixture *f = *state;
    run_output *run = add_run(f, 0);
    add_file(f, run, "a.yaml", "x");
    add_file(f, run, "plan.yaml", "x");
    put(f, "plan.yaml", "theirs: true\n");
    assert_int_equal(write_out(f), EXIT_IO);
    assert_text(content(f, "plan.yaml"), "theirs: true\n");
    assert_false(exists(f, "a.yaml")); /* nothing was written */
}

static void a_link_is_not_followed(void **state) {
    fixture *f = *state;
    add_file(f, add_run(f, 0), "plan.yaml", "x");
    put(f, "target", "# Made by tektonc, says the target\n");
    assert_int_equal(symlink("target", in_dir(f, "plan.yaml").p), 0);
    assert_int_equal(write_out(f), EXIT_IO);
    assert_text(content(f, "target"), "# Made by tektonc, says the target\n");
}

static void json_files_are_listed(void **state) {
    fixture *f = *state;
    run_output *run = add_run(f, 0);
    add_file(f, run, "plan.json", "x");
    add_file(f, run, "kustomization.yaml", "x");
    assert_int_equal(write_out(f), EXIT_OK);
    assert_text(content(f, "plan.json"), "{\n  \"value\": \"x\"\n}\n");
    assert_true(exists(f, ".tektonc-files"));
    put(f, "plan.json.tektonc-new", "{\"half"); /* a crash while it was written anew */
    assert_int_equal(write_out(f), EXIT_OK); /* knows plan.json as its own */
    assert_false(exists(f, "plan.json.tektonc-new"));
    forget(f);
    add_file(f, add_run(f, 0), "plan.yaml", "x");
    assert_int_equal(write_out(f), EXIT_OK);
    assert_false(exists(f, "plan.json"));
    assert_false(exists(f, ".tektonc-files"));
    assert_false(exists(f, "kustomization.yaml"));
}

static void a_failure_leaves_no_kustomization(void **state) {
    fixture *f = *state;
    run_output *run = add_run(f, 0);
    add_file(f, run, "kustomization.yaml", "x");
    add_file(f, run, "plan.yaml", "x");
    assert_int_equal(write_out(f), EXIT_OK);
    forget(f);
    run = add_run(f, 0);
    add_file(f, run, "kustomization.yaml", "y");
    add_file(f, run, "plan.yaml/x.yaml", "y"); /* a file stands where a directory is needed, until it is stale */
    add_file(f, run, "plan.yaml", "y");        /* which it is not */
    assert_int_equal(write_out(f), EXIT_IO);
    assert_false(exists(f, "kustomization.yaml"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(several_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stale_files_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folders_of_runs_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unchanged_files_keep_their_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_killed_run_is_repaired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(foreign_files_stop_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_is_not_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_files_are_listed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_leaves_no_kustomization, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
