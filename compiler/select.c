#include "compiler/select.h"
#include "base/emit.h"
#include "compiler/defaults.h"
#include "compiler/diags.h"
#include "compiler/schema/order.h"
#include "compiler/schema/walk.h"
#include "compiler/start.h"
#include <assert.h>

/* The parameters and workspaces that the definition behind a run declares, whatever it is. */
typedef struct declared {
    str what, name; /* "Pipeline", "build"; for messages */
    ParamSpec_list params;
    VEC(str) workspaces;         /* all names */
    VEC(const ynode *) required; /* name nodes of those that must be bound */
    bool known;                  /* the definition was found */
} declared;

typedef struct selection {
    world *w;
    diags *d;
    const config *cfg;
    const request *r;
    arena *a;
    defaults fill;
    run_inputs *out;
    VEC(object *) entries; /* what made runs run */
    bool circle;
    map wanted[2];         /* names of parameters and of workspaces that any of several entries declares */
} selection;

/* ---- what a run's definition declares ---------------------------------------------------------------------------- */

static void declare_task(selection *s, declared *out, const TaskSpec *spec) {
    if (!spec) return;
    out->known = true;
    out->params = spec->params;
    LIST_EACH(WorkspaceDeclaration, w, spec->workspaces) {
        vec_push(s->a, &out->workspaces, ynode_text(w->name));
        if (!ynode_true(w->optional) && !s->cfg->default_task_run_workspace)
            vec_push(s->a, &out->required, w->name ? w->name : w->h.node);
    }
}

static void declare_pipeline(selection *s, declared *out, const PipelineSpec *spec) {
    if (!spec) return;
    out->known = true;
    out->params = spec->params;
    LIST_EACH(PipelineWorkspaceDeclaration, w, spec->workspaces) {
        vec_push(s->a, &out->workspaces, ynode_text(w->name));
        if (!ynode_true(w->optional)) vec_push(s->a, &out->required, w->name ? w->name : w->h.node);
    }
}

static declared declared_by(selection *s, const object *run) {
    declared out = {0};
    if (run->kind == OBJECT_TASKRUN) {
        const TaskRunSpec *spec = run->task_run->spec;
        const object *task = NULL;
        out.what = S("Task");
        if (spec->taskSpec) {
            declare_task(s, &out, spec->taskSpec);
        } else if (spec->taskRef && !ynode_text(spec->taskRef->resolver).n) {
            out.name = ynode_text(spec->taskRef->name);
            task = world_find(s->w, OBJECT_TASK, run->namespace_, out.name);
            if (task) declare_task(s, &out, task->task->spec);
        }
    } else {
        const PipelineRunSpec *spec = run->pipeline_run->spec;
        const object *pipeline = NULL;
        out.what = S("Pipeline");
        if (spec->pipelineSpec) {
            declare_pipeline(s, &out, spec->pipelineSpec);
        } else if (spec->pipelineRef && !ynode_text(spec->pipelineRef->resolver).n) {
            out.name = ynode_text(spec->pipelineRef->name);
            pipeline = world_find(s->w, OBJECT_PIPELINE, run->namespace_, out.name);
            if (pipeline) declare_pipeline(s, &out, pipeline->pipeline->spec);
        }
    }
    return out;
}

/* ---- values of the command line ---------------------------------------------------------------------------------- */

/* The next item of a,b,"c,d": false at the end; *bad when a quote is not closed. */
static bool next_item(arena *a, str text, uint32_t *at, str *item, uint32_t *from, bool *bad) {
    if (*at > text.n) return false;
    *from = *at;
    if (*at < text.n && text.p[*at] == '"') {
        strbuf b = {.a = a};
        uint32_t i = *at + 1;
        for (; i < text.n; i++) {
            if (text.p[i] != '"')
                strbuf_addc(&b, text.p[i]);
            else if (i + 1 < text.n && text.p[i + 1] == '"')
                strbuf_addc(&b, text.p[i++]);
            else
                break;
        }
        *bad = i >= text.n || (i + 1 < text.n && text.p[i + 1] != ',');
        *item = b.n ? strbuf_str(&b) : S("");
        *at = i + 2;
        return true;
    }
    uint32_t i = *at;
    while (i < text.n && text.p[i] != ',') i++;
    *item = str_cut(text, *at, i);
    *at = i + 1;
    return true;
}

