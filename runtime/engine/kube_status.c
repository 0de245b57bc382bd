/* The run in Tekton's form, where kubectl shows it (docs/controller.md): a ConfigMap for each PER_CHUNK TaskRuns, a key
 * for each. A round looks at one ConfigMap after the other and sends what has changed of it, so that only one of them is
 * in memory. An update makes the API server store a whole ConfigMap again, so the more there is the rarer they are. */
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/kube_inner.h"
#include "runtime/sequencer/status.h"

enum { PER_CHUNK = 100, CHUNK_MAX = 900 << 10, RUN_MAX = 500 << 10, BYTES_A_SECOND = 32 << 10, PAUSE_MAX = 30, TROUBLE_PAUSE = 10 };
#define SECOND INT64_C(1000000000)
#define NOTHING UINT64_MAX
#define ANNOTATION_SHORT "tektonc.dev/shortened"

static void on_sent(void *ctx, http_call *call, const http_answer *x);

static str chunk_name(arena *a, const kube_engine_ *k, uint32_t n) {
    return n ? str_fmt(a, "%.*s-status-%u", STR_ARG(k->run.name), n) : str_cat(a, k->run.name, S("-status"));
}

/* --- texts --------------------------------------------------------------------------------------------------------- */

/* Without what may be large. */
static const ynode *shortened(arena *a, const ynode *object) {
    static const char *const large[] = {"childReferences", "skippedTasks", "steps", "sidecars", "results", "retriesStatus"};
    const ynode *status = ynode_get(object, S("status")), *meta = ynode_get(object, S("metadata"));
    ynode *out = ynode_map(a, NULL), *less = ynode_map(a, NULL), *more = ynode_map(a, NULL), *notes = ynode_map(a, NULL);
    for (uint32_t i = 0; i < ynode_count(status); i++) {
        bool drop = false;
        for (size_t n = 0; n < sizeof large / sizeof *large; n++) drop |= str_eq(status->pairs[i].key, str_z(large[n]));
        if (!drop) ynode_put(a, less, status->pairs[i].key, status->pairs[i].value);
    }
    for (uint32_t i = 0; i < ynode_count(meta); i++)
        if (!str_eq(meta->pairs[i].key, S("annotations"))) ynode_put(a, more, meta->pairs[i].key, meta->pairs[i].value);
    ynode_put_str(a, notes, S(ANNOTATION_SHORT), S("too large to be shown whole"));
    ynode_put(a, more, S("annotations"), notes);
    ynode_put_str(a, out, S("apiVersion"), ynode_get_text(object, S("apiVersion")));
    ynode_put_str(a, out, S("kind"), ynode_get_text(object, S("kind")));
    ynode_put(a, out, S("metadata"), more);
    ynode_put(a, out, S("status"), less);
    return out;
}

static status_part *part_at(kube_engine_ *k, status_parts *parts, uint32_t n) {
    while (parts->n <= n) vec_add(k->a, parts);
    return &parts->v[n];
}

/* Adds the part's text to `data` if it is another one than the last time. Trees are short-lived: `trees` is emptied. */
static void add_part(kube_engine_ *k, arena *a, arena *trees, ynode *data, bool run, uint32_t n) {
    kube_status *t = &k->status;
    status_part *part = part_at(k, run ? &t->runs : &t->task_runs, n);
    status_chunk *chunk = &t->chunks.v[t->at];
    if (part->final) return;
    str name;
    bool final = false;
    const ynode *object = (run ? seq_status_run_part : seq_status_task_run_part)(t->s, trees, n, &name, &final);
    if (object) {
        str text = emit_yaml_str(trees, object);
        uint32_t others = chunk->bytes - part->bytes, room = others < CHUNK_MAX ? CHUNK_MAX - others : 0;
        if (run && room > RUN_MAX) room = RUN_MAX;
        if (text.n > room) text = emit_yaml_str(trees, shortened(trees, object));
        uint64_t hash = str_hash(text) | 1;
        if (text.n <= room && hash != part->hash) {
            chunk->bytes = others + text.n;
            *part = (status_part){.hash = hash, .bytes = text.n, .final = final};
            ynode_put_str(a, data, run && !n ? S(KUBE_STATUS_RUN) : str_dup(a, name), str_dup(a, text));
        }
    }
    arena_reset(trees);
}

