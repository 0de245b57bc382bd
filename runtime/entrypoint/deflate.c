#include "runtime/entrypoint/deflate.h"
#include <stdint.h>

enum { WINDOW = 32768, MIN_MATCH = 3, MAX_MATCH = 258, HASH_BITS = 13, TRIES = 512, END_OF_BLOCK = 256 };

const unsigned char deflate_order[LENGTH_ORDER] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

/* The tables of RFC 1951 3.2.5 as arithmetic: four codes share each number of extra bits for lengths, two for
 * distances; the last length code is an exception. */
unsigned deflate_length_extra(unsigned code) { return code < 8 || code == 28 ? 0 : code / 4 - 1; }
unsigned deflate_length_base(unsigned code) {
    return code < 8 ? code + 3 : code == 28 ? 258 : ((4 + code % 4) << deflate_length_extra(code)) + 3;
}
unsigned deflate_distance_extra(unsigned code) { return code < 4 ? 0 : code / 2 - 1; }
unsigned deflate_distance_base(unsigned code) {
    return code < 4 ? code + 1 : ((2 + code % 2) << deflate_distance_extra(code)) + 1;
}

typedef struct {
    uint16_t length, distance; /* distance 0: length is a literal byte */
} token;

struct codes {
    unsigned char length[288];
    uint16_t code[288]; /* already reversed for writing */
};

typedef struct {
    buf *out;
    uint32_t bits;
    unsigned n;
} bit_writer;

static void put_bits(bit_writer *w, unsigned value, unsigned n) {
    w->bits |= (uint32_t)value << w->n;
    for (w->n += n; w->n >= 8; w->n -= 8, w->bits >>= 8) buf_addc(w->out, (char)w->bits);
}

static unsigned length_code(unsigned length) {
    unsigned code = LENGTH_CODES - 1;
    while (deflate_length_base(code) > length) code--;
    return code;
}

static unsigned distance_code(unsigned distance) {
    unsigned code = DISTANCE_CODES - 1;
    while (deflate_distance_base(code) > distance) code--;
    return code;
}

struct finder {
    str in;
    int32_t head[1 << HASH_BITS]; /* last position + 1 of each hash */
    int32_t *before;              /* the position + 1 before, of the same hash */
};

