/* One container: created, started, its log read until it ends, then asked how it ended. Commands in it, for probes. */
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/docker/inner.h"
#include "runtime/engine/local/files.h"
#include "runtime/sequencer/moment.h"
#include <signal.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000000)
#define DRAIN (3 * SECOND)
enum { FOREVER = 365 * 24 * 3600, START_ERROR = 128, LOST = 137, CREATE_SECONDS = 300 };

static docker *docker_at(const docker_container *c) { return c->pod->d; }

static str path_of(arena *a, const docker_container *c, const char *what) {
    return docker_path(a, &docker_at(c)->server, "/containers/%.*s%s", STR_ARG(c->id), what);
}

/* --- its log --------------------------------------------------------------------------------------------------------
 * What it writes comes by an attachment that is made before it starts: Podman's service loses lines when it follows a log.
 * Should the attachment break, or not end with the container, the rest is read from the log. */

static void hand_on(docker_container *c, const char *bytes, uint32_t n) {
    uint32_t over = c->skip < n ? (uint32_t)c->skip : n;
    c->skip -= over;
    if (n == over) return;
    c->told_bytes += n - over;
    local_output(c->c, bytes + over, n - over);
}

/* Frames: which stream, three zeros, the length in four bytes, the bytes. */
static void on_piece(void *ctx, str piece) {
    docker_container *c = ctx;
    if (c->c->tty) {
        hand_on(c, piece.p, piece.n);
        return;
    }
    while (piece.n) {
        if (!c->left) {
            while (piece.n && c->head_n < sizeof c->head) c->head[c->head_n++] = (uint8_t)piece.p[0], piece = str_from(piece, 1);
            if (c->head_n < sizeof c->head) return;
            c->head_n = 0;
            c->left = (uint32_t)c->head[4] << 24 | (uint32_t)c->head[5] << 16 | (uint32_t)c->head[6] << 8 | c->head[7];
            continue;
        }
        uint32_t n = piece.n < c->left ? piece.n : c->left;
        hand_on(c, piece.p, n);
        c->left -= n;
        piece = str_from(piece, n);
    }
}

static void over(docker_container *c) {
    c->over = true;
    if (c->log) {
        http_cancel(c->log);
        c->log = NULL;
        c->pod->busy--; /* never the last one: who calls this counts, too */
    }
    loop_at(local_loop_of(docker_at(c)->base.engine), &c->drain, 0);
    local_ended(c->c, c->code, c->reason, c->ended);
}

static void on_rest(void *ctx, http_call *call, const http_answer *x) {
    docker_container *c = ctx;
    if (x->status != 200) engine_log("the end of the log of %.*s: %.*s", STR_ARG(c->c->name), STR_ARG(docker_why(http_scratch(call), x)));
    if (!c->over) over(c);
    docker_pod_idle(c->pod);
}

static void read_rest(docker_container *c) {
    c->head_n = c->left = 0;
    c->skip = c->told_bytes;
    http_request r = {.method = "GET", .path = path_of(c->pod->p->a, c, "/logs?stdout=1&stderr=1"), .tries = 1, .piece = on_piece, .done = on_rest, .ctx = c};
    docker_pod_ask(c->pod, &r);
}

static void on_drain(void *ctx) {
    docker_container *c = ctx;
    if (!c->log) return;
    http_cancel(c->log);
    c->log = NULL;
    read_rest(c);
    docker_pod_idle(c->pod);
}

static void start(docker_container *c);

static void on_attached(void *ctx) {
    docker_container *c = ctx;
    if (!c->starting) start(c);
}

static void on_detached(void *ctx, http_call *call, const http_answer *x) {
    docker_container *c = ctx;
    c->log = NULL;
    c->cut = x->status != 200 || x->problem.n;
    if (c->cut && !c->pod->ending) engine_log("%.*s can't be attached to: %.*s", STR_ARG(c->c->name), STR_ARG(docker_why(http_scratch(call), x)));
    if (!c->starting) start(c);
    else if (c->ended && !c->over && c->cut) read_rest(c);
    else if (c->ended && !c->over) over(c);
    docker_pod_idle(c->pod);
}