static ynode *changes(kube_engine_ *k, arena *a) {
    kube_status *t = &k->status;
    ynode *data = ynode_map(a, NULL);
    arena *trees = arena_new_small();
    uint32_t from = t->at * PER_CHUNK, to = from + PER_CHUNK, runs = seq_status_runs(t->s), task_runs = seq_status_task_runs(t->s);
    while (t->chunks.n <= t->at) vec_add(k->a, &t->chunks);
    for (uint32_t i = from; i < to && i < runs; i++) add_part(k, a, trees, data, true, i);
    for (uint32_t i = from; i < to && i < task_runs; i++) add_part(k, a, trees, data, false, i);
    arena_free(trees);
    return data;
}

/* What was to be written of this chunk was not. */
static void forget_chunk(kube_engine_ *k) {
    kube_status *t = &k->status;
    for (uint32_t i = t->at * PER_CHUNK; i < (t->at + 1) * PER_CHUNK; i++) {
        if (i < t->runs.n) t->runs.v[i] = (status_part){0};
        if (i < t->task_runs.n) t->task_runs.v[i] = (status_part){0};
    }
    t->chunks.v[t->at].bytes = 0;
}

/* --- requests ------------------------------------------------------------------------------------------------------ */

static str new_chunk(kube_engine_ *k, arena *a, const ynode *data) {
    ynode *object = ynode_map(a, NULL), *meta = ynode_map(a, NULL), *labels = ynode_map(a, NULL);
    ynode_put_str(a, object, S("apiVersion"), S("v1"));
    ynode_put_str(a, object, S("kind"), S("ConfigMap"));
    ynode_put_str(a, meta, S("name"), chunk_name(a, k, k->status.at));
    ynode_put_str(a, labels, S(KUBE_NAME), S(KUBE_STATUS));
    ynode_put_str(a, labels, S("app.kubernetes.io/managed-by"), S("tektonc"));
    ynode_put_str(a, labels, S(SEQ_LABEL_RUN), k->run.uid);
    ynode_put(a, meta, S("labels"), labels);
    ynode_put(a, meta, S("ownerReferences"), kube_head_owner(a, &k->run));
    ynode_put(a, object, S("metadata"), meta);
    ynode_put(a, object, S("data"), data);
    return emit_json_str(a, object, false);
}

static bool next_request(kube_engine_ *k, arena *a, http_request *r) {
    kube_status *t = &k->status;
    uint32_t most = seq_status_task_runs(t->s) > seq_status_runs(t->s) ? seq_status_task_runs(t->s) : seq_status_runs(t->s);
    for (; t->at * PER_CHUNK < most; t->at++) {
        ynode *data = changes(k, a);
        if (!ynode_count(data)) continue;
        status_chunk *chunk = &t->chunks.v[t->at];
        t->sent += chunk->bytes;
        *r = (http_request){.method = "POST", .path = kube_path(a, k, "configmaps", STR_NONE), .done = on_sent, .ctx = k, .tries = t->last ? 20 : 4};
        if (chunk->exists) {
            ynode *patch = ynode_map(a, NULL);
            ynode_put(a, patch, S("data"), data);
            r->method = "PATCH";
            r->type = KUBE_MERGE;
            r->path = kube_path(a, k, "configmaps", chunk_name(a, k, t->at));
            r->body = emit_json_str(a, patch, false);
        } else {
            r->body = new_chunk(k, a, data);
        }
        return true;
    }
    return false;
}

static void round_ends(kube_engine_ *k, int64_t pause) {
    kube_status *t = &k->status;
    int64_t by_size = (int64_t)(t->sent * (uint64_t)SECOND / BYTES_A_SECOND);
    if (by_size > PAUSE_MAX * SECOND) by_size = PAUSE_MAX * SECOND;
    if (pause < SECOND) pause = SECOND;
    t->busy = false;
    t->due = t->began + (by_size > pause ? by_size : pause);
}

