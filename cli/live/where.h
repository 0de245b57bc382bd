#ifndef CLI_LIVE_WHERE_H
#define CLI_LIVE_WHERE_H
/* Where a run is that a verb names: kept here, or in a cluster.
 *
 * In: the options; --engine=kube, --context and --kubeconfig mean the cluster. Out: the state's folder, or a cluster. A run
 * that is not kept here is looked for in the cluster of the current context, if there is one. False with one sentence. */
#include "cli/options.h"
#include "runtime/engine/cluster/cluster.h"
#include "runtime/engine/local/state.h"

typedef struct where {
    bool in_cluster;
    state state;
    cluster kube;
    cluster_run run; /* where_find(), in a cluster */
} where;

bool where_open(arena *a, const options *o, where *out, str *problem);
bool where_find(arena *a, const options *o, str name, where *out, str *problem);
#endif
