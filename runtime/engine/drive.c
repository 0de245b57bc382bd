#include "runtime/engine/drive.h"

#define SECOND INT64_C(1000000000)

typedef struct driving {
    const drive *d;
    arena *out;         /* of the caller */
    arena *run;         /* of the sequencer */
    arena *scratch;
    seq *s;
    seq_actions actions;
    strbuf lazy;        /* lines that are not written yet */
    arena *lazy_arena;
    int64_t lazy_until, timer, show_at;
    uint64_t shown;
    bool listing;       /* SEQ_LIST_END has not come */
    bool fresh;         /* nothing was replayed */
    bool fed;           /* since the last advance: events also come while something is written */
    bool ended, ok;
    str *message, *problem;
} driving;

static void feed(void *ctx, const seq_event *e) {
    driving *x = ctx;
    if (e->kind == SEQ_LIST_END) x->listing = false;
    x->fed = true;
    seq_feed(x->s, e);
}

static bool replay(void *ctx, str lines) {
    driving *x = ctx;
    x->fresh = false;
    return seq_replay(x->s, lines, x->problem);
}

/* --- actions ------------------------------------------------------------------------------------------------------- */

static engine_answer flush(driving *x) {
    if (!x->lazy.n) return ENGINE_DONE;
    engine *e = x->d->engine;
    engine_answer answer = e->ops->write(e, strbuf_str(&x->lazy), x->problem);
    arena_reset(x->lazy_arena);
    x->lazy = (strbuf){.a = x->lazy_arena};
    x->lazy_until = 0;
    return answer;
}

static engine_answer write_lines(driving *x, const seq_action *action) {
    strbuf_add(&x->lazy, action->lines);
    if (!action->lazy) return flush(x);
    if (!x->lazy_until) x->lazy_until = engine_now() + SECOND;
    return ENGINE_DONE;
}

static void create_pod(driving *x, const seq_action *action) {
    engine *e = x->d->engine;
    str why = STR_NONE;
    const ynode *manifest = x->d->manifest(x->d->ctx, x->scratch, action->file, &why), *pod = NULL;
    if (manifest) pod = seq_fill_pod(x->s, x->scratch, action, manifest, &why);
    if (pod) {
        e->ops->create_pod(e, action, pod);
    } else {
        if (manifest) why = str_cat(x->scratch, S("a value is missing: "), why);
        feed(x, &(seq_event){.kind = SEQ_REFUSED, .name = action->name, .refusal = SEQ_REFUSED_INVALID, .message = why});
    }
    arena_reset(x->scratch);
}

static engine_answer do_action(driving *x, const seq_action *action) {
    engine *e = x->d->engine;
    switch (action->kind) {
    case SEQ_WRITE: return write_lines(x, action);
    case SEQ_CREATE_CLAIM: e->ops->create_claim(e, action); break;
    case SEQ_CREATE_POD: create_pod(x, action); break;
    case SEQ_ANNOTATE: e->ops->annotate(e, action); break;
    case SEQ_STOP_SIDECARS: e->ops->stop_sidecars(e, action); break;
    case SEQ_DELETE_POD: e->ops->delete_pod(e, action); break;
    case SEQ_TIMER: x->timer = action->at; break;
    case SEQ_EVENT:
        if (!x->d->quiet) engine_log("%.*s: %.*s", STR_ARG(action->reason), STR_ARG(action->message));
        e->ops->event(e, action);
        break;
    case SEQ_ENDED:
        x->ended = true;
        x->ok = action->ok;
        *x->message = str_dup(x->out, action->message);
        break;
    }
    return ENGINE_DONE;
}

static void show(driving *x, bool last) {
    engine *e = x->d->engine;
    int64_t now = engine_now();
    if (!last && (seq_version(x->s) == x->shown || now < x->show_at)) return;
    seq_condition c = seq_condition_now(x->s, x->scratch);
    engine_view view = {.condition = c, .progress = seq_progress_now(x->s), .s = x->s, .last = last};
    view.phase = c.status == SEQ_TRUE ? "Succeeded" : c.status == SEQ_FALSE ? "Failed" : "Running";
    e->ops->show(e, &view);
    x->shown = seq_version(x->s);
    x->show_at = now + SECOND;
    arena_reset(x->scratch);
}

static engine_answer advance(driving *x) {
    x->fed = false;
    seq_advance(x->s, engine_now(), &x->actions);
    engine_answer answer = ENGINE_DONE;
    for (uint32_t i = 0; i < x->actions.list.n && answer == ENGINE_DONE; i++) answer = do_action(x, &x->actions.list.v[i]);
    x->actions = (seq_actions){.a = x->actions.a};
    arena_reset(x->actions.a);
    return answer;
}

static int64_t sooner(int64_t a, int64_t b) { return !a || (b && b < a) ? b : a; }

static engine_answer one_life(driving *x) {
    engine *e = x->d->engine;
    engine_answer answer = e->ops->read(e, replay, x, x->problem);
    if (answer != ENGINE_DONE) return answer;
    x->listing = true;
    e->ops->follow(e);
    /* A new run has no Pods that it could miss. */
    while (!x->fresh && x->listing)
        if (!e->ops->wait(e, 0)) return ENGINE_STOPPED;
    for (;;) {
        answer = advance(x);
        if (x->ended && answer == ENGINE_DONE) return flush(x);
        if (answer == ENGINE_DONE && x->lazy_until && engine_now() >= x->lazy_until) answer = flush(x);
        if (answer != ENGINE_DONE) return answer;
        show(x, false);
        if (x->fed) continue;
        int64_t until = sooner(sooner(x->timer, x->lazy_until), seq_version(x->s) != x->shown ? x->show_at : 0);
        if (!e->ops->wait(e, until)) {
            flush(x);
            return ENGINE_STOPPED;
        }
    }
}

drive_end drive_run(const drive *d, arena *a, str *message, str *problem) {
    static const drive_end ends[] = {[ENGINE_GONE] = DRIVE_GONE, [ENGINE_STOPPED] = DRIVE_STOPPED, [ENGINE_BROKEN] = DRIVE_BROKEN};
    driving x = {.d = d, .out = a, .scratch = arena_new_small(), .lazy_arena = arena_new_small(), .actions = {.a = arena_new_small()}, .message = message, .problem = problem};
    engine_answer answer = ENGINE_CONFLICT;
    d->engine->feed = feed;
    d->engine->ctx = &x;
    while (answer == ENGINE_CONFLICT && !x.ended) {
        if (x.run) engine_log("somebody else has written the run's record: reading it again");
        seq_free(x.s);
        arena_free(x.run);
        x.run = arena_new_small();
        x.fresh = true;
        x.timer = x.lazy_until = 0;
        arena_reset(x.lazy_arena);
        x.lazy = (strbuf){.a = x.lazy_arena};
        x.s = seq_new(x.run, d->plan, &d->identity);
        answer = one_life(&x);
    }
    if (x.ended) show(&x, true);
    d->engine->ops->settle(d->engine, x.ended ? 20 * SECOND : SECOND);
    d->engine->ops->free(d->engine);
    seq_free(x.s);
    arena_free(x.run);
    arena_free(x.scratch);
    arena_free(x.lazy_arena);
    arena_free(x.actions.a);
    return x.ended ? x.ok ? DRIVE_SUCCEEDED : DRIVE_FAILED : ends[answer];
}
