#ifndef RUNTIME_SEQUENCER_RECORD_H
#define RUNTIME_SEQUENCER_RECORD_H
/* The record of a run: the one truth about what was decided, kept where a killed controller finds it again.
 *
 * It is a log: lines of compact JSON, appended and never changed. seq_replay() of all of them, in order, gives the
 * decided part of the state; what Pods do now is added by observing them.
 *
 *   {"e":"start","at":T,"plan":NAME,"uid":RUN,"version":1}        the run began
 *   {"e":"claims","run":PATH}                            all claims of this run (child run) are there
 *   {"e":"task","t":TASK,"at":T,"n":3}                   a task starts with n TaskRuns, or a child run begins
 *   {"e":"skip","t":TASK,"why":"Parent Tasks were skipped"}
 *   {"e":"invalid","run":PATH,"tasks":[{"t":NAME,"why":MESSAGE}]}   failed validation: a result that they need is missing
 *   {"e":"pod","r":TASKRUN,"a":0,"at":T,"pod":NAME}      intent: attempt a is about to be created
 *   {"e":"uid","r":TASKRUN,"a":0,"uid":UID}              it was created
 *   {"e":"end","r":TASKRUN,"a":0,"at":T,"ok":true,"reason":…,"message":…,"results":{…},"containers":[…]}  outcome;
 *                                                        "kill": its Pod is to be deleted; "by": cancelled by "timeout" or "cancel"; "final": no retry
 *   {"e":"finally","run":PATH,"at":T}                    finally tasks begin
 *   {"e":"cancel","at":T,"how":"Cancelled"}              what the user asked for
 *   {"e":"timeout","run":PATH,"what":"tasks","at":T}     a limit of a run was reached: pipeline, tasks or finally
 *   {"e":"fail","run":PATH,"at":T,"reason":…,"message":…}   the run can't go on: what runs is cancelled
 *   {"e":"done","run":PATH,"at":T,"status":"True","reason":…,"message":…,"results":{…}}  PATH empty: the whole run
 *
 * Times are RFC 3339 with nanoseconds. TASK is PATH + the task's name; PATH is "" or "outer/inner/"; TASKRUN is TASK,
 * with "#2" for the combination 2 of a matrix.
 *
 * How the log is stored in a cluster (record_place() decides, the controller does it): as ConfigMaps RUN-record-0,
 * RUN-record-1, …, each with keys 000000, 000001, …, one for each write, so that a write sends only what is new. Every
 * write carries the resourceVersion of the ConfigMap as this controller knows it; a conflict means that somebody else
 * advances the run: the controller drops its state and begins with rebuilding. When a ConfigMap is full, the write that
 * fills it also adds the key SEALED: so one who does not know of the next one can't append any more. Then the next one is
 * created, by name, which fails if somebody else did. The first one is the owner of all others, of Pods and of claims. */
#include "base/str.h"

#define RECORD_SEALED "sealed"
#define RECORD_VERSION 1
enum { RECORD_CHUNK_BYTES = 128 * 1024, RECORD_LINE_MAX = 64 * 1024 };

typedef struct record_place {
    uint32_t chunk; /* 0, 1, … */
    uint32_t key;   /* of the chunk: written with six digits */
    bool create;    /* the chunk is to be created with this key in it */
    bool seal;      /* this write also adds the key RECORD_SEALED */
} record_place;

typedef struct record_writer { /* zero-initialised: nothing is there yet */
    uint32_t chunk, key;
    uint64_t bytes;
    bool exists;
} record_writer;

/* Where the next write of `bytes` goes; advances the writer. */
record_place record_next(record_writer *w, uint64_t bytes);
/* For reading back: tells the writer that this chunk has been read, with so many keys and bytes, sealed or not. In
 * order of chunks. */
void record_read(record_writer *w, uint32_t keys, uint64_t bytes, bool sealed);
str record_name(arena *a, str run, uint32_t chunk);
#endif
