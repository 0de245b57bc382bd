/* Start-up and readiness probes, as a kubelet runs them: exec, tcpSocket, httpGet. Times by Kubernetes' defaults. */
#include "runtime/engine/local/inner.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
/* A sidecar without a probe is ready when it runs. In a cluster the first step hears of that a second later, and many a
 * pipeline counts on what its sidecar does meanwhile. */
#define HEAD_START (SECOND / 2)

static void attempt(void *ctx);

static void close_socket(local_probe *x) {
    if (x->fd < 0) return;
    loop_forget(x->container->pod->engine->loop, x->fd);
    close(x->fd);
    x->fd = -1;
}

static void drop(local_probe *x) {
    local_driver *d = x->container->pod->engine->driver;
    close_socket(x);
    if (x->executing && d->ops->drop) d->ops->drop(d, &x->exec);
    x->executing = false;
}

static void set_ready(local_container *c, bool ready) {
    if (c->ready == ready) return;
    c->ready = ready;
    pod_feed(c->pod);
}

static void begin_readiness(local_container *c) {
    local_probe *x = &c->inner->readiness;
    c->started = true;
    if (x->spec || !c->step) loop_at(c->pod->engine->loop, &x->timer, engine_now() + (x->spec ? 1 : HEAD_START));
    else set_ready(c, true);
    if (c->sidecar) pod_advance(c->pod);
}

/* The answer of one attempt. */
static void answer(local_probe *x, bool ok) {
    local_container *c = x->container;
    drop(x);
    if (ok) x->passed++, x->failed = 0;
    else x->failed++, x->passed = 0;
    if (x->startup && ok && x->passed >= x->needed) {
        loop_at(c->pod->engine->loop, &x->timer, 0);
        begin_readiness(c);
        return;
    }
    loop_at(c->pod->engine->loop, &x->timer, engine_now() + x->period);
    if (x->startup && x->failed >= x->failures_allowed) {
        local_driver *d = c->pod->engine->driver;
        loop_at(c->pod->engine->loop, &x->timer, 0);
        engine_log("%.*s: the start-up probe failed %u times", STR_ARG(c->name), x->failed);
        d->ops->kill(d, c, SIGKILL);
    }
    if (x->startup) return;
    if (x->passed >= x->needed) set_ready(c, true);
    if (x->failed >= x->failures_allowed) set_ready(c, false);
}

/* --- sockets ----------------------------------------------------------------------------------------------------------- */

static int port_of(const local_probe *x, const ynode *spec) {
    const ynode *port = ynode_get(spec, S("port"));
    str text = ynode_text(port);
    if (ynode_is(port, Y_INT)) return (int)strtol(text.p, NULL, 10);
    YNODE_EACH(i, one, ynode_get(x->container->spec, S("ports")))
        if (str_eq(ynode_get_text(one, S("name")), text)) return (int)strtol(ynode_get_text(one, S("containerPort")).p, NULL, 10);
    return text.n ? (int)strtol(text.p, NULL, 10) : 0;
}

/* What speaks TLS is good when it can be connected to. */
static bool is_plain_http(const local_probe *x) {
    const ynode *http = ynode_get(x->spec, S("httpGet"));
    return http && !str_eq(ynode_get_text(http, S("scheme")), S("HTTPS"));
}

static str request_text(local_probe *x, arena *a) {
    const ynode *http = ynode_get(x->spec, S("httpGet"));
    str path = ynode_get_text(http, S("path")), host = ynode_get_text(http, S("host"));
    strbuf b = {.a = a};
    strbuf_addf(&b, "GET %.*s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: kube-probe/tektonc\r\nAccept: */*\r\nConnection: close\r\n", STR_ARG(path.n ? path : S("/")),
                STR_ARG(host.n ? host : S("localhost")));
    YNODE_EACH(i, one, ynode_get(http, S("httpHeaders")))
        strbuf_addf(&b, "%.*s: %.*s\r\n", STR_ARG(ynode_get_text(one, S("name"))), STR_ARG(ynode_get_text(one, S("value"))));
    strbuf_add(&b, S("\r\n"));
    return strbuf_str(&b);
}

static void send_request(local_probe *x) {
    str text = request_text(x, x->container->pod->engine->scratch);
    x->written = send(x->fd, text.p, text.n, MSG_NOSIGNAL) == (ssize_t)text.n;
}

/* "HTTP/1.1 200": from 200 to 399 is good. */
static void on_socket(void *ctx, int fd, uint32_t events) {
    local_probe *x = ctx;
    int error = 0;
    socklen_t n = sizeof error;
    (void)events;
    if (!x->written) {
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
        if (error || !is_plain_http(x)) {
            answer(x, !error);
            return;
        }
        send_request(x);
        if (!x->written) answer(x, false);
        else loop_watch(x->container->pod->engine->loop, fd, EPOLLIN, on_socket, x);
        return;
    }
    ssize_t got = recv(fd, x->answer + x->got, sizeof x->answer - 1 - x->got, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) x->got += (uint32_t)got;
    x->answer[x->got] = 0;
    if (x->got >= 12) answer(x, strncmp(x->answer, "HTTP/", 5) == 0 && (x->answer[9] == '2' || x->answer[9] == '3'));
    else if (got <= 0) answer(x, false);
}

