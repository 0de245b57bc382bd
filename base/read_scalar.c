/* What a YAML scalar is, as sigs.k8s.io/yaml decides it: go-yaml v2's rules for YAML 1.1, then Go's JSON writer. */
#include "base/read_inner.h"
#include "base/utf8.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool digits(const char **p, const char *end) {
    const char *start = *p;
    while (*p < end && is_digit(**p)) ++*p;
    return *p > start;
}

/* --- floats -------------------------------------------------------------------------------------------------- */

/* The shortest decimal digits that read back as the same value: "d" "ddd" and the exponent of the first digit. */
typedef struct decimal {
    char digits[20];
    int n, exponent;
    bool negative;
} decimal;

static decimal shortest(double value, bool single) {
    decimal d = {0};
    char text[40];
    for (int precision = 0; precision < (single ? 9 : 17); precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value) break;
    }
    const char *p = text;
    if (*p == '-') d.negative = true, p++;
    for (; *p && *p != 'e'; p++)
        if (is_digit(*p)) d.digits[d.n++] = *p;
    d.exponent = *p ? atoi(p + 1) : 0;
    while (d.n > 1 && d.digits[d.n - 1] == '0') d.n--;
    return d;
}

static void add_exponent_form(strbuf *b, const decimal *d, int least_digits) {
    strbuf_addc(b, d->digits[0]);
    if (d->n > 1) strbuf_addf(b, ".%.*s", d->n - 1, d->digits + 1);
    strbuf_addf(b, "e%c%0*d", d->exponent < 0 ? '-' : '+', least_digits, abs(d->exponent));
}

static void add_plain_form(strbuf *b, const decimal *d) {
    int point = d->exponent + 1; /* digits before the point */
    if (point <= 0) {
        strbuf_add(b, S("0."));
        for (int i = point; i < 0; i++) strbuf_addc(b, '0');
        strbuf_addf(b, "%.*s", d->n, d->digits);
        return;
    }
    for (int i = 0; i < point || i < d->n; i++) {
        if (i == point) strbuf_addc(b, '.');
        strbuf_addc(b, i < d->n ? d->digits[i] : '0');
    }
}

/* As Go's encoding/json writes a float64: an exponent only below 1e-6 and from 1e21 on. */
static str float_text(arena *a, double value) {
    if (value == 0) return signbit(value) ? S("-0") : S("0");
    decimal d = shortest(value, false);
    strbuf b = {.a = a};
    if (d.negative) strbuf_addc(&b, '-');
    if (d.exponent < -6 || d.exponent >= 21)
        add_exponent_form(&b, &d, 1);
    else
        add_plain_form(&b, &d);
    return strbuf_str(&b);
}

/* Floats as map keys go through float32 and Go's %g: sigs.k8s.io/yaml, convertToJSONableObject. */
static str float_key(arena *a, double value) {
    float single = (float)value;
    if (isinf(single)) return single > 0 ? S(".inf") : S("-.inf");
    if (single == 0) return signbit(single) ? S("-0") : S("0");
    decimal d = shortest(single, true);
    strbuf b = {.a = a};
    if (d.negative) strbuf_addc(&b, '-');
    if (d.exponent < -4 || d.exponent >= 6)
        add_exponent_form(&b, &d, 2);
    else
        add_plain_form(&b, &d);
    return strbuf_str(&b);
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool looks_float(str s) {
    const char *p = s.p, *end = s.p + s.n;
    if (p < end && (*p == '-' || *p == '+')) p++;
    if (p < end && *p == '.') {
        p++;
        if (!digits(&p, end)) return false;
    } else {
        if (!digits(&p, end)) return false;
        if (p < end && *p == '.') p++, digits(&p, end);
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '-' || *p == '+')) p++;
        if (!digits(&p, end)) return false;
    }
    return p == end;
}

static bool parse_float(arena *a, str s, double *value) {
    if (!looks_float(s)) return false;
    char small[64];
    char *z = small;
    if (s.n < sizeof small)
        memcpy(small, s.p, s.n), small[s.n] = '\0';
    else
        z = arena_copy(a, s.p, s.n);
    *value = strtod(z, NULL);
    return !isinf(*value);
}

