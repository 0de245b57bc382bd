#ifndef GRAMMAR_DURATION_H
#define GRAMMAR_DURATION_H
/* Go durations: "1h30m", "1.5h", "300ms", "-1s", "0".
 * In: text. Out: nanoseconds; false for what Go's time.ParseDuration refuses (no unit, unknown unit, out of range).
 * Back: Go's canonical form (Duration.String: "1h30m0s", "1.5s", "0s"). */
#include "base/str.h"
bool duration_parse(str text, int64_t *nanoseconds);
str duration_format(arena *a, int64_t nanoseconds);
#endif
