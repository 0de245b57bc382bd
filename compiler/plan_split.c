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

static void add_tasks(splitting *s, str section, const ynode *tasks) {
    ynode *list = NULL;
    YNODE_EACH(i, task, tasks) {
        uint64_t size = size_of(task, DEEPER);
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
    if (size_of(plan, 0) <= limit) {
        vec_push(a, out, plan);
        return;
    }
    const ynode *spec = ynode_get(plan, S("spec"));
    splitting s = {.a = a, .plan = plan, .limit = limit, .out = out};
    ynode *head = ynode_copy(a, plan), *rest = ynode_map(a, NULL);
    for (uint32_t i = 0; i < spec->n; i++)
        if (!str_eq(spec->pairs[i].key, S("tasks")) && !str_eq(spec->pairs[i].key, S("finally"))) ynode_put(a, rest, spec->pairs[i].key, spec->pairs[i].value);
    ynode_set(a, head, S("spec"), rest);
    vec_push(a, out, head);
    s.spec = rest;
    s.used = size_of(head, 0);
    add_tasks(&s, S("tasks"), ynode_get(spec, S("tasks")));
    add_tasks(&s, S("finally"), ynode_get(spec, S("finally")));
    ynode_put(a, rest, S("parts"), ynode_int(a, out->n));
}
