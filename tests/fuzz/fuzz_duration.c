/* Any bytes as a duration. Holds: what is accepted has a canonical form, which means the same and is its own canonical
 * form; eight bytes taken as a number of nanoseconds come back from their text. */
#include "base/arena.h"
#include "grammar/duration.h"
#include <stddef.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static void check_value(arena *a, int64_t value) {
    int64_t again;
    str text = duration_format(a, value);
    must(duration_parse(text, &again));
    must(again == value && str_eq(duration_format(a, again), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 16) return 0;
    arena *a = arena_new();
    char *exact = malloc(size ? size : 1); /* nothing behind the text, so that a read past it is noticed */
    must(exact != NULL);
    if (size) memcpy(exact, data, size);
    int64_t value;
    if (duration_parse((str){exact, (uint32_t)size}, &value)) check_value(a, value);
    if (size >= sizeof value) {
        memcpy(&value, data, sizeof value);
        check_value(a, value);
    }
    free(exact);
    arena_free(a);
    return 0;
}
