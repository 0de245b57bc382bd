#include "base/emit_inner.h"

void emit_flush(emit_out *o) {
    if (o->ok && o->n) o->ok = o->to.write(o->to.ctx, o->bytes, o->n);
    o->n = 0;
}

void emit_large(emit_out *o, const char *bytes, size_t n) {
    emit_flush(o);
    if (n < EMIT_BUFFER) {
        memcpy(o->bytes, bytes, n);
        o->n = n;
    } else if (o->ok) {
        o->ok = o->to.write(o->to.ctx, bytes, n);
    }
}

void emit_spaces(emit_out *o, uint32_t n) {
    static const char spaces[] = "                                                                ";
    for (; n >= sizeof spaces; n -= (uint32_t)sizeof spaces - 1) emit_bytes(o, spaces, sizeof spaces - 1);
    emit_bytes(o, spaces, n);
}

static bool append(void *ctx, const char *bytes, size_t n) {
    strbuf *b = ctx;
    strbuf_reserve(b, n);
    memcpy(b->p + b->n, bytes, n);
    b->n += n;
    return true;
}

emit_sink emit_to_strbuf(strbuf *b) { return (emit_sink){.write = append, .ctx = b}; }
