#include "runtime/engine/http.h"
#include "runtime/engine/engine.h"
#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <sys/random.h>

enum { AT_ONCE = 12, BODY_MAX = 64 << 20 };
#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

struct http_call {
    http_client *h;
    CURL *easy;
    arena *a, *sent, *lines; /* of the request; of one try and its answer; of the line that is not complete yet */
    struct curl_slist *headers, *connect;
    http_request r;
    strbuf body, line;
    uint32_t tried;
    int64_t at;       /* when to send it; 0: it is on its way */
    bool used, again, fresh, refused, too_large;
    bool headed, told; /* the answer's head is there; that was told */
    char error[CURL_ERROR_SIZE];
};

struct http_client {
    arena *a;
    http_peer peer;
    CURLM *multi;
    VEC(http_call *) calls;
    uint32_t busy; /* streams left out */
    uint32_t depth; /* of callbacks */
    uint64_t seed;
    uint64_t answers; /* grows with each */
    int stop;
    bool stopped;
    http_waiter waiter; /* watch NULL: http_pump() waits */
    int64_t due, armed; /* when libcurl wants to be called; what the waiter knows */
};

http_client *http_new(const http_peer *peer, int stop) {
    arena *a = arena_new_small();
    http_client *h = ARENA_NEW(a, http_client);
    *h = (http_client){.a = a, .peer = *peer, .stop = stop};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    h->multi = curl_multi_init();
    if (!h->multi) arena_out_of_memory(0);
    curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    if (getrandom(&h->seed, sizeof h->seed, GRND_NONBLOCK) != sizeof h->seed) h->seed = (uint64_t)engine_now();
    return h;
}

const http_request *http_asked(const http_call *call) { return &call->r; }
arena *http_scratch(http_call *call) { return call->sent; }
bool http_stopped(const http_client *h) { return h->stopped; }

int64_t http_backoff(http_client *h, uint32_t n) {
    int64_t wait = 100 * MS << (n > 6 ? 6 : n ? n - 1 : 0);
    if (wait > 5 * SECOND) wait = 5 * SECOND;
    h->seed = h->seed * 6364136223846793005u + 1442695040888963407u;
    return wait - wait / 4 + (int64_t)((h->seed >> 33) % (uint64_t)(wait / 2));
}

str http_escape(arena *a, str text) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) strbuf_addc(&b, c);
        else strbuf_addf(&b, "%%%02X", (unsigned)(unsigned char)c);
    }
    return strbuf_str(&b);
}

static bool streams(const http_request *r) { return r->line || r->piece; }

/* --- sending ------------------------------------------------------------------------------------------------------- */

static void take_lines(http_call *c, str piece) {
    while (piece.n) {
        const char *end = memchr(piece.p, '\n', piece.n);
        uint32_t n = end ? (uint32_t)(end - piece.p) : piece.n;
        if (!end || c->line.n) strbuf_add(&c->line, str_cut(piece, 0, n));
        if (!end) return;
        str line = c->line.n ? strbuf_str(&c->line) : str_cut(piece, 0, n);
        piece = str_from(piece, n + 1);
        if (line.n) c->fresh = true, c->r.line(c->r.ctx, line);
        if (c->line.n) arena_reset(c->lines);
        c->line = (strbuf){.a = c->lines};
    }
}

static size_t on_data(char *p, size_t size, size_t n, void *ctx) {
    http_call *c = ctx;
    long status = 0;
    n *= size;
    c->h->answers++;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (c->body.n + c->line.n + n > BODY_MAX) {
        c->too_large = true;
        return 0;
    }
    c->h->depth++;
    if (c->r.piece && status == 200) c->fresh = true, c->r.piece(c->r.ctx, (str){p, (uint32_t)n});
    else if (c->r.line && status == 200) take_lines(c, (str){p, (uint32_t)n});
    else strbuf_add(&c->body, (str){p, (uint32_t)n});
    c->h->depth--;
    return n;
}

static size_t on_head(char *p, size_t size, size_t n, void *ctx) {
    http_call *c = ctx;
    long status = 0;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (size * n <= 2 && status == 200) c->headed = true; /* the empty line */
    (void)p;
    return size * n;
}

/* Nothing may be begun from inside of libcurl's callbacks. */
static void tell_begun(http_client *h) {
    for (uint32_t i = 0; i < h->calls.n; i++) {
        http_call *c = h->calls.v[i];
        if (!c->used || !c->headed || c->told || !c->r.begun) continue;
        c->told = true;
        h->depth++;
        c->r.begun(c->r.ctx);
        h->depth--;
    }
}

static void set_blob(CURL *easy, CURLoption option, str text) {
    struct curl_blob blob = {(void *)(uintptr_t)text.p, text.n, CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy, option, &blob);
}

