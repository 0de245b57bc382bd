#ifndef ENTRYPOINT_DEFLATE_H
#define ENTRYPOINT_DEFLATE_H
/* Raw DEFLATE (RFC 1951), for the compressed termination message.
 *
 * deflate_pack writes one block with dynamic codes; it looks hard for matches, because every byte counts in a message
 * of 4096. (Where fixed codes would be shorter, the message is too short to need any.) deflate_unpack reads any stream;
 * false if it is damaged or gives more than `limit` bytes. */
#include "runtime/entrypoint/mem.h"

void deflate_pack(buf *out, str in);
bool deflate_unpack(buf *out, str in, size_t limit);

/* Shared by both directions: base value and extra bits of the length codes 257.. and of the distance codes. */
enum { LENGTH_CODES = 29, DISTANCE_CODES = 30, LITERALS = 286, MAX_BITS = 15, LENGTH_ORDER = 19 };
unsigned deflate_length_extra(unsigned code);
unsigned deflate_length_base(unsigned code);
unsigned deflate_distance_extra(unsigned code);
unsigned deflate_distance_base(unsigned code);
extern const unsigned char deflate_order[LENGTH_ORDER]; /* in which the lengths of the length codes stand */
#endif
