#include "runtime/entrypoint/base64.h"
#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(buf *out, str in, bool padded) {
    for (size_t i = 0; i < in.n; i += 3) {
        size_t n = in.n - i < 3 ? in.n - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++) bits = bits << 8 | (k < n ? (unsigned char)in.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++) {
            if (k <= n)
                buf_addc(out, alphabet[bits >> (18 - 6 * k) & 63]);
            else if (padded)
                buf_addc(out, '=');
        }
    }
}

bool base64_decode(buf *out, str in, bool padded) {
    uint32_t bits = 0;
    size_t letters = 0, pads = 0;
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] == '\r' || in.p[i] == '\n') continue;
        if (in.p[i] == '=' && padded) {
            pads++;
            continue;
        }
        uint32_t letter = 0;
        while (letter < 64 && alphabet[letter] != in.p[i]) letter++;
        if (letter == 64 || pads) return false;
        bits = bits << 6 | letter;
        if (letters++ % 4 > 0) buf_addc(out, (char)(bits >> (6 - 2 * ((letters - 1) % 4))));
    }
    size_t last = letters % 4;
    return last != 1 && (padded ? pads == (4 - last) % 4 : true);
}
