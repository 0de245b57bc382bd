#include "base/read.h"
#include "base/read_inner.h"
#include "base/utf8.h"

/* The first byte from `at` on that YAML can't contain as it is, or the text's length. */
static uint32_t first_bad(str text, uint32_t at) {
    const char *p = text.p + at, *end = text.p + text.n;
    while (p < end) {
        uint64_t eight; /* only letters and the like, quickly: no byte has its high bit, is below 0x20 or is 0x7F */
        const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
        while (end - p >= 8 && (memcpy(&eight, p, 8), !((eight | (eight - ones * 0x20) | (eight + ones)) & high))) p += 8;
        if (p == end) break;
        unsigned char c = (unsigned char)*p;
        if ((c >= 0x20 && c < 0x7F) || c == '\n') {
            p++;
            continue;
        }
        uint32_t rune, n = utf8_decode(p, end, &rune);
        if (!n || !utf8_yaml_allows(rune)) break;
        p += n;
    }
    return (uint32_t)(p - text.p);
}

static void report_bad(reader *r, uint32_t at) {
    str text = r->src->text;
    uint32_t rune, n = utf8_decode(text.p + at, text.p + text.n, &rune);
    pos from = r->src->base + at, to = from + (n ? n : 1);
    const diag_rule *rule = r->rules->encoding;
    if (!n)
        diag_help(r->d,
                  diag_range(r->d, rule, from, to, "the byte 0x%02X is not UTF-8 text", (unsigned char)text.p[at]),
                  "save the file as UTF-8");
    else if (rune == 0)
        diag_range(r->d, rule, from, to, "a NUL byte can't be in a YAML file");
    else
        diag_help(r->d, diag_range(r->d, rule, from, to, "the character U+%04X can't be in a YAML file as it is", rune),
                  "write it as an escape in a double-quoted string: \"\\%s%0*X\"", rune < 0x100 ? "x" : "u",
                  rune < 0x100 ? 2 : 4, rune);
}

/* The start of the last line `---` that begins at or before the line of `at`, or `from`. */
static uint32_t document_of(const reader *r, uint32_t at, uint32_t from) {
    const char *text = r->src->text.p;
    for (;;) {
        while (at > from && text[at - 1] != '\n') at--;
        if (at <= from || read_is_document_line(r, at, r->src->text.n)) return at;
        at--;
    }
}

/* libyaml compares each %TAG with all before it, which takes minutes for some megabytes of them. */
static bool has_too_many_directives(const source *src, pos *at) {
    enum { MOST = 1000 };
    const char *p = src->text.p, *end = p + src->text.n;
    uint32_t n = 0;
    while ((p = memmem(p, (size_t)(end - p), "\n%TAG", 5))) {
        *at = src->base + (pos)(++p - src->text.p);
        if (++n > MOST) return true;
    }
    return false;
}

static bool is_json_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void read_documents(arena *a, const source *src, diags *d, const read_rules *rules, ynode_list *out) {
    str text = src->text;
    uint32_t from = str_starts(text, S("\xEF\xBB\xBF")) ? 3 : 0, blank = from;
    reader r = {.a = a, .src = src, .d = d, .rules = rules, .out = out};
    if (str_starts(text, S("\xFF\xFE")) || str_starts(text, S("\xFE\xFF"))) {
        diag_help(d, diag_range(d, rules->encoding, src->base, src->base + 2, "the file is UTF-16, not UTF-8"),
                  "save the file as UTF-8");
        return;
    }
    r.scratch = arena_new();
    while (blank < text.n && is_json_space(text.p[blank])) blank++;
    json_error error;
    const json_error *instead = NULL;
    bool done = blank == text.n;
    if (!done && (text.p[blank] == '{' || text.p[blank] == '[')) {
        done = read_json(&r, blank, &error);
        instead = &error;
    }
    /* A document with a bad character is left out; those before and behind it are read. */
    while (!done) {
        uint32_t bad = first_bad(text, from);
        done = bad == text.n;
        uint32_t to = done ? text.n : document_of(&r, bad, from);
        if (to > from && (instead || !read_plain(&r, from, to))) {
            pos directive;
            if (has_too_many_directives(src, &directive)) {
                diag_range(d, rules->limit, directive, directive + 4, "the file has more than 1,000 directives `%%TAG`");
                break;
            }
            read_yaml(&r, from, to, instead);
        }
        if (done) break;
        report_bad(&r, bad);
        instead = NULL;
        from = read_next_document(&r, bad, bad, text.n);
        done = from == text.n;
    }
    arena_free(r.scratch);
}
