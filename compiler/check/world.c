#include "compiler/check/check.h"

typedef void check_object(const object *o, diags *d, const config *cfg);

static check_object *const checks[OBJECT_KINDS] = {
    [OBJECT_TASK] = check_task,        [OBJECT_STEPACTION] = check_step_action,   [OBJECT_PIPELINE] = check_pipeline,
    [OBJECT_TASKRUN] = check_task_run, [OBJECT_PIPELINERUN] = check_pipeline_run, [OBJECT_CUSTOMRUN] = check_custom_run,
    [OBJECT_VERIFICATION] = check_verification_policy,
};

void check_world(world *w, diags *d, const config *cfg) {
    d->scratch = arena_new();
    for (uint32_t i = 0; i < w->objects.n; i++) {
        object *o = w->objects.v[i];
        if (!checks[o->kind] || o->refused) continue;
        uint32_t errors = d->errors;
        checks[o->kind](o, d, cfg);
        o->refused |= d->errors > errors;
        arena_reset(d->scratch);
    }
    arena_free(d->scratch);
    d->scratch = NULL;
}
