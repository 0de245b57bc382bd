#ifndef CLI_LIVE_WHOLE_H
#define CLI_LIVE_WHOLE_H
/* A run as Tekton shows it: the sequencer knows its status, the compiler all else.
 *
 * In: what was compiled. Out: the run's object, in v1 with defaults, whose status has only the definition that runs
 * (taskSpec or pipelineSpec, with what it refers to put in), to be completed by the sequencer's trees. */
#include "base/ynode.h"

struct compilation;
struct run_output;

/* Needs out->resolved. */
const ynode *whole_of(arena *a, const struct compilation *c, const struct run_output *out);
/* `shown`: apiVersion, kind, metadata, status of the same run. whole NULL: `shown` itself. */
const ynode *whole_with_status(arena *a, const ynode *whole, const ynode *shown);
/* The same for a List whose first item is the run. */
const ynode *whole_in_list(arena *a, const ynode *whole, const ynode *shown);
#endif
