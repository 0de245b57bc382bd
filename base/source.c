#include "base/source.h"
#include <assert.h>

enum { SOURCE_MARK = 4096 };

bool source_add(sources *s, str name, str text, source **out) {
    /* The gap of one keeps the end of a text apart from the start of the next. */
    uint64_t base = s->n ? (uint64_t)s->v[s->n - 1].base + s->v[s->n - 1].text.n + 1 : 1;
    if (base + text.n >= UINT32_MAX) return false;
    if (s->n == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : 8;
        s->v = arena_grow(s->a, s->v, s->cap * sizeof *s->v, cap * sizeof *s->v);
        s->cap = cap;
    }
    source *x = &s->v[s->n++];
    *x = (source){.name = name, .text = text, .base = (pos)base};
    if (out) *out = x;
    return true;
}

static source *find(const sources *s, pos at) {
    if (!at || !s->n) return NULL;
    uint32_t low = 0, high = s->n; /* the last source whose base is not past `at` */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (s->v[middle].base <= at)
            low = middle;
        else
            high = middle;
    }
    return at - s->v[low].base <= s->v[low].text.n ? &s->v[low] : NULL;
}

const source *source_of(const sources *s, pos at) { return find(s, at); }

static void find_lines(arena *a, source *x) {
    uint32_t n = 1;
    const char *end = x->text.p + x->text.n;
    for (const char *p = x->text.p; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) n++;
    x->lines = ARENA_ARRAY(a, uint32_t, n);
    n = 1;
    for (const char *p = x->text.p; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        x->lines[n++] = (uint32_t)(p + 1 - x->text.p);
    x->line_count = n;
}

static uint32_t characters(const source *x, uint32_t from, uint32_t to) {
    uint32_t n = 0;
    for (uint32_t i = from; i < to; i++) n += ((unsigned char)x->text.p[i] & 0xC0) != 0x80;
    return n;
}

/* Characters before a byte of the source. With marks, however long its lines are, a place costs the same. */
static uint32_t characters_before(arena *a, source *x, uint32_t offset) {
    if (!x->marks) {
        uint32_t n = x->text.n / SOURCE_MARK + 1;
        x->marks = ARENA_ARRAY(a, uint32_t, n);
        for (uint32_t i = 1; i < n; i++)
            x->marks[i] = x->marks[i - 1] + characters(x, (i - 1) * SOURCE_MARK, i * SOURCE_MARK);
    }
    return x->marks[offset / SOURCE_MARK] + characters(x, offset / SOURCE_MARK * SOURCE_MARK, offset);
}

place source_place(sources *s, pos at) {
    source *x = find(s, at);
    if (!x) return (place){0};
    if (!x->lines) find_lines(s->a, x);
    uint32_t offset = at - x->base, low = 0, high = x->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (x->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    uint32_t start = x->lines[low], end = high < x->line_count ? x->lines[high] - 1 : x->text.n;
    if (end > start && x->text.p[end - 1] == '\r') end--;
    uint32_t column = 1 + (offset - start <= SOURCE_MARK ? characters(x, start, offset)
                                                         : characters_before(s->a, x, offset) - characters_before(s->a, x, start));
    return (place){
        .source = x, .line = low + 1, .column = column, .offset = offset, .line_text = str_cut(x->text, start, end)};
}
