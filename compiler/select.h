#ifndef COMPILER_SELECT_H
#define COMPILER_SELECT_H
/* Which runs to compile.
 *
 * In: the world and the request. Out: the runs, in input order: every PipelineRun and TaskRun of the input (with the
 * request's name, suffix, namespace, params, … put over them where given: -p replaces or adds a param of the run), or,
 * when there is none, one made from each Pipeline that nothing else refers to, or from the only Task, with those of the
 * request's params and workspaces that it declares. Everything that is missing (parameters without default and value, workspaces) is named in one
 * diagnostic each, all at once. Names: metadata.name; generateName + suffix, where the suffix is --name-suffix or, by
 * default, five characters from a hash of the run's content (same content, same name). */
#include "compiler/request.h"
#include "compiler/world.h"

typedef struct run_input {
    const object *object;  /* OBJECT_PIPELINERUN or OBJECT_TASKRUN; made ones have node NULL */
    str name;              /* final name */
    bool name_generated;
    str namespace_, uid;
} run_input;
typedef VEC(run_input) run_inputs;

void select_runs(world *w, diags *d, const config *cfg, const request *r, run_inputs *out);
#endif