static void attach(docker_container *c) {
    http_request r = {.method = "POST", .path = path_of(c->pod->p->a, c, "/attach?stream=1&stdout=1&stderr=1"), .tries = 1, .seconds = FOREVER, .background = true,
                      .piece = on_piece, .begun = on_attached, .done = on_detached, .ctx = c};
    c->log = docker_pod_ask(c->pod, &r);
}

/* --- its end ------------------------------------------------------------------------------------------------------- */

static int32_t number(const ynode *n) { return ynode_text(n).n ? (int32_t)strtol(ynode_text(n).p, NULL, 10) : 0; }

static int64_t moment(const ynode *n) {
    int64_t at = 0;
    str text = ynode_text(n);
    return text.n && moment_parse(text, &at) && at > 0 ? at : engine_now();
}

static void ended(docker_container *c, int32_t code, const char *reason, int64_t at) {
    c->code = code;
    c->reason = reason;
    c->ended = at;
    c->drain = (loop_timer){.fire = on_drain, .ctx = c};
    if (c->log && c->started) loop_at(local_loop_of(docker_at(c)->base.engine), &c->drain, engine_now() + DRAIN);
    else if (c->cut && c->started) read_rest(c);
    else over(c);
}

static void on_waited(void *ctx, http_call *call, const http_answer *x);

static void wait_for_end(docker_container *c, http_call *call, int64_t delay) {
    arena *a = call ? http_scratch(call) : c->pod->p->a;
    http_request r = {.method = "POST", .path = path_of(a, c, "/wait?condition=not-running"), .tries = 1, .seconds = FOREVER, .background = true, .done = on_waited, .ctx = c};
    if (call) http_again(call, &r, delay);
    else docker_pod_ask(c->pod, &r);
}

static void on_inspected(void *ctx, http_call *call, const http_answer *x) {
    docker_container *c = ctx;
    arena *a = http_scratch(call);
    const ynode *now = docker_good(x) ? ynode_get(json_read(a, x->body), S("State")) : NULL;
    if (ynode_true(ynode_get(now, S("Running"))) || str_eq(ynode_get_text(now, S("Status")), S("stopping"))) {
        wait_for_end(c, call, SECOND / 4);
        return;
    }
    if (!now) ended(c, LOST, "ContainerStatusUnknown", engine_now());
    else ended(c, number(ynode_get(now, S("ExitCode"))), ynode_true(ynode_get(now, S("OOMKilled"))) ? "OOMKilled" : NULL, moment(ynode_get(now, S("FinishedAt"))));
    docker_pod_idle(c->pod);
}

static void on_waited(void *ctx, http_call *call, const http_answer *x) {
    docker_container *c = ctx;
    (void)x;
    http_again(call, &(http_request){.method = "GET", .path = path_of(http_scratch(call), c, "/json"), .tries = 4, .done = on_inspected, .ctx = c}, 0);
}

/* --- its beginning -------------------------------------------------------------------------------------------------- */

/* It never ran, but is over like one that did. */
static void not_started(docker_container *c, str why) {
    local_started(c->c);
    files_write(c->c->termination, why, 0666);
    ended(c, START_ERROR, "StartError", engine_now());
}

static void send_kill(docker_container *c, int number_);

static void on_started(void *ctx, http_call *call, const http_answer *x) {
    docker_container *c = ctx;
    if (docker_good(x)) {
        c->started = true;
        local_started(c->c);
        wait_for_end(c, NULL, 0);
        if (c->stop) send_kill(c, SIGKILL);
    } else {
        not_started(c, docker_why(http_scratch(call), x));
    }
    docker_pod_idle(c->pod);
}

