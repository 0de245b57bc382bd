/* Trees as YAML in block style. Whether a string may stand plain is decided on the safe side: what any reader of
 * YAML 1.1 or 1.2 could take for something else (a number, a time, a truth, a marker) is quoted. */
#include "base/emit_inner.h"
#include "base/utf8.h"
#include <stdio.h>

/* libyaml and its children refuse `key:` where the key is longer than 1,024 characters. */
enum { STEP = 2, LONGEST_SIMPLE_KEY = 1000 };

typedef enum style { PLAIN, SINGLE, DOUBLE, LITERAL } style;

/* Kinds of bytes inside a string: N newline, T tab, X only as an escape, C colon, H hash, U not ASCII, E would need an
 * escape between double quotes, Q single quote, 0 nothing special. */
enum { N = 1, T, X, C, H, U, E, Q };
/* clang-format off */
static const unsigned char kinds[256] = {
    X, X, X, X, X, X, X, X, X, T, N, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    0, 0, E, H, 0, 0, 0, Q, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, C, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, E, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, X,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
};
/* clang-format on */

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* Printable for every reader, and no line break for any (YAML 1.1 breaks lines at U+0085, U+2028, U+2029). */
static bool may_stand(uint32_t rune) {
    return rune >= 0xA0 && rune != 0x2028 && rune != 0x2029 && utf8_yaml_allows(rune);
}

/* Words that some reader takes for a truth or for nothing, whatever their case. */
static bool is_reserved_word(str s) {
    static const str words[] = {{"y", 1},   {"n", 1},    {"yes", 3},   {"no", 2},  {"on", 2},
                                {"off", 3}, {"true", 4}, {"false", 5}, {"null", 4}};
    if (s.n > 5) return false;
    char first = s.p[0] | 0x20;
    if (first != 'y' && first != 'n' && first != 'o' && first != 't' && first != 'f') return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_fold(s, words[i])) return true;
    return false;
}

/* Could s, which begins with a digit, a sign or a dot, be a number, base-60 number or time in any dialect? */
static bool is_number_like(str s) {
    str word = s.p[0] == '+' || s.p[0] == '-' ? str_from(s, 1) : s;
    if (str_eq_fold(word, S(".inf")) || str_eq_fold(word, S(".nan"))) return true;
    bool digit = false, only_signs = true;
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (!c || !strchr("abcdefABCDEFxXoO_.:+-tTzZ ", c))) return false;
        digit |= is_digit;
        only_signs &= c == '.' || c == '_' || c == '+' || c == '-';
    }
    return digit || only_signs;
}

static bool may_begin_plain(str s) {
    char c = s.p[0];
    if (is_letter(c)) return !is_reserved_word(s);
    if (c == '_' || c == '/' || c == '$' || c == '(' || c == '^' || (unsigned char)c >= 0x80) return true;
    if (c >= '0' && c <= '9') return !is_number_like(s);
    if (c == '.' || c == '+' || c == '-')
        return s.n > 1 && s.p[1] != ' ' && !str_starts(s, S("---")) && !str_starts(s, S("...")) && !is_number_like(s);
    return false;
}

/* Can a text with line breaks be a literal block? Not when blanks stand on its last line alone: readers differ. */
static bool may_be_literal(str s) {
    uint32_t end = s.n;
    while (end && s.p[end - 1] == '\n') end--;
    for (uint32_t i = end; i > 0 && s.p[i - 1] != '\n'; i--)
        if (s.p[i - 1] != ' ' && s.p[i - 1] != '\t') return true;
    return false;
}

/* Sixteen bytes at once, by the compiler's own vectors. */
typedef unsigned char lane __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

static inline bool all_plain(halves bytes) {
    lane v = (lane)bytes;
    /* (v - ' ') > '~' - ' ' in one comparison: controls, DEL and what is not ASCII */
    halves kind = (halves)((lane)(v - ' ' > '~' - ' ') | (lane)(v == '"') | (lane)(v == '#') | (lane)(v == '\'') |
                           (lane)(v == ':') | (lane)(v == '\\'));
    return (kind[0] | kind[1]) == 0;
}

