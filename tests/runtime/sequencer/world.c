/* The cluster and the engine of the simulation. */
#include "base/json.h"
#include "tests/runtime/sequencer/sim.h"

#define SECOND 1000000000LL
#define UID "uid-of-the-run"

static void do_actions(sim *x, const seq_actions *actions);

static void advance(sim *x) {
    if (x->ended) return;
    seq_actions actions = {.a = x->a};
    seq_advance(x->s, x->now, &actions);
    do_actions(x, &actions);
}

/* --- Pods told to the sequencer
 * ------------------------------------------------------------------------------------------- */

static str result_text(sim *x, const sim_pod *p) {
    return str_fmt(
        x->a,
        "[{\"key\":\"r\",\"value\":\"%s\",\"type\":1},{\"key\":\"a\",\"value\":\"[\\\"1\\\",\\\"2\\\"]\",\"type\":1},"
        "{\"key\":\"StartedAt\",\"value\":\"2026-01-01T00:00:00.000Z\",\"type\":3}]",
        p->name.n % 2 ? "yes" : "no");
}

static void tell_pod(sim *x, sim_pod *p) {
    pod_container c[2] = {{.name = S("step-a"), .state = CONTAINER_WAITING},
                          {.name = S("sidecar-b"), .state = CONTAINER_WAITING}};
    seq_pod pod = {.name = p->name,
                   .uid = p->uid,
                   .run_uid = S(UID),
                   .phase = p->phase,
                   .deleting = p->deleting,
                   .ready_annotated = p->annotated || !p->sidecar,
                   .containers = c,
                   .n = p->sidecar ? 2 : 1,
                   .created = x->now};
    if (p->phase != POD_PENDING) {
        c[0].state = p->step_ended ? CONTAINER_TERMINATED : CONTAINER_RUNNING;
        c[0].exit_code = p->step_ended && p->fails;
        if (p->step_ended) c[0].message = result_text(x, p);
        c[1].state = p->phase == POD_RUNNING ? CONTAINER_RUNNING : CONTAINER_TERMINATED;
        c[1].ready = true;
    } else if (p->waiting) {
        c[0].reason = str_z(p->waiting);
        c[0].message = S("it does not work");
    }
    p->announced = true;
    seq_feed(x->s, &(seq_event){.kind = SEQ_POD, .pod = &pod});
}

static void tell_list(sim *x) {
    seq_feed(x->s, &(seq_event){.kind = SEQ_LIST_BEGIN});
    for (uint32_t i = 0; i < x->list.n; i++)
        if (!x->list.v[i]->gone) tell_pod(x, x->list.v[i]);
    seq_feed(x->s, &(seq_event){.kind = SEQ_LIST_END});
}

/* A Pod that an earlier run of the same name left behind. */
static void tell_stale(sim *x) {
    if (!x->list.n) return;
    const sim_pod *p = x->list.v[sim_below(x, x->list.n)];
    pod_container c = {.name = S("step-a"), .state = CONTAINER_TERMINATED, .exit_code = 1};
    seq_pod pod = {
        .name = p->name, .uid = S("stale"), .run_uid = S("another run"), .phase = POD_FAILED, .containers = &c, .n = 1};
    seq_feed(x->s, &(seq_event){.kind = SEQ_POD, .pod = &pod});
}

/* --- the engine
 * -------------------------------------------------------------------------------------------------------------- */

static void push_lines(sim *x, sim_lines *to, str lines) { vec_push(x->a, to, str_dup(x->a, lines)); }

/* Which uids are safe now. */
static void note_uids(sim *x) {
    for (uint32_t i = 0; i < x->list.n; i++) {
        uint32_t at;
        sim_pod *p = x->list.v[i];
        for (uint32_t k = x->record.n; !p->uid_recorded && k-- > 0;)
            p->uid_recorded = str_find(x->record.v[k], str_fmt(x->a, "\"uid\":\"%.*s\"", STR_ARG(p->uid)), &at);
    }
}

static void flush_lazy(sim *x) {
    for (uint32_t i = 0; i < x->lazy.n; i++) vec_push(x->a, &x->record, x->lazy.v[i]);
    x->lazy.n = 0;
}

