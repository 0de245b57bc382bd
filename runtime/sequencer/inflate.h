#ifndef RUNTIME_SEQUENCER_INFLATE_H
#define RUNTIME_SEQUENCER_INFLATE_H
/* Compressed termination messages: `tknz:`, then base64 without padding of a raw DEFLATE stream (facts: runtime.md 3.4).
 * In: such a text. Out: what it holds, in the arena; false for a damaged one or one that holds more than INFLATE_MOST. */
#include "base/str.h"

#define INFLATE_PREFIX "tknz:"
enum { INFLATE_MOST = 131072 };
bool inflate_message(arena *a, str text, str *out);
/* A raw DEFLATE stream (RFC 1951). */
bool inflate_bytes(arena *a, str bytes, str *out);
#endif
