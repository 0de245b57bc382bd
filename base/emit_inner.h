#ifndef BASE_EMIT_INNER_H
#define BASE_EMIT_INNER_H
/* The buffer in front of a sink; shared by the writers of YAML and JSON, included by nobody else. After a refusal by
 * the sink all further output is dropped and `ok` stays false. */
#include "base/emit.h"

enum { EMIT_BUFFER = 16 << 10 };

/* Keys that were found to need no quotes, by the address of their bytes: most are few and of the compiler's own. */
enum { EMIT_KEYS = 64 };

typedef struct emit_out {
    emit_sink to;
    bool ok;
    size_t n;
    str plain_keys[EMIT_KEYS]; /* YAML only */
    char bytes[EMIT_BUFFER];
} emit_out;

void emit_flush(emit_out *o);
void emit_large(emit_out *o, const char *bytes, size_t n);

static inline void emit_bytes(emit_out *o, const char *bytes, size_t n) {
    if (n > EMIT_BUFFER - o->n) {
        emit_large(o, bytes, n);
        return;
    }
    memcpy(o->bytes + o->n, bytes, n);
    o->n += n;
}
static inline void emit_char(emit_out *o, char c) {
    if (o->n == EMIT_BUFFER) emit_flush(o);
    o->bytes[o->n++] = c;
}
static inline void emit_text(emit_out *o, str s) { emit_bytes(o, s.p, s.n); }
void emit_spaces(emit_out *o, uint32_t n);
/* A sink that appends to a strbuf. */
emit_sink emit_to_strbuf(strbuf *b);
#endif
