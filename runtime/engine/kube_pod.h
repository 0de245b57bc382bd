#ifndef RUNTIME_ENGINE_KUBE_POD_H
#define RUNTIME_ENGINE_KUBE_POD_H
/* A Pod of the API server as the sequencer wants it. In: the tree of the JSON. Out: a struct in `a` that shares the
 * tree's texts. */
#include "base/ynode.h"
#include "runtime/sequencer/pod.h"

seq_pod kube_pod(arena *a, const ynode *pod);
#endif
