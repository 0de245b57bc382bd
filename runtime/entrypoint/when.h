#ifndef ENTRYPOINT_WHEN_H
#define ENTRYPOINT_WHEN_H
/* A step's `when` (facts/runtime.md 4.3): in, notin over texts with step results. CEL is refused with a message that
 * says so: an interpreter of it would be larger than the whole entrypoint. */
#include "runtime/entrypoint/json.h"

enum when_answer { WHEN_TRUE, WHEN_FALSE, WHEN_ERROR };

bool when_parse(const char *text, const json **out); /* "" gives NULL: no expressions; false: not the expected JSON */
enum when_answer when_evaluate(const json *expressions);
#endif
