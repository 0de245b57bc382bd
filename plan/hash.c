#include "plan/hash.h"
#include <string.h>

static str hex(arena *a, const uint8_t *bytes, size_t n) {
    static const char digits[] = "0123456789abcdef";
    char *out = arena_alloc(a, 2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (str){out, (uint32_t)(2 * n)};
}

static uint32_t rotl(uint32_t x, int c) { return x << c | x >> (32 - c); }
static uint32_t rotr(uint32_t x, int c) { return x >> c | x << (32 - c); }

/* --- MD5 (RFC 1321) --- */
static const uint32_t md5_k[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
static const uint8_t md5_r[16] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};

static void md5_block(uint32_t s[4], const uint8_t *p) {
    uint32_t m[16], a = s[0], b = s[1], c = s[2], d = s[3];
    for (int i = 0; i < 16; i++)
        m[i] = (uint32_t)p[4 * i] | (uint32_t)p[4 * i + 1] << 8 | (uint32_t)p[4 * i + 2] << 16 |
               (uint32_t)p[4 * i + 3] << 24;
    for (int i = 0; i < 64; i++) {
        uint32_t f;
        int g;
        switch (i / 16) {
        case 0:
            f = (b & c) | (~b & d);
            g = i;
            break;
        case 1:
            f = (d & b) | (~d & c);
            g = (5 * i + 1) & 15;
            break;
        case 2:
            f = b ^ c ^ d;
            g = (3 * i + 5) & 15;
            break;
        default:
            f = c ^ (b | ~d);
            g = (7 * i) & 15;
            break;
        }
        uint32_t t = d;
        d = c;
        c = b;
        b += rotl(a + f + md5_k[i] + m[g], md5_r[(i / 16) * 4 + (i & 3)]);
        a = t;
    }
    s[0] += a, s[1] += b, s[2] += c, s[3] += d;
}

str hash_md5_hex(arena *a, str bytes) {
    uint32_t s[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    size_t whole = bytes.n / 64;
    const uint8_t *p = (const uint8_t *)bytes.p;
    for (size_t i = 0; i < whole; i++) md5_block(s, p + 64 * i);
    uint8_t tail[128] = {0};
    size_t rest = bytes.n - 64 * whole, padded = rest < 56 ? 64 : 128;
    if (rest) memcpy(tail, p + 64 * whole, rest);
    tail[rest] = 0x80;
    uint64_t bits = (uint64_t)bytes.n * 8;
    for (int i = 0; i < 8; i++) tail[padded - 8 + (size_t)i] = (uint8_t)(bits >> (8 * i));
    md5_block(s, tail);
    if (padded == 128) md5_block(s, tail + 64);
    uint8_t out[16];
    for (int i = 0; i < 16; i++) out[i] = (uint8_t)(s[i / 4] >> (8 * (i & 3)));
    return hex(a, out, 16);
}

/* --- SHA-256 (FIPS 180-4) --- */
static const uint32_t sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void sha_block(uint32_t h[8], const uint8_t *p) {
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (rotr(x, 7) ^ rotr(x, 18) ^ x >> 3) + w[i - 7] + (rotr(y, 17) ^ rotr(y, 19) ^ y >> 10);
    }
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25), ch = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t t1 = v[7] + s1 + ch + sha_k[i] + w[i];
        uint32_t s0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22),
                 maj = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + s0 + maj;
    }
    for (int i = 0; i < 8; i++) h[i] += v[i];
}

sha256 sha256_begin(void) {
    return (sha256){
        .h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(sha256 *s, const void *bytes, size_t n) {
    const uint8_t *p = bytes;
    size_t used = s->length & 63;
    s->length += n;
    if (used && used + n >= 64) {
        memcpy(s->block + used, p, 64 - used);
        sha_block(s->h, s->block);
        p += 64 - used, n -= 64 - used, used = 0;
    }
    if (!used)
        for (; n >= 64; p += 64, n -= 64) sha_block(s->h, p);
    if (n) memcpy(s->block + used, p, n);
}

str sha256_hex(arena *a, sha256 *s) {
    uint64_t bits = s->length * 8;
    static const uint8_t pad[64] = {0x80};
    size_t used = s->length & 63;
    sha256_add(s, pad, used < 56 ? 56 - used : 120 - used);
    uint8_t end[8], out[32];
    for (int i = 0; i < 8; i++) end[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(s, end, 8);
    for (int i = 0; i < 32; i++) out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i & 3)));
    return hex(a, out, 32);
}

str hash_sha256_hex(arena *a, str bytes) {
    sha256 s = sha256_begin();
    sha256_add(&s, bytes.p, bytes.n);
    return sha256_hex(a, &s);
}

uint32_t hash_fnv32a(str bytes) {
    uint32_t h = 2166136261u;
    for (uint32_t i = 0; i < bytes.n; i++) h = (h ^ (uint8_t)bytes.p[i]) * 16777619u;
    return h;
}

str hash_base64(arena *a, str bytes) {
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = (const uint8_t *)bytes.p;
    char *out = arena_alloc(a, ((size_t)bytes.n + 2) / 3 * 4 + 1), *q = out;
    uint32_t i = 0;
    for (; i + 2 < bytes.n; i += 3) {
        uint32_t w = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
        *q++ = set[w >> 18], *q++ = set[w >> 12 & 63], *q++ = set[w >> 6 & 63], *q++ = set[w & 63];
    }
    if (i < bytes.n) {
        uint32_t w = (uint32_t)p[i] << 16 | (i + 1 < bytes.n ? (uint32_t)p[i + 1] << 8 : 0);
        *q++ = set[w >> 18], *q++ = set[w >> 12 & 63], *q++ = i + 1 < bytes.n ? set[w >> 6 & 63] : '=', *q++ = '=';
    }
    return (str){out, (uint32_t)(q - out)};
}
