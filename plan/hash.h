#ifndef PLAN_HASH_H
#define PLAN_HASH_H
/* The hashes that names are made of. In: bytes. Out: lower-case hexadecimal text in the arena (facts: runtime.md 8). */
#include "base/str.h"

str hash_md5_hex(arena *a, str bytes);
typedef struct sha256 { /* incremental, since the content hash of a plan is over many pieces */
    uint32_t h[8];
    uint8_t block[64];
    uint64_t length;
} sha256;
sha256 sha256_begin(void);
void sha256_add(sha256 *s, const void *bytes, size_t n);
str sha256_hex(arena *a, sha256 *s); /* ends it */
str hash_sha256_hex(arena *a, str bytes);
uint32_t hash_fnv32a(str bytes);
/* Standard base64 with padding. */
str hash_base64(arena *a, str bytes);
#endif
