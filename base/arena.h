#ifndef BASE_ARENA_H
#define BASE_ARENA_H
/* An arena: memory that is handed out piece by piece and given back all at once.
 *
 * In: the lifetime's owner makes one with arena_new() and passes it to whoever allocates. Out: zeroed memory, aligned
 * for any type, valid until arena_free(). There is no free of one object. Allocation never returns NULL: out of memory
 * ends the program with a message and exit code 3, since no caller could do anything better.
 * An arena is used by one thread at a time. */
#include <setjmp.h>
#include <stddef.h>

typedef struct arena arena;

arena *arena_new(void);
/* One that takes little at a time: slower for much, but what is not needed is not taken. For programs that live long. */
arena *arena_new_small(void);
void arena_free(arena *a);
/* Gives back everything that was handed out, and keeps the last chunk for what comes: for scratch memory. */
void arena_reset(arena *a);

void *arena_alloc(arena *a, size_t bytes);
/* A copy of n bytes, followed by a NUL that is not counted. */
char *arena_copy(arena *a, const void *bytes, size_t n);
/* Grows the last allocation in place where it can, else copies it. old may be NULL with old_bytes 0. */
void *arena_grow(arena *a, void *old, size_t old_bytes, size_t new_bytes);
/* Bytes taken from the system so far, for statistics. */
size_t arena_bytes(const arena *a);

/* For a library, which must not end its program: out of memory jumps to the innermost guard of the thread,
 *
 *     arena_guard g;
 *     arena_guard_begin(&g);
 *     if (setjmp(g.jump)) { arena_guard_free(&g); return …; }
 *     …
 *     arena_guard_end(&g);
 *
 * and arena_guard_free() gives back the arenas that were made since and are still there. */
typedef struct arena_guard {
    jmp_buf jump;
    struct arena *made;
    struct arena_guard *outer;
} arena_guard;
void arena_guard_begin(arena_guard *g);
void arena_guard_end(arena_guard *g);
void arena_guard_free(arena_guard *g);

/* What allocation does when the system has no more; for those whose memory comes from elsewhere (libyaml). */
_Noreturn void arena_out_of_memory(size_t bytes);

#define ARENA_NEW(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define ARENA_ARRAY(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n)))
#endif
