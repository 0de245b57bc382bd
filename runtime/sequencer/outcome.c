/* A Pod to what became of an attempt (facts: runtime.md 9.4, 9.6, 9.7). */
#include "runtime/sequencer/inner.h"

static bool is_step(const pod_container *c) { return !c->init && str_starts(c->name, S("step-")); }
static bool is_sidecar(const pod_container *c) { return str_starts(c->name, S("sidecar-")); }
static bool oom(const pod_container *c) {
    return c->state == CONTAINER_TERMINATED && str_eq(c->reason, S("OOMKilled"));
}
static bool bad_exit(const pod_container *c) { return c->state == CONTAINER_TERMINATED && c->exit_code != 0; }

typedef struct ending {
    bool complete, failed, cut_off; /* cut_off: steps go on that nobody waits for */
} ending;

static ending end_of(const seq_pod *p) {
    ending e = {.failed = p->phase == POD_FAILED};
    uint32_t steps = 0, ended = 0;
    bool killed = false;
    for (uint32_t i = 0; i < p->n; i++) {
        const pod_container *c = &p->containers[i];
        if (!is_step(c)) continue;
        steps++;
        ended += c->state == CONTAINER_TERMINATED;
        killed |= oom(c);
        e.failed |= bad_exit(c) || oom(c);
    }
    bool over = p->phase == POD_SUCCEEDED || p->phase == POD_FAILED;
    e.complete = over || (p->phase == POD_RUNNING && steps && ended == steps) || killed;
    e.cut_off = e.complete && !over && ended < steps;
    return e;
}

/* --- why it failed
 * --------------------------------------------------------------------------------------------------------- */

typedef struct cause {
    const char *reason;
    const pod_container *container;
} cause;

static cause find_cause(const seq_pod *p) {
    static const struct {
        bool init, sidecar, oom;
        const char *reason;
    } rows[] = {{true, true, true, "SidecarOOM"},      {true, false, true, "InitContainerOOM"},
                {true, true, false, "SidecarFailed"},  {true, false, false, "InitContainerFailed"},
                {false, true, true, "SidecarOOM"},     {false, false, true, "StepOOM"},
                {false, true, false, "SidecarFailed"}, {false, false, false, "StepFailed"}};
    if (str_eq(p->reason, S("Evicted"))) return (cause){"PodEvicted", NULL};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        for (uint32_t i = 0; i < p->n; i++) {
            const pod_container *c = &p->containers[i];
            if (c->init != rows[k].init || is_sidecar(c) != rows[k].sidecar ||
                (!c->init && !is_sidecar(c) && !is_step(c)))
                continue;
            if (rows[k].oom ? oom(c) : bad_exit(c)) return (cause){rows[k].reason, c};
        }
    return (cause){"Failed", NULL};
}

static str failure_message(arena *a, const seq_pod *p, const cause *why) {
    if (str_eq(p->reason, S("Evicted"))) return p->message;
    const pod_container *c = why->container;
    const char *init = c && c->init ? "init container failed, " : "";
    if (c) {
        message m;
        message_read(a, c->message, &m);
        if (str_eq(m.reason, S("TimeoutExceeded")))
            return str_fmt(a, "%s\"%.*s\" exited because the step exceeded the specified timeout limit", init,
                           STR_ARG(c->name));
        if (c->exit_code)
            return str_fmt(a, "%s\"%.*s\" exited with code %d%s%.*s", init, STR_ARG(c->name), c->exit_code,
                           c->reason.n ? ": " : "", STR_ARG(c->reason));
    }
    if (p->message.n) return p->message;
    for (uint32_t i = 0; i < p->n; i++)
        if (oom(&p->containers[i])) return S("OOMKilled");
    return S("build failed for unspecified reasons.");
}

/* --- Pods that won't start
 * --------------------------------------------------------------------------------------------------- */

static bool one_of(str text, const char *const *names) {
    for (; *names; names++)
        if (str_eq(text, str_z(*names))) return true;
    return false;
}

static const char *stuck_reason(const pod_container *c) {
    static const char *const images[] = {"ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", NULL};
    uint32_t at;
    if (c->state != CONTAINER_WAITING || (!is_step(c) && !is_sidecar(c))) return NULL;
    if (one_of(c->reason, images)) return "TaskRunImagePullFailed";
    if (str_eq(c->reason, S("CreateContainerConfigError")) &&
        !str_find(c->message, S("failed to create subPath directory"), &at))
        return "CreateContainerConfigError";
    return str_eq(c->reason, S("CreateContainerError")) ? "PodCreationFailed" : NULL;
}

static str stuck_message(arena *a, const seq_child *child, const pod_container *c, const char *reason) {
    const char *what = is_sidecar(c) ? "sidecar" : "step";
    str name = str_from(c->name, is_sidecar(c) ? 8 : 5);
    if (str_eq(str_z(reason), S("TaskRunImagePullFailed")))
        return str_fmt(a,
                       "the %s \"%.*s\" in TaskRun \"%.*s\" failed to pull the image \"%.*s\". The pod errored with "
                       "the message: \"%.*s.\"",
                       what, STR_ARG(name), STR_ARG(child->name), STR_ARG(c->image), STR_ARG(c->message));
    return str_fmt(a,
                   "the %s \"%.*s\" in TaskRun \"%.*s\" failed to start. The pod errored with the message: \"%.*s.\"",
                   what, STR_ARG(name), STR_ARG(child->name), STR_ARG(c->message));
}

