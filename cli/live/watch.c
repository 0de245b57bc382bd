#include "cli/live/watch.h"
#include "cli/live/whole.h"
#include "base/emit.h"
#include "runtime/engine/local/local.h"
#include "runtime/sequencer/status.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define MS INT64_C(1000000)
enum { POLL_MS = 200 };

typedef struct watch {
    engine base;
    arena *a, *scratch;
    watch_config c;
    watch_result *result;
    int signals, control;
    unsigned interrupts;
    uint64_t fed;
    bool woken;           /* a descriptor has something */
    const seq *s;
    int copy;             /* of a record that is not here; -1: it is */
    bool (*lines)(void *ctx, str lines);
    void *lines_ctx;
    bool read;            /* the record has lines */
} watch;

static watch *of(engine *e) { return (watch *)e; }

static void on_feed(void *ctx, const seq_event *e) {
    watch *w = ctx;
    w->fed++;
    w->base.feed(w->base.ctx, e);
}

/* --- what people ask for ---------------------------------------------------------------------------------------------- */

static void cancel(watch *w, seq_cancel how) { on_feed(w, &(seq_event){.kind = SEQ_CANCEL, .cancel = w->c.pipeline ? how : SEQ_CANCELLED}); }

static void look_at_signals(watch *w) {
    struct signalfd_siginfo info;
    while (read(w->signals, &info, sizeof info) == sizeof info) {
        w->result->interrupted = true;
        if (w->interrupts++ == 0) {
            view_notice(w->c.view, w->c.pipeline ? S("cancelling: finally tasks still run; once more stops at once") : S("cancelling; once more stops at once"));
            cancel(w, SEQ_CANCELLED_RUN_FINALLY);
        } else {
            w->result->stopped = true;
        }
    }
}

static void look_at_control(watch *w) {
    char text[256];
    ssize_t n = read(w->control, text, sizeof text);
    for (str rest = {text, n > 0 ? (uint32_t)n : 0}; rest.n;) {
        uint32_t end = 0;
        seq_cancel how;
        while (end < rest.n && rest.p[end] != '\n') end++;
        str word = str_cut(rest, 0, end);
        if (seq_cancel_parse(word, &how)) {
            view_notice(w->c.view, str_fmt(w->scratch, "asked to cancel: %.*s", STR_ARG(word)));
            cancel(w, how);
        }
        rest = str_from(rest, end < rest.n ? end + 1 : end);
    }
}

static void on_ready(void *ctx, int fd, uint32_t events) {
    watch *w = ctx;
    (void)fd, (void)events;
    w->woken = true;
    loop_wake(local_loop(w->c.inner));
}

static bool wait_(engine *e, int64_t until) {
    watch *w = of(e);
    uint64_t before = w->fed;
    for (;;) {
        view_tick(w->c.view);
        int64_t at = until, next = view_next(w->c.view), poll = w->c.local ? 0 : engine_now() + POLL_MS * MS;
        if (next && (!at || next < at)) at = next;
        if (poll && (!at || poll < at)) at = poll;
        if (!w->c.inner->ops->wait(w->c.inner, at)) return false;
        if (w->woken || !w->c.local) {
            w->woken = false;
            look_at_signals(w);
            look_at_control(w);
        }
        arena_reset(w->scratch);
        if (w->result->stopped) return false;
        if (w->fed != before || (until && engine_now() >= until)) return true;
    }
}

/* --- what is kept ------------------------------------------------------------------------------------------------------ */

static void keep(watch *w, const engine_view *shown) {
    arena *a = w->scratch;
    str problem = STR_NONE;
    watch_result *r = w->result;
    r->summary.phase = str_z(shown->phase);
    r->summary.done = shown->progress.done;
    r->summary.total = shown->progress.total;
    r->condition = shown->condition;
    r->condition.reason = r->summary.reason = str_dup(w->a, shown->condition.reason);
    r->condition.message = r->summary.message = str_dup(w->a, shown->condition.message);
    if (shown->last) {
        r->summary.ended = engine_now();
        r->run = emit_json_str(w->a, whole_with_status(a, w->c.whole, seq_status(shown->s, a)), false);
    }
    if (!run_write_tree(a, w->c.folder, "status.json", whole_in_list(a, w->c.whole, seq_status_list(shown->s, a)), &problem) || !run_write_summary(a, w->c.folder, &r->summary, &problem))
        engine_log("%.*s", STR_ARG(problem));
    arena_reset(a);
}

static void show(engine *e, const engine_view *shown) {
    watch *w = of(e);
    w->s = shown->s;
    view_follow(w->c.view, w->s);
    keep(w, shown);
    if (shown->last) {
        view_tick(w->c.view);
        view_follow(w->c.view, NULL);
    }
    w->c.inner->ops->show(w->c.inner, shown);
}

