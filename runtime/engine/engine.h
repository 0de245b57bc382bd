#ifndef RUNTIME_ENGINE_ENGINE_H
#define RUNTIME_ENGINE_ENGINE_H
/* An engine makes happen what the sequencer decides: it keeps the record, makes Pods, and tells what became of them.
 *
 * In: the actions of runtime/sequencer/sequencer.h, one call each. Out: events, by `feed`, from inside any of the calls
 * (the sequencer takes them at any time but during seq_advance()). Calls return at once, but for read, write and wait;
 * whatever passes by itself (a network error, a busy server, a conflict on something that is no precondition) the engine
 * tries again on its own, without end. Texts and trees handed in are copied or sent before the call returns.
 * One engine serves one run, in one thread. drive.h is the loop around it. */
#include "runtime/sequencer/sequencer.h"

typedef struct engine engine;

typedef enum engine_answer {
    ENGINE_DONE,
    ENGINE_CONFLICT, /* somebody else has written the record: read it again */
    ENGINE_GONE,     /* the run is being deleted: nothing is left to do */
    ENGINE_STOPPED,  /* this process was asked to end */
    ENGINE_BROKEN,   /* trying again would not help; *problem says why */
} engine_answer;

typedef struct engine_view { /* the run as people see it */
    const char *phase;       /* Running, Succeeded, Failed */
    seq_condition condition;
    seq_progress progress;
    const seq *s;            /* for runtime/sequencer/status.h */
    bool last;
} engine_view;

typedef struct engine_ops {
    /* The record from its beginning, one call of `lines` for each write. Forgets all Pods and whatever was begun. */
    engine_answer (*read)(engine *e, bool (*lines)(void *ctx, str lines), void *ctx, str *problem);
    /* Lists all Pods of the run, then tells of changes until the next read. SEQ_LIST_BEGIN comes before this returns. */
    void (*follow)(engine *e);
    /* Whole lines; returns when they can't be lost any more. */
    engine_answer (*write)(engine *e, str lines, str *problem);
    void (*create_pod)(engine *e, const seq_action *action, const ynode *pod);
    void (*create_claim)(engine *e, const seq_action *action);
    void (*annotate)(engine *e, const seq_action *action);
    void (*stop_sidecars)(engine *e, const seq_action *action);
    void (*delete_pod)(engine *e, const seq_action *action);
    void (*event)(engine *e, const seq_action *action);
    void (*show)(engine *e, const engine_view *view);
    /* Until something was fed or the moment has come (0: none). False: this process was asked to end. */
    bool (*wait)(engine *e, int64_t until);
    /* Finishes what is on its way, for at most `ns`. */
    void (*settle)(engine *e, int64_t ns);
    void (*free)(engine *e);
} engine_ops;

struct engine { /* an engine's own struct begins with it */
    const engine_ops *ops;
    void (*feed)(void *ctx, const seq_event *event); /* set by who drives it */
    void *ctx;
};

int64_t engine_now(void); /* nanoseconds since 1970 */
/* One line for whoever reads the log of this process. */
void engine_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* To somebody else than standard error; NULL: there again. */
void engine_log_to(void (*line)(void *ctx, str line), void *ctx);
#endif
