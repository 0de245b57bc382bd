#ifndef COMPILER_DEFAULTS_H
#define COMPILER_DEFAULTS_H
/* What Tekton's mutating webhook fills in: types of parameters and results, kinds and resolvers of references, time
 * limits, service accounts, the configured Pod template, the managed-by label.
 *
 * In: an object in v1. Out: the same structs with the missing members set; nodes made here take the place of what they
 * belong to. Applying it twice changes nothing more. Facts: validation.md A.1 to A.7, runtime.md 9.10. */
#include "compiler/world.h"

typedef struct defaults {
    arena *a;
    const config *cfg;
    const PodTemplate *pod_template; /* the configured one, bound; or NULL */
} defaults;

defaults defaults_new(arena *a, diags *d, const config *cfg);
void defaults_apply(const defaults *x, object *o);
/* For specs that a pass takes from elsewhere than an object of the input. */
void defaults_task_spec(const defaults *x, TaskSpec *spec);
void defaults_pipeline_spec(const defaults *x, PipelineSpec *spec);
#endif
