#include "cli/diff/compare.h"
#include "cli/diff/deep.h"
#include "cli/diff/pod.h"
#include "compiler/schema/core_v1.h"
#include "plan/value.h"

typedef struct half { /* of a pair; run NULL: not there */
    const side *side;
    const side_run *run;
} half;

typedef struct pair {
    arena *a;
    half old, new;
    section *out;
} pair;

/* ---- what a plan says, for people ------------------------------------------------------------------------------------ */

/* Value trees as the references that they are. */
static const ynode *shown(arena *a, const ynode *n) {
    if (!n || (n->kind != Y_SEQ && n->kind != Y_MAP)) return n;
    const vtree *v = n->kind == Y_MAP ? value_read(a, n) : NULL;
    if (v) return ynode_str(a, value_show(a, v, NULL, NULL), NULL);
    ynode *out = ynode_copy(a, n);
    for (uint32_t i = 0; i < n->n; i++) {
        if (n->kind == Y_SEQ) out->items[i] = shown(a, n->items[i]);
        else out->pairs[i].value = shown(a, n->pairs[i].value);
    }
    const ynode *object = n->kind == Y_MAP && n->n == 1 ? ynode_get(out, S("object")) : NULL;
    return object ? object : out;
}

static str joined(arena *a, const ynode *items) {
    strbuf b = {.a = a};
    YNODE_EACH(i, item, items) strbuf_addf(&b, "%s%.*s", i ? ", " : "", STR_ARG(ynode_text(item)));
    return b.n ? strbuf_str(&b) : S("");
}

/* A condition as one line. */
static const ynode *condition(arena *a, const ynode *when) {
    str cel = ynode_get_text(when, S("cel"));
    if (cel.n) return ynode_str(a, cel, NULL);
    const ynode *input = shown(a, ynode_get(when, S("input")));
    return ynode_str(a, str_fmt(a, "%.*s %.*s [%.*s]", STR_ARG(ynode_text(input)), STR_ARG(ynode_get_text(when, S("operator"))), STR_ARG(joined(a, shown(a, ynode_get(when, S("values")))))), NULL);
}

static bool holds(const ynode *items, const ynode *item) {
    YNODE_EACH(i, x, items)
        if (ynode_eq(x, item)) return true;
    return false;
}

/* A list whose order means nothing: what came and what went. */
static void compare_set(const deep *d, change_topic topic, str what, const ynode *old, const ynode *new) {
    YNODE_EACH(i, x, old)
        if (!holds(new, x)) deep_add(d, topic, what, x, NULL);
    YNODE_EACH(k, y, new)
        if (!holds(old, y)) deep_add(d, topic, what, NULL, y);
}

static const ynode *conditions(arena *a, const ynode *task) {
    ynode *out = ynode_seq(a, NULL);
    YNODE_EACH(i, when, ynode_get(task, S("when"))) ynode_push(a, out, condition(a, when));
    return out;
}

static const ynode *after(arena *a, const ynode *task) {
    const ynode *deps = ynode_get(task, S("deps"));
    return ynode_count(deps) ? ynode_str(a, joined(a, deps), NULL) : NULL;
}

/* {name: …, value: …} of one combination as "name=value, …". */
static str combination(arena *a, const ynode *params) {
    strbuf b = {.a = a};
    YNODE_EACH(i, p, params) strbuf_addf(&b, "%s%.*s=%.*s", i ? ", " : "", STR_ARG(ynode_get_text(p, S("name"))), STR_ARG(ynode_text(shown(a, ynode_get(p, S("value"))))));
    return b.n ? strbuf_str(&b) : S("");
}

static const ynode *combinations(arena *a, const ynode *task) {
    ynode *out = ynode_seq(a, NULL);
    YNODE_EACH(i, one, ynode_get(task, S("combinations"))) ynode_push(a, out, ynode_str(a, combination(a, one), NULL));
    return out;
}

/* ---- tasks ------------------------------------------------------------------------------------------------------------ */

