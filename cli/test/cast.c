/* Fakes: how each Pod goes, from what the case, then the test say of its task. */
#include "cli/test/test.h"
#include "compiler/diags.h"
#include "grammar/duration.h"

enum { LAYERS = 6, SECOND = 1000000000 };

/* Mappings that may say how a Pod goes; of each field the first one that has it counts. */
typedef struct layers {
    const ynode *v[LAYERS];
    uint32_t n, own; /* the first `own` are the case's, the others the test's */
} layers;

static const struct outcome_row {
    const char *name;
    rehearsal_outcome outcome;
    bool fails;
} outcomes[] = {
    {"Succeeded", REHEARSAL_RUNS, false},          {"Failed", REHEARSAL_RUNS, true},
    {"Hangs", REHEARSAL_HANGS, false},             {"OutOfMemory", REHEARSAL_OOM, false},
    {"Evicted", REHEARSAL_EVICTED, false},         {"ImagePullBackOff", REHEARSAL_NO_IMAGE, false},
    {"Deleted", REHEARSAL_DELETED, false},         {"Refused", REHEARSAL_REFUSED, false},
};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

static const struct outcome_row *outcome_named(str name) {
    for (int i = 0; i < OUTCOMES; i++)
        if (str_eq(str_z(outcomes[i].name), name)) return &outcomes[i];
    return NULL;
}

/* ---- before the run --------------------------------------------------------------------------------------------- */

static void check_how(test_case *x, const ynode *how) {
    const ynode *outcome = ynode_get(how, S("outcome")), *code = ynode_get(how, S("exitCode"));
    str name = ynode_text(outcome);
    if (outcome && !outcome_named(name)) {
        str names[OUTCOMES];
        for (int i = 0; i < OUTCOMES; i++) names[i] = str_z(outcomes[i].name);
        diag *d = REPORT(&x->s.d, TEST_VALUE, outcome, "There is no outcome %.*s", STR_ARG(name));
        str near = diag_nearest(name, names, OUTCOMES);
        if (near.p)
            diag_help(&x->s.d, d, "did you mean `%.*s`?", STR_ARG(near));
        else
            diag_help(&x->s.d, d, "it is one of Succeeded, Failed, Hangs, OutOfMemory, Evicted, ImagePullBackOff, Deleted, Refused");
    } else if (outcome && code && (!str_eq(name, S("Failed")) || str_eq(ynode_text(code), S("0")))) {
        REPORT(&x->s.d, TEST_VALUE, code, "An exit code of %.*s contradicts the outcome %.*s", STR_ARG(ynode_text(code)), STR_ARG(name));
    }
    YNODE_EACH(i, attempt, ynode_get(how, S("attempts"))) check_how(x, attempt);
    YNODE_EACH(i, combination, ynode_get(how, S("combinations"))) check_how(x, combination);
}

/* The result names of a mapping against what the Task declares. */
static void check_results(test_case *x, const plan_task *t, const ynode *how) {
    const ynode *results = ynode_get(how, S("results"));
    str *names = ARENA_ARRAY(x->a, str, t->results.n + 1);
    for (uint32_t k = 0; k < t->results.n; k++) names[k] = t->results.v[k].name;
    for (uint32_t i = 0; i < ynode_count(results); i++) {
        const ypair *p = &results->pairs[i];
        bool there = false;
        for (uint32_t k = 0; k < t->results.n && !there; k++) there = str_eq(names[k], p->key);
        if (there) continue;
        diag *d = REPORT_RANGE(&x->s.d, TEST_NAME, p->key_at, p->key_end, "The Task of %.*s has no result %.*s", STR_ARG(t->name), STR_ARG(p->key));
        str near = diag_nearest(p->key, names, t->results.n);
        if (near.p) diag_help(&x->s.d, d, "did you mean `%.*s`?", STR_ARG(near));
    }
    YNODE_EACH(i, attempt, ynode_get(how, S("attempts"))) check_results(x, t, attempt);
    YNODE_EACH(i, combination, ynode_get(how, S("combinations"))) check_results(x, t, combination);
}