/* --- integers ------------------------------------------------------------------------------------------------- */

static bool parse_digits(const char *p, const char *end, unsigned base, uint64_t *value) {
    uint64_t v = 0;
    for (; p < end; p++) {
        unsigned digit = is_digit(*p)                           ? (unsigned)(*p - '0')
                         : (*p | 32) >= 'a' && (*p | 32) <= 'z' ? (unsigned)((*p | 32) - 'a') + 10
                                                                : 99;
        if (digit >= base || __builtin_mul_overflow(v, (uint64_t)base, &v) ||
            __builtin_add_overflow(v, (uint64_t)digit, &v))
            return false;
    }
    *value = v;
    return true;
}

/* Go's strconv.ParseInt(s, 0, 64), then ParseUint(s, 0, 64), then go-yaml's own "0b" with a sign behind it. */
static bool parse_int(str s, bool *negative, uint64_t *value) {
    const char *p = s.p, *end = s.p + s.n;
    bool sign = p < end && (*p == '-' || *p == '+');
    *negative = sign && *p == '-';
    if (sign) p++;
    if (p == end) return false;
    unsigned base = 10;
    if (*p == '0') {
        char kind = end - p >= 3 ? (char)(p[1] | 32) : 0;
        base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
        p += kind == 'x' || kind == 'b' || kind == 'o' ? 2 : 1;
        if (kind == 'b' && !sign && p[-1] == 'b' && end - p >= 2 && (*p == '-' || *p == '+')) {
            *negative = *p == '-';
            sign = true;
            p++;
        }
    }
    if (!parse_digits(p, end, base, value)) return false;
    uint64_t limit = *negative ? (uint64_t)INT64_MAX + 1 : sign ? (uint64_t)INT64_MAX : UINT64_MAX;
    return *value <= limit;
}

static bool is_canonical_int(str s) {
    uint32_t i = s.n && s.p[0] == '-';
    if (s.n - i == 0 || s.n - i > 18 || (s.p[i] == '0' && s.n > 1)) return false;
    for (; i < s.n; i++)
        if (!is_digit(s.p[i])) return false;
    return true;
}

static bool underscores_between_digits(str s) {
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] == '_' && (i == 0 || i + 1 == s.n || !is_digit(s.p[i - 1]) || !is_digit(s.p[i + 1]))) return false;
    return true;
}

static str without_underscores(arena *a, str s) {
    if (!memchr(s.p, '_', s.n)) return s;
    char *p = arena_alloc(a, s.n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] != '_') p[n++] = s.p[i];
    return (str){p, n};
}

scalar scalar_number(arena *a, str text) {
    if (is_canonical_int(text)) return (scalar){.kind = Y_INT, .text = text};
    /* Behind a leading dot go-yaml leaves the underscores to Go's ParseFloat, which wants digits on both sides. */
    bool dot = text.p[0] == '.';
    if (dot && !underscores_between_digits(text)) return (scalar){.kind = Y_STR, .text = text};
    str plain = without_underscores(a, text);
    bool negative;
    uint64_t value;
    if (!dot && parse_int(plain, &negative, &value)) {
        str digits_text = str_fmt(a, "%s%llu", negative && value ? "-" : "", (unsigned long long)value);
        return (scalar){.kind = Y_INT, .text = digits_text};
    }
    double real;
    if (parse_float(a, plain, &real)) return (scalar){.kind = Y_FLOAT, .text = float_text(a, real)};
    return (scalar){.kind = Y_STR, .text = text};
}

/* --- words ---------------------------------------------------------------------------------------------------- */

/* The three spellings of YAML 1.1: lower, Capital, UPPER. word is lower case. */
static bool is_word(str s, str word) {
    if (s.n != word.n) return false;
    if (str_eq(s, word)) return true;
    if ((s.p[0] | 32) != word.p[0] || s.p[0] == word.p[0]) return false;
    bool upper = s.n == 1 || s.p[1] != word.p[1];
    for (uint32_t i = 1; i < s.n; i++)
        if (s.p[i] != (upper ? word.p[i] - 32 : word.p[i])) return false;
    return true;
}

