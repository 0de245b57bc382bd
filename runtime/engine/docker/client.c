/* Asking the service. */
#include "base/json.h"
#include "runtime/engine/docker/inner.h"

static void target(void *ctx, arena *a, bool refused, http_target *out) {
    const docker_server *s = ctx;
    (void)a;
    (void)refused;
    *out = (http_target){.server = s->server, .socket = s->socket, .ca = s->ca, .cert = s->cert, .key = s->key, .insecure = s->insecure};
}

docker_client docker_client_new(const docker_server *s) {
    http_peer peer = {target, (void *)(uintptr_t)s};
    return (docker_client){.http = http_new(&peer, -1), .server = s};
}

void docker_client_free(docker_client *c) {
    http_free(c->http);
    c->http = NULL;
}

str docker_path(arena *a, const docker_server *s, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str path = str_cat(a, s->prefix, str_vfmt(a, format, args));
    va_end(args);
    return path;
}

str docker_why(arena *a, const http_answer *x) {
    const ynode *answer = x->status ? json_read(a, x->body) : NULL;
    str message = ynode_get_text(answer, S("message"));
    if (message.n) return str_trim(message);
    message = ynode_get_text(answer, S("cause"));
    if (message.n) return str_trim(message);
    if (x->problem.n) return x->problem;
    return str_fmt(a, "the answer was %ld", x->status);
}
