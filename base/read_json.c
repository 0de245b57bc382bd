/* JSON (RFC 8259) with places; values may follow one another with or without white space between them. */
#include "base/read_inner.h"
#include "base/utf8.h"

typedef struct json {
    reader *r;
    const char *start, *p, *end;
    uint32_t depth;
    json_error *error;
} json;

static const ynode *value(json *j);

static const ynode *fail(json *j, const char *at, const char *until, const char *text) {
    *j->error = (json_error){.at = (uint32_t)(at - j->start),
                             .end = (uint32_t)(until - j->start),
                             .text = str_z(text),
                             .help = STR_NONE,
                             .rule = j->r->rules->syntax};
    return NULL;
}

static const ynode *fail_here(json *j, const char *text) {
    if (j->p == j->end) return fail(j, j->p, j->p, "the text ends in the middle of a JSON value");
    return fail(j, j->p, j->p + 1, text);
}

static void skip_space(json *j) {
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' || *j->p == '\r' || *j->p == '\t')) j->p++;
}

static pos at_of(const json *j, const char *p) { return j->r->src->base + (pos)(p - j->start); }

static ynode *scalar_node(json *j, ykind kind, str text, const char *from) {
    ynode *n = ynode_new(j->r->a, kind, NULL);
    n->text = text;
    n->at = at_of(j, from);
    n->end = at_of(j, j->p);
    return n;
}

static bool hex4(const char *p, const char *end, uint32_t *out) {
    uint32_t v = 0;
    if (end - p < 4) return false;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        uint32_t digit = c >= '0' && c <= '9'                 ? (uint32_t)(c - '0')
                         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (uint32_t)((c | 32) - 'a') + 10
                                                              : 16;
        if (digit == 16) return false;
        v = v << 4 | digit;
    }
    *out = v;
    return true;
}

/* p is behind `\u`. Half a surrogate pair becomes U+FFFD, as in Go. */
static const char *unicode_escape(const char *p, const char *end, uint32_t *rune) {
    uint32_t low;
    if (!hex4(p, end, rune)) return NULL;
    p += 4;
    if (*rune < 0xD800 || *rune > 0xDFFF) return p;
    if (*rune < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' && hex4(p + 2, end, &low) && low >= 0xDC00 &&
        low <= 0xDFFF) {
        *rune = 0x10000 + ((*rune - 0xD800) << 10) + (low - 0xDC00);
        return p + 6;
    }
    *rune = 0xFFFD;
    return p;
}

/* [p, end) are the bytes between the quotes, with at least one escape. */
static bool unescape(json *j, const char *p, const char *end, str *out) {
    char *to = arena_alloc(j->r->a, (size_t)(end - p) + 1);
    uint32_t n = 0;
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    while (p < end) {
        if (*p != '\\') {
            to[n++] = *p++;
            continue;
        }
        const char *escape = p++;
        const char *known = *p ? strchr(from, *p) : NULL;
        if (known) {
            to[n++] = into[known - from];
            p++;
            continue;
        }
        uint32_t rune;
        const char *next = *p == 'u' ? unicode_escape(p + 1, end, &rune) : NULL;
        if (!next) return fail(j, escape, escape + 2 <= end ? escape + 2 : end, "this escape is unknown to JSON");
        n += utf8_encode(to + n, rune);
        p = next;
    }
    *out = (str){to, n};
    return true;
}

/* At a quote. The text points into the source where it has no escapes. */
static bool string(json *j, str *out, bool *escaped) {
    const char *open = j->p, *p = open + 1, *end = j->end;
    *escaped = false;
    while (p < end && *p != '"') {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c < 0x80) {
            if (c == '\\') {
                *escaped = true;
                if (++p == end) break;
                if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x80) continue;
            }
            p++;
            continue;
        }
        uint32_t rune, n = c < 0x20 ? 0 : utf8_decode(p, end, &rune);
        if (c == '\n' || c == '\r') return fail(j, open, p, "this string is not closed on its line");
        if (!n) {
            fail(j, p, p + 1,
                 c < 0x20 ? "a control character in a JSON string must be written as an escape"
                          : "these bytes are not UTF-8");
            j->error->rule = c >= 0x20 || !c ? j->r->rules->encoding : j->r->rules->syntax;
            return false;
        }
        p += n;
    }
    if (p >= end) return fail(j, open, end, "this string is never closed");
    j->p = p + 1;
    if (*escaped) return unescape(j, open + 1, p, out);
    *out = (str){open + 1, (uint32_t)(p - open - 1)};
    return true;
}

static const ynode *string_value(json *j) {
    const char *from = j->p;
    str text;
    bool escaped;
    if (!string(j, &text, &escaped)) return NULL;
    ynode *n = scalar_node(j, Y_STR, text, from);
    n->raw = escaped ? 0 : 2;
    n->literal = text.n && memchr(text.p, '\n', text.n) != NULL;
    return n;
}