static bool is_not_finite(str s, str *canonical) {
    str rest = s.p[0] == '-' || s.p[0] == '+' ? str_from(s, 1) : s;
    if (rest.n != 4 || rest.p[0] != '.') return false;
    rest = str_from(rest, 1);
    if (is_word(rest, S("inf"))) {
        *canonical = s.p[0] == '-' ? S("-.inf") : S(".inf");
        return true;
    }
    /* .nan, .NaN, .NAN, without a sign */
    if (s.n != 4 || !(str_eq(rest, S("nan")) || str_eq(rest, S("NaN")) || str_eq(rest, S("NAN")))) return false;
    *canonical = S(".nan");
    return true;
}

static scalar plain_scalar(arena *a, str s) {
    scalar string = {.kind = Y_STR, .text = s}, null = {.kind = Y_NULL, .text = S("null")};
    if (!s.n) return null;
    static const str truths[] = {{"y", 1}, {"yes", 3}, {"true", 4}, {"on", 2}};
    static const str lies[] = {{"n", 1}, {"no", 2}, {"false", 5}, {"off", 3}};
    switch (s.p[0]) {
    case 'y':
    case 'Y':
    case 't':
    case 'T':
    case 'n':
    case 'N':
    case 'f':
    case 'F':
    case 'o':
    case 'O':
    case '~':
        if (s.n > 5) return string;
        for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
            if (is_word(s, truths[i])) return (scalar){.kind = Y_BOOL, .text = S("true")};
            if (is_word(s, lies[i])) return (scalar){.kind = Y_BOOL, .text = S("false")};
        }
        return str_eq(s, S("~")) || is_word(s, S("null")) ? null : string;
    case '+':
    case '-':
    case '.': {
        str canonical;
        if (is_not_finite(s, &canonical)) return (scalar){.kind = Y_FLOAT, .text = canonical, .not_finite = true};
        return scalar_number(a, s);
    }
    default: return is_digit(s.p[0]) ? scalar_number(a, s) : string;
    }
}

/* --- tags ----------------------------------------------------------------------------------------------------- */

/* One or two digits of at most `most`; *p moves on. */
static bool small_number(const char **p, const char *end, int least, int most, int *value) {
    if (*p == end || !is_digit(**p)) return false;
    *value = *(*p)++ - '0';
    if (*p < end && is_digit(**p)) *value = *value * 10 + (*(*p)++ - '0');
    return *value >= least && *value <= most;
}

static bool skip_char(const char **p, const char *end, const char *any_of) {
    if (*p == end || !strchr(any_of, **p) || !**p) return false;
    ++*p;
    return true;
}

static bool two_digits(const char **p, const char *end, int most) {
    const char *start = *p;
    int value;
    return small_number(p, end, 0, most, &value) && *p - start == 2;
}

/* The four forms that go-yaml v2 takes for a time. */
static bool is_timestamp(str s) {
    const char *p = s.p, *end = s.p + s.n;
    int month, day, unused;
    if (!digits(&p, end) || p - s.p != 4) return false;
    int year = atoi((char[]){s.p[0], s.p[1], s.p[2], s.p[3], 0});
    if (!skip_char(&p, end, "-") || !small_number(&p, end, 1, 12, &month)) return false;
    if (!skip_char(&p, end, "-") || !small_number(&p, end, 1, 31, &day)) return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int month_days = month == 2 ? 28 + leap : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    if (day > month_days) return false;
    if (p == end) return true;
    bool with_zone = *p == 'T' || *p == 't';
    if (!skip_char(&p, end, "Tt ")) return false;
    if (!small_number(&p, end, 0, 23, &unused) || !skip_char(&p, end, ":")) return false;
    if (!small_number(&p, end, 0, 59, &unused) || !skip_char(&p, end, ":")) return false;
    if (!small_number(&p, end, 0, 59, &unused)) return false;
    if (skip_char(&p, end, ".,") && !digits(&p, end)) return false;
    if (with_zone && !skip_char(&p, end, "Z")) {
        if (!skip_char(&p, end, "+-") || !two_digits(&p, end, 24) || !skip_char(&p, end, ":") ||
            !two_digits(&p, end, 60))
            return false;
    }
    return p == end;
}