/* --- Pods that go on
 * ----------------------------------------------------------------------------------------------------------- */

static str waiting_message(arena *a, const seq_pod *p) {
    for (uint32_t i = 0; i < p->n; i++) {
        const pod_container *c = &p->containers[i];
        if (!c->init && c->state == CONTAINER_WAITING && c->message.n)
            return str_fmt(a, "build step \"%.*s\" is pending with reason \"%.*s\"", STR_ARG(c->name),
                           STR_ARG(c->message));
    }
    if (p->condition_type.n)
        return str_fmt(a, "pod status \"%.*s\":\"%.*s\"; message: \"%.*s\"", STR_ARG(p->condition_type),
                       STR_ARG(p->condition_status), STR_ARG(p->condition_message));
    return p->message.n ? p->message : S("Pending");
}

static bool pulls_badly(const seq_pod *p) {
    static const char *const reasons[] = {"ImageInspectError", "ErrImagePull", "RegistryUnavailable", NULL};
    for (uint32_t i = 0; i < p->n; i++)
        if (p->containers[i].state == CONTAINER_WAITING && one_of(p->containers[i].reason, reasons)) return true;
    return false;
}

static void set_live(seq *s, seq_attempt *x, const char *reason, str text) {
    str r = str_z(reason), m = seq_intern(s, text);
    if (str_eq(x->live_reason, r) && str_eq(x->live_message, m)) return;
    x->live_reason = r;
    x->live_message = m;
    s->version++;
}

static void going_on(seq *s, seq_attempt *x, const seq_pod *p) {
    uint32_t at;
    if (p->phase == POD_RUNNING)
        set_live(s, x, "Running", S("Not all Steps in the Task have finished executing"));
    else if (p->phase != POD_PENDING)
        return;
    else if (p->unschedulable && str_find(p->condition_message, S("Insufficient"), &at))
        set_live(s, x, "ExceededNodeResources", S("TaskRun Pod exceeded available resources"));
    else
        set_live(s, x, pulls_badly(p) ? "PullImageFailed" : "Pending", waiting_message(s->scratch, p));
}

/* --- containers
 * ------------------------------------------------------------------------------------------------------------------ */

static bool shown(const pod_container *c) { return is_step(c) || is_sidecar(c); }

static void set_containers(seq *s, seq_attempt *x, const seq_pod *p) {
    uint32_t n = 0, k = 0;
    for (uint32_t i = 0; i < p->n; i++) n += shown(&p->containers[i]);
    if (n != x->n) x->steps = ARENA_ARRAY(s->a, seq_container, n + 1);
    x->n = n;
    x->others_running = false;
    for (uint32_t i = 0; i < p->n; i++) {
        const pod_container *c = &p->containers[i];
        if (!c->init && !is_step(c) && c->state == CONTAINER_RUNNING) x->others_running = true;
        if (!shown(c)) continue;
        seq_container *y = &x->steps[k++];
        if (y->state != c->state) s->version++;
        *y = (seq_container){.name = seq_intern(s, c->name),
                             .image_id = seq_intern(s, c->image_id),
                             .reason = seq_intern(s, c->reason),
                             .state = c->state,
                             .init = c->init,
                             .sidecar = is_sidecar(c),
                             .exit_code = c->exit_code,
                             .started = c->started,
                             .finished = c->finished};
        if (c->state == CONTAINER_WAITING) y->message = seq_intern(s, c->message);
    }
}

static void put(arena *a, ynode *m, const char *key, str text) {
    if (text.n) ynode_put_str(a, m, str_z(key), text);
}

static ynode *container_entry(arena *a, const pod_container *c) {
    ynode *m = ynode_map(a, NULL);
    message x = {0};
    if (is_step(c))
        message_read(a, c->message, &x);
    else
        x.rest = c->message;
    put(a, m, "name", c->name);
    put(a, m, "imageID", c->image_id);
    if (is_sidecar(c)) ynode_put(a, m, S("sidecar"), ynode_bool(true));
    if (c->state != CONTAINER_TERMINATED) ynode_put(a, m, S("running"), ynode_bool(true));
    int32_t code = x.has_exit ? x.exit_code : c->exit_code;
    if (code) ynode_put(a, m, S("exit"), ynode_int(a, code));
    put(a, m, "reason", c->reason);
    if (x.parsed) put(a, m, "termination", x.reason.n ? x.reason : x.has_exit ? S("Continued") : c->reason);
    entry_moment(a, m, "started", x.started ? x.started : c->started);
    entry_moment(a, m, "finished", c->finished);
    put(a, m, "message", x.rest);
    if (!ynode_count(x.steps)) return m;
    ynode *results = ynode_map(a, NULL);
    for (uint32_t i = 0; i < x.steps->n; i++)
        ynode_put(a, results, x.steps->pairs[i].key, result_value(a, STR_NONE, x.steps->pairs[i].value->text));
    ynode_put(a, m, S("results"), results);
    return m;
}

