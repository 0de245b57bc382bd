/* The record in ConfigMaps (runtime/sequencer/record.h): read from its beginning, appended under a resourceVersion. */
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/kube_inner.h"
#include <stdio.h>

#define SECOND INT64_C(1000000000)
enum { STALE_SECONDS = 180 };

static http_answer get(kube_engine_ *k, str path) {
    return http_sync(k->http, k->scratch, &(http_request){.method = "GET", .path = path});
}

static void sleep_(kube_engine_ *k, int64_t ns) {
    for (int64_t until = engine_now() + ns; engine_now() < until && http_pump(k->http, until);) {}
}

static str keep(char *room, size_t n, str text) {
    int length = snprintf(room, n, "%.*s", STR_ARG(text));
    return (str){room, length > 0 && (size_t)length < n ? (uint32_t)length : 0};
}

static void remember(kube_engine_ *k, const ynode *config_map, uint32_t chunk) {
    const ynode *meta = ynode_get(config_map, S("metadata"));
    k->version = keep(k->version_room, sizeof k->version_room, ynode_get_text(meta, S("resourceVersion")));
    if (chunk == 0) k->owner = keep(k->owner_room, sizeof k->owner_room, ynode_get_text(meta, S("uid")));
}

/* The Job as it is now: a run whose Job is gone, or is another one of the same name, must not begin. */
static engine_answer find_job(kube_engine_ *k, str *problem) {
    http_answer x = get(k, kube_head_path(k->scratch, &k->run, k->run.name));
    engine_answer answer = kube_judge(k, &x, str_fmt(k->scratch, "the run's %s", kube_head_kind(&k->run)).p, problem);
    if (answer != ENGINE_DONE) return answer;
    const ynode *meta = ynode_get(json_read(k->scratch, x.body), S("metadata"));
    if (str_eq(ynode_get_text(meta, S("uid")), k->run.uid) && !ynode_get_text(meta, S("deletionTimestamp")).n) return ENGINE_DONE;
    *problem = str_fmt(k->a, "the run's %s is gone", kube_head_kind(&k->run));
    return ENGINE_GONE;
}

static bool owned(const kube_engine_ *k, const ynode *config_map) {
    return str_eq(ynode_get_text(ynode_get(ynode_get(config_map, S("metadata")), S("labels")), S(SEQ_LABEL_RUN)), k->run.uid);
}

static bool replay(kube_engine_ *k, const ynode *data, bool (*lines)(void *ctx, str lines), void *ctx) {
    uint32_t keys = 0;
    uint64_t bytes = 0;
    for (;; keys++) {
        const ynode *one = ynode_get(data, str_fmt(k->scratch, "%06u", keys));
        if (!one) break;
        bytes += ynode_text(one).n;
        if (!lines(ctx, ynode_text(one))) return false;
    }
    record_read(&k->writer, keys, bytes, ynode_get(data, S(RECORD_SEALED)) != NULL);
    return true;
}

static engine_answer read_chunk(kube_engine_ *k, uint32_t chunk, bool *there, bool (*lines)(void *ctx, str lines), void *ctx, str *problem) {
    str name = record_name(k->scratch, k->run.name, chunk), path = kube_path(k->scratch, k, "configmaps", name);
    for (int64_t give_up = engine_now() + STALE_SECONDS * SECOND;; sleep_(k, SECOND)) {
        http_answer x = get(k, path);
        *there = x.status != 404;
        if (!*there) return ENGINE_DONE;
        engine_answer answer = kube_judge(k, &x, "the run's record", problem);
        if (answer != ENGINE_DONE) return answer;
        const ynode *config_map = json_read(k->scratch, x.body);
        if (owned(k, config_map)) {
            remember(k, config_map, chunk);
            return replay(k, ynode_get(config_map, S("data")), lines, ctx) ? ENGINE_DONE : ENGINE_BROKEN;
        }
        /* Left by an earlier Job of this name: it is being removed with that Job. */
        *problem = str_fmt(k->a, "the ConfigMap %.*s is of another run", STR_ARG(name));
        if (engine_now() > give_up) return ENGINE_BROKEN;
        if (http_stopped(k->http)) return ENGINE_STOPPED;
    }
}

