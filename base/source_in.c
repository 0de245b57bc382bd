/* From an index into a scalar's text back to the byte of the source, by walking the scalar as YAML reads it. */
#include "base/source.h"

static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_break(char c) { return c == '\n' || c == '\r'; }

static const char *skip_break(const char *p, const char *end) {
    if (*p == '\r' && p + 1 < end && p[1] == '\n') p++;
    return p + 1;
}

static uint32_t utf8_length(uint32_t rune) { return rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4; }

static uint32_t hex(const char *p, const char *end, uint32_t digits) {
    uint32_t v = 0;
    for (uint32_t i = 0; i < digits && p + i < end; i++) v = v << 4 | (uint32_t)((p[i] & 15) + (p[i] > '9' ? 9 : 0));
    return v;
}

/* One step of a flow scalar: bytes of text that come out of it, and where it ends. quote: ", ' or 0. */
static const char *step(const char *p, const char *end, char quote, uint32_t *out) {
    const char *q = p;
    while (q < end && is_blank(*q)) q++;
    if (q < end && is_break(*q)) { /* a folded line break: one gives a space, more give themselves but one */
        uint32_t breaks = 0;
        for (; q < end && (is_blank(*q) || is_break(*q));) {
            breaks += is_break(*q);
            q = is_break(*q) ? skip_break(q, end) : q + 1;
        }
        *out = breaks > 1 ? breaks - 1 : 1;
        return q;
    }
    *out = 1;
    if (quote == '\'' && *p == '\'') return p + 2;
    if (quote != '"' || *p != '\\' || p + 1 >= end) return p + 1;
    p += 2;
    switch (p[-1]) {
    case '\n':
    case '\r': /* an escaped line break gives nothing */
        p = skip_break(p - 1, end);
        while (p < end && is_blank(*p)) p++;
        *out = 0;
        return p;
    case 'N':
    case '_': *out = 2; return p;
    case 'L':
    case 'P': *out = 3; return p;
    case 'x': *out = utf8_length(hex(p, end, 2)); return p + 2;
    case 'U': *out = utf8_length(hex(p, end, 8)); return p + 8;
    case 'u': {
        uint32_t rune = hex(p, end, 4);
        bool pair = rune >= 0xD800 && rune < 0xDC00 && end - p >= 10 && p[4] == '\\' && p[5] == 'u' &&
                    hex(p + 6, end, 4) >> 10 == 0x37;
        *out = pair ? 4 : utf8_length(rune);
        return pair ? p + 10 : p + 4;
    }
    default: return p;
    }
}

static const char *in_flow(const char *p, const char *end, uint32_t index) {
    char quote = *p == '"' || *p == '\'' ? *p : 0;
    if (quote) p++;
    for (uint32_t at = 0; at <= index && p < end;) {
        uint32_t out;
        const char *next = step(p, end, quote, &out);
        if (at + out > index) return p;
        at += out;
        p = next;
    }
    return p < end ? p : end;
}

/* A line of a literal block is the source's line without its indentation. NULL when it does not look like that. */
static const char *in_literal(const char *p, const char *end, str text, uint32_t index) {
    uint32_t start = 0, stop;
    p = memchr(p, '\n', (size_t)(end - p));
    for (uint32_t i = 0; p && i < index; i++)
        if (text.p[i] == '\n') {
            start = i + 1;
            p = memchr(p + 1, '\n', (size_t)(end - p - 1));
        }
    if (!p || ++p >= end) return NULL;
    for (stop = start; stop < text.n && text.p[stop] != '\n';) stop++;
    const char *line_end = memchr(p, '\n', (size_t)(end - p));
    if (!line_end) line_end = end;
    if (line_end > p && line_end[-1] == '\r') line_end--;
    uint32_t length = stop - start;
    if ((size_t)(line_end - p) < length || memcmp(line_end - length, text.p + start, length) != 0) return NULL;
    return line_end - length + (index - start);
}

pos ynode_pos_in(const sources *s, const ynode *n, uint32_t index) {
    if (!n || n->kind != Y_STR || !n->at) return n ? n->at : 0;
    if (index > n->text.n) index = n->text.n;
    if (n->raw) return n->at + n->raw - 1 + index;
    const source *x = source_of(s, n->at);
    if (!x || n->end - x->base > x->text.n || n->end <= n->at) return n->at;
    const char *p = x->text.p + (n->at - x->base), *end = x->text.p + (n->end - x->base), *found = NULL;
    if (*p == '|')
        found = in_literal(p, x->text.p + x->text.n, n->text, index);
    else if (*p != '>')
        found = in_flow(p, end, index);
    return found ? x->base + (pos)(found - x->text.p) : n->at;
}
