/* Reading regular expressions: RE2's syntax as Go's regexp has it, without Unicode classes (\p{…}) and without folding
 * of letters outside ASCII. */
#include "grammar/cel_regex.h"
#include <stdlib.h>

enum { FOLD = 1, LINES = 2, DOT_ALL = 4 };

typedef struct parser {
    arena *a;
    str p;
    uint32_t at, depth, flags;
    cel_regex_result result;
    str why;
} parser;

static void *fail(parser *s, cel_regex_result result, const char *why) {
    if (s->result != REGEX_YES) return NULL;
    s->result = result;
    s->why = str_z(why);
    return NULL;
}

static bool next_is(const parser *s, const char *z) { return str_starts(str_from(s->p, s->at), str_z(z)); }

uint32_t re_decode(str s, uint32_t *at) {
    unsigned char c = (unsigned char)s.p[(*at)++];
    uint32_t more = c < 0xc0 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3, x = c & (more ? 0x3f >> more : 0x7f);
    while (more-- && *at < s.n) x = x << 6 | (s.p[(*at)++] & 0x3f);
    return x;
}

/* --- classes -------------------------------------------------------------------------------------------------- */

static void add_range(arena *a, re_class *c, uint32_t from, uint32_t to) {
    re_range *r = vec_add(a, &c->ranges);
    r->from = from;
    r->to = to;
}

static bool in_class(const re_class *c, uint32_t x) {
    for (uint32_t i = 0; i < c->ranges.n; i++)
        if (x >= c->ranges.v[i].from && x <= c->ranges.v[i].to) return true;
    return false;
}

/* The other case of ASCII letters; of k and s also the Kelvin sign and the long s. */
static void fold(parser *s, re_class *c) {
    if (!(s->flags & FOLD)) return;
    uint32_t n = c->ranges.n;
    for (uint32_t i = 0; i < n; i++)
        if (c->ranges.v[i].to > 0x7f) fail(s, REGEX_UNSUPPORTED, "letters outside ASCII together with (?i)");
    for (uint32_t x = 'a'; x <= 'z'; x++) {
        bool small = in_class(c, x), large = in_class(c, x - 32);
        if (small == large && !small) continue;
        add_range(s->a, c, x, x);
        add_range(s->a, c, x - 32, x - 32);
        if (x == 'k') add_range(s->a, c, 0x212a, 0x212a);
        if (x == 's') add_range(s->a, c, 0x17f, 0x17f);
    }
}

static int by_begin(const void *x, const void *y) {
    uint32_t a = ((const re_range *)x)->from, b = ((const re_range *)y)->from;
    return (a > b) - (a < b);
}

static void put_in_order(re_class *c) {
    uint32_t kept = 0;
    if (c->ranges.n) qsort(c->ranges.v, c->ranges.n, sizeof *c->ranges.v, by_begin);
    for (uint32_t i = 0; i < c->ranges.n; i++) {
        re_range r = c->ranges.v[i], *last = kept ? &c->ranges.v[kept - 1] : NULL;
        if (!last || r.from > last->to + 1)
            c->ranges.v[kept++] = r;
        else if (r.to > last->to)
            last->to = r.to;
    }
    c->ranges.n = kept;
}

static void add_class(parser *s, re_class *to, re_class *c, bool negated) {
    uint32_t from = 0;
    if (negated) put_in_order(c);
    for (uint32_t i = 0; i < c->ranges.n; i++) {
        const re_range *r = &c->ranges.v[i];
        if (!negated)
            add_range(s->a, to, r->from, r->to);
        else if (r->from > from)
            add_range(s->a, to, from, r->from - 1);
        from = r->to + 1;
    }
    if (negated && from <= REGEX_LAST) add_range(s->a, to, from, REGEX_LAST);
}

/* Ranges as pairs of characters. */
static void add_named(parser *s, re_class *to, const char *pairs, bool negated) {
    re_class c = {0};
    for (; *pairs; pairs += 2) add_range(s->a, &c, (unsigned char)pairs[0], (unsigned char)pairs[1]);
    fold(s, &c);
    add_class(s, to, &c, negated);
}

static bool perl_class(parser *s, re_class *to) {
    static const struct {
        char name;
        const char *pairs;
    } classes[] = {{'d', "09"}, {'s', "\t\n\f\r  "}, {'w', "09AZ__az"}};
    if (!next_is(s, "\\") || s->at + 1 >= s->p.n) return false;
    char c = s->p.p[s->at + 1];
    if (c == 'p' || c == 'P') return fail(s, REGEX_UNSUPPORTED, "Unicode classes (\\p{…})") != NULL;
    for (uint32_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if ((c | 0x20) != classes[i].name) continue;
        add_named(s, to, classes[i].pairs, c != classes[i].name);
        s->at += 2;
        return true;
    }
    return false;
}

