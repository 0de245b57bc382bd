/* Results that are declared twice, and results that don't fit. All results of a container leave it in its termination
 * message: at most 4,096 bytes, and at most 12 KiB for all containers of a Pod together, init containers included.
 * Every step writes all results of its Task anew. Facts: runtime.md 3.1-3.3. */
#include "compiler/warn/parts.h"

enum {
    MESSAGE_MOST = 4096,
    POD_MOST = 12 * 1024,
    ENTRY = sizeof "{\"key\":\"\",\"value\":\"\",\"type\":1}," - 1,
    START = sizeof "[{\"key\":\"StartedAt\",\"value\":\"2026-01-01T00:00:00.000Z\",\"type\":3}]" - 1,
    KEY = sizeof "\\\"\\\":\\\"\\\"," - 1, /* of an object, as text inside of JSON */
    ENOUGH = 64,                           /* bytes for a value: a digest, a short URL */
};

static void twice(const warn *w, map *names, const ynode *name, const head *h) {
    const ynode *first = map_get(names, ynode_text(name)), *here = place_of(name, h);
    map_add(names, ynode_text(name), (void *)(uintptr_t)here);
    if (!first || !here) return;
    diag *x = REPORT_AT(w->c, RESULT_TWICE, here, "two results have the name `%.*s`", STR_ARG(ynode_text(name)));
    diag_note_at(w->c->d, x, first, "the first is here");
    diag_help(w->c->d, x, "rename or remove one of them");
}

#define TWICE(w, T, list)                                                                                              \
    do {                                                                                                               \
        map names = map_new((w)->c->a);                                                                                \
        LIST_EACH(T, r, list) twice((w), &names, r->name, &r->h);                                                      \
    } while (0)

void warn_step_results_twice(const warn *w, const StepResult_list *results) { TWICE(w, StepResult, *results); }
void warn_pipeline_results_twice(const warn *w, const PipelineResult_list *results) {
    TWICE(w, PipelineResult, *results);
}

static uint64_t least_bytes(const TaskResult *r) {
    uint64_t n = ENTRY + ynode_text(r->name).n;
    for (uint32_t i = 0; i < ynode_count(r->properties); i++) n += KEY + r->properties->pairs[i].key.n;
    return n;
}

static uint32_t containers_of(const TaskSpec *spec) {
    uint32_t n = spec->steps.n + spec->sidecars.n + 1; /* one that prepares, and one for the scripts */
    bool scripts = false;
    LIST_EACH(Step, s, spec->steps) scripts = scripts || text_set(s->script) || s->ref;
    return n + scripts;
}

void warn_results(const warn *w, const warn_task *t) {
    const TaskSpec *spec = t->spec;
    TWICE(w, TaskResult, spec->results);
    LIST_EACH(Step, s, spec->steps) warn_step_results_twice(w, &s->results);
    if (w->c->cfg->results_from_sidecar_logs || !spec->results.n) return;
    uint32_t containers = containers_of(spec);
    uint64_t limit = POD_MOST / containers, least = START;
    if (limit > MESSAGE_MOST) limit = MESSAGE_MOST;
    LIST_EACH(TaskResult, r, spec->results) least += least_bytes(r);
    if (least + (uint64_t)spec->results.n * ENOUGH <= limit) return;
    const ynode *where = spec->results.node ? spec->results.node : spec->h.node;
    diag *x;
    if (least > limit)
        x = REPORT_AT(w->c, RESULTS_TOO_LARGE, where,
                      "the %u results can't fit: their names alone take %u bytes of the %u that each of the Pod's %u "
                      "containers has",
                      spec->results.n, (unsigned)least, (unsigned)limit, containers);
    else
        x = REPORT_AT(w->c, RESULTS_TOO_LARGE, where,
                      "the %u results have %u bytes each: the Pod's %u containers share 12 KiB", spec->results.n,
                      (unsigned)((limit - least) / spec->results.n), containers);
    diag_help(w->c->d, x, "use fewer results or steps, or pass files by a workspace");
}
