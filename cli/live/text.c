#include "cli/live/text.h"

str text_duration(arena *a, int64_t ns) {
    long long s = (long long)(ns / 1000000000);
    if (ns < 0) return S("0.0s");
    if (s < 10) return str_fmt(a, "%lld.%llds", s, (long long)(ns / 100000000 % 10));
    if (s < 60) return str_fmt(a, "%llds", s);
    if (s < 3600) return str_fmt(a, "%lldm%02llds", s / 60, s % 60);
    return str_fmt(a, "%lldh%02lldm", s / 3600, s / 60 % 60);
}

static bool is_begin(char c) { return ((unsigned char)c & 0xc0) != 0x80; }

str text_fit(arena *a, str text, uint32_t width) {
    strbuf b = {.a = a};
    uint32_t n = 0, last = 0;
    for (uint32_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if ((unsigned char)c < ' ' || c == 127) c = ' ';
        if (is_begin(c)) {
            if (n == width) {
                b.n = last;
                strbuf_add(&b, S("…"));
                break;
            }
            if (n + 1 == width) last = (uint32_t)b.n;
            n++;
        }
        strbuf_addc(&b, c);
    }
    return b.p ? strbuf_str(&b) : S("");
}
