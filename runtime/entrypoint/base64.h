#ifndef ENTRYPOINT_BASE64_H
#define ENTRYPOINT_BASE64_H
/* Base64 in the standard alphabet. Reading skips CR and LF and nothing else. */
#include "runtime/entrypoint/mem.h"

void base64_encode(buf *out, str in, bool padded);
bool base64_decode(buf *out, str in, bool padded); /* false: not base64 of that kind */
#endif
