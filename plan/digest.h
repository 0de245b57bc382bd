#ifndef PLAN_DIGEST_H
#define PLAN_DIGEST_H
/* The content of trees as one short name.
 *
 * In: trees, one after the other. Out: hexadecimal digits that are the same for equal JSON values in the same order:
 * the order of keys in a mapping does not count, nor comments, places and style. It tells contents apart, it does not
 * guard against somebody who looks for two with the same digest. Each tree is reduced to 128 bits by a hash that runs
 * at memory speed (plans are tens of megabytes), the sequence of these goes through SHA-256. */
#include "base/ynode.h"
#include "plan/hash.h"

typedef struct digest {
    sha256 all;
} digest;

digest digest_begin(void);
void digest_tree(digest *d, const ynode *n);
void digest_text(digest *d, str text);
/* The first `digits` of the hexadecimal form. Ends it. */
str digest_end(arena *a, digest *d, uint32_t digits);
#endif