engine_answer kube_read(engine *e, bool (*lines)(void *ctx, str lines), void *ctx, str *problem) {
    kube_engine_ *k = kube_of(e);
    arena_reset(k->scratch);
    k->writer = (record_writer){0};
    k->owner = STR_NONE;
    engine_answer answer = find_job(k, problem);
    bool there = true;
    for (uint32_t chunk = 0; answer == ENGINE_DONE && there && chunk == k->writer.chunk; chunk++)
        if (chunk == 0 || !k->writer.exists) answer = read_chunk(k, chunk, &there, lines, ctx, problem);
    arena_reset(k->scratch);
    return answer;
}

/* --- writing --------------------------------------------------------------------------------------------------------- */

static str new_chunk(kube_engine_ *k, str name, ynode *data, uint32_t chunk) {
    arena *a = k->scratch;
    ynode *object = ynode_map(a, NULL), *meta = ynode_map(a, NULL), *labels = ynode_map(a, NULL);
    ynode_put_str(a, object, S("apiVersion"), S("v1"));
    ynode_put_str(a, object, S("kind"), S("ConfigMap"));
    ynode_put_str(a, meta, S("name"), name);
    ynode_put_str(a, labels, S("app.kubernetes.io/name"), S("tektonc-record"));
    ynode_put_str(a, labels, S("app.kubernetes.io/managed-by"), S("tektonc"));
    ynode_put_str(a, labels, S(SEQ_LABEL_RUN), k->run.uid);
    ynode_put(a, meta, S("labels"), labels);
    ynode_put(a, meta, S("ownerReferences"), chunk ? kube_owner(a, k, false) : kube_head_owner(a, &k->run));
    ynode_put(a, object, S("metadata"), meta);
    ynode_put(a, object, S("data"), data);
    return emit_json_str(a, object, false);
}

static engine_answer write_piece(kube_engine_ *k, str lines, str *problem) {
    arena *a = k->scratch;
    record_place at = record_next(&k->writer, lines.n);
    str name = record_name(a, k->run.name, at.chunk);
    ynode *data = ynode_map(a, NULL);
    ynode_put_str(a, data, str_fmt(a, "%06u", at.key), lines);
    if (at.seal) ynode_put_str(a, data, S(RECORD_SEALED), S("true"));
    http_request r = {.method = "POST", .path = kube_path(a, k, "configmaps", STR_NONE)};
    if (at.create) {
        r.body = new_chunk(k, name, data, at.chunk);
    } else {
        ynode *patch = ynode_map(a, NULL), *meta = ynode_map(a, NULL);
        ynode_put_str(a, meta, S("resourceVersion"), k->version);
        ynode_put(a, patch, S("metadata"), meta);
        ynode_put(a, patch, S("data"), data);
        r = (http_request){.method = "PATCH", .path = kube_path(a, k, "configmaps", name), .type = KUBE_MERGE, .body = emit_json_str(a, patch, false)};
    }
    http_answer x = http_sync(k->http, a, &r);
    engine_answer answer = kube_judge(k, &x, "the run's record", problem);
    if (answer == ENGINE_DONE) remember(k, json_read(a, x.body), at.chunk);
    arena_reset(a);
    return answer;
}

engine_answer kube_write(engine *e, str lines, str *problem) {
    kube_engine_ *k = kube_of(e);
    while (lines.n) {
        uint32_t n = lines.n;
        if (n > RECORD_CHUNK_BYTES) {
            for (n = RECORD_CHUNK_BYTES; n > 0 && lines.p[n - 1] != '\n'; n--) {}
            if (!n)
                while (n < lines.n && lines.p[n++] != '\n') {}
        }
        engine_answer answer = write_piece(k, str_cut(lines, 0, n), problem);
        if (answer != ENGINE_DONE) return answer;
        lines = str_from(lines, n);
    }
    return ENGINE_DONE;
}
