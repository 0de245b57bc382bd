#ifndef CLI_PATHS_H
#define CLI_PATHS_H
/* The path of a place inside its object, "spec.tasks[2].params[0].name", for forms that programs read.
 *
 * In: the roots of all documents; a place. Out: the path of the innermost key or value that holds the whole place, in
 * the arena; empty outside of every document and for a whole document. Keys that are no plain names stand in brackets:
 * metadata.labels["a/b"]. What an alias repeats is found where it was written first. */
#include "base/read.h"

typedef struct paths {
    const ynode **roots; /* ascending */
    uint32_t n;
} paths;

paths paths_new(arena *a, const ynode_list *documents);
str path_of(const paths *p, arena *a, pos at, pos end);
#endif