static const struct task_row {
    const char *key, *what;
    change_topic topic;
    bool value; /* holds value trees */
} task_rows[] = {
    {"skip", "never runs", TOPIC_WHEN, false},
    {"params", "", TOPIC_PARAMS, true},
    {"matrix", "matrix", TOPIC_PARAMS, true},
    {"retries", "retries", TOPIC_LIMITS, false},
    {"timeout", "timeout", TOPIC_LIMITS, false},
    {"onError", "onError", TOPIC_LIMITS, false},
    {"results", "result", TOPIC_RESULTS, true},
    {"custom", "custom task", TOPIC_OTHER, true},
    {"displayName", "displayName", TOPIC_OTHER, false},
};

static void compare_plan_task(arena *a, const ynode *old, const ynode *new, changes *out) {
    deep d = {a, STR_NONE, TOPIC_OTHER, out};
    deep_add(&d, TOPIC_ORDER, S("starts after"), after(a, old), after(a, new));
    compare_set(&d, TOPIC_WHEN, S("only when"), conditions(a, old), conditions(a, new));
    compare_set(&d, TOPIC_PARAMS, S("combination"), combinations(a, old), combinations(a, new));
    for (size_t i = 0; i < sizeof task_rows / sizeof *task_rows; i++) {
        const struct task_row *r = &task_rows[i];
        const ynode *x = ynode_get(old, str_z(r->key)), *y = ynode_get(new, str_z(r->key));
        ynode *both[2] = {ynode_map(a, NULL), ynode_map(a, NULL)};
        if (r->value) x = shown(a, x), y = shown(a, y);
        if (x) ynode_put(a, both[0], str_z(r->what), x);
        if (y) ynode_put(a, both[1], str_z(r->what), y);
        deep own = {a, STR_NONE, r->topic, out};
        deep_compare(&own, NULL, STR_NONE, both[0], both[1]);
    }
}

static const ynode *unit_pod(arena *a, const half *h, const ynode *unit) {
    if (!h->run || !unit) return NULL;
    const ynode *pod = side_pod(a, h->side, h->run, ynode_get_text(unit, S("taskRun")));
    return pod ? pod_plain(a, pod, ynode_get(unit, S("holes")), ynode_get(h->run->spec, S("holes"))) : NULL;
}

static bool same_changes(const changes *x, const changes *y) {
    if (x->n != y->n) return false;
    for (uint32_t i = 0; i < x->n; i++) {
        const change *p = &x->v[i], *q = &y->v[i];
        if (!str_eq(p->where, q->where) || !str_eq(p->what, q->what) || !deep_equal(p->old, q->old) || !deep_equal(p->new, q->new)) return false;
    }
    return true;
}

static const ynode *at(const ynode *items, uint32_t i) { return i < ynode_count(items) ? items->items[i] : NULL; }

/* Where a task's combinations stand on the other side, so that a new one in front does not shift all others. */
static uint32_t partner(const ynode *mine, uint32_t i, const ynode *others) {
    if (!ynode_count(mine) || !ynode_count(others)) return i;
    for (uint32_t k = 0; k < others->n; k++)
        if (ynode_eq(mine->items[i], others->items[k])) return k;
    return others->n;
}

/* Pods of a matrix mostly change alike: said once. */
static void compare_units(pair *p, const ynode *old, const ynode *new, changes *out) {
    const ynode *olds = ynode_get(old, S("units")), *news = ynode_get(new, S("units"));
    const ynode *old_combinations = combinations(p->a, old), *new_combinations = combinations(p->a, new);
    changes first = {0};
    bool any = false;
    for (uint32_t i = 0; i < (new ? ynode_count(news) : ynode_count(olds)); i++) {
        const ynode *unit = new ? at(news, i) : NULL, *was = new ? at(olds, partner(new_combinations, i, old_combinations)) : at(olds, i);
        if (old && new && !was) continue; /* a combination that came is said to have come */
        changes own = {0};
        pod_compare(p->a, unit_pod(p->a, &p->old, was), unit_pod(p->a, &p->new, unit), &own);
        if (any && same_changes(&own, &first)) continue;
        for (uint32_t k = 0; k < own.n; k++) {
            change *c = vec_add(p->a, out);
            *c = own.v[k];
            const ynode *which = any ? at(new ? new_combinations : old_combinations, i) : NULL;
            if (which) c->where = str_fmt(p->a, "%.*s%s(%.*s)", STR_ARG(c->where), c->where.n ? " " : "", STR_ARG(ynode_text(which)));
        }
        if (!any) first = own;
        any = true;
    }
}