static const ynode *piece(arena *a, const ynode *whole, str text, uint32_t from) {
    ynode *n = ynode_copy(a, ynode_str(a, text, whole));
    if (whole->raw && whole->at) {
        n->at = whole->at + whole->raw - 1 + from;
        n->end = n->at + text.n;
    }
    return n;
}

static const ynode *bad_value(selection *s, const named_tree *p, const char *wanted) {
    REPORT(s->d, GIVEN_VALUE, p->tree, "The value of %.*s is not %s", STR_ARG(p->name), wanted);
    return p->tree;
}

static const ynode *split_array(selection *s, const named_tree *p) {
    str text = ynode_text(p->tree), item;
    ynode *out = ynode_seq(s->a, p->tree);
    bool bad = false;
    for (uint32_t at = 0, from; text.n && next_item(s->a, text, &at, &item, &from, &bad);) {
        if (bad) return bad_value(s, p, "a list such as a,b,c");
        ynode_push(s->a, out, piece(s->a, p->tree, item, from));
    }
    return out;
}

static const ynode *split_object(selection *s, const named_tree *p) {
    str text = ynode_text(p->tree), item;
    ynode *out = ynode_map(s->a, p->tree);
    bool bad = false;
    for (uint32_t at = 0, from, colon; text.n && next_item(s->a, text, &at, &item, &from, &bad);) {
        if (bad || !str_find(item, S(":"), &colon)) return bad_value(s, p, "an object such as key:value,key:value");
        str key = str_cut(item, 0, colon);
        ynode_set(s->a, out, key, piece(s->a, p->tree, str_from(item, colon + 1), from + colon + 1));
    }
    return out;
}

static const ynode *typed_value(selection *s, const named_tree *p, const ParamSpec *declaration) {
    str type_ = declaration ? ynode_text(declaration->type_) : STR_NONE;
    if (!p->words) return p->tree;
    if (str_eq(type_, S("array"))) return split_array(s, p);
    if (str_eq(type_, S("object"))) return split_object(s, p);
    return p->tree;
}

/* ---- params and workspaces over a run ---------------------------------------------------------------------------- */

static Param_list with_params(selection *s, Param_list own, const declared *by, bool made) {
    const request *r = s->r;
    if (!r->params.n) return own;
    map declarations = map_new(s->a), places = map_new(s->a);
    str *names = ARENA_ARRAY(s->a, str, by->params.n + 1);
    uint32_t n = 0;
    LIST_EACH(ParamSpec, p, by->params) {
        names[n++] = ynode_text(p->name);
        map_put(&declarations, ynode_text(p->name), p);
    }
    Param_list out = {.node = own.node};
    out.v = ARENA_ARRAY(s->a, Param *, own.n + r->params.n);
    LIST_EACH(Param, p, own) {
        out.v[out.n] = p;
        map_put(&places, ynode_text(p->name), &out.v[out.n++]);
    }
    for (uint32_t i = 0; i < r->params.n; i++) {
        const named_tree *given = &r->params.v[i];
        const ParamSpec *declaration = map_get(&declarations, given->name);
        if (made && !declaration && map_has(&s->wanted[0], given->name)) continue; /* it is for another of the runs */
        if (made && by->known && !declaration) {
            diag *x = REPORT(s->d, GIVEN_PARAM, given->tree, "The %.*s %.*s has no parameter %.*s", STR_ARG(by->what),
                             STR_ARG(by->name), STR_ARG(given->name));
            str near = diag_nearest(given->name, names, n);
            if (near.p) diag_help(s->d, x, "did you mean `%.*s`?", STR_ARG(near));
        }
        Param *p = ARENA_NEW(s->a, Param);
        p->h.node = given->tree;
        p->name = ynode_str(s->a, given->name, given->tree);
        p->value = typed_value(s, given, declaration);
        Param **slot = map_get(&places, given->name);
        if (!slot) map_put(&places, given->name, slot = &out.v[out.n++]);
        *slot = p;
    }
    return out;
}

