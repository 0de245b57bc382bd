/* One case: its input compiled, its run played, what came of it compared. */
#include "cli/input.h"
#include "cli/request.h"
#include "cli/settings.h"
#include "cli/severity.h"
#include "cli/test/test.h"
#include "base/emit.h"
#include "compiler/diags.h"
#include "grammar/duration.h"
#include <unistd.h>

const ynode *case_given(const test_case *x, str key) {
    const ynode *own = ynode_get(x->node, key);
    return own ? own : ynode_get(x->set->document, key);
}

/* ---- what is asked of the compiler ------------------------------------------------------------------------------ */

/* Both mappings; what the case has goes before what the test has. */
static const ynode *merged(const test_case *x, str key) {
    const ynode *all = ynode_get(x->set->document, key), *own = ynode_get(x->node, key);
    if (!all || !own) return own ? own : all;
    ynode *both = ynode_copy(x->a, all);
    for (uint32_t i = 0; i < own->n; i++) {
        const ypair *p = &own->pairs[i];
        bool there = false;
        for (uint32_t k = 0; k < both->n && !there; k++)
            if ((there = str_eq(both->pairs[k].key, p->key))) both->pairs[k] = *p;
        if (there) continue;
        ynode_put(x->a, both, p->key, p->value);
        both->pairs[both->n - 1] = *p;
    }
    return both;
}

static void read_options(test_case *x, options *o) {
    const ynode *given = merged(x, S("options"));
    for (uint32_t i = 0; i < ynode_count(given); i++) {
        const ypair *p = &given->pairs[i];
        words values = {0};
        YNODE_EACH(k, item, p->value) vec_push(x->a, &values, ynode_text(item));
        if (p->value->kind != Y_SEQ) vec_push(x->a, &values, ynode_text(p->value));
        const char *wrong = options_give(o, p->key, &values);
        if (wrong) REPORT_RANGE(&x->s.d, TEST_VALUE, p->key_at, p->value->end, "`%.*s`: %s", STR_ARG(p->key), wrong);
    }
    str entry = ynode_text(case_given(x, S("entry")));
    if (entry.n) o->entry = entry;
}

static void read_params(test_case *x) {
    const ynode *params = merged(x, S("params")), *workspaces = merged(x, S("workspaces"));
    for (uint32_t i = 0; i < ynode_count(params); i++) {
        /* Through the row of a Param, so that numbers and lists are read as in a run's file. */
        const ypair *p = &params->pairs[i];
        const ynode *value = bind_value(x->a, &x->s.d, &Param_type, type_field(&Param_type, S("value")), p->value);
        if (value) vec_push(x->a, &x->s.request.params, ((named_tree){.name = p->key, .tree = value}));
    }
    for (uint32_t i = 0; i < ynode_count(workspaces); i++) {
        const ypair *p = &workspaces->pairs[i];
        if (p->value->kind != Y_MAP)
            REPORT(&x->s.d, TEST_VALUE, p->value, "A binding such as `emptyDir: {}` is expected");
        else
            vec_push(x->a, &x->s.request.workspaces, ((named_tree){.name = p->key, .tree = p->value}));
    }
}

/* False: the options or the settings can't be used. */
static bool open_session(test_case *x, options *o) {
    session *s = &x->s;
    *s = (session){.a = x->a, .o = o, .sources = x->set->sources};
    /* Its arena stays the set's: lines that one case looks up are there for the next one. */
    s->d = (diags){.a = x->a, .table = diag_rules, .sources = &s->sources};
    read_options(x, o);
    if (settings_read(x->a, o) != EXIT_OK || severity_read(x->a, &s->d, o) != EXIT_OK) return false;
    if (request_read(x->a, &s->sources, &s->d, o, &s->request) != EXIT_OK) return false;
    s->c = (compilation){.a = x->a, .sources = &s->sources, .d = &s->d, .request = &s->request, .inputs = x->set->inputs};
    read_params(x);
    return true;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static void name_tasks(test_case *x, const plan_run *r) {
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const plan_task *t = r->tasks.v[i];
        str path = r->path.n ? str_cat(x->a, r->path, t->name) : t->name;
        map_put(&x->tasks, path, (void *)(uintptr_t)t);
        if (t->pipeline) name_tasks(x, t->pipeline);
    }
}

str case_no_task(test_case *x, const ynode *where, str name) {
    str *names = ARENA_ARRAY(x->a, str, x->tasks.n + 1);
    for (uint32_t i = 0; i < x->tasks.n; i++) names[i] = x->tasks.entries[i].key;
    diag *d = REPORT(&x->s.d, TEST_NAME, where, "There is no task %.*s", STR_ARG(name));
    str near = diag_nearest(name, names, x->tasks.n);
    if (near.p) diag_help(&x->s.d, d, "did you mean `%.*s`?", STR_ARG(near));
    return near;
}