/* Of a task that came: what it is; all the rest can be read in the manifests. */
static bool tells(change_topic t) { return t == TOPIC_ORDER || t == TOPIC_WHEN || t == TOPIC_IMAGE || t == TOPIC_PERMISSIONS; }

/* Labels and annotations of the run are on all its Pods: said once. */
static bool is_said(const changes *of_run, const change *c) {
    if (c->topic != TOPIC_OTHER || c->where.n) return false;
    for (uint32_t i = 0; i < of_run->n; i++) {
        const change *x = &of_run->v[i];
        if (str_eq(x->what, c->what) && deep_equal(x->old, c->old) && deep_equal(x->new, c->new)) return true;
    }
    return false;
}

static void add_entry(pair *p, str path, const ynode *old, const ynode *new) {
    entry e = {.sign = !old ? '+' : !new ? '-' : '~', .kind = S("task"), .name = path};
    if (new) {
        changes all = {0};
        compare_plan_task(p->a, old, new, &all);
        compare_units(p, old, new, &all);
        for (uint32_t i = 0; i < all.n; i++)
            if (old ? !is_said(&p->out->changes, &all.v[i]) : tells(all.v[i].topic)) vec_push(p->a, &e.changes, all.v[i]);
    }
    if (e.sign != '~' || e.changes.n) vec_push(p->a, &p->out->entries, e);
}

static void compare_tasks(pair *p, str path, const ynode *old, const ynode *new);

static void compare_task(pair *p, str path, const ynode *old, const ynode *new) {
    const ynode *child_old = ynode_get(old, S("pipeline")), *child_new = ynode_get(new, S("pipeline"));
    add_entry(p, path, old, new);
    if (child_old || child_new) compare_tasks(p, str_cat(p->a, path, S("/")), child_old, child_new);
}

static void compare_list(pair *p, str path, const ynode *old, const ynode *new) {
    map olds = map_new(p->a), news = map_new(p->a);
    YNODE_EACH(i, t, old) map_put(&olds, ynode_get_text(t, S("name")), (void *)(uintptr_t)t);
    YNODE_EACH(i, t, new) {
        str name = ynode_get_text(t, S("name"));
        map_put(&news, name, p);
        compare_task(p, str_cat(p->a, path, name), map_get(&olds, name), t);
    }
    YNODE_EACH(i, t, old) {
        str name = ynode_get_text(t, S("name"));
        if (!map_has(&news, name)) compare_task(p, str_cat(p->a, path, name), t, NULL);
    }
}

static void compare_tasks(pair *p, str path, const ynode *old, const ynode *new) {
    static const char *const lists[] = {"tasks", "finally"};
    for (int i = 0; i < 2; i++) compare_list(p, path, ynode_get(old, str_z(lists[i])), ynode_get(new, str_z(lists[i])));
}

/* ---- runs ---------------------------------------------------------------------------------------------------------------- */

/* Texts of `name` become `as`: names that follow from a run's name differ when that does. */
static const ynode *renamed(arena *a, const ynode *n, str name, str as) {
    uint32_t hit;
    if (!n || !name.n || str_eq(name, as)) return n;
    if (n->kind == Y_STR)
        return str_find(n->text, name, &hit) ? ynode_str(a, str_fmt(a, "%.*s%.*s%.*s", (int)hit, n->text.p, STR_ARG(as), STR_ARG(str_from(n->text, hit + name.n))), NULL) : n;
    if (n->kind != Y_SEQ && n->kind != Y_MAP) return n;
    ynode *out = ynode_copy(a, n);
    for (uint32_t i = 0; i < n->n; i++) {
        if (n->kind == Y_SEQ) out->items[i] = renamed(a, n->items[i], name, as);
        else out->pairs[i].value = renamed(a, n->pairs[i].value, name, as);
    }
    return out;
}

