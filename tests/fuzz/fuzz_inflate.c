/* Any bytes as a compressed termination message, and as the DEFLATE stream in one. Holds: it ends, and gives no more than
 * it may; the text with its prefix and the bytes alone give the same. */
#include "base/arena.h"
#include "fuzz.h"
#include "plan/hash.h"
#include "runtime/sequencer/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 16) return 0;
    arena *a = arena_new();
    char *exact = malloc(size ? size : 1); /* nothing behind the text, so that a read past it is noticed */
    FUZZ_CHECK(exact != NULL);
    if (size) memcpy(exact, data, size);
    str bytes = {exact, (uint32_t)size}, out, same, text = hash_base64(a, bytes);
    bool good = inflate_bytes(a, bytes, &out);
    FUZZ_CHECK(!good || out.n <= INFLATE_MOST);
    while (text.n && text.p[text.n - 1] == '=') text.n--;
    bool again = inflate_message(a, str_cat(a, S(INFLATE_PREFIX), text), &same);
    FUZZ_CHECK(again == good && (!good || str_eq(out, same)));
    inflate_message(a, bytes, &out);
    free(exact);
    arena_free(a);
    return 0;
}
