#ifndef CLI_LIVE_TEXT_H
#define CLI_LIVE_TEXT_H
/* Texts for people. In: values. Out: texts in the arena. */
#include "base/str.h"

/* "0.4s", "12s", "3m12s", "1h05m"; nanoseconds. */
str text_duration(arena *a, int64_t ns);
/* At most `width` characters, with … at the end where it was longer; control characters left out. */
str text_fit(arena *a, str text, uint32_t width);
#endif
