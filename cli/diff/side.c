#include "cli/diff/side.h"
#include "cli/diff/git.h"
#include "cli/input.h"
#include "cli/session.h"
#include "compiler/readrules.h"
#include "plan/format.h"
#include "plan/names.h"
#include "plan/read.h"
#include <sys/stat.h>
#include <unistd.h>

typedef struct loading {
    arena *a;
    session s;
    side *out;
    map plans; /* NAMESPACE/NAME → index of the run + 1 */
    ynode_list jobs;
} loading;

/* ---- documents to a side -------------------------------------------------------------------------------------------- */

static str key_of(arena *a, str namespace_, str name) { return str_fmt(a, "%.*s/%.*s", STR_ARG(namespace_), STR_ARG(name)); }

static str name_of(const ynode *n) { return ynode_get_text(ynode_get(n, S("metadata")), S("name")); }
static str namespace_of(const ynode *n) { return ynode_get_text(ynode_get(n, S("metadata")), S("namespace")); }

static bool is_kind(const ynode *n, const char *kind, const char *version) {
    return str_eq(ynode_get_text(n, S("kind")), str_z(kind)) && str_starts(ynode_get_text(n, S("apiVersion")), str_z(version));
}

static const ynode *joined(arena *a, const ynode *x, const ynode *y) {
    if (!y) return x;
    ynode *out = ynode_seq(a, NULL);
    YNODE_EACH(i, item, x) ynode_push(a, out, item);
    YNODE_EACH(i, item, y) ynode_push(a, out, item);
    return out;
}

static void add_plan(loading *x, const ynode *n) {
    arena *a = x->a;
    str key = key_of(a, namespace_of(n), name_of(n));
    const ynode *spec = ynode_get(n, S("spec"));
    uintptr_t at = (uintptr_t)map_get(&x->plans, key);
    if (!at) {
        vec_push(a, &x->out->runs, ((side_run){.name = name_of(n), .namespace_ = namespace_of(n), .spec = spec}));
        map_put(&x->plans, key, (void *)(uintptr_t)x->out->runs.n);
        return;
    }
    side_run *run = &x->out->runs.v[at - 1];
    ynode *all = ynode_copy(a, run->spec);
    static const char *const lists[] = {"tasks", "finally"};
    for (int i = 0; i < 2; i++) {
        const ynode *more = ynode_get(spec, str_z(lists[i]));
        if (more) ynode_set(a, all, str_z(lists[i]), joined(a, ynode_get(all, str_z(lists[i])), more));
    }
    run->spec = all;
}

static void add_document(loading *x, const ynode *n);

static void add_texts(loading *x, const ynode *data) {
    for (uint32_t i = 0; ynode_is(data, Y_MAP) && i < data->n; i++) {
        source *src;
        ynode_list documents = {0};
        if (!source_add(&x->s.sources, data->pairs[i].key, str_dup(x->a, ynode_text(data->pairs[i].value)), &src)) return;
        read_documents(x->a, src, &x->s.d, &tekton_read_rules, &documents);
        for (uint32_t k = 0; k < documents.n; k++) add_document(x, documents.v[k]);
    }
}

static void add_document(loading *x, const ynode *n) {
    if (is_kind(n, "List", "v1")) {
        YNODE_EACH(i, item, ynode_get(n, S("items"))) add_document(x, item);
    } else if (plan_is(n)) {
        add_plan(x, n);
    } else if (is_kind(n, "Pod", "v1")) {
        map_put(&x->out->pods, key_of(x->a, namespace_of(n), name_of(n)), (void *)(uintptr_t)n);
    } else if (is_kind(n, "ConfigMap", "v1") && str_eq(ynode_get_text(ynode_get(ynode_get(n, S("metadata")), S("labels")), S("app.kubernetes.io/name")), S("tektonc-plan"))) {
        add_texts(x, ynode_get(n, S("data")));
    } else if (is_kind(n, "Job", "batch/") || is_kind(n, "CronJob", "batch/")) {
        vec_push(x->a, &x->jobs, n);
    } else if (!is_kind(n, "Kustomization", "kustomize.")) {
        vec_push(x->a, &x->out->objects, n);
    }
}