static bool json_digits(json *j) {
    const char *from = j->p;
    while (j->p < j->end && *j->p >= '0' && *j->p <= '9') j->p++;
    return j->p > from;
}

static const ynode *number_value(json *j) {
    const char *from = j->p;
    if (*j->p == '-') j->p++;
    if (j->p < j->end && *j->p == '0')
        j->p++;
    else if (!json_digits(j))
        return fail_here(j, "a digit must follow the sign");
    if (j->p < j->end && *j->p == '.' && (j->p++, !json_digits(j)))
        return fail_here(j, "a digit must follow the point");
    if (j->p < j->end && (*j->p | 32) == 'e') {
        j->p++;
        if (j->p < j->end && (*j->p == '+' || *j->p == '-')) j->p++;
        if (!json_digits(j)) return fail_here(j, "a digit must follow the `e` of an exponent");
    }
    str text = {from, (uint32_t)(j->p - from)};
    scalar s = scalar_number(j->r->a, text);
    if (s.kind == Y_STR) {
        fail(j, from, j->p, "this number is too large for a 64-bit float");
        j->error->rule = j->r->rules->number;
        return NULL;
    }
    return scalar_node(j, s.kind, s.text, from);
}

static const ynode *word_value(json *j) {
    static const struct {
        str word;
        ykind kind;
    } words[] = {{{"true", 4}, Y_BOOL}, {{"false", 5}, Y_BOOL}, {{"null", 4}, Y_NULL}};
    str rest = {j->p, (uint32_t)(j->end - j->p)};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_starts(rest, words[i].word)) {
            const char *from = j->p;
            j->p += words[i].word.n;
            return scalar_node(j, words[i].kind, words[i].word, from);
        }
    return fail_here(j, "a JSON value must stand here");
}

static const ynode *array(json *j) {
    reader *r = j->r;
    const char *open = j->p++;
    uint32_t first = r->items.n;
    skip_space(j);
    if (j->p < j->end && *j->p == ']') {
        j->p++;
        return read_build_seq(r, first, at_of(j, open), at_of(j, j->p));
    }
    for (;;) {
        skip_space(j);
        const ynode *item = value(j);
        if (!item) return NULL;
        vec_push(r->scratch, &r->items, item);
        skip_space(j);
        if (j->p == j->end || (*j->p != ',' && *j->p != ']'))
            return fail_here(j, "`,` or `]` must follow an item of a list");
        if (*j->p++ == ']') return read_build_seq(r, first, at_of(j, open), at_of(j, j->p));
    }
}

static const ynode *object(json *j) {
    reader *r = j->r;
    const char *open = j->p++;
    uint32_t first = r->pairs.n;
    skip_space(j);
    if (j->p < j->end && *j->p == '}') {
        j->p++;
        return read_build_map(r, first, at_of(j, open), at_of(j, j->p));
    }
    for (;;) {
        skip_space(j);
        if (j->p == j->end || *j->p != '"') return fail_here(j, "a key in double quotes must stand here");
        ypair pair = {.key_at = at_of(j, j->p)};
        bool escaped;
        if (!string(j, &pair.key, &escaped)) return NULL;
        pair.key_end = at_of(j, j->p);
        skip_space(j);
        if (j->p == j->end || *j->p != ':') return fail_here(j, "`:` must follow a key");
        j->p++;
        skip_space(j);
        if (!(pair.value = value(j))) return NULL;
        vec_push(r->scratch, &r->pairs, (read_pair){.pair = pair});
        skip_space(j);
        if (j->p == j->end || (*j->p != ',' && *j->p != '}'))
            return fail_here(j, "`,` or `}` must follow a value of a map");
        if (*j->p++ == '}') return read_build_map(r, first, at_of(j, open), at_of(j, j->p));
    }
}

static const ynode *value(json *j) {
    if (j->p == j->end) return fail_here(j, "");
    switch (*j->p) {
    case '"': return string_value(j);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return number_value(j);
    case '[':
    case '{': {
        if (j->depth == READ_MAX_DEPTH) {
            fail(j, j->p, j->p + 1, "lists and maps are nested more than 1,000 deep here");
            j->error->rule = j->r->rules->limit;
            return NULL;
        }
        j->depth++;
        const ynode *n = *j->p == '[' ? array(j) : object(j);
        j->depth--;
        return n;
    }
    default: return word_value(j);
    }
}

bool read_json(reader *r, uint32_t from, json_error *error) {
    json j = {.r = r,
              .start = r->src->text.p,
              .p = r->src->text.p + from,
              .end = r->src->text.p + r->src->text.n,
              .error = error};
    uint32_t yielded = r->out->n;
    bool ok = true;
    for (skip_space(&j); ok && j.p < j.end; skip_space(&j)) {
        const ynode *n = value(&j);
        ok = n != NULL;
        if (ok && n->kind != Y_NULL) vec_push(r->a, r->out, n);
    }
    if (ok) return true;
    r->out->n = yielded;
    r->items.n = r->pairs.n = 0;
    return false;
}
