#include "compiler/convert.h"
#include "base/emit.h"
#include "compiler/diags.h"
#include <stddef.h>
#include <stdlib.h>

/* Members that have another name in v1. */
static const struct rename {
    const type *type;
    uint16_t from, to, bytes;
} renames[] = {
#define RENAME(T, from, to)                                                                                            \
    { &T##_type, offsetof(T, from), offsetof(T, to), sizeof(((T *)0)->to) }
    RENAME(Step, resources, computeResources),
    RENAME(StepTemplate, resources, computeResources),
    RENAME(Sidecar, resources, computeResources),
    RENAME(ContainerSpec, resources, computeResources),
    RENAME(TaskRunSpec, stepOverrides, stepSpecs),
    RENAME(TaskRunSpec, sidecarOverrides, sidecarSpecs),
    RENAME(PipelineTaskRunSpec, taskServiceAccountName, serviceAccountName),
    RENAME(PipelineTaskRunSpec, taskPodTemplate, podTemplate),
    RENAME(PipelineTaskRunSpec, stepOverrides, stepSpecs),
    RENAME(PipelineTaskRunSpec, sidecarOverrides, sidecarSpecs),
#undef RENAME
};

typedef struct deprecation {
    str task;
    const ynode *fields;
} deprecation;

typedef struct conversion {
    arena *a;
    diags *d;
    VEC(deprecation) deprecations; /* by task, in order of appearance */
} conversion;

static bool is_struct(const field *f) { return f->type && f->type->size > 0 && !(f->flags & FIELD_TREE); }
static bool only_v1beta1(const field *f) { return (f->flags & (FIELD_V1 | FIELD_V1BETA1)) == FIELD_V1BETA1; }
static bool is_list(const field *f) { return f->kind == K_LIST && is_struct(f); }

static bool is_renamed(const type *t, const field *f) {
    for (size_t i = 0; i < sizeof renames / sizeof *renames; i++)
        if (renames[i].type == t && renames[i].from == f->offset) return true;
    return false;
}

static void rename_members(const type *t, head *h) {
    for (size_t i = 0; i < sizeof renames / sizeof *renames; i++) {
        const struct rename *r = &renames[i];
        if (r->type != t) continue;
        char *from = (char *)h + r->from, *to = (char *)h + r->to;
        memcpy(to, from, r->bytes);
        memset(from, 0, r->bytes);
    }
}

/* ---- deprecated fields of steps, kept in an annotation --------------------------------------------------------- */

/* A tree with its keys in the order of the rows, which is that of Go's encoder. */
static const ynode *in_row_order(arena *a, const type *t, const ynode *n) {
    if (ynode_is(n, Y_SEQ)) {
        ynode *items = ynode_seq(a, n);
        YNODE_EACH(i, item, n) ynode_push(a, items, in_row_order(a, t, item));
        return items;
    }
    if (!t || !ynode_is(n, Y_MAP)) return n;
    ynode *out = ynode_map(a, n);
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        const ynode *value = ynode_get(n, f->json);
        if (value) ynode_put(a, out, f->json, f->kind == K_MAP ? value : in_row_order(a, f->type, value));
    }
    return out;
}

/* What is deprecated of a Step or StepTemplate, spelled as Go spells a Step that has nothing else. */
static const ynode *deprecated_fields(arena *a, const type *t, const head *h, bool *any) {
    ynode *out = ynode_map(a, NULL);
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        if (is_renamed(t, f)) { /* resources: kept in v1; a struct in Go, which is never left out */
            ynode_put(a, out, f->json, ynode_map(a, NULL));
        } else if (only_v1beta1(f) && !field_zero(f, field_tree(f, h))) {
            ynode_put(a, out, f->json, in_row_order(a, f->type, field_tree(f, h)));
            *any = true;
        } else if (f->kind == K_STRING && f->flags & FIELD_KEEP_EMPTY) {
            ynode_put_str(a, out, f->json, S(""));
        }
    }
    return out;
}

static void keep_deprecations(conversion *c, const TaskSpec *spec, str task) {
    arena *a = c->a;
    bool any = false;
    ynode *steps = ynode_seq(a, NULL), *out = ynode_map(a, NULL);
    LIST_EACH(Step, s, spec->steps) ynode_push(a, steps, deprecated_fields(a, &Step_type, &s->h, &any));
    if (steps->n) ynode_put(a, out, S("deprecatedSteps"), steps);
    if (spec->stepTemplate)
        ynode_put(a, out, S("deprecatedStepTemplate"),
                  deprecated_fields(a, &StepTemplate_type, &spec->stepTemplate->h, &any));
    if (any) vec_push(a, &c->deprecations, ((deprecation){task, out}));
}

static int by_task(const void *x, const void *y) {
    return str_cmp(((const deprecation *)x)->task, ((const deprecation *)y)->task);
}

/* Go's encoder writes these three as escapes, also outside of HTML. */
static str escape_html(arena *a, str json) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < json.n; i++) {
        char ch = json.p[i];
        if (ch == '<' || ch == '>' || ch == '&')
            strbuf_addf(&b, "\\u%04x", (unsigned)ch);
        else
            strbuf_addc(&b, ch);
    }
    return strbuf_str(&b);
}

