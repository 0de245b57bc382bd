#ifndef COMPILER_WORLD_H
#define COMPILER_WORLD_H
/* All objects that the compilation knows, by kind, namespace and name.
 *
 * In: the documents of the input (world_load: classify, bind, convert from v1beta1, apply defaults). Out: typed objects
 * in input order, and look-ups that answer NULL for "not in the input"; whoever asks reports it. Later an API server or
 * a lock file can fill the same table. */
#include "base/map.h"
#include "base/read.h"
#include "compiler/config.h"
#include "compiler/schema/bind.h"

typedef enum object_kind {
    OBJECT_TASK,
    OBJECT_STEPACTION,
    OBJECT_PIPELINE,
    OBJECT_TASKRUN,
    OBJECT_PIPELINERUN,
    OBJECT_CUSTOMRUN,
    OBJECT_VERIFICATION,
    OBJECT_CONFIGMAP,
    OBJECT_SECRET,
    OBJECT_SERVICEACCOUNT,
    OBJECT_LIMITRANGE,
    OBJECT_CLAIM,
    OBJECT_OTHER, /* another Kubernetes object: passed through */
    OBJECT_KINDS
} object_kind;

typedef struct object {
    object_kind kind;
    api_version version;                 /* as it was written; the struct is always v1 after world_load */
    bool v1alpha1;                       /* StepAction */
    str namespace_, name, generate_name; /* namespace_ may be empty: the default of the compilation */
    const ynode *node;                   /* the document, as read */
    const ynode *metadata;               /* bound tree of ObjectMeta; may be NULL */
    union {
        head *bound;
        Task *task;
        StepAction *step_action;
        Pipeline *pipeline;
        TaskRun *task_run;
        PipelineRun *pipeline_run;
        CustomRun *custom_run;
        VerificationPolicy *verification;
    };
    bool refused; /* errors were reported for it */
} object;

typedef struct source_range {
    pos at, end;
} source_range;

typedef VEC(const object *) objects_found;

typedef struct world {
    arena *a;
    VEC(object *) objects; /* in input order */
    map by_name;           /* "kind/namespace/name" → object; later ones win, with a warning */
    str default_namespace;
    objects_found *found; /* what world_find() answered, where somebody wants to know */
    VEC(source_range) secrets; /* where the input has values of Secrets: not to be shown in messages */
} world;

/* The documents with every `kind: List` replaced by its items. */
void world_flatten(arena *a, diags *d, const ynode_list *in, ynode_list *out);
/* Of flattened documents. `refused` of an object is set when its loading reported an error. */
void world_load(world *w, diags *d, const config *cfg, const ynode_list *documents);
/* An object of a Tekton kind that a pass made or changed: its names are taken from its metadata. Not entered. */
object *world_object(arena *a, object_kind kind, head *bound);
/* Gives the object other metadata, in the struct as well. */
void world_set_metadata(object *o, const ynode *metadata);
/* The struct's type; NULL for kinds that are none of Tekton's. */
const type *world_type(object_kind kind);
const object *world_find(const world *w, object_kind kind, str namespace_, str name);
str world_kind_name(object_kind kind);
/* A document of tektonc's own kind PipelineTest: no part of the world. */
bool world_is_test(const ynode *document);
/* Keys of a ConfigMap or Secret (data, binaryData, stringData); never a Secret's values. */
bool world_has_key(const object *o, str key);
#endif