/* server_name: the name goes into the URL, the connection to the real address. */
static void set_address(http_call *c, const http_target *t) {
    str url = str_cat(c->sent, t->server, c->r.path);
    uint32_t at;
    if (t->server_name.n && str_find(t->server, S("://"), &at)) {
        str rest = str_from(t->server, at + 3), port = S(""), path = S("");
        uint32_t slash = rest.n;
        str_find(rest, S("/"), &slash);
        path = str_from(rest, slash);
        rest.n = slash;
        for (uint32_t i = rest.n; i > 0 && rest.p[i - 1] != ']'; i--)
            if (rest.p[i - 1] == ':') {
                port = str_from(rest, i);
                break;
            }
        str host = port.n ? str_cut(rest, 0, rest.n - port.n - 1) : rest;
        if (!port.n) port = S("443");
        url = str_fmt(c->sent, "https://%.*s:%.*s%.*s%.*s", STR_ARG(t->server_name), STR_ARG(port), STR_ARG(path), STR_ARG(c->r.path));
        c->connect = curl_slist_append(NULL, str_fmt(c->sent, "::%.*s:%.*s", STR_ARG(host), STR_ARG(port)).p);
    }
    curl_easy_setopt(c->easy, CURLOPT_URL, str_dup(c->sent, url).p);
    if (c->connect) curl_easy_setopt(c->easy, CURLOPT_CONNECT_TO, c->connect);
    if (t->socket.n) curl_easy_setopt(c->easy, CURLOPT_UNIX_SOCKET_PATH, str_dup(c->sent, t->socket).p);
}

static void set_tls(http_call *c, const http_target *t) {
    if (t->ca_file.n) curl_easy_setopt(c->easy, CURLOPT_CAINFO, str_dup(c->sent, t->ca_file).p);
    if (t->ca.n) set_blob(c->easy, CURLOPT_CAINFO_BLOB, t->ca);
    if (t->cert.n) set_blob(c->easy, CURLOPT_SSLCERT_BLOB, t->cert);
    if (t->key.n) set_blob(c->easy, CURLOPT_SSLKEY_BLOB, t->key);
    if (t->insecure) {
        curl_easy_setopt(c->easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(c->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (t->proxy.n) curl_easy_setopt(c->easy, CURLOPT_PROXY, str_dup(c->sent, t->proxy).p);
    else curl_easy_setopt(c->easy, CURLOPT_NOPROXY, "*");
}

static void add_header(http_call *c, str text) {
    struct curl_slist *more = curl_slist_append(c->headers, str_dup(c->sent, text).p);
    if (!more) arena_out_of_memory(text.n);
    c->headers = more;
}

static void send_call(http_call *c) {
    http_client *h = c->h;
    http_target target = {0};
    c->at = 0;
    c->fresh = c->too_large = c->headed = c->told = false;
    c->error[0] = 0;
    arena_reset(c->sent);
    h->peer.target(h->peer.ctx, c->sent, c->refused, &target);
    c->refused = false;
    c->body = (strbuf){.a = c->sent};
    arena_reset(c->lines);
    c->line = (strbuf){.a = c->lines};
    curl_easy_reset(c->easy);
    curl_slist_free_all(c->headers);
    curl_slist_free_all(c->connect);
    c->headers = c->connect = NULL;
    curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
    curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->error);
    curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L); /* each handle keeps its own */
    curl_easy_setopt(c->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(c->easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    curl_easy_setopt(c->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c->easy, CURLOPT_USERAGENT, "tektonc");
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
    if (c->r.begun) {
        curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_head);
        curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
    }
    if (streams(&c->r)) { /* bookmarks of a watch come about once a minute: a silent connection is a dead one */
        curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_TIME, (long)(c->r.seconds ? c->r.seconds : 120));
    } else {
        curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, (long)(c->r.seconds ? c->r.seconds : 30) * 1000);
    }
    curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, c->r.method);
    if (strcmp(c->r.method, "HEAD") == 0) curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L);
    if (c->r.body.n) {
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE, (long)c->r.body.n);
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->r.body.p);
        add_header(c, str_cat(c->sent, S("Content-Type: "), str_z(c->r.type ? c->r.type : "application/json")));
    }
    add_header(c, S("Accept: application/json, */*")); /* logs are no JSON */
    add_header(c, S("Expect:"));
    if (c->r.header.n) add_header(c, c->r.header);
    if (target.authorization.n) add_header(c, str_cat(c->sent, S("Authorization: "), target.authorization));
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
    set_tls(c, &target);
    set_address(c, &target);
    curl_multi_add_handle(h->multi, c->easy);
}

/* --- waiting in somebody else's loop ------------------------------------------------------------------------------- */

