#ifndef RUNTIME_ENGINE_DRIVE_H
#define RUNTIME_ENGINE_DRIVE_H
/* The loop: events of an engine to the sequencer, actions of the sequencer to the engine, in the order that makes
 * crashes harmless (runtime/sequencer/sequencer.h).
 *
 * In: an engine, a plan, the run's identity, and who reads Pod manifests. Out: how it ended. When somebody else writes
 * the record, all is forgotten and begun anew from the record. */
#include "runtime/engine/engine.h"

struct plan;

typedef struct drive {
    engine *engine;
    const struct plan *plan;
    seq_identity identity;
    /* The manifest pods/FILE.yaml as a tree in `a`, or NULL and *problem. */
    const ynode *(*manifest)(void *ctx, arena *a, str file, str *problem);
    void *ctx;
    bool quiet; /* what happens is not logged: somebody else shows it */
} drive;

typedef enum drive_end { DRIVE_SUCCEEDED, DRIVE_FAILED, DRIVE_STOPPED, DRIVE_GONE, DRIVE_BROKEN } drive_end;

/* *problem (BROKEN, GONE) and *message (the run's) live in `a`. */
drive_end drive_run(const drive *d, arena *a, str *message, str *problem);
#endif
