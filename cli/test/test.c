/* tektonc test: finds the tests, plays each case, says what came out. */
#include "cli/test/test.h"
#include "cli/input.h"
#include "cli/settings.h"
#include "cli/severity.h"
#include "cli/verbs.h"
#include "compiler/diags.h"
#include "compiler/readrules.h"
#include "compiler/schema/core_v1.h"
#include <sys/stat.h>
#include <unistd.h>

typedef struct testing {
    arena *a;
    options *o;
    test_results results;
    strbuf out;
    int code;
} testing;

static void take(testing *x, const test_result *r) {
    vec_push(x->a, &x->results, *r);
    report_case(x->o, &x->out, &x->results);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static str folder_of(str path) {
    for (uint32_t i = path.n; i > 0; i--)
        if (path.p[i - 1] == '/') return i == 1 ? S("/") : str_cut(path, 0, i - 1);
    return S(".");
}

static bool same_file(str x, str y) {
    struct stat a, b;
    return stat(x.p, &a) == 0 && stat(y.p, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* a/tests/../p.yaml is shown as a/p.yaml, where that is the same. */
static str join(arena *a, str folder, str name) {
    if (str_starts(name, S("/"))) return str_dup(a, name);
    str plain = str_fmt(a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name)), base = folder, rest = name;
    for (bool more = true; more;) {
        more = false;
        if (str_starts(rest, S("./"))) rest = str_from(rest, 2), more = true;
        bool up = str_eq(rest, S("..")) || str_starts(rest, S("../"));
        if (up && !str_eq(base, S(".")) && !str_eq(base, S("/")) && !str_ends(base, S(".."))) {
            base = folder_of(base);
            rest = str_from(rest, rest.n > 2 ? 3 : 2);
            more = true;
        }
    }
    if (str_eq(rest, S("."))) rest = S("");
    str nice = !rest.n ? str_dup(a, base) : str_eq(base, S(".")) ? str_dup(a, rest) : str_fmt(a, "%.*s/%.*s", STR_ARG(base), STR_ARG(rest));
    return same_file(nice, plain) ? nice : plain;
}

/* ---- a document ------------------------------------------------------------------------------------------------- */

/* What is wrong with a test as a whole, as a case that failed. */
static bool refused(testing *x, session *s, str file, str name) {
    if (!s->d.errors) return false;
    rendering r = session_rendering(s, STDOUT_FILENO);
    r.color = report_colored(x->o);
    strbuf text = {.a = x->a};
    if (report_inner_text(x->o))
        render_messages(&r, &text);
    else
        strbuf_add(&text, render(&r, x->o->format));
    test_result result = {.file = file, .name = name, .failed = true, .first = s->d.list.v[0].text, .messages = strbuf_str(&text)};
    take(x, &result);
    return true;
}

static void open_quietly(testing *x, session *s, sources *from) {
    *s = (session){.a = x->a, .o = x->o, .sources = *from};
    s->d = (diags){.a = x->a, .table = diag_rules, .sources = &s->sources};
    severity_read(x->a, &s->d, x->o);
}

static void play_set(testing *x, test_set *set, str file) {
    const ynode *cases = ynode_get(set->document, S("cases"));
    uint32_t at;
    YNODE_EACH(i, one, cases) {
        str name = ynode_get_text(one, S("name"));
        if (x->o->case_.n && !str_find(name, x->o->case_, &at)) continue;
        test_result r = {.file = file, .name = str_dup(x->a, name)};
        case_run(x->a, x->o, set, one, &r);
        take(x, &r);
    }
}

/* The test's file is read again behind its input, so that every place is one of the same sources. */
static void play_document(testing *x, str file, str text, uint32_t number, const ynode *first_look) {
    arena *a = arena_new();
    test_set set = {.sources = sources_new(a)};
    words names = {0};
    str folder = folder_of(file);
    YNODE_EACH(i, path, ynode_get(first_look, S("files")))
        if (ynode_is(path, Y_STR)) vec_push(a, &names, join(a, folder, path->text));
    if (!names.n) vec_push(a, &names, folder);
    source *src;
    if (!input_read(a, &set.sources, &names) || !source_add(&set.sources, file, text, &src)) {
        x->code = EXIT_IO;
        arena_free(a);
        return;
    }
    set.inputs = set.sources.n - 1;
    session s;
    ynode_list documents = {0};
    open_quietly(x, &s, &set.sources);
    read_documents(a, &s.sources.v[set.inputs], &s.d, &tekton_read_rules, &documents);
    set.document = bind_tree(a, &s.d, &kube_PipelineTest_type, documents.v[number], API_V1);
    if (!refused(x, &s, file, S("(the test itself)"))) play_set(x, &set, file);
    arena_free(a);
}

/* What was meant as a test and is none would be passed over for ever. True: it is one. */
static bool is_test(session *s, const ynode *document) {
    static const str test = {"PipelineTest", 12};
    const ynode *kind = ynode_get(document, S("kind")), *version = ynode_get(document, S("apiVersion"));
    bool of_kind = str_eq(ynode_text(kind), S("PipelineTest")), ours = str_starts(ynode_text(version), S("tektonc.dev/"));
    if (of_kind && str_eq(ynode_text(version), S("tektonc.dev/v1alpha1"))) return true;
    if (of_kind) {
        diag *d = REPORT(&s->d, TEST_VALUE, version ? version : kind, "A PipelineTest is of tektonc.dev/v1alpha1");
        diag_help(&s->d, d, "write `apiVersion: tektonc.dev/v1alpha1`");
    } else if (ours && diag_nearest(ynode_text(kind), &test, 1).p) {
        diag *d = REPORT(&s->d, TEST_VALUE, kind ? kind : document, "tektonc has no kind %.*s", STR_ARG(ynode_text(kind)));
        diag_help(&s->d, d, "did you mean `PipelineTest`?");
    }
    return false;
}

/* A file without the word has no test in it; what is wrong with it is not our affair. */
static bool play_file(testing *x, const source *from) {
    uint32_t at, found = 0;
    if (!str_find(from->text, S("PipelineTest"), &at) && !str_find(from->text, S("tektonc.dev/v1"), &at)) return false;
    sources one = sources_new(x->a);
    source *src;
    session s;
    ynode_list documents = {0};
    if (!source_add(&one, from->name, from->text, &src)) return false;
    open_quietly(x, &s, &one);
    read_documents(x->a, &s.sources.v[0], &s.d, &tekton_read_rules, &documents);
    if (refused(x, &s, from->name, S("(the file)"))) return true;
    bool *tests = ARENA_ARRAY(x->a, bool, documents.n + 1);
    for (uint32_t i = 0; i < documents.n; i++) tests[i] = is_test(&s, documents.v[i]);
    found = refused(x, &s, from->name, S("(the file)"));
    for (uint32_t i = 0; i < documents.n; i++) {
        if (!tests[i]) continue;
        found++;
        play_document(x, from->name, from->text, i, documents.v[i]);
    }
    return found;
}

int verb_test(options *o) {
    testing x = {.a = o->a, .o = o, .out = {.a = o->a}};
    sources files = sources_new(o->a);
    diags d = {.a = o->a, .table = diag_rules};
    bool any = false;
    int code = settings_read(o->a, o);
    if (!o->inputs.n) vec_push(o->a, &o->inputs, S("."));
    if (code == EXIT_OK) code = severity_read(o->a, &d, o);
    if (code == EXIT_OK && !input_read(o->a, &files, &o->inputs)) code = EXIT_IO;
    if (code != EXIT_OK) return code;
    report_begin(o, &x.out);
    for (uint32_t i = 0; i < files.n; i++) any = play_file(&x, &files.v[i]) || any;
    report_end(o, &x.out, &x.results);
    if (!session_write(STDOUT_FILENO, strbuf_str(&x.out), S("results"))) return EXIT_IO;
    if (x.code) return x.code;
    if (!x.results.n) {
        say(any ? "no case has such a name" : "there is no test: no document `kind: PipelineTest`, `apiVersion: tektonc.dev/v1alpha1`");
        return EXIT_USAGE;
    }
    for (uint32_t i = 0; i < x.results.n; i++)
        if (x.results.v[i].failed) return EXIT_INPUT;
    return EXIT_OK;
}