/* A Job of ours says whose it is; others are objects like any. */
static void give_jobs(loading *x) {
    for (uint32_t i = 0; i < x->jobs.n; i++) {
        const ynode *job = x->jobs.v[i], *labels = ynode_get(ynode_get(job, S("metadata")), S("labels"));
        side_run *of = NULL;
        if (str_eq(ynode_get_text(labels, S("app.kubernetes.io/name")), S("tektonc-controller")))
            for (uint32_t k = 0; k < x->out->runs.n && !of; k++) {
                side_run *run = &x->out->runs.v[k];
                str namespace_ = namespace_of(job);
                if (str_eq(run->name, ynode_get_text(labels, S("app.kubernetes.io/instance"))) && (!namespace_.n || str_eq(namespace_, run->namespace_)) && !run->job) of = run;
            }
        if (of) of->job = job;
        else vec_push(x->a, &x->out->objects, job);
    }
}

const ynode *side_pod(arena *a, const side *s, const side_run *run, str task_run) {
    return map_get(&s->pods, key_of(a, run->namespace_, name_pod(a, task_run, 0)));
}

/* ---- reading and compiling ------------------------------------------------------------------------------------------- */

/* What tektonc wrote names the plan's kind; input has no reason to. */
static bool is_output(const sources *s) {
    uint32_t at;
    for (uint32_t i = 0; i < s->n; i++)
        if (str_find(s->v[i].text, S(PLAN_API_VERSION), &at) && str_find(s->v[i].text, S(PLAN_KIND), &at)) return true;
    return false;
}

static void take_compiled(loading *x, const output_files *files) {
    for (uint32_t i = 0; i < files->n; i++)
        for (uint32_t k = 0; k < files->v[i].documents.n; k++) add_document(x, files->v[i].documents.v[k]);
}

static int take_input(loading *x) {
    int code = session_ready(&x->s);
    if (code != EXIT_OK) return code;
    compile(&x->s.c);
    if (x->s.d.errors || x->s.d.warnings) code = session_report(&x->s, STDERR_FILENO);
    if (x->s.d.errors) return EXIT_INPUT;
    take_compiled(x, &x->s.c.files);
    for (uint32_t i = 0; i < x->s.c.outputs.n; i++) take_compiled(x, &x->s.c.outputs.v[i].files);
    return code;
}

static int take_output(loading *x) {
    ynode_list documents = {0};
    uint32_t n = x->s.sources.n;
    for (uint32_t i = 0; i < n; i++) read_documents(x->a, &x->s.sources.v[i], &x->s.d, &tekton_read_rules, &documents);
    for (uint32_t i = 0; i < documents.n; i++) add_document(x, documents.v[i]);
    x->s.c.inputs = n;
    return x->s.d.errors ? session_report(&x->s, STDERR_FILENO) : EXIT_OK;
}

/* REV:PATH, where no file has that name. */
static bool read_word(loading *x, str word) {
    struct stat st;
    uint32_t colon;
    str text = str_dup(x->a, word);
    words one = {0};
    if (stat(text.p, &st) != 0 && str_find(word, S(":"), &colon) && colon) {
        str rev = str_dup(x->a, str_cut(word, 0, colon)), path = str_dup(x->a, str_from(word, colon + 1));
        if (git_is_revision(x->a, rev, path)) return git_read(x->a, &x->s.sources, rev, path.n ? path : S("."));
    }
    vec_push(x->a, &one, text);
    return input_read(x->a, &x->s.sources, &one);
}

int side_read(arena *a, const options *o, str word, side *out) {
    loading x = {.a = a, .out = out, .plans = map_new(a)};
    options *own = ARENA_NEW(a, options);
    *own = *o;
    *out = (side){.pods = map_new(a)};
    int code = session_start(&x.s, own);
    if (code != EXIT_OK) return code;
    if (!read_word(&x, word)) return EXIT_IO;
    code = is_output(&x.s.sources) ? take_output(&x) : take_input(&x);
    give_jobs(&x);
    return code;
}
