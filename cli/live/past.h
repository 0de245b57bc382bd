#ifndef CLI_LIVE_PAST_H
#define CLI_LIVE_PAST_H
/* A run that is kept, looked at from its folder.
 *
 * In: the folder's name. Out: what is known of it; the sequencer is the record replayed, so it knows what was decided and
 * nothing of Pods that run now. False with one sentence. */
#include "cli/live/take.h"

typedef struct past {
    arena *a;
    job job;
    run_summary summary;
    bool busy;          /* somebody advances it */
    seq *s;             /* NULL: the record can't be read */
} past;

bool past_open(arena *a, const state *s, str name, past *out, str *problem);
void past_close(past *p);
/* Succeeded, Failed, Cancelled, Running, Interrupted. */
str past_state(const past *p);
/* How it is, without the plan and the record: for lists. */
bool past_peek(arena *a, const state *s, str name, past *out, str *problem);
#endif
