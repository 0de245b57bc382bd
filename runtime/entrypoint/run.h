#ifndef ENTRYPOINT_RUN_H
#define ENTRYPOINT_RUN_H
/* One command from its start to its end: signals forwarded to its process group, streams copied, time limit and
 * cancel file watched.
 *
 * Once the command runs, the entrypoint never leaves before it. Time limit and cancel kill the whole process group
 * (Tekton kills the direct child only, and a grandchild can then hold the step open). */
#include "runtime/entrypoint/events.h"

enum run_how {
    RUN_EXITED,      /* code: exit code */
    RUN_SIGNALLED,   /* code: signal number */
    RUN_NOT_STARTED, /* code: errno, or 0 when the reason was logged */
    RUN_TIMED_OUT,
    RUN_CANCELLED,
    RUN_BROKEN, /* it exited with 0, but its output could not be written to the -stdout_path or -stderr_path file */
};

struct run_end {
    enum run_how how;
    int code;
};

#define CANCEL_FILE "/tekton/downward/cancel" /* with content: end the command */

struct run_plan {
    char **words; /* the command; NULL at the end; none at all: a success without running anything */
    char **environment;
    const char *stdout_path; /* "" for none */
    const char *stderr_path;
    long long timeout_ns; /* 0 for none */
};

struct run_end run_command(struct events *e, const struct run_plan *plan);
const char *environment_get(char **environment, const char *name); /* NULL if not set */
#endif
