#ifndef RUNTIME_CONTROLLER_FOLDER_H
#define RUNTIME_CONTROLLER_FOLDER_H
/* The plan as the Job mounts it (docs/plan.md): all keys of its ConfigMaps in one folder, a key being the file's path
 * with `_` for `/`; YAML, or JSON with the extension .json.
 *
 * In: the folder's path. Out: the plan, in the arena; a Pod's manifest, read anew each time so that only what is being
 * created is in memory. False or NULL with one sentence in *problem. */
#include "plan/read.h"

typedef struct folder {
    str path;
    str extension; /* ".yaml" or ".json": that of the plan */
} folder;

const plan *folder_plan(folder *f, arena *a, str *problem);
const ynode *folder_pod(const folder *f, arena *a, str pod, str *problem);
#endif
