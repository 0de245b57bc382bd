#ifndef CLI_STREAM_H
#define CLI_STREAM_H
/* Bytes to a file descriptor through a buffer. After a failed write all further ones are dropped; `failed` tells, errno is
 * that of the first one. */
#include "base/emit.h"

typedef struct stream {
    int fd;
    size_t n;
    char *bytes; /* STREAM_BUFFER of them */
    bool failed;
    int error;
} stream;

enum { STREAM_BUFFER = 256 * 1024 };

bool stream_write(stream *s, const char *bytes, size_t n);
static inline bool stream_put(stream *s, str text) { return stream_write(s, text.p, text.n); }
bool stream_flush(stream *s);
/* For base/emit.h. */
emit_sink stream_sink(stream *s);
#endif