/* `name` is in the step's `-step_results a,b`. */
static bool own_result(const ynode *container, str name) {
    const ynode *args = ynode_get(container, S("args"));
    for (uint32_t i = 0; i + 1 < ynode_count(args) && !str_eq(ynode_text(args->items[i]), S("-entrypoint")); i++) {
        if (!str_eq(ynode_text(args->items[i]), S("-step_results"))) continue;
        str all = ynode_text(args->items[i + 1]);
        for (uint32_t from = 0, to; from <= all.n; from = to + 1) {
            for (to = from; to < all.n && all.p[to] != ',';) to++;
            if (str_eq(str_cut(all, from, to), name)) return true;
        }
    }
    return false;
}

static const plan_result *declared(const plan_task *t, str name) {
    for (uint32_t i = 0; i < t->results.n; i++)
        if (str_eq(t->results.v[i].name, name)) return &t->results.v[i];
    return NULL;
}

static void check_step_results(test_case *x, const plan_task *t, const ynode *container, const ynode *how) {
    const ynode *results = ynode_get(how, S("results"));
    for (uint32_t i = 0; i < ynode_count(results); i++) {
        const ypair *p = &results->pairs[i];
        if (!declared(t, p->key) && !own_result(container, p->key))
            REPORT_RANGE(&x->s.d, TEST_NAME, p->key_at, p->key_end, "Neither the step nor the Task of %.*s has a result %.*s", STR_ARG(t->name), STR_ARG(p->key));
    }
}

static void check_steps(test_case *x, const plan_task *t, const ynode *how) {
    const ynode *steps = ynode_get(how, S("steps"));
    const ynode *pod = t->units.n ? map_get(&x->manifests, t->units.v[0].pod) : NULL;
    const ynode *containers = ynode_get(ynode_get(pod, S("spec")), S("containers"));
    str *names = ARENA_ARRAY(x->a, str, ynode_count(containers) + 1);
    const ynode **those = ARENA_ARRAY(x->a, const ynode *, ynode_count(containers) + 1);
    uint32_t n = 0;
    YNODE_EACH(i, c, containers) {
        if (!str_starts(ynode_get_text(c, S("name")), S("step-"))) continue;
        those[n] = c;
        names[n++] = str_from(ynode_get_text(c, S("name")), 5);
    }
    for (uint32_t i = 0; i < ynode_count(steps); i++) {
        const ypair *p = &steps->pairs[i];
        bool there = false;
        for (uint32_t k = 0; k < n && !there; k++)
            if ((there = str_eq(names[k], p->key))) check_step_results(x, t, those[k], p->value);
        if (there) continue;
        diag *d = REPORT_RANGE(&x->s.d, TEST_NAME, p->key_at, p->key_end, "%.*s has no step %.*s", STR_ARG(t->name), STR_ARG(p->key));
        str near = diag_nearest(p->key, names, n);
        if (near.p) diag_help(&x->s.d, d, "did you mean `%.*s`?", STR_ARG(near));
    }
    YNODE_EACH(i, attempt, ynode_get(how, S("attempts"))) check_steps(x, t, attempt);
    YNODE_EACH(i, combination, ynode_get(how, S("combinations"))) check_steps(x, t, combination);
}

static void check_tasks(test_case *x, const ynode *tasks) {
    for (uint32_t i = 0; i < ynode_count(tasks); i++) {
        const ypair *p = &tasks->pairs[i];
        const plan_task *t = map_get(&x->tasks, p->key);
        if (!t) {
            ynode key = {.kind = Y_STR, .at = p->key_at, .end = p->key_end};
            case_no_task(x, &key, p->key);
            continue;
        }
        if (t->pipeline || t->custom)
            REPORT_RANGE(&x->s.d, TEST_NAME, p->key_at, p->key_end, "%.*s has no Pod that could be played%s", STR_ARG(p->key),
                         t->pipeline ? "; name the tasks of its pipeline" : ": it is another controller's task");
        check_how(x, p->value);
        check_results(x, t, p->value);
        check_steps(x, t, p->value);
    }
}

void cast_check(test_case *x) {
    check_tasks(x, ynode_get(x->set->document, S("tasks")));
    check_tasks(x, ynode_get(x->node, S("tasks")));
}

/* ---- a Pod ------------------------------------------------------------------------------------------------------ */

static bool has_params(const ynode *params, const ynode *some) {
    for (uint32_t i = 0; i < ynode_count(some); i++) {
        bool fits = false;
        YNODE_EACH(k, p, params)
            fits |= str_eq(ynode_get_text(p, S("name")), some->pairs[i].key) &&
                    str_eq(ynode_get_text(p, S("value")), ynode_text(some->pairs[i].value));
        if (!fits) return false;
    }
    return true;
}

