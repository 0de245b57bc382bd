#ifndef BASE_STR_H
#define BASE_STR_H
/* Strings as pointer and length: not NUL-terminated in general, never owned, may hold any byte.
 *
 * A str points into a source text, a literal or an arena and lives as long as that does. The absent string is
 * {NULL, 0}; the empty one has a pointer. Lengths are bytes; no string is longer than 4 GiB - 1. */
#include "base/arena.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct str {
    const char *p;
    uint32_t n;
} str;

#define S(literal) ((str){("" literal), (uint32_t)sizeof(literal) - 1})
#define STR_NONE ((str){NULL, 0})
/* For printf-like functions: "%.*s", STR_ARG(s). */
#define STR_ARG(s) (int)(s).n, ((s).p ? (s).p : "")

static inline bool str_eq(str a, str b) { return a.n == b.n && (a.n == 0 || a.p == b.p || memcmp(a.p, b.p, a.n) == 0); }
static inline bool str_starts(str s, str prefix) { return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0); }
static inline str str_cut(str s, uint32_t from, uint32_t to) { return (str){from ? s.p + from : s.p, to - from}; } /* bytes [from, to) */
static inline str str_from(str s, uint32_t from) { return (str){from ? s.p + from : s.p, s.n - from}; }

str str_z(const char *z);                      /* the bytes of a NUL-terminated string, not copied; NULL gives STR_NONE */
bool str_ends(str s, str suffix);
bool str_eq_fold(str a, str b);                /* equal, ASCII case ignored */
int str_cmp(str a, str b);                     /* order by bytes, as strcmp */
int str_cmp_qsort(const void *a, const void *b); /* for qsort of an array of str */
bool str_find(str s, str needle, uint32_t *at); /* first occurrence */
str str_trim(str s);                           /* without Unicode-ASCII white space at both ends */
uint64_t str_hash(str s);                      /* FNV-1a 64 */

str str_dup(arena *a, str s);
str str_lower(arena *a, str s);                 /* a copy with ASCII letters in lower case */
str str_cat(arena *a, str x, str y);
str str_fmt(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
str str_vfmt(arena *a, const char *format, va_list args);

/* A string under construction in an arena. Zero-initialise, set `a`, append, then strbuf_str(). */
typedef struct strbuf {
    arena *a;
    char *p;
    size_t n, cap;
} strbuf;

void strbuf_add(strbuf *b, str s);
void strbuf_addc(strbuf *b, char c);
void strbuf_addf(strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_reserve(strbuf *b, size_t more);   /* room for this many bytes more */
str strbuf_str(const strbuf *b);               /* what was built so far; NUL follows it, uncounted */
#endif