static void annotate(conversion *c, object *o) {
    arena *a = c->a;
    if (!c->deprecations.n) return;
    qsort(c->deprecations.v, c->deprecations.n, sizeof *c->deprecations.v, by_task);
    ynode *tasks = ynode_map(a, NULL);
    for (uint32_t i = 0; i < c->deprecations.n; i++) {
        /* Of two tasks with one name the later one counts, which the sort kept in any order: a repeated name is an
         * error of its own. */
        if (i + 1 < c->deprecations.n && str_eq(c->deprecations.v[i].task, c->deprecations.v[i + 1].task)) continue;
        ynode_put(a, tasks, c->deprecations.v[i].task, c->deprecations.v[i].fields);
    }
    const ynode *old = ynode_get(o->metadata, S("annotations"));
    ynode *annotations = ynode_is(old, Y_MAP) ? ynode_copy(a, old) : ynode_map(a, o->metadata);
    str text = escape_html(a, emit_json_str(a, tasks, false));
    ynode_set(a, annotations, S("tekton.dev/v1beta1.task-deprecations"), ynode_str(a, text, o->metadata));
    ynode *metadata = o->metadata ? ynode_copy(a, o->metadata) : ynode_map(a, o->node);
    ynode_set(a, metadata, S("annotations"), annotations);
    world_set_metadata(o, metadata);
}

/* ---- what is refused -------------------------------------------------------------------------------------------- */

static void refuse_bundle(conversion *c, const ynode **bundle, const ynode **name, const ynode **resolver) {
    if (!ynode_text(*bundle).n) return;
    diag *x = REPORT(c->d, REMOVED_BUNDLE, *bundle, "Tekton no longer has the field bundle");
    diag_help(c->d, x, "use the resolver `bundles`, or give the definition as a file");
    *resolver = ynode_str(c->a, S("bundles"), *bundle);
    *name = NULL;
}

static void refuse_resources(conversion *c, const field *f, const head *h) {
    const ynode *value = field_tree(f, h);
    if (!value || value->kind == Y_NULL) return;
    if ((f->flags & FIELD_ATOMIC) && value->kind == Y_SEQ && !value->n) return; /* Go's omitempty drops it on the way */
    diag *x = REPORT(c->d, REMOVED_RESOURCES, value, "Tekton no longer has PipelineResources");
    diag_help(c->d, x, "use workspaces, parameters and results");
}

/* ---- specs of runs ---------------------------------------------------------------------------------------------- */

static void convert_pipeline_run_spec(conversion *c, PipelineRunSpec *spec) {
    if (spec->timeout) {
        if (spec->timeouts) {
            diag *x = REPORT(c->d, TWO_TIMEOUTS, spec->timeout, "Both timeout and timeouts are set");
            diag_note_at(c->d, x, spec->timeouts->h.node, "timeouts are set here");
            diag_help(c->d, x, "leave only timeouts.pipeline");
        }
        spec->timeouts = ARENA_NEW(c->a, TimeoutFields);
        spec->timeouts->h.node = spec->h.node;
        spec->timeouts->pipeline = spec->timeout;
    }
    if (spec->serviceAccountName || spec->podTemplate) {
        PipelineTaskRunTemplate *t = ARENA_NEW(c->a, PipelineTaskRunTemplate);
        t->h.node = spec->h.node;
        t->serviceAccountName = spec->serviceAccountName;
        t->podTemplate = spec->podTemplate;
        spec->taskRunTemplate = t;
    }
}

/* ---- the walk --------------------------------------------------------------------------------------------------- */

static void convert_struct(conversion *c, const type *t, head *h, str task);

static void convert_member(conversion *c, const field *f, head *h, str task) {
    if (is_list(f)) {
        list *items = field_list(f, h);
        for (uint32_t i = 0; i < items->n; i++) convert_struct(c, f->type, items->v[i], task);
    } else if (is_struct(f) && field_object(f, h)) {
        convert_struct(c, f->type, field_object(f, h), task);
    }
}

static void clear_member(const field *f, head *h) {
    memset((char *)h + f->offset, 0, is_list(f) ? sizeof(list) : sizeof(void *));
}

static void convert_struct(conversion *c, const type *t, head *h, str task) {
    if (t == &PipelineTask_type) task = ynode_text(((PipelineTask *)h)->name);
    rename_members(t, h);
    if (t == &TaskSpec_type) keep_deprecations(c, (TaskSpec *)h, task);
    if (t == &TaskRef_type) {
        TaskRef *r = (TaskRef *)h;
        refuse_bundle(c, &r->bundle, &r->name, &r->resolver);
    }
    if (t == &PipelineRef_type) {
        PipelineRef *r = (PipelineRef *)h;
        refuse_bundle(c, &r->bundle, &r->name, &r->resolver);
    }
    if (t == &PipelineRunSpec_type) convert_pipeline_run_spec(c, (PipelineRunSpec *)h);
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        if (!only_v1beta1(f)) {
            convert_member(c, f, h, task);
            continue;
        }
        if (f->kind == K_ANY) refuse_resources(c, f, h);
        clear_member(f, h);
    }
}

void convert_to_v1(arena *a, diags *d, object *o) {
    if (o->version != API_V1BETA1) return;
    switch (o->kind) {
    case OBJECT_TASK:
    case OBJECT_PIPELINE:
    case OBJECT_TASKRUN:
    case OBJECT_PIPELINERUN: break;
    default: return; /* StepAction and CustomRun are stored as v1beta1 */
    }
    conversion c = {.a = a, .d = d};
    const type *t = world_type(o->kind);
    convert_struct(&c, t, o->bound, o->name);
    const ynode **version = (const ynode **)((char *)o->bound + type_field(t, S("apiVersion"))->offset);
    *version = ynode_str(a, S("tekton.dev/v1"), *version);
    annotate(&c, o);
}