static int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (is_digit(c)) return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Standard base64 with padding; line breaks are skipped, as Go does. */
static bool base64_decode(arena *a, str s, str *out) {
    strbuf b = {.a = a};
    uint32_t bits = 0, count = 0, padding = 0;
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\n' || c == '\r') continue;
        int value = base64_value(c);
        if (c == '=' && count % 4 >= 2 && padding < 2)
            padding++, value = 0;
        else if (value < 0 || padding)
            return false;
        bits = bits << 6 | (uint32_t)value;
        if (++count % 4) continue;
        strbuf_addc(&b, (char)(bits >> 16));
        if (padding < 2) strbuf_addc(&b, (char)(bits >> 8));
        if (padding < 1) strbuf_addc(&b, (char)bits);
        if (padding) {
            for (i++; i < s.n; i++)
                if (s.p[i] != '\n' && s.p[i] != '\r') return false;
        }
    }
    *out = utf8_clean(a, strbuf_str(&b));
    return count % 4 == 0;
}

typedef enum yaml_tag {
    TAG_OTHER,
    TAG_STR,
    TAG_BOOL,
    TAG_INT,
    TAG_FLOAT,
    TAG_NULL,
    TAG_TIMESTAMP,
    TAG_BINARY
} yaml_tag;

static yaml_tag tag_of(const char *tag) {
    static const char prefix[] = "tag:yaml.org,2002:";
    static const char *const names[] = {"", "str", "bool", "int", "float", "null", "timestamp", "binary"};
    if (strncmp(tag, prefix, sizeof prefix - 1) != 0) return TAG_OTHER;
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (strcmp(tag + sizeof prefix - 1, names[i]) == 0) return (yaml_tag)i;
    return TAG_OTHER;
}

static scalar tagged_scalar(arena *a, yaml_tag tag, str text) {
    scalar s = plain_scalar(a, text), string = {.kind = Y_STR, .text = text};
    switch (tag) {
    case TAG_OTHER:
    case TAG_STR: return string;
    case TAG_BOOL:
        if (s.kind != Y_BOOL) s.problem = "the tag `!!bool` needs true or false";
        return s;
    case TAG_INT:
        if (s.kind != Y_INT) s.problem = "the tag `!!int` needs an integer";
        return s;
    case TAG_FLOAT: {
        if (s.kind == Y_FLOAT) return s;
        const char *z = str_dup(a, s.text).p;
        if (s.kind != Y_INT)
            s.problem = "the tag `!!float` needs a number";
        else if (z[0] != '-' && strtoull(z, NULL, 10) > INT64_MAX)
            s.problem = "the tag `!!float` does not take an integer of more than 63 bits";
        else
            s = (scalar){.kind = Y_FLOAT, .text = float_text(a, (double)strtoll(z, NULL, 10))};
        return s;
    }
    case TAG_NULL:
        if (s.kind != Y_NULL) s.problem = "the tag `!!null` needs null or nothing";
        return s;
    case TAG_TIMESTAMP:
        if (!is_timestamp(text)) string.problem = "the tag `!!timestamp` needs a time like 2001-12-14T21:59:43Z";
        return string;
    case TAG_BINARY:
        if (!base64_decode(a, text, &string.text)) string.problem = "the tag `!!binary` needs base64 text";
        return string;
    }
    return string;
}

scalar scalar_resolve(arena *a, const char *tag, str text, bool implicit) {
    if (tag) return tagged_scalar(a, tag_of(tag), text);
    return implicit ? plain_scalar(a, text) : (scalar){.kind = Y_STR, .text = text};
}

str scalar_key(arena *a, const scalar *s) {
    switch (s->kind) {
    case Y_STR:
    case Y_BOOL: return s->text;
    case Y_INT: /* go-yaml has a uint64 there, which sigs.k8s.io/yaml refuses as a key */
        if (s->text.n >= 19 && s->text.p[0] != '-' &&
            (s->text.n > 19 || str_cmp(s->text, S("9223372036854775807")) > 0))
            return STR_NONE;
        return s->text;
    case Y_FLOAT: return s->not_finite ? s->text : float_key(a, strtod(str_dup(a, s->text).p, NULL));
    default: return STR_NONE;
    }
}
