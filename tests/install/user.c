/* A program that uses libtektonc as a user would: only tektonc.h, found by pkg-config. Prints a line for each test that
 * fails; exits with their number. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <tektonc.h>
#include <unistd.h>

static const char task[] = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: hello}\nspec:\n  params: [{name: who, type: string}]\n"
                           "  steps: [{name: s, image: 'alpine:3', script: 'echo $(params.who)'}]\n";
static int failed;

static void check(int fine, const char *name) {
    if (fine) return;
    printf("FAIL library: %s\n", name);
    failed++;
}

static const tektonc_file *file_named(const tektonc *t, const char *path) {
    for (size_t i = 0; i < tektonc_files(t); i++)
        if (strcmp(tektonc_file_at(t, i)->path, path) == 0) return tektonc_file_at(t, i);
    return NULL;
}

static tektonc *compiled(const char *who, tektonc_status *status) {
    tektonc *t = tektonc_new();
    char param[64];
    snprintf(param, sizeof param, "who=%s", who);
    check(tektonc_set(t, "param", param) == TEKTONC_OK && tektonc_set(t, "namespace", "ci") == TEKTONC_OK && tektonc_set(t, "name", "run") == TEKTONC_OK, "options");
    check(tektonc_add(t, "hello.yaml", task, sizeof task - 1) == TEKTONC_OK, "input");
    *status = tektonc_compile(t);
    return t;
}

static void *worker(void *who) {
    for (int i = 0; i < 20; i++) {
        tektonc_status status;
        tektonc *t = compiled(who, &status);
        const tektonc_file *pod = file_named(t, "pods/hello.yaml");
        check(status == TEKTONC_OK && pod && strstr(pod->text, who) && strlen(pod->text) == pod->bytes, "threads");
        tektonc_free(t);
    }
    return NULL;
}

static void all_well(void) {
    tektonc_status status;
    tektonc *t = compiled("world", &status);
    const tektonc_file *pod = file_named(t, "pods/hello.yaml");
    check(status == TEKTONC_OK && !*tektonc_problem(t), "compiles");
    check(pod && strstr(pod->text, "echo world") && strstr(pod->text, "namespace: ci"), "the Pod");
    check(file_named(t, "kustomization.yaml") && file_named(t, "plan.yaml") && file_named(t, "job.yaml"), "the files");
    check(!tektonc_file_at(t, tektonc_files(t)) && !tektonc_message_at(t, tektonc_messages(t)), "past the end");
    check(tektonc_compile(t) == TEKTONC_USAGE && *tektonc_problem(t), "once");
    tektonc_free(t);
    tektonc_free(NULL);
}

static void errors(void) {
    static const char bad[] = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: a}\nspec:\n  steps:\n  - imag: x\n";
    tektonc *t = tektonc_new();
    tektonc_add(t, "bad.yaml", bad, sizeof bad - 1);
    check(tektonc_compile(t) == TEKTONC_INPUT && tektonc_files(t) == 0, "an error");
    int found = 0;
    for (size_t i = 0; i < tektonc_messages(t); i++) {
        const tektonc_message *m = tektonc_message_at(t, i);
        if (m->severity == TEKTONC_ERROR && strcmp(m->file, "bad.yaml") == 0 && m->line == 6 && m->column == 5 && strstr(m->text, "imag")) found = 1;
    }
    check(found, "its place");
    tektonc_free(t);
    t = tektonc_new();
    check(tektonc_set(t, "nonsense", "1") == TEKTONC_USAGE && strstr(tektonc_problem(t), "nonsense"), "an unknown option");
    check(tektonc_set(t, "layout", "round") == TEKTONC_USAGE, "a wrong value");
    check(tektonc_set(t, "output", "x") == TEKTONC_USAGE, "an option of the program");
    check(tektonc_compile(t) == TEKTONC_USAGE, "no input");
    check(tektonc_set(t, "param", "who") == TEKTONC_OK && tektonc_add(t, "a", task, sizeof task - 1) == TEKTONC_OK && tektonc_compile(t) == TEKTONC_USAGE && *tektonc_problem(t), "a malformed parameter");
    tektonc_free(t);
    t = tektonc_new();
    tektonc_set(t, "image-map", "/nonexistent/map.yaml");
    tektonc_add(t, "a", task, sizeof task - 1);
    check(tektonc_compile(t) == TEKTONC_IO && strstr(tektonc_problem(t), "map.yaml"), "a file that is not there");
    tektonc_free(t);
    t = tektonc_new();
    tektonc_add(t, "a", task, sizeof task - 1);
    check(tektonc_check(t) == TEKTONC_OK && tektonc_files(t) == 0, "check");
    tektonc_free(t);
}

/* With ever more memory until it is enough: each time the answer is TEKTONC_MEMORY, and the program goes on. */
static void no_memory(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int denied = 0, fine = 0;
        size_t n = 4u << 20;
        char *many = malloc(n + 256), *p = many;
        p += sprintf(p, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n");
        for (int i = 0; p < many + n; i++) p += sprintf(p, "  key-%d: value\n", i);
        FILE *f = fopen("/proc/self/statm", "r");
        unsigned long pages = 0;
        if (!f || fscanf(f, "%lu", &pages) != 1) _exit(9);
        fclose(f);
        for (rlim_t more = 1u << 20; !fine && more < 1u << 30; more += 16u << 20) {
            struct rlimit limit = {pages * 4096 + more, RLIM_INFINITY};
            setrlimit(RLIMIT_AS, &limit);
            tektonc *t = tektonc_new();
            if (!t) {
                denied++;
                continue;
            }
            tektonc_status status = tektonc_add(t, "many.yaml", many, (size_t)(p - many));
            if (status == TEKTONC_OK) status = tektonc_check(t);
            denied += status == TEKTONC_MEMORY;
            fine = status == TEKTONC_OK;
            if (status != TEKTONC_MEMORY && status != TEKTONC_OK) _exit(8);
            if (status == TEKTONC_MEMORY && (tektonc_check(t) != TEKTONC_MEMORY || !*tektonc_problem(t))) _exit(7);
            tektonc_free(t);
        }
        _exit(!(denied && fine));
    }
    int status = 0;
    waitpid(child, &status, 0);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "no memory");
}

int main(void) {
    pthread_t threads[2];
    check(strchr(tektonc_version(), '.') != NULL, "version");
    all_well();
    errors();
    no_memory();
    pthread_create(&threads[0], NULL, worker, "Alice");
    pthread_create(&threads[1], NULL, worker, "Bob");
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return failed;
}
