/* Quantities. The number is exact throughout: digits are read into nano-units with 128 bits, what is finer rounds away
 * from zero, as apimachinery does. The texts end without a sentinel: re2c's eof rule, guarded peek. */
#include "grammar/quantity.h"

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

typedef unsigned __int128 u128;
#define GIGA ((u128)1000000000)             /* nano-units of one */
#define MOST (GIGA * GIGA * GIGA * GIGA * 100) /* 10^38 nano-units: where values stop growing */
#define BINARY_MOST ((u128)INT64_MAX * GIGA)

/* A quantity's text, taken apart. */
typedef struct parts {
    bool negative, any_digit;
    str whole, fraction; /* digits; whole without zeros in front */
    quantity_family family;
    int32_t exponent;    /* of ten, or of two */
} parts;

static const char *skip_digits(const char *cur, const char *lim) {
    while (cur < lim && *cur >= '0' && *cur <= '9') cur++;
    return cur;
}

/* The exponent behind "e": apimachinery reads 64 bits, refuses more, and keeps the lower 32. */
static bool exponent_of(const char *cur, const char *lim, int32_t *out) {
    bool negative = *cur == '-';
    if (negative || *cur == '+') cur++;
    uint64_t x = 0, most = (uint64_t)INT64_MAX + negative;
    for (; cur < lim; cur++) {
        uint64_t digit = (uint64_t)(*cur - '0');
        if (x > (most - digit) / 10) return false;
        x = x * 10 + digit;
    }
    *out = (int32_t)(uint32_t)(negative ? 0 - x : x);
    return true;
}

static bool suffix_is(parts *out, quantity_family family, int32_t exponent, bool at_end) {
    out->family = family;
    out->exponent = exponent;
    return at_end;
}

static bool suffix_of(const char *cur, const char *lim, parts *out) {
    const char *mark, *start = cur;
#define DECIMAL(e) return suffix_is(out, QUANTITY_DECIMAL_SI, e, cur == lim)
#define BINARY(e) return suffix_is(out, QUANTITY_BINARY_SI, e, cur == lim)
    /*!re2c
        "n"  { DECIMAL(-9); }
        "u"  { DECIMAL(-6); }
        "m"  { DECIMAL(-3); }
        "k"  { DECIMAL(3); }
        "M"  { DECIMAL(6); }
        "G"  { DECIMAL(9); }
        "T"  { DECIMAL(12); }
        "P"  { DECIMAL(15); }
        "E"  { DECIMAL(18); }
        "Ki" { BINARY(10); }
        "Mi" { BINARY(20); }
        "Gi" { BINARY(30); }
        "Ti" { BINARY(40); }
        "Pi" { BINARY(50); }
        "Ei" { BINARY(60); }
        [eE] [+-]? [0-9]+ {
            out->family = QUANTITY_DECIMAL_EXPONENT;
            return cur == lim && exponent_of(start + 1, cur, &out->exponent);
        }
        $    { DECIMAL(0); }
        *    { return false; }
    */
#undef DECIMAL
#undef BINARY
}

static bool take_apart(str text, parts *out) {
    if (text.n == 0) return false;
    const char *p = text.p, *end = text.p + text.n;
    out->negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    const char *digits = p;
    p = skip_digits(p, end);
    out->any_digit = p > digits;
    while (digits < p && *digits == '0') digits++;
    out->whole = (str){digits, (uint32_t)(p - digits)};
    if (p < end && *p == '.') p++;
    else digits = NULL;
    const char *fraction = p;
    if (digits) p = skip_digits(p, end);
    out->fraction = (str){fraction, (uint32_t)(p - fraction)};
    out->any_digit = out->any_digit || out->fraction.n > 0;
    return suffix_of(p, end, out);
}

/* Whether apimachinery works on this one in 64 bits. Only then does it take a number without any digit ("Ki" is 0), and
 * only then does it keep a text that looks canonical to it. */
static bool is_quick(const parts *q) {
    int64_t whole_n = q->whole.n ? q->whole.n : 1;
    if (q->family == QUANTITY_BINARY_SI) return q->fraction.n == 0 && whole_n + q->exponent * 3 / 10 <= 14;
    return whole_n + q->fraction.n <= 18 && (int64_t)q->exponent - q->fraction.n >= -9;
}

static u128 append_digit(u128 x, char digit) { return x < MOST / 10 ? x * 10 + (uint64_t)(digit - '0') : MOST; }

/* whole.fraction × 10^exponent in nano-units. */
static u128 decimal_nano(const parts *q) {
    int64_t left = (int64_t)q->whole.n + q->exponent + 9; /* digits in front of the point of the nano-units */
    u128 x = 0;
    bool rest = false; /* something finer than a nano-unit was there */
    if (left < 0) left = 0;
    uint64_t all = (uint64_t)q->whole.n + q->fraction.n;
    for (uint64_t i = 0; i < all; i++) {
        char c = i < q->whole.n ? q->whole.p[i] : q->fraction.p[i - q->whole.n];
        if (left == 0) {
            rest = rest || c != '0';
            continue;
        }
        x = append_digit(x, c);
        left--;
    }
    for (; left > 0 && x > 0 && x < MOST; left--) x = append_digit(x, '0');
    return rest && x < MOST ? x + 1 : x;
}

