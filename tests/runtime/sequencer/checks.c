/* What the sequencer promises, looked at from outside: from the Pods, not from its state. */
#include "base/emit.h"
#include "tests/runtime/sequencer/sim.h"
#include <stdarg.h>

void sim_broken(sim *x, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (x->broken++ < 3) {
        fprintf(stderr, "seed %llu, step %u: ", (unsigned long long)x->seed, x->steps);
        vfprintf(stderr, format, args);
        fputc('\n', stderr);
    }
    va_end(args);
}

/* The task of "outer/name". */
const plan_task *sim_task(const sim *x, str path, const plan_run **run) {
    const plan_run *r = &x->plan->run;
    uint32_t slash;
    while (str_find(path, S("/"), &slash)) {
        const plan_task *t = map_get(&r->task_by_name, str_cut(path, 0, slash));
        r = t->pipeline;
        path = str_from(path, slash + 1);
    }
    if (run) *run = r;
    return map_get(&r->task_by_name, path);
}

static bool in_list(const ynode *list, str name) {
    YNODE_EACH(i, one, list)
    if (str_eq(ynode_get_text(one, S("name")), name)) return true;
    return false;
}

/* The status of the run at a path. */
static const ynode *status_of(const sim *x, const plan_run *r) {
    const ynode *list = seq_status_list(x->s, x->a);
    str name = r->parent ? str_fmt(x->a, "run-%.*s", STR_ARG(r->task)) : S("run");
    YNODE_EACH(i, one, ynode_get(list, S("items")))
    if (str_eq(ynode_get_text(one, S("kind")), S("PipelineRun")) &&
        str_eq(ynode_get_text(ynode_get(one, S("metadata")), S("name")), name))
        return ynode_get(one, S("status"));
    return NULL;
}

static str run_prefix(const plan_run *r) { return r->path.n ? r->path : S(""); }

static uint32_t pods_of(const sim *x, str task, bool alive) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->list.n; i++) {
        const sim_pod *p = x->list.v[i];
        bool below = p->task.n > task.n && str_starts(p->task, task) && p->task.p[task.n] == '/';
        if ((str_eq(p->task, task) || below) && (!alive || (sim_pod_alive(p) && !p->deleting))) n++;
    }
    return n;
}

/* All TaskRuns of a task have ended: one may be cancelled before its Pod was made. */
static bool has_ended(const sim *x, const ynode *status, str task) {
    const ynode *list = ynode_get(seq_status_list(x->s, x->a), S("items"));
    uint32_t n = 0;
    YNODE_EACH(i, child, ynode_get(status, S("childReferences"))) {
        if (!str_eq(ynode_get_text(child, S("pipelineTaskName")), task)) continue;
        n++;
        YNODE_EACH(k, one, list) {
            const ynode *conditions = ynode_get(ynode_get(one, S("status")), S("conditions"));
            bool same =
                str_eq(ynode_get_text(ynode_get(one, S("metadata")), S("name")), ynode_get_text(child, S("name")));
            if (same && str_eq(ynode_get_text(conditions->items[0], S("status")), S("Unknown"))) return false;
        }
    }
    return n > 0;
}

static void must_be_done(sim *x, const sim_pod *p, const plan_run *r, str need) {
    str path = str_cat(x->a, run_prefix(r), need);
    if (pods_of(x, path, true))
        sim_broken(x, "%.*s starts while %.*s, which it needs, runs", STR_ARG(p->name), STR_ARG(path));
    if (pods_of(x, path, false)) return;
    const ynode *status = status_of(x, r);
    const plan_task *t = sim_task(x, path, NULL);
    if (!t->pipeline && !t->params.n && !t->when.n && !t->matrix &&
        !in_list(ynode_get(status, S("skippedTasks")), need) && !has_ended(x, status, need))
        sim_broken(x, "%.*s starts, but %.*s, which it needs, neither ran nor was skipped", STR_ARG(p->name),
                   STR_ARG(path));
}

void sim_check_create(sim *x, const sim_pod *p, const ynode *pod) {
    const plan_run *r;
    const plan_task *t = sim_task(x, p->task, &r);
    if (p->attempt > t->retries) sim_broken(x, "%.*s is one attempt too many", STR_ARG(p->name));
    for (uint32_t i = 0; i < t->deps.n; i++) must_be_done(x, p, r, t->deps.v[i]);
    for (uint32_t i = 0; t->finally && i < r->tasks.n; i++)
        if (!r->tasks.v[i]->finally) must_be_done(x, p, r, r->tasks.v[i]->name);
    if (p->attempt) { /* the attempt before is over: PREFIX-pod or PREFIX-pod-retryN */
        uint32_t others = 0;
        for (uint32_t i = 0; i < x->list.n; i++) {
            const sim_pod *y = x->list.v[i];
            uint32_t at;
            if (!str_find(y->name, S("-pod"), &at) || !str_starts(p->name, str_cut(y->name, 0, at + 4)) ||
                !str_eq(y->task, p->task))
                continue;
            others += sim_pod_alive(y) && !y->deleting;
        }
        if (others) sim_broken(x, "%.*s starts while an earlier attempt runs", STR_ARG(p->name));
    }
    str v = ynode_get_text(ynode_get(pod, S("spec")), S("v"));
    if (t->params.n && !str_starts(v, S("\"yes\"")) && !str_starts(v, S("\"no\"")) && !str_starts(v, S("[\"")))
        sim_broken(x, "the hole of %.*s holds %.*s", STR_ARG(p->name), STR_ARG(v));
    if (!str_eq(ynode_get_text(ynode_get(pod, S("metadata")), S("name")), p->name))
        sim_broken(x, "%.*s has another name inside", STR_ARG(p->name));
}

