#ifndef COMPILER_LOWER_LOWER_H
#define COMPILER_LOWER_LOWER_H
/* Lowering: a TaskRun to its Pod. Private to compiler/lower, one stage each, called in order by lower/lower.c:
 *
 *   spec       the Task with StepActions, parameters, contexts, paths put in: lower/spec.c, lower/step_action.c
 *   workspaces volumes and mounts of the workspaces: lower/workspace.c
 *   resources  of the run, of LimitRanges and of the configuration: lower/resources.c
 *   creds      the service account's secrets as flags and volumes: lower/creds.c
 *   steps      containers: entrypoint arguments, scripts, environment, mounts: lower/step.c
 *   pod        the Pod object: lower/pod.c
 *
 * Facts: runtime.md 7; docs/differences.md lists where the Pod differs from Tekton's and why. */
#include "compiler/run.h"

typedef struct lowering {
    run_ctx *c;
    task_run *t;
    TaskSpec *spec;  /* the working copy; its steps are merged with the template by lower_steps */
    str *step_names; /* container names, one for each step */
    scope *params;
    ynode *task_volumes;  /* the Task's and the workspaces' */
    ynode *annotations;   /* that lowering adds: scripts, steps, ready */
    VEC(str) creds_flags; /* entrypoint arguments */
    ynode *creds_volumes, *creds_mounts;
    ynode *scripts;        /* items of the scripts volume; NULL: no scripts (or delivered by the image) */
    VEC(str) placed;       /* file, base64 text, … for delivery by the image */
    uint64_t script_bytes; /* of all scripts, as annotations */
    bool has_scripts, wait_ready;
    ynode *containers, *init_containers;
    map volume_names;
} lowering;

bool lower_spec(lowering *l);
void lower_step_actions(lowering *l);
void lower_workspaces(lowering *l);
void lower_template(lowering *l); /* steps merged over the stepTemplate: lower/step.c */
void lower_resources(lowering *l);
/* What LimitRanges and the configuration add to the finished containers. */
void lower_container_resources(lowering *l);
void lower_creds(lowering *l);
void lower_steps(lowering *l);
const ynode *lower_pod(lowering *l);

/* What is made from here on is for all Pods of the run, until the caller puts the arena back that this answers. */
static inline arena *lower_keep(run_ctx *c) {
    arena *a = c->a;
    c->a = c->keep;
    return a;
}

/* The default or declared mount path of a workspace. */
str lower_mount_path(lowering *l, const WorkspaceDeclaration *w);
/* A container made of the fields that the struct shares with Kubernetes' container, in the order of its rows; `over`
 * holds values that replace or add to them. */
ynode *lower_container(lowering *l, const type *t, const head *h, const ynode *over);
ynode *lower_mount(lowering *l, str volume, str path, bool read_only);
/* A file that shows one of the Pod's annotations, as an item of a downwardAPI volume. */
ynode *lower_annotation_item(lowering *l, str path, str key);
/* Pieces that every Pod has, made once for a compilation (lower/part.c). Steps are counted from 0. */
typedef enum part {
    PART_MOUNT_SCRIPTS,
    PART_MOUNT_DOWNWARD,
    PART_MOUNT_BIN,
    PART_MOUNT_WORKSPACE,
    PART_MOUNT_HOME,
    PART_MOUNT_RESULTS,
    PART_MOUNT_STEPS,
    PART_MOUNT_STEPS_READ_ONLY,
    PART_MOUNT_ARTIFACTS,
    PART_VOLUME_WORKSPACE,
    PART_VOLUME_HOME,
    PART_VOLUME_RESULTS,
    PART_VOLUME_STEPS,
    PART_VOLUME_ARTIFACTS,
    PART_SINGLES,
    PART_MOUNT_CREDS = PART_SINGLES,
    PART_MOUNT_RUN,
    PART_MOUNT_RUN_READ_ONLY,
    PART_VOLUME_CREDS,
    PART_VOLUME_RUN,
    PARTS
} part;
const ynode *lower_part(lowering *l, part p, uint32_t step);
/* A string node for a word that is written in the compiler. */
#define WORD(literal)                                                                                                  \
    __extension__({                                                                                                    \
        static const ynode word_ = {.kind = Y_STR, .text = {"" literal, sizeof(literal) - 1}};                         \
        &word_;                                                                                                        \
    })

/* Where things are in a Pod (facts runtime.md 1.5). */
#define PATH_WORKSPACE "/workspace"
#define PATH_HOME "/tekton/home"
#define PATH_RESULTS "/tekton/results"
#define PATH_STEPS "/tekton/steps"
#define PATH_ARTIFACTS "/tekton/artifacts"
#define PATH_SCRIPTS "/tekton/scripts"
#define PATH_BIN "/tekton/bin"
#define PATH_DOWNWARD "/tekton/downward"
#define PATH_CREDS "/tekton/creds"
#define PATH_RUN "/tekton/run"
#define PATH_CREDS_SECRETS "/tekton/creds-secrets"
#define PATH_DEBUG_SCRIPTS "/tekton/debug/scripts"
#define PATH_DEBUG_INFO "/tekton/debug/info"
#endif