static int64_t next_due(const http_client *h, int64_t until) {
    for (uint32_t i = 0; i < h->calls.n; i++) {
        const http_call *c = h->calls.v[i];
        if (c->used && c->at && (!until || c->at < until)) until = c->at;
    }
    return until;
}

static void arm(http_client *h) {
    if (!h->waiter.watch) return;
    int64_t at = next_due(h, h->due);
    if (at != h->armed) h->waiter.wake(h->waiter.ctx, h->armed = at);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx) {
    http_client *h = ctx;
    (void)easy;
    (void)socket_ctx;
    h->waiter.watch(h->waiter.ctx, fd, what == CURL_POLL_IN || what == CURL_POLL_INOUT, what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *ctx) {
    http_client *h = ctx;
    (void)multi;
    h->due = ms < 0 ? 0 : engine_now() + ms * MS;
    arm(h);
    return 0;
}

void http_attach(http_client *h, const http_waiter *w) {
    h->waiter = *w;
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
}

/* --- calls --------------------------------------------------------------------------------------------------------- */

static void copy_request(http_call *c, const http_request *r) {
    c->r = *r;
    c->r.path = str_dup(c->a, r->path);
    c->r.body = r->body.n ? str_dup(c->a, r->body) : STR_NONE;
    c->r.header = r->header.n ? str_dup(c->a, r->header) : STR_NONE;
    c->r.name = r->name.n ? str_dup(c->a, r->name) : STR_NONE;
    c->r.uid = r->uid.n ? str_dup(c->a, r->uid) : STR_NONE;
}

static http_call *free_call(http_client *h) {
    for (uint32_t i = 0; i < h->calls.n; i++)
        if (!h->calls.v[i]->used) return h->calls.v[i];
    http_call *c = ARENA_NEW(h->a, http_call);
    *c = (http_call){.h = h, .a = arena_new_small(), .sent = arena_new_small(), .lines = arena_new_small(), .easy = curl_easy_init()};
    if (!c->easy) arena_out_of_memory(0);
    vec_push(h->a, &h->calls, c);
    return c;
}

static void release(http_call *c) {
    if (!streams(&c->r)) c->h->busy--;
    c->used = false;
    /* Not reset: what an answer took must not be kept for each of the calls. */
    arena_free(c->a);
    arena_free(c->sent);
    arena_free(c->lines);
    c->a = arena_new_small();
    c->sent = arena_new_small();
    c->lines = arena_new_small();
    c->body = (strbuf){0};
    c->line = (strbuf){0};
}

http_call *http_begin(http_client *h, const http_request *r) {
    while (!h->depth && !h->waiter.watch && !streams(r) && h->busy >= AT_ONCE && !h->stopped) http_pump(h, 0);
    http_call *c = free_call(h);
    c->used = true;
    c->tried = 0;
    copy_request(c, r);
    if (!streams(r)) h->busy++;
    send_call(c);
    arm(h);
    return c;
}

void http_again(http_call *c, const http_request *r, int64_t delay) {
    assert(c->used && !c->again);
    c->again = true;
    if (streams(&c->r) && !streams(r)) c->h->busy++;
    if (!streams(&c->r) && streams(r)) c->h->busy--;
    copy_request(c, r);
    c->tried = 0;
    c->at = engine_now() + delay;
}

static bool passes(long status) { return status == 0 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504; }

/* 401: another token may have come, or be had; a few times only, since a wrong one stays wrong. */
enum { REFUSALS = 5 };

static void answered(http_call *c, CURLcode code) {
    http_client *h = c->h;
    http_answer x = {.fresh = c->fresh};
    curl_off_t wait = 0;
    if (code == CURLE_OK || (streams(&c->r) && c->fresh)) curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &x.status);
    if (code != CURLE_OK) x.problem = str_dup(c->sent, str_z(c->too_large ? "the answer is too large" : c->error[0] ? c->error : curl_easy_strerror(code)));
    if (curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0) x.wait = (wait > 300 ? 300 : wait) * SECOND;
    h->answers++;
    c->tried++;
    c->refused = x.status == 401;
    bool retry = passes(x.status) || (c->refused && c->tried < REFUSALS);
    if (!streams(&c->r) && retry && (!c->r.tries || c->tried < c->r.tries)) {
        int64_t pause = http_backoff(h, c->tried);
        if (c->tried == 3 || c->tried % 20 == 0)
            engine_log("%s %.*s: %ld %.*s; trying again", c->r.method, STR_ARG(c->r.path), x.status, STR_ARG(x.problem));
        c->at = engine_now() + (x.wait > pause ? x.wait : pause);
        return;
    }
    x.body = strbuf_str(&c->body);
    h->depth++;
    c->r.done(c->r.ctx, c, &x);
    h->depth--;
    if (c->again) c->again = false;
    else release(c);
}