static WorkspaceBinding_list with_workspaces(selection *s, WorkspaceBinding_list own, const declared *by, bool made) {
    const request *r = s->r;
    if (!r->workspaces.n) return own;
    map places = map_new(s->a), declarations = map_new(s->a);
    for (uint32_t i = 0; i < by->workspaces.n; i++) map_put(&declarations, by->workspaces.v[i], &by->workspaces.v[i]);
    WorkspaceBinding_list out = {.node = own.node};
    out.v = ARENA_ARRAY(s->a, WorkspaceBinding *, own.n + r->workspaces.n);
    LIST_EACH(WorkspaceBinding, b, own) {
        out.v[out.n] = b;
        map_put(&places, ynode_text(b->name), &out.v[out.n++]);
    }
    for (uint32_t i = 0; i < r->workspaces.n; i++) {
        const named_tree *given = &r->workspaces.v[i];
        if (made && !map_has(&declarations, given->name) && map_has(&s->wanted[1], given->name)) continue;
        if (made && by->known && !map_has(&declarations, given->name)) {
            diag *x = REPORT(s->d, GIVEN_WORKSPACE, given->tree, "The %.*s %.*s has no workspace %.*s",
                             STR_ARG(by->what), STR_ARG(by->name), STR_ARG(given->name));
            str near = diag_nearest(given->name, by->workspaces.v, by->workspaces.n);
            if (near.p) diag_help(s->d, x, "did you mean `%.*s`?", STR_ARG(near));
        }
        WorkspaceBinding *b = BIND(s->a, s->d, WorkspaceBinding, given->tree, API_V1);
        b->name = ynode_str(s->a, given->name, given->tree);
        WorkspaceBinding **slot = map_get(&places, given->name);
        if (!slot) map_put(&places, given->name, slot = &out.v[out.n++]);
        *slot = b;
    }
    return out;
}

static void report_missing(selection *s, const declared *by, Param_list params, WorkspaceBinding_list bindings) {
    map given = map_new(s->a), bound = map_new(s->a);
    LIST_EACH(Param, p, params) map_put(&given, ynode_text(p->name), p);
    LIST_EACH(WorkspaceBinding, b, bindings) map_put(&bound, ynode_text(b->name), b);
    LIST_EACH(ParamSpec, p, by->params) {
        str name = ynode_text(p->name);
        if (p->default_ || map_has(&given, name)) continue;
        diag *x = REPORT(s->d, MISSING_PARAM, p->name ? p->name : p->h.node,
                         "The parameter %.*s of the %.*s %.*s needs a value", STR_ARG(name), STR_ARG(by->what),
                         STR_ARG(by->name));
        diag_help(s->d, x, "give it by `-p %.*s=...`", STR_ARG(name));
    }
    for (uint32_t i = 0; i < by->required.n; i++) {
        str name = ynode_text(by->required.v[i]);
        if (map_has(&bound, name)) continue;
        diag *x = REPORT(s->d, MISSING_WORKSPACE, by->required.v[i], "The workspace %.*s of the %.*s %.*s is not bound",
                         STR_ARG(name), STR_ARG(by->what), STR_ARG(by->name));
        diag_help(s->d, x, "bind it, for example by `-w name=%.*s,emptyDir=`", STR_ARG(name));
    }
}

static const ynode *stand_in_text(selection *s, str name, const ynode *at) {
    return ynode_str(s->a, str_fmt(s->a, "<%.*s>", STR_ARG(name)), at);
}

