#ifndef CLI_VERSION_H
#define CLI_VERSION_H
#define TEKTONC_VERSION "0.1.0"
#define TEKTONC_DATE "November 28, 2026"
/* Which version of Tekton is followed. */
#define TEKTON_VERSION "1.15"
/* The image of entrypoint and controller when --runtime-image does not say; set when building. Its tag is the version of
 * the plan's format, not tektonc's: a newer tektonc must not change the Job, which would start a new run. */
#ifndef TEKTONC_RUNTIME_IMAGE
#define TEKTONC_RUNTIME_IMAGE "tektonc/runtime:v1alpha1"
#endif
#endif
