#include "runtime/sequencer/status.h"
#include "grammar/duration.h"
#include "runtime/sequencer/moment.h"
#include "runtime/sequencer/status_parts.h"

/* --- parts
 * ------------------------------------------------------------------------------------------------------------ */

void status_put(arena *a, ynode *m, const char *key, str text) {
    if (text.n) ynode_put_str(a, m, str_z(key), text);
}

void status_moment(arena *a, ynode *m, const char *key, int64_t ns) {
    if (ns) ynode_put_str(a, m, str_z(key), moment_format(a, ns, MOMENT_SECONDS));
}

const ynode *status_conditions(arena *a, const seq_condition *c) {
    static const char *const names[] = {[SEQ_UNKNOWN] = "Unknown", [SEQ_TRUE] = "True", [SEQ_FALSE] = "False"};
    ynode *m = ynode_map(a, NULL), *list = ynode_seq(a, NULL);
    ynode_put_str(a, m, S("type"), S("Succeeded"));
    ynode_put_str(a, m, S("status"), str_z(names[c->status]));
    status_put(a, m, "reason", c->reason);
    status_put(a, m, "message", c->message);
    status_moment(a, m, "lastTransitionTime", c->since);
    ynode_push(a, list, m);
    return list;
}

const ynode *status_results(arena *a, const ynode *results, bool types) {
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < ynode_count(results); i++) {
        const ynode *v = results->pairs[i].value;
        ynode *m = ynode_map(a, NULL);
        ynode_put_str(a, m, S("name"), results->pairs[i].key);
        if (types)
            ynode_put_str(a, m, S("type"),
                          v->kind == Y_SEQ   ? S("array")
                          : v->kind == Y_MAP ? S("object")
                                             : S("string"));
        ynode_put(a, m, S("value"), v);
        ynode_push(a, list, m);
    }
    return list;
}

ynode *status_object(arena *a, const char *kind, const ynode *metadata, const ynode *spec, const ynode *status) {
    ynode *m = ynode_map(a, NULL);
    ynode_put_str(a, m, S("apiVersion"), S("tekton.dev/v1"));
    ynode_put_str(a, m, S("kind"), str_z(kind));
    ynode_put(a, m, S("metadata"), metadata);
    if (ynode_count(spec)) ynode_put(a, m, S("spec"), spec);
    ynode_put(a, m, S("status"), status);
    return m;
}

ynode *status_metadata(const seq *s, arena *a, const seq_run *of, str name) {
    ynode *m = ynode_map(a, NULL);
    ynode_put_str(a, m, S("name"), name);
    status_put(a, m, "namespace", s->id.namespace_);
    if (of == s->root && str_eq(name, of->name)) status_put(a, m, "uid", s->id.uid);
    return m;
}

const ynode *status_params(const seq *s, arena *a, const seq_run *r, const plan_params *p) {
    plan_filling f = seq_filling(s, a);
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < p->n; i++) {
        str missing;
        const ynode *v = plan_eval(&f, r->plan, &p->v[i].value, &missing);
        if (!v && p->v[i].value.tree) v = ynode_str(a, value_show(a, p->v[i].value.tree, NULL, NULL), NULL);
        if (!v) continue;
        ynode *m = ynode_map(a, NULL);
        ynode_put_str(a, m, S("name"), p->v[i].name);
        ynode_put(a, m, S("value"), v);
        ynode_push(a, list, m);
    }
    return list;
}

/* --- PipelineRuns
 * ------------------------------------------------------------------------------------------------------- */

static void put_limit(arena *a, ynode *m, const char *key, int64_t ns) {
    if (ns >= 0) ynode_put_str(a, m, str_z(key), duration_format(a, ns));
}

