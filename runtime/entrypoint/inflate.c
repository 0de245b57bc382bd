#include "runtime/entrypoint/deflate.h"
#include <stdint.h>

struct reader {
    const unsigned char *at, *end;
    uint32_t bits;
    unsigned n;
    bool broken;
};

/* Codes in canonical order: how many there are of each length, and the symbols by code. */
struct table {
    uint16_t count[MAX_BITS + 1];
    uint16_t symbol[288];
};

static unsigned take_bits(struct reader *r, unsigned n) {
    while (r->n < n) {
        if (r->at == r->end) {
            r->broken = true;
            return 0;
        }
        r->bits |= (uint32_t)*r->at++ << r->n;
        r->n += 8;
    }
    unsigned value = r->bits & ((1u << n) - 1);
    r->bits >>= n;
    r->n -= n;
    return value;
}

/* False for lengths that no set of codes can have. An incomplete set is accepted; its missing codes are refused when
 * they turn up. */
static bool build(struct table *t, const unsigned char *lengths, unsigned n) {
    uint16_t next[MAX_BITS + 1] = {0};
    *t = (struct table){0};
    for (unsigned i = 0; i < n; i++) t->count[lengths[i]]++;
    t->count[0] = 0;
    int room = 1;
    for (int bits = 1; bits <= MAX_BITS; bits++) {
        room = room * 2 - t->count[bits];
        if (room < 0) return false;
        if (bits < MAX_BITS) next[bits + 1] = (uint16_t)(next[bits] + t->count[bits]);
    }
    for (unsigned i = 0; i < n; i++)
        if (lengths[i]) t->symbol[next[lengths[i]]++] = (uint16_t)i;
    return true;
}

static unsigned take_symbol(struct reader *r, const struct table *t) {
    int code = 0, first = 0, index = 0;
    for (int bits = 1; bits <= MAX_BITS && !r->broken; bits++) {
        code |= (int)take_bits(r, 1);
        int count = t->count[bits];
        if (code - first < count) return t->symbol[index + code - first];
        index += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    r->broken = true;
    return 0;
}

static bool read_lengths(struct reader *r, struct table *literals, struct table *distances) {
    unsigned char lengths[288 + 32] = {0};
    unsigned hlit = take_bits(r, 5) + 257, hdist = take_bits(r, 5) + 1, hclen = take_bits(r, 4) + 4, n = 0;
    for (unsigned i = 0; i < hclen; i++) lengths[deflate_order[i]] = (unsigned char)take_bits(r, 3);
    if (hlit > LITERALS || hdist > DISTANCE_CODES || !build(literals, lengths, LENGTH_ORDER)) return false;
    memset(lengths, 0, sizeof lengths);
    while (n < hlit + hdist && !r->broken) {
        unsigned symbol = take_symbol(r, literals), repeat = 1;
        unsigned char length = (unsigned char)symbol;
        if (symbol == 16) {
            if (n == 0) return false;
            length = lengths[n - 1];
            repeat = 3 + take_bits(r, 2);
        } else if (symbol > 16) {
            length = 0;
            repeat = symbol == 17 ? 3 + take_bits(r, 3) : 11 + take_bits(r, 7);
        }
        if (n + repeat > hlit + hdist) return false;
        memset(lengths + n, length, repeat);
        n += repeat;
    }
    return !r->broken && build(literals, lengths, hlit) && build(distances, lengths + hlit, hdist);
}

static bool read_stored(struct reader *r, buf *out) {
    r->n = 0;
    r->bits = 0;
    if (r->end - r->at < 4) return false;
    unsigned n = r->at[0] | (unsigned)r->at[1] << 8, check = r->at[2] | (unsigned)r->at[3] << 8;
    r->at += 4;
    if ((n ^ check) != 0xffff || (size_t)(r->end - r->at) < n) return false;
    buf_add(out, (str){(const char *)r->at, n});
    r->at += n;
    return true;
}

static bool read_block(struct reader *r, buf *out, const struct table *literals, const struct table *distances,
                       size_t limit) {
    for (;;) {
        unsigned symbol = take_symbol(r, literals);
        if (r->broken || symbol > 256 + LENGTH_CODES || out->n > limit) return false;
        if (symbol == 256) return true;
        if (symbol < 256) {
            buf_addc(out, (char)symbol);
            continue;
        }
        unsigned length = deflate_length_base(symbol - 257) + take_bits(r, deflate_length_extra(symbol - 257));
        unsigned code = take_symbol(r, distances);
        if (r->broken || code >= DISTANCE_CODES) return false;
        size_t distance = deflate_distance_base(code) + take_bits(r, deflate_distance_extra(code));
        if (r->broken || distance > out->n) return false;
        while (length-- > 0) buf_addc(out, out->p[out->n - distance]);
    }
}

bool deflate_unpack(buf *out, str in, size_t limit) {
    struct reader r = {.at = (const unsigned char *)in.p, .end = (const unsigned char *)in.p + in.n};
    for (bool last = false; !last;) {
        struct table literals, distances;
        last = take_bits(&r, 1);
        unsigned kind = take_bits(&r, 2);
        if (r.broken || kind == 3) return false;
        if (kind == 0) {
            if (!read_stored(&r, out)) return false;
        } else {
            if (kind == 2) {
                if (!read_lengths(&r, &literals, &distances)) return false;
            } else {
                unsigned char fixed[288];
                for (int i = 0; i < 288; i++) fixed[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
                build(&literals, fixed, 288);
                memset(fixed, 5, DISTANCE_CODES);
                build(&distances, fixed, DISTANCE_CODES);
            }
            if (!read_block(&r, out, &literals, &distances, limit)) return false;
        }
        if (out->n > limit) return false;
    }
    return true;
}