static void reach(local_probe *x, str address, int port) {
    local_pod *p = x->container->pod;
    bool plain = is_plain_http(x);
    if (!x->exec.argv) {
        str *argv = ARENA_ARRAY(p->a, str, 3);
        argv[0] = str_dup(p->a, address);
        argv[1] = str_fmt(p->a, "%d", port);
        argv[2] = plain ? request_text(x, p->a) : S("");
        x->exec = (local_exec){.container = x->container, .argv = argv, .n = plain ? 3 : 2, .inner = x};
    }
    x->executing = true;
    p->engine->driver->ops->reach(p->engine->driver, &x->exec);
}

static void connect_(local_probe *x, const ynode *spec) {
    local_pod *p = x->container->pod;
    str host = ynode_get_text(spec, S("host"));
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port_of(x, spec))};
    str address = host.n && !str_eq(host, S("localhost")) ? host : p->address.n ? p->address : S("127.0.0.1");
    if (p->engine->driver->ops->reach) {
        reach(x, address, (int)ntohs(to.sin_port));
        return;
    }
    x->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    x->written = false;
    x->got = 0;
    if (x->fd < 0 || inet_pton(AF_INET, str_dup(p->engine->scratch, address).p, &to.sin_addr) != 1) {
        answer(x, false);
        return;
    }
    if (connect(x->fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS) loop_watch(p->engine->loop, x->fd, EPOLLOUT, on_socket, x);
    else answer(x, false);
}

/* --- one attempt --------------------------------------------------------------------------------------------------------- */

void local_executed(local_exec *e, int32_t code) {
    local_probe *x = e->inner;
    if (!x->executing) return;
    x->executing = false;
    answer(x, code == 0);
}

static void execute(local_probe *x, const ynode *command) {
    local_pod *p = x->container->pod;
    local_driver *d = p->engine->driver;
    if (!x->exec.argv) {
        str *argv = ARENA_ARRAY(p->a, str, ynode_count(command) + 1);
        uint32_t n = 0;
        YNODE_EACH(i, one, command) argv[n++] = ynode_text(one);
        x->exec = (local_exec){.container = x->container, .argv = argv, .n = n, .inner = x};
    }
    if (!d->ops->exec) {
        answer(x, true);
        return;
    }
    x->executing = true;
    d->ops->exec(d, &x->exec);
}

static void attempt(void *ctx) {
    local_probe *x = ctx;
    const ynode *exec = ynode_get(x->spec, S("exec")), *tcp = ynode_get(x->spec, S("tcpSocket")), *http = ynode_get(x->spec, S("httpGet"));
    if (!x->spec) {
        set_ready(x->container, true);
        return;
    }
    if (x->executing || x->fd >= 0) { /* the last attempt's time is over */
        answer(x, false);
        return;
    }
    loop_at(x->container->pod->engine->loop, &x->timer, engine_now() + x->timeout);
    if (exec) execute(x, ynode_get(exec, S("command")));
    else if (tcp || http) connect_(x, tcp ? tcp : http);
    else answer(x, true); /* grpc: not looked at */
}

static int64_t number(const ynode *spec, str field, int64_t otherwise) {
    str text = ynode_get_text(spec, field);
    int64_t n = text.n ? strtoll(text.p, NULL, 10) : 0;
    return n > 0 ? n : otherwise;
}

static void read_probe(local_container *c, local_probe *x, str field, bool startup) {
    const ynode *spec = ynode_get(c->spec, field);
    *x = (local_probe){.spec = spec, .startup = startup, .container = c, .fd = -1};
    x->timer = (loop_timer){.fire = attempt, .ctx = x};
    x->period = number(spec, S("periodSeconds"), 10) * SECOND;
    x->timeout = number(spec, S("timeoutSeconds"), 1) * SECOND;
    x->needed = (uint32_t)number(spec, S("successThreshold"), 1);
    x->failures_allowed = (uint32_t)number(spec, S("failureThreshold"), 3);
}

static int64_t delay(const local_probe *x) { return x->spec ? number(x->spec, S("initialDelaySeconds"), 0) * SECOND + 1 : HEAD_START; }

void probes_begin(local_container *c) {
    read_probe(c, &c->inner->startup, S("startupProbe"), true);
    read_probe(c, &c->inner->readiness, S("readinessProbe"), false);
    c->ready = false;
    if (c->inner->startup.spec) {
        c->started = false;
        loop_at(c->pod->engine->loop, &c->inner->startup.timer, engine_now() + delay(&c->inner->startup));
        return;
    }
    c->started = true;
    c->ready = c->step && !c->inner->readiness.spec;
    if (!c->ready) loop_at(c->pod->engine->loop, &c->inner->readiness.timer, engine_now() + delay(&c->inner->readiness));
}

void probes_end(local_container *c) {
    local_probe *both[] = {&c->inner->startup, &c->inner->readiness};
    for (int i = 0; i < 2; i++) {
        if (!both[i]->container) continue;
        loop_at(c->pod->engine->loop, &both[i]->timer, 0);
        drop(both[i]);
    }
}
