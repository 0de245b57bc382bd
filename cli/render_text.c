/* For people: the place, the sentence, the source line with a caret under the place, notes, what to do. */
#include "base/utf8.h"
#include "cli/render.h"
#include <stdio.h>

enum { LINE_WIDTH = 160 }; /* of a longer line, only the part around the place is shown */

typedef struct paint {
    const char *error, *warning, *note, *bold, *dim, *off;
} paint;

static const paint colors = {"\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[1m", "\033[34m", "\033[0m"};
static const paint plain = {"", "", "", "", "", ""};

static const char *paint_of(const paint *p, severity s) {
    return s == SEV_ERROR ? p->error : s == SEV_WARNING ? p->warning : p->note;
}

static bool continues(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

typedef struct span {
    uint32_t first, last;
} span;

static bool in_spans(const span *spans, size_t n, uint32_t rune) {
    for (size_t i = 0; i < n; i++)
        if (rune >= spans[i].first && rune <= spans[i].last) return true;
    return false;
}
#define IN(spans, rune) in_spans((spans), sizeof(spans) / sizeof *(spans), (rune))

/* Columns of a terminal, as most of them have it (Unicode's East Asian Width W and F; combining marks have none). */
static uint32_t columns_of(uint32_t rune) {
    static const span none[] = {{0x300, 0x36F}, {0x483, 0x489}, {0x591, 0x5BD}, {0x610, 0x61A}, {0x64B, 0x65F}, {0x93C, 0x93C}, {0x94D, 0x94D}, {0xE31, 0xE31}, {0xE34, 0xE3A}, {0xE47, 0xE4E}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xE0100, 0xE01EF}};
    static const span two[] = {{0x1100, 0x115F}, {0x231A, 0x231B}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xA960, 0xA97C}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
    if (rune < 0x300 || utf8_is_strange(rune)) return 1;
    return IN(none, rune) ? 0 : IN(two, rune) ? 2 : 1;
}

/* So many as the text takes. */
static void add_columns(strbuf *out, str text, char with) {
    for (uint32_t i = 0; i < text.n;) {
        uint32_t rune, n = utf8_decode(text.p + i, text.p + text.n, &rune);
        if (n && rune == '\t' && with == ' ')
            strbuf_addc(out, '\t');
        else
            for (uint32_t k = n ? columns_of(rune) : 1; k > 0; k--) strbuf_addc(out, with);
        i += n ? n : 1;
    }
}

/* The source line, cut to a window when it is long, and the carets below bytes [from, to) of it. */
static void add_line(const paint *p, strbuf *out, const place *at, uint32_t from, uint32_t to, severity s) {
    str line = at->line_text;
    uint32_t start = 0, end = line.n;
    if (from > line.n) from = line.n;
    if (to > line.n) to = line.n;
    if (line.n > LINE_WIDTH) {
        if (from > LINE_WIDTH / 2) start = from - LINE_WIDTH / 2;
        while (start > 0 && continues(line.p[start])) start--;
        end = start + LINE_WIDTH < line.n ? start + LINE_WIDTH : line.n;
        while (end < line.n && continues(line.p[end])) end++;
        if (to > end) to = end;
    }
    const char *before = start ? "..." : "", *after = end < line.n ? "..." : "";
    int gutter = snprintf(NULL, 0, "%5u", at->line);
    strbuf_addf(out, "%s%5u |%s %s", p->dim, at->line, p->off, before);
    utf8_add_visible(out, str_cut(line, start, end));
    strbuf_addf(out, "%s\n%s%*s |%s %s", after, p->dim, gutter, "", p->off, start ? "   " : "");
    if (from > start) add_columns(out, str_cut(line, start, from), ' ');
    strbuf_addf(out, "%s", paint_of(p, s));
    size_t caret = out->n;
    if (to > from) add_columns(out, str_cut(line, from, to), '~');
    if (out->n == caret) strbuf_addc(out, '^');
    else out->p[caret] = '^';
    strbuf_addf(out, "%s\n", p->off);
}

/* Whether the line holds bytes that are not to be shown. */
static bool is_hidden(const rendering *r, pos line, pos line_end) {
    uint32_t low = 0, high = r->hidden_count;
    while (low < high) { /* the first range that ends behind the line's begin */
        uint32_t middle = low + (high - low) / 2;
        if (r->hidden[middle].end > line)
            high = middle;
        else
            low = middle + 1;
    }
    return low < r->hidden_count && r->hidden[low].at < line_end;
}

/* "file:1:2: error[TK0123]: text", then the line. */
static void add_message(const rendering *r, const paint *p, strbuf *out, severity s, str id, pos at, pos end,
                        str text) {
    place where = source_place(r->sources, at);
    strbuf_add(out, str_z(p->bold));
    if (where.source)
        strbuf_addf(out, "%.*s:%u:%u: ", STR_ARG(where.source->name), where.line, where.column);
    else
        strbuf_addf(out, "tektonc: ");
    strbuf_addf(out, "%s%s", p->off, paint_of(p, s));
    if (id.n)
        strbuf_addf(out, "%s[%.*s]", render_severity(s), STR_ARG(id));
    else
        strbuf_addf(out, "note");
    strbuf_addf(out, ":%s ", p->off);
    utf8_add_visible(out, text);
    strbuf_addc(out, '\n');
    if (!where.source) return;
    uint32_t from = (uint32_t)(where.source->text.p + where.offset - where.line_text.p);
    uint32_t length = end > at ? end - at : 0;
    if (is_hidden(r, at - from, at - from + where.line_text.n)) return;
    add_line(p, out, &where, from, from + length, s);
}

void render_messages(const rendering *r, strbuf *out) {
    const paint *p = r->color ? &colors : &plain;
    for (uint32_t i = 0; i < r->d->list.n; i++) {
        const diag *x = &r->d->list.v[i];
        add_message(r, p, out, x->severity, str_z(x->rule->id), x->at, x->end, x->text);
        for (uint32_t k = 0; k < x->notes.n; k++)
            add_message(r, p, out, SEV_NOTE, STR_NONE, x->notes.v[k].at, x->notes.v[k].end, x->notes.v[k].text);
        if (x->help.n) {
            strbuf_addf(out, "%shelp:%s ", p->note, p->off);
            utf8_add_visible(out, x->help);
            strbuf_addc(out, '\n');
        }
    }
}

void render_text(const rendering *r, strbuf *out) {
    render_messages(r, out);
    str count = render_count(r);
    if (count.n) strbuf_addf(out, "%.*s\n", STR_ARG(count));
}
