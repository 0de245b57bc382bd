/* A Pod's life: what is started when, what is told to end, and what the sequencer is told. */
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/file.h"
#include "runtime/engine/local/files.h"
#include "runtime/engine/local/inner.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define SECOND INT64_C(1000000000)
enum { MESSAGE_MAX = 4096, MESSAGES_MAX = 12 * 1024, TAIL_LINES = 80, TAIL_BYTES = 2048, GRACE_SECONDS = 30 };

/* --- what the sequencer is told ------------------------------------------------------------------------------------- */

static bool mains_ended(const local_pod *p) {
    for (uint32_t i = p->init_n; i < p->containers_n; i++)
        if (p->containers[i].state != CONTAINER_TERMINATED) return false;
    return true;
}

static pod_phase phase_of(const local_pod *p) {
    bool begun = false, bad = p->inner->init_failed || p->inner->deadline_passed;
    if (bad) return POD_FAILED;
    for (uint32_t i = p->init_n; i < p->containers_n; i++) {
        begun |= p->containers[i].state != CONTAINER_WAITING;
        bad |= p->containers[i].exit_code != 0;
    }
    if (!begun) return POD_PENDING;
    return !mains_ended(p) ? POD_RUNNING : bad ? POD_FAILED : POD_SUCCEEDED;
}

void pod_feed(local_pod *p) {
    local *l = p->engine;
    const ynode *meta = ynode_get(p->object, S("metadata"));
    pod_container *list = ARENA_ARRAY(l->scratch, pod_container, p->containers_n + 1);
    for (uint32_t i = 0; i < p->containers_n; i++) {
        const local_container *c = &p->containers[i];
        list[i] = (pod_container){
            .name = c->name,
            .init = c->init,
            .state = c->state,
            .ready = c->ready,
            .image = c->image,
            .image_id = c->image_id,
            .reason = c->state == CONTAINER_RUNNING ? STR_NONE : c->reason,
            .message = c->state == CONTAINER_RUNNING ? STR_NONE : c->message,
            .exit_code = c->exit_code,
            .started = c->started_at,
            .finished = c->finished_at,
        };
    }
    seq_pod pod = {
        .name = p->name,
        .uid = p->uid,
        .run_uid = ynode_get_text(ynode_get(meta, S("labels")), S(SEQ_LABEL_RUN)),
        .created = p->inner->created,
        .deleting = p->deleting,
        .ready_annotated = str_eq(ynode_get_text(ynode_get(meta, S("annotations")), S(SEQ_ANNOTATION_READY)), S(SEQ_READY)),
        .phase = phase_of(p),
        .reason = p->inner->reason,
        .message = p->inner->message,
        .containers = list,
        .n = p->containers_n,
    };
    local_feed(l, &(seq_event){.kind = SEQ_POD, .pod = &pod});
}

/* --- making --------------------------------------------------------------------------------------------------------- */

static str new_uid(arena *a) {
    unsigned char b[16];
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b) memset(b, 7, sizeof b);
    b[6] = (unsigned char)((b[6] & 15) | 64);
    b[8] = (unsigned char)((b[8] & 63) | 128);
    return str_fmt(a, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
                   b[11], b[12], b[13], b[14], b[15]);
}

static int64_t number(const ynode *of, str field, int64_t otherwise) {
    str text = ynode_get_text(of, field);
    return text.n ? strtoll(text.p, NULL, 10) : otherwise;
}

static void deadline(void *ctx) {
    local_pod *p = ctx;
    p->inner->deadline_passed = true;
    p->inner->reason = S("DeadlineExceeded");
    p->inner->message = S("Pod was active on the node longer than the specified deadline");
    p->inner->aborted = true;
    pod_advance(p);
}

