#ifndef PLAN_FORMAT_H
#define PLAN_FORMAT_H
/* Names that compiler and runtime agree on. docs/plan.md explains them; templates/job.yaml repeats those of the Job, which
 * a unit test compares. */

#define PLAN_API_VERSION "tektonc.dev/v1alpha1"
#define PLAN_KIND "Plan"

/* The Job's exit code for "the run failed": the Job fails, nothing is tried again. Every other code but 0 is a crash of
 * the controller, which is started again. */
enum { PLAN_EXIT_FAILED = 10 };

/* Where the Job mounts the plan's ConfigMaps, and what it tells by the environment. */
#define PLAN_DIRECTORY "/tektonc/plan"
#define PLAN_ENV_RUN_NAME "TEKTONC_RUN_NAME"
#define PLAN_ENV_RUN_UID "TEKTONC_RUN_UID"
#define PLAN_ENV_NAMESPACE "TEKTONC_NAMESPACE"
#define PLAN_ENV_POD_NAME "TEKTONC_POD_NAME"

/* Files: a plan, its continuations plan.1.yaml, …, and the Pods. In a ConfigMap a file's key is its path with `_` for
 * `/`, since a key can't have one; no path has a `_` of its own. */
#define PLAN_FILE "plan"
#define PLAN_PODS "pods"
#endif
