#include "base/str.h"
#include <assert.h>
#include <stdio.h>

str str_z(const char *z) {
    if (!z) return STR_NONE;
    size_t n = strlen(z);
    assert(n <= UINT32_MAX);
    return (str){z, (uint32_t)n};
}

bool str_ends(str s, str suffix) {
    return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

static unsigned char fold(char c) { return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

bool str_eq_fold(str a, str b) {
    if (a.n != b.n) return false;
    for (uint32_t i = 0; i < a.n; i++)
        if (fold(a.p[i]) != fold(b.p[i])) return false;
    return true;
}

int str_cmp(str a, str b) {
    uint32_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

int str_cmp_qsort(const void *a, const void *b) { return str_cmp(*(const str *)a, *(const str *)b); }

bool str_find(str s, str needle, uint32_t *at) {
    if (needle.n > s.n) return false;
    const char *p = needle.n ? memmem(s.p, s.n, needle.p, needle.n) : s.p;
    if (needle.n && !p) return false;
    if (at) *at = needle.n ? (uint32_t)(p - s.p) : 0;
    return true;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

str str_trim(str s) {
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    while (s.n && is_space(s.p[0])) s.p++, s.n--;
    return s;
}

uint64_t str_hash(str s) {
    uint64_t h = 14695981039346656037u;
    for (uint32_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h;
}

str str_dup(arena *a, str s) { return s.p ? (str){arena_copy(a, s.p, s.n), s.n} : STR_NONE; }

str str_lower(arena *a, str s) {
    char *p = arena_copy(a, s.p ? s.p : "", s.n);
    for (uint32_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + ('a' - 'A'));
    return (str){p, s.n};
}

str str_cat(arena *a, str x, str y) {
    assert(y.n <= UINT32_MAX - x.n);
    char *p = arena_alloc(a, (size_t)x.n + y.n + 1);
    if (x.n) memcpy(p, x.p, x.n);
    if (y.n) memcpy(p + x.n, y.p, y.n);
    return (str){p, x.n + y.n};
}

/* The formats that nearly all names and flags are made by, without the C library's detour: %s %.*s %u %c %%. Answers the
 * length, or -1 for what it does not know or has no room for. */
static int quick_format(char *out, size_t cap, const char *format, va_list args) {
    size_t n = 0;
    for (const char *f = format; *f; f++) {
        if (n + 12 > cap) return -1;
        if (*f != '%') {
            out[n++] = *f;
            continue;
        }
        f++;
        if (*f == '%' || *f == 'c') {
            out[n++] = *f == '%' ? '%' : (char)va_arg(args, int);
        } else if (*f == 'u') {
            char digits[12];
            int k = 0;
            unsigned x = va_arg(args, unsigned);
            do digits[k++] = (char)('0' + x % 10);
            while (x /= 10);
            while (k) out[n++] = digits[--k];
        } else if (*f == 's' || (f[0] == '.' && f[1] == '*' && f[2] == 's')) {
            bool given = *f == '.';
            int length = given ? va_arg(args, int) : 0;
            const char *text = va_arg(args, const char *);
            size_t bytes = given ? strnlen(text, (size_t)length) : strlen(text);
            if (bytes + 12 > cap - n) return -1;
            memcpy(out + n, text, bytes);
            n += bytes;
            if (given) f += 2;
        } else {
            return -1;
        }
    }
    return (int)n;
}

enum { QUICK = 256 };

str str_vfmt(arena *a, const char *format, va_list args) {
    assert(format);
    char quick[QUICK];
    va_list again;
    va_copy(again, args);
    int n = quick_format(quick, sizeof quick, format, again);
    va_end(again);
    if (n >= 0) return (str){arena_copy(a, quick, (size_t)n), (uint32_t)n};
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    assert(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return (str){p, (uint32_t)n};
}

str str_fmt(arena *a, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str s = str_vfmt(a, format, args);
    va_end(args);
    return s;
}

/* One byte more than asked for is always kept for the NUL that strbuf_str() promises. */
void strbuf_reserve(strbuf *b, size_t more) {
    if (b->cap - b->n > more) return;
    size_t cap = b->cap ? b->cap * 2 : 64;
    while (cap - b->n <= more) cap *= 2;
    b->p = arena_grow(b->a, b->p, b->cap, cap);
    b->cap = cap;
}

void strbuf_add(strbuf *b, str s) {
    if (!s.n) return;
    strbuf_reserve(b, s.n);
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void strbuf_addc(strbuf *b, char c) {
    strbuf_reserve(b, 1);
    b->p[b->n++] = c;
}

void strbuf_addf(strbuf *b, const char *format, ...) {
    assert(format);
    char quick[QUICK];
    va_list args;
    va_start(args, format);
    int n = quick_format(quick, sizeof quick, format, args);
    va_end(args);
    if (n >= 0) {
        strbuf_add(b, (str){quick, (uint32_t)n});
        return;
    }
    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(n >= 0);
    strbuf_reserve(b, (size_t)n);
    va_start(args, format);
    vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
}

str strbuf_str(const strbuf *b) {
    assert(b->n <= UINT32_MAX);
    if (!b->p) return S("");
    b->p[b->n] = '\0';
    return (str){b->p, (uint32_t)b->n};
}