/* `call`: its place is taken. False: the round is over. */
static bool send_next(kube_engine_ *k, http_call *call) {
    arena *a = arena_new_small();
    http_request r;
    bool more = next_request(k, a, &r);
    if (more && call) http_again(call, &r, 0);
    else if (more) http_begin(k->http, &r);
    arena_free(a);
    return more;
}

static void begin_round(kube_engine_ *k, http_call *call) {
    kube_status *t = &k->status;
    t->began = engine_now();
    t->written = t->version;
    t->busy = true;
    t->at = 0;
    t->sent = 0;
    if (!send_next(k, call)) round_ends(k, 0);
}

static void on_found(void *ctx, http_call *call, const http_answer *x) {
    kube_engine_ *k = ctx;
    kube_status *t = &k->status;
    arena *a = http_scratch(call);
    const ynode *labels = ynode_get(ynode_get(x->status == 200 ? json_read(a, x->body) : NULL, S("metadata")), S("labels"));
    bool mine = str_eq(ynode_get_text(labels, S(SEQ_LABEL_RUN)), k->run.uid);
    if (mine || x->status == 404) {
        t->chunks.v[t->at].exists = mine;
        if (send_next(k, call)) return;
        round_ends(k, 0);
        return;
    }
    /* Left by an earlier Job of this name: it is being removed with that Job. */
    t->foreign = x->status == 200 && !str_eq(ynode_get_text(labels, S(KUBE_NAME)), S(KUBE_STATUS));
    if (t->foreign) engine_log("the ConfigMap %.*s is somebody else's: the status is not shown", STR_ARG(chunk_name(a, k, t->at)));
    t->written = NOTHING;
    round_ends(k, TROUBLE_PAUSE * SECOND);
}

static void on_sent(void *ctx, http_call *call, const http_answer *x) {
    kube_engine_ *k = ctx;
    kube_status *t = &k->status;
    status_chunk *chunk = &t->chunks.v[t->at];
    bool made = !chunk->exists;
    if (x->status >= 200 && x->status < 300) {
        chunk->exists = true;
        t->at++;
        if (send_next(k, call)) return;
        if (t->last && t->written != t->version) begin_round(k, call);
        else round_ends(k, 0);
        return;
    }
    forget_chunk(k);
    if (made && x->status == 409) {
        http_request r = {.method = "GET", .done = on_found, .ctx = k, .tries = 4};
        r.path = kube_path(http_scratch(call), k, "configmaps", chunk_name(http_scratch(call), k, t->at));
        http_again(call, &r, 0);
        return;
    }
    if (!t->trouble && x->status != 404) engine_log("the status: %.*s", STR_ARG(kube_why(http_scratch(call), x)));
    t->trouble |= x->status != 404;
    if (x->status == 404) chunk->exists = false;
    t->written = NOTHING;
    round_ends(k, TROUBLE_PAUSE * SECOND);
}

/* --- when ---------------------------------------------------------------------------------------------------------- */

void kube_status_show(kube_engine_ *k, const engine_view *view) {
    kube_status *t = &k->status;
    t->s = view->s;
    t->version = seq_version(view->s);
    t->last = view->last;
    if (!t->foreign && !t->busy && (t->last || engine_now() >= t->due)) begin_round(k, NULL);
}

int64_t kube_status_due(const kube_engine_ *k) {
    const kube_status *t = &k->status;
    return t->s && !t->busy && !t->foreign && t->written != t->version ? t->due : 0;
}

void kube_status_go_on(kube_engine_ *k) { begin_round(k, NULL); }

/* What was on its way may have come or not: everything is written again, to what may be there. */
void kube_status_forget(kube_engine_ *k) { k->status = (kube_status){.foreign = k->status.foreign, .trouble = k->status.trouble}; }
