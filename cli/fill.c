/* tektonc fill: the Pods of a plan with given results in them. */
#include "base/map.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/render.h"
#include "cli/verbs.h"
#include "cli/write.h"
#include "compiler/diags.h"
#include "compiler/readrules.h"
#include "plan/fill.h"
#include "plan/names.h"
#include <stdio.h>

typedef struct fill {
    arena *a;
    options *o;
    map pods;           /* metadata.name → Pod, as the plan shows it */
    VEC(ynode_list) plans; /* documents of one plan each */
    map flat, tasks, statuses; /* what was given: name → value, task → its entry, path of a run → status */
    sources sources;
    output_file out;    /* what was filled, when it goes to a stream */
    output_files files;
    bool failed;
    map missing;        /* names of values */
} fill;

static bool bad(fill *x, const char *what, str name) {
    say("%s%.*s", what, STR_ARG(name));
    x->failed = true;
    return false;
}

/* ---- what tasks gave ------------------------------------------------------------------------------------------------ */

/* tasks: {a: {…}, outer: {tasks: {b: {…}}}}, as a and outer/b. The run's status: failed beats skipped. */
static void index_tasks(fill *x, const ynode *tasks, str path) {
    str status = S("Succeeded");
    for (uint32_t i = 0; i < ynode_count(tasks) && tasks->kind == Y_MAP; i++) {
        const ynode *one = tasks->pairs[i].value;
        str name = str_cat(x->a, path, tasks->pairs[i].key), own = ynode_get_text(one, S("status"));
        map_put(&x->tasks, name, (void *)(uintptr_t)one);
        if (str_eq(own, S("Failed"))) status = own;
        else if (str_eq(own, S("None")) && !str_eq(status, S("Failed"))) status = S("Completed");
        if (ynode_get(one, S("tasks"))) index_tasks(x, ynode_get(one, S("tasks")), str_cat(x->a, name, S("/")));
    }
    map_put(&x->statuses, path, (void *)(uintptr_t)ynode_str(x->a, status, NULL));
}

/* Results are strings: 3 and true are what a task would have written. */
static const ynode *as_strings(arena *a, const ynode *n) {
    if (!n || n->kind == Y_STR) return n;
    if (n->kind != Y_SEQ && n->kind != Y_MAP) return ynode_str(a, ynode_text(n).p ? ynode_text(n) : S(""), n);
    ynode *copy = ynode_copy(a, n);
    for (uint32_t i = 0; i < n->n; i++) {
        if (n->kind == Y_SEQ) copy->items[i] = as_strings(a, n->items[i]);
        else copy->pairs[i].value = as_strings(a, n->pairs[i].value);
    }
    return copy;
}

static const ynode *find_given(fill *x, const plan_run *r, str name) {
    str path = r->path.n ? r->path : S("");
    const ynode *flat = map_get(&x->flat, str_cat(x->a, path, name));
    uint32_t dot, end;
    if (flat) return flat;
    if (str_eq(name, S("tasks.status"))) {
        const ynode *status = map_get(&x->statuses, path);
        return status ? status : ynode_strz(x->a, "Succeeded");
    }
    if (!str_find(name, S("."), &dot)) return NULL;
    str rest = str_from(name, dot + 1);
    if (!str_find(rest, S("."), &end)) return NULL;
    const ynode *task = map_get(&x->tasks, str_cat(x->a, path, str_cut(rest, 0, end)));
    str what = str_from(rest, end + 1);
    if (str_starts(what, S("results."))) return ynode_get(ynode_get(task, S("results")), str_from(what, 8));
    if (!str_eq(what, S("status")) && !str_eq(what, S("reason"))) return NULL;
    const ynode *value = ynode_get(task, what);
    return value ? value : ynode_str(x->a, S("Succeeded"), NULL);
}

static const ynode *given(void *ctx, const plan_run *r, str name) {
    fill *x = ctx;
    return as_strings(x->a, find_given(x, r, name));
}

/* ---- Pods ----------------------------------------------------------------------------------------------------------- */

static void add_pod(fill *x, const plan_filling *f, const plan_attempt *at) {
    str missing = STR_NONE, shown = name_pod(x->a, at->unit->task_run, 0);
    const ynode *pod = map_get(&x->pods, shown);
    if (!pod) {
        bad(x, "the Pod is missing: ", shown);
        return;
    }
    const ynode *filled = plan_fill_pod(f, at, pod, &missing);
    if (!filled) {
        plan_missing(f, at, &x->missing);
        x->failed = true;
        return;
    }
    pod = filled;
    vec_push(x->a, &x->out.documents, pod);
    output_file *file = vec_add(x->a, &x->files);
    file->path = str_fmt(x->a, "%.*s%s", STR_ARG(plan_pod_name(f, at)), x->o->json ? ".json" : ".yaml");
    vec_push(x->a, &file->documents, pod);
}

