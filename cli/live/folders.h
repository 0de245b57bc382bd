#ifndef CLI_LIVE_FOLDERS_H
#define CLI_LIVE_FOLDERS_H
/* Workspaces that are folders of the user: -w name=src,hostPath=DIR, and -w src=DIR for short.
 *
 * Tekton knows no such binding. It becomes one to a claim, whose name is made from the folder; the local engines then put
 * the folder behind that claim. In: the options, whose workspaces are rewritten. Out: the claims (run_info.claims), or NULL
 * when there are none; false with one sentence. */
#include "base/ynode.h"
#include "cli/options.h"

bool folders_read(options *o, const ynode **claims, str *problem);
#endif