static unsigned hash3(const char *p) {
    uint32_t word =
        (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8 | (uint32_t)(unsigned char)p[2] << 16;
    return (word * 2654435761u) >> (32 - HASH_BITS);
}

static void remember(struct finder *f, size_t at) {
    if (at + MIN_MATCH > f->in.n) return;
    unsigned h = hash3(f->in.p + at);
    f->before[at] = f->head[h];
    f->head[h] = (int32_t)at + 1;
}

static token longest_match(const struct finder *f, size_t at) {
    token best = {0, 0};
    size_t most = f->in.n - at < MAX_MATCH ? f->in.n - at : MAX_MATCH;
    if (most < MIN_MATCH) return best;
    int32_t candidate = f->head[hash3(f->in.p + at)];
    for (int tries = TRIES; candidate && tries > 0; tries--, candidate = f->before[candidate - 1]) {
        size_t start = (size_t)candidate - 1, n = 0;
        if (at - start > WINDOW) break;
        while (n < most && f->in.p[start + n] == f->in.p[at + n]) n++;
        /* a match of three far away costs more bits than three literals */
        if (n > best.length && (n > MIN_MATCH || (n == MIN_MATCH && at - start <= 4096)))
            best = (token){(uint16_t)n, (uint16_t)(at - start)};
        if (n == most) break;
    }
    return best;
}

/* Greedy with one byte of lookahead: a longer match that starts one byte later is preferred. */
static size_t find_tokens(str in, token *tokens) {
    struct finder *f = mem_take(sizeof *f);
    f->in = in;
    f->before = mem_take(in.n * sizeof *f->before + 1);
    size_t n = 0;
    token next = longest_match(f, 0);
    for (size_t at = 0; at < in.n;) {
        token here = next;
        remember(f, at);
        next = at + 1 < in.n ? longest_match(f, at + 1) : (token){0, 0};
        if (here.length < MIN_MATCH || next.length > here.length) {
            tokens[n++] = (token){(unsigned char)in.p[at++], 0};
            continue;
        }
        tokens[n++] = here;
        for (size_t i = 1; i < here.length; i++) remember(f, at + i);
        at += here.length;
        next = at < in.n ? longest_match(f, at) : (token){0, 0};
    }
    return n;
}

/* Code lengths by Huffman's rule. When one gets too long the frequencies are flattened and the tree is built again. */
static void choose_lengths(const uint32_t *counts, int n, unsigned most, unsigned char *lengths) {
    uint32_t weight[2 * 288];
    int16_t parent[2 * 288];
    int used = 0;
    for (int i = 0; i < n; i++) {
        weight[i] = counts[i];
        used += counts[i] > 0;
    }
    /* DEFLATE wants at least two codes, so that the set is complete */
    for (int i = 0; used < 2 && i < n; i++)
        if (!weight[i]) weight[i] = 1, used++;
    for (;;) {
        int nodes = n;
        unsigned longest = 0;
        bool joined[2 * 288] = {false};
        for (int left = used; left > 1; left--, nodes++) {
            int low[2] = {-1, -1};
            for (int i = 0; i < nodes; i++) {
                if (joined[i] || !weight[i]) continue;
                if (low[0] < 0 || weight[i] < weight[low[0]])
                    low[1] = low[0], low[0] = i;
                else if (low[1] < 0 || weight[i] < weight[low[1]])
                    low[1] = i;
            }
            weight[nodes] = weight[low[0]] + weight[low[1]];
            for (int k = 0; k < 2; k++) joined[low[k]] = true, parent[low[k]] = (int16_t)nodes;
        }
        for (int i = 0; i < n; i++) {
            unsigned depth = 0;
            if (weight[i])
                for (int at = i; at != nodes - 1; at = parent[at]) depth++;
            lengths[i] = (unsigned char)depth;
            if (depth > longest) longest = depth;
        }
        if (longest <= most) return;
        for (int i = 0; i < n; i++)
            if (weight[i]) weight[i] = weight[i] / 2 + 1;
    }
}

static void assign_codes(struct codes *c, int n) {
    unsigned code = 0;
    for (unsigned bits = 1; bits <= MAX_BITS; bits++, code <<= 1) {
        for (int i = 0; i < n; i++) {
            if (c->length[i] != bits) continue;
            unsigned reversed = 0, forward = code++;
            for (unsigned b = 0; b < bits; b++, forward >>= 1) reversed = reversed << 1 | (forward & 1);
            c->code[i] = (uint16_t)reversed;
        }
    }
}

static void put_code(bit_writer *w, const struct codes *c, unsigned symbol) {
    put_bits(w, c->code[symbol], c->length[symbol]);
}

static void put_tokens(bit_writer *w, const token *tokens, size_t n, const struct codes *literals,
                       const struct codes *distances) {
    for (size_t i = 0; i < n; i++) {
        token t = tokens[i];
        if (!t.distance) {
            put_code(w, literals, t.length);
            continue;
        }
        unsigned l = length_code(t.length), d = distance_code(t.distance);
        put_code(w, literals, 257 + l);
        put_bits(w, t.length - deflate_length_base(l), deflate_length_extra(l));
        put_code(w, distances, d);
        put_bits(w, t.distance - deflate_distance_base(d), deflate_distance_extra(d));
    }
    put_code(w, literals, END_OF_BLOCK);
}

/* The code lengths in the short form of RFC 1951 3.2.7: 16 repeats the last length, 17 and 18 are runs of zeros. */
static size_t pack_lengths(const unsigned char *lengths, size_t n, unsigned char *symbols, unsigned char *extra) {
    size_t out = 0;
    for (size_t i = 0; i < n;) {
        size_t run = 1;
        while (i + run < n && lengths[i + run] == lengths[i]) run++;
        unsigned char length = lengths[i];
        i += run;
        if (length) symbols[out] = length, extra[out++] = 0, run--;
        while (run >= 3) {
            size_t most = length ? 6 : 138, take = run < most ? run : most;
            symbols[out] = length ? 16 : take > 10 ? 18 : 17;
            extra[out] = (unsigned char)(take - (symbols[out] == 18 ? 11 : 3));
            out++;
            run -= take;
        }
        while (run-- > 0) symbols[out] = length, extra[out++] = 0;
    }
    return out;
}

static void put_dynamic_header(bit_writer *w, const struct codes *literals, const struct codes *distances) {
    unsigned char all[288 + 30], symbols[288 + 30], extra[288 + 30];
    uint32_t counts[LENGTH_ORDER] = {0};
    struct codes lengths = {0};
    size_t hlit = LITERALS, hdist = DISTANCE_CODES, hclen = LENGTH_ORDER;
    while (hlit > 257 && !literals->length[hlit - 1]) hlit--;
    while (hdist > 1 && !distances->length[hdist - 1]) hdist--;
    memcpy(all, literals->length, hlit);
    memcpy(all + hlit, distances->length, hdist);
    size_t n = pack_lengths(all, hlit + hdist, symbols, extra);
    for (size_t i = 0; i < n; i++) counts[symbols[i]]++;
    choose_lengths(counts, LENGTH_ORDER, 7, lengths.length);
    assign_codes(&lengths, LENGTH_ORDER);
    while (hclen > 4 && !lengths.length[deflate_order[hclen - 1]]) hclen--;
    put_bits(w, (unsigned)hlit - 257, 5);
    put_bits(w, (unsigned)hdist - 1, 5);
    put_bits(w, (unsigned)hclen - 4, 4);
    for (size_t i = 0; i < hclen; i++) put_bits(w, lengths.length[deflate_order[i]], 3);
    for (size_t i = 0; i < n; i++) {
        put_code(w, &lengths, symbols[i]);
        if (symbols[i] >= 16) put_bits(w, extra[i], symbols[i] == 16 ? 2 : symbols[i] == 17 ? 3 : 7);
    }
}

void deflate_pack(buf *out, str in) {
    token *tokens = mem_take(in.n * sizeof *tokens + 1);
    size_t n = find_tokens(in, tokens);
    uint32_t literal_counts[LITERALS] = {0}, distance_counts[DISTANCE_CODES] = {0};
    for (size_t i = 0; i < n; i++) {
        literal_counts[tokens[i].distance ? 257 + length_code(tokens[i].length) : tokens[i].length]++;
        if (tokens[i].distance) distance_counts[distance_code(tokens[i].distance)]++;
    }
    literal_counts[END_OF_BLOCK]++;
    struct codes literals = {0}, distances = {0};
    choose_lengths(literal_counts, LITERALS, MAX_BITS, literals.length);
    choose_lengths(distance_counts, DISTANCE_CODES, MAX_BITS, distances.length);
    assign_codes(&literals, LITERALS);
    assign_codes(&distances, DISTANCE_CODES);
    bit_writer w = {.out = out};
    put_bits(&w, 1 | 2 << 1, 3); /* the last block; dynamic codes */
    put_dynamic_header(&w, &literals, &distances);
    put_tokens(&w, tokens, n, &literals, &distances);
    put_bits(&w, 0, 7); /* what is left of the last byte */
}
