#ifndef CLI_LIVE_WATCH_H
#define CLI_LIVE_WATCH_H
/* An engine around an engine: shows the run, keeps its status in its folder, and takes what people ask for (Ctrl-C,
 * `tektonc cancel`) to the sequencer.
 *
 * In: the engine that does the work, a view, the run's folder. Out: an engine for drive_run(). The first SIGINT or SIGTERM
 * cancels as Tekton does, so that finally tasks run; the second one stops at once. */
#include "cli/live/view.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/local/state.h"

typedef struct watch_result {
    str run;               /* the run in Tekton's form, JSON; empty: it never came so far */
    seq_condition condition;
    run_summary summary;
    bool interrupted;      /* a signal came */
    bool stopped;          /* the second one came */
} watch_result;

typedef struct watch_config {
    engine *inner;
    bool local;            /* of runtime/engine/local */
    bool pipeline;         /* else it is a TaskRun, which knows one way to be cancelled */
    view *view;
    const run_folder *folder;
    const ynode *whole;    /* the run without its status (whole.h), or NULL */
    str preset;            /* the first lines of a new record; or none */
} watch_config;

/* *result is in `a`, and up to date when drive_run() has returned. */
engine *watch_engine(arena *a, const watch_config *config, watch_result *result);
#endif
