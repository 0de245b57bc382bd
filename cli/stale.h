#ifndef CLI_STALE_H
#define CLI_STALE_H
/* --check: whether a folder is what would be written there.
 *
 * In: a compilation and a folder, as for cli/write.h. Out: on standard output one unified diff of the files that are
 * missing, were changed, or are left over, which `patch -p0` would repair; a count on standard error; EXIT_OK, EXIT_STALE or
 * EXIT_IO. Nothing is written. */
#include "cli/options.h"
#include "compiler/compile.h"

int stale_check(arena *a, const compilation *c, str folder, const words *inputs);
#endif
