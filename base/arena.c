#include "base/arena.h"
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Under AddressSanitizer what was not handed out is poisoned, and a gap follows every piece, so that an overrun of a
 * piece is found although the system sees one large chunk. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
enum { GAP = 0 };
#define POISON(p, n) ((void)0)
#define UNPOISON(p, n) ((void)0)
#endif

enum { ALIGN = 16, FIRST_CHUNK = 4 << 10, LAST_CHUNK = 4 << 20, SMALL_FIRST = 4 << 10, SMALL_LAST = 128 << 10 };

typedef struct chunk {
    struct chunk *next;
    size_t size;
    _Alignas(ALIGN) char bytes[];
} chunk;

struct arena {
    chunk *chunks; /* the current one first */
    char *free, *limit;
    char *last; /* start of the last piece, which can grow in place */
    size_t next_size, last_size, taken;
    struct arena *next, **here; /* in the list of a guard; here NULL: in none */
};

static _Thread_local arena_guard *guard; /* of the call that this thread is in */

void arena_guard_begin(arena_guard *g) {
    g->made = NULL;
    g->outer = guard;
    guard = g;
}

static void leave(arena *a) {
    if (!a->here) return;
    *a->here = a->next;
    if (a->next) a->next->here = a->here;
    a->here = NULL;
}

void arena_guard_end(arena_guard *g) {
    while (g->made) leave(g->made);
    guard = g->outer;
}

void arena_guard_free(arena_guard *g) {
    while (g->made) arena_free(g->made);
    guard = g->outer;
}

_Noreturn void arena_out_of_memory(size_t bytes) {
    if (guard) longjmp(guard->jump, 1);
    fprintf(stderr, "tektonc: out of memory (%zu bytes wanted)\n", bytes);
    exit(3);
}

arena *arena_new(void) {
    arena *a = calloc(1, sizeof *a);
    if (!a) arena_out_of_memory(sizeof *a);
    a->next_size = FIRST_CHUNK;
    a->last_size = LAST_CHUNK;
    a->taken = sizeof *a;
    if (guard) {
        a->next = guard->made;
        a->here = &guard->made;
        if (a->next) a->next->here = &a->next;
        guard->made = a;
    }
    return a;
}

arena *arena_new_small(void) {
    arena *a = arena_new();
    a->next_size = SMALL_FIRST;
    a->last_size = SMALL_LAST;
    return a;
}

/* Large chunks come from the system at once, all pages of them: fetching these one by one was a tenth of the time of a
 * large compilation. */
enum { LARGE = 1 << 20 };

static void *chunk_memory(size_t bytes) {
    if (bytes < LARGE) return calloc(1, bytes);
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | (bytes <= LAST_CHUNK * 2 ? MAP_POPULATE : 0), -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void chunk_free(chunk *c) {
    size_t bytes = sizeof(chunk) + c->size;
    if (bytes < LARGE) free(c);
    else munmap(c, bytes);
}

void arena_free(arena *a) {
    if (!a) return;
    leave(a);
    for (chunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        UNPOISON(c->bytes, c->size);
        chunk_free(c);
    }
    free(a);
}

void arena_reset(arena *a) {
    chunk *kept = a->chunks;
    if (!kept) return;
    for (chunk *c = kept->next, *next; c; c = next) {
        next = c->next;
        UNPOISON(c->bytes, c->size);
        a->taken -= sizeof(chunk) + c->size;
        chunk_free(c);
    }
    kept->next = NULL;
    /* What is handed out is zero; only what was used has to be cleared. */
    UNPOISON(kept->bytes, (size_t)(a->free - kept->bytes));
    memset(kept->bytes, 0, (size_t)(a->free - kept->bytes));
    POISON(kept->bytes, kept->size);
    a->free = kept->bytes;
    a->limit = kept->bytes + kept->size;
    a->last = NULL;
}

/* Fresh pages of the system are zero already. */
static chunk *chunk_new(arena *a, size_t bytes) {
    if (bytes > SIZE_MAX - sizeof(chunk)) arena_out_of_memory(bytes);
    chunk *c = chunk_memory(sizeof(chunk) + bytes);
    if (!c) arena_out_of_memory(bytes);
    c->size = bytes;
    a->taken += sizeof(chunk) + bytes;
    POISON(c->bytes, bytes);
    return c;
}

static size_t round_up(size_t bytes) {
    if (bytes > SIZE_MAX - 2 * ALIGN - GAP) arena_out_of_memory(bytes);
    return (bytes + ALIGN - 1) / ALIGN * ALIGN + GAP;
}

void *arena_alloc(arena *a, size_t bytes) {
    size_t need = round_up(bytes ? bytes : 1);
    if (need > (size_t)(a->limit - a->free)) {
        size_t size = need > a->next_size ? need : a->next_size;
        chunk *c = chunk_new(a, size);
        /* A piece larger than a chunk gets one of its own, behind the current one, whose rest stays in use. */
        if (need > a->next_size / 2 && a->chunks && (size_t)(a->limit - a->free) > need / 8) {
            c->next = a->chunks->next;
            a->chunks->next = c;
            UNPOISON(c->bytes, bytes);
            return c->bytes;
        }
        c->next = a->chunks;
        a->chunks = c;
        a->free = c->bytes;
        a->limit = c->bytes + size;
        if (a->next_size < a->last_size) a->next_size *= 2;
    }
    char *p = a->free;
    a->free += need;
    a->last = p;
    UNPOISON(p, bytes);
    return p;
}

char *arena_copy(arena *a, const void *bytes, size_t n) {
    char *p = arena_alloc(a, n + 1);
    if (n) memcpy(p, bytes, n);
    return p;
}

void *arena_grow(arena *a, void *old, size_t old_bytes, size_t new_bytes) {
    assert(new_bytes >= old_bytes);
    if (old && old == (void *)a->last) {
        size_t need = round_up(new_bytes ? new_bytes : 1);
        if (need <= (size_t)(a->limit - a->last)) {
            a->free = a->last + need;
            UNPOISON(old, new_bytes);
            return old;
        }
    }
    void *p = arena_alloc(a, new_bytes);
    if (old_bytes) memcpy(p, old, old_bytes);
    return p;
}

size_t arena_bytes(const arena *a) { return a->taken; }
