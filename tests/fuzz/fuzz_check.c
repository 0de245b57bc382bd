/* Any bytes as a file of `tektonc check`, then of a compilation: read, bind, convert, check, warn, runs to Pods and plan.
 * Holds: it ends; whatever is reported has a place inside the input and a text; reporting, in every format, is well
 * formed; a second time says the same; what compiles to Pods can be written and read again. */
#include "base/emit.h"
#include "base/json.h"
#include "cli/render.h"
#include "compiler/compile.h"
#include "compiler/diags.h"
#include "fuzz.h"

typedef struct checked {
    arena *a;
    sources sources;
    diags d;
    request request;
    compilation c;
} checked;

static void prepare(checked *x, str text, bool closed) {
    arena *a = arena_new();
    *x = (checked){.a = a, .sources = sources_new(a)};
    x->request = (request){.runtime_image = S("tektonc:1"), .image_entrypoints = map_new(a), .closed = closed};
    x->d = (diags){.a = a, .table = diag_rules, .sources = &x->sources};
    FUZZ_CHECK(source_add(&x->sources, S("input.yaml"), text, NULL));
    x->c = (compilation){.a = a, .sources = &x->sources, .inputs = 1, .d = &x->d, .request = &x->request};
}

static void check_places(checked *x) {
    const diags *d = &x->d;
    uint32_t errors = 0;
    for (uint32_t i = 0; i < d->list.n; i++) {
        const diag *one = &d->list.v[i];
        errors += one->severity == SEV_ERROR;
        FUZZ_CHECK(one->text.n > 0 && one->at <= one->end);
        FUZZ_CHECK(!one->at || (source_place(&x->sources, one->at).source && source_place(&x->sources, one->end).source));
        for (uint32_t k = 0; k < one->notes.n; k++) FUZZ_CHECK(one->notes.v[k].text.n > 0);
    }
    FUZZ_CHECK(errors == d->errors);
}

/* What XML forbids can't be in it, whatever the input says. */
static void check_xml(str text) {
    for (uint32_t i = 0; i < text.n; i++) FUZZ_CHECK((unsigned char)text.p[i] >= 0x20 || text.p[i] == '\n' || text.p[i] == '\t');
}

static void check_formats(checked *x) {
    rendering r = {.a = x->a, .sources = &x->sources, .inputs = 1, .d = &x->d, .fail_on = SEV_ERROR};
    r.paths = paths_new(x->a, &x->c.documents);
    str json = render(&r, S("json"));
    for (uint32_t from = 0, to; from < json.n; from = to + 1) {
        for (to = from; json.p[to] != '\n';) to++;
        FUZZ_CHECK(json_read(x->a, str_cut(json, from, to)));
    }
    FUZZ_CHECK(json_read(x->a, render(&r, S("sarif"))));
    check_xml(render(&r, S("junit")));
    str github = render(&r, S("github"));
    uint32_t lines = 0;
    for (uint32_t i = 0; i < github.n; i++) lines += github.p[i] == '\n';
    FUZZ_CHECK(lines >= x->d.list.n);
    r.color = true;
    render(&r, S("text"));
}

static void check_all(checked *x) {
    compile_check(&x->c);
    compile_check_runs(&x->c);
    compile_check_references(&x->c);
    diags_sort(&x->d);
    check_places(x);
}

static void check_output(const run_output *out, arena *a) {
    for (uint32_t i = 0; i < out->files.n; i++)
        for (uint32_t k = 0; k < out->files.v[i].documents.n; k++) {
            const ynode *tree = out->files.v[i].documents.v[k];
            const ynode *again = json_read(a, emit_json_str(a, tree, false));
            FUZZ_CHECK(again && ynode_eq(tree, again));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    checked x, y;
    if (size > 1 << 16) return 0;
    char *copy = malloc(size ? size : 1); /* of exactly this size, so that reading past the end is seen */
    FUZZ_CHECK(copy != NULL);
    if (size) memcpy(copy, data, size);
    str text = {copy, (uint32_t)size};
    prepare(&x, text, size % 2);
    check_all(&x);
    check_formats(&x);
    prepare(&y, text, size % 2);
    check_all(&y);
    FUZZ_CHECK(x.d.list.n == y.d.list.n);
    for (uint32_t i = 0; i < x.d.list.n; i++) FUZZ_CHECK(x.d.list.v[i].at == y.d.list.v[i].at && str_eq(x.d.list.v[i].text, y.d.list.v[i].text));
    uint32_t errors = x.d.errors;
    arena_free(y.a);
    arena_free(x.a);
    if (!errors) {
        prepare(&x, text, false);
        compile(&x.c);
        diags_sort(&x.d);
        check_places(&x);
        for (uint32_t i = 0; i < x.c.outputs.n && !x.d.errors; i++) check_output(&x.c.outputs.v[i], x.a);
        arena_free(x.a);
    }
    free(copy);
    return 0;
}