/* Rebuilding from record and Pods gives what stepping gave, and nothing is left to do. */
void sim_check_rebuilt(sim *x) {
    if (x->ended || x->waits_for_quota) return; /* that is known to the process alone */
    uint32_t rate = x->crash_rate;
    x->crash_rate = 0;
    for (uint32_t known = UINT32_MAX; known != x->list.n;) { /* what is answered may lead to more */
        known = x->list.n;
        for (int i = 0; i < 3; i++) sim_settle(x);
    }
    x->crash_rate = rate;
    if (x->waits_for_quota) return;
    str before = emit_json_str(x->a, seq_status_list(x->s, x->a), false);
    uint32_t pods = x->list.n, lines = x->record.n;
    bool ended = x->ended;
    x->crash_rate = 0;
    sim_rebuild(x);
    x->crash_rate = rate;
    str after = emit_json_str(x->a, seq_status_list(x->s, x->a), false);
    if (!str_eq(before, after)) sim_broken(x, "rebuilt state differs:\n%.*s\n%.*s", STR_ARG(before), STR_ARG(after));
    if (x->list.n != pods && !x->trouble) sim_broken(x, "rebuilding made a Pod");
    if (x->record.n != lines && !x->trouble) sim_broken(x, "rebuilding wrote to the record");
    if (x->ended != ended) sim_broken(x, "rebuilding ends what had not ended, or the other way round");
}

/* "…, Failed Validation: 2 (…)": tasks whose results were missing neither run nor are skipped. */
static uint32_t refused_tasks(str text) {
    uint32_t at, n = 0;
    if (!str_find(text, S("Failed Validation: "), &at)) return 0;
    for (at += 19; at < text.n && text.p[at] >= '0' && text.p[at] <= '9'; at++)
        n = n * 10 + (uint32_t)(text.p[at] - '0');
    return n;
}

static void check_run_end(sim *x, const plan_run *r) {
    const ynode *status = status_of(x, r);
    if (!status) return; /* its task was not started */
    const ynode *condition = ynode_get(status, S("conditions"))->items[0];
    str reason = ynode_get_text(condition, S("reason"));
    static const char *const ends[] = {"Cancelled", "PipelineRunTimeout", "CouldntCreateWorkspacePVC",
                                       "CouldntGetPipelineResult"};
    bool early = false;
    uint32_t forgotten = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) early |= str_eq(reason, str_z(ends[i]));
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const plan_task *t = r->tasks.v[i];
        str path = str_cat(x->a, run_prefix(r), t->name);
        bool ran = pods_of(x, path, false) > 0, skipped = in_list(ynode_get(status, S("skippedTasks")), t->name),
             child = false;
        YNODE_EACH(k, c, ynode_get(status, S("childReferences")))
        child |= str_eq(ynode_get_text(c, S("pipelineTaskName")), t->name);
        if (ran && !child) sim_broken(x, "%.*s ran, but is no child of its run", STR_ARG(path));
        if (skipped && (ran || child)) sim_broken(x, "%.*s ran and was skipped", STR_ARG(path));
        if (t->finally && !child && !skipped && !early) sim_broken(x, "finally task %.*s was forgotten", STR_ARG(path));
        forgotten += !child && !skipped;
        if (t->pipeline) check_run_end(x, t->pipeline);
    }
    if (!early && forgotten != refused_tasks(ynode_get_text(condition, S("message"))))
        sim_broken(x, "%u tasks of %.*s were forgotten (%.*s)", forgotten, STR_ARG(run_prefix(r)), STR_ARG(reason));
}

void sim_check_end(sim *x) {
    for (uint32_t i = 0; i < x->list.n; i++) {
        const sim_pod *p = x->list.v[i];
        if (sim_pod_alive(p) && !p->deleting) sim_broken(x, "the run has ended, %.*s runs on", STR_ARG(p->name));
    }
    if (x->plan->run.pipeline) check_run_end(x, &x->plan->run);
    if (seq_condition_now(x->s, x->a).status == SEQ_UNKNOWN) sim_broken(x, "the run has ended without an outcome");
}
