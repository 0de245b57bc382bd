#include "plan/read.h"
#include "grammar/duration.h"
#include "plan/format.h"
#include <stdlib.h>

typedef struct reading {
    arena *a;
    str problem;
    hole_list common;
} reading;

static bool wrong(reading *x, const char *what, str name) {
    if (!x->problem.n) x->problem = str_fmt(x->a, "%s%s%.*s%s", what, name.n ? " of `" : "", STR_ARG(name), name.n ? "`" : "");
    return false;
}

static int64_t duration_of(const ynode *n) {
    int64_t ns;
    return n && duration_parse(ynode_text(n), &ns) ? ns : -1;
}

/* ---- values --------------------------------------------------------------------------------------------------------- */

static bool read_value(reading *x, const ynode *n, str owner, plan_value *out) {
    const ynode *members = ynode_is(n, Y_MAP) && n->n == 1 ? ynode_get(n, S("object")) : NULL;
    if (!members) return n && (out->tree = value_read(x->a, n)) ? true : wrong(x, "a malformed value", owner);
    if (!ynode_is(members, Y_MAP)) return wrong(x, "a malformed object", owner);
    str *keys = ARENA_ARRAY(x->a, str, members->n + 1);
    out->values = ARENA_ARRAY(x->a, const vtree *, members->n + 1);
    out->keys = keys;
    out->n = members->n;
    for (uint32_t i = 0; i < members->n; i++) {
        keys[i] = members->pairs[i].key;
        if (!(out->values[i] = value_read(x->a, members->pairs[i].value))) return wrong(x, "a malformed object", owner);
    }
    return true;
}

static bool read_params(reading *x, const ynode *n, str owner, plan_params *out) {
    YNODE_EACH(i, one, n) {
        plan_param *p = vec_add(x->a, out);
        p->name = ynode_get_text(one, S("name"));
        if (!p->name.n) return wrong(x, "a parameter without a name", owner);
        if (!read_value(x, ynode_get(one, S("value")), p->name, &p->value)) return false;
    }
    return true;
}

static bool read_holes(reading *x, const ynode *n, str owner, hole_list *out) {
    YNODE_EACH(i, one, n) {
        hole *h = vec_add(x->a, out);
        h->path = ynode_get_text(one, S("path"));
        h->value = value_read(x->a, ynode_get(one, S("value")));
        if (!h->path.n || h->path.p[0] != '/' || !h->value) return wrong(x, "a malformed hole", owner);
    }
    return true;
}

static bool read_results(reading *x, const ynode *n, str owner, plan_results *out) {
    YNODE_EACH(i, one, n) {
        plan_result *r = vec_add(x->a, out);
        r->name = ynode_get_text(one, S("name"));
        r->type = ynode_get_text(one, S("type"));
        const ynode *value = ynode_get(one, S("value"));
        YNODE_EACH(k, key, ynode_get(one, S("properties"))) vec_push(x->a, &r->properties, ynode_text(key));
        if (!r->name.n) return wrong(x, "a result without a name", owner);
        if (value && !read_value(x, value, r->name, &r->value)) return false;
    }
    return true;
}

/* ---- tasks ---------------------------------------------------------------------------------------------------------- */

static bool read_when(reading *x, const ynode *n, plan_task *t) {
    YNODE_EACH(i, one, n) {
        plan_when *w = vec_add(x->a, &t->when);
        const ynode *cel = ynode_get(one, S("cel"));
        if (cel) {
            if (!read_value(x, cel, t->name, &w->cel)) return false;
            continue;
        }
        str operator = ynode_get_text(one, S("operator"));
        w->in = str_eq(operator, S("in"));
        if (!w->in && !str_eq(operator, S("notin"))) return wrong(x, "an unknown operator in a when expression", t->name);
        if (!read_value(x, ynode_get(one, S("input")), t->name, &w->input)) return false;
        if (!read_value(x, ynode_get(one, S("values")), t->name, &w->values)) return false;
    }
    return true;
}

static bool read_matrix(reading *x, const ynode *n, plan_task *t) {
    if (!n) return true;
    t->matrix = ARENA_NEW(x->a, plan_matrix);
    if (!read_params(x, ynode_get(n, S("params")), t->name, &t->matrix->params)) return false;
    YNODE_EACH(i, one, ynode_get(n, S("include")))
        if (!read_params(x, ynode_get(one, S("params")), t->name, vec_add(x->a, &t->matrix->include))) return false;
    return true;
}

