#ifndef RUNTIME_ENGINE_LOCAL_LOOP_H
#define RUNTIME_ENGINE_LOCAL_LOOP_H
/* One thread's wait for many things: descriptors and moments.
 *
 * In: descriptors with a callback each, timers. Out: callbacks, from inside loop_run() only, one after the other. A
 * callback may add and remove whatever it likes, itself included. Moments are nanoseconds since 1970 (engine_now). The
 * caller owns descriptors and timers; a timer must be unset, a descriptor forgotten, before it goes. */
#include <stdbool.h>
#include <stdint.h>

typedef struct loop loop;
typedef void loop_ready(void *ctx, int fd, uint32_t events); /* EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR */

typedef struct loop_timer { /* zero-initialised: unset */
    int64_t at;             /* 0: unset; set by loop_at() */
    void (*fire)(void *ctx);
    void *ctx;
    uint32_t slot;          /* of the loop */
} loop_timer;

loop *loop_new(void);
void loop_free(loop *l);
/* Watches, or watches for other events; the callback may change, too. */
void loop_watch(loop *l, int fd, uint32_t events, loop_ready *ready, void *ctx);
/* Before the descriptor is closed. */
void loop_forget(loop *l, int fd);
/* Fires once, in loop_run(), not before `at`; replaces the moment that was set before. at 0: never. */
void loop_at(loop *l, loop_timer *t, int64_t at);
/* Until loop_wake() was called, from a callback or before; or until that moment (0: none). */
void loop_run(loop *l, int64_t until);
void loop_wake(loop *l);
#endif
