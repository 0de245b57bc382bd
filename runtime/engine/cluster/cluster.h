#ifndef RUNTIME_ENGINE_CLUSTER_CLUSTER_H
#define RUNTIME_ENGINE_CLUSTER_CLUSTER_H
/* Runs in a cluster, seen from outside: of `tektonc run --engine=kube`, and of Jobs.
 *
 * In: --kubeconfig (else $KUBECONFIG, ~/.kube/config), --context, -n. Out: where it is, one namespace of it. Requests are
 * answered before the calls return; false with one sentence. Texts are in the arena. */
#include "base/vec.h"
#include "base/ynode.h"
#include "runtime/engine/kube.h"

typedef struct cluster {
    arena *a;
    kube_config config;
    str namespace_;
} cluster;

bool cluster_open(arena *a, str kubeconfig, str context, str namespace_, cluster *out, str *problem);

/* What `tektonc run` makes: the ConfigMap that stands for the run, of that name or with -2, -3, …; and those objects of the
 * input that the namespace lacks, which go with the run. free: whether a name may be taken. */
bool cluster_begin(cluster *c, str wanted, bool exact, bool (*free)(void *ctx, str name), void *ctx, kube_run *run, str *problem);
bool cluster_add_objects(cluster *c, const kube_run *run, const ynode *objects, str *problem);
/* The run with all that is its own. One that is not there is fine. */
bool cluster_remove(cluster *c, str name, str uid, str *problem);

typedef struct cluster_run {
    str name, uid, phase, reason, message, progress;
    bool job;           /* else a ConfigMap stands for it */
    int64_t created;
} cluster_run;
typedef VEC(cluster_run) cluster_runs;

bool cluster_list(cluster *c, cluster_runs *out, str *problem);
bool cluster_find(cluster *c, str name, cluster_run *out, str *problem);
/* A `kind: List` of the run and its TaskRuns, as RUN-status has them; NULL: nothing yet, or *problem. */
const ynode *cluster_status(cluster *c, const cluster_run *r, str *problem);
bool cluster_cancel(cluster *c, const cluster_run *r, str how, str *problem);
/* The container's log from its beginning, and on until it ends if `follow`; false: there is none (yet). */
bool cluster_log(cluster *c, str pod, str container, bool follow, void (*line)(void *ctx, str line), void *ctx);
#endif