static bool make(local_pod *p, str *problem) {
    str made = str_fmt(p->a, "%.*s/made/%.*s", STR_ARG(p->engine->config.folder->path), STR_ARG(p->name));
    if (!files_write(made, p->uid, 0600)) return *problem = str_fmt(p->a, "%.*s: %s", STR_ARG(made), strerror(errno)), false;
    if (!files_make_folders(p->work, 0755)) return *problem = str_fmt(p->a, "%.*s: %s", STR_ARG(p->work), strerror(errno)), false;
    return spec_read(p, problem) && volumes_make(p, problem);
}

static void fail_all(local_pod *p, const char *reason, str message) {
    for (uint32_t i = 0; i < p->containers_n; i++) {
        local_container *c = &p->containers[i];
        if (c->state != CONTAINER_WAITING) continue;
        c->reason = str_z(reason);
        c->message = str_dup(p->a, message);
    }
    pod_feed(p);
}

/* Texts of the caller's tree do not last. */
static const ynode *deep_copy(arena *a, const ynode *n) {
    ynode *c = ynode_copy(a, n);
    if (c->kind == Y_SEQ) {
        c->items = ARENA_ARRAY(a, const ynode *, n->n + 1);
        for (uint32_t i = 0; i < n->n; i++) c->items[i] = deep_copy(a, n->items[i]);
    } else if (c->kind == Y_MAP) {
        c->pairs = ARENA_ARRAY(a, ypair, n->n + 1);
        for (uint32_t i = 0; i < n->n; i++) c->pairs[i] = (ypair){.key = str_dup(a, n->pairs[i].key), .value = deep_copy(a, n->pairs[i].value)};
    } else {
        c->text = str_dup(a, n->text);
    }
    return c;
}

local_pod *pod_new(local *l, const ynode *object) {
    arena *a = arena_new();
    local_pod *p = ARENA_NEW(a, local_pod);
    str problem = STR_NONE;
    *p = (local_pod){.engine = l, .a = a, .object = deep_copy(a, object), .uid = new_uid(a)};
    p->inner = ARENA_NEW(a, struct local_inner_pod);
    const ynode *spec = ynode_get(p->object, S("spec"));
    p->name = ynode_get_text(ynode_get(p->object, S("metadata")), S("name"));
    p->namespace_ = l->config.identity.namespace_;
    p->work = str_fmt(a, "%.*s/work/%.*s", STR_ARG(l->config.folder->path), STR_ARG(p->name));
    p->inner->created = engine_now();
    p->inner->grace = number(spec, S("terminationGracePeriodSeconds"), GRACE_SECONDS) * SECOND;
    p->inner->deadline = (loop_timer){.fire = deadline, .ctx = p};
    int64_t active = number(spec, S("activeDeadlineSeconds"), 0);
    vec_push(l->a, &l->pods, p);
    if (!make(p, &problem)) {
        p->inner->broken = true;
        fail_all(p, "CreateContainerConfigError", problem);
        return p;
    }
    p->inner->active = active > 0 ? active * SECOND : 0;
    vec_push(l->a, &l->queue, p);
    pod_feed(p);
    pods_begin(l);
    return p;
}

/* A machine is no cluster: so many Pods at once, the others wait for their turn. */
void pods_begin(local *l) {
    while (l->queue_head < l->queue.n && l->active < l->active_most) {
        local_pod *p = l->queue.v[l->queue_head++];
        if (!p || p->deleting || p->inner->aborted) continue;
        l->active++;
        p->inner->asked = true;
        if (p->inner->active) loop_at(l->loop, &p->inner->deadline, engine_now() + p->inner->active);
        l->driver->ops->begin(l->driver, p);
    }
    if (l->queue_head == l->queue.n) l->queue_head = l->queue.n = 0;
}

/* --- ending --------------------------------------------------------------------------------------------------------- */

static void kill_now(void *ctx) {
    local_container *c = ctx;
    local_driver *d = c->pod->engine->driver;
    if (c->inner->told && !c->inner->over) d->ops->kill(d, c, SIGKILL);
}