static inline uint64_t load8(const char *p) {
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

static inline uint32_t load4(const char *p) {
    uint32_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* Bytes from i on that are of no kind, sixteen at a time; most texts have no others. The last ones are seen with some of
 * those before them. Never more than there are, and fewer cost a second look only. */
static inline uint32_t skip_plain(str s, uint32_t i) {
    const char *p = s.p, *end = s.p + s.n;
    for (; s.n - i >= 16; i += 16)
        if (!all_plain((halves){load8(p + i), load8(p + i + 8)})) return i;
    if (i == s.n) return i;
    bool plain = false;
    if (s.n >= 16)
        plain = all_plain((halves){load8(end - 16), load8(end - 8)});
    else if (s.n >= 8)
        plain = all_plain((halves){load8(p), load8(end - 8)});
    else if (s.n >= 4)
        plain = all_plain((halves){load4(p) | (uint64_t)load4(end - 4) << 32, UINT64_C(0x6161616161616161)});
    return plain ? s.n : i;
}

static style style_of(str s, bool in_block) {
    if (!s.n) return DOUBLE;
    bool quote = false, lines = false, tab = false, escape = false, single = false;
    for (uint32_t i = skip_plain(s, 0); i < s.n; i++) {
        unsigned char kind = kinds[(unsigned char)s.p[i]];
        if (!kind) continue;
        switch (kind) {
        case N: lines = true; break;
        case T: tab = true; break;
        case X: return DOUBLE;
        case C: quote |= i + 1 == s.n || s.p[i + 1] == ' '; break;
        case H: quote |= i > 0 && s.p[i - 1] == ' '; break;
        case E: escape = true; break;
        case Q: single = true; break;
        default: {
            uint32_t rune, n = utf8_decode(s.p + i, s.p + s.n, &rune);
            if (!n || !may_stand(rune)) return DOUBLE;
            i += n - 1;
        }
        }
        i = skip_plain(s, i + 1) - 1;
    }
    if (lines) return in_block && may_be_literal(s) ? LITERAL : DOUBLE;
    if (tab) return DOUBLE;
    if (!quote && s.p[s.n - 1] != ' ' && may_begin_plain(s)) return PLAIN;
    return escape && !single ? SINGLE : DOUBLE;
}

static void put_double(emit_out *o, str s) {
    static const char named[] = "\"\\\n\t\r", names[] = "\"\\ntr";
    const char *p = s.p, *end = s.p + s.n;
    emit_char(o, '"');
    while (p < end) {
        const char *from = p;
        while (p < end && *p >= 0x20 && *p < 0x7F && *p != '"' && *p != '\\') p++;
        emit_bytes(o, from, (size_t)(p - from));
        if (p == end) break;
        uint32_t rune, n = utf8_decode(p, end, &rune);
        if (!n) rune = 0xFFFD;
        const char *known = rune && rune < 0x80 ? strchr(named, (int)rune) : NULL;
        char text[12];
        if (known)
            emit_bytes(o, (char[]){'\\', names[known - named]}, 2);
        else if (n && may_stand(rune))
            emit_bytes(o, p, n);
        else
            emit_bytes(o, text, (size_t)snprintf(text, sizeof text, rune < 0x100 ? "\\x%02x" : "\\u%04x", rune));
        p += n ? n : 1;
    }
    emit_char(o, '"');
}

static void put_single(emit_out *o, str s) {
    emit_char(o, '\'');
    emit_text(o, s); /* has no single quote */
    emit_char(o, '\'');
}

static void put_literal(emit_out *o, str s, uint32_t indent) {
    emit_char(o, '|');
    if (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\n') emit_char(o, '0' + STEP);
    bool ended = s.p[s.n - 1] == '\n';
    if (!ended)
        emit_char(o, '-');
    else if (s.n > 1 && s.p[s.n - 2] == '\n')
        emit_char(o, '+');
    emit_char(o, '\n');
    const char *p = s.p, *end = s.p + s.n;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *next = newline ? newline + 1 : end;
        if (p != newline) emit_spaces(o, indent);
        emit_bytes(o, p, (size_t)(next - p));
        p = next;
    }
    if (!ended) emit_char(o, '\n');
}

/* Every dialect takes it for the same number: YAML 1.1 wants a point before an exponent, and -0 is an integer. */
static void put_float(emit_out *o, str s) {
    uint32_t e;
    if (str_eq(s, S("-0"))) {
        emit_text(o, S("-0.0"));
    } else if (str_find(s, S("e"), &e) && !str_find(s, S("."), NULL)) {
        emit_text(o, str_cut(s, 0, e));
        emit_text(o, S(".0"));
        emit_text(o, str_from(s, e));
    } else {
        emit_text(o, s);
    }
}

static void put_string(emit_out *o, str s, style how, uint32_t indent) {
    switch (how) {
    case PLAIN: emit_text(o, s); break;
    case SINGLE: put_single(o, s); break;
    case DOUBLE: put_double(o, s.n ? s : S("")); break;
    case LITERAL: put_literal(o, s, indent); return;
    }
}

/* A scalar or an empty collection with the line break behind it. */
static void put_leaf(emit_out *o, const ynode *n, uint32_t indent, bool in_block) {
    switch ((ykind)n->kind) {
    case Y_STR: {
        style how = style_of(n->text, in_block);
        put_string(o, n->text, how, indent);
        if (how == LITERAL) return; /* brings its own line break */
        break;
    }
    case Y_FLOAT: put_float(o, n->text); break;
    case Y_SEQ: emit_text(o, S("[]")); break;
    case Y_MAP: emit_text(o, S("{}")); break;
    default: emit_text(o, n->text);
    }
    emit_char(o, '\n');
}

static inline style key_style(emit_out *o, str key) {
    str *known = &o->plain_keys[((uintptr_t)key.p >> 2 ^ key.n) % EMIT_KEYS];
    if (known->p == key.p && known->n == key.n && key.n) return PLAIN;
    style how = style_of(key, false);
    if (how == PLAIN) *known = key;
    return how;
}

static bool is_leaf(const ynode *n) { return (n->kind != Y_SEQ && n->kind != Y_MAP) || n->n == 0; }

static void put_seq(emit_out *o, const ynode *n, uint32_t indent, bool started);

/* started: the first line's indentation is written already (behind `- `). */
static void put_map(emit_out *o, const ynode *n, uint32_t indent, bool started) {
    for (uint32_t i = 0; i < n->n; i++) {
        const ypair *pair = &n->pairs[i];
        if (i || !started) emit_spaces(o, indent);
        style how = key_style(o, pair->key);
        bool is_long = (uint64_t)pair->key.n * (how == DOUBLE ? 4 : 1) > LONGEST_SIMPLE_KEY;
        if (is_long) emit_text(o, S("? "));
        put_string(o, pair->key, how, indent);
        if (is_long) {
            emit_char(o, '\n');
            emit_spaces(o, indent);
        }
        emit_char(o, ':');
        if (is_leaf(pair->value)) {
            emit_char(o, ' ');
            put_leaf(o, pair->value, indent + STEP, true);
            continue;
        }
        emit_char(o, '\n');
        if (pair->value->kind == Y_MAP)
            put_map(o, pair->value, indent + STEP, false);
        else
            put_seq(o, pair->value, indent, false);
    }
}

static void put_seq(emit_out *o, const ynode *n, uint32_t indent, bool started) {
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode *item = n->items[i];
        if (i || !started) emit_spaces(o, indent);
        emit_text(o, S("- "));
        if (is_leaf(item))
            put_leaf(o, item, indent + STEP, true);
        else if (item->kind == Y_MAP)
            put_map(o, item, indent + STEP, true);
        else
            put_seq(o, item, indent + STEP, true);
    }
}

bool emit_yaml(emit_sink *to, const ynode *n) {
    emit_out o;
    o.to = *to, o.ok = true, o.n = 0;
    memset(o.plain_keys, 0, sizeof o.plain_keys);
    if (is_leaf(n))
        put_leaf(&o, n, 0, false);
    else if (n->kind == Y_MAP)
        put_map(&o, n, 0, false);
    else
        put_seq(&o, n, 0, false);
    emit_flush(&o);
    return o.ok;
}

str emit_yaml_str(arena *a, const ynode *n) {
    strbuf b = {.a = a};
    emit_sink to = emit_to_strbuf(&b);
    emit_yaml(&to, n);
    return strbuf_str(&b);
}