/* A Job's spec without what only carries the plan's hash. */
static const ynode *plain_job(arena *a, const ynode *job) {
    const ynode *spec = ynode_get(job, S("spec")), *of = spec;
    const ynode *inner = ynode_get(ynode_get(spec, S("jobTemplate")), S("spec"));
    if (inner) of = inner;
    const ynode *template = ynode_get(of, S("template")), *pod = ynode_get(template, S("spec"));
    if (!pod) return spec;
    ynode *all = ynode_map(a, NULL);
    const ynode *parts[] = {inner ? ynode_without(a, spec, S("jobTemplate")) : NULL, ynode_without(a, of, S("template")), ynode_without(a, pod, S("volumes"))};
    for (int i = 0; i < 3; i++)
        for (uint32_t k = 0; k < ynode_count(parts[i]); k++) ynode_set(a, all, parts[i]->pairs[k].key, parts[i]->pairs[k].value);
    return all;
}

static void compare_jobs(pair *p) {
    const ynode *old = p->old.run->job, *new = p->new.run->job;
    if (!old || !new) return;
    deep d = {p->a, S("controller"), TOPIC_OTHER, &p->out->changes};
    deep_add(&d, TOPIC_SCHEDULE, S("kind"), ynode_get(old, S("kind")), ynode_get(new, S("kind")));
    const ynode *metadata_old = ynode_get(old, S("metadata")), *metadata_new = ynode_get(new, S("metadata"));
    deep_compare(&d, NULL, S("annotations"), ynode_get(metadata_old, S("annotations")), ynode_get(metadata_new, S("annotations")));
    deep_compare(&d, NULL, STR_NONE, renamed(p->a, plain_job(p->a, old), p->old.run->name, p->new.run->name), plain_job(p->a, new));
}

static const struct run_row {
    const char *key, *what;
    change_topic topic;
} run_rows[] = {
    {"params", "", TOPIC_PARAMS},   {"timeouts", "timeouts", TOPIC_LIMITS}, {"results", "result", TOPIC_RESULTS},
    {"claims", "claim", TOPIC_STORAGE},
};

static const ynode *claims_by_workspace(arena *a, const ynode *items) {
    ynode *out = ynode_map(a, NULL);
    YNODE_EACH(i, one, items) ynode_set(a, out, ynode_get_text(one, S("workspace")), ynode_get(one, S("template")));
    return out;
}

