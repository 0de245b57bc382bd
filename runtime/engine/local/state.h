#ifndef RUNTIME_ENGINE_LOCAL_STATE_H
#define RUNTIME_ENGINE_LOCAL_STATE_H
/* What is kept of runs on this machine: $XDG_STATE_HOME/tektonc, else ~/.local/state/tektonc.
 *
 *   runs/RUN/            one run; 0700, as is everything below
 *     lock               locked (flock) by the process that advances the run, for as long as it lives
 *     run.json           who it is: run_info
 *     plan.json, pods/   the plan and the Pods as compiled
 *     whole.json         the run's object and the definition that runs, to be shown with its status
 *     configs.json       ConfigMaps and Secrets of the input, for a run that is taken up again; goes when the run ends
 *     record.jsonl       the record (runtime/sequencer/record.h), appended and synced
 *     summary.json       how far it is, in few words: run_summary
 *     status.json        Tekton's form, a List; the last one stays
 *     control            a pipe to the process that advances it, one word a line: how to cancel (Cancelled,
 *                        CancelledRunFinally, StoppedRunFinally). No inotify: closing its descriptor costs 8 ms
 *     logs/POD/CONTAINER what containers wrote
 *     made/POD           each Pod that was made, with its uid; goes when the run ends
 *     work/              volumes and whatever else lives no longer than the run
 *   claims/NAMESPACE/NAME/   the volumes behind PersistentVolumeClaims of the host engine: they live on
 *
 * In: names and trees. Out: texts and trees in the arena; false with one sentence in *problem. Files are replaced by
 * rename, so a reader finds the old or the new one. Times are nanoseconds since 1970. */
#include "base/vec.h"
#include "base/ynode.h"

typedef struct state {
    str root;
} state;

/* Makes the folder if it is missing. */
bool state_open(arena *a, state *out, str *problem);

typedef struct run_folder {
    str name, path;
    int lock;   /* descriptor that holds the lock; -1: not ours */
} run_folder;

typedef struct run_info {
    str name, namespace_, uid, engine;
    str of;        /* what was run: kind/name of the input, the same for every run of it */
    int64_t created;
    str context;   /* kube: where; as the command line had it */
    str kubeconfig;
    const ynode *claims; /* claim → {hostPath: DIR} or {claim: NAME}: what stands behind claims that are none; or NULL */
} run_info;

typedef struct run_summary {
    str phase;     /* Running, Succeeded, Failed; empty: not begun */
    str reason, message;
    uint32_t done, total;
    int64_t started, ended; /* 0: not yet */
} run_summary;

typedef VEC(str) run_names;

/* A new run's folder, locked: `wanted`, or with -2, -3, … where that is taken. exact: or nothing. */
bool run_make(arena *a, const state *s, str wanted, bool exact, run_folder *out, str *problem);
/* One that is there; not locked. */
bool run_open(arena *a, const state *s, str name, run_folder *out, str *problem);
/* False: somebody advances it. */
bool run_lock(run_folder *r);
void run_unlock(run_folder *r);
/* Whether a living process advances it. */
bool run_busy(const run_folder *r);
/* The reading end of `control`, made anew; -1 with *problem. */
int run_control(arena *a, const run_folder *r, str *problem);
/* False: nobody reads it. */
bool run_tell(arena *a, const run_folder *r, str word);
/* All runs, the newest first. */
bool run_list(arena *a, const state *s, run_names *out, str *problem);
/* With everything in it. */
bool run_remove(const run_folder *r, str *problem, arena *a);

bool run_write_info(arena *a, const run_folder *r, const run_info *i, str *problem);
bool run_read_info(arena *a, const run_folder *r, run_info *out, str *problem);
bool run_write_summary(arena *a, const run_folder *r, const run_summary *s, str *problem);
/* False, without a word, when there is none. */
bool run_read_summary(arena *a, const run_folder *r, run_summary *out);

str run_file(arena *a, const run_folder *r, const char *name);
/* Compact JSON of the tree. */
bool run_write_tree(arena *a, const run_folder *r, const char *name, const ynode *tree, str *problem);
const ynode *run_read_tree(arena *a, const run_folder *r, const char *name, str *problem);
#endif