static void stop(local_container *c) {
    local *l = c->pod->engine;
    if (!c->inner->told || c->inner->over || c->inner->stopping) return;
    c->inner->stopping = true;
    if (c->state == CONTAINER_WAITING || c->pod->inner->grace <= 0) {
        kill_now(c);
        return;
    }
    c->inner->grace.fire = kill_now;
    c->inner->grace.ctx = c;
    loop_at(l->loop, &c->inner->grace, engine_now() + c->pod->inner->grace);
    l->driver->ops->kill(l->driver, c, SIGTERM);
}

static bool all_over(const local_pod *p) {
    for (uint32_t i = 0; i < p->containers_n; i++)
        if (p->containers[i].inner->told && !p->containers[i].inner->over) return false;
    return true;
}

void pod_free(local_pod *p) {
    local *l = p->engine;
    loop_at(l->loop, &p->inner->deadline, 0);
    arena_free(p->a);
}

static void remove_files(local_pod *p) {
    if (!files_remove(p->work)) engine_log("%.*s: %s", STR_ARG(p->work), strerror(errno));
}

/* Its memory goes later: who called may still look at it. */
static void forget(local_pod *p) {
    local *l = p->engine;
    for (uint32_t i = 0; i < l->pods.n; i++)
        if (l->pods.v[i] == p) {
            l->pods.v[i] = l->pods.v[--l->pods.n];
            break;
        }
    vec_push(l->a, &l->dead, p);
    local_feed(l, &(seq_event){.kind = SEQ_POD_GONE, .name = p->name, .uid = p->uid});
}

void local_gone(local_pod *p) {
    local *l = p->engine;
    for (uint32_t i = l->queue_head; i < l->queue.n && !p->inner->asked; i++)
        if (l->queue.v[i] == p) l->queue.v[i] = NULL;
    if (p->inner->asked) l->active--;
    p->inner->gone = true;
    p->own = NULL;
    remove_files(p);
    loop_wake(l->loop);
    if (p->deleting) forget(p);
    if (!l->closing) pods_begin(l);
}

static void end(local_pod *p) {
    local *l = p->engine;
    if (p->inner->ending || !all_over(p)) return;
    p->inner->ending = true;
    loop_at(l->loop, &p->inner->deadline, 0);
    if (!p->inner->asked) local_gone(p);
    else l->driver->ops->end(l->driver, p);
}

/* --- going on ------------------------------------------------------------------------------------------------------- */

static void start(local_container *c) {
    local *l = c->pod->engine;
    str problem = STR_NONE;
    c->inner->told = true;
    if (spec_complete(c, &problem)) {
        l->driver->ops->start(l->driver, c);
        return;
    }
    c->inner->over = true; /* the driver never heard of it */
    local_waiting(c, "CreateContainerConfigError", problem);
}

/* The next init container; true when all of them are past. */
static bool advance_init(local_pod *p) {
    for (uint32_t i = 0; i < p->init_n; i++) {
        local_container *c = &p->containers[i];
        if (!c->inner->told) {
            start(c);
            return false;
        }
        if (c->sidecar && c->started && c->state != CONTAINER_WAITING) continue;
        if (c->state != CONTAINER_TERMINATED) return false;
        if (c->exit_code == 0) continue;
        p->inner->init_failed = true;
        p->inner->aborted = true;
        return false;
    }
    return true;
}

static void abort_all(local_pod *p) {
    for (uint32_t i = 0; i < p->containers_n; i++) stop(&p->containers[i]);
}

