#ifndef COMPILER_CHECK_CHECK_H
#define COMPILER_CHECK_CHECK_H
/* What Tekton's admission webhooks refuse, object by object, with places.
 *
 * In: a bound, converted and defaulted object of the world (world_load reports what decoding refuses before). Out:
 * diagnostics only. The rules and their ids are in facts validation.md B and C.3; every one is a row of
 * compiler/diags/{task,param,pipeline,run}.def. Rules that Tekton judges when it reconciles live in the resolve passes,
 * warnings in check_warn.c. Error = Tekton refuses it. */
#include "compiler/world.h"

void check_task(const object *o, diags *d, const config *cfg);
void check_step_action(const object *o, diags *d, const config *cfg);
void check_pipeline(const object *o, diags *d, const config *cfg);
void check_task_run(const object *o, diags *d, const config *cfg);
void check_pipeline_run(const object *o, diags *d, const config *cfg);
void check_custom_run(const object *o, diags *d, const config *cfg);
void check_verification_policy(const object *o, diags *d, const config *cfg);
void check_metadata(const object *o, diags *d);
/* All objects of the world by the above, setting `refused`. */
void check_world(world *w, diags *d, const config *cfg);
#endif