/* --- the rest is the inner engine's ------------------------------------------------------------------------------------- */

/* A record that lies elsewhere is kept here as well, for `tektonc status` and the next --rerun-failed. */
static void copy_lines(watch *w, str lines) {
    if (w->copy >= 0 && write(w->copy, lines.p, lines.n) != (ssize_t)lines.n) engine_log("the copy of the record: %s", strerror(errno));
}

static bool on_lines(void *ctx, str lines) {
    watch *w = ctx;
    w->read = true;
    copy_lines(w, lines);
    return w->lines(w->lines_ctx, lines);
}

static engine_answer read_(engine *e, bool (*lines)(void *ctx, str lines), void *ctx, str *problem) {
    watch *w = of(e);
    view_follow(w->c.view, NULL);
    w->lines = lines;
    w->lines_ctx = ctx;
    w->read = false;
    if (w->copy >= 0 && ftruncate(w->copy, 0) != 0) engine_log("the copy of the record: %s", strerror(errno));
    engine_answer answer = w->c.inner->ops->read(w->c.inner, on_lines, w, problem);
    if (answer != ENGINE_DONE || w->read || !w->c.preset.n) return answer;
    answer = w->c.inner->ops->write(w->c.inner, w->c.preset, problem);
    return answer != ENGINE_DONE || on_lines(w, w->c.preset) ? answer : ENGINE_BROKEN;
}
static void follow(engine *e) { of(e)->c.inner->ops->follow(of(e)->c.inner); }
static engine_answer write_(engine *e, str lines, str *problem) {
    engine_answer answer = of(e)->c.inner->ops->write(of(e)->c.inner, lines, problem);
    if (answer == ENGINE_DONE) copy_lines(of(e), lines);
    return answer;
}
static void create_pod(engine *e, const seq_action *x, const ynode *pod) { of(e)->c.inner->ops->create_pod(of(e)->c.inner, x, pod); }
static void create_claim(engine *e, const seq_action *x) { of(e)->c.inner->ops->create_claim(of(e)->c.inner, x); }
static void annotate(engine *e, const seq_action *x) { of(e)->c.inner->ops->annotate(of(e)->c.inner, x); }
static void stop_sidecars(engine *e, const seq_action *x) { of(e)->c.inner->ops->stop_sidecars(of(e)->c.inner, x); }
static void delete_pod(engine *e, const seq_action *x) { of(e)->c.inner->ops->delete_pod(of(e)->c.inner, x); }
static void event(engine *e, const seq_action *x) { of(e)->c.inner->ops->event(of(e)->c.inner, x); }

static void settle(engine *e, int64_t ns) {
    watch *w = of(e);
    if (w->c.local && w->result->stopped) local_kill_all(w->c.inner);
    view_follow(w->c.view, NULL);
    w->c.inner->ops->settle(w->c.inner, ns);
    view_tick(w->c.view);
}

static void free_(engine *e) {
    watch *w = of(e);
    if (w->c.local) {
        loop_forget(local_loop(w->c.inner), w->signals);
        loop_forget(local_loop(w->c.inner), w->control);
    }
    w->c.inner->ops->free(w->c.inner);
    close(w->signals);
    if (w->copy >= 0) close(w->copy);
    if (w->control >= 0) close(w->control);
    arena_free(w->scratch);
}

engine *watch_engine(arena *a, const watch_config *config, watch_result *result) {
    static const engine_ops ops = {
        .read = read_,
        .follow = follow,
        .write = write_,
        .create_pod = create_pod,
        .create_claim = create_claim,
        .annotate = annotate,
        .stop_sidecars = stop_sidecars,
        .delete_pod = delete_pod,
        .event = event,
        .show = show,
        .wait = wait_,
        .settle = settle,
        .free = free_,
    };
    watch *w = ARENA_NEW(a, watch);
    sigset_t set;
    str problem = STR_NONE;
    *w = (watch){.base = {.ops = &ops}, .a = a, .scratch = arena_new(), .c = *config, .result = result};
    w->copy = config->local ? -1 : open(run_file(a, config->folder, "record.jsonl").p, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    config->inner->feed = on_feed;
    config->inner->ctx = w;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    w->control = run_control(a, config->folder, &problem);
    if (w->control < 0) engine_log("%.*s", STR_ARG(problem));
    if (config->local && w->signals >= 0) loop_watch(local_loop(config->inner), w->signals, EPOLLIN, on_ready, w);
    if (config->local && w->control >= 0) loop_watch(local_loop(config->inner), w->control, EPOLLIN, on_ready, w);
    return &w->base;
}
