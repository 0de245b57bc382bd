#ifndef COMPILER_LAYOUT_H
#define COMPILER_LAYOUT_H
/* What is written for a run: files around its plan and Pods.
 *
 * In: a run with its plan and its Pods (run_output), the world, the request. Out: its `files`, and `name`, the Job's name.
 *
 *   kustomization.yaml   applies all of it; makes ConfigMaps of plan and Pods
 *   plan.yaml            and plan.1.yaml, … when it is too large for one ConfigMap
 *   pods/NAME.yaml
 *   job.yaml, rbac.yaml  the controller
 *   objects.yaml         other objects of the input, Secrets and Tekton's own left out
 *
 * With LAYOUT_PLAIN configmaps.yaml is there in place of kustomization.yaml, plan and Pods. With several runs each has
 * a folder, and the compilation's `files` are an index and the objects.
 *
 * One hash over the ConfigMaps' files and the Job names the Job and the ConfigMaps. These are immutable, so a name must
 * stand for the very bytes; and the same run must give the same bytes however its input was typed. Therefore keys are in
 * one order (schema/order.h), and the first line of plan and Pods says nothing that can change on its own. A plan that
 * one Job can't run is an error; where the request lowers that, the files are made all the same, to be looked at.
 */
#include "compiler/compile.h"

enum {
    LAYOUT_HASH_DIGITS = 10,
    /* A client-side apply keeps a copy of the object in an annotation, as JSON; all annotations together may have
     * 262,144 bytes. */
    LAYOUT_CONFIG_MAP_BYTES = 200 << 10,
    LAYOUT_CONFIG_MAP_JSON_BYTES = 240 << 10,
    LAYOUT_CONFIG_MAP_MOST_BYTES = 1000 << 10, /* Kubernetes: 1 MiB with everything */
    LAYOUT_CONFIG_MAPS = 320, /* 62 MiB, which one Pod mounts and the kubelet keeps in memory: 310 were seen to work */
};

/* One Pod of the run as text, in the order of `pods`; temp: for what need not last. */
void layout_pod(const compilation *c, arena *temp, str file, const ynode *pod, run_output *out);
/* When all Pods are there. */
void layout_run(const compilation *c, run_output *out);
/* After all runs. */
void layout_index(compilation *c);
/* The bytes that text takes inside a JSON string, as Go writes it. */
uint64_t layout_json_bytes(str text);
#endif