static void compare_run(pair *p) {
    arena *a = p->a;
    const ynode *old = p->old.run->spec, *new = p->new.run->spec;
    for (size_t i = 0; i < sizeof run_rows / sizeof *run_rows; i++) {
        const struct run_row *r = &run_rows[i];
        const ynode *x = shown(a, ynode_get(old, str_z(r->key))), *y = shown(a, ynode_get(new, str_z(r->key)));
        if (str_eq(str_z(r->key), S("claims"))) x = claims_by_workspace(a, x), y = claims_by_workspace(a, y);
        ynode *both[2] = {ynode_map(a, NULL), ynode_map(a, NULL)};
        if (x) ynode_put(a, both[0], str_z(r->what), x);
        if (y) ynode_put(a, both[1], str_z(r->what), y);
        deep d = {a, STR_NONE, r->topic, &p->out->changes};
        deep_compare(&d, NULL, STR_NONE, both[0], both[1]);
    }
    deep d = {a, STR_NONE, TOPIC_OTHER, &p->out->changes};
    const ynode *run_old = ynode_get(old, S("run")), *run_new = ynode_get(new, S("run"));
    static const char *const keys[] = {"pipeline", "namespace", "status", "labels", "annotations"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        deep_compare(&d, NULL, str_z(keys[i]), shown(a, ynode_get(run_old, str_z(keys[i]))), shown(a, ynode_get(run_new, str_z(keys[i]))));
    compare_jobs(p);
    compare_tasks(p, S(""), old, new);
}

static str title(arena *a, const side_run *run) {
    const ynode *r = ynode_get(run->spec, S("run"));
    str pipeline = ynode_get_text(r, S("pipeline"));
    bool of = pipeline.n && !str_eq(pipeline, run->name);
    return str_fmt(a, "%.*s %.*s%s%.*s%s", STR_ARG(ynode_get_text(r, S("kind"))), STR_ARG(run->name), of ? " (Pipeline " : "", STR_ARG(of ? pipeline : STR_NONE), of ? ")" : "");
}

static void add_run(arena *a, half old, half new, report *out) {
    section s = {.sign = !old.run ? '+' : !new.run ? '-' : '~', .title = title(a, new.run ? new.run : old.run)};
    pair p = {a, old, new, &s};
    if (old.run && new.run) compare_run(&p);
    else if (new.run) compare_tasks(&p, S(""), NULL, new.run->spec);
    if (s.sign != '~' || s.changes.n || s.entries.n) vec_push(a, &out->sections, s);
}

static str pipeline_of(const side_run *run) { return ynode_get_text(ynode_get(run->spec, S("run")), S("pipeline")); }

/* The only run without a partner on the other side that fits; NULL when it is not the only one. */
static const side_run *only(const side *s, const bool *taken, str pipeline) {
    const side_run *found = NULL;
    for (uint32_t i = 0; i < s->runs.n; i++) {
        if (taken[i] || (pipeline.p && !str_eq(pipeline_of(&s->runs.v[i]), pipeline))) continue;
        if (found) return NULL;
        found = &s->runs.v[i];
    }
    return found;
}

static const side_run **pair_runs(arena *a, const side *old, const side *new) {
    const side_run **partners = ARENA_ARRAY(a, const side_run *, new->runs.n + 1); /* of the new ones */
    bool *old_taken = ARENA_ARRAY(a, bool, old->runs.n + 1), *new_taken = ARENA_ARRAY(a, bool, new->runs.n + 1);
    map names = map_new(a);
    for (uint32_t i = 0; i < old->runs.n; i++) map_put(&names, old->runs.v[i].name, (void *)(uintptr_t)(i + 1));
    for (uint32_t i = 0; i < new->runs.n; i++) {
        uintptr_t at_ = (uintptr_t)map_get(&names, new->runs.v[i].name);
        if (!at_ || old_taken[at_ - 1]) continue;
        partners[i] = &old->runs.v[at_ - 1];
        old_taken[at_ - 1] = new_taken[i] = true;
    }
    for (int round = 0; round < 2; round++) /* by the Pipeline; then whatever is left over, if it is one on each side */
        for (uint32_t i = 0; i < new->runs.n; i++) {
            str pipeline = round ? STR_NONE : pipeline_of(&new->runs.v[i]);
            if (new_taken[i] || (!round && !pipeline.n) || only(new, new_taken, pipeline) != &new->runs.v[i]) continue;
            const side_run *found = only(old, old_taken, pipeline);
            if (!found) continue;
            partners[i] = found;
            old_taken[found - old->runs.v] = new_taken[i] = true;
        }
    return partners;
}

/* ---- other objects ---------------------------------------------------------------------------------------------------- */

static bool gives_rights(str kind) {
    static const char *const kinds[] = {"ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(kind, str_z(kinds[i]))) return true;
    return false;
}

static str object_key(arena *a, const ynode *n) {
    const ynode *m = ynode_get(n, S("metadata"));
    return str_fmt(a, "%.*s %.*s/%.*s", STR_ARG(ynode_get_text(n, S("kind"))), STR_ARG(ynode_get_text(m, S("namespace"))), STR_ARG(ynode_get_text(m, S("name"))));
}

/* What is shown goes into logs and comments: of a Secret, that a value is another one and no more. */
static const ynode *without_secrets(arena *a, const ynode *object, const ynode *old) {
    static const char *const lists[] = {"data", "stringData"};
    if (!object || !str_eq(ynode_get_text(object, S("kind")), S("Secret"))) return object;
    ynode *out = ynode_copy(a, object);
    for (int i = 0; i < 2; i++) {
        const ynode *values = ynode_get(object, str_z(lists[i])), *before = ynode_get(old, str_z(lists[i]));
        ynode *hidden = ynode_map(a, NULL);
        for (uint32_t k = 0; ynode_is(values, Y_MAP) && k < values->n; k++) {
            const ypair *p = &values->pairs[k];
            const ynode *was = ynode_get(before, p->key);
            ynode_put_str(a, hidden, p->key, !was || ynode_eq(was, p->value) ? S("(hidden)") : S("(hidden, another one)"));
        }
        if (values) ynode_set(a, out, str_z(lists[i]), hidden);
    }
    /* kubectl's annotation has the whole of it once more. */
    const ynode *metadata = ynode_get(object, S("metadata")), *annotations = ynode_get(metadata, S("annotations"));
    if (!annotations) return out;
    ynode *with = ynode_copy(a, metadata);
    ynode_set(a, with, S("annotations"), ynode_without(a, annotations, S("kubectl.kubernetes.io/last-applied-configuration")));
    ynode_set(a, out, S("metadata"), with);
    return out;
}

static void add_object(arena *a, const ynode *old, const ynode *new, section *out) {
    new = without_secrets(a, new, old);
    old = without_secrets(a, old, NULL);
    const ynode *any = new ? new : old;
    str kind = ynode_get_text(any, S("kind"));
    entry e = {.sign = !old ? '+' : !new ? '-' : '~', .kind = kind, .name = ynode_get_text(ynode_get(any, S("metadata")), S("name"))};
    deep d = {a, STR_NONE, gives_rights(kind) ? TOPIC_PERMISSIONS : TOPIC_OTHER, &e.changes}, about = {a, STR_NONE, TOPIC_OTHER, &e.changes};
    if (old && new) {
        deep_compare(&about, NULL, S("metadata"), ynode_get(old, S("metadata")), ynode_get(new, S("metadata")));
        deep_compare(&d, NULL, STR_NONE, ynode_without(a, old, S("metadata")), ynode_without(a, new, S("metadata")));
    } else if (new && gives_rights(kind)) {
        for (uint32_t i = 0; i < new->n; i++) {
            str key = new->pairs[i].key;
            if (!str_eq(key, S("apiVersion")) && !str_eq(key, S("kind")) && !str_eq(key, S("metadata"))) deep_add(&d, TOPIC_PERMISSIONS, key, NULL, new->pairs[i].value);
        }
    }
    if (e.sign != '~' || e.changes.n) vec_push(a, &out->entries, e);
}

static str owner_of(const ynode *n) {
    const ynode *labels = ynode_get(ynode_get(n, S("metadata")), S("labels"));
    bool ours = str_eq(ynode_get_text(labels, S("app.kubernetes.io/name")), S("tektonc-controller"));
    return ours ? ynode_get_text(labels, S("app.kubernetes.io/instance")) : STR_NONE;
}

/* Objects of the input, and the controller's of runs that are on both sides: `names` has the name of each such run, and its
 * name on the other side, after which the objects are named. */
static void add_objects(arena *a, const side *s, const map *names, map *out) {
    for (uint32_t i = 0; i < s->objects.n; i++) {
        const ynode *n = s->objects.v[i];
        str owner = owner_of(n);
        const side_run *as = owner.n ? map_get(names, owner) : NULL;
        if (owner.n && !as) continue;
        if (as) n = renamed(a, n, owner, as->name);
        map_put(out, object_key(a, n), (void *)(uintptr_t)n);
    }
}

static void compare_objects(arena *a, const side *old, const side *new, const side_run *const *partners, report *out) {
    section s = {.sign = '~', .title = S("objects")};
    map old_names = map_new(a), new_names = map_new(a), olds = map_new(a), news = map_new(a);
    for (uint32_t i = 0; i < new->runs.n; i++) {
        if (!partners[i]) continue;
        map_put(&old_names, partners[i]->name, (void *)(uintptr_t)&new->runs.v[i]);
        map_put(&new_names, new->runs.v[i].name, (void *)(uintptr_t)&new->runs.v[i]);
    }
    add_objects(a, old, &old_names, &olds);
    add_objects(a, new, &new_names, &news);
    for (uint32_t i = 0; i < news.n; i++) add_object(a, map_get(&olds, news.entries[i].key), news.entries[i].value, &s);
    for (uint32_t i = 0; i < olds.n; i++)
        if (!map_has(&news, olds.entries[i].key)) add_object(a, olds.entries[i].value, NULL, &s);
    if (s.entries.n) vec_push(a, &out->sections, s);
}

void compare_sides(arena *a, const side *old, const side *new, report *out) {
    const side_run **partners = pair_runs(a, old, new);
    map paired = map_new(a);
    for (uint32_t i = 0; i < new->runs.n; i++) {
        if (partners[i]) map_put(&paired, partners[i]->name, (void *)(uintptr_t)partners[i]);
        add_run(a, (half){old, partners[i]}, (half){new, &new->runs.v[i]}, out);
    }
    for (uint32_t i = 0; i < old->runs.n; i++)
        if (!map_has(&paired, old->runs.v[i].name)) add_run(a, (half){old, &old->runs.v[i]}, (half){new, NULL}, out);
    compare_objects(a, old, new, partners, out);
}
