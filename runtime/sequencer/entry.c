#include "runtime/sequencer/inner.h"
#include "runtime/sequencer/moment.h"
#include <stdlib.h>

ynode *entry_new(arena *a, const char *kind) {
    ynode *e = ynode_map(a, NULL);
    ynode_put_str(a, e, S("e"), str_z(kind));
    return e;
}

ynode *entry_of_run(arena *a, const char *kind, const seq_run *r) {
    ynode *e = entry_new(a, kind);
    ynode_put_str(a, e, S("run"), r->plan->path.n ? r->plan->path : S(""));
    return e;
}

ynode *entry_of_task(arena *a, const char *kind, const seq_task *t) {
    ynode *e = entry_new(a, kind);
    ynode_put_str(a, e, S("t"), task_path(t, a));
    return e;
}

ynode *entry_of_child(arena *a, const char *kind, const seq_child *c, uint32_t attempt) {
    ynode *e = entry_new(a, kind);
    str path = task_path(c->task, a);
    if (c->task->count > 1) path = str_fmt(a, "%.*s#%u", STR_ARG(path), c->index);
    ynode_put_str(a, e, S("r"), path);
    ynode_put(a, e, S("a"), ynode_int(a, attempt));
    return e;
}

void entry_moment(arena *a, ynode *e, const char *key, int64_t ns) {
    if (ns) ynode_put_str(a, e, str_z(key), moment_format(a, ns, MOMENT_NANOSECONDS));
}

int64_t entry_time(const ynode *e, str key) {
    int64_t ns;
    str text = ynode_get_text(e, key);
    return text.n && moment_parse(text, &ns) ? ns : 0;
}

static uint32_t digits(str s) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) n = n * 10 + (uint32_t)(s.p[i] - '0');
    return n;
}

uint32_t entry_number(const ynode *e, str key) { return digits(ynode_get_text(e, key)); }

seq_run *entry_run(const seq *s, const ynode *e) { return map_get(&s->runs, ynode_get_text(e, S("run"))); }

seq_task *entry_task(const seq *s, str path) {
    uint32_t slash = path.n;
    while (slash && path.p[slash - 1] != '/') slash--;
    const seq_run *r = map_get(&s->runs, str_cut(path, 0, slash));
    return r ? map_get(&r->by_name, str_from(path, slash)) : NULL;
}

seq_child *entry_child(const seq *s, const ynode *e, uint32_t *attempt) {
    str path = ynode_get_text(e, S("r"));
    uint32_t hash, index = 0;
    if (str_find(path, S("#"), &hash)) {
        index = digits(str_from(path, hash + 1));
        path = str_cut(path, 0, hash);
    }
    const seq_task *t = entry_task(s, path);
    *attempt = entry_number(e, S("a"));
    return t && index < t->count && t->children ? &t->children[index] : NULL;
}