static ynode *run_spec(const seq *s, arena *a, const seq_run *r) {
    ynode *spec = ynode_map(a, NULL), *ref = ynode_map(a, NULL), *limits = ynode_map(a, NULL);
    const ynode *params = status_params(s, a, r, &r->plan->params);
    status_put(a, ref, "name", r->plan->pipeline_name);
    if (ref->n) ynode_put(a, spec, S("pipelineRef"), ref);
    if (params->n) ynode_put(a, spec, S("params"), params);
    put_limit(a, limits, "pipeline", r->plan->timeout);
    put_limit(a, limits, "tasks", r->plan->timeout_tasks);
    put_limit(a, limits, "finally", r->plan->timeout_finally);
    if (limits->n) ynode_put(a, spec, S("timeouts"), limits);
    static const char *const cancels[] = {[SEQ_STOPPED_RUN_FINALLY] = "StoppedRunFinally",
                                          [SEQ_CANCELLED_RUN_FINALLY] = "CancelledRunFinally",
                                          [SEQ_CANCELLED] = "Cancelled"};
    if (r->cancel) status_put(a, spec, "status", str_z(cancels[r->cancel]));
    return spec;
}

static void push_child(const seq *s, arena *a, ynode *list, const seq_task *t, const char *kind, str name) {
    ynode *m = ynode_map(a, NULL);
    ynode_put_str(a, m, S("apiVersion"), S("tekton.dev/v1"));
    ynode_put_str(a, m, S("kind"), str_z(kind));
    ynode_put_str(a, m, S("name"), name);
    const plan_value *shown = &t->plan->display_name;
    str missing;
    plan_filling f = seq_filling(s, a);
    const ynode *display = shown->tree ? plan_eval(&f, t->run->plan, shown, &missing) : NULL;
    if (shown->tree)
        status_put(a, m, "displayName", display ? ynode_text(display) : value_show(a, shown->tree, NULL, NULL));
    ynode_put_str(a, m, S("pipelineTaskName"), t->plan->name);
    const ynode *when = task_when_shown(s, a, t);
    if (when) ynode_put(a, m, S("whenExpressions"), when);
    ynode_push(a, list, m);
}

static const ynode *child_references(const seq *s, arena *a, const seq_run *r) {
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < r->n; i++) {
        const seq_task *t = &r->tasks[i];
        if (t->decision != STARTED) continue;
        if (t->pipeline) push_child(s, a, list, t, "PipelineRun", t->pipeline->name);
        for (uint32_t k = 0; t->children && k < t->count; k++)
            push_child(s, a, list, t, "TaskRun", t->children[k].name);
    }
    return list;
}

static const ynode *skipped_tasks(const seq *s, arena *a, const seq_run *r) {
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < r->n; i++) {
        const seq_task *t = &r->tasks[i];
        skip_reason why = task_skip_now(t);
        if (why == SKIP_NONE) continue;
        ynode *m = ynode_map(a, NULL);
        ynode_put_str(a, m, S("name"), t->plan->name);
        ynode_put_str(a, m, S("reason"), skip_text(why));
        const ynode *when = !task_finally(t) || why == SKIP_WHEN ? task_when_shown(s, a, t) : NULL;
        if (when) ynode_put(a, m, S("whenExpressions"), when);
        ynode_push(a, list, m);
    }
    return list;
}

static const ynode *run_status(const seq *s, arena *a, const seq_run *r) {
    ynode *m = ynode_map(a, NULL);
    seq_condition now = run_condition(s, r, a);
    ynode_put(a, m, S("conditions"), status_conditions(a, &now));
    status_moment(a, m, "startTime", r->start);
    status_moment(a, m, "finallyStartTime", r->finally_start);
    if (r->done) status_moment(a, m, "completionTime", r->end);
    const ynode *children = child_references(s, a, r), *skipped = skipped_tasks(s, a, r);
    if (children->n) ynode_put(a, m, S("childReferences"), children);
    if (skipped->n) ynode_put(a, m, S("skippedTasks"), skipped);
    if (r->results) ynode_put(a, m, S("results"), status_results(a, r->results, false));
    return m;
}