static const ynode *manifest(void *ctx, str file) { return map_get(&((test_case *)ctx)->manifests, file); }

static bool read_plan(test_case *x) {
    const compilation *c = &x->s.c;
    if (c->outputs.n != 1) {
        diag *d = REPORT(&x->s.d, TEST_VALUE, ynode_get(x->node, S("name")), "The input has %u runs", c->outputs.n);
        diag_help(&x->s.d, d, "name one by `entry`, or the files of one by `files`");
        return false;
    }
    const run_output *out = &c->outputs.v[0];
    ynode_list documents = {0};
    str problem = STR_NONE;
    vec_push(x->a, &documents, out->plan);
    for (uint32_t i = 0; i < out->pods.n; i++) map_put(&x->manifests, out->pods.v[i].file, (void *)(uintptr_t)out->pods.v[i].pod);
    x->plan = plan_read(x->a, &documents, &problem);
    if (!x->plan) REPORT(&x->s.d, TEST_VALUE, x->node, "The plan has %.*s", STR_ARG(problem));
    if (x->plan) name_tasks(x, &x->plan->run);
    return x->plan != NULL;
}

static void read_cancel(test_case *x) {
    const ynode *cancel = case_given(x, S("cancel"));
    str how = ynode_get_text(cancel, S("how"));
    if (!cancel) return;
    duration_parse(ynode_get_text(cancel, S("at")), &x->r.cancel_at);
    if (!seq_cancel_parse(how.n ? how : S("Cancelled"), &x->r.cancel))
        REPORT(&x->s.d, TEST_VALUE, ynode_get(cancel, S("how")), "A run is Cancelled, CancelledRunFinally or StoppedRunFinally, not \"%.*s\"", STR_ARG(how));
}

static void report_hanging(test_case *x) {
    for (uint32_t i = 0; i < x->r.pods.n; i++)
        if (!x->r.pods.v[i]->ended)
            REPORT(&x->s.d, TEST_ENDLESS, ynode_get(x->node, S("name")), "%.*s hangs, and no timeout ends it", STR_ARG(x->r.pods.v[i]->task));
}

static void play(test_case *x, test_result *result, arena *out, bool show) {
    const plan_run *r = &x->plan->run;
    const ynode *expect = ynode_get(x->node, S("expect"));
    x->r = (rehearsal){.a = x->a, .plan = x->plan, .identity = {r->name, r->uid, r->namespace_, S("tektonc-entrypoint")},
                       .manifest = manifest, .cast = cast_pod, .ctx = x};
    read_cancel(x);
    cast_check(x);
    if (x->s.d.errors) return;
    rehearsal_run(&x->r);
    map ran = map_new(x->a);
    const ynode *seen = seen_build(x, !show, &ran);
    if (show)
        result->seen = str_dup(out, emit_yaml_str(x->a, seen));
    else if (x->r.stuck)
        report_hanging(x);
    else
        expect_check(x, expect, seen, &ran);
    rehearsal_free(&x->r);
}

static void keep_messages(test_case *x, const options *o, test_result *result, arena *out) {
    rendering r = session_rendering(&x->s, STDOUT_FILENO);
    r.color = report_colored(o);
    strbuf text = {.a = x->a};
    if (report_inner_text(o))
        render_messages(&r, &text);
    else
        strbuf_add(&text, render(&r, o->format));
    result->messages = text.n ? str_dup(out, strbuf_str(&text)) : S("");
    if (x->s.d.list.n) result->first = str_dup(out, x->s.d.list.v[0].text);
}

/* The compiler's warnings are `tektonc check`'s to say. */
static void drop_warnings(diags *d) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < d->list.n; i++)
        if (d->list.v[i].severity == SEV_ERROR) d->list.v[kept++] = d->list.v[i];
    d->list.n = kept;
    d->warnings = 0;
}

void case_run(arena *out, const options *o, const test_set *set, const ynode *node, test_result *result) {
    arena *a = arena_new();
    options co = {.a = a, .verb = VERB_COMPILE, .settings = o->settings, .rules = o->rules, .color = o->color};
    test_case x = {.a = a, .set = set, .node = node, .manifests = map_new(a), .tasks = map_new(a)};
    const ynode *expect = ynode_get(node, S("expect"));
    bool usable = open_session(&x, &co);
    if (!usable && !x.s.d.errors) REPORT(&x.s.d, TEST_VALUE, node, "The options of this case can't be used");
    if (!x.s.d.errors) {
        compile(&x.s.c);
        bool compiled = !x.s.d.errors;
        if (ynode_get(expect, S("errors")))
            expect_errors(&x, expect);
        else if (compiled && read_plan(&x))
            play(&x, result, out, o->show);
        drop_warnings(&x.s.d);
    }
    result->failed = x.s.d.list.n > 0;
    result->at = node->at;
    keep_messages(&x, o, result, out);
    arena_free(a);
}
