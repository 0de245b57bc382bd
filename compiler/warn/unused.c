/* What is declared, given or defined, and never used. */
#include "compiler/check/pipeline.h"
#include "compiler/schema/walk.h"
#include "compiler/warn/parts.h"

/* ---- parameters -------------------------------------------------------------------------------------------------- */

static void unused_params(const warn *w, const ParamSpec_list *params, const map *used, const char *whose) {
    LIST_EACH(ParamSpec, p, *params) {
        if (map_has(used, ynode_text(p->name))) continue;
        diag *x = REPORT_AT(w->c, PARAM_UNUSED, place_of(p->name, &p->h), "parameter `%.*s` is not used in %s",
                            NAME_ARG(p->name), whose);
        diag_help(w->c->d, x, "use it or remove it");
    }
}

/* Values that nothing takes: Tekton drops them silently, which hides misspelled names. */
void warn_unused_given(const warn *w, const ParamSpec_list *declared, const Param_list *given, const uses *u,
                       str what) {
    if (!given->n) return;
    map names = map_new(w->c->a);
    LIST_EACH(ParamSpec, p, *declared) map_add(&names, ynode_text(p->name), p);
    LIST_EACH(Param, p, *given) {
        str name = ynode_text(p->name);
        if (map_has(&names, name) || (u && map_has(&u->params, name))) continue;
        diag *x = REPORT_AT(w->c, PARAM_EXTRA, place_of(p->name, &p->h),
                            "%.*s has no parameter `%.*s`: the value is dropped", STR_ARG(what), STR_ARG(name));
        help_nearest(w->c, x, name, &names, "remove it, or declare the parameter");
        /* Many values may come to a definition with few parameters, so that the note is worth its line. */
        if (declared->node) diag_note_at(w->c->d, x, declared->node, "its parameters are declared here");
    }
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static bool is_written(const warn_task *t, const TaskResult *r) {
    return text_set(r->value) || t->uses.all_results || map_has(&t->uses.results, ynode_text(r->name));
}

static void unwritten_results(const warn *w, const warn_task *t) {
    LIST_EACH(TaskResult, r, t->spec->results) {
        if (is_written(t, r)) continue;
        diag *x = REPORT_AT(w->c, RESULT_UNWRITTEN, place_of(r->name, &r->h), "no step writes the result `%.*s`",
                            NAME_ARG(r->name));
        diag_help(w->c->d, x, "write its value to the file `$(results.%.*s.path)`", NAME_ARG(r->name));
    }
    LIST_EACH(Step, s, t->spec->steps) {
        str step = text_set(s->name) ? ynode_text(s->name) : str_fmt(w->c->a, "unnamed-%u", s_i);
        LIST_EACH(StepResult, r, s->results) {
            str key = str_fmt(w->c->a, "%.*s/%.*s", STR_ARG(step), NAME_ARG(r->name));
            if (map_has(&t->uses.step_results, key)) continue;
            diag *x = REPORT_AT(w->c, STEP_RESULT_UNUSED, place_of(r->name, &r->h),
                                "nothing takes the result `%.*s` of step `%.*s`", NAME_ARG(r->name), STR_ARG(step));
            diag_help(w->c->d, x, "give it to a result of the Task: `value: $(steps.%.*s.results.%.*s)`", STR_ARG(step),
                      NAME_ARG(r->name));
        }
    }
}

/* Names that Tekton Chains looks for in finished runs. */
static bool is_for_chains(str name) {
    static const str ends[] = {
        {"IMAGE_URL", 9},         {"IMAGE_DIGEST", 12},    {"ARTIFACT_URI", 12}, {"ARTIFACT_DIGEST", 15},
        {"ARTIFACT_OUTPUTS", 16}, {"ARTIFACT_INPUTS", 15}, {"IMAGES", 6}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_ends(name, ends[i])) return true;
    return str_starts(name, S("CHAINS-"));
}

/* Of an embedded Task: nobody outside of the Pipeline can refer to it. */
static void unused_results(const warn *w, const warn_task *t) {
    str task = ynode_text(t->of->name);
    LIST_EACH(TaskResult, r, t->spec->results) {
        str name = ynode_text(r->name), key = str_fmt(w->c->a, "%.*s/%.*s", STR_ARG(task), STR_ARG(name));
        if (map_has(&t->in->uses.task_results, key) || is_for_chains(name) || !is_written(t, r)) continue;
        diag *x =
            REPORT_AT(w->c, RESULT_UNUSED, place_of(r->name, &r->h),
                      "nothing in the Pipeline takes the result `%.*s` of task `%.*s`", STR_ARG(name), STR_ARG(task));
        diag_help(
            w->c->d, x,
            "if it is for people, give it to a result of the Pipeline: `$(tasks.%.*s.results.%.*s)`; else remove it",
            STR_ARG(task), STR_ARG(name));
    }
}

/* ---- workspaces -------------------------------------------------------------------------------------------------- */

/* One with a path of its own is there for programs that look at that path. */
static void unused_workspaces(const warn *w, const warn_task *t) {
    if (t->uses.all_workspaces) return;
    LIST_EACH(WorkspaceDeclaration, d, t->spec->workspaces) {
        if (text_set(d->mountPath) || map_has(&t->uses.workspaces, ynode_text(d->name))) continue;
        diag *x = REPORT_AT(w->c, WORKSPACE_UNUSED, place_of(d->name, &d->h), "no step uses the workspace `%.*s`",
                            NAME_ARG(d->name));
        diag_help(w->c->d, x, "use `$(workspaces.%.*s.path)`, or remove it", NAME_ARG(d->name));
    }
}

void warn_unused_task(const warn *w, const warn_task *t) {
    unused_params(w, &t->spec->params, &t->uses.params, t->in || t->run ? "this Task" : "the Task");
    unwritten_results(w, t);
    if (t->in) unused_results(w, t);
    unused_workspaces(w, t);
}

void warn_unused_step_action(const warn *w, const StepActionSpec *spec, const uses *u) {
    unused_params(w, &spec->params, &u->params, "the StepAction");
}

void warn_unused_pipeline(const warn *w, const warn_pipeline *p) {
    unused_params(w, &p->spec->params, &p->uses.params, "the Pipeline");
    LIST_EACH(PipelineWorkspaceDeclaration, d, p->spec->workspaces) {
        if (map_has(&p->uses.workspaces, ynode_text(d->name))) continue;
        diag *x = REPORT_AT(w->c, WORKSPACE_UNUSED, place_of(d->name, &d->h), "no task gets the workspace `%.*s`",
                            NAME_ARG(d->name));
        diag_help(w->c->d, x, "give it to a task in its `workspaces`, or remove it");
    }
}

/* ---- Tasks that nothing refers to -------------------------------------------------------------------------------- */

typedef struct references {
    const warn *w;
    arena *a;
    map *names;     /* "KIND/NAME" */
    bool elsewhere; /* some name something that is not in the input, which may refer to anything */
} references;

static void add_ref(references *r, object_kind kind, const ynode *name, const Param_list *resolver_params) {
    bool found = false;
    if (text_set(name)) {
        map_add(r->names, str_fmt(r->a, "%d/%.*s", (int)kind, NAME_ARG(name)), NULL);
        found = world_find(r->w->w, kind, r->w->o->namespace_, name->text) != NULL;
    }
    LIST_EACH(Param, p, *resolver_params) {
        if (text_set(p->value)) map_add(r->names, str_fmt(r->a, "%d/%.*s", (int)kind, NAME_ARG(p->value)), NULL);
    }
    r->elsewhere = r->elsewhere || !found;
}

static void add_steps(references *r, const TaskSpec *spec) {
    LIST_EACH(Step, s, spec->steps) {
        if (s->ref) add_ref(r, OBJECT_STEPACTION, s->ref->name, &s->ref->params);
    }
}

static void add_pipeline(references *r, const PipelineSpec *spec) {
    PIPELINE_TASK_EACH(t, spec) {
        if (t->taskRef) add_ref(r, OBJECT_TASK, t->taskRef->name, &t->taskRef->params);
        if (t->pipelineRef) add_ref(r, OBJECT_PIPELINE, t->pipelineRef->name, &t->pipelineRef->params);
        if (t->taskSpec) add_steps(r, t->taskSpec);
        if (t->pipelineSpec) add_pipeline(r, t->pipelineSpec);
    }
}

static void add_object(references *r, const object *o) {
    if (o->kind == OBJECT_TASK && o->task->spec) add_steps(r, o->task->spec);
    if (o->kind == OBJECT_PIPELINE && o->pipeline->spec) add_pipeline(r, o->pipeline->spec);
    if (o->kind == OBJECT_TASKRUN && o->task_run->spec) {
        const TaskRunSpec *s = o->task_run->spec;
        if (s->taskRef) add_ref(r, OBJECT_TASK, s->taskRef->name, &s->taskRef->params);
        if (s->taskSpec) add_steps(r, s->taskSpec);
    }
    if (o->kind == OBJECT_PIPELINERUN && o->pipeline_run->spec) {
        const PipelineRunSpec *s = o->pipeline_run->spec;
        if (s->pipelineRef) add_ref(r, OBJECT_PIPELINE, s->pipelineRef->name, &s->pipelineRef->params);
        if (s->pipelineSpec) add_pipeline(r, s->pipelineSpec);
    }
}

/* A folder of Tasks is a library, whose users are elsewhere. But when nothing else exists, or when a run stands in the
 * same file, a definition without a use is a mistake or a rest. */
void warn_unused_objects(const warn *w) {
    map names = map_new(w->c->a), files = map_new(w->c->a);
    warn here = *w;
    references r = {.w = &here, .names = &names, .a = w->c->a};
    bool runs = false;
    for (uint32_t i = 0; i < w->w->objects.n; i++) {
        const object *o = w->w->objects.v[i];
        if (o->kind == OBJECT_OTHER || !o->bound) continue;
        bool run = o->kind == OBJECT_PIPELINERUN || o->kind == OBJECT_TASKRUN;
        if (o->refused) return; /* what it refers to is not known for sure */
        here.o = o;
        add_object(&r, o);
        runs = runs || run;
        const source *s = run && o->node ? source_of(w->c->d->sources, o->node->at) : NULL;
        if (s) map_add(&files, s->name, NULL);
    }
    if (!runs || (r.elsewhere && !w->closed)) return;
    for (uint32_t i = 0; i < w->w->objects.n; i++) {
        const object *o = w->w->objects.v[i];
        if ((o->kind != OBJECT_TASK && o->kind != OBJECT_STEPACTION && o->kind != OBJECT_PIPELINE) || !o->name.n ||
            !o->node)
            continue;
        const source *s = source_of(w->c->d->sources, o->node->at);
        if (!w->closed && !(s && map_has(&files, s->name))) continue;
        if (map_has(&names, str_fmt(w->c->a, "%d/%.*s", (int)o->kind, STR_ARG(o->name)))) continue;
        str kind = world_kind_name(o->kind);
        diag *x = REPORT(w->c->d, OBJECT_UNUSED, ynode_get(o->metadata, S("name")), "nothing refers to the %.*s `%.*s`",
                         STR_ARG(kind), STR_ARG(o->name));
        diag_help(w->c->d, x, "refer to it or remove it");
    }
}