/* whole.fraction × 2^exponent in nano-units, at most 2^63 - 1 units. The fraction is worked off from its last digit:
 * rounding up after each digit yields the same as rounding up once, ceil((d + ceil(y)) / 10) = ceil((d + y) / 10). */
static u128 binary_nano(const parts *q) {
    u128 unit = GIGA << q->exponent, whole = 0, part = 0;
    for (uint32_t i = 0; i < q->whole.n; i++) {
        whole = whole * 10 + (uint64_t)(q->whole.p[i] - '0');
        if (whole > (u128)INT64_MAX >> q->exponent) return BINARY_MOST;
    }
    for (uint32_t i = q->fraction.n; i > 0; i--) part = (unit * (uint64_t)(q->fraction.p[i - 1] - '0') + part + 9) / 10;
    u128 x = whole * unit + part;
    return x > BINARY_MOST ? BINARY_MOST : x;
}

static bool evaluate(const parts *q, quantity *out) {
    if (!q->any_digit && !is_quick(q)) return false;
    bool binary = q->family == QUANTITY_BINARY_SI;
    u128 x = binary ? binary_nano(q) : decimal_nano(q);
    out->family = binary && x > 0 && x < GIGA ? QUANTITY_DECIMAL_SI : q->family; /* as apimachinery, below one */
    out->nano = q->negative ? -(__int128)x : (__int128)x;
    return true;
}

bool quantity_parse(str text, quantity *out) {
    parts q;
    return take_apart(text, &q) && evaluate(&q, out);
}

static u128 magnitude(quantity q) { return q.nano < 0 ? 0 - (u128)q.nano : (u128)q.nano; }

str quantity_format(arena *a, quantity q) {
    static const char decimal[][2] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
    static const char binary[][3] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    u128 x = magnitude(q);
    char digits[48], *p = digits + sizeof digits;
    const char *suffix;
    int exponent = 0;
    if (x == 0) return S("0");
    if (q.family == QUANTITY_BINARY_SI && x >= 1024 * GIGA && x % GIGA == 0) {
        for (x /= GIGA; x % 1024 == 0 && exponent < 6; x /= 1024) exponent++;
        suffix = binary[exponent];
    } else {
        int most = q.family == QUANTITY_DECIMAL_EXPONENT ? 15 : 9; /* thousands from nano up; letters end at E */
        for (; x % 1000 == 0 && exponent < most; x /= 1000) exponent++;
        suffix = exponent < 10 ? decimal[exponent] : "";
        exponent = (exponent - 3) * 3;
    }
    for (; x > 0; x /= 10) *--p = (char)('0' + (int)(x % 10));
    if (q.nano < 0) *--p = '-';
    int n = (int)(digits + sizeof digits - p);
    if (q.family == QUANTITY_DECIMAL_EXPONENT)
        return exponent ? str_fmt(a, "%.*se%d", n, p, exponent) : str_fmt(a, "%.*s", n, p);
    return str_fmt(a, "%.*s%s", n, p, suffix);
}

str quantity_reprint(arena *a, str text) {
    parts q;
    quantity value;
    if (!take_apart(text, &q) || !evaluate(&q, &value)) return STR_NONE;
    if (is_quick(&q) && (q.whole.n || q.fraction.n)) {
        if (q.family == QUANTITY_BINARY_SI) {
            if (value.nano / (__int128)(GIGA << q.exponent) % 8 != 0) return text;
        } else {
            str tail = q.fraction;
            uint32_t zeros = 0; /* at the end of all digits, counted to three */
            while (zeros < 3 && zeros < tail.n && tail.p[tail.n - 1 - zeros] == '0') zeros++;
            if (zeros == tail.n && zeros < 3)
                for (uint32_t i = q.whole.n; i > 0 && zeros < 3 && q.whole.p[i - 1] == '0'; i--) zeros++;
            if (q.whole.n && zeros < 3 && (q.exponent - (int64_t)q.fraction.n) % 3 == 0) return text;
        }
    }
    return quantity_format(a, value);
}

int quantity_cmp(quantity x, quantity y) { return (x.nano > y.nano) - (x.nano < y.nano); }

static int64_t in_units(quantity q, u128 unit) {
    u128 x = (magnitude(q) + unit - 1) / unit;
    if (x > (u128)INT64_MAX) return q.nano < 0 ? INT64_MIN : INT64_MAX;
    return q.nano < 0 ? -(int64_t)x : (int64_t)x;
}

int64_t quantity_value(quantity q) { return in_units(q, GIGA); }
int64_t quantity_milli_value(quantity q) { return in_units(q, GIGA / 1000); }

quantity quantity_of(int64_t value, quantity_family family) { return (quantity){value * (__int128)GIGA, family}; }
quantity quantity_of_milli(int64_t milli, quantity_family family) {
    return (quantity){milli * (__int128)(GIGA / 1000), family};
}
