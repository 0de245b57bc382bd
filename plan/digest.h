#ifndef PLAN_DIGEST_H
#define PLAN_DIGEST_H
/* The content of texts as one short name.
 *
 * In: texts, one after the other. Out: hexadecimal digits. It tells contents apart, it does not guard against somebody
 * who looks for two with the same digest. Each text is reduced to 128 bits by a hash that runs at memory speed (the Pods
 * of a run are tens of megabytes), the sequence of these goes through SHA-256. */
#include "plan/hash.h"

typedef struct digest {
    sha256 all;
} digest;

digest digest_begin(void);
void digest_text(digest *d, str text);
/* The first `digits` of the hexadecimal form. Ends it. */
str digest_end(arena *a, digest *d, uint32_t digits);
#endif
