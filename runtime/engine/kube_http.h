#ifndef RUNTIME_ENGINE_KUBE_HTTP_H
#define RUNTIME_ENGINE_KUBE_HTTP_H
/* Requests to the API server: many at once over few connections, in one thread, by libcurl's multi interface.
 *
 * In: requests with a callback each. Out: one answer for each, by the callback, from inside kube_pump(), kube_begin()
 * or kube_sync(). An ordinary request is tried again until there is an answer that means something: not after a
 * network error, 429 (Retry-After is obeyed), 500, 502, 503, 504, nor 401 while fresh credentials may help. `tries`
 * limits that. A stream (a watch) is handed on line by line and never tried again here.
 * Memory: the request's texts are copied; an answer's live until the callback returns, as does what it allocates in
 * kube_scratch(). */
#include "runtime/engine/kube_config.h"

typedef struct kube_http kube_http;
typedef struct kube_call kube_call;

typedef struct kube_answer {
    long status;      /* 0: none, `problem` says why */
    str body;         /* empty of a stream */
    str problem;
    int64_t wait;     /* what Retry-After asks for; 0: nothing */
    bool fresh;       /* of a stream: at least one line came */
} kube_answer;

typedef struct kube_request {
    const char *method;   /* GET, POST, PATCH, DELETE */
    str path;             /* with the query */
    const char *type;     /* of the body: a constant; NULL: JSON */
    str body;
    uint32_t tries;       /* 0: for ever */
    bool background;      /* nobody waits for it: kube_settle() does not, and it may be dropped */
    void (*line)(void *ctx, str line); /* makes it a stream */
    void (*done)(void *ctx, kube_call *call, const kube_answer *answer);
    void *ctx;
    str name, uid;        /* for `done`, as kube_asked() */
    int64_t since;
} kube_request;

#define KUBE_MERGE "application/merge-patch+json"
#define KUBE_STRATEGIC "application/strategic-merge-patch+json"

/* `stop`: a descriptor that becomes readable when the process is to end, or -1. */
kube_http *kube_http_new(kube_config *config, int stop);
void kube_http_free(kube_http *h);
/* Waits first while too many are on their way, unless it is called from inside a callback. */
void kube_begin(kube_http *h, const kube_request *r);
/* From inside `done`: another request in the place of the answered one, after `delay` ns. */
void kube_again(kube_call *call, const kube_request *r, int64_t delay);
const kube_request *kube_asked(const kube_call *call);
arena *kube_scratch(kube_call *call);
/* The answer, its texts in `a`. Status 0: gave up, or the process is to end. */
kube_answer kube_sync(kube_http *h, arena *a, const kube_request *r);
/* Moves everything on; returns when something was done, or at `until` (0: no limit). False: the process is to end. */
bool kube_pump(kube_http *h, int64_t until);
/* Until all but streams and background calls are answered, at most to `until`. */
void kube_settle(kube_http *h, int64_t until);
/* Forgets all calls without an answer. */
void kube_drop(kube_http *h);
bool kube_stopped(const kube_http *h);
/* How long to wait before try n (from 1): doubled each time up to 5 s, give or take a quarter. */
int64_t kube_backoff(kube_http *h, uint32_t n);
/* A path segment or query value. */
str kube_escape(arena *a, str text);
#endif
