#include "cli/live/view.h"
#include "base/map.h"
#include "cli/live/text.h"
#include "runtime/engine/engine.h"
#include "runtime/sequencer/overview.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MS INT64_C(1000000)
enum { FRAME_MS = 100, ROWS_MOST = 12 };

struct view {
    arena *a, *scratch, *out_arena, *drawn_arena;
    view_style style;
    const seq *s;
    uint64_t version;       /* of s, when it was looked at last */
    map told;               /* task → its last row that was told */
    map colors;             /* task → its number */
    strbuf out;             /* to be written */
    VEC(uint32_t) drawn;    /* widths of the lines at the bottom */
    int64_t drawn_at, began;
    uint32_t frame;
    bool broken;            /* nobody reads it */
};

view_style view_style_of(const options *o, int fd) {
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    bool terminal = isatty(fd) && !(term && strcmp(term, "dumb") == 0);
    view_style style = {.fd = fd, .color = terminal && !(no && *no), .live = terminal};
    if (o->color.n && !str_eq(o->color, S("auto"))) style.color = str_eq(o->color, S("always"));
    return style;
}

view *view_new(arena *a, const view_style *style) {
    view *v = ARENA_NEW(a, view);
    *v = (view){.a = a, .scratch = arena_new(), .out_arena = arena_new(), .drawn_arena = arena_new(), .style = *style, .began = engine_now()};
    v->told = map_new(a);
    v->colors = map_new(a);
    v->out.a = v->out_arena;
    return v;
}

void view_free(view *v) {
    arena_free(v->scratch);
    arena_free(v->out_arena);
    arena_free(v->drawn_arena);
}

void view_follow(view *v, const seq *s) {
    if (v->s != s) v->version = 0;
    v->s = s;
}

/* --- writing ----------------------------------------------------------------------------------------------------------- */

static void put(view *v, str text) { strbuf_add(&v->out, text); }

static void paint(view *v, const char *color, str text) {
    if (v->style.color) strbuf_addf(&v->out, "\033[%sm", color);
    put(v, text);
    if (v->style.color) put(v, S("\033[0m"));
}

static void write_out(view *v) {
    str text = v->out.p ? strbuf_str(&v->out) : STR_NONE;
    while (text.n && !v->broken) {
        ssize_t n = write(v->style.fd, text.p, text.n);
        if (n < 0 && errno == EAGAIN) poll(&(struct pollfd){.fd = v->style.fd, .events = POLLOUT}, 1, -1);
        else if (n < 0 && errno != EINTR) v->broken = true;
        else if (n > 0) text = str_from(text, (uint32_t)n);
    }
    arena_reset(v->out_arena);
    v->out = (strbuf){.a = v->out_arena};
}

/* --- the lines at the bottom ------------------------------------------------------------------------------------------- */

static struct winsize window(const view *v) {
    struct winsize w = {0};
    if (ioctl(v->style.fd, TIOCGWINSZ, &w) != 0 || !w.ws_col) w.ws_col = 80;
    if (!w.ws_row) w.ws_row = 24;
    return w;
}

/* Lines that were drawn before the window became narrower take more rows now. */
static void erase(view *v) {
    uint32_t rows = 0, width = window(v).ws_col;
    for (uint32_t i = 0; i < v->drawn.n; i++) rows += v->drawn.v[i] ? (v->drawn.v[i] + width - 1) / width : 1;
    if (rows) strbuf_addf(&v->out, "\r\033[%uA\033[J", rows);
    v->drawn.n = 0;
}

static void draw_line(view *v, const char *color, str text, uint32_t width) {
    str fit = text_fit(v->scratch, text, width - 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < fit.n; i++) n += ((unsigned char)fit.p[i] & 0xc0) != 0x80;
    if (color) paint(v, color, fit);
    else put(v, fit);
    put(v, S("\n"));
    vec_push(v->drawn_arena, &v->drawn, n);
}

