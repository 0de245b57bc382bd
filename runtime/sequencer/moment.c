#include "runtime/sequencer/moment.h"

#define SECOND 1000000000LL

/* The Gregorian calendar counted from 1 March of year 0, so that the leap day is a year's last. */
static int64_t days_of(int64_t y, int64_t m, int64_t d) {
    y -= m <= 2;
    int64_t century_of = y / 100, yday = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return 365 * y + y / 4 - century_of + century_of / 4 + yday - 719468;
}

static void date_of(int64_t days, int64_t *y, int64_t *m, int64_t *d) {
    int64_t z = days + 719468, era = z / 146097, in_era = z - era * 146097;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t yday = in_era - (365 * year + year / 4 - year / 100), month = (5 * yday + 2) / 153;
    *d = yday - (153 * month + 2) / 5 + 1;
    *m = month < 10 ? month + 3 : month - 9;
    *y = year + era * 400 + (*m <= 2);
}

str moment_format(arena *a, int64_t ns, int decimals) {
    int64_t seconds = ns / SECOND, days = seconds / 86400, rest = seconds % 86400, y, m, d;
    date_of(days, &y, &m, &d);
    char fraction[11] = "";
    if (decimals > 0) {
        fraction[0] = '.';
        int64_t part = ns % SECOND;
        for (int i = 9; i > 0; i--, part /= 10) fraction[i] = (char)('0' + part % 10);
        fraction[decimals + 1] = 0;
    }
    return str_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", (int)y, (int)m, (int)d, (int)(rest / 3600),
                   (int)(rest / 60 % 60), (int)(rest % 60), fraction);
}

/* `digits` digits at *p, then the character `after` (0: none). */
static bool number(const char **p, const char *end, int digits, char after, int64_t *out) {
    *out = 0;
    for (int i = 0; i < digits; i++, (*p)++) {
        if (*p == end || **p < '0' || **p > '9') return false;
        *out = *out * 10 + (**p - '0');
    }
    return !after || (*p < end && *(*p)++ == after);
}

static bool offset_of(const char **p, const char *end, int64_t *seconds) {
    *seconds = 0;
    if (*p == end) return false;
    char sign = *(*p)++;
    if (sign == 'Z' || sign == 'z') return true;
    int64_t h, m;
    if ((sign != '+' && sign != '-') || !number(p, end, 2, ':', &h) || !number(p, end, 2, 0, &m)) return false;
    *seconds = (h * 60 + m) * 60 * (sign == '-' ? -1 : 1);
    return true;
}

bool moment_parse(str text, int64_t *ns) {
    const char *p = text.p, *end = text.p + text.n;
    int64_t y, mo, d, h, mi, s, fraction = 0, offset;
    if (!number(&p, end, 4, '-', &y) || !number(&p, end, 2, '-', &mo) || !number(&p, end, 2, 0, &d)) return false;
    if (p == end || (*p != 'T' && *p != 't')) return false;
    p++;
    if (!number(&p, end, 2, ':', &h) || !number(&p, end, 2, ':', &mi) || !number(&p, end, 2, 0, &s)) return false;
    if (p < end && *p == '.') {
        int64_t unit = SECOND / 10;
        for (p++; p < end && *p >= '0' && *p <= '9'; p++, unit /= 10) fraction += (*p - '0') * unit;
    }
    if (!offset_of(&p, end, &offset) || p != end || mo < 1 || mo > 12 || d < 1 || d > 31 || y < 1970 || y > 2261)
        return false;
    *ns = (((days_of(y, mo, d) * 24 + h) * 60 + mi) * 60 + s - offset) * SECOND + fraction;
    return true;
}
