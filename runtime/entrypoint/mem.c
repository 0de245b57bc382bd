#include "runtime/entrypoint/mem.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/sys.h"

#ifdef ENTRYPOINT_HOSTED

/* With sanitizers: each piece on its own, so that what reads past one is seen. */
#include <stdlib.h>

static struct piece {
    struct piece *next;
    _Alignas(16) char bytes[];
} *pieces;

void *mem_take(size_t size) {
    struct piece *p = calloc(1, sizeof *p + size);
    if (!p) fail_memory();
    p->next = pieces;
    pieces = p;
    return p->bytes;
}

#else

enum { ALIGN = 16, FIRST = 16 << 10, CHUNK = 256 << 10 };

static _Alignas(ALIGN) char first[FIRST];
static char *next; /* NULL: the first block */
static size_t room;

void *mem_take(size_t size) {
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!next) next = first, room = FIRST;
    if (size > room) {
        size_t want = size > CHUNK ? size : CHUNK;
        char *chunk = sys_map(want);
        if (!chunk) fail_memory();
        if (want > CHUNK) return chunk; /* one of its own; the current block keeps its rest */
        next = chunk;
        room = want;
    }
    void *taken = next;
    next += size;
    room -= size;
    return taken;
}

#endif

str str_z(const char *z) { return (str){z, strlen(z)}; }

bool str_eq(str a, str b) { return a.n == b.n && memcmp(a.p, b.p, a.n) == 0; }

bool str_is(str s, const char *z) { return str_eq(s, str_z(z)); }

bool str_starts(str s, const char *prefix) {
    size_t n = strlen(prefix);
    return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

bool str_find(str s, size_t from, const char *needle, size_t *at) {
    for (; from < s.n; from++) {
        if (str_starts(str_cut(s, from, s.n), needle)) {
            *at = from;
            return true;
        }
    }
    return false;
}

bool str_has(str s, char c) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == c) return true;
    return false;
}

bool text_is(const char *a, const char *b) { return str_is(str_z(a), b); }

str str_cut(str s, size_t from, size_t to) { return (str){s.p + from, to - from}; }

bool str_next(str *rest, char separator, str *piece) {
    if (!rest->p) return false;
    size_t n = 0;
    while (n < rest->n && rest->p[n] != separator) n++;
    *piece = (str){rest->p, n};
    *rest = n < rest->n ? str_cut(*rest, n + 1, rest->n) : (str){NULL, 0};
    return true;
}

char *str_dup(str s) {
    char *copy = mem_take(s.n + 1);
    memcpy(copy, s.p, s.n);
    return copy;
}

char *str_join(const char *a, const char *b) { return text_form("\1\2", a, b); }

char *str_number(long long value) {
    char *text = (char *)mem_take(24) + 23;
    unsigned long long left = value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;
    do *--text = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0) *--text = '-';
    return text;
}

static void buf_room(buf *b, size_t more) {
    if (b->cap - b->n >= more) return;
    size_t cap = b->cap ? b->cap * 2 : 64;
    while (cap - b->n < more) cap *= 2;
    char *grown = mem_take(cap);
    if (b->n) memcpy(grown, b->p, b->n);
    b->p = grown;
    b->cap = cap;
}

void buf_add(buf *b, str s) {
    buf_room(b, s.n);
    if (s.n) memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buf_addz(buf *b, const char *z) { buf_add(b, str_z(z)); }

void buf_form(buf *b, const char *form, const char *one, const char *two, const char *three, const char *four) {
    const char *const texts[] = {one, two, three, four};
    for (; *form; form++) {
        if (*form <= 4 && *form > 0)
            buf_addz(b, texts[*form - 1]);
        else
            buf_addc(b, *form);
    }
}

char *text_form(const char *form, const char *one, const char *two) {
    buf out = {0};
    buf_form(&out, form, one, two, NULL, NULL);
    return buf_z(&out);
}

void buf_addc(buf *b, char c) { buf_add(b, (str){&c, 1}); }

str buf_str(const buf *b) { return (str){b->p ? b->p : "", b->n}; }

char *buf_z(buf *b) {
    buf_room(b, 1);
    b->p[b->n] = '\0';
    return b->p;
}

void words_add(words *w, char *word) {
    static const char *const end_of_list;
    if (w->room.n) w->room.n -= sizeof word;
    buf_add(&w->room, (str){(const char *)&word, sizeof word});
    buf_add(&w->room, (str){(const char *)&end_of_list, sizeof end_of_list});
    w->v = (char **)(void *)w->room.p;
    w->n++;
}
