#ifndef CLI_DOCUMENTS_H
#define CLI_DOCUMENTS_H
/* Documents that are not to be compiled: what a run left, a mapping of images.
 *
 * In: files and folders as cli/input.h takes them. Out: their documents; EXIT_OK, or the code to end with, all said. */
#include "base/read.h"
#include "cli/options.h"

int documents_read(arena *a, const words *files, sources *s, ynode_list *out);
#endif
