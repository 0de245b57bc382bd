#ifndef CLI_DIFF_SIDE_H
#define CLI_DIFF_SIDE_H
/* One side of a comparison: what is to run, as trees, wherever it came from.
 *
 * In: a word of the command line: a folder or stream that tektonc wrote (of any layout), or input that is compiled in
 * memory, by the same options; on this machine, or as REV:PATH in Git. Out: its runs, each with its plan and Pods, and its
 * other objects. Errors are said or shown; then the exit code. */
#include "base/map.h"
#include "base/read.h"
#include "cli/options.h"

typedef struct side_run {
    str name, namespace_;
    const ynode *spec;     /* of the plan, all its parts together */
    const ynode *job;      /* a Job or CronJob; NULL when there is none */
} side_run;

typedef struct side {
    VEC(side_run) runs;
    map pods;              /* NAMESPACE/NAME → Pod */
    ynode_list objects;    /* of the input, and what the controller needs */
} side;

int side_read(arena *a, const options *o, str word, side *out);
/* The Pod of a unit, or NULL. */
const ynode *side_pod(arena *a, const side *s, const side_run *run, str task_run);
#endif
