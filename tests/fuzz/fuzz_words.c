/* Lines as the words of a command line of `tektonc`: options, then -p, -w and the like read into a request, which compiles a
 * Pipeline that has one parameter of each type and a workspace. No file is read: this file stands in for cli/input.c. Holds:
 * it ends; a mistake has an exit code; what is reported has a place. */
#include "cli/input.h"
#include "cli/request.h"
#include "compiler/compile.h"
#include "compiler/diags.h"
#include "fuzz.h"

static const char pipeline[] =
    "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n"
    "  params:\n  - {name: s, default: x}\n  - {name: a, type: array, default: [x]}\n"
    "  - {name: o, type: object, properties: {k: {}}, default: {k: v}}\n"
    "  - {name: e, enum: [x, y], default: x}\n"
    "  workspaces: [{name: w, optional: true}]\n"
    "  tasks:\n  - name: t\n    params:\n    - {name: a, value: ['$(params.a[*])']}\n    - {name: s, value: $(params.s) $(params.o.k)}\n"
    "    workspaces: [{name: w}]\n"
    "    taskSpec:\n      params: [{name: a, type: array}, {name: s}]\n      workspaces: [{name: w, optional: true}]\n"
    "      steps: [{image: i, args: ['$(params.a[*])', $(params.s)], workingDir: $(workspaces.w.path)}]\n";

static str file_text;

bool input_file(arena *a, str path, str *text) {
    (void)a;
    *text = file_text;
    return path.n % 2;
}
bool input_read(arena *a, sources *s, const words *paths) {
    (void)a, (void)s, (void)paths;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { MOST = 32 };
    if (size > 1 << 14) return 0;
    arena *a = arena_new();
    char *text = arena_copy(a, (const char *)data, size), *argv[MOST + 3] = {(char[]){"tektonc"}};
    int argc = 1;
    for (char *line = text; argc <= MOST && line < text + size;) {
        char *end = memchr(line, '\n', (size_t)(text + size - line));
        if (!end) end = text + size;
        *end = 0;
        argv[argc++] = line;
        line = end + 1;
    }
    options o;
    if (options_parse(a, argc, argv, &o) && o.verb == VERB_COMPILE) {
        sources s = sources_new(a);
        diags d = {.a = a, .table = diag_rules, .sources = &s};
        request r;
        file_text = str_z("s: {a: 1}\na: [b, 2]\n");
        FUZZ_CHECK(source_add(&s, S("pipeline.yaml"), str_z(pipeline), NULL));
        int code = request_read(a, &s, &d, &o, &r);
        FUZZ_CHECK(code == EXIT_OK || code == EXIT_USAGE || code == EXIT_IO);
        if (code == EXIT_OK) {
            compilation c = {.a = a, .sources = &s, .inputs = 1, .d = &d, .request = &r};
            bool good = compile(&c);
            FUZZ_CHECK(good == !d.errors);
            for (uint32_t i = 0; i < d.list.n; i++) {
                const diag *x = &d.list.v[i];
                FUZZ_CHECK(x->text.n && x->at <= x->end && (!x->at || (source_of(&s, x->at) && source_of(&s, x->end))));
            }
        }
    }
    arena_free(a);
    return 0;
}
