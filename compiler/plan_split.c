#include "compiler/plan_split.h"
#include "base/emit.h"

typedef struct measure {
    uint64_t bytes, lines;
} measure;

static bool count(void *ctx, const char *bytes, size_t n) {
    measure *m = ctx;
    m->bytes += n;
    for (const char *p = bytes, *end = bytes + n; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) m->lines++;
    return true;
}

/* The bytes of a tree as YAML, `deeper` blanks further in. */
static uint64_t size_of(const ynode *n, uint32_t deeper) {
    measure m = {0};
    emit_yaml(&(emit_sink){count, &m}, n);
    return m.bytes + m.lines * deeper;
}

typedef struct splitting {
    arena *a;
    const ynode *plan;
    uint64_t limit, used;
    ynode *spec; /* of the piece that is being filled */
    ynode_list *out;
} splitting;

enum { HEAD_BYTES = 1024, DEEPER = 4 };

static void begin_piece(splitting *s) {
    ynode *piece = ynode_copy(s->a, s->plan);
    s->spec = ynode_map(s->a, NULL);
    ynode_put(s->a, s->spec, S("part"), ynode_int(s->a, s->out->n));
    ynode_set(s->a, piece, S("spec"), s->spec);
    s->used = HEAD_BYTES;
    vec_push(s->a, s->out, piece);
}

/* Of each task, so that none is written twice to be measured. */
static uint64_t *sizes_of(arena *a, const ynode *tasks, uint64_t *sum) {
    uint64_t *sizes = ARENA_ARRAY(a, uint64_t, ynode_count(tasks));
    YNODE_EACH(i, task, tasks) *sum += sizes[i] = size_of(task, DEEPER);
    return sizes;
}

static void add_tasks(splitting *s, str section, const ynode *tasks, const uint64_t *sizes) {
    ynode *list = NULL;
    YNODE_EACH(i, task, tasks) {
        uint64_t size = sizes[i];
        if (s->used + size > s->limit && s->used > HEAD_BYTES) {
            begin_piece(s);
            list = NULL;
        }
        if (!list) ynode_put(s->a, s->spec, section, list = ynode_seq(s->a, NULL));
        ynode_push(s->a, list, task);
        s->used += size;
    }
}

void plan_split(arena *a, const ynode *plan, uint64_t limit, ynode_list *out) {
    const ynode *spec = ynode_get(plan, S("spec")), *tasks = ynode_get(spec, S("tasks")), *finally = ynode_get(spec, S("finally"));
    splitting s = {.a = a, .plan = plan, .limit = limit, .out = out};
    ynode *head = ynode_copy(a, plan), *rest = ynode_map(a, NULL);
    for (uint32_t i = 0; i < spec->n; i++)
        if (!str_eq(spec->pairs[i].key, S("tasks")) && !str_eq(spec->pairs[i].key, S("finally"))) ynode_put(a, rest, spec->pairs[i].key, spec->pairs[i].value);
    ynode_set(a, head, S("spec"), rest);
    s.used = size_of(head, 0);
    uint64_t all = s.used + sizeof "  tasks:\n  finally:\n";
    const uint64_t *of_tasks = sizes_of(a, tasks, &all), *of_finally = sizes_of(a, finally, &all);
    if (all <= limit) {
        vec_push(a, out, plan);
        return;
    }
    vec_push(a, out, head);
    s.spec = rest;
    add_tasks(&s, S("tasks"), tasks, of_tasks);
    add_tasks(&s, S("finally"), finally, of_finally);
    ynode_put(a, rest, S("parts"), ynode_int(a, out->n));
}
