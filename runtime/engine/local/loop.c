#include "runtime/engine/local/loop.h"
#include "base/vec.h"
#include "runtime/engine/engine.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

typedef struct watched { /* by descriptor */
    loop_ready *ready;
    void *ctx;
    uint32_t turn; /* which use of this number: an event of an earlier one is stale */
} watched;

struct loop {
    arena *a;
    int poll;
    bool woken;
    VEC(watched) fds;
    VEC(loop_timer *) heap; /* the soonest first; slot is the index + 1 */
};

loop *loop_new(void) {
    arena *a = arena_new();
    loop *l = ARENA_NEW(a, loop);
    l->a = a;
    l->poll = epoll_create1(EPOLL_CLOEXEC);
    return l;
}

void loop_free(loop *l) {
    close(l->poll);
    arena_free(l->a);
}

void loop_watch(loop *l, int fd, uint32_t events, loop_ready *ready, void *ctx) {
    while (l->fds.n <= (uint32_t)fd) vec_add(l->a, &l->fds);
    watched *w = &l->fds.v[fd];
    bool known = w->ready != NULL;
    if (!known) w->turn++;
    w->ready = ready;
    w->ctx = ctx;
    struct epoll_event e = {.events = events, .data.u64 = (uint64_t)w->turn << 32 | (uint32_t)fd};
    epoll_ctl(l->poll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
}

void loop_forget(loop *l, int fd) {
    if (fd < 0 || (uint32_t)fd >= l->fds.n || !l->fds.v[fd].ready) return;
    l->fds.v[fd].ready = NULL;
    epoll_ctl(l->poll, EPOLL_CTL_DEL, fd, NULL);
}

/* --- timers -------------------------------------------------------------------------------------------------------- */

static void place(loop *l, uint32_t i, loop_timer *t) {
    l->heap.v[i] = t;
    t->slot = i + 1;
}

static void rise(loop *l, uint32_t i) {
    loop_timer *t = l->heap.v[i];
    for (; i && l->heap.v[(i - 1) / 2]->at > t->at; i = (i - 1) / 2) place(l, i, l->heap.v[(i - 1) / 2]);
    place(l, i, t);
}

static void sink(loop *l, uint32_t i) {
    loop_timer *t = l->heap.v[i];
    for (uint32_t child; (child = 2 * i + 1) < l->heap.n; i = child) {
        if (child + 1 < l->heap.n && l->heap.v[child + 1]->at < l->heap.v[child]->at) child++;
        if (l->heap.v[child]->at >= t->at) break;
        place(l, i, l->heap.v[child]);
    }
    place(l, i, t);
}

static void unset(loop *l, loop_timer *t) {
    if (!t->slot) return;
    uint32_t i = t->slot - 1;
    loop_timer *last = l->heap.v[--l->heap.n];
    t->slot = 0;
    t->at = 0;
    if (last == t) return;
    place(l, i, last);
    rise(l, i);
    sink(l, last->slot - 1);
}

void loop_at(loop *l, loop_timer *t, int64_t at) {
    unset(l, t);
    if (!at) return;
    t->at = at;
    vec_push(l->a, &l->heap, t);
    t->slot = l->heap.n;
    rise(l, l->heap.n - 1);
}

/* --- the wait ------------------------------------------------------------------------------------------------------ */

static int timeout(const loop *l, int64_t until) {
    int64_t at = until;
    if (l->heap.n && (!at || l->heap.v[0]->at < at)) at = l->heap.v[0]->at;
    if (!at) return -1;
    int64_t left = at - engine_now();
    if (left <= 0) return 0;
    return left > INT64_C(3600000000000) ? 3600000 : (int)((left + 999999) / 1000000);
}

static void fire(loop *l) {
    int64_t now = engine_now();
    while (l->heap.n && l->heap.v[0]->at <= now) {
        loop_timer *t = l->heap.v[0];
        unset(l, t);
        t->fire(t->ctx);
    }
}

void loop_run(loop *l, int64_t until) {
    enum { AT_ONCE = 64 };
    struct epoll_event events[AT_ONCE];
    do {
        int n = epoll_wait(l->poll, events, AT_ONCE, l->woken ? 0 : timeout(l, until));
        for (int i = 0; i < n; i++) {
            uint32_t fd = (uint32_t)events[i].data.u64, turn = (uint32_t)(events[i].data.u64 >> 32);
            watched *w = &l->fds.v[fd];
            if (w->ready && w->turn == turn) w->ready(w->ctx, (int)fd, events[i].events);
        }
        fire(l);
    } while (!l->woken && (!until || engine_now() < until));
    l->woken = false;
}

void loop_wake(loop *l) { l->woken = true; }
