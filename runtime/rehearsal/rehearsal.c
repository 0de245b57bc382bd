#include "runtime/rehearsal/rehearsal.h"
#include "base/json.h"
#include "grammar/duration.h"

/* The run begins at a round moment, long ago enough for any timeout. */
static const int64_t BEGIN = INT64_C(1000000000) * 1000000000;

typedef struct due { /* a Pod's end */
    int64_t at;
    uint32_t pod;
} due;

typedef struct play {
    rehearsal *x;
    arena *a;
    map by_name;          /* Pod's name → index + 1 */
    map first_child;      /* task → number of its first TaskRun, + 1 */
    VEC(due) heap;        /* the earliest first; of one moment, the Pod that was made first */
    int64_t now, timer;
    bool ended, cancelled;
} play;

/* --- the heap ------------------------------------------------------------------------------------------------------ */

static bool before(const due *x, const due *y) { return x->at != y->at ? x->at < y->at : x->pod < y->pod; }

static void swap(due *x, due *y) {
    due kept = *x;
    *x = *y;
    *y = kept;
}

static void heap_push(play *p, due d) {
    vec_push(p->a, &p->heap, d);
    for (uint32_t i = p->heap.n - 1; i && before(&p->heap.v[i], &p->heap.v[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&p->heap.v[i], &p->heap.v[(i - 1) / 2]);
}

static due heap_pop(play *p) {
    due top = p->heap.v[0];
    p->heap.v[0] = p->heap.v[--p->heap.n];
    for (uint32_t i = 0;;) {
        uint32_t least = i, left = 2 * i + 1;
        for (uint32_t k = left; k < left + 2 && k < p->heap.n; k++)
            if (before(&p->heap.v[k], &p->heap.v[least])) least = k;
        if (least == i) return top;
        swap(&p->heap.v[i], &p->heap.v[least]);
        i = least;
    }
}

/* --- a Pod's part -------------------------------------------------------------------------------------------------- */

static void read_flags(arena *a, rehearsal_step *s, const ynode *args) {
    for (uint32_t i = 0; i + 1 < ynode_count(args); i++) {
        str word = ynode_text(args->items[i]), value = ynode_text(args->items[i + 1]);
        if (str_eq(word, S("-entrypoint"))) return; /* what follows is the step's own */
        if (str_eq(word, S("--when_expressions"))) s->when = json_read(a, value);
        if (str_eq(word, S("-on_error"))) s->continues = str_eq(value, S("continue"));
        if (str_eq(word, S("-timeout")) && !duration_parse(value, &s->timeout)) s->timeout = 0;
    }
}

static const ynode *containers_of(const rehearsal_pod *p) {
    return ynode_get(ynode_get(p->pod, S("spec")), S("containers"));
}

static void find_steps(arena *a, rehearsal_pod *p) {
    const ynode *all = containers_of(p);
    p->steps = ARENA_ARRAY(a, rehearsal_step, ynode_count(all) + 1);
    YNODE_EACH(i, c, all) {
        str name = ynode_get_text(c, S("name"));
        if (!str_starts(name, S("step-"))) continue;
        rehearsal_step *s = &p->steps[p->n++];
        *s = (rehearsal_step){.name = str_from(name, 5)};
        read_flags(a, s, ynode_get(c, S("args")));
    }
}

static bool times_out(const rehearsal_step *s) { return !s->skipped && s->timeout && s->duration > s->timeout; }
static bool step_fails(const rehearsal_step *s) { return times_out(s) || (!s->skipped && s->exit_code && !s->continues); }

uint32_t rehearsal_steps_run(const rehearsal_pod *p) {
    uint32_t n = 0;
    while (n < p->n && !step_fails(&p->steps[n])) n++;
    return n < p->n ? n + 1 : n;
}

bool rehearsal_fails(const rehearsal_pod *p) {
    uint32_t n = rehearsal_steps_run(p);
    return n && step_fails(&p->steps[n - 1]);
}

static int64_t duration_of(const rehearsal_pod *p) {
    int64_t all = 0;
    for (uint32_t i = 0, n = rehearsal_steps_run(p); i < n; i++)
        if (!p->steps[i].skipped) all += times_out(&p->steps[i]) ? p->steps[i].timeout : p->steps[i].duration;
    return all;
}

/* --- Pods told to the sequencer ------------------------------------------------------------------------------------- */

static void end_step(arena *a, pod_container *c, const rehearsal_step *s, bool skipped) {
    c->state = CONTAINER_TERMINATED;
    if (skipped) {
        c->exit_code = 1;
        c->message = rehearsal_message(a, NULL, NULL, "Reason", S("Skipped"));
    } else if (s->skipped) {
        c->message = rehearsal_message(a, NULL, NULL, "Reason", S("Skipped"));
    } else if (times_out(s)) {
        c->exit_code = 1;
        c->message = rehearsal_message(a, s->results, s->step_results, "Reason", S("TimeoutExceeded"));
    } else if (s->exit_code && s->continues) {
        c->message = rehearsal_message(a, s->results, s->step_results, "ExitCode", str_fmt(a, "%d", s->exit_code));
    } else {
        c->exit_code = s->exit_code;
        c->message = rehearsal_message(a, s->results, s->step_results, NULL, STR_NONE);
    }
    c->reason = c->exit_code ? S("Error") : S("Completed");
}

static void tell(play *t, rehearsal_pod *p, pod_phase phase) {
    arena *a = t->a;
    const ynode *all = containers_of(p);
    pod_container *c = ARENA_ARRAY(a, pod_container, ynode_count(all) + 1);
    seq_pod pod = {.name = p->name, .uid = p->name, .run_uid = t->x->identity.uid, .phase = phase, .created = BEGIN + p->start,
                   .containers = c, .n = ynode_count(all)};
    bool failed = false;
    uint32_t step = 0;
    pod.ready_annotated = str_eq(
        ynode_get_text(ynode_get(ynode_get(p->pod, S("metadata")), S("annotations")), S(SEQ_ANNOTATION_READY)), S(SEQ_READY));
    for (uint32_t i = 0; i < pod.n; i++) {
        const ynode *from = all->items[i];
        c[i] = (pod_container){.name = ynode_get_text(from, S("name")), .image = ynode_get_text(from, S("image")),
                               .started = BEGIN + p->start, .state = CONTAINER_RUNNING, .ready = true};
        bool is_step = str_starts(c[i].name, S("step-"));
        const rehearsal_step *s = is_step ? &p->steps[step++] : NULL;
        if (phase == POD_PENDING) {
            c[i].state = CONTAINER_WAITING;
            c[i].started = 0;
            if (step == 1 && is_step && p->outcome == REHEARSAL_NO_IMAGE)
                c[i].reason = S("ImagePullBackOff"), c[i].message = p->message.n ? p->message : S("the image can't be pulled");
        } else if (phase != POD_RUNNING) {
            c[i].finished = BEGIN + t->now;
            c[i].state = CONTAINER_TERMINATED;
            if (s) end_step(a, &c[i], s, failed);
            if (s && step == p->n && p->outcome == REHEARSAL_OOM && !failed)
                c[i].exit_code = 137, c[i].reason = S("OOMKilled"), c[i].message = STR_NONE;
            failed |= s && step_fails(s);
        }
    }
    if (phase == POD_FAILED && p->outcome == REHEARSAL_EVICTED)
        pod.reason = S("Evicted"), pod.message = p->message.n ? p->message : S("The node was low on resource: memory.");
    seq_feed(t->x->s, &(seq_event){.kind = SEQ_POD, .pod = &pod});
}

static void gone(play *t, rehearsal_pod *p) {
    seq_feed(t->x->s, &(seq_event){.kind = SEQ_POD_GONE, .name = p->name, .uid = p->name});
}

static void end_pod(play *t, rehearsal_pod *p) {
    if (p->ended) return;
    p->ended = true;
    p->end = t->now;
    bool fails = p->outcome != REHEARSAL_RUNS || rehearsal_fails(p);
    if (p->outcome == REHEARSAL_DELETED)
        gone(t, p);
    else
        tell(t, p, fails ? POD_FAILED : POD_SUCCEEDED);
}

static void refuse(play *t, rehearsal_pod *p, str why) {
    p->ended = true;
    p->end = t->now;
    seq_feed(t->x->s, &(seq_event){.kind = SEQ_REFUSED, .name = p->name, .refusal = SEQ_REFUSED_INVALID, .message = why});
}

/* --- actions -------------------------------------------------------------------------------------------------------- */

static const plan_task *plan_of(const plan *p, str path) {
    const plan_run *r = &p->run;
    for (uint32_t slash; str_find(path, S("/"), &slash); path = str_from(path, slash + 1)) {
        const plan_task *t = map_get(&r->task_by_name, str_cut(path, 0, slash));
        r = t->pipeline;
    }
    return map_get(&r->task_by_name, path);
}

static void create_pod(play *t, const seq_action *act) {
    rehearsal *x = t->x;
    seq_pod_info info;
    str missing = STR_NONE;
    if (!seq_pod_of(x->s, act->name, &info)) return;
    rehearsal_pod *p = ARENA_NEW(t->a, rehearsal_pod);
    *p = (rehearsal_pod){.name = str_dup(t->a, act->name), .task = str_dup(t->a, info.task), .task_run = str_dup(t->a, info.task_run),
                         .child = act->child, .attempt = act->attempt, .start = t->now};
    p->plan = plan_of(x->plan, p->task);
    map_add(&t->first_child, p->task, (void *)(uintptr_t)(p->child + 1)); /* TaskRuns of a task have numbers in a row */
    p->index = p->child + 1 - (uint32_t)(uintptr_t)map_get(&t->first_child, p->task);
    const ynode *manifest = x->manifest(x->ctx, act->file);
    if (manifest) p->pod = seq_fill_pod(x->s, t->a, act, manifest, &missing);
    vec_push(t->a, &x->pods, p);
    map_put(&t->by_name, p->name, (void *)(uintptr_t)x->pods.n);
    if (!p->pod) {
        refuse(t, p, str_cat(t->a, S("a value is missing: "), missing));
        return;
    }
    find_steps(t->a, p);
    x->cast(x->ctx, x->s, p);
    if (p->outcome == REHEARSAL_REFUSED) {
        refuse(t, p, p->message.n ? p->message : S("the Pod was refused"));
        return;
    }
    tell(t, p, p->outcome == REHEARSAL_NO_IMAGE ? POD_PENDING : POD_RUNNING);
    if (p->outcome != REHEARSAL_HANGS && p->outcome != REHEARSAL_NO_IMAGE)
        heap_push(t, (due){t->now + duration_of(p), x->pods.n - 1});
}

static void delete_pod(play *t, str name) {
    uintptr_t at = (uintptr_t)map_get(&t->by_name, name);
    rehearsal_pod *p = at ? t->x->pods.v[at - 1] : NULL;
    if (!p || p->ended) return;
    p->ended = p->deleted = true;
    p->end = t->now;
    gone(t, p);
}

static void do_action(play *t, const seq_action *act) {
    switch (act->kind) {
    case SEQ_CREATE_CLAIM: seq_feed(t->x->s, &(seq_event){.kind = SEQ_CLAIM_DONE, .name = act->name}); break;
    case SEQ_CREATE_POD: create_pod(t, act); break;
    case SEQ_DELETE_POD: delete_pod(t, act->name); break;
    case SEQ_TIMER: t->timer = act->at; break;
    case SEQ_ENDED: t->ended = true; break;
    case SEQ_WRITE: /* nobody dies here */
    case SEQ_ANNOTATE:
    case SEQ_STOP_SIDECARS:
    case SEQ_EVENT: break;
    }
}

/* True when anything was fed meanwhile. */
static bool advance(play *t) {
    seq_actions actions = {.a = t->a};
    seq_advance(t->x->s, BEGIN + t->now, &actions);
    for (uint32_t i = 0; i < actions.list.n; i++) do_action(t, &actions.list.v[i]);
    bool fed = false;
    for (uint32_t i = 0; i < actions.list.n; i++) {
        seq_action_kind k = actions.list.v[i].kind;
        fed |= k == SEQ_CREATE_CLAIM || k == SEQ_CREATE_POD || k == SEQ_DELETE_POD;
    }
    return fed;
}

/* The next moment at which something happens; false: there is none. */
static bool next_moment(const play *t, int64_t *at) {
    bool any = false;
    int64_t moments[3], n = 0;
    if (t->heap.n) moments[n++] = t->heap.v[0].at;
    if (t->timer) moments[n++] = t->timer - BEGIN;
    if (t->x->cancel && !t->cancelled) moments[n++] = t->x->cancel_at;
    for (int64_t i = 0; i < n; i++) {
        if (!any || moments[i] < *at) *at = moments[i];
        any = true;
    }
    if (any && *at < t->now) *at = t->now;
    return any;
}

static void happen(play *t) {
    if (t->x->cancel && !t->cancelled && t->x->cancel_at <= t->now) {
        t->cancelled = true;
        seq_feed(t->x->s, &(seq_event){.kind = SEQ_CANCEL, .cancel = t->x->cancel});
    }
    while (t->heap.n && t->heap.v[0].at <= t->now) end_pod(t, t->x->pods.v[heap_pop(t).pod]);
}

void rehearsal_run(rehearsal *x) {
    play t = {.x = x, .a = x->a, .by_name = map_new(x->a), .first_child = map_new(x->a)};
    x->s = seq_new(x->a, x->plan, &x->identity);
    if (x->plan->run.status.n) { /* a run that is pending is looked at as if it were let go */
        seq_event e = {.kind = SEQ_CANCEL};
        if (seq_cancel_parse(x->plan->run.status, &e.cancel)) seq_feed(x->s, &e);
    }
    for (;;) {
        while (advance(&t) && !t.ended) {}
        if (t.ended) break;
        int64_t at;
        if (!next_moment(&t, &at)) {
            x->stuck = true;
            break;
        }
        t.now = at;
        if (t.timer && t.timer - BEGIN <= at) t.timer = 0;
        happen(&t);
    }
    x->end = t.now;
    for (uint32_t i = 0; i < x->pods.n; i++)
        if (!x->pods.v[i]->ended) x->pods.v[i]->end = t.now;
}

void rehearsal_free(rehearsal *x) { seq_free(x->s); }