static void add_run(fill *x, const plan_filling *f, const plan_run *r) {
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const plan_task *t = r->tasks.v[i];
        plan_attempt at = {.task = t};
        matrix_combinations combinations = {0};
        str missing = STR_NONE;
        if (t->pipeline) add_run(x, f, t->pipeline);
        if (!t->units.n) continue;
        if (!plan_count(f, t, &at.count, &combinations, &missing)) {
            map_put(&x->missing, missing, x);
            x->failed = true;
            continue;
        }
        for (; at.index < at.count; at.index++) {
            at.unit = &t->units.v[t->matrix ? 0 : at.index];
            at.combination = t->matrix && at.index < combinations.n ? combinations.v[at.index] : NULL;
            add_pod(x, f, &at);
        }
    }
}

static void add_plan(fill *x, const ynode_list *documents) {
    str problem = STR_NONE;
    const plan *p = plan_read(x->a, documents, &problem);
    if (!p) {
        bad(x, "the plan has ", problem);
        return;
    }
    plan_filling f = {
        .a = x->a,
        .name = x->o->name.n ? x->o->name : p->run.name,
        .namespace_ = x->o->namespace_.n ? x->o->namespace_ : p->run.namespace_,
        .uid = x->o->run_uid.n ? x->o->run_uid : p->run.uid,
        .entrypoint = S("tektonc-entrypoint"),
        .given = given,
        .ctx = x,
    };
    add_run(x, &f, &p->run);
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */

static bool read_all(fill *x, sources *s, ynode_list *out) {
    diags d = {.a = x->a, .table = diag_rules, .sources = s};
    for (uint32_t i = 0; i < s->n; i++) read_documents(x->a, &s->v[i], &d, &tekton_read_rules, out);
    if (!d.errors) return true;
    diags_sort(&d);
    rendering r = {.a = x->a, .sources = s, .d = &d};
    str text = render(&r, S("text"));
    fwrite(text.p, 1, text.n, stderr);
    return false;
}

static void add_document(fill *x, map *plans, const ynode *n) {
    const ynode *metadata = ynode_get(n, S("metadata"));
    str name = ynode_get_text(metadata, S("name"));
    if (str_eq(ynode_get_text(n, S("kind")), S("Pod")) && str_eq(ynode_get_text(n, S("apiVersion")), S("v1"))) map_put(&x->pods, name, (void *)(uintptr_t)n);
    if (!plan_is(n)) return;
    str key = str_fmt(x->a, "%.*s/%.*s", STR_ARG(ynode_get_text(metadata, S("namespace"))), STR_ARG(name));
    uintptr_t at = (uintptr_t)map_get(plans, key);
    if (!at) {
        vec_add(x->a, &x->plans);
        map_put(plans, key, (void *)(at = x->plans.n));
    }
    vec_push(x->a, &x->plans.v[at - 1], n);
}

static int read_input(fill *x) {
    sources r = sources_new(x->a);
    x->sources = sources_new(x->a);
    ynode_list documents = {0}, results = {0};
    words files = {0};
    if (x->o->results.n) vec_push(x->a, &files, x->o->results);
    if (!input_read(x->a, &x->sources, &x->o->inputs) || (files.n && !input_read(x->a, &r, &files))) return EXIT_IO;
    if (!read_all(x, &x->sources, &documents) || !read_all(x, &r, &results)) return EXIT_INPUT;
    map plans = map_new(x->a);
    for (uint32_t i = 0; i < documents.n; i++) add_document(x, &plans, documents.v[i]);
    if (results.n > 1 || (results.n && !ynode_is(results.v[0], Y_MAP))) return bad(x, "--results: one mapping is expected", STR_NONE), EXIT_INPUT;
    for (uint32_t i = 0; results.n && i < results.v[0]->n; i++) map_put(&x->flat, results.v[0]->pairs[i].key, (void *)(uintptr_t)results.v[0]->pairs[i].value);
    if (results.n) index_tasks(x, ynode_get(results.v[0], S("tasks")), S(""));
    if (!x->plans.n) return bad(x, "there is no plan in the input", STR_NONE), EXIT_INPUT;
    return EXIT_OK;
}

int verb_fill(options *o) {
    arena *a = o->a;
    fill x = {.a = a, .o = o, .pods = map_new(a), .missing = map_new(a), .flat = map_new(a), .tasks = map_new(a), .statuses = map_new(a)};
    if (!o->inputs.n) {
        say("nothing to fill: name a folder that tektonc wrote, or - for its stream");
        return EXIT_USAGE;
    }
    int code = read_input(&x);
    if (code != EXIT_OK) return code;
    for (uint32_t i = 0; i < x.plans.n; i++) add_plan(&x, &x.plans.v[i]);
    for (uint32_t i = 0; i < x.missing.n; i++) say("a value is missing: %.*s", STR_ARG(x.missing.entries[i].key));
    if (x.failed) return EXIT_INPUT;
    if (!o->output.n || str_eq(o->output, S("-"))) return output_trees(a, &x.out.documents, o->json);
    compilation c = {.a = a, .sources = &x.sources, .inputs = x.sources.n, .files = x.files};
    return write_folder(a, &c, o->output, &o->inputs, 1);
}