static bool read_units(reading *x, const ynode *n, plan_task *t) {
    YNODE_EACH(i, one, n) {
        plan_unit *u = vec_add(x->a, &t->units);
        u->pod = ynode_get_text(one, S("pod"));
        u->task_run = ynode_get_text(one, S("taskRun"));
        if (!u->pod.n || !u->task_run.n) return wrong(x, "a unit without pod and taskRun", t->name);
        if (!read_holes(x, ynode_get(one, S("holes")), t->name, &u->holes)) return false;
        for (uint32_t k = 0; k < x->common.n; k++) vec_push(x->a, &u->holes, x->common.v[k]);
    }
    return true;
}

static bool read_run(reading *x, const ynode *spec, plan_run *r);

static bool read_child(reading *x, const ynode *n, plan_task *t) {
    if (!n) return true;
    t->pipeline = ARENA_NEW(x->a, plan_run);
    t->pipeline->parent = t->of;
    t->pipeline->task = t->name;
    t->pipeline->path = str_fmt(x->a, "%.*s%.*s/", STR_ARG(t->of->path), STR_ARG(t->name));
    return read_run(x, n, t->pipeline);
}

static bool read_task(reading *x, const ynode *n, plan_task *t) {
    t->name = ynode_get_text(n, S("name"));
    if (!t->name.n) return wrong(x, "a task without a name", STR_NONE);
    /* the record's names of tasks are paths, with the number of a combination behind `#` */
    if (memchr(t->name.p, '/', t->name.n) || memchr(t->name.p, '#', t->name.n)) return wrong(x, "a `/` or `#` in the name", t->name);
    const ynode *display_name = ynode_get(n, S("displayName"));
    if (display_name && !read_value(x, display_name, t->name, &t->display_name)) return false;
    YNODE_EACH(i, dep, ynode_get(n, S("deps"))) vec_push(x->a, &t->deps, ynode_text(dep));
    t->skip = ynode_get_text(n, S("skip"));
    t->continues = str_eq(ynode_get_text(n, S("onError")), S("continue"));
    str retries = ynode_get_text(n, S("retries"));
    if (retries.n) t->retries = (uint32_t)strtoul(str_dup(x->a, retries).p, NULL, 10);
    t->timeout = duration_of(ynode_get(n, S("timeout")));
    t->custom = ynode_get(n, S("custom"));
    YNODE_EACH(i, one, ynode_get(n, S("combinations")))
        if (!read_params(x, one, t->name, vec_add(x->a, &t->combinations))) return false;
    return read_when(x, ynode_get(n, S("when")), t) && read_matrix(x, ynode_get(n, S("matrix")), t) &&
           read_params(x, ynode_get(n, S("params")), t->name, &t->params) &&
           read_results(x, ynode_get(n, S("results")), t->name, &t->results) &&
           read_units(x, ynode_get(n, S("units")), t) && read_child(x, ynode_get(n, S("pipeline")), t);
}

static bool read_tasks(reading *x, const ynode *list, bool finally, plan_run *r) {
    YNODE_EACH(i, one, list) {
        plan_task *t = ARENA_NEW(x->a, plan_task);
        t->finally = finally;
        t->of = r;
        vec_push(x->a, &r->tasks, t);
        if (!read_task(x, one, t)) return false;
        if (!map_add(&r->task_by_name, t->name, t)) return wrong(x, "a second task of the name", t->name);
    }
    return true;
}

/* ---- runs ----------------------------------------------------------------------------------------------------------- */

static bool read_claims(reading *x, const ynode *n, plan_run *r) {
    YNODE_EACH(i, one, n) {
        plan_claim *c = vec_add(x->a, &r->claims);
        c->workspace = ynode_get_text(one, S("workspace"));
        c->name = ynode_get_text(one, S("name"));
        c->template = ynode_get(one, S("template"));
        if (!c->workspace.n || !c->template) return wrong(x, "a malformed claim", c->workspace);
    }
    return true;
}

/* Labels are written as an object of values. */
static bool read_labels(reading *x, const ynode *n, plan_run *r) {
    plan_value all = {0};
    if (!n) return true;
    if (!read_value(x, n, S("labels"), &all)) return false;
    for (uint32_t i = 0; i < all.n; i++)
        vec_push(x->a, &r->labels, ((plan_param){all.keys[i], {.tree = all.values[i]}}));
    return true;
}

