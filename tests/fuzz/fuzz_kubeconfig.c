/* Any bytes as a kubeconfig. Nothing is run and no other file is read: this file stands in for runtime/engine/file.c and
 * kube_exec.c, so that the only file is the input, and plugins answer with a part of it. Holds: it ends; refusing says why;
 * what is taken has a server. */
#include "base/json.h"
#include "fuzz.h"
#include "runtime/engine/file.h"
#include "runtime/engine/kube_config.h"

static str input;

static const diag_rule rows[] = {
    {"F1", "syntax", SEV_ERROR, "", ""},     {"F2", "encoding", SEV_ERROR, "", ""}, {"F3", "limit", SEV_ERROR, "", ""},
    {"F4", "repeated", SEV_WARNING, "", ""}, {"F5", "number", SEV_ERROR, "", ""},
};
static const read_rules rules = {&rows[0], &rows[1], &rows[2], &rows[3], &rows[4]};

bool file_read(arena *a, str path, str *out, str *problem) {
    (void)a;
    *problem = S("no such file");
    *out = input;
    return path.n % 2;
}

bool file_documents(arena *a, str path, ynode_list *out, str *problem) {
    sources in = sources_new(a);
    source *one;
    FUZZ_CHECK(source_add(&in, path, input, &one));
    diags d = {.a = a, .table = rows, .sources = &in};
    read_documents(a, one, &d, &rules, out);
    if (d.errors) *problem = S("malformed");
    return !d.errors;
}

bool kube_exec_run(arena *a, const kube_config *c, const ynode **status, str *problem) {
    *problem = S("it failed");
    *status = ynode_get(c->exec, S("env")); /* any tree of the input will do as a plugin's answer */
    if (!*status) *status = json_read(a, ynode_get_text(c->exec, S("command")));
    return *status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 16) return 0;
    arena *a = arena_new();
    char *exact = malloc(size ? size : 1); /* nothing behind the text, so that a read past it is noticed */
    FUZZ_CHECK(exact != NULL);
    if (size) memcpy(exact, data, size);
    input = (str){exact, (uint32_t)size};
    kube_config c;
    str problem = STR_NONE;
    static const char *const files[] = {"config", "dir/config:other", ":", "/a/b:/c"};
    if (kube_config_read(a, str_z(files[size % 4]), size % 3 ? STR_NONE : S("one"), &c, &problem)) {
        FUZZ_CHECK(c.server.n);
        kube_authorization(a, &c);
        if (!kube_credentials(&c, INT64_MAX / 2, true, &problem)) FUZZ_CHECK(problem.n);
    } else {
        FUZZ_CHECK(problem.n);
    }
    free(exact);
    arena_free(a);
    return 0;
}