/* Of the declared type, and one of the values that are allowed. */
static const ynode *stand_in_value(selection *s, const ParamSpec *p, const ynode *at) {
    str name = ynode_text(p->name), kind = ynode_text(p->type_);
    if (str_eq(kind, S("object"))) {
        ynode *keys = ynode_map(s->a, at);
        for (uint32_t i = 0; i < ynode_count(p->properties); i++) {
            str key = p->properties->pairs[i].key;
            ynode_put(s->a, keys, key, stand_in_text(s, key, at));
        }
        return keys;
    }
    const ynode *one = ynode_count(p->enum_) ? p->enum_->items[0] : stand_in_text(s, name, at);
    if (!str_eq(kind, S("array"))) return one;
    ynode *values = ynode_seq(s->a, at);
    ynode_push(s->a, values, one);
    return values;
}

/* What report_missing would name gets a value instead. */
static void stand_in(selection *s, const declared *by, Param_list *params, WorkspaceBinding_list *bindings) {
    map given = map_new(s->a), bound = map_new(s->a);
    Param **values = ARENA_ARRAY(s->a, Param *, params->n + by->params.n);
    WorkspaceBinding **folders = ARENA_ARRAY(s->a, WorkspaceBinding *, bindings->n + by->required.n);
    LIST_EACH(Param, p, *params) map_put(&given, ynode_text(p->name), p);
    LIST_EACH(WorkspaceBinding, b, *bindings) map_put(&bound, ynode_text(b->name), b);
    for (uint32_t i = 0; i < params->n; i++) values[i] = params->v[i];
    for (uint32_t i = 0; i < bindings->n; i++) folders[i] = bindings->v[i];
    params->v = values;
    bindings->v = folders;
    LIST_EACH(ParamSpec, p, by->params) {
        if (p->default_ || map_has(&given, ynode_text(p->name))) continue;
        Param *made = values[params->n++] = ARENA_NEW(s->a, Param);
        made->h.node = p->h.node;
        made->name = p->name;
        made->value = stand_in_value(s, p, p->h.node);
    }
    for (uint32_t i = 0; i < by->required.n; i++) {
        const ynode *name = by->required.v[i];
        if (map_has(&bound, ynode_text(name))) continue;
        WorkspaceBinding *made = folders[bindings->n++] = ARENA_NEW(s->a, WorkspaceBinding);
        made->h.node = name;
        made->name = name;
        made->emptyDir = ynode_map(s->a, name);
    }
}

