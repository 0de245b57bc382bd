#include "lib/tektonc.h"
#include "cli/folder.h"
#include "cli/request.h"
#include "cli/severity.h"
#include "cli/version.h"
#include "compiler/compile.h"
#include "compiler/diags.h"
#include <stdlib.h>

struct tektonc {
    arena *a;
    options o;
    sources sources;
    diags d;
    request request;
    compilation c;
    words names; /* of the input */
    bool done, broken;
    VEC(tektonc_file) files;
    VEC(tektonc_message) messages;
    strbuf said;
    const char *problem;
};

/* ---- without an end of the program ---------------------------------------------------------------------------------- */

typedef struct job {
    tektonc_status (*work)(tektonc *t, const struct job *j);
    const char *name, *text;
    size_t bytes;
    bool checking;
} job;

/* All work is done here: sentences are kept, and out of memory comes back. */
static tektonc_status guarded(tektonc *t, const job *j) {
    arena_guard g;
    if (t->broken) return TEKTONC_MEMORY;
    arena_guard_begin(&g);
    if (setjmp(g.jump)) {
        say_into(NULL);
        arena_guard_free(&g);
        t->broken = true;
        t->problem = "out of memory";
        t->files.n = t->messages.n = 0;
        return TEKTONC_MEMORY;
    }
    t->problem = "";
    t->said = (strbuf){.a = t->a};
    say_into(&t->said);
    tektonc_status status = j->work(t, j);
    say_into(NULL);
    if (status != TEKTONC_OK && !*t->problem && t->said.n) {
        str text = strbuf_str(&t->said);
        t->problem = str_dup(t->a, str_cut(text, 0, text.n - 1)).p; /* without the last line break */
    }
    arena_guard_end(&g);
    return status;
}

static tektonc_status wrong(tektonc *t, const char *problem) {
    t->problem = problem;
    return TEKTONC_USAGE;
}

const char *tektonc_version(void) { return TEKTONC_VERSION; }

static tektonc_status begin(tektonc *t, const job *j) {
    (void)j;
    t->o = (options){.a = t->a};
    t->sources = sources_new(t->a);
    t->d = (diags){.a = t->a, .table = diag_rules, .sources = &t->sources};
    return TEKTONC_OK;
}

/* It must outlive the guard. */
static bool make_arena(tektonc *t) {
    arena_guard g;
    arena_guard_begin(&g);
    if (setjmp(g.jump)) {
        arena_guard_free(&g);
        return false;
    }
    t->a = arena_new();
    arena_guard_end(&g);
    return true;
}

tektonc *tektonc_new(void) {
    tektonc *t = calloc(1, sizeof *t);
    if (t && make_arena(t) && guarded(t, &(job){.work = begin}) == TEKTONC_OK) return t;
    tektonc_free(t);
    return NULL;
}

void tektonc_free(tektonc *t) {
    if (!t) return;
    arena_free(t->a);
    free(t);
}

/* ---- what goes in --------------------------------------------------------------------------------------------------- */

static tektonc_status set(tektonc *t, const job *j) {
    static const char *const refused[] = {"output", "check", "emit", "format", "color", "timings", "fail-on", "jobs"};
    words values = {0};
    str name = str_dup(t->a, str_z(j->name)), value = str_dup(t->a, str_z(j->text));
    if (t->done) return wrong(t, "options are set before the compilation");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (str_eq(name, str_z(refused[i]))) return wrong(t, str_fmt(t->a, "%s: the library has no such option", refused[i]).p);
    vec_push(t->a, &values, value);
    const char *problem = options_give(&t->o, name, &values);
    return problem ? wrong(t, str_fmt(t->a, "%.*s: %s", STR_ARG(name), problem).p) : TEKTONC_OK;
}

tektonc_status tektonc_set(tektonc *t, const char *option, const char *value) { return guarded(t, &(job){.work = set, .name = option, .text = value}); }

static tektonc_status add(tektonc *t, const job *j) {
    if (t->done) return wrong(t, "texts are added before the compilation");
    if (j->bytes > UINT32_MAX - 2) return wrong(t, "the input is larger than 4 GiB");
    str name = str_dup(t->a, str_z(j->name)), text = {arena_copy(t->a, j->text, j->bytes), (uint32_t)j->bytes};
    if (!source_add(&t->sources, name, text, NULL)) return wrong(t, "the input is larger than 4 GiB");
    vec_push(t->a, &t->names, name);
    return TEKTONC_OK;
}

tektonc_status tektonc_add(tektonc *t, const char *name, const char *text, size_t bytes) {
    return guarded(t, &(job){.work = add, .name = name, .text = text, .bytes = bytes});
}

/* ---- what comes out ------------------------------------------------------------------------------------------------- */

static void take_messages(tektonc *t) {
    diags_sort(&t->d);
    for (uint32_t i = 0; i < t->d.list.n; i++) {
        const diag *d = &t->d.list.v[i];
        tektonc_message *m = vec_add(t->a, &t->messages);
        *m = (tektonc_message){.id = d->rule->id, .rule = d->rule->name, .severity = (tektonc_severity)d->severity, .file = ""};
        m->text = str_dup(t->a, d->text).p;
        m->help = d->help.n ? str_dup(t->a, d->help).p : "";
        place at = d->at ? source_place(&t->sources, d->at) : (place){0};
        if (!at.source) continue;
        m->file = str_dup(t->a, at.source->name).p;
        m->line = at.line;
        m->column = at.column;
    }
}

static void take_files(tektonc *t) {
    folder f = folder_named(t->a, S("."));
    folder_collect(&f, &t->c, &t->names);
    for (uint32_t i = 0; i < f.targets.n; i++) {
        const target *x = &f.targets.v[i];
        vec_push(t->a, &t->files, ((tektonc_file){str_dup(t->a, x->path).p, str_dup(t->a, x->text).p, x->text.n}));
    }
}

static tektonc_status compile_all(tektonc *t, const job *j) {
    if (t->done) return wrong(t, "a tektonc compiles once");
    if (!t->names.n) return wrong(t, "there is no input");
    t->done = true;
    if (severity_read(t->a, &t->d, &t->o) != EXIT_OK) return TEKTONC_USAGE;
    t->c = (compilation){.a = t->a, .sources = &t->sources, .inputs = t->sources.n, .d = &t->d, .request = &t->request, .texts_only = true};
    int code = request_read(t->a, &t->sources, &t->d, &t->o, &t->request);
    if (code != EXIT_OK) return code == EXIT_IO ? TEKTONC_IO : TEKTONC_USAGE;
    if (j->checking) {
        compile_check(&t->c);
        compile_check_runs(&t->c);
        compile_check_references(&t->c);
    } else {
        compile(&t->c);
    }
    take_messages(t);
    if (t->d.errors) return TEKTONC_INPUT;
    if (!j->checking) take_files(t);
    return TEKTONC_OK;
}

tektonc_status tektonc_compile(tektonc *t) { return guarded(t, &(job){.work = compile_all}); }
tektonc_status tektonc_check(tektonc *t) { return guarded(t, &(job){.work = compile_all, .checking = true}); }

size_t tektonc_files(const tektonc *t) { return t->files.n; }
const tektonc_file *tektonc_file_at(const tektonc *t, size_t i) { return i < t->files.n ? &t->files.v[i] : NULL; }
size_t tektonc_messages(const tektonc *t) { return t->messages.n; }
const tektonc_message *tektonc_message_at(const tektonc *t, size_t i) { return i < t->messages.n ? &t->messages.v[i] : NULL; }
const char *tektonc_problem(const tektonc *t) { return t->problem; }
