/* Names that are composed from others and become too long: Tekton cuts them to 63 characters and puts a hash in, so
 * that people do not find their run any more; names of containers are only cut, so that two may become the same. Facts:
 * runtime.md 8.1, E.3. */
#include "compiler/check/pipeline.h"
#include "compiler/warn/parts.h"
#include "plan/names.h"

enum { LONGEST = 63, RANDOM = 5 };

static void warn_container_name(const warn *w, map *made, const char *prefix, const ynode *name, const head *h) {
    str whole = str_cat(w->c->a, str_z(prefix), ynode_text(name)),
        cut = name_container(w->c->a, str_z(prefix), ynode_text(name));
    const ynode *first = map_get(made, cut), *here = place_of(name, h);
    if (!text_set(name)) return;
    map_add(made, cut, (void *)(uintptr_t)here);
    if (whole.n <= LONGEST) return;
    diag *x = REPORT_AT(w->c, NAME_TOO_LONG, here, "the container's name %s... has %u characters, of which %d are kept",
                        prefix, whole.n, LONGEST);
    if (first) diag_note_at(w->c->d, x, first, "this one has the same name then, and Kubernetes refuses the Pod");
    diag_help(w->c->d, x, "shorten the name to %u characters", (unsigned)(LONGEST - strlen(prefix)));
}

void warn_step_names(const warn *w, const TaskSpec *spec) {
    map made = map_new(w->c->a);
    LIST_EACH(Step, s, spec->steps) warn_container_name(w, &made, "step-", s->name, &s->h);
    LIST_EACH(Sidecar, s, spec->sidecars) warn_container_name(w, &made, "sidecar-", s->name, &s->h);
}

static uint32_t run_length(const object *o) {
    if (o->name.n) return o->name.n;
    uint32_t n = o->generate_name.n + RANDOM;
    return o->generate_name.n && n > LONGEST ? LONGEST : o->generate_name.n ? n : 0;
}

static const ynode *run_name(const object *o) {
    const ynode *name = ynode_get(o->metadata, S("name"));
    return text_set(name) ? name : ynode_get(o->metadata, S("generateName"));
}

/* One message for a run: it is the run's name that is too long for its tasks, or a task's for every run. */
void warn_run_names(const warn *w, const PipelineSpec *spec) {
    const PipelineTask *longest = NULL;
    uint32_t run = run_length(w->o), most = 0, count = 0;
    if (!run) return;
    PIPELINE_TASK_EACH(t, spec) {
        uint32_t n = run + 1 + ynode_text(t->name).n + (t->matrix ? 2 : 0);
        count += n > LONGEST;
        if (n > most) most = n, longest = t;
    }
    if (!count) return;
    diag *x = REPORT(
        w->c->d, NAME_TOO_LONG, run_name(w->o),
        "with this name the TaskRuns of %u task%s get names of up to %u characters, which are cut to %d and get a hash",
        count, count == 1 ? "" : "s", most, LONGEST);
    diag_note_at(w->c->d, x, place_of(longest->name, &longest->h), "the longest name");
    diag_help(w->c->d, x, "shorten the run's name by %u, or the names of tasks", most - LONGEST);
}

void warn_task_run_name(const warn *w) {
    uint32_t n = run_length(w->o) + (uint32_t)sizeof "-pod" - 1;
    if (n <= LONGEST) return;
    diag *x = REPORT(w->c->d, NAME_TOO_LONG, run_name(w->o),
                     "the Pod's name gets %u characters, is cut to %d and gets a hash", n, LONGEST);
    diag_help(w->c->d, x, "shorten the run's name by %u", n - LONGEST);
}
