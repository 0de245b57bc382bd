#ifndef RUNTIME_SEQUENCER_POD_H
#define RUNTIME_SEQUENCER_POD_H
/* A Pod as the sequencer sees it: what an engine keeps of the API server's (or a container engine's) answer.
 *
 * In: an engine fills it for every Pod that it sees, with times in nanoseconds since 1970 (0 = none) and texts that live
 * as long as the call they are handed to; the sequencer copies what it keeps. Field names are those of Kubernetes' Pod.
 * Absent texts are STR_NONE. Containers of spec.containers come in the order of the spec (kubelet sorts the statuses by
 * name), those of spec.initContainers before or behind them. */
#include "base/str.h"

typedef enum pod_phase { POD_PENDING, POD_RUNNING, POD_SUCCEEDED, POD_FAILED, POD_UNKNOWN } pod_phase;
typedef enum container_state { CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_TERMINATED } container_state;

typedef struct pod_container {
    str name;              /* with its prefix: step-build, sidecar-db; injected ones have neither */
    bool init;             /* of initContainerStatuses */
    container_state state; /* of an entry without any state: CONTAINER_WAITING */
    bool ready;
    str image, image_id;
    str reason;            /* waiting.reason or terminated.reason */
    str message;           /* waiting.message or terminated.message: of a step, what the entrypoint wrote */
    int32_t exit_code;     /* terminated */
    int64_t started, finished; /* running.startedAt, terminated.startedAt, .finishedAt */
} pod_container;

typedef struct seq_pod {
    str name, uid;
    str run_uid;           /* label SEQ_LABEL_RUN; the sequencer ignores Pods of other runs */
    int64_t created;       /* metadata.creationTimestamp */
    bool deleting;         /* has a deletionTimestamp */
    bool ready_annotated;  /* annotation SEQ_ANNOTATION_READY is READY */
    pod_phase phase;
    str reason, message;   /* status.reason ("Evicted"), status.message */
    bool unschedulable;    /* condition PodScheduled is False with reason Unschedulable */
    str condition_type, condition_status, condition_message; /* the first condition that is not True; type empty: none */
    const pod_container *containers;
    uint32_t n;
} seq_pod;

#define SEQ_LABEL_RUN "tektonc.dev/run-uid"
#define SEQ_ANNOTATION_READY "tekton.dev/ready"
#define SEQ_READY "READY"
#endif
