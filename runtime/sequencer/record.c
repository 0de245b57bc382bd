#include "runtime/sequencer/record.h"

record_place record_next(record_writer *w, uint64_t bytes) {
    record_place at = {.chunk = w->chunk, .key = w->key, .create = !w->exists};
    w->exists = true;
    w->bytes += bytes;
    w->key++;
    if (w->bytes < RECORD_CHUNK_BYTES) return at;
    at.seal = true;
    *w = (record_writer){.chunk = at.chunk + 1};
    return at;
}

void record_read(record_writer *w, uint32_t keys, uint64_t bytes, bool sealed) {
    *w = sealed ? (record_writer){.chunk = w->chunk + 1}
                : (record_writer){.chunk = w->chunk, .key = keys, .bytes = bytes, .exists = true};
}

str record_name(arena *a, str run, uint32_t chunk) { return str_fmt(a, "%.*s-record-%u", STR_ARG(run), chunk); }