static bool posix_class(parser *s, re_class *to) {
    static const struct {
        const char *name, *pairs;
    } classes[] = {
        {"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"blank", "\t\t  "},  {"digit", "09"},
        {"graph", "!~"},     {"lower", "az"},   {"print", " ~"},      {"punct", "!/:@[`{~"},
        {"space", "\t\r  "}, {"upper", "AZ"},   {"word", "09AZaz__"}, {"xdigit", "09AFaf"},
    };
    uint32_t end;
    str rest = str_from(s->p, s->at);
    if (!next_is(s, "[:") || !str_find(str_from(rest, 2), S(":]"), &end)) return false;
    str name = str_cut(rest, 2, 2 + end);
    bool negated = name.n && name.p[0] == '^';
    if (negated) name = str_from(name, 1);
    s->at += end + 4;
    if (str_eq(name, S("ascii"))) {
        re_class c = {0};
        add_range(s->a, &c, 0, 0x7f);
        fold(s, &c);
        add_class(s, to, &c, negated);
        return true;
    }
    if (str_eq(name, S("cntrl"))) {
        re_class c = {0};
        add_range(s->a, &c, 0, 0x1f);
        add_range(s->a, &c, 0x7f, 0x7f);
        add_class(s, to, &c, negated);
        return true;
    }
    for (uint32_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (str_eq(name, str_z(classes[i].name))) {
            add_named(s, to, classes[i].pairs, negated);
            return true;
        }
    fail(s, REGEX_BAD, "a class of unknown name");
    return true;
}

static int hex_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static uint32_t hex_escape(parser *s) { /* behind \x */
    bool braces = next_is(s, "{");
    uint32_t x = 0, n = 0;
    for (s->at += braces; s->at < s->p.n && hex_of(s->p.p[s->at]) >= 0 && (braces || n < 2) && x <= REGEX_LAST; n++)
        x = x * 16 + (uint32_t)hex_of(s->p.p[s->at++]);
    if (x > REGEX_LAST || !n || (!braces && n < 2) || (braces && !next_is(s, "}")))
        fail(s, REGEX_BAD, "an escape that does not exist");
    s->at += braces;
    return x;
}

/* One character, escaped or not. */
static uint32_t character(parser *s) {
    static const char from[] = "aftnrv", to[] = "\a\f\t\n\r\v";
    if (s->p.p[s->at] != '\\') return re_decode(s->p, &s->at);
    if (++s->at >= s->p.n) {
        fail(s, REGEX_BAD, "a backslash at the end");
        return 0;
    }
    char c = s->p.p[s->at];
    const char *simple = memchr(from, c, sizeof from - 1);
    if (simple) return s->at++, (unsigned char)to[simple - from];
    if (c == 'x') return s->at++, hex_escape(s);
    bool octal = s->at + 1 < s->p.n && s->p.p[s->at + 1] >= '0' && s->p.p[s->at + 1] <= '7';
    if (c == '0' || (c >= '1' && c <= '7' && octal)) {
        uint32_t x = 0;
        for (int n = 0; n < 3 && s->at < s->p.n && s->p.p[s->at] >= '0' && s->p.p[s->at] <= '7'; n++)
            x = x * 8 + (uint32_t)(s->p.p[s->at++] - '0');
        return x;
    }
    bool word = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c & 0x80);
    if (word)
        fail(s, REGEX_BAD,
             c >= '1' && c <= '9' ? "a reference back to a group, which RE2 does not have"
                                  : "an escape that does not exist");
    s->at++;
    return (unsigned char)c;
}

static re *new_re(parser *s, re_kind kind) {
    re *x = ARENA_NEW(s->a, re);
    x->kind = kind;
    return x;
}

static re *class_re(parser *s, re_class *c) {
    re *x = new_re(s, RE_CLASS);
    put_in_order(c);
    x->class = c;
    return x;
}

static re *assert_re(parser *s, re_assert k) {
    re *x = new_re(s, RE_ASSERT);
    x->assert = k;
    return x;
}

static re *bracket_class(parser *s) {
    re_class *c = ARENA_NEW(s->a, re_class), *out = ARENA_NEW(s->a, re_class);
    s->at++;
    bool negated = next_is(s, "^"), first = true;
    for (s->at += negated; first || !next_is(s, "]"); first = false) {
        if (s->at >= s->p.n || s->result != REGEX_YES) return fail(s, REGEX_BAD, "a `[` without `]`");
        if (posix_class(s, c) || perl_class(s, c)) continue;
        re_class one = {0};
        uint32_t from = character(s), to = from;
        if (s->at + 1 < s->p.n && next_is(s, "-") && s->p.p[s->at + 1] != ']') {
            s->at++;
            to = character(s);
        }
        if (to < from) return fail(s, REGEX_BAD, "a range that ends before it begins");
        add_range(s->a, &one, from, to);
        fold(s, &one);
        add_class(s, c, &one, false);
    }
    s->at++;
    add_class(s, out, c, negated);
    return class_re(s, out);
}

static re *one_character(parser *s, uint32_t x) {
    re_class *c = ARENA_NEW(s->a, re_class);
    add_range(s->a, c, x, x);
    fold(s, c);
    return class_re(s, c);
}

static re *any_character(parser *s) {
    re_class *c = ARENA_NEW(s->a, re_class);
    if (s->flags & DOT_ALL) {
        add_range(s->a, c, 0, REGEX_LAST);
    } else {
        add_range(s->a, c, 0, '\n' - 1);
        add_range(s->a, c, '\n' + 1, REGEX_LAST);
    }
    return class_re(s, c);
}

/* --- groups and repeats --------------------------------------------------------------------------------------- */

static re *alternatives(parser *s);

/* (?flags) and (?flags:…); true when it opens a group. */
static bool read_flags(parser *s) {
    uint32_t set = s->flags;
    bool off = false, any = false;
    for (s->at += 2; s->at < s->p.n; s->at++) {
        char c = s->p.p[s->at];
        uint32_t bit = c == 'i' ? FOLD : c == 'm' ? LINES : c == 's' ? DOT_ALL : 0;
        if (bit || c == 'U') { /* U: which of several matches is taken; nobody sees that here */
            set = off ? set & ~bit : set | bit;
            any = true;
        } else if (c == '-' && !off) {
            off = true;
            any = false;
        } else if ((c == ':' || c == ')') && (any || !off)) {
            s->flags = set;
            s->at++;
            return c == ':';
        } else {
            break;
        }
    }
    return fail(s, REGEX_BAD, "a group with unknown flags") != NULL;
}

static void read_name(parser *s) {
    uint32_t from = s->at;
    while (s->at < s->p.n && s->p.p[s->at] != '>') s->at++;
    str name = str_cut(s->p, from, s->at);
    bool good = name.n > 0 && s->at < s->p.n;
    for (uint32_t i = 0; i < name.n; i++)
        good &= name.p[i] == '_' || hex_of(name.p[i]) >= 0 || ((name.p[i] | 0x20) >= 'a' && (name.p[i] | 0x20) <= 'z');
    if (!good) fail(s, REGEX_BAD, "a group whose name is not good");
    s->at++;
}

/* NULL without failure: only flags were set. */
static re *group(parser *s) {
    uint32_t flags = s->flags;
    bool named = next_is(s, "(?P<"), short_named = next_is(s, "(?<");
    if (named || short_named) {
        s->at += named ? 4 : 3;
        read_name(s);
    } else if (next_is(s, "(?")) {
        if (!read_flags(s)) return NULL;
    } else {
        s->at++;
    }
    if (++s->depth > REGEX_NESTING_MOST) return fail(s, REGEX_UNSUPPORTED, "groups nested that deeply");
    re *x = alternatives(s);
    s->depth--;
    if (s->at >= s->p.n) return fail(s, REGEX_BAD, "a `(` without `)`");
    s->at++;
    s->flags = flags;
    return x;
}

static bool read_count(parser *s, int *out) {
    uint32_t from = s->at;
    *out = 0;
    while (s->at < s->p.n && s->p.p[s->at] >= '0' && s->p.p[s->at] <= '9') {
        if (*out <= REGEX_REPEAT_MOST) *out = *out * 10 + (s->p.p[s->at] - '0');
        s->at++;
    }
    return s->at > from && (s->p.p[from] != '0' || s->at == from + 1);
}

/* {n}, {n,}, {n,m}; what is none of them is text. */
static bool read_counts(parser *s, int *min, int *max) {
    uint32_t at = s->at++;
    bool good = read_count(s, min);
    *max = *min;
    if (good && next_is(s, ",")) {
        s->at++;
        if (next_is(s, "}"))
            *max = -1;
        else
            good = read_count(s, max);
    }
    good = good && next_is(s, "}");
    s->at = good ? s->at + 1 : at;
    return good;
}

/* RE2 refuses repeats inside each other that make more than 1000 together. */
static bool few_repeats(const re *x, int most) {
    if (x->kind == RE_REPEAT) {
        int m = x->max < 0 ? x->min : x->max;
        if (x->max == 0) return true;
        if (m > most) return false;
        if (m > 0) most /= m;
    }
    for (uint32_t i = 0; i < x->of.n; i++)
        if (!few_repeats(x->of.v[i], most)) return false;
    return true;
}

static bool repeat_last(parser *s, re *cat, int min, int max, bool counted, bool again) {
    if (next_is(s, "?")) s->at++;
    if (again) return fail(s, REGEX_BAD, "a repeat of a repeat") != NULL;
    if (!cat->of.n) return fail(s, REGEX_BAD, "a repeat of nothing") != NULL;
    if (min > REGEX_REPEAT_MOST || max > REGEX_REPEAT_MOST || (max >= 0 && min > max))
        return fail(s, REGEX_BAD, "a repeat out of range") != NULL;
    re *x = new_re(s, RE_REPEAT), *of = cat->of.v[cat->of.n - 1];
    x->min = min;
    x->max = max;
    vec_push(s->a, &x->of, of);
    cat->of.v[cat->of.n - 1] = x;
    if (counted && (min >= 2 || max >= 2) && !few_repeats(x, REGEX_REPEAT_MOST))
        return fail(s, REGEX_BAD, "a repeat out of range") != NULL;
    return true;
}

static re *escape(parser *s) {
    static const struct {
        const char *text;
        re_assert k;
    } asserts[] = {{"\\A", AT_BEGIN}, {"\\z", AT_END}, {"\\b", AT_WORD}, {"\\B", AT_NO_WORD}};
    for (uint32_t i = 0; i < sizeof asserts / sizeof *asserts; i++)
        if (next_is(s, asserts[i].text)) {
            s->at += 2;
            return assert_re(s, asserts[i].k);
        }
    re_class *c = ARENA_NEW(s->a, re_class);
    if (perl_class(s, c)) return class_re(s, c);
    return one_character(s, character(s));
}

static void quoted(parser *s, re *cat) { /* \Q…\E */
    for (s->at += 2; s->at < s->p.n;) {
        if (next_is(s, "\\E")) {
            s->at += 2;
            return;
        }
        vec_push(s->a, &cat->of, one_character(s, re_decode(s->p, &s->at)));
    }
}

static re *sequence(parser *s) {
    re *cat = new_re(s, RE_CAT);
    bool again = false; /* whether a repeat was last */
    while (s->result == REGEX_YES && s->at < s->p.n && s->p.p[s->at] != '|' && s->p.p[s->at] != ')') {
        char c = s->p.p[s->at];
        bool lines = s->flags & LINES;
        int min = c == '+', max = c == '?' ? 1 : -1;
        if (c == '*' || c == '+' || c == '?') {
            s->at++;
            again = repeat_last(s, cat, min, max, false, again);
            continue;
        }
        if (c == '{' && read_counts(s, &min, &max)) {
            again = repeat_last(s, cat, min, max, true, again);
            continue;
        }
        again = false;
        if (next_is(s, "\\Q")) {
            quoted(s, cat);
            continue;
        }
        re *x;
        switch (c) {
        case '(': x = group(s); break;
        case '[': x = bracket_class(s); break;
        case '.': s->at++, x = any_character(s); break;
        case '^': s->at++, x = assert_re(s, lines ? AT_LINE_BEGIN : AT_BEGIN); break;
        case '$': s->at++, x = assert_re(s, lines ? AT_LINE_END : AT_END); break;
        case '\\': x = escape(s); break;
        default: x = one_character(s, character(s)); break;
        }
        if (x) vec_push(s->a, &cat->of, x);
    }
    return cat;
}

static re *alternatives(parser *s) {
    re *alt = new_re(s, RE_ALT);
    for (;; s->at++) {
        vec_push(s->a, &alt->of, sequence(s));
        if (!next_is(s, "|") || s->result != REGEX_YES) return alt;
    }
}

const re *re_parse(arena *a, str pattern, cel_regex_result *result, str *why) {
    parser s = {.a = a, .p = pattern, .result = REGEX_YES};
    const re *x = alternatives(&s);
    if (s.result == REGEX_YES && s.at < pattern.n) fail(&s, REGEX_BAD, "a `)` without `(`");
    *result = s.result;
    *why = s.why;
    return s.result == REGEX_YES ? x : NULL;
}
