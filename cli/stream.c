#include "cli/stream.h"
#include <errno.h>
#include <unistd.h>

static void write_all(stream *s, const char *bytes, size_t n) {
    while (n && !s->failed) {
        ssize_t done = write(s->fd, bytes, n);
        if (done >= 0) {
            bytes += done;
            n -= (size_t)done;
        } else if (errno != EINTR) {
            s->failed = true;
            s->error = errno;
        }
    }
}

bool stream_flush(stream *s) {
    write_all(s, s->bytes, s->n);
    s->n = 0;
    if (s->failed) errno = s->error;
    return !s->failed;
}

bool stream_write(stream *s, const char *bytes, size_t n) {
    if (n > STREAM_BUFFER - s->n) stream_flush(s);
    if (n > STREAM_BUFFER) {
        write_all(s, bytes, n);
    } else if (n) {
        memcpy(s->bytes + s->n, bytes, n);
        s->n += n;
    }
    return !s->failed;
}

static bool sink_write(void *ctx, const char *bytes, size_t n) { return stream_write(ctx, bytes, n); }

emit_sink stream_sink(stream *s) { return (emit_sink){sink_write, s}; }