static str task_line(view *v, const seq_task_row *r, int64_t now, uint32_t width) {
    static const char *const wheel[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    arena *a = v->scratch;
    uint32_t name_width = width > 70 ? 30 : width / 3 + 4;
    str name = text_fit(a, r->path, name_width), time = r->started ? text_duration(a, now - r->started) : S("");
    strbuf b = {.a = a};
    strbuf_addf(&b, " %s %.*s", wheel[v->frame % 10], STR_ARG(name));
    uint32_t n = 0;
    for (uint32_t i = 0; i < name.n; i++) n += ((unsigned char)name.p[i] & 0xc0) != 0x80;
    for (; n < name_width; n++) strbuf_addc(&b, ' ');
    strbuf_addf(&b, " %6.*s", STR_ARG(time));
    if (r->runs > 1) strbuf_addf(&b, "  %u/%u", r->runs_done, r->runs);
    if (r->attempt) strbuf_addf(&b, "  retry %u/%u", r->attempt, r->retries);
    if (r->step.n) strbuf_addf(&b, "  %.*s", STR_ARG(r->step));
    else if (r->message.n) strbuf_addf(&b, "  %.*s", STR_ARG(r->message));
    else if (r->reason.n) strbuf_addf(&b, "  %.*s", STR_ARG(r->reason));
    return strbuf_str(&b);
}

static void draw(view *v, const seq_task_rows *rows) {
    struct winsize w = window(v);
    uint32_t room = w.ws_row / 2 > ROWS_MOST ? ROWS_MOST : w.ws_row > 4 ? (uint32_t)w.ws_row / 2 : 1, running = 0, shown = 0, failed = 0, done = 0, skipped = 0;
    int64_t now = engine_now();
    for (uint32_t i = 0; i < rows->n; i++) {
        seq_task_state state = rows->v[i].state;
        running += state == SEQ_TASK_RUNNING && !rows->v[i].pipeline;
        failed += state == SEQ_TASK_FAILED;
        skipped += state == SEQ_TASK_SKIPPED;
        done += state != SEQ_TASK_RUNNING && state != SEQ_TASK_WAITING;
    }
    uint32_t most = running > room ? room - 1 : running;
    for (uint32_t i = 0; i < rows->n && shown < most; i++) {
        if (rows->v[i].state != SEQ_TASK_RUNNING || rows->v[i].pipeline) continue;
        draw_line(v, NULL, task_line(v, &rows->v[i], now, w.ws_col), w.ws_col);
        shown++;
    }
    if (running > most) draw_line(v, "2", str_fmt(v->scratch, "   … %u more", running - most), w.ws_col);
    strbuf b = {.a = v->scratch};
    strbuf_addf(&b, " %u/%u tasks", done, rows->n);
    if (running) strbuf_addf(&b, ", %u running", running);
    if (failed) strbuf_addf(&b, ", %u failed", failed);
    if (skipped) strbuf_addf(&b, ", %u skipped", skipped);
    strbuf_addf(&b, "  %.*s", STR_ARG(text_duration(v->scratch, now - v->began)));
    draw_line(v, failed ? "31" : "1", strbuf_str(&b), w.ws_col);
    v->drawn_at = now;
    v->frame++;
}

/* --- what became of tasks ----------------------------------------------------------------------------------------------- */

static const struct {
    const char *mark, *color, *word;
} states[] = {
    [SEQ_TASK_SUCCEEDED] = {"✓", "32", "succeeded"}, [SEQ_TASK_FAILED] = {"✗", "31", "failed"},
    [SEQ_TASK_IGNORED] = {"✗", "33", "failed (ignored)"}, [SEQ_TASK_CANCELLED] = {"✗", "33", "cancelled"},
    [SEQ_TASK_SKIPPED] = {"-", "2", "skipped"},
};

static void tell(view *v, const seq_task_row *r) {
    arena *a = v->scratch;
    if (r->pipeline && r->state != SEQ_TASK_SKIPPED) return;
    paint(v, states[r->state].color, str_fmt(a, "%s %.*s %s", states[r->state].mark, STR_ARG(r->path), states[r->state].word));
    if (r->started && r->ended) strbuf_addf(&v->out, " (%.*s)", STR_ARG(text_duration(a, r->ended - r->started)));
    str why = r->message.n ? r->message : r->reason;
    if (r->state != SEQ_TASK_SUCCEEDED && why.n) strbuf_addf(&v->out, ": %.*s", STR_ARG(why));
    put(v, S("\n"));
}

typedef struct told {
    seq_task_state state;
    uint32_t attempt;
    bool quiet;
} told;

void view_quiet(view *v, str task) {
    told *t = ARENA_NEW(v->a, told);
    t->quiet = true;
    map_put(&v->told, task, t);
}

static void tell_changes(view *v, const seq_task_rows *rows) {
    for (uint32_t i = 0; i < rows->n; i++) {
        const seq_task_row *r = &rows->v[i];
        told *t = map_get(&v->told, r->path);
        if (!t) map_put(&v->told, str_dup(v->a, r->path), t = ARENA_NEW(v->a, told));
        if (r->attempt > t->attempt && r->state == SEQ_TASK_RUNNING) {
            t->attempt = r->attempt;
            paint(v, "33", str_fmt(v->scratch, "↻ %.*s failed, retry %u of %u\n", STR_ARG(r->path), r->attempt, r->retries));
        }
        if (t->state == r->state || t->quiet) continue;
        t->state = r->state;
        if (r->state != SEQ_TASK_RUNNING && r->state != SEQ_TASK_WAITING) tell(v, r);
    }
}

/* --- from outside --------------------------------------------------------------------------------------------------------- */

static const char *color_of(view *v, str task) {
    static const char *const colors[] = {"36", "33", "35", "34", "32", "96", "93", "95", "94", "92"};
    uintptr_t n = (uintptr_t)map_get(&v->colors, task);
    if (!n) map_put(&v->colors, str_dup(v->a, task), (void *)(n = v->colors.n + 1));
    return colors[(n - 1) % (sizeof colors / sizeof *colors)];
}

void view_line(view *v, str pod, str container, str line) {
    seq_pod_info info;
    if (!v->s || !seq_pod_of(v->s, pod, &info)) info.task = pod;
    view_task_line(v, info.task, container, line);
}

void view_task_line(view *v, str task, str container, str line) {
    str step = str_starts(container, S("step-")) ? str_from(container, 5) : container;
    if (v->drawn.n) erase(v);
    paint(v, color_of(v, task), str_fmt(v->scratch, "[%.*s : %.*s]", STR_ARG(task), STR_ARG(step)));
    strbuf_addf(&v->out, " %.*s\n", STR_ARG(line));
    if (v->out.n > 1 << 20) write_out(v);
}

void view_notice(view *v, str text) {
    if (v->drawn.n) erase(v);
    paint(v, "2", str_fmt(v->scratch, "tektonc: %.*s", STR_ARG(text)));
    put(v, S("\n"));
}

void view_tick(view *v) {
    int64_t now = engine_now();
    bool changed = v->s && seq_version(v->s) != v->version, due = v->style.live && now >= v->drawn_at + FRAME_MS * MS;
    bool framed = v->style.live && v->s; /* lines come with the next frame */
    if (!changed && !due && (framed || !v->out.n)) return;
    seq_task_rows rows = {0};
    if (framed || changed) seq_overview(v->s, v->scratch, &rows);
    if (v->drawn.n) erase(v);
    if (changed) {
        v->version = seq_version(v->s);
        tell_changes(v, &rows);
    }
    if (v->style.live && v->s && !seq_ended(v->s)) draw(v, &rows);
    write_out(v);
    arena_reset(v->scratch);
}

int64_t view_next(const view *v) { return v->style.live && v->s ? v->drawn_at + FRAME_MS * MS : 0; }

void view_end(view *v, str name, const seq_condition *c, int64_t started, int64_t ended) {
    if (v->drawn.n) erase(v);
    v->style.live = false;
    view_tick(v);
    if (v->drawn.n) erase(v);
    bool ok = c->status == SEQ_TRUE;
    str time = text_duration(v->scratch, ended - started);
    paint(v, ok ? "1;32" : "1;31", str_fmt(v->scratch, "%.*s %s", STR_ARG(name), ok ? "succeeded" : c->status == SEQ_FALSE ? "failed" : "was stopped"));
    strbuf_addf(&v->out, " (%.*s)", STR_ARG(time));
    if (c->message.n) strbuf_addf(&v->out, ": %.*s", STR_ARG(c->message));
    put(v, S("\n"));
    write_out(v);
}