static ynode *pipeline_run(const seq *s, arena *a, const seq_run *r) {
    ynode *meta = status_metadata(s, a, r, r->name);
    plan_filling f = seq_filling(s, a);
    ynode *labels = ynode_map(a, NULL);
    for (uint32_t i = 0; i < r->plan->labels.n; i++) {
        str missing;
        const ynode *v = plan_eval(&f, r->plan, &r->plan->labels.v[i].value, &missing);
        if (v) ynode_put(a, labels, r->plan->labels.v[i].name, v);
    }
    if (labels->n) ynode_put(a, meta, S("labels"), labels);
    if (ynode_count(r->plan->annotations)) ynode_put(a, meta, S("annotations"), r->plan->annotations);
    return status_object(a, "PipelineRun", meta, run_spec(s, a, r), run_status(s, a, r));
}

/* --- all
 * --------------------------------------------------------------------------------------------------------------------
 */

/* A TaskRun of its own, as far as it has come. */
static const ynode *lone_task_run(const seq *s, arena *a) {
    const seq_task *t = s->root->tasks;
    if (t->decision == STARTED && t->count && t->children[0].attempt_count)
        return status_task_run(s, a, &t->children[0]);
    ynode *status = ynode_map(a, NULL);
    seq_condition now = run_condition(s, s->root, a);
    ynode_put(a, status, S("conditions"), status_conditions(a, &now));
    status_moment(a, status, "startTime", s->root->start);
    if (s->root->done) status_moment(a, status, "completionTime", s->root->end);
    return status_object(a, "TaskRun", status_metadata(s, a, s->root, s->root->name), ynode_map(a, NULL), status);
}

const ynode *seq_status(const seq *s, arena *a) {
    return s->root->plan->pipeline ? pipeline_run(s, a, s->root) : lone_task_run(s, a);
}

const ynode *seq_status_task_run(const seq *s, arena *a, uint32_t child) {
    if (child >= s->children.n || !s->children.v[child]->attempt_count) return NULL;
    return status_task_run(s, a, s->children.v[child]);
}

uint32_t seq_status_runs(const seq *s) { return s->runs.n; }
uint32_t seq_status_task_runs(const seq *s) { return s->children.n; }

const ynode *seq_status_run_part(const seq *s, arena *a, uint32_t n, str *name, bool *final) {
    const seq_run *r = n < s->runs.n ? s->runs.entries[n].value : NULL;
    if (!r || (r->owner && r->owner->decision != STARTED)) return NULL;
    *name = r->name;
    *final = r->done;
    return n ? pipeline_run(s, a, r) : seq_status(s, a);
}

const ynode *seq_status_task_run_part(const seq *s, arena *a, uint32_t n, str *name, bool *final) {
    const seq_child *c = n < s->children.n && s->root->plan->pipeline ? s->children.v[n] : NULL;
    if (!c || !c->attempt_count) return NULL;
    *name = c->name;
    *final = c->state == CHILD_ENDED;
    return status_task_run(s, a, c);
}

static void push_all(const seq *s, arena *a, ynode *items, const seq_run *r) {
    ynode_push(a, items, pipeline_run(s, a, r));
    for (uint32_t i = 0; i < r->n; i++) {
        const seq_task *t = &r->tasks[i];
        if (t->pipeline && t->decision == STARTED) push_all(s, a, items, t->pipeline);
        for (uint32_t k = 0; t->children && k < t->count; k++)
            if (t->children[k].attempt_count) ynode_push(a, items, status_task_run(s, a, &t->children[k]));
    }
}

const ynode *seq_status_list(const seq *s, arena *a) {
    ynode *list = ynode_map(a, NULL), *items = ynode_seq(a, NULL);
    if (s->root->plan->pipeline)
        push_all(s, a, items, s->root);
    else
        ynode_push(a, items, lone_task_run(s, a));
    ynode_put_str(a, list, S("apiVersion"), S("v1"));
    ynode_put_str(a, list, S("kind"), S("List"));
    ynode_put(a, list, S("items"), items);
    return list;
}
