#ifndef CLI_CHILD_H
#define CLI_CHILD_H
/* Another program, run to its end.
 *
 * In: its words, looked up in $PATH; a descriptor for its standard input, or -1 for none. Out: its exit code (128 and the
 * signal's number when one ended it; CHILD_NOT_THERE when it can't be started), what it wrote, in the arena. */
#include "base/str.h"

enum { CHILD_NOT_THERE = -1 };

typedef struct child {
    int code;
    str out, err;
} child;

child child_run(arena *a, const char *const *argv, int input);
#endif