static void add_layer(layers *l, const ynode *n) {
    if (n) l->v[l->n++] = n;
}

static void add_layers(layers *l, const ynode *tasks, const rehearsal_pod *p, const ynode *params) {
    const ynode *task = ynode_get(tasks, p->task), *picked = NULL;
    YNODE_EACH(i, one, ynode_get(task, S("combinations")))
        if (!picked && has_params(params, ynode_get(one, S("params")))) picked = one;
    const ynode *attempts = ynode_get(picked, S("attempts"));
    if (!attempts) attempts = ynode_get(task, S("attempts"));
    uint32_t n = ynode_count(attempts);
    add_layer(l, n ? attempts->items[p->attempt < n ? p->attempt : n - 1] : NULL);
    add_layer(l, picked);
    add_layer(l, task);
}

static const ynode *in_layers(const layers *l, str key) {
    for (uint32_t i = 0; i < l->n; i++)
        if (ynode_get(l->v[i], key)) return ynode_get(l->v[i], key);
    return NULL;
}

/* The value of `name` in the mapping `key`. */
static const ynode *inside_layers(const layers *l, str key, str name) {
    for (uint32_t i = 0; i < l->n; i++) {
        const ynode *v = ynode_get(ynode_get(l->v[i], key), name);
        if (v) return v;
    }
    return NULL;
}

/* A result is a string, a list or a mapping of strings; a number was meant to be one. */
static const ynode *as_result(arena *a, const ynode *v) {
    const field *value = type_field(&Param_type, S("value"));
    diags none = {.a = a, .table = diag_rules};
    return bind_value(a, &none, &Param_type, value, v);
}

static const ynode *made_up(arena *a, const rehearsal_pod *p, const plan_result *r, bool many) {
    str stem = many ? str_fmt(a, "%.*s.%u.%.*s", STR_ARG(p->task), p->index, STR_ARG(r->name))
                    : str_fmt(a, "%.*s.%.*s", STR_ARG(p->task), STR_ARG(r->name));
    if (str_eq(r->type, S("array"))) {
        ynode *items = ynode_seq(a, NULL);
        for (int i = 0; i < 2; i++) ynode_push(a, items, ynode_str(a, str_fmt(a, "%.*s.%d", STR_ARG(stem), i), NULL));
        return items;
    }
    if (!str_eq(r->type, S("object"))) return ynode_str(a, stem, NULL);
    ynode *keys = ynode_map(a, NULL);
    for (uint32_t i = 0; i < r->properties.n; i++)
        ynode_put_str(a, keys, r->properties.v[i], str_fmt(a, "%.*s.%.*s", STR_ARG(stem), STR_ARG(r->properties.v[i])));
    return keys;
}

static void add_result(arena *a, const ynode **to, str name, const ynode *value) {
    ynode *m = *to ? ynode_copy(a, *to) : ynode_map(a, NULL);
    ynode_set(a, m, name, value);
    *to = m;
}

static rehearsal_step *step_named(rehearsal_pod *p, str name, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (str_eq(p->steps[i].name, name)) return &p->steps[i];
    return NULL;
}

/* What single steps were told to write. */
static void write_step_results(test_case *x, const layers *l, rehearsal_pod *p, uint32_t ran) {
    for (uint32_t i = 0; i < ran; i++) {
        const ynode *results = ynode_get(inside_layers(l, S("steps"), p->steps[i].name), S("results"));
        for (uint32_t k = 0; k < ynode_count(results); k++) {
            str name = results->pairs[k].key;
            const ynode *v = as_result(x->a, results->pairs[k].value);
            const plan_result *of_task = declared(p->plan, name);
            bool own = !of_task || of_task->value.tree;
            if (v) add_result(x->a, own ? &p->steps[i].step_results : &p->steps[i].results, name, v);
        }
    }
}

/* The last of so many steps that is not skipped. */
static rehearsal_step *last_step(rehearsal_pod *p, uint32_t ran) {
    while (ran && p->steps[ran - 1].skipped) ran--;
    return ran ? &p->steps[ran - 1] : NULL;
}

/* The results of the Task: those that the case gives, and while it succeeds those of the test and all others. The step that
 * the Task takes one from writes it (`by_step`), else the last one that runs. */