static void create_pod(sim *x, const seq_action *act) {
    sim_pod *there = map_get(&x->pods, act->name);
    seq_pod_info info;
    if (there) { /* made before a crash, or by somebody else */
        if (there->gone)
            sim_broken(x, "Pod %.*s is made a second time", STR_ARG(act->name));
        else
            tell_pod(x, there);
        return;
    }
    if (!seq_pod_of(x->s, act->name, &info)) sim_broken(x, "Pod %.*s is of no TaskRun", STR_ARG(act->name));
    if (x->trouble && sim_chance(x, 3)) {
        static const seq_refusal why[] = {SEQ_REFUSED_QUOTA, SEQ_REFUSED_BUSY, SEQ_REFUSED_ADMISSION,
                                          SEQ_REFUSED_INVALID};
        seq_refusal how = why[sim_below(x, 4)];
        x->waits_for_quota |= how == SEQ_REFUSED_QUOTA || how == SEQ_REFUSED_BUSY;
        seq_feed(x->s, &(seq_event){.kind = SEQ_REFUSED, .name = act->name, .refusal = how, .message = S("refused")});
        return;
    }
    sim_pod *p = ARENA_NEW(x->a, sim_pod);
    *p = (sim_pod){.name = str_dup(x->a, act->name),
                   .task = str_dup(x->a, info.task),
                   .attempt = act->attempt,
                   .fails = sim_chance(x, 25),
                   .sidecar = sim_chance(x, 15)};
    p->uid = str_fmt(x->a, "u-%u", x->list.n);
    const ynode *manifest = json_read(x->a, S("{\"metadata\":{\"name\":\"x\"},\"spec\":{\"v\":\"unfilled\"}}"));
    str missing = STR_NONE;
    const ynode *filled = seq_fill_pod(x->s, x->a, act, manifest, &missing);
    if (!filled) {
        sim_broken(x, "Pod %.*s can't be filled: %.*s", STR_ARG(act->name), STR_ARG(missing));
        return;
    }
    sim_check_create(x, p, filled);
    map_put(&x->pods, p->name, p);
    vec_push(x->a, &x->list, p);
    if (sim_chance(x, 70)) tell_pod(x, p); /* else the watch will */
}

static void delete_pod(sim *x, const seq_action *act) {
    sim_pod *p = map_get(&x->pods, act->name);
    if (p && (!act->uid.n || str_eq(p->uid, act->uid))) p->deleting = true;
}

static void do_action(sim *x, const seq_action *act) {
    sim_pod *p;
    switch (act->kind) {
    case SEQ_WRITE:
        if (act->lazy && sim_chance(x, 80)) {
            push_lines(x, &x->lazy, act->lines);
            break;
        }
        flush_lazy(x);
        push_lines(x, &x->record, act->lines);
        break;
    case SEQ_CREATE_CLAIM:
        if (x->trouble && sim_chance(x, 5))
            seq_feed(x->s, &(seq_event){.kind = SEQ_CLAIM_REFUSED, .name = act->name, .message = S("no")});
        else
            seq_feed(x->s, &(seq_event){.kind = SEQ_CLAIM_DONE, .name = act->name});
        break;
    case SEQ_CREATE_POD: create_pod(x, act); break;
    case SEQ_ANNOTATE:
        p = map_get(&x->pods, act->name);
        if (p) p->annotated = true;
        break;
    case SEQ_STOP_SIDECARS:
        p = map_get(&x->pods, act->name);
        if (!p || !p->step_ended)
            sim_broken(x, "sidecars of %.*s are stopped before its steps have ended", STR_ARG(act->name));
        else if (p->phase == POD_RUNNING)
            p->phase = p->fails ? POD_FAILED : POD_SUCCEEDED;
        break;
    case SEQ_DELETE_POD: delete_pod(x, act); break;
    case SEQ_TIMER: x->timer = act->at; break;
    case SEQ_EVENT: break;
    case SEQ_ENDED: x->ended = true; break;
    }
}

static void do_actions(sim *x, const seq_actions *actions) {
    for (uint32_t i = 0; i < actions->list.n; i++) {
        if (x->crash_rate && sim_below(x, 1000) < x->crash_rate) {
            x->crashes++;
            x->lazy.n = 0;
            sim_rebuild(x);
            return;
        }
        do_action(x, &actions->list.v[i]);
    }
}

