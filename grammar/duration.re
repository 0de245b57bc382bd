/* Durations by Go's rules, quirks included: a fraction counts in double precision, digits of it past 2^63 are dropped,
 * and 2^63 nanoseconds exist below zero only. The texts end without a sentinel: re2c's eof rule, guarded peek. */
#include "grammar/duration.h"

/*!re2c
    re2c:api                = custom;
    re2c:api:style          = free-form;
    re2c:eof                = 0;
    re2c:yyfill:enable      = 0;
    re2c:define:YYCTYPE     = "unsigned char";
    re2c:define:YYPEEK      = "cur < lim ? (unsigned char)*cur : 0";
    re2c:define:YYSKIP      = "++cur;";
    re2c:define:YYBACKUP    = "mark = cur;";
    re2c:define:YYRESTORE   = "cur = mark;";
    re2c:define:YYLESSTHAN  = "cur >= lim";
*/

#define LIMIT ((uint64_t)1 << 63) /* the largest magnitude */
#define SECOND ((uint64_t)1000000000)

typedef enum token { T_WHOLE, T_FRACTION, T_UNIT, T_END, T_OTHER } token;

static token next_token(const char **at, const char *lim, uint64_t *unit) {
    const char *cur = *at, *mark;
    /*!re2c
        [0-9]+                  { *at = cur; return T_WHOLE; }
        "." [0-9]*              { *at = cur; return T_FRACTION; }
        "ns"                    { *at = cur; *unit = 1; return T_UNIT; }
        "us"                    { *at = cur; *unit = 1000; return T_UNIT; }
        "\xc2\xb5s"             { *at = cur; *unit = 1000; return T_UNIT; } // with the micro sign
        "\xce\xbcs"             { *at = cur; *unit = 1000; return T_UNIT; } // with the Greek letter mu
        "ms"                    { *at = cur; *unit = 1000000; return T_UNIT; }
        "s"                     { *at = cur; *unit = SECOND; return T_UNIT; }
        "m"                     { *at = cur; *unit = 60 * SECOND; return T_UNIT; }
        "h"                     { *at = cur; *unit = 3600 * SECOND; return T_UNIT; }
        $                       { return T_END; }
        *                       { return T_OTHER; }
    */
}

static bool whole_of(const char *p, const char *end, uint64_t *out) {
    uint64_t x = 0;
    for (; p < end; p++) {
        if (x > LIMIT / 10) return false;
        x = x * 10 + (uint64_t)(*p - '0');
        if (x > LIMIT) return false;
    }
    *out = x;
    return true;
}

/* The digits behind the point as a number and what to divide it by. */
static uint64_t fraction_of(const char *p, const char *end, double *scale) {
    uint64_t x = 0;
    *scale = 1;
    for (; p < end; p++) {
        if (x > (LIMIT - 1) / 10) break;
        uint64_t y = x * 10 + (uint64_t)(*p - '0');
        if (y > LIMIT) break;
        x = y;
        *scale *= 10;
    }
    return x;
}

bool duration_parse(str text, int64_t *nanoseconds) {
    if (text.n == 0) return false;
    const char *p = text.p, *end = text.p + text.n;
    bool negative = *p == '-';
    if (negative || *p == '+') p++;
    if (end - p == 1 && *p == '0') {
        *nanoseconds = 0;
        return true;
    }
    uint64_t total = 0, unit = 0;
    const char *start = p;
    token t = next_token(&p, end, &unit);
    if (t == T_END) return false; /* a sign alone */
    for (; t != T_END; start = p, t = next_token(&p, end, &unit)) {
        uint64_t whole = 0, fraction = 0;
        double scale = 1;
        bool digits = false;
        if (t == T_WHOLE) {
            if (!whole_of(start, p, &whole)) return false;
            digits = true;
            start = p;
            t = next_token(&p, end, &unit);
        }
        if (t == T_FRACTION) {
            fraction = fraction_of(start + 1, p, &scale);
            digits = digits || p - start > 1;
            t = next_token(&p, end, &unit);
        }
        if (!digits || t != T_UNIT || whole > LIMIT / unit) return false;
        whole *= unit;
        if (fraction) whole += (uint64_t)((double)fraction * ((double)unit / scale));
        if (whole > LIMIT) return false;
        total += whole; /* wraps for two components of 2^63, as Go's sum does */
        if (total > LIMIT) return false;
    }
    if (!negative && total == LIMIT) return false;
    *nanoseconds = (int64_t)(negative ? 0 - total : total);
    return true;
}

/* value / 10^places with no zeros at the end. */
static void add_decimal(strbuf *b, uint64_t value, int places) {
    uint64_t scale = 1;
    for (int i = 0; i < places; i++) scale *= 10;
    uint64_t fraction = value % scale;
    strbuf_addf(b, "%llu", (unsigned long long)(value / scale));
    if (fraction == 0) return;
    for (; fraction % 10 == 0; fraction /= 10) places--;
    strbuf_addf(b, ".%0*llu", places, (unsigned long long)fraction);
}

str duration_format(arena *a, int64_t nanoseconds) {
    strbuf b = {.a = a};
    uint64_t u = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
    if (nanoseconds < 0) strbuf_addc(&b, '-');
    if (u == 0) strbuf_add(&b, S("0s"));
    else if (u < 1000) strbuf_addf(&b, "%lluns", (unsigned long long)u);
    else if (u < SECOND) {
        bool micro = u < 1000000;
        add_decimal(&b, u, micro ? 3 : 6);
        strbuf_add(&b, micro ? S("\xc2\xb5s") : S("ms"));
    } else {
        uint64_t minutes = u / (60 * SECOND);
        if (minutes >= 60) strbuf_addf(&b, "%lluh", (unsigned long long)(minutes / 60));
        if (minutes > 0) strbuf_addf(&b, "%llum", (unsigned long long)(minutes % 60));
        add_decimal(&b, u % (60 * SECOND), 9);
        strbuf_addc(&b, 's');
    }
    return strbuf_str(&b);
}
