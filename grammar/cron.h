#ifndef GRAMMAR_CRON_H
#define GRAMMAR_CRON_H
/* Schedules of a CronJob: five fields (minute, hour, day of month, month, day of week), or @daily and the like.
 *
 * In: text. Out: whether Kubernetes takes it; if not, which bytes are wrong and one sentence that says why, in the arena.
 * Source of the rules: what the CronJob's documentation says, and what an API server answers (its parser takes `?` for `*`,
 * `5/15` for `5-59/15`, names of months and days, no 7 for Sunday, no time zone). */
#include "base/str.h"

typedef struct cron_problem {
    uint32_t at, end; /* bytes [at, end) of the text */
    str text;
} cron_problem;

bool cron_check(arena *a, str text, cron_problem *problem);
#endif
