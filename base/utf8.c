#include "base/utf8.h"

uint32_t utf8_decode(const char *p, const char *end, uint32_t *rune) {
    const unsigned char *b = (const unsigned char *)p;
    unsigned char first = b[0];
    if (first < 0x80) {
        *rune = first;
        return 1;
    }
    uint32_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || (size_t)(end - p) < n) return 0;
    uint32_t value = first & (0xFFu >> (n + 1));
    for (uint32_t i = 1; i < n; i++) {
        if ((b[i] & 0xC0) != 0x80) return 0;
        value = value << 6 | (b[i] & 0x3F);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[n] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0;
    *rune = value;
    return n;
}

uint32_t utf8_encode(char out[4], uint32_t rune) {
    if (rune < 0x80) {
        out[0] = (char)rune;
        return 1;
    }
    uint32_t n = rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    for (uint32_t i = n - 1; i > 0; i--, rune >>= 6) out[i] = (char)(0x80 | (rune & 0x3F));
    out[0] = (char)(0xF00u >> n | rune);
    return n;
}

bool utf8_yaml_allows(uint32_t rune) {
    if (rune < 0x20) return rune == '\t' || rune == '\n' || rune == '\r';
    if (rune < 0xA0) return rune < 0x7F || rune == 0x85;
    return (rune < 0xD800 || rune > 0xDFFF) && rune != 0xFEFF && rune != 0xFFFE && rune != 0xFFFF && rune <= 0x10FFFF;
}

bool utf8_is_strange(uint32_t rune) {
    static const struct { uint32_t first, last; } spans[] = {{0, 8}, {10, 31}, {127, 159}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        if (rune >= spans[i].first && rune <= spans[i].last) return true;
    return false;
}

void utf8_add_visible(strbuf *b, str s) {
    for (uint32_t i = 0; i < s.n;) {
        uint32_t rune, n = utf8_decode(s.p + i, s.p + s.n, &rune);
        if (!n || utf8_is_strange(rune))
            strbuf_addc(b, '?');
        else
            strbuf_add(b, str_cut(s, i, i + n));
        i += n ? n : 1;
    }
}

str utf8_clean(arena *a, str s) {
    const char *end = s.p + s.n;
    uint32_t rune, n;
    const char *p = s.p;
    while (p < end && (n = utf8_decode(p, end, &rune))) p += n;
    if (p == end) return s;
    strbuf b = {.a = a};
    strbuf_add(&b, str_cut(s, 0, (uint32_t)(p - s.p)));
    while (p < end) {
        n = utf8_decode(p, end, &rune);
        strbuf_add(&b, n ? (str){p, n} : S("\xEF\xBF\xBD"));
        p += n ? n : 1;
    }
    return strbuf_str(&b);
}
