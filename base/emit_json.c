/* Trees as JSON: our own form, which escapes what it must, and Go's. */
#include "base/emit_inner.h"
#include "base/utf8.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct json_form {
    bool indent, go;
    arena *a; /* go: for sorting keys */
} json_form;

/* Bytes that go out as they are: all but controls, quote, backslash and what is not ASCII. */
static bool is_easy(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

static void put_escape(emit_out *o, uint32_t rune) {
    static const char named[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const char *known = rune && rune < 0x80 ? strchr(named, (int)rune) : NULL;
    char text[8];
    if (known)
        emit_bytes(o, (char[]){'\\', names[known - named]}, 2);
    else
        emit_bytes(o, text, (size_t)snprintf(text, sizeof text, "\\u%04x", rune));
}

static void put_string(emit_out *o, str s, bool go) {
    const char *p = s.n ? s.p : "", *end = p + s.n;
    emit_char(o, '"');
    while (p < end) {
        const char *from = p;
        while (p < end && is_easy((unsigned char)*p) && !(go && (*p == '<' || *p == '>' || *p == '&'))) p++;
        emit_bytes(o, from, (size_t)(p - from));
        if (p == end) break;
        uint32_t rune, n = utf8_decode(p, end, &rune);
        if (!n) {
            put_escape(o, 0xFFFD);
            p++;
            continue;
        }
        if (rune >= 0x80 && !(go && (rune == 0x2028 || rune == 0x2029)))
            emit_bytes(o, p, n);
        else
            put_escape(o, rune);
        p += n;
    }
    emit_char(o, '"');
}

static void put_break(emit_out *o, const json_form *f, uint32_t depth) {
    if (!f->indent) return;
    emit_char(o, '\n');
    emit_spaces(o, 2 * depth);
}

static int by_key(const void *x, const void *y) { return str_cmp(((const ypair *)x)->key, ((const ypair *)y)->key); }

static void put_value(emit_out *o, const ynode *n, const json_form *f, uint32_t depth);

static void put_map(emit_out *o, const ynode *n, const json_form *f, uint32_t depth) {
    const ypair *pairs = n->pairs;
    if (f->go && n->n) {
        ypair *sorted = ARENA_ARRAY(f->a, ypair, n->n);
        memcpy(sorted, pairs, n->n * sizeof *pairs);
        qsort(sorted, n->n, sizeof *sorted, by_key);
        pairs = sorted;
    }
    emit_char(o, '{');
    for (uint32_t i = 0; i < n->n; i++) {
        if (i) emit_char(o, ',');
        put_break(o, f, depth + 1);
        put_string(o, pairs[i].key, f->go);
        emit_char(o, ':');
        if (f->indent) emit_char(o, ' ');
        put_value(o, pairs[i].value, f, depth + 1);
    }
    if (n->n) put_break(o, f, depth);
    emit_char(o, '}');
}

static void put_seq(emit_out *o, const ynode *n, const json_form *f, uint32_t depth) {
    emit_char(o, '[');
    for (uint32_t i = 0; i < n->n; i++) {
        if (i) emit_char(o, ',');
        put_break(o, f, depth + 1);
        put_value(o, n->items[i], f, depth + 1);
    }
    if (n->n) put_break(o, f, depth);
    emit_char(o, ']');
}

static void put_value(emit_out *o, const ynode *n, const json_form *f, uint32_t depth) {
    switch ((ykind)n->kind) {
    case Y_NULL:
    case Y_BOOL:
    case Y_INT: emit_text(o, n->text); break;
    case Y_FLOAT: /* -0 would be read again as an integer, which has no sign there */
        emit_text(o, !f->go && str_eq(n->text, S("-0")) ? S("-0.0") : n->text);
        break;
    case Y_STR: put_string(o, n->text, f->go); break;
    case Y_SEQ: put_seq(o, n, f, depth); break;
    case Y_MAP: put_map(o, n, f, depth); break;
    }
}

static bool write_json(emit_sink to, const ynode *n, const json_form *f) {
    emit_out o;
    o.to = to, o.ok = true, o.n = 0;
    put_value(&o, n, f, 0);
    emit_flush(&o);
    return o.ok;
}

bool emit_json(emit_sink *to, const ynode *n, bool indent) {
    return write_json(*to, n, &(json_form){.indent = indent});
}

str emit_json_str(arena *a, const ynode *n, bool indent) {
    strbuf b = {.a = a};
    write_json(emit_to_strbuf(&b), n, &(json_form){.indent = indent});
    return strbuf_str(&b);
}

str emit_go_json_str(arena *a, const ynode *n) {
    strbuf b = {.a = a};
    arena *scratch = arena_new();
    write_json(emit_to_strbuf(&b), n, &(json_form){.go = true, .a = scratch});
    arena_free(scratch);
    return strbuf_str(&b);
}
