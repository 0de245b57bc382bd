#ifndef BASE_UTF8_H
#define BASE_UTF8_H
/* UTF-8, decoded and encoded strictly (RFC 3629): no overlong forms, no surrogates, nothing past U+10FFFF.
 *
 * In: bytes of any content, by pointer and end. Out: code points and lengths in bytes. */
#include "base/str.h"

/* The length of the code point at p (p < end) with its value, or 0 when the bytes are not UTF-8. */
uint32_t utf8_decode(const char *p, const char *end, uint32_t *rune);
/* Writes the code point, yields the number of bytes (1 to 4). */
uint32_t utf8_encode(char out[4], uint32_t rune);
/* May YAML 1.1 contain it as it is? (Spec 5.1: printable characters; others only as escapes.) */
bool utf8_yaml_allows(uint32_t rune);
/* Control characters could play tricks with a terminal: those of both sets, line breaks among them, and what turns the
 * direction of text around, so that a line would look like another one. A tab is none. */
bool utf8_is_strange(uint32_t rune);
/* Adds s with one `?` for each of what is strange and each byte that is no UTF-8: text of others for a terminal. */
void utf8_add_visible(strbuf *b, str s);
/* s, or a copy in which every byte that is not UTF-8 is U+FFFD, as Go's JSON writer does. */
str utf8_clean(arena *a, str s);
#endif