/* It will not run any more. */
static bool given_up(docker_container *c) {
    if (!c->stop) return false;
    if (!c->over) ended(c, LOST, NULL, engine_now());
    return true;
}

/* Until somebody tells it to end, which it does at once. A kubelet would try an image again, and again, ever later; what
 * Tekton looks at is the second of the two reasons. */
static void waits(docker_container *c, const char *reason, str why) {
    c->told = false;
    local_waiting(c->c, reason, why);
    if (strcmp(reason, "ErrImagePull") != 0) return;
    local_waiting(c->c, "ImagePullBackOff", str_fmt(c->pod->p->a, "Back-off pulling image \"%.*s\": ErrImagePull: %.*s", STR_ARG(c->c->image), STR_ARG(why)));
}

static void start(docker_container *c) {
    c->starting = true;
    if (given_up(c)) return;
    http_request r = {.method = "POST", .path = path_of(c->pod->p->a, c, "/start"), .tries = 1, .seconds = CREATE_SECONDS, .done = on_started, .ctx = c};
    docker_pod_ask(c->pod, &r);
}

static void on_created(void *ctx, http_call *call, const http_answer *x) {
    docker_container *c = ctx;
    arena *a = http_scratch(call);
    str id = ynode_get_text(docker_good(x) ? json_read(a, x->body) : NULL, S("Id"));
    if (id.n) {
        c->id = str_dup(c->pod->p->a, id);
        if (!given_up(c)) attach(c);
    } else {
        if (!given_up(c)) waits(c, x->status == 404 ? "ErrImagePull" : "CreateContainerError", docker_why(a, x));
    }
    docker_pod_idle(c->pod);
}

static bool root(str user) { return !user.n || str_eq(user, S("0")) || str_eq(user, S("root")) || str_starts(user, S("0:")) || str_starts(user, S("root:")); }

static void create(docker_container *c) {
    docker *d = docker_at(c);
    if (given_up(c)) return;
    arena *a = arena_new();
    str name = docker_container_name(a, c->pod, c->c->name);
    http_request r = {.method = "POST", .path = docker_path(a, &d->server, "/containers/create?name=%.*s", STR_ARG(name)), .body = docker_spec(a, c), .tries = 1,
                      .seconds = CREATE_SECONDS, .done = on_created, .ctx = c};
    docker_pod_ask(c->pod, &r);
    arena_free(a);
}

void docker_container_start(docker_container *c) {
    c->told = true;
    if (c->image && c->image->state != DOCKER_IMAGE_READY) {
        waits(c, c->image->reason ? c->image->reason : "ErrImagePull", c->image->problem);
        return;
    }
    if (c->c->non_root && (c->c->user == 0 || (c->c->user < 0 && c->image && root(c->image->user)))) {
        waits(c, "CreateContainerConfigError", S("container has runAsNonRoot and image will run as root"));
        return;
    }
    if (c->image) c->c->image_id = str_dup(c->pod->p->a, c->image->id);
    docker_claim_folders(c, create);
}

static void on_killed(void *ctx, http_call *call, const http_answer *x) {
    docker_container *c = ctx;
    /* 409, or Podman's 500: it has ended meanwhile. */
    if (!x->status) engine_log("the container %.*s can't be stopped: %.*s", STR_ARG(c->c->name), STR_ARG(docker_why(http_scratch(call), x)));
    docker_pod_idle(c->pod);
}

static void send_kill(docker_container *c, int number_) {
    arena *a = c->pod->p->a;
    str name = number_ == SIGTERM && c->image && c->image->stop_signal.n ? http_escape(a, c->image->stop_signal) : str_fmt(a, "%d", number_);
    http_request r = {.method = "POST", .path = path_of(a, c, str_fmt(a, "/kill?signal=%.*s", STR_ARG(name)).p), .tries = 1, .done = on_killed, .ctx = c};
    docker_pod_ask(c->pod, &r);
}

