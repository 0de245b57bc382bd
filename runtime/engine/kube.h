#ifndef RUNTIME_ENGINE_KUBE_H
#define RUNTIME_ENGINE_KUBE_H
/* The engine of a cluster: Pods, claims and the record are objects of its API server.
 *
 * In: who the run is (its Job), how to reach the server (kube_config.h). Out: an engine. The record is owned by the Job,
 * all else by the record, so deleting the Job removes everything.
 * The Job's annotations: KUBE_CANCEL, set by people, cancels (Cancelled, CancelledRunFinally, StoppedRunFinally); the
 * others are set here, for people. */
#include "runtime/engine/engine.h"
#include "runtime/engine/kube_config.h"

/* The status in Tekton's form: ConfigMaps RUN-status, RUN-status-1, … with the label KUBE_NAME: KUBE_STATUS and the run's
 * uid. KUBE_STATUS_RUN of the first one is the run, every other key the TaskRun or child PipelineRun of that name; YAML. */
#define KUBE_NAME "app.kubernetes.io/name"
#define KUBE_STATUS "tektonc-status"
#define KUBE_STATUS_RUN "run"

#define KUBE_CANCEL "tektonc.dev/cancel"
#define KUBE_PROGRESS "tektonc.dev/progress"
#define KUBE_PHASE "tektonc.dev/phase"
#define KUBE_REASON "tektonc.dev/reason"
#define KUBE_MESSAGE "tektonc.dev/message"

/* A run without a Job (`tektonc run`): a ConfigMap of the run's name stands in its place, with the same annotations; its
 * uid is the run's, and all else goes with it. It has the label KUBE_NAME: KUBE_HEAD. */
#define KUBE_HEAD "tektonc-run"

typedef struct kube_run {
    str name, uid, namespace_;
    str self;       /* the Pod that this process is in; empty: none */
    str image;      /* what sidecars are replaced by; empty: that of `self` */
    int stop;       /* a descriptor that becomes readable when the process is to end, or -1 */
    bool jobless;   /* it has no Job, but a ConfigMap */
    /* What containers of the run write, line by line, from when they run; NULL: nobody wants it. */
    void (*line)(void *ctx, str pod, str container, str line);
    void *line_ctx;
} kube_run;

engine *kube_engine(arena *a, kube_config *config, const kube_run *run);
/* Makes the ConfigMap that stands for a run without a Job, and sets run->uid. CONFLICT: the name is taken. */
engine_answer kube_make_head(arena *a, kube_config *config, kube_run *run, str *problem);
/* Makes the ConfigMap with the entrypoint if it is not there, and enters the run among its owners. *name: what it is
 * called. */
engine_answer kube_entrypoint(engine *e, arena *a, str program, str *name, str *problem);
#endif
