#include "grammar/cron.h"
#include "tests/unit/unit.h"

static void good_ones(void **state) {
    (void)state;
    arena *a = arena_new();
    static const char *const texts[] = {
        "0 6,18 * * *",   "* * * * *",        "*/5 0-6/2 1,15 1-6 1-5", "0 0 1 JAN mon", "5/15 * ? * ?", " 0  0 * *\t* ", "59 23 31 12 6", "0 0 * * SUN-SAT",
        "@yearly",        "@annually",        "@monthly",               "@weekly",       "@daily",       "@midnight",      "@hourly",       "@every 1h30m",
        "0 0 1,2,3 * *",  "?/10 * * * *",     "00 06 * * *",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cron_problem p = {0};
        if (!cron_check(a, str_z(texts[i]), &p)) fail_msg("%s: %.*s", texts[i], STR_ARG(p.text));
    }
    arena_free(a);
}

static void bad_ones(void **state) {
    (void)state;
    arena *a = arena_new();
    static const struct { const char *text, *where, *why; } cases[] = {
        {"", "", "the minute is missing: five fields are needed: minute, hour, day of month, month, day of week"},
        {"0 6 * *", "0 6 * *", "the day of week is missing: five fields are needed: minute, hour, day of month, month, day of week"},
        {"0 0 6 * * *", "*", "there are more than the five fields minute, hour, day of month, month, day of week"},
        {"60 * * * *", "60", "60 is no minute: 0 to 59 are"},
        {"* 24 * * *", "24", "24 is no hour: 0 to 23 are"},
        {"* * 0 * *", "0", "0 is no day of month: 1 to 31 are"},
        {"* * * 13 *", "13", "13 is no month: 1 to 12 are"},
        {"* * * * 7", "7", "7 is no day of week: Sunday is 0, and 0 to 6 are"},
        {"* * * jum *", "jum", "\"jum\" is no month"},
        {"* mon * * *", "mon", "\"mon\" is no hour"},
        {"1,,2 * * * *", ",", "a number is missing in the minute"},
        {"5-1 * * * *", "5-1", "the range 5-1 goes backwards"},
        {"*/0 * * * *", "/0", "a step is a number above 0, not \"0\""},
        {"*/x * * * *", "/x", "a step is a number above 0, not \"x\""},
        {"*-5 * * * *", "*", "\"*\" is no minute"},
        {"99999999999999999999 * * * *", "99999999999999999999", "99999999999999999999 is no minute: 0 to 59 are"},
        {"@often", "@often", "there is no @often; there are @yearly, @monthly, @weekly, @daily, @hourly and @every 1h"},
        {"@every day", "day", "\"day\" is no duration like 1h30m"},
        {"TZ=Europe/Rome 0 0 * * *", "TZ=Europe/Rome", "a time zone can't stand here"},
        {"CRON_TZ=UTC 0 0 * * *", "CRON_TZ=UTC", "a time zone can't stand here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cron_problem p = {0};
        assert_false(cron_check(a, str_z(cases[i].text), &p));
        assert_text(p.text, cases[i].why);
        assert_text(str_cut(str_z(cases[i].text), p.at, p.end), cases[i].where);
    }
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(good_ones), cmocka_unit_test(bad_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
