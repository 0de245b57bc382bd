#ifndef BASE_MAP_H
#define BASE_MAP_H
/* A hash map from str to pointer, in an arena; entries keep the order in which they were put, so that walking it is
 * deterministic. Keys are not copied: they must live as long as the map. No removal. */
#include "base/str.h"

typedef struct map_entry {
    str key;
    void *value;
} map_entry;

typedef struct map {
    arena *a;
    map_entry *entries; /* in order of first put */
    uint32_t n, cap;
    uint32_t *slots; /* index + 1 into entries, 0 = free */
    uint32_t slot_count;
} map;

static inline map map_new(arena *a) { return (map){.a = a}; }
void *map_get(const map *m, str key);             /* NULL when absent */
bool map_has(const map *m, str key);
void *map_put(map *m, str key, void *value);      /* yields the former value, or NULL; a later put replaces the value, keeps the place */
bool map_add(map *m, str key, void *value);       /* puts only when absent; false when it was there */
#endif
