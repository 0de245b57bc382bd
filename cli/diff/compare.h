#ifndef CLI_DIFF_COMPARE_H
#define CLI_DIFF_COMPARE_H
/* Two sides to a report: which runs belong together, which tasks, and what differs in them.
 *
 * Runs belong together by their name; what is left by the Pipeline that they run, where that is clear; a generated name
 * changes with its run. Tasks belong together by their name. */
#include "cli/diff/report.h"
#include "cli/diff/side.h"

void compare_sides(arena *a, const side *old, const side *new, report *out);
#endif
