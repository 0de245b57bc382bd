/* Timestamps and durations, by the rules of Go's package time, which cel-go uses. */
#include "grammar/cel_tree.h"

enum { DAY = 24 * 60 * 60, BILLION = 1000000000 };

bool cel_time_ok(int64_t seconds) { return seconds >= -62135596800 && seconds <= 253402300799; }

/* --- the calendar: years of 400 repeat, and begin in March so that the leap day comes last ----------------------- */

static int64_t floor_div(int64_t x, int64_t y) { return x / y - (x % y < 0); }

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int days_in(int64_t year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static int64_t day_number(int64_t year, int month, int day) { /* since 1970-01-01 */
    int64_t march_year = month > 2 ? year : year - 1, era = floor_div(march_year, 400), in_era = march_year - era * 400;
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

typedef struct date {
    int64_t year;
    int month, day;
} date;

static date date_of(int64_t number) {
    int64_t n = number + 719468, era = floor_div(n, 146097), in_era = n - era * 146097;
    int64_t years = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int in_year = (int)(in_era - (years * 365 + years / 4 - years / 100)), from_march = (5 * in_year + 2) / 153;
    int month = from_march < 10 ? from_march + 3 : from_march - 9;
    return (date){years + era * 400 + (month <= 2), month, in_year - (153 * from_march + 2) / 5 + 1};
}

/* --- reading and writing -------------------------------------------------------------------------------------- */

static bool is_digit(str s, uint32_t i) { return i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; }

static bool number(str s, uint32_t *i, uint32_t least, uint32_t most, int *out) {
    uint32_t n = 0;
    for (*out = 0; n < most && is_digit(s, *i); n++) *out = *out * 10 + (s.p[(*i)++] - '0');
    return n >= least;
}

static bool literal(str s, uint32_t *i, char c) { return *i < s.n && s.p[*i] == c ? ++*i, true : false; }

static int32_t fraction(str s, uint32_t *i) {
    if (!(*i < s.n && (s.p[*i] == '.' || s.p[*i] == ',') && is_digit(s, *i + 1))) return 0;
    int32_t nanos = 0, unit = BILLION / 10;
    for (++*i; is_digit(s, *i); ++*i, unit /= 10) nanos += (s.p[*i] - '0') * unit;
    return nanos;
}

/* Go takes an hour of one digit, a comma, and offsets up to 24:60. */
bool cel_read_time(str s, cel_time *out) {
    int year, month, day, hour, minute, second, zone_hour = 0, zone_minute = 0;
    uint32_t i = 0;
    if (!number(s, &i, 4, 4, &year) || !literal(s, &i, '-') || !number(s, &i, 2, 2, &month) || !literal(s, &i, '-') ||
        !number(s, &i, 2, 2, &day) || !literal(s, &i, 'T') || !number(s, &i, 1, 2, &hour) || !literal(s, &i, ':') ||
        !number(s, &i, 2, 2, &minute) || !literal(s, &i, ':') || !number(s, &i, 2, 2, &second))
        return false;
    int32_t nanos = fraction(s, &i);
    bool west = i < s.n && s.p[i] == '-';
    if (!literal(s, &i, 'Z')) {
        if (!west && !(i < s.n && s.p[i] == '+')) return false;
        i++;
        if (!number(s, &i, 2, 2, &zone_hour) || !literal(s, &i, ':') || !number(s, &i, 2, 2, &zone_minute))
            return false;
    }
    if (i != s.n || month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 ||
        second > 59 || zone_hour > 24 || zone_minute > 60)
        return false;
    int32_t offset = (zone_hour * 60 + zone_minute) * 60;
    if (west) offset = -offset;
    *out = (cel_time){day_number(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset, nanos, offset};
    return true;
}

str cel_write_time(arena *a, cel_time t) {
    int64_t local = t.seconds + t.offset, days = floor_div(local, DAY);
    int in_day = (int)(local - days * DAY), minutes = t.offset / 60;
    date d = date_of(days);
    strbuf b = {.a = a};
    strbuf_addf(&b, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)d.year, d.month, d.day, in_day / 3600,
                in_day / 60 % 60, in_day % 60);
    if (t.nanos) {
        int digits = 9, nanos = t.nanos;
        for (; nanos % 10 == 0; nanos /= 10) digits--;
        strbuf_addf(&b, ".%0*d", digits, nanos);
    }
    if (!t.offset)
        strbuf_addc(&b, 'Z');
    else
        strbuf_addf(&b, "%c%02d:%02d", minutes < 0 ? '-' : '+', (minutes < 0 ? -minutes : minutes) / 60,
                    (minutes < 0 ? -minutes : minutes) % 60);
    return strbuf_str(&b);
}

/* "UTC", or hours and minutes with a colon between; names of zones need a database. */
cel_zone cel_read_zone(str s, int64_t *offset) {
    int64_t hours, minutes;
    const char *colon = s.n ? memchr(s.p, ':', s.n) : NULL;
    *offset = 0;
    if (!colon) return !s.n || str_eq(s, S("UTC")) ? ZONE_OK : ZONE_NAMED;
    uint32_t at = (uint32_t)(colon - s.p);
    if (!cel_read_int(str_cut(s, 0, at), &hours) || !cel_read_int(str_from(s, at + 1), &minutes)) return ZONE_BAD;
    if (hours < -1000000 || hours > 1000000 || minutes < -1000000 || minutes > 1000000) return ZONE_BAD;
    *offset = (s.p[0] == '-' ? hours * 60 - minutes : hours * 60 + minutes) * 60;
    return ZONE_OK;
}

/* --- arithmetic ----------------------------------------------------------------------------------------------- */

bool cel_time_add(cel_time t, int64_t nanos, bool minus, cel_time *out) {
    if (minus && __builtin_sub_overflow((int64_t)0, nanos, &nanos)) return false;
    int64_t sum = t.nanos + nanos % BILLION, carry = floor_div(sum, BILLION);
    *out = (cel_time){t.seconds + nanos / BILLION + carry, (int32_t)(sum - carry * BILLION), t.offset};
    return cel_time_ok(out->seconds);
}

bool cel_time_between(cel_time x, cel_time y, int64_t *nanos) {
    int64_t whole;
    return !__builtin_mul_overflow(x.seconds - y.seconds, (int64_t)BILLION, &whole) &&
           !__builtin_add_overflow(whole, (int64_t)x.nanos - y.nanos, nanos);
}

int64_t cel_time_part(cel_time t, int64_t offset, cel_function part) {
    int64_t local = t.seconds + offset, days = floor_div(local, DAY), in_day = local - days * DAY;
    date d = date_of(days);
    switch (part) {
    case CEL_F_FULL_YEAR: return d.year;
    case CEL_F_MONTH: return d.month - 1;
    case CEL_F_DAY_OF_YEAR: return days - day_number(d.year, 1, 1);
    case CEL_F_DAY_OF_MONTH: return d.day - 1;
    case CEL_F_DATE: return d.day;
    case CEL_F_DAY_OF_WEEK: return (days % 7 + 11) % 7; /* 1970 began on a Thursday, weeks begin on Sunday */
    case CEL_F_HOURS: return in_day / 3600;
    case CEL_F_MINUTES: return in_day / 60 % 60;
    case CEL_F_SECONDS: return in_day % 60;
    default: return t.nanos / 1000000;
    }
}

/* Hours, minutes and seconds as Go has them: through a floating-point number, which may round up. */
int64_t cel_duration_part(int64_t nanos, cel_function part) {
    int64_t unit = part == CEL_F_HOURS     ? (int64_t)3600 * BILLION
                   : part == CEL_F_MINUTES ? (int64_t)60 * BILLION
                                           : BILLION;
    if (part == CEL_F_MILLISECONDS) return nanos / 1000000;
    return (int64_t)((double)(nanos / unit) + (double)(nanos % unit) / (double)unit);
}

str cel_duration_seconds(arena *a, int64_t nanos) {
    double seconds = (double)(nanos / BILLION) + (double)(nanos % BILLION) / 1e9;
    return str_cat(a, cel_write_double(a, seconds, 'f'), S("s"));
}
