#include "grammar/cron.h"
#include "grammar/duration.h"

typedef struct cron_field {
    const char *name;
    uint32_t low, high;
    const char *names; /* of three letters each, the first one stands for `low` */
} cron_field;

enum { FIELDS = 5 };
static const cron_field fields[FIELDS] = {
    {"minute", 0, 59, NULL},
    {"hour", 0, 23, NULL},
    {"day of month", 1, 31, NULL},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of week", 0, 6, "sunmontuewedthufrisat"},
};

static const char *const macros[] = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"};

typedef struct cron {
    arena *a;
    str text;
    cron_problem *problem;
} cron;

#define FAIL(c, from, to, ...) (*(c)->problem = (cron_problem){(from), (to), str_fmt((c)->a, __VA_ARGS__)}, false)

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* A number or name in [at, end). */
static bool value(cron *c, const cron_field *f, uint32_t at, uint32_t end, uint32_t *out) {
    str word = str_cut(c->text, at, end);
    bool digits = word.n > 0;
    for (uint32_t i = 0; i < word.n; i++) digits = digits && is_digit(word.p[i]);
    if (!digits && f->names && word.n == 3)
        for (uint32_t i = 0; f->names[i]; i += 3)
            if (str_eq_fold(word, (str){f->names + i, 3})) return *out = f->low + i / 3, true;
    if (!digits && !word.n) return FAIL(c, at, end + (end < c->text.n), "a number is missing in the %s", f->name);
    if (!digits) return FAIL(c, at, end, "\"%.*s\" is no %s", STR_ARG(word), f->name);
    uint64_t n = 0;
    for (uint32_t i = 0; i < word.n && n < UINT32_MAX; i++) n = n * 10 + (uint64_t)(word.p[i] - '0');
    if (n >= f->low && n <= f->high) return *out = (uint32_t)n, true;
    bool sunday = f == &fields[4] && n == 7;
    return FAIL(c, at, end, "%.*s is no %s: %s%u to %u are", STR_ARG(word), f->name, sunday ? "Sunday is 0, and " : "", f->low, f->high);
}

static uint32_t find(const cron *c, uint32_t from, uint32_t end, char wanted) {
    while (from < end && c->text.p[from] != wanted) from++;
    return from;
}

/* *, ?, 5, 5-10, each with /STEP behind. */
static bool item(cron *c, const cron_field *f, uint32_t at, uint32_t end) {
    uint32_t slash = find(c, at, end, '/'), dash = find(c, at, slash, '-'), first, last, step = 0;
    bool star = slash == at + 1 && (c->text.p[at] == '*' || c->text.p[at] == '?');
    if (!star) {
        if (!value(c, f, at, dash, &first)) return false;
        if (dash < slash && !value(c, f, dash + 1, slash, &last)) return false;
        if (dash < slash && last < first) return FAIL(c, at, slash, "the range %.*s goes backwards", STR_ARG(str_cut(c->text, at, slash)));
    }
    if (slash == end) return true;
    bool digits = slash + 1 < end && end - slash < 8;
    for (uint32_t i = slash + 1; i < end; i++) {
        digits = digits && is_digit(c->text.p[i]);
        step = digits ? step * 10 + (uint32_t)(c->text.p[i] - '0') : 0;
    }
    if (step) return true;
    return FAIL(c, slash, end, "a step is a number above 0, not \"%.*s\"", STR_ARG(str_cut(c->text, slash + 1, end)));
}

static bool field(cron *c, const cron_field *f, uint32_t at, uint32_t end) {
    for (;;) {
        uint32_t comma = find(c, at, end, ',');
        if (!item(c, f, at, comma)) return false;
        if (comma == end) return true;
        at = comma + 1;
    }
}

static bool macro(cron *c, uint32_t at) {
    str word = str_from(c->text, at);
    int64_t every;
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
        if (str_eq(word, str_z(macros[i]))) return true;
    if (str_starts(word, S("@every "))) {
        if (duration_parse(str_from(word, 7), &every) && every > 0) return true;
        return FAIL(c, at + 7, c->text.n, "\"%.*s\" is no duration like 1h30m", STR_ARG(str_from(word, 7)));
    }
    return FAIL(c, at, c->text.n, "there is no %.*s; there are @yearly, @monthly, @weekly, @daily, @hourly and @every 1h", STR_ARG(word));
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool cron_check(arena *a, str text, cron_problem *problem) {
    cron c = {a, text, problem};
    uint32_t from[FIELDS + 1], to[FIELDS + 1], n = 0;
    if (text.n && text.p[0] == '@') return macro(&c, 0);
    if (str_starts(text, S("TZ=")) || str_starts(text, S("CRON_TZ=")))
        return FAIL(&c, 0, find(&c, 0, text.n, ' '), "a time zone can't stand here");
    for (uint32_t i = 0; i < text.n;) {
        if (is_blank(text.p[i])) {
            i++;
            continue;
        }
        uint32_t end = i;
        while (end < text.n && !is_blank(text.p[end])) end++;
        if (n == FIELDS) return FAIL(&c, i, text.n, "there are more than the five fields minute, hour, day of month, month, day of week");
        from[n] = i;
        to[n++] = end;
        i = end;
    }
    if (n < FIELDS)
        return FAIL(&c, 0, text.n, "the %s is missing: five fields are needed: minute, hour, day of month, month, day of week", fields[n].name);
    for (uint32_t i = 0; i < FIELDS; i++)
        if (!field(&c, &fields[i], from[i], to[i])) return false;
    return true;
}
