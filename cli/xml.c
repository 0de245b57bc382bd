#include "cli/xml.h"
#include "base/utf8.h"

/* XML 1.0 has no control characters but these three, not even escaped. */
static bool is_allowed(uint32_t rune) {
    return rune >= 0x20 ? rune != 0xfffe && rune != 0xffff : rune == '\t' || rune == '\n' || rune == '\r';
}

void xml_text(strbuf *out, str text) {
    for (uint32_t i = 0; i < text.n;) {
        uint32_t rune, n = utf8_decode(text.p + i, text.p + text.n, &rune);
        char c = text.p[i];
        if (!n || !is_allowed(rune))
            strbuf_addc(out, '?');
        else if (c == '<' || c == '>' || c == '&' || c == '"' || rune < 0x20)
            strbuf_addf(out, "&#%u;", (unsigned)c);
        else
            strbuf_add(out, str_cut(text, i, i + n));
        i += n ? n : 1;
    }
}

void xml_attribute(strbuf *out, const char *name, str text) {
    strbuf_addf(out, " %s=\"", name);
    xml_text(out, text);
    strbuf_addc(out, '"');
}
