#ifndef ENTRYPOINT_SPAWN_H
#define ENTRYPOINT_SPAWN_H
/* Starting the command: found along PATH by Go's rules, in a process group of its own, stdin from /dev/null, the
 * inherited signal mask, and for hermetic steps in namespaces without network (facts/runtime.md 2.3, 2.7). */
#include "runtime/entrypoint/run.h"

struct spawn {
    const struct events *events;
    char **words;
    char **environment;
    const char *path;   /* of the program, found */
    int null;           /* becomes stdin */
    int out, err;       /* become stdout and stderr; -1: inherited */
    volatile int error; /* written by the child, in shared memory, when it failed to become the command */
};

int spawn_command(struct spawn *s); /* the pid, or a negative errno that says why nothing was started */
#endif
