/* Images: what the service has, and pulling what it has not. */
#include "base/json.h"
#include "runtime/engine/docker/inner.h"

#define SECOND INT64_C(1000000000)
enum { PULL_SILENCE = 900 }; /* seconds without a word */

typedef struct docker_layer {
    double done, total;
} docker_layer;

/* As a part of a path. */
static str escape(arena *a, str name) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '/' || c == ':' || c == '@') strbuf_addc(&b, c);
        else strbuf_add(&b, http_escape(a, str_cut(name, i, i + 1)));
    }
    return b.p ? strbuf_str(&b) : S("");
}

static str path_of(arena *a, const docker_server *s, str name) {
    str escaped = escape(a, name);
    return docker_path(a, s, "/images/%.*s/json", STR_ARG(escaped));
}

/* A name without a tag would mean all of them. */
str docker_image_query(arena *a, str name) {
    str tag = S("latest");
    uint32_t at;
    if (str_find(name, S("@"), &at)) {
        tag = str_from(name, at + 1);
        name = str_cut(name, 0, at);
    }
    for (uint32_t i = name.n; i > 0 && name.p[i - 1] != '/'; i--)
        if (name.p[i - 1] == ':') {
            if (!memchr(tag.p, ':', tag.n)) tag = str_from(name, i);
            name = str_cut(name, 0, i - 1);
            break;
        }
    str from = http_escape(a, name), escaped = http_escape(a, tag);
    return str_fmt(a, "fromImage=%.*s&tag=%.*s", STR_ARG(from), STR_ARG(escaped));
}

static const ynode *words(arena *a, const ynode *list) {
    ynode *out = ynode_seq(a, NULL);
    YNODE_EACH(i, one, list) ynode_push(a, out, ynode_str(a, str_dup(a, ynode_text(one)), NULL));
    return out;
}

void docker_image_read(arena *a, const ynode *answer, docker_image *out) {
    const ynode *config = ynode_get(answer, S("Config"));
    const ynode *digests = ynode_get(answer, S("RepoDigests"));
    uint32_t at;
    /* As a kubelet shows it: by the registry's digest, where there is one. */
    if (str_find(out->name, S("@"), &at)) out->id = out->name;
    else out->id = str_dup(a, ynode_count(digests) ? ynode_text(digests->items[0]) : ynode_get_text(answer, S("Id")));
    out->user = str_dup(a, ynode_get_text(config, S("User")));
    out->stop_signal = str_dup(a, ynode_get_text(config, S("StopSignal")));
    out->entrypoint = words(a, ynode_get(config, S("Entrypoint")));
    out->cmd = words(a, ynode_get(config, S("Cmd")));
}

/* --- one word of the service's progress -------------------------------------------------------------------------- */

static double number(const ynode *n) {
    double value = 0;
    str text = ynode_text(n);
    for (uint32_t i = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) value = value * 10 + (text.p[i] - '0');
    return value;
}

/* False: nothing that is worth showing. */
static bool take_progress(docker_image *m, arena *a, str line) {
    const ynode *x = json_read(a, line), *detail = ynode_get(x, S("progressDetail"));
    str error = ynode_get_text(x, S("error")), id = ynode_get_text(x, S("id")), status = ynode_get_text(x, S("status"));
    if (!error.n) error = ynode_get_text(ynode_get(x, S("errorDetail")), S("message"));
    if (error.n) return m->problem = str_dup(m->layers.a, error), false;
    if (!str_eq(status, S("Downloading")) || !ynode_get(detail, S("total"))) return false;
    docker_layer *l = map_get(&m->layers, id);
    if (!l) map_put(&m->layers, str_dup(m->layers.a, id), l = ARENA_NEW(m->layers.a, docker_layer));
    l->done = number(ynode_get(detail, S("current")));
    l->total = number(ynode_get(detail, S("total")));
    return true;
}

static str progress(arena *a, const docker_image *m) {
    double done = 0, total = 0;
    for (uint32_t i = 0; i < m->layers.n; i++) {
        const docker_layer *l = m->layers.entries[i].value;
        done += l->done;
        total += l->total;
    }
    return str_fmt(a, "%.0f of %.0f MB", done / 1e6, total / 1e6);
}

/* --- for the driver ------------------------------------------------------------------------------------------------ */

static void settle(docker_image *m, docker_image_state now) {
    m->state = now;
    for (uint32_t i = 0; i < m->waiting.n; i++) docker_pod_images(m->waiting.v[i]);
    m->waiting.n = 0;
}

static void broken(docker_image *m, const char *reason, str problem) {
    m->reason = reason;
    m->problem = str_dup(m->d->a, problem);
    settle(m, DOCKER_IMAGE_BROKEN);
}

static void on_line(void *ctx, str line) {
    docker_image *m = ctx;
    arena *scratch = arena_new();
    int64_t now = engine_now();
    if (take_progress(m, scratch, line) && now > m->shown + SECOND / 2) {
        m->shown = now;
        m->progress = progress(m->d->a, m);
        for (uint32_t i = 0; i < m->waiting.n; i++) docker_pod_progress(m->waiting.v[i], m);
    }
    arena_free(scratch);
}

static void look(docker_image *m, http_call *call);

static void on_pulled(void *ctx, http_call *call, const http_answer *x) {
    docker_image *m = ctx;
    if (x->status != 200 && !m->problem.n) m->problem = str_dup(m->d->a, docker_why(http_scratch(call), x));
    m->pull = false;
    if (m->problem.n) broken(m, "ErrImagePull", m->problem);
    else look(m, call);
}

