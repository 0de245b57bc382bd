#ifndef RUNTIME_ENGINE_HTTP_H
#define RUNTIME_ENGINE_HTTP_H
/* Requests to one server: many at once over few connections, in one thread, by libcurl's multi interface.
 *
 * In: who is asked, requests with a callback each. Out: one answer for each, by the callback, from inside http_pump(),
 * http_begin() or http_sync(). An ordinary request is tried again until there is an answer that means something: not
 * after a network error, 429 (Retry-After is obeyed), 500, 502, 503, 504, nor 401 while fresh credentials may help.
 * `tries` limits that. A stream (a watch, a log) is handed on as it comes and never tried again here.
 * Memory: the request's texts are copied; an answer's live until the callback returns, as does what it allocates in
 * http_scratch(). */
#include "base/str.h"

typedef struct http_client http_client;
typedef struct http_call http_call;

typedef struct http_target { /* where requests go and as whom; certificates and keys are PEM texts */
    str server;              /* http://… or https://… */
    str socket;              /* a unix socket's path; empty: none */
    str ca, ca_file, cert, key;
    str server_name, proxy;
    str authorization;       /* the header's value */
    bool insecure;
} http_target;

/* Asked before each try; refused: the server did not take what it got last (401). The target's texts live in `a` or
 * longer. */
typedef struct http_peer {
    void (*target)(void *ctx, arena *a, bool refused, http_target *out);
    void *ctx;
} http_peer;

typedef struct http_answer {
    long status;      /* 0: none, `problem` says why */
    str body;         /* empty of a stream */
    str problem;
    int64_t wait;     /* what Retry-After asks for; 0: nothing */
    bool fresh;       /* of a stream: at least one line or piece came */
} http_answer;

typedef struct http_request {
    const char *method;   /* GET, POST, PUT, PATCH, DELETE, HEAD */
    str path;             /* with the query */
    const char *type;     /* of the body: a constant; NULL: JSON */
    str header;           /* one more; or none */
    str body;
    uint32_t tries;       /* 0: for ever */
    uint32_t seconds;     /* how long one try may take; of a stream: how long it may be silent. 0: 30, of a stream 120 */
    bool background;      /* nobody waits for it: http_settle() does not, and it may be dropped */
    /* One of them makes it a stream, when the status is 200: whole lines, or pieces as they come. */
    void (*line)(void *ctx, str line);
    void (*piece)(void *ctx, str piece);
    void (*begun)(void *ctx); /* of a stream, may be NULL: the answer has begun and is no failure */
    void (*done)(void *ctx, http_call *call, const http_answer *answer);
    void *ctx;
    str name, uid;        /* for `done`, as http_asked() */
    int64_t since;
} http_request;

/* `stop`: a descriptor that becomes readable when the process is to end, or -1. */
http_client *http_new(const http_peer *peer, int stop);
void http_free(http_client *h);
/* Waits first while too many are on their way, unless it is called from inside a callback. The call is valid until `done`
 * returns. */
http_call *http_begin(http_client *h, const http_request *r);
/* From inside `done`: another request in the place of the answered one, after `delay` ns. */
void http_again(http_call *call, const http_request *r, int64_t delay);
const http_request *http_asked(const http_call *call);
arena *http_scratch(http_call *call);
/* The answer, its texts in `a`. Status 0: gave up, or the process is to end. */
http_answer http_sync(http_client *h, arena *a, const http_request *r);
/* Moves everything on; returns when something was done, or at `until` (0: no limit). False: the process is to end. */
bool http_pump(http_client *h, int64_t until);
/* For who has a loop of its own, in the place of http_pump() and all that waits by it: the client says what it waits for,
 * and is told by http_ready() and http_tick(), from outside of any callback. */
typedef struct http_waiter {
    void (*watch)(void *ctx, int fd, bool in, bool out); /* neither: not any more */
    void (*wake)(void *ctx, int64_t at);                 /* http_tick() at that moment, instead of what was said before; 0: never */
    void *ctx;
} http_waiter;
void http_attach(http_client *h, const http_waiter *w);
void http_ready(http_client *h, int fd, bool in, bool out);
void http_tick(http_client *h);
/* Until all but streams and background calls are answered, at most to `until`. */
void http_settle(http_client *h, int64_t until);
/* Forgets this one: nothing more is heard of it. Not from inside of its own callbacks. */
void http_cancel(http_call *call);
/* Forgets all calls without an answer. */
void http_drop(http_client *h);
bool http_stopped(const http_client *h);
/* How long to wait before try n (from 1): doubled each time up to 5 s, give or take a quarter. */
int64_t http_backoff(http_client *h, uint32_t n);
/* A path segment or query value. */
str http_escape(arena *a, str text);
#endif