static void complete(selection *s, const declared *by, Param_list *params, WorkspaceBinding_list *bindings) {
    if (s->r->stand_ins) stand_in(s, by, params, bindings);
    else report_missing(s, by, *params, *bindings);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

enum { NAME_LIMIT = 63, SUFFIX_LENGTH = 5 };

/* Five characters that Kubernetes would choose, from the run's content instead of by chance; the order of keys is none
 * of it. */
static str content_suffix(arena *a, const object *run) {
    static const char safe[] = "bcdfghjklmnpqrstvwxz2456789";
    const type *t = world_type(run->kind);
    uint64_t h = str_hash(emit_json_str(a, order_typed(a, t, walk_tree(a, t, run->bound)), false));
    h ^= h >> 29; /* FNV's low bits alone depend on few bits of the last bytes */
    strbuf b = {.a = a};
    for (int i = 0; i < SUFFIX_LENGTH; i++, h /= sizeof safe - 1) strbuf_addc(&b, safe[h % (sizeof safe - 1)]);
    return strbuf_str(&b);
}

static void name_run(selection *s, const object *run, run_input *out) {
    out->object = run;
    out->namespace_ = run->namespace_.n ? run->namespace_ : s->w->default_namespace;
    /* The nil UUID stands in what is written until a run fills in its own. */
    out->uid = s->r->run_uid.n ? s->r->run_uid : S("00000000-0000-0000-0000-000000000000");
    out->name = run->name;
    if (out->name.n) return;
    start how = start_read(s->r, run->metadata);
    if (start_scheduled(&how)) { /* each Job gets a name of its own, and the CronJob stays the same when the run changes */
        out->name = start_base_name(run);
        return;
    }
    assert(run->generate_name.n); /* check_metadata refuses a run without both */
    str suffix = s->r->name_suffix.n ? s->r->name_suffix : content_suffix(s->a, run);
    uint32_t room = suffix.n < NAME_LIMIT ? NAME_LIMIT - suffix.n : 0;
    str prefix = run->generate_name.n > room ? str_cut(run->generate_name, 0, room) : run->generate_name;
    out->name = str_cat(s->a, prefix, suffix);
    out->name_generated = true;
}

/* ---- the request over a run -------------------------------------------------------------------------------------- */

static const ynode *with_names(selection *s, const object *run) {
    const request *r = s->r;
    if (!r->name.n && !r->namespace_.n) return run->metadata;
    ynode *m = run->metadata ? ynode_copy(s->a, run->metadata) : ynode_map(s->a, run->bound->node);
    if (r->name.n) ynode_set(s->a, m, S("name"), ynode_str(s->a, r->name, NULL));
    if (r->namespace_.n) ynode_set(s->a, m, S("namespace"), ynode_str(s->a, r->namespace_, NULL));
    return m;
}

static bool changes_runs(const request *r) {
    return r->params.n || r->workspaces.n || r->service_account.n || r->name.n || r->namespace_.n;
}

/* A copy of the run with what the request says about it. */
static object *with_request(selection *s, const object *run, bool made) {
    const request *r = s->r;
    declared by = declared_by(s, run);
    object *o;
    const ynode *account = r->service_account.n ? ynode_str(s->a, r->service_account, NULL) : NULL;
    if (run->kind == OBJECT_TASKRUN) {
        TaskRun *t = COPY(s->a, TaskRun, run->task_run);
        t->spec = COPY(s->a, TaskRunSpec, t->spec);
        t->spec->params = with_params(s, t->spec->params, &by, made);
        t->spec->workspaces = with_workspaces(s, t->spec->workspaces, &by, made);
        if (account) t->spec->serviceAccountName = account;
        t->metadata = with_names(s, run);
        if (made) complete(s, &by, &t->spec->params, &t->spec->workspaces);
        o = world_object(s->a, OBJECT_TASKRUN, &t->h);
    } else {
        PipelineRun *p = COPY(s->a, PipelineRun, run->pipeline_run);
        p->spec = COPY(s->a, PipelineRunSpec, p->spec);
        p->spec->params = with_params(s, p->spec->params, &by, made);
        p->spec->workspaces = with_workspaces(s, p->spec->workspaces, &by, made);
        if (account) {
            p->spec->taskRunTemplate = COPY(s->a, PipelineTaskRunTemplate, p->spec->taskRunTemplate);
            p->spec->taskRunTemplate->serviceAccountName = account;
        }
        p->metadata = with_names(s, run);
        if (made) complete(s, &by, &p->spec->params, &p->spec->workspaces);
        o = world_object(s->a, OBJECT_PIPELINERUN, &p->h);
    }
    o->version = run->version;
    return o;
}

static void take_run(selection *s, const object *run, bool made) {
    uint32_t errors = s->d->errors;
    const object *o = made || changes_runs(s->r) ? with_request(s, run, made) : run;
    if (s->d->errors == errors) name_run(s, o, vec_add(s->a, s->out));
}

/* ---- a run made from a Pipeline or a Task -------------------------------------------------------------------------
 */

static object *make_run(selection *s, const object *of) {
    arena *a = s->a;
    const ynode *at = ynode_get(of->metadata, S("name"));
    ynode *metadata = ynode_map(a, at);
    ynode_put_str(a, metadata, S("generateName"), str_cat(a, of->name, S("-run-")));
    if (of->namespace_.n) ynode_put_str(a, metadata, S("namespace"), of->namespace_);
    object *o;
    const ynode *version = ynode_str(a, S("tekton.dev/v1"), at);
    if (of->kind == OBJECT_PIPELINE) {
        PipelineRun *run = ARENA_NEW(a, PipelineRun);
        run->apiVersion = version;
        run->kind = ynode_str(a, world_kind_name(OBJECT_PIPELINERUN), at);
        run->metadata = metadata;
        run->spec = ARENA_NEW(a, PipelineRunSpec);
        run->spec->pipelineRef = ARENA_NEW(a, PipelineRef);
        run->spec->pipelineRef->name = ynode_str(a, of->name, at);
        o = world_object(a, OBJECT_PIPELINERUN, &run->h);
    } else {
        TaskRun *run = ARENA_NEW(a, TaskRun);
        run->apiVersion = version;
        run->kind = ynode_str(a, world_kind_name(OBJECT_TASKRUN), at);
        run->metadata = metadata;
        run->spec = ARENA_NEW(a, TaskRunSpec);
        run->spec->taskRef = ARENA_NEW(a, TaskRef);
        run->spec->taskRef->name = ynode_str(a, of->name, at);
        o = world_object(a, OBJECT_TASKRUN, &run->h);
    }
    defaults_apply(&s->fill, o);
    return o;
}

/* Names of Pipelines that a task of this one refers to. */
static void mark_referred(map *referred, const PipelineSpec *spec) {
    if (!spec) return;
    const PipelineTask_list lists[] = {spec->tasks, spec->finally};
    for (int i = 0; i < 2; i++) LIST_EACH(PipelineTask, t, lists[i]) {
            if (t->pipelineRef) map_put(referred, ynode_text(t->pipelineRef->name), t);
            mark_referred(referred, t->pipelineSpec);
        }
}

/* The Pipelines that no other refers to, else the Tasks. */
static void find_entries(selection *s) {
    map referred = map_new(s->a);
    uint32_t pipelines = 0;
    for (uint32_t i = 0; i < s->w->objects.n; i++) {
        object *o = s->w->objects.v[i];
        if (o->kind != OBJECT_PIPELINE) continue;
        pipelines++;
        mark_referred(&referred, o->pipeline->spec);
    }
    for (uint32_t i = 0; i < s->w->objects.n; i++) {
        object *o = s->w->objects.v[i];
        if (o->kind != (pipelines ? OBJECT_PIPELINE : OBJECT_TASK)) continue;
        if (world_find(s->w, o->kind, o->namespace_, o->name) != o) continue; /* replaced by a later one */
        if (!map_has(&referred, o->name)) vec_push(s->a, &s->entries, o);
    }
    s->circle = pipelines && !s->entries.n; /* they refer to each other: all of them could be meant */
    if (s->circle)
        for (uint32_t i = 0; i < s->w->objects.n; i++)
            if (s->w->objects.v[i]->kind == OBJECT_PIPELINE) vec_push(s->a, &s->entries, s->w->objects.v[i]);
}

static void note_wanted(selection *s, const object *entry) {
    declared by = {0};
    declare_pipeline(s, &by, entry->pipeline->spec);
    LIST_EACH(ParamSpec, p, by.params) map_put(&s->wanted[0], ynode_text(p->name), s);
    for (uint32_t i = 0; i < by.workspaces.n; i++) map_put(&s->wanted[1], by.workspaces.v[i], s);
}

static void report_several(selection *s) {
    const object *first = s->entries.v[0];
    str kind = world_kind_name(first->kind);
    diag *x = REPORT(s->d, SEVERAL_ENTRIES, ynode_get(first->metadata, S("name")),
                     "The input has no run, and %u %.*ss that one could be made from", s->entries.n, STR_ARG(kind));
    for (uint32_t i = 1; i < s->entries.n && i < 8; i++) {
        const object *o = s->entries.v[i];
        diag_note_at(s->d, x, ynode_get(o->metadata, S("name")), "%s", i == 7 ? "and more" : "another one");
    }
    diag_help(s->d, x, "choose one, for example by `--entry %.*s`", STR_ARG(first->name));
}

/* A run of each Pipeline. Of several Tasks none is more likely to be meant than another, and one name can't be given to
 * several. */
static void make_runs(selection *s) {
    find_entries(s);
    if (!s->entries.n) {
        REPORT(s->d, NO_RUN, NULL, "The input has no PipelineRun, TaskRun, Pipeline or Task");
        return;
    }
    if (s->entries.n > 1) {
        if (!s->r->each_pipeline || s->entries.v[0]->kind != OBJECT_PIPELINE || s->circle || s->r->name.n) {
            report_several(s);
            return;
        }
        for (uint32_t i = 0; i < s->entries.n; i++) note_wanted(s, s->entries.v[i]);
    }
    for (uint32_t i = 0; i < s->entries.n; i++) take_run(s, make_run(s, s->entries.v[i]), true);
}

/* ---- by name ------------------------------------------------------------------------------------------------------
 */

static bool is_run(const object *o) { return o->kind == OBJECT_PIPELINERUN || o->kind == OBJECT_TASKRUN; }

/* A run of that name (or prefix) first, then a Pipeline, then a Task. */
static void take_entry(selection *s, str name) {
    static const object_kind definitions[] = {OBJECT_PIPELINE, OBJECT_TASK};
    bool found = false;
    for (uint32_t i = 0; i < s->w->objects.n; i++) {
        const object *o = s->w->objects.v[i];
        if (!is_run(o) || !str_eq(o->name.n ? o->name : o->generate_name, name)) continue;
        take_run(s, o, false);
        found = true;
    }
    for (uint32_t k = 0; !found && k < 2; k++)
        for (uint32_t i = 0; !found && i < s->w->objects.n; i++) {
            const object *o = s->w->objects.v[i];
            if (o->kind != definitions[k] || !str_eq(o->name, name)) continue;
            take_run(s, make_run(s, o), true);
            found = true;
        }
    if (found) return;
    str *names = ARENA_ARRAY(s->a, str, s->w->objects.n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->w->objects.n; i++) {
        const object *o = s->w->objects.v[i];
        if (is_run(o) || o->kind == OBJECT_PIPELINE || o->kind == OBJECT_TASK) names[n++] = o->name;
    }
    diag *x = REPORT(s->d, UNKNOWN_ENTRY, NULL, "The input has no run, Pipeline or Task named %.*s", STR_ARG(name));
    str near = diag_nearest(name, names, n);
    if (near.p) diag_help(s->d, x, "did you mean `%.*s`?", STR_ARG(near));
}

static void report_repeated(selection *s) {
    map seen = map_new(s->a);
    for (uint32_t i = 0; i < s->out->n; i++) {
        const run_input *run = &s->out->v[i];
        const ynode *where = run->object->metadata ? run->object->metadata : run->object->bound->node;
        str key = str_fmt(s->a, "%.*s/%.*s", STR_ARG(run->namespace_), STR_ARG(run->name));
        const ynode *before = map_put(&seen, key, (void *)(uintptr_t)where);
        if (!before) continue;
        diag *x = REPORT(s->d, REPEATED_RUN, where, "There is another run named %.*s", STR_ARG(run->name));
        diag_note_at(s->d, x, before, "the other one");
    }
}

void select_runs(world *w, diags *d, const config *cfg, const request *r, run_inputs *out) {
    selection s = {.w = w, .d = d, .cfg = cfg, .r = r, .a = w->a, .out = out};
    s.fill = defaults_new(w->a, d, cfg);
    for (int i = 0; i < 2; i++) s.wanted[i] = map_new(w->a);
    if (r->pipeline_or_task.n) {
        take_entry(&s, r->pipeline_or_task);
    } else {
        uint32_t runs = 0;
        for (uint32_t i = 0; i < w->objects.n; i++) {
            if (!is_run(w->objects.v[i])) continue;
            take_run(&s, w->objects.v[i], false);
            runs++;
        }
        if (!runs) make_runs(&s);
    }
    report_repeated(&s);
}