static void pull(docker_image *m, http_call *call) {
    arena *a = m->d->a;
    str query = docker_image_query(a, m->name), header = docker_registry_header(a, m->name);
    http_request r = {.method = "POST", .path = docker_path(a, &m->d->server, "/images/create?%.*s", STR_ARG(query)), .header = header, .tries = 1,
                      .seconds = PULL_SILENCE, .line = on_line, .done = on_pulled, .ctx = m, .background = true};
    local_notice(m->d->base.engine, "pulling %.*s", STR_ARG(m->name));
    for (uint32_t i = 0; i < m->waiting.n; i++) docker_pod_progress(m->waiting.v[i], m);
    if (call) http_again(call, &r, 0);
    else http_begin(m->d->client.http, &r);
}

static void on_looked(void *ctx, http_call *call, const http_answer *x) {
    docker_image *m = ctx;
    str name = m->name;
    if (x->status == 200) {
        docker_image_read(m->d->a, json_read(http_scratch(call), x->body), m);
        settle(m, DOCKER_IMAGE_READY);
        return;
    }
    if (x->status == 400) broken(m, "InvalidImageName", docker_why(http_scratch(call), x));
    else if (x->status != 404) broken(m, "ErrImagePull", docker_why(http_scratch(call), x));
    else if (m->never) broken(m, "ErrImageNeverPull", str_fmt(http_scratch(call), "Container image \"%.*s\" is not present with pull policy of Never", STR_ARG(name)));
    else pull(m, call);
}

static void look(docker_image *m, http_call *call) {
    http_request r = {.method = "GET", .path = path_of(m->d->a, &m->d->server, m->name), .tries = 1, .done = on_looked, .ctx = m};
    if (call) http_again(call, &r, 0);
    else http_begin(m->d->client.http, &r);
}

docker_image *docker_image_want(docker *d, docker_pod *p, str name, const ynode *container) {
    str policy = ynode_get_text(container, S("imagePullPolicy"));
    str key = str_cat(d->a, name, str_eq(policy, S("Never")) ? S(" never") : str_eq(policy, S("Always")) ? S(" always") : S(""));
    docker_image *m = map_get(&d->images, key);
    if (!m) {
        m = ARENA_NEW(d->a, docker_image);
        *m = (docker_image){.d = d, .name = str_dup(d->a, name), .layers = map_new(d->a), .never = str_eq(policy, S("Never")),
                            .pull = str_eq(policy, S("Always"))};
        map_put(&d->images, key, m);
        vec_push(d->a, &m->waiting, p);
        if (m->pull) pull(m, NULL);
        else look(m, NULL);
        return m;
    }
    bool known = m->state != DOCKER_IMAGE_ASKED;
    for (uint32_t i = 0; i < m->waiting.n; i++) known |= m->waiting.v[i] == p;
    if (!known) vec_push(d->a, &m->waiting, p);
    return m;
}

/* --- before a run ---------------------------------------------------------------------------------------------------- */

typedef struct pulling {
    docker_image image;
    void (*notice)(void *ctx, str text);
    void *ctx;
} pulling;

static void on_line_here(void *ctx, str line) {
    pulling *p = ctx;
    arena *scratch = arena_new();
    int64_t now = engine_now();
    if (take_progress(&p->image, scratch, line) && p->notice && now > p->image.shown + 5 * SECOND) {
        str so_far = progress(scratch, &p->image);
        p->image.shown = now;
        p->notice(p->ctx, str_fmt(scratch, "pulling %.*s: %.*s", STR_ARG(p->image.name), STR_ARG(so_far)));
    }
    arena_free(scratch);
}

static bool get_image(arena *a, docker_client *c, pulling *p, str *problem) {
    http_request look_ = {.method = "GET", .path = path_of(a, c->server, p->image.name), .tries = 1};
    http_answer x = http_sync(c->http, a, &look_);
    if (x.status == 404) {
        str query = docker_image_query(a, p->image.name);
        if (p->notice) p->notice(p->ctx, str_fmt(a, "pulling %.*s", STR_ARG(p->image.name)));
        x = http_sync(c->http, a, &(http_request){.method = "POST", .path = docker_path(a, c->server, "/images/create?%.*s", STR_ARG(query)),
                                                  .header = docker_registry_header(a, p->image.name), .tries = 1, .seconds = PULL_SILENCE,
                                                  .line = on_line_here, .ctx = p});
        if (x.status == 200 && !p->image.problem.n) x = http_sync(c->http, a, &look_);
    }
    if (x.status == 200 && !p->image.problem.n) return docker_image_read(a, json_read(a, x.body), &p->image), true;
    *problem = p->image.problem.n ? p->image.problem : docker_why(a, &x);
    return false;
}

bool docker_image_command(arena *a, const docker_server *s, str image, void (*notice)(void *ctx, str text), void *ctx, const ynode **out, str *problem) {
    docker_client c = docker_client_new(s);
    pulling p = {.image = {.name = image, .layers = map_new(a)}, .notice = notice, .ctx = ctx};
    bool ok = get_image(a, &c, &p, problem), has = ok && ynode_count(p.image.entrypoint);
    docker_client_free(&c);
    if (!ok) return false;
    ynode *m = ynode_map(a, NULL);
    ynode_put(a, m, S("command"), has ? p.image.entrypoint : p.image.cmd);
    ynode_put(a, m, S("args"), has ? p.image.cmd : ynode_seq(a, NULL));
    *out = m;
    return true;
}
