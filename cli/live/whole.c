#include "cli/live/whole.h"
#include "base/map.h"
#include "compiler/compile.h"

/* The tasks as they were resolved stand in the places of those that were written. */
static const ynode *with_tasks(arena *a, const ynode *written, const ynode *resolved) {
    ynode *out = ynode_seq(a, NULL);
    map by_name = map_new(a);
    YNODE_EACH(k, other, resolved) map_add(&by_name, ynode_get_text(other, S("name")), (void *)(uintptr_t)ynode_get(other, S("task")));
    YNODE_EACH(i, one, written) {
        const ynode *task = map_get(&by_name, ynode_get_text(one, S("name")));
        ynode_push(a, out, task ? task : one);
    }
    return out;
}

static const ynode *pipeline_spec(arena *a, const compilation *c, const run_output *out, const ynode *spec) {
    static const char *const lists[] = {"tasks", "finally"};
    const ynode *inlined = ynode_get(spec, S("pipelineSpec"));
    str name = ynode_get_text(ynode_get(spec, S("pipelineRef")), S("name"));
    const object *o = inlined ? NULL : world_find(&c->world, OBJECT_PIPELINE, out->run->namespace_, name);
    if (o) inlined = ynode_get(compile_ast(a, o), S("spec"));
    if (!inlined) return NULL;
    ynode *whole = ynode_copy(a, inlined);
    for (size_t i = 0; i < 2; i++) {
        const ynode *written = ynode_get(whole, str_z(lists[i]));
        if (written) ynode_set(a, whole, str_z(lists[i]), with_tasks(a, written, ynode_get(out->resolved, S("tasks"))));
    }
    return whole;
}

const ynode *whole_of(arena *a, const compilation *c, const run_output *out) {
    const ynode *run = compile_ast_run(a, out->run), *spec = ynode_get(run, S("spec")), *tasks = ynode_get(out->resolved, S("tasks"));
    ynode *whole = ynode_copy(a, run), *status = ynode_map(a, NULL);
    bool pipeline = out->run->object->kind == OBJECT_PIPELINERUN;
    const ynode *definition = pipeline ? pipeline_spec(a, c, out, spec) : ynode_count(tasks) ? ynode_get(tasks->items[0], S("spec")) : NULL;
    if (definition) ynode_put(a, status, pipeline ? S("pipelineSpec") : S("taskSpec"), definition);
    ynode_set(a, whole, S("status"), status);
    return whole;
}

/* Fields of y over those of x. */
static const ynode *over(arena *a, const ynode *x, const ynode *y) {
    ynode *out = x ? ynode_copy(a, x) : ynode_map(a, NULL);
    for (uint32_t i = 0; i < ynode_count(y); i++) ynode_set(a, out, y->pairs[i].key, y->pairs[i].value);
    return out;
}

const ynode *whole_with_status(arena *a, const ynode *whole, const ynode *shown) {
    if (!whole || !shown) return shown;
    ynode *out = ynode_map(a, NULL);
    const ynode *meta = over(a, ynode_get(whole, S("metadata")), ynode_get(shown, S("metadata")));
    const ynode *status = over(a, ynode_get(shown, S("status")), ynode_get(whole, S("status")));
    ynode_put(a, out, S("apiVersion"), ynode_get(shown, S("apiVersion")));
    ynode_put(a, out, S("kind"), ynode_get(shown, S("kind")));
    ynode_put(a, out, S("metadata"), ynode_without(a, meta, S("generateName")));
    if (ynode_get(whole, S("spec"))) ynode_put(a, out, S("spec"), ynode_get(whole, S("spec")));
    ynode_put(a, out, S("status"), status);
    return out;
}

const ynode *whole_in_list(arena *a, const ynode *whole, const ynode *shown) {
    const ynode *items = ynode_get(shown, S("items"));
    if (!whole || !ynode_count(items)) return shown;
    ynode *out = ynode_copy(a, shown), *all = ynode_copy(a, items);
    const ynode **copy = ARENA_ARRAY(a, const ynode *, items->n);
    for (uint32_t i = 0; i < items->n; i++) copy[i] = i ? items->items[i] : whole_with_status(a, whole, items->items[0]);
    all->items = copy;
    ynode_set(a, out, S("items"), all);
    return out;
}
