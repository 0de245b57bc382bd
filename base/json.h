#ifndef BASE_JSON_H
#define BASE_JSON_H
/* One JSON value from a text that is not the user's input: answers, messages, records.
 *
 * In: bytes. Out: the tree, in the arena, without places; NULL when the text is anything but one JSON value (strict,
 * RFC 8259), or null. Of a repeated key the last one counts. */
#include "base/ynode.h"

const ynode *json_read(arena *a, str text);
#endif