void sim_rebuild(sim *x) {
    str problem = STR_NONE;
    seq_free(x->s);
    x->s = seq_new(x->a, x->plan, &(seq_identity){S("run"), S(UID), S("ns"), S("entrypoint")});
    x->timer = 0;
    x->ended = false;
    for (uint32_t i = 0; i < x->record.n; i++)
        if (!seq_replay(x->s, x->record.v[i], &problem))
            sim_broken(x, "the record can't be replayed: %.*s", STR_ARG(problem));
    tell_list(x);
    uint32_t rate = x->crash_rate;
    x->crash_rate = rate / 2; /* so that it comes to an end */
    advance(x);
    x->crash_rate = rate;
}

void sim_start(sim *x) {
    x->s = seq_new(x->a, x->plan, &(seq_identity){S("run"), S(UID), S("ns"), S("entrypoint")});
    if (sim_chance(x, 10)) {
        uint32_t rate = x->crash_rate;
        x->crash_rate = 0;
        seq_feed(x->s, &(seq_event){.kind = SEQ_PENDING, .on = true});
        advance(x);
        if (x->list.n || x->record.n) sim_broken(x, "a pending run does something");
        seq_feed(x->s, &(seq_event){.kind = SEQ_PENDING});
        x->crash_rate = rate;
    }
    tell_list(x);
    advance(x);
}

/* --- what happens
 * --------------------------------------------------------------------------------------------------------------- */

static void pod_vanishes(sim *x, sim_pod *p, bool say) {
    p->gone = true;
    if (say) seq_feed(x->s, &(seq_event){.kind = SEQ_POD_GONE, .name = p->name, .uid = p->uid});
}

static void pod_goes_on(sim *x, sim_pod *p) {
    if (p->deleting && sim_chance(x, 60)) {
        pod_vanishes(x, p, sim_chance(x, 80));
        return;
    }
    if (p->phase == POD_PENDING) {
        static const char *const stuck[] = {"ImagePullBackOff", "CreateContainerConfigError", "ErrImagePull"};
        p->waiting = x->trouble && sim_chance(x, 4) ? stuck[sim_below(x, 3)] : NULL;
        if (!p->waiting) p->phase = POD_RUNNING;
    } else if (p->phase == POD_RUNNING && !p->step_ended) {
        if (!p->sidecar || p->annotated) p->step_ended = true;
        if (p->step_ended && !p->sidecar) p->phase = p->fails ? POD_FAILED : POD_SUCCEEDED;
    }
    if (sim_chance(x, 75)) tell_pod(x, p);
}

bool sim_pod_alive(const sim_pod *p) {
    return !p->gone && !p->step_ended && (p->phase == POD_PENDING || p->phase == POD_RUNNING);
}

static void something_happens(sim *x) {
    uint32_t what = sim_below(x, 100);
    if (what < 70 && x->list.n) {
        sim_pod *p = x->list.v[sim_below(x, x->list.n)];
        if (!p->gone) pod_goes_on(x, p);
    } else if (what < 80) {
        x->now += SECOND * (1 + sim_below(x, 4));
    } else if (what < 84 && x->timer) {
        if (x->timer > x->now && sim_chance(x, 15)) x->now = x->timer;
    } else if (what < 88) {
        tell_stale(x);
    } else if (what < 92) {
        tell_list(x);
    } else if (what < 93 && x->trouble && x->list.n) {
        note_uids(x);
        sim_pod *p = x->list.v[sim_below(x, x->list.n)];
        if (!p->gone && p->uid_recorded) pod_vanishes(x, p, sim_chance(x, 80));
    } else if (what < 94 && x->trouble && sim_chance(x, 15)) {
        seq_feed(x->s, &(seq_event){.kind = SEQ_CANCEL, .cancel = (seq_cancel)(1 + sim_below(x, 3))});
    } else if (what < 96 && x->crash_rate) {
        x->crashes++;
        x->lazy.n = 0;
        sim_rebuild(x);
    } else if (what < 98) {
        flush_lazy(x);
    }
}

void sim_step(sim *x) {
    x->steps++;
    something_happens(x);
    if (!x->ended && sim_chance(x, 70)) advance(x);
}

void sim_settle(sim *x) {
    tell_list(x);
    advance(x);
    flush_lazy(x);
}
