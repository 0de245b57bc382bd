#ifndef ENTRYPOINT_MESSAGE_H
#define ENTRYPOINT_MESSAGE_H
/* The termination message (facts/runtime.md 3): one JSON array of entries in a file of at most 4096 bytes, that
 * Tekton's controller or tektonc's reads.
 *
 * Entries are collected in the arena and written once, at the end (Tekton: two or three read-modify-writes with an
 * fsync each). What the file held before stays in front. */
#include "runtime/entrypoint/mem.h"

enum entry_type {
    ENTRY_TASK_RESULT = 1,
    ENTRY_INTERNAL = 3,
    ENTRY_STEP_RESULT = 4,
    ENTRY_STEP_ARTIFACTS = 5,
    ENTRY_TASK_ARTIFACTS = 6
};

/* The parts of a message in the order of writing; OLD is what the file held. */
enum part { OLD, RESULTS, STEP_RESULTS, INTERNAL, ARTIFACTS, PARTS };

struct message {
    int fd; /* open termination file */
    bool compress;
    buf part[PARTS]; /* entries as JSON with commas between them */
};

int message_open(struct message *m, const char *path); /* 0 or errno; reads what is there */
void message_add(buf *part, const char *key, str value, enum entry_type type);
int message_write(const struct message *m, str text);

/* Encodes as much as fits. False if something had to be left out: results (then no artifacts either), or artifacts;
 * the internal entries stay as long as they fit. */
bool message_encode(const struct message *m, str *out);
#endif
