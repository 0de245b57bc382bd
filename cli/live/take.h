#ifndef CLI_LIVE_TAKE_H
#define CLI_LIVE_TAKE_H
/* One run taken through its plan, on whatever engine.
 *
 * In: a job: the plan, its Pods, the run's folder (locked), which engine. Out: how it ended, in watch_result; the folder
 * holds what is kept of it. */
#include "base/map.h"
#include "cli/live/watch.h"
#include "cli/options.h"
#include "plan/read.h"
#include "runtime/engine/drive.h"

typedef struct job {
    const state *state;
    run_folder folder;
    run_info info;
    const plan *plan;
    map pods;              /* file → const ynode * */
    const ynode *whole;    /* the run without its status (whole.h); or NULL */
    const ynode *configs;  /* ConfigMaps and Secrets, a sequence; NULL: none */
    view_style style;
    str preset;            /* the first lines of a new record; or none */
    const struct docker_server *docker; /* of docker: where it is, if that is known; or NULL */
    words decided;         /* tasks that are not run again: nothing is told of them */
} job;

/* From the folder of a run that was interrupted. */
bool job_load(arena *a, job *out, str *problem);
/* Into its folder, for job_load(). `tree`: the plan. */
bool job_save(arena *a, const job *j, const ynode *tree, str *problem);
/* An exit code: 0, 1; EXIT_IO when it could not go on (said). */
int job_take(arena *a, const options *o, job *j, watch_result *result);
#endif
