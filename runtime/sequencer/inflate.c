#include "runtime/sequencer/inflate.h"

enum { MAX_BITS = 15, MAX_SYMBOLS = 288 };

typedef struct bits {
    const unsigned char *p, *end;
    uint32_t hold;
    int n;
    bool bad;
    strbuf out;
} bits;

static uint32_t take(bits *b, int n) {
    while (b->n < n) {
        if (b->p == b->end) return b->bad = true, 0;
        b->hold |= (uint32_t)*b->p++ << b->n;
        b->n += 8;
    }
    uint32_t v = b->hold & ((1u << n) - 1);
    b->hold >>= n;
    b->n -= n;
    return v;
}

/* A canonical Huffman code: how many codes there are of each length, and the symbols in the order of their codes. */
typedef struct code {
    uint16_t count[MAX_BITS + 1], symbols[MAX_SYMBOLS];
} code;

static bool make_code(code *c, const uint8_t *lengths, int n) {
    uint16_t next[MAX_BITS + 1];
    int left = 1;
    memset(c->count, 0, sizeof c->count);
    for (int i = 0; i < n; i++) c->count[lengths[i]]++;
    c->count[0] = 0;
    for (int i = 1; i <= MAX_BITS; i++) {
        left = left * 2 - c->count[i];
        if (left < 0) return false; /* more codes than bits can tell apart */
    }
    next[0] = next[1] = 0;
    for (int i = 1; i < MAX_BITS; i++) next[i + 1] = (uint16_t)(next[i] + c->count[i]);
    for (int i = 0; i < n; i++)
        if (lengths[i]) c->symbols[next[lengths[i]]++] = (uint16_t)i;
    return true;
}

static int symbol(bits *b, const code *c) {
    int value = 0, first = 0, index = 0;
    for (int n = 1; n <= MAX_BITS; n++) {
        value |= (int)take(b, 1);
        if (b->bad) return -1;
        if (value - c->count[n] < first) return c->symbols[index + value - first];
        index += c->count[n];
        first = (first + c->count[n]) << 1;
        value <<= 1;
    }
    b->bad = true;
    return -1;
}

static bool room(bits *b, size_t n) {
    if (b->out.n + n <= INFLATE_MOST) return true;
    b->bad = true;
    return false;
}

static void copy_back(bits *b, uint32_t length, uint32_t distance) {
    if (distance > b->out.n || !room(b, length)) {
        b->bad = true;
        return;
    }
    while (length--) strbuf_addc(&b->out, b->out.p[b->out.n - distance]);
}

static void packed_block(bits *b, const code *literals, const code *distances) {
    static const uint16_t length_base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                           31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t length_more[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                          2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t distance_base[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                             33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                             1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    while (!b->bad) {
        int s = symbol(b, literals);
        if (s < 0 || s == 256) return;
        if (s < 256) {
            if (room(b, 1)) strbuf_addc(&b->out, (char)s);
            continue;
        }
        s -= 257;
        if (s >= 29) {
            b->bad = true;
            return;
        }
        uint32_t length = length_base[s] + take(b, length_more[s]);
        int d = symbol(b, distances);
        if (d < 0 || d >= 30) {
            b->bad = true;
            return;
        }
        copy_back(b, length, distance_base[d] + take(b, d < 4 ? 0 : d / 2 - 1));
    }
}

static void fixed_block(bits *b) {
    uint8_t lengths[MAX_SYMBOLS];
    code literals, distances;
    for (int i = 0; i < MAX_SYMBOLS; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    make_code(&literals, lengths, MAX_SYMBOLS);
    memset(lengths, 5, 30);
    make_code(&distances, lengths, 30);
    packed_block(b, &literals, &distances);
}

static void dynamic_block(bits *b) {
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[MAX_SYMBOLS + 32] = {0};
    code literals, distances;
    int n = (int)take(b, 5) + 257, m = (int)take(b, 5) + 1, k = (int)take(b, 4) + 4;
    for (int i = 0; i < k; i++) lengths[order[i]] = (uint8_t)take(b, 3);
    if (b->bad || n > 286 || m > 30 || !make_code(&literals, lengths, 19)) {
        b->bad = true;
        return;
    }
    memset(lengths, 0, sizeof lengths);
    for (int i = 0; i < n + m && !b->bad;) {
        int s = symbol(b, &literals);
        if (s < 0) return;
        if (s < 16) {
            lengths[i++] = (uint8_t)s;
            continue;
        }
        uint8_t again = 0;
        if (s == 16 && i) again = lengths[i - 1];
        int times = s == 16 ? 3 + (int)take(b, 2) : s == 17 ? 3 + (int)take(b, 3) : 11 + (int)take(b, 7);
        if ((s == 16 && !i) || i + times > n + m) {
            b->bad = true;
            return;
        }
        while (times--) lengths[i++] = again;
    }
    if (b->bad || !make_code(&literals, lengths, n) || !make_code(&distances, lengths + n, m)) {
        b->bad = true;
        return;
    }
    packed_block(b, &literals, &distances);
}

static void plain_block(bits *b) {
    b->hold = 0; /* what is left of the byte */
    b->n = 0;
    if (b->end - b->p < 4) {
        b->bad = true;
        return;
    }
    uint32_t n = b->p[0] | (uint32_t)b->p[1] << 8, not = b->p[2] | (uint32_t)b->p[3] << 8;
    b->p += 4;
    if (n != (~not &0xffff) || (size_t)(b->end - b->p) < n || !room(b, n)) {
        b->bad = true;
        return;
    }
    strbuf_add(&b->out, (str){(const char *)b->p, n});
    b->p += n;
}

bool inflate_bytes(arena *a, str bytes, str *out) {
    bits b = {.p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n, .out = {.a = a}};
    for (bool last = false; !last && !b.bad;) {
        last = take(&b, 1);
        switch (take(&b, 2)) {
        case 0: plain_block(&b); break;
        case 1: fixed_block(&b); break;
        case 2: dynamic_block(&b); break;
        default: b.bad = true;
        }
    }
    *out = strbuf_str(&b.out);
    return !b.bad;
}

static int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool inflate_message(arena *a, str text, str *out) {
    strbuf bytes = {.a = a};
    uint32_t hold = 0;
    int n = 0;
    for (uint32_t i = sizeof INFLATE_PREFIX - 1; i < text.n && text.p[i] != '='; i++) {
        int d = base64_digit(text.p[i]);
        if (d < 0) return false;
        hold = hold << 6 | (uint32_t)d;
        n += 6;
        if (n < 8) continue;
        n -= 8;
        strbuf_addc(&bytes, (char)(hold >> n));
    }
    return inflate_bytes(a, strbuf_str(&bytes), out);
}
