/* What is on its way out: versions, fields that are dropped when v1beta1 becomes v1, kinds that nobody looks at. */
#include "compiler/check/pipeline.h"
#include "compiler/warn/parts.h"

static void warn_version(const warn *w) {
    const object *o = w->o;
    const ynode *where = ynode_get(o->node, S("apiVersion"));
    bool step_action = o->kind == OBJECT_STEPACTION;
    if (o->kind == OBJECT_CUSTOMRUN || (step_action ? !o->v1alpha1 : o->version != API_V1BETA1)) return;
    str kind = world_kind_name(o->kind);
    diag *x = REPORT(w->c->d, OLD_VERSION, where, "%.*s is the old version of %.*s", STR_ARG(ynode_text(where)),
                     STR_ARG(kind));
    diag_help(w->c->d, x, "write tekton.dev/%s%s", step_action ? "v1beta1" : "v1",
              step_action ? "" : "; `tektonc --emit=ast` shows the object in it");
}

/* As written: the struct has lost them already. */
static void warn_dropped_fields(const warn *w, const type *t, const head *h) {
    const ynode *n = h ? h->node : NULL;
    for (uint32_t i = 0; n && n->kind == Y_MAP && i < n->n; i++) {
        const field *f = type_field(t, n->pairs[i].key);
        if (!f || !(f->flags & FIELD_DEPRECATED) || n->pairs[i].value->kind == Y_NULL) continue;
        diag *x = REPORT_RANGE(w->c->d, OLD_FIELD, n->pairs[i].key_at, n->pairs[i].key_end,
                               "`%.*s` of a step has no effect any more: Tekton drops it", STR_ARG(f->json));
        diag_help(w->c->d, x, "remove it; version v1 does not have it");
    }
}

static void warn_task_spec(const warn *w, const TaskSpec *spec) {
    if (!spec || w->o->version != API_V1BETA1) return;
    LIST_EACH(Step, s, spec->steps) warn_dropped_fields(w, &Step_type, &s->h);
    if (spec->stepTemplate) warn_dropped_fields(w, &StepTemplate_type, &spec->stepTemplate->h);
}

/* apiVersion makes a taskRef one of a custom task, also where it names Tekton's own (facts I.15). */
static void warn_pipeline_task(const warn *w, const PipelineTask *t) {
    warn_task_spec(w, t->taskSpec);
    const TaskRef *r = t->taskRef;
    if (!r || !str_starts(ynode_text(r->apiVersion), S("tekton.dev/")) || !str_eq(ynode_text(r->kind), S("Task")))
        return;
    diag *x = REPORT_AT(w->c, OLD_FIELD, r->apiVersion,
                        "with `apiVersion`, Tekton takes the Task `%.*s` for a custom task, which no controller runs",
                        NAME_ARG(r->name));
    diag_help(w->c->d, x, "remove `apiVersion`");
}

static void warn_pipeline_spec(const warn *w, const PipelineSpec *spec) {
    if (!spec) return;
    LIST_EACH(PipelineTask, t, spec->tasks) warn_pipeline_task(w, t);
    LIST_EACH(PipelineTask, f, spec->finally) warn_pipeline_task(w, f);
}

static void warn_task_ref(const warn *w, const TaskRef *r) {
    str kind = r ? ynode_text(r->kind) : S("");
    if (!kind.n || str_eq(kind, S("Task"))) return;
    diag *x = REPORT_AT(w->c, OLD_FIELD, r->kind, "Tekton does not look at the kind %.*s: a TaskRun runs Tasks",
                        STR_ARG(kind));
    diag_help(w->c->d, x, "remove `kind`; what was a ClusterTask must be a Task now");
}

void warn_old(const warn *w) {
    const object *o = w->o;
    warn_version(w);
    switch (o->kind) {
    case OBJECT_TASK: warn_task_spec(w, o->task->spec); break;
    case OBJECT_PIPELINE: warn_pipeline_spec(w, o->pipeline->spec); break;
    case OBJECT_TASKRUN:
        if (!o->task_run->spec) break;
        warn_task_spec(w, o->task_run->spec->taskSpec);
        warn_task_ref(w, o->task_run->spec->taskRef);
        break;
    case OBJECT_PIPELINERUN:
        if (o->pipeline_run->spec) warn_pipeline_spec(w, o->pipeline_run->spec->pipelineSpec);
        break;
    default: break;
    }
}
