/* Numbers in texts, by the rules of Go's strconv, which cel-go uses. */
#include "grammar/cel_tree.h"
#include <stdio.h>
#include <stdlib.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool cel_read_uint(str s, uint64_t *out) {
    uint64_t x = 0;
    for (uint32_t i = 0; i < s.n; i++) {
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (!is_digit(s.p[i]) || x > (UINT64_MAX - digit) / 10) return false;
        x = x * 10 + digit;
    }
    *out = x;
    return s.n > 0;
}

bool cel_read_int(str s, int64_t *out) {
    bool negative = s.n && s.p[0] == '-';
    uint64_t x;
    if (s.n && (negative || s.p[0] == '+')) s = str_from(s, 1);
    if (!cel_read_uint(s, &x) || x > (uint64_t)INT64_MAX + negative) return false;
    *out = (int64_t)(negative ? -x : x);
    return true;
}

/* Digits with underscores between them; at least one digit. */
static uint32_t digits(str s, uint32_t i, bool hex, uint32_t *count) {
    for (; i < s.n; i++) {
        char lower = (char)(s.p[i] | 0x20);
        if (is_digit(s.p[i]) || (hex && lower >= 'a' && lower <= 'f'))
            ++*count;
        else if (s.p[i] != '_')
            break;
    }
    return i;
}

/* An underscore stands between two digits, or between 0x and a digit. */
static bool underscores_ok(str s, bool hex) {
    char before = hex ? '0' : 0;
    for (uint32_t i = hex ? 2 : 0; i < s.n; i++) {
        char lower = (char)(s.p[i] | 0x20);
        bool digit = is_digit(s.p[i]) || (hex && lower >= 'a' && lower <= 'f');
        if (s.p[i] == '_' ? before != '0' : !digit && before == '_') return false;
        before = digit ? '0' : s.p[i];
    }
    return before != '_';
}

static bool special(str s, bool negative, bool signed_, double *out) {
    if (str_eq_fold(s, S("nan")) && !signed_)
        *out = __builtin_nan("");
    else if (str_eq_fold(s, S("inf")) || str_eq_fold(s, S("infinity")))
        *out = negative ? -__builtin_inf() : __builtin_inf();
    else
        return false;
    return true;
}

/* The form is checked here; what strtod() would take beside it never reaches it. */
bool cel_read_double(arena *a, str s, double *out) {
    bool signed_ = s.n && (s.p[0] == '-' || s.p[0] == '+'), negative = signed_ && s.p[0] == '-';
    if (signed_) s = str_from(s, 1);
    if (special(s, negative, signed_, out)) return true;
    bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x';
    uint32_t count = 0, powers = 0, i = digits(s, hex ? 2 : 0, hex, &count);
    if (i < s.n && s.p[i] == '.') i = digits(s, i + 1, hex, &count);
    if (!count) return false;
    if (i < s.n && (s.p[i] | 0x20) == (hex ? 'p' : 'e')) {
        i++;
        if (i < s.n && (s.p[i] == '-' || s.p[i] == '+')) i++;
        i = digits(s, i, false, &powers);
        if (!powers) return false;
    } else if (hex) {
        return false;
    }
    if (i != s.n) return false;
    if (memchr(s.p, '_', s.n) && !underscores_ok(s, hex)) return false;
    char *plain = arena_alloc(a, s.n + 1), *p = plain;
    for (i = 0; i < s.n; i++)
        if (s.p[i] != '_') *p++ = s.p[i];
    double d = strtod(plain, NULL);
    *out = negative ? -d : d;
    return d - d == 0; /* not infinite */
}

/* The fewest digits that read back as the same number: "d.ddde±x". */
static int shortest(double d, char *out, size_t size) {
    int precision = 0;
    do snprintf(out, size, "%.*e", precision, d);
    while (strtod(out, NULL) != d && ++precision < 17);
    return precision;
}

str cel_write_double(arena *a, double d, char form) {
    if (d != d) return S("NaN");
    if (d - d != 0)
        return d > 0 ? (form == 'g' ? S("+Inf") : S("Infinity")) : (form == 'g' ? S("-Inf") : S("-Infinity"));
    char e[40];
    int precision = shortest(d, e, sizeof e);
    int exponent = (int)strtol(strchr(e, 'e') + 1, NULL, 10);
    if (form == 'g' && (exponent < -4 || exponent >= 6)) return str_dup(a, str_z(e));
    if (exponent < precision) return str_fmt(a, "%.*f", precision - exponent, d);
    strbuf b = {.a = a}; /* zeros behind the shortest digits, not the digits that the binary value has there */
    for (const char *p = e; *p != 'e'; p++)
        if (*p != '.') strbuf_addc(&b, *p);
    for (int i = precision; i < exponent; i++) strbuf_addc(&b, '0');
    return strbuf_str(&b);
}
