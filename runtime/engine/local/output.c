/* What containers write: to a file each, and line by line to whoever watches. */
#include "runtime/engine/local/files.h"
#include "runtime/engine/local/inner.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void open_log(local_container *c) {
    local *l = c->pod->engine;
    str folder = str_fmt(l->scratch, "%.*s/logs/%.*s", STR_ARG(l->config.folder->path), STR_ARG(c->pod->name));
    str path = str_fmt(l->scratch, "%.*s/%.*s", STR_ARG(folder), STR_ARG(c->name));
    if (files_make_folders(folder, 0700)) c->inner->log = open(path.p, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (c->inner->log < 0) engine_log("%.*s: %s", STR_ARG(path), strerror(errno));
    c->inner->line = arena_alloc(c->pod->a, LOCAL_LINE);
}

static void flush(local_container *c) {
    local_watcher *w = &c->pod->engine->config.watcher;
    str line = {c->inner->line, c->inner->line_n};
    c->inner->line_n = 0;
    if (!w->line) return;
    w->line(w->ctx, c->pod->name, c->name, line);
    loop_wake(c->pod->engine->loop); /* it is to be seen now */
}

static void write_log(local_container *c, const char *bytes, size_t n) {
    while (c->inner->log >= 0 && n) {
        ssize_t done = write(c->inner->log, bytes, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            engine_log("the log of %.*s %.*s: %s", STR_ARG(c->pod->name), STR_ARG(c->name), strerror(errno));
            close(c->inner->log);
            c->inner->log = -1;
            return;
        }
        bytes += done;
        n -= (size_t)done;
    }
}

void local_output(local_container *c, const char *bytes, size_t n) {
    if (!c->inner->line) open_log(c);
    write_log(c, bytes, n);
    while (n) {
        const char *end = memchr(bytes, '\n', n);
        size_t more = end ? (size_t)(end - bytes) : n, room = LOCAL_LINE - c->inner->line_n;
        size_t take = more < room ? more : room;
        memcpy(c->inner->line + c->inner->line_n, bytes, take);
        c->inner->line_n += (uint32_t)take;
        bytes += take;
        n -= take;
        if (take < more || (end && take == more)) flush(c);
        if (end && take == more) bytes++, n--;
    }
}

void output_end(local_container *c) {
    if (c->inner->line_n) flush(c);
    if (c->inner->log >= 0) close(c->inner->log);
    c->inner->log = -1;
}
