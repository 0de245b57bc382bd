#include "plan/digest.h"

/* Two independent hashes of 64 bits side by side. The multipliers are odd numbers without pattern (from the digits of
 * the square roots of 2 and 3). */
typedef struct lanes {
    uint64_t x, y;
} lanes;

static inline uint64_t mix(uint64_t h, uint64_t word, uint64_t multiplier) {
    h = (h ^ word) * multiplier;
    return h ^ h >> 32;
}

static inline lanes stir(lanes l, uint64_t word) {
    return (lanes){mix(l.x, word, UINT64_C(0x6a09e667f3bcc909)), mix(l.y, word, UINT64_C(0xbb67ae8584caa73b))};
}

/* Little-endian on every machine. */
static inline uint64_t word_at(const unsigned char *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static lanes text_lanes(str s) {
    const unsigned char *p = (const unsigned char *)s.p;
    uint32_t left = s.n;
    lanes l = stir((lanes){1, 2}, s.n);
    for (; left >= 8; left -= 8, p += 8) l = stir(l, word_at(p));
    uint64_t last = 0;
    for (uint32_t i = 0; i < left; i++) last |= (uint64_t)p[i] << 8 * i;
    return stir(l, last);
}

digest digest_begin(void) { return (digest){sha256_begin()}; }

void digest_text(digest *d, str text) {
    lanes l = text_lanes(text);
    unsigned char bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(l.x >> 8 * i);
        bytes[8 + i] = (unsigned char)(l.y >> 8 * i);
    }
    sha256_add(&d->all, bytes, sizeof bytes);
}

str digest_end(arena *a, digest *d, uint32_t digits) {
    str all = sha256_hex(a, &d->all);
    return str_cut(all, 0, digits < all.n ? digits : all.n);
}