void docker_container_kill(docker_container *c, int number_) {
    if (c->over) return;
    c->stop = true;
    if (c->started) send_kill(c, number_);
    else if (!c->told) given_up(c);
}

/* --- commands in it --------------------------------------------------------------------------------------------------- */

typedef struct running {
    docker_container *c;
    local_exec *x; /* NULL: nobody waits any more */
    str id;
} running;

static void executed(running *e, int32_t code) {
    docker_pod *p = e->c->pod;
    if (e->x) {
        e->x->own = NULL;
        local_executed(e->x, code);
    }
    docker_pod_idle(p);
}

static void on_exec_ended(void *ctx, http_call *call, const http_answer *x) {
    const ynode *now = docker_good(x) ? json_read(http_scratch(call), x->body) : NULL, *code = ynode_get(now, S("ExitCode"));
    executed(ctx, ynode_is(code, Y_INT) ? number(code) : -1);
}

static void on_exec_output(void *ctx, str piece) {
    (void)ctx;
    (void)piece;
}

static void on_exec_started(void *ctx, http_call *call, const http_answer *x) {
    running *e = ctx;
    arena *a = http_scratch(call);
    (void)x;
    http_again(call, &(http_request){.method = "GET", .path = docker_path(a, &e->c->pod->d->server, "/exec/%.*s/json", STR_ARG(e->id)), .tries = 2,
                                     .done = on_exec_ended, .ctx = e}, 0);
}

static void on_exec_created(void *ctx, http_call *call, const http_answer *x) {
    running *e = ctx;
    arena *a = http_scratch(call);
    str id = ynode_get_text(docker_good(x) ? json_read(a, x->body) : NULL, S("Id"));
    if (!id.n) {
        executed(e, -1);
        return;
    }
    e->id = str_dup(e->c->pod->p->a, id);
    http_again(call, &(http_request){.method = "POST", .path = docker_path(a, &e->c->pod->d->server, "/exec/%.*s/start", STR_ARG(id)),
                                     .body = S("{\"Detach\":false,\"Tty\":false}"), .tries = 1, .seconds = FOREVER, .background = true, .piece = on_exec_output,
                                     .done = on_exec_started, .ctx = e}, 0);
}

static void execute(docker_container *c, local_exec *x, str id, ynode *words) {
    arena *a = c->pod->p->a;
    ynode *m = ynode_map(a, NULL);
    for (uint32_t i = 0; i < x->n; i++) ynode_push(a, words, ynode_str(a, x->argv[i], NULL));
    ynode_put(a, m, S("AttachStdout"), ynode_bool(true));
    ynode_put(a, m, S("AttachStderr"), ynode_bool(true));
    ynode_put(a, m, S("Cmd"), words);
    running *e = ARENA_NEW(a, running);
    *e = (running){.c = c, .x = x};
    x->own = e;
    http_request r = {.method = "POST", .path = docker_path(a, &docker_at(c)->server, "/containers/%.*s/exec", STR_ARG(id)), .body = emit_json_str(a, m, false), .tries = 1, .done = on_exec_created, .ctx = e};
    docker_pod_ask(c->pod, &r);
}

void docker_exec(local_exec *x) {
    docker_container *c = x->container->own;
    execute(c, x, c->id, ynode_seq(c->pod->p->a, NULL));
}

/* Where the helper is: the Pod's network is the same in all of its containers. */
void docker_reach(local_exec *x) {
    docker_container *c = x->container->own;
    arena *a = c->pod->p->a;
    ynode *words = ynode_seq(a, NULL);
    ynode_push(a, words, ynode_str(a, S(DOCKER_HELPER_PATH), NULL));
    ynode_push(a, words, ynode_str(a, S("reach"), NULL));
    if (c->pod->infra_id.n) execute(c, x, c->pod->infra_id, words);
    else local_executed(x, 0);
}

void docker_exec_drop(local_exec *x) {
    running *e = x->own;
    if (e) e->x = NULL;
    x->own = NULL;
}