static void write_results(test_case *x, const layers *l, rehearsal_pod *p, bool succeeds, bool by_step) {
    const plan_task *t = p->plan;
    uint32_t ran = rehearsal_steps_run(p);
    bool many = t->matrix || t->combinations.n;
    layers given_by = *l;
    if (!succeeds) given_by.n = l->own;
    for (uint32_t i = 0; i < t->results.n; i++) {
        const plan_result *r = &t->results.v[i];
        str step, name;
        const ynode *given = inside_layers(&given_by, S("results"), r->name), *value = NULL;
        if (given && given->kind != Y_NULL) value = as_result(x->a, given);
        if (!given && succeeds) value = made_up(x->a, p, r, many);
        rehearsal_step *last = last_step(p, ran);
        bool of_step = plan_result_of_step(r, &step, &name);
        if (!value || !last || of_step != by_step) continue;
        if (!of_step) {
            bool written = false;
            for (uint32_t k = 0; k < ran; k++) written |= ynode_get(p->steps[k].results, r->name) != NULL;
            if (given || !written) add_result(x->a, &last->results, r->name, value);
            continue;
        }
        rehearsal_step *by = step_named(p, step, ran);
        if (by && (given || !ynode_get(by->step_results, name))) add_result(x->a, &by->step_results, name, value);
    }
}

static int32_t number(const ynode *n) {
    str t = ynode_text(n);
    int32_t v = 0;
    bool minus = t.n && t.p[0] == '-';
    for (uint32_t i = minus; i < t.n; i++) v = v * 10 + (t.p[i] - '0'); /* the rows have checked it */
    return minus ? -v : v;
}

/* True when single steps were given a time. */
static bool time_steps(const layers *l, rehearsal_pod *p) {
    bool timed = false;
    for (uint32_t i = 0; i < p->n; i++) {
        const ynode *d = ynode_get(inside_layers(l, S("steps"), p->steps[i].name), S("duration"));
        if (d) timed = duration_parse(ynode_text(d), &p->steps[i].duration);
    }
    return timed;
}

static void time_last(const layers *l, rehearsal_step *last, bool timed) {
    const ynode *d = in_layers(l, S("duration"));
    int64_t all = SECOND;
    if (d) duration_parse(ynode_text(d), &all);
    if (last && (d || !timed)) last->duration = all;
}

/* Steps that are skipped, or come after one that failed, write nothing. */
static void forget_unwritten(rehearsal_pod *p) {
    uint32_t ran = rehearsal_steps_run(p);
    for (uint32_t i = 0; i < p->n; i++)
        if (i >= ran || p->steps[i].skipped) p->steps[i].results = p->steps[i].step_results = NULL;
}

void cast_pod(void *ctx, const seq *s, rehearsal_pod *p) {
    test_case *x = ctx;
    const ynode *run = seq_status_task_run(s, x->a, p->child);
    const ynode *params = ynode_get(ynode_get(run, S("spec")), S("params"));
    layers l = {0};
    add_layers(&l, ynode_get(x->node, S("tasks")), p, params);
    l.own = l.n;
    add_layers(&l, ynode_get(x->set->document, S("tasks")), p, params);

    const struct outcome_row *how = &outcomes[0];
    int32_t exit_code = 0;
    for (uint32_t i = 0; i < l.n; i++) { /* the two go together */
        const ynode *outcome = ynode_get(l.v[i], S("outcome")), *code = ynode_get(l.v[i], S("exitCode"));
        if (!outcome && !code) continue;
        if (outcome && outcome_named(ynode_text(outcome))) how = outcome_named(ynode_text(outcome)); /* else it was reported */
        exit_code = code ? number(code) : how->fails;
        break;
    }
    p->outcome = how->outcome;
    p->message = ynode_text(in_layers(&l, S("message")));
    for (uint32_t i = 0; i < p->n; i++)
        p->steps[i].exit_code = number(ynode_get(inside_layers(&l, S("steps"), p->steps[i].name), S("exitCode")));
    bool timed = time_steps(&l, p), succeeds = p->outcome == REHEARSAL_RUNS && !exit_code && !rehearsal_fails(p);
    write_step_results(x, &l, p, p->n);
    write_results(x, &l, p, succeeds, true);
    rehearsal_decide(x->a, p); /* by the results of steps so far; those of the Task itself no `when` of a step sees */
    time_last(&l, last_step(p, p->n), timed);
    if (exit_code && last_step(p, p->n)) last_step(p, p->n)->exit_code = exit_code;
    write_results(x, &l, p, succeeds && !rehearsal_fails(p), false);
    forget_unwritten(p);
}
