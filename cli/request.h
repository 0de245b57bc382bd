#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H
/* From words of the command line to a request.
 *
 * Each -p and -w becomes a source of its own, so that what is wrong in it is shown with a place like everything else.
 * Files that options name are read here. Errors of the command line are said on standard error; what is wrong inside
 * files becomes diagnostics. Out: the exit code so far: EXIT_OK, EXIT_USAGE or EXIT_IO. */
#include "base/diag.h"
#include "cli/options.h"
#include "compiler/request.h"

int request_read(arena *a, sources *s, diags *d, const options *o, request *out);
#endif
