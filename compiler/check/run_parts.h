#ifndef COMPILER_CHECK_RUN_PARTS_H
#define COMPILER_CHECK_RUN_PARTS_H
/* What the checks of PipelineRuns, TaskRuns and CustomRuns share. In: parts of a run. Out: diagnostics only. */
#include "compiler/check/pipeline.h"

/* PR-01, TR-01, CR-02: exactly one of a reference and a spec; the names of both fields. `where` when there is none. */
void check_run_source(const check_ctx *c, const head *spec, const char *ref_name, const head *ref,
                      const char *spec_name, const head *own, range where);
/* Nanoseconds of a duration that was bound; false when absent. */
bool run_duration(const ynode *n, int64_t *out);
/* PR-06, PR-10, TR-16 */
void check_not_negative(const check_ctx *c, const ynode *timeout, const char *name);
/* PR-12..15, TR-11, TR-12: `h` is the struct that they stand in. */
void check_overrides(const check_ctx *c, const head *h, const ContainerSpec_list *steps,
                     const ContainerSpec_list *sidecars, const ynode *resources);
/* PR-19, TR-17 */
void check_forbidden_env(const check_ctx *c, const PodTemplate *t);
/* PR-16, TR-13: one of `allowed`, or nothing. */
void check_run_status(const check_ctx *c, const ynode *status, const str *allowed, uint32_t n);
/* PR-20, TR-18: `pending` is the value that asks for it, `object_status` what the controller wrote. */
void check_not_pending(const check_ctx *c, const ynode *status, str pending, const ynode *object_status);
/* TR-14, CR-04 */
void check_status_message(const check_ctx *c, const ynode *status, const ynode *message);
#endif