void pod_advance(local_pod *p) {
    struct local_inner_pod *x = p->inner;
    if (x->gone || x->ending) return;
    if (!x->broken && x->begun && !x->aborted && !p->deleting && advance_init(p))
        for (uint32_t i = p->init_n; i < p->containers_n; i++)
            if (!p->containers[i].inner->told && !x->aborted && !p->deleting) start(&p->containers[i]);
    if (x->gone || x->ending) return;
    if (x->aborted || p->deleting) abort_all(p);
    bool ended = p->containers_n > p->init_n && mains_ended(p);
    for (uint32_t i = 0; i < p->init_n && ended; i++) stop(&p->containers[i]); /* native sidecars */
    bool over = ended || x->aborted || p->deleting;
    if (over && !x->final) {
        x->final = true;
        if (!p->deleting) pod_feed(p);
    }
    if (over) end(p);
}

void pod_delete(local_pod *p) {
    if (p->deleting) return;
    p->deleting = true;
    if (p->inner->gone) {
        forget(p);
        return;
    }
    pod_feed(p);
    pod_advance(p);
}

void pod_stop_sidecars(local_pod *p) {
    for (uint32_t i = 0; i < p->containers_n; i++)
        if (!p->containers[i].step) stop(&p->containers[i]);
}

void pod_kill(local_pod *p) {
    p->inner->aborted = true;
    for (uint32_t i = 0; i < p->containers_n; i++) {
        p->containers[i].inner->stopping = true;
        kill_now(&p->containers[i]);
    }
    pod_advance(p);
}

/* --- a driver's answers ---------------------------------------------------------------------------------------------- */

void local_begun(local_pod *p) {
    p->inner->begun = true;
    pod_advance(p);
}

void local_broken(local_pod *p, const char *reason, str message) {
    p->inner->broken = true;
    fail_all(p, reason, message);
}

void local_waiting(local_container *c, const char *reason, str message) {
    c->reason = str_z(reason);
    c->message = str_dup(c->pod->a, message);
    pod_feed(c->pod);
}

void local_started(local_container *c) {
    c->state = CONTAINER_RUNNING;
    c->started_at = engine_now();
    c->reason = c->message = STR_NONE;
    probes_begin(c);
    pod_feed(c->pod);
    if (c->sidecar) pod_advance(c->pod);
}

static void tail(local_container *c) {
    local *l = c->pod->engine;
    str text, why, path = str_fmt(l->scratch, "%.*s/logs/%.*s/%.*s", STR_ARG(l->config.folder->path), STR_ARG(c->pod->name), STR_ARG(c->name));
    if (!file_read(l->scratch, path, &text, &why)) return;
    uint32_t from = text.n, lines = 0;
    while (from && text.n - from < TAIL_BYTES && (text.p[from - 1] != '\n' || lines++ < TAIL_LINES)) from--;
    c->message = str_dup(c->pod->a, str_from(text, from));
}

static void read_message(local_container *c) {
    local *l = c->pod->engine;
    str text, why;
    uint32_t share = MESSAGES_MAX / (c->pod->containers_n ? c->pod->containers_n : 1), most = share < MESSAGE_MAX ? share : MESSAGE_MAX;
    c->message = STR_NONE;
    if (file_read(l->scratch, c->termination, &text, &why)) c->message = str_dup(c->pod->a, str_cut(text, 0, text.n < most ? text.n : most));
    if (!c->message.n && c->exit_code && str_eq(ynode_get_text(c->spec, S("terminationMessagePolicy")), S("FallbackToLogsOnError"))) tail(c);
}

void local_ended(local_container *c, int32_t code, const char *reason, int64_t finished) {
    local *l = c->pod->engine;
    if (c->inner->over) return;
    c->inner->over = true;
    loop_at(l->loop, &c->inner->grace, 0);
    probes_end(c);
    output_end(c);
    if (c->state == CONTAINER_RUNNING) { /* one that never ran keeps what kept it from running */
        c->state = CONTAINER_TERMINATED;
        c->exit_code = code;
        c->finished_at = finished ? finished : engine_now();
        c->reason = reason ? str_z(reason) : code ? S("Error") : S("Completed");
        read_message(c);
    }
    c->ready = false;
    if (!c->pod->deleting) pod_feed(c->pod);
    pod_advance(c->pod);
}
