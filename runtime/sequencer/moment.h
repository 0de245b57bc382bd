#ifndef RUNTIME_SEQUENCER_MOMENT_H
#define RUNTIME_SEQUENCER_MOMENT_H
/* Times: nanoseconds since 1970, UTC, and RFC 3339 texts. In: 0 is "no time"; years 1970 to 2262. Pure. */
#include "base/str.h"

enum { MOMENT_SECONDS = 0, MOMENT_NANOSECONDS = 9 };
/* "2026-11-22T13:21:35Z", with so many decimals (0 to 9, cut, not rounded). */
str moment_format(arena *a, int64_t ns, int decimals);
/* Any offset, any number of decimals. False: not such a text. */
bool moment_parse(str text, int64_t *ns);
#endif