static ynode *end_entry(arena *a, const seq_child *c, uint32_t attempt, bool ok, str reason, str text) {
    ynode *e = entry_of_child(a, "end", c, attempt);
    ynode_put(a, e, S("ok"), ynode_bool(ok));
    put(a, e, "reason", reason);
    put(a, e, "message", text);
    return e;
}

/* The entrypoint's view does not count here: what had not ended when the run gave it up is said to end now. */
ynode *outcome_failed(seq *s, const seq_child *c, uint32_t attempt, const char *reason, str text, bool kill) {
    arena *a = s->scratch;
    ynode *e = end_entry(a, c, attempt, false, str_z(reason), text);
    if (kill) ynode_put(a, e, S("kill"), ynode_bool(true));
    if (attempt >= c->attempt_count) return e;
    const seq_attempt *x = &c->attempts[attempt];
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < x->n; i++) {
        const seq_container *y = &x->steps[i];
        ynode *m = ynode_map(a, NULL);
        bool ended = y->state == CONTAINER_TERMINATED;
        put(a, m, "name", y->name);
        put(a, m, "imageID", y->image_id);
        if (y->sidecar) ynode_put(a, m, S("sidecar"), ynode_bool(true));
        int32_t code = ended ? y->exit_code : 1;
        if (code) ynode_put(a, m, S("exit"), ynode_int(a, code));
        put(a, m, "reason", ended ? y->reason : str_z(reason));
        if (!ended) put(a, m, "termination", str_z(reason));
        entry_moment(a, m, "started", y->started ? y->started : x->start);
        entry_moment(a, m, "finished", ended ? y->finished : s->now);
        if (!ended && !y->sidecar)
            ynode_put_str(a, m, S("message"),
                          str_fmt(a, "Step %.*s terminated as pod %.*s is terminated", STR_ARG(str_from(y->name, 5)),
                                  STR_ARG(x->pod)));
        ynode_push(a, list, m);
    }
    if (list->n) ynode_put(a, e, S("containers"), list);
    return e;
}

/* --- all of it
 * ----------------------------------------------------------------------------------------------------------------------
 */

static bool sidecars_ready(const seq_pod *p) {
    for (uint32_t i = 0; i < p->n; i++) {
        const pod_container *c = &p->containers[i];
        if (c->init || is_step(c) || c->state == CONTAINER_TERMINATED) continue;
        if (c->state != CONTAINER_RUNNING || !c->ready) return false;
    }
    return true;
}

static ynode *ended(seq *s, seq_child *c, uint32_t attempt, const seq_pod *p, const ending *how) {
    arena *a = s->scratch;
    const plan_task *t = c->task->plan;
    str problem = STR_NONE, reason = S("Succeeded"), text = S("All Steps have completed executing");
    const ynode *results = results_of(a, t, p, &problem);
    if (how->failed) {
        cause why = find_cause(p);
        reason = t->continues ? S("FailureIgnored") : str_z(why.reason);
        text = failure_message(a, p, &why);
    }
    if (problem.n) reason = S("TaskRunValidationFailed"), text = problem;
    ynode *e = end_entry(a, c, attempt, !how->failed && !problem.n, reason, text);
    if (how->cut_off) ynode_put(a, e, S("kill"), ynode_bool(true));
    if (results) ynode_put(a, e, S("results"), results);
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < p->n; i++)
        if (shown(&p->containers[i])) ynode_push(a, list, container_entry(a, &p->containers[i]));
    if (list->n) ynode_put(a, e, S("containers"), list);
    return e;
}

ynode *outcome_observe(seq *s, seq_child *c, uint32_t attempt, const seq_pod *p) {
    seq_attempt *x = &c->attempts[attempt];
    bool over = x->ended || x->judged;
    if (!over)
        set_containers(s, x, p);
    else {
        x->others_running = false;
        for (uint32_t i = 0; i < p->n; i++)
            x->others_running |=
                !p->containers[i].init && !is_step(&p->containers[i]) && p->containers[i].state == CONTAINER_RUNNING;
    }
    x->seen = true;
    x->phase = p->phase;
    x->deleting = p->deleting;
    x->list = s->lists;
    if (over) return NULL;
    ending how = end_of(p);
    if (how.complete) return ended(s, c, attempt, p, &how);
    x->wants_ready = p->phase == POD_RUNNING && !p->ready_annotated && sidecars_ready(p);
    for (uint32_t i = 0; i < p->n; i++) {
        const char *reason = stuck_reason(&p->containers[i]);
        if (reason)
            return outcome_failed(s, c, attempt, reason, stuck_message(s->scratch, c, &p->containers[i], reason), true);
    }
    going_on(s, x, p);
    return NULL;
}