static void begin_due(http_client *h, int64_t now) {
    for (uint32_t i = 0; i < h->calls.n; i++)
        if (h->calls.v[i]->used && h->calls.v[i]->at && h->calls.v[i]->at <= now) send_call(h->calls.v[i]);
}

static void collect(http_client *h) {
    int left;
    CURLMsg *m;
    tell_begun(h);
    while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
        http_call *c = NULL;
        CURLcode code = m->data.result;
        CURL *easy = m->easy_handle;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&c);
        curl_multi_remove_handle(h->multi, easy);
        answered(c, code);
    }
}

bool http_pump(http_client *h, int64_t until) {
    uint64_t before = h->answers;
    assert(!h->depth && !h->waiter.watch);
    for (;;) {
        int running;
        int64_t now = engine_now();
        begin_due(h, now);
        curl_multi_perform(h->multi, &running);
        collect(h);
        if (h->answers != before || h->stopped) return !h->stopped;
        int64_t due = next_due(h, until), left;
        now = engine_now();
        if (until && now >= until) return true;
        left = due ? (due - now + MS - 1) / MS : 60000;
        struct curl_waitfd stop = {.fd = h->stop, .events = CURL_WAIT_POLLIN};
        curl_multi_poll(h->multi, &stop, h->stop >= 0, left < 0 ? 0 : left > 60000 ? 60000 : (int)left, NULL);
        if (h->stop >= 0 && stop.revents) h->stopped = true;
    }
}

static void act(http_client *h, int fd, int mask) {
    int running;
    assert(h->waiter.watch && !h->depth);
    curl_multi_socket_action(h->multi, fd, mask, &running);
    collect(h);
    begin_due(h, engine_now());
    arm(h);
}

void http_ready(http_client *h, int fd, bool in, bool out) { act(h, fd, (in ? CURL_CSELECT_IN : 0) | (out ? CURL_CSELECT_OUT : 0)); }

void http_tick(http_client *h) {
    h->armed = 0;
    if (h->due && h->due <= engine_now()) h->due = 0; /* libcurl says anew */
    act(h, CURL_SOCKET_TIMEOUT, 0);
}

static const http_call *waited_for(const http_client *h) {
    for (uint32_t i = 0; i < h->calls.n; i++)
        if (h->calls.v[i]->used && !h->calls.v[i]->r.background) return h->calls.v[i];
    return NULL;
}

void http_settle(http_client *h, int64_t until) {
    while (waited_for(h) && !h->stopped && engine_now() < until) http_pump(h, until);
    const http_call *c = waited_for(h);
    if (c) engine_log("%s %.*s: no answer in time", c->r.method, STR_ARG(c->r.path));
}

void http_cancel(http_call *c) {
    if (!c->at) curl_multi_remove_handle(c->h->multi, c->easy);
    release(c);
    c->at = 0;
}

void http_drop(http_client *h) {
    for (uint32_t i = 0; i < h->calls.n; i++)
        if (h->calls.v[i]->used) http_cancel(h->calls.v[i]);
}

typedef struct waiting {
    arena *a;
    const http_request *asked;
    http_answer answer;
    bool done;
} waiting;

static void sync_done(void *ctx, http_call *call, const http_answer *x) {
    waiting *w = ctx;
    (void)call;
    w->answer = *x;
    w->answer.body = str_dup(w->a, x->body);
    w->answer.problem = str_dup(w->a, x->problem);
    w->done = true;
}

static void sync_line(void *ctx, str line) { ((waiting *)ctx)->asked->line(((waiting *)ctx)->asked->ctx, line); }
static void sync_piece(void *ctx, str piece) { ((waiting *)ctx)->asked->piece(((waiting *)ctx)->asked->ctx, piece); }

http_answer http_sync(http_client *h, arena *a, const http_request *r) {
    waiting w = {.a = a, .asked = r};
    http_request mine = *r;
    if (r->line) mine.line = sync_line;
    if (r->piece) mine.piece = sync_piece;
    mine.done = sync_done;
    mine.ctx = &w;
    http_begin(h, &mine);
    while (!w.done && http_pump(h, 0)) {}
    if (!w.done) http_drop(h); /* the process ends: nobody may write to w any more */
    return w.answer;
}

void http_free(http_client *h) {
    http_drop(h);
    for (uint32_t i = 0; i < h->calls.n; i++) {
        http_call *c = h->calls.v[i];
        curl_slist_free_all(c->headers);
        curl_slist_free_all(c->connect);
        curl_easy_cleanup(c->easy);
        arena_free(c->a);
        arena_free(c->sent);
        arena_free(c->lines);
    }
    curl_multi_cleanup(h->multi);
    arena_free(h->a);
}
