#ifndef CLI_SEVERITY_H
#define CLI_SEVERITY_H
/* Severities as the command line and the settings want them: the table's own, without the warnings for
 * --profile=tekton, then RULE=SEVERITY in their order.
 *
 * Out: EXIT_OK and d->override, an array in the arena; or EXIT_USAGE, said on standard error. */
#include "base/diag.h"
#include "cli/options.h"

int severity_read(arena *a, diags *d, const options *o);
#endif
