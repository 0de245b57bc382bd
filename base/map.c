#include "base/map.h"

static inline uint64_t word_at(const char *p) {
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

static inline uint64_t mixed(uint64_t h, uint64_t word) {
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

/* Eight bytes at a time. Its values are seen nowhere: entries keep the order in which they were put. */
static uint64_t hash(str key) {
    uint64_t h = key.n;
    const char *p = key.p;
    uint32_t left = key.n;
    for (; left > 8; left -= 8, p += 8) h = mixed(h, word_at(p));
    if (left == 8) return mixed(h, word_at(p));
    if (key.n > 8) return mixed(h, word_at(key.p + key.n - 8));
    uint64_t last = 0;
    for (uint32_t i = 0; i < left; i++) last = last << 8 | (unsigned char)p[i];
    return mixed(h, last);
}

static uint32_t find_slot(const map *m, str key) {
    uint32_t mask = m->slot_count - 1, i = (uint32_t)hash(key) & mask;
    while (m->slots[i] && !str_eq(m->entries[m->slots[i] - 1].key, key)) i = (i + 1) & mask;
    return i;
}

static void make_room(map *m) {
    if (m->n == m->cap) {
        uint32_t cap = m->cap ? m->cap * 2 : 8;
        m->entries = arena_grow(m->a, m->entries, m->cap * sizeof *m->entries, cap * sizeof *m->entries);
        m->cap = cap;
    }
    if ((uint64_t)(m->n + 1) * 4 <= (uint64_t)m->slot_count * 3) return;
    m->slot_count = m->slot_count ? m->slot_count * 2 : 16;
    m->slots = ARENA_ARRAY(m->a, uint32_t, m->slot_count);
    for (uint32_t i = 0; i < m->n; i++) m->slots[find_slot(m, m->entries[i].key)] = i + 1;
}

static map_entry *find(const map *m, str key) {
    if (!m->n) return NULL;
    uint32_t slot = m->slots[find_slot(m, key)];
    return slot ? &m->entries[slot - 1] : NULL;
}

static void append(map *m, str key, void *value) {
    make_room(m);
    uint32_t slot = find_slot(m, key);
    m->entries[m->n++] = (map_entry){key, value};
    m->slots[slot] = m->n;
}

void *map_get(const map *m, str key) {
    const map_entry *e = find(m, key);
    return e ? e->value : NULL;
}

bool map_has(const map *m, str key) { return find(m, key) != NULL; }

void *map_put(map *m, str key, void *value) {
    map_entry *e = find(m, key);
    if (!e) {
        append(m, key, value);
        return NULL;
    }
    void *former = e->value;
    e->value = value;
    return former;
}

bool map_add(map *m, str key, void *value) {
    if (find(m, key)) return false;
    append(m, key, value);
    return true;
}
