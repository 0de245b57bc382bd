#ifndef ENTRYPOINT_SUBCOMMAND_H
#define ENTRYPOINT_SUBCOMMAND_H
/* What the program does instead of a step: init, cp, decode-script, step-init (facts/runtime.md 1.3), and the links of
 * step-init for Pods without init containers. */
#include "runtime/entrypoint/mem.h"

/* Words end with a NULL. False if they are no subcommand; else it ran, and *exit_code says how it ended. */
bool subcommand_run(char **words_, int count, int *exit_code);

/* Makes /tekton/steps and two links for each name, STEP and its index. A link that exists is fine. 0 or errno. */
int subcommand_link_steps(char **names);
#endif