/* All but the tasks, which for a plan in parts come from all of them. */
static bool read_head(reading *x, const ynode *spec, plan_run *r) {
    const ynode *who = ynode_get(spec, S("run")), *timeouts = ynode_get(spec, S("timeouts"));
    str kind = ynode_get_text(who, S("kind"));
    r->pipeline = str_eq(kind, S("PipelineRun"));
    if (!r->pipeline && !str_eq(kind, S("TaskRun"))) return wrong(x, "a run of no known kind", kind);
    r->name = ynode_get_text(who, S("name"));
    r->namespace_ = ynode_get_text(who, S("namespace"));
    r->uid = ynode_get_text(who, S("uid"));
    r->pipeline_name = ynode_get_text(who, S("pipeline"));
    r->task_by_name = map_new(x->a);
    r->status = ynode_get_text(who, S("status"));
    r->annotations = ynode_get(who, S("annotations"));
    r->timeout = duration_of(ynode_get(timeouts, S("pipeline")));
    r->timeout_tasks = duration_of(ynode_get(timeouts, S("tasks")));
    r->timeout_finally = duration_of(ynode_get(timeouts, S("finally")));
    return read_labels(x, ynode_get(who, S("labels")), r) && read_params(x, ynode_get(spec, S("params")), r->name, &r->params) &&
           read_results(x, ynode_get(spec, S("results")), r->name, &r->results) && read_claims(x, ynode_get(spec, S("claims")), r);
}

static bool read_run(reading *x, const ynode *spec, plan_run *r) {
    return read_head(x, spec, r) && read_tasks(x, ynode_get(spec, S("tasks")), false, r) &&
           read_tasks(x, ynode_get(spec, S("finally")), true, r);
}

/* ---- the plan ------------------------------------------------------------------------------------------------------- */

bool plan_is(const ynode *document) {
    return str_eq(ynode_get_text(document, S("apiVersion")), S(PLAN_API_VERSION)) && str_eq(ynode_get_text(document, S("kind")), S(PLAN_KIND));
}

static unsigned long number(arena *a, const ynode *n) {
    str text = ynode_text(n);
    return text.n ? strtoul(str_dup(a, text).p, NULL, 10) : 0;
}

/* The specs in the order of their parts; the first says how many there are. */
static bool order_parts(reading *x, const ynode_list *documents, const ynode ***specs, unsigned long *count) {
    const ynode **v = ARENA_ARRAY(x->a, const ynode *, documents->n + 1);
    for (uint32_t i = 0; i < documents->n; i++) {
        const ynode *spec = ynode_get(documents->v[i], S("spec"));
        unsigned long part = number(x->a, ynode_get(spec, S("part")));
        if (!plan_is(documents->v[i])) return wrong(x, "a document that is no plan", STR_NONE);
        if (part >= documents->n || v[part]) return wrong(x, "parts that don't belong together", STR_NONE);
        v[part] = spec;
    }
    const ynode *parts = v[0] ? ynode_get(v[0], S("parts")) : NULL;
    *count = parts ? number(x->a, parts) : 1;
    *specs = v;
    return v[0] && *count == documents->n ? true : wrong(x, "a part that is missing", STR_NONE);
}

plan *plan_read(arena *a, const ynode_list *documents, str *problem) {
    reading x = {.a = a};
    plan *p = ARENA_NEW(a, plan);
    const ynode **specs, *metadata;
    unsigned long n;
    bool ok = order_parts(&x, documents, &specs, &n);
    if (ok) {
        metadata = ynode_get(documents->v[0], S("metadata"));
        p->name = ynode_get_text(metadata, S("name"));
        p->namespace_ = ynode_get_text(metadata, S("namespace"));
        ok = read_holes(&x, ynode_get(specs[0], S("holes")), p->name, &x.common) && read_head(&x, specs[0], &p->run);
    }
    static const str sections[] = {{"tasks", 5}, {"finally", 7}};
    for (int s = 0; ok && s < 2; s++)
        for (unsigned long i = 0; ok && i < n; i++) ok = read_tasks(&x, ynode_get(specs[i], sections[s]), s == 1, &p->run);
    /* all its Pods would have the same name */
    if (ok && !p->run.pipeline && (p->run.tasks.n > 1 || (p->run.tasks.n && p->run.tasks.v[0]->units.n > 1)))
        ok = wrong(&x, "more than one task or unit in a TaskRun", STR_NONE);
    *problem = x.problem;
    return ok ? p : NULL;
}

bool plan_result_of_step(const plan_result *r, str *step, str *name) {
    if (!r->value.tree || r->value.tree->kind != VALUE_TEXT) return false;
    str t = r->value.tree->text;
    uint32_t dot;
    if (!str_starts(t, S("$(steps.")) || !str_ends(t, S(")"))) return false;
    t = str_cut(t, 8, t.n - 1);
    if (str_ends(t, S("[*]"))) t.n -= 3;
    if (!str_find(t, S("."), &dot) || !str_starts(str_from(t, dot), S(".results."))) return false;
    *step = str_cut(t, 0, dot);
    *name = str_from(t, dot + 9);
    return true;
}
