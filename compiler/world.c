#include "compiler/world.h"
#include "compiler/convert.h"
#include "compiler/defaults.h"
#include "compiler/diags.h"

#define K(text)                                                                                                        \
    { text, sizeof(text) - 1 }
#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof *(table)))

enum { IN_V1 = 1, IN_V1BETA1 = 2, IN_V1ALPHA1 = 4 };

typedef struct kind_row {
    str name;
    object_kind kind;
    uint8_t versions;
    const type *type;
} kind_row;

static const kind_row tekton_kinds[] = {
    {K("Task"), OBJECT_TASK, IN_V1 | IN_V1BETA1, &Task_type},
    {K("StepAction"), OBJECT_STEPACTION, IN_V1BETA1 | IN_V1ALPHA1, &StepAction_type},
    {K("Pipeline"), OBJECT_PIPELINE, IN_V1 | IN_V1BETA1, &Pipeline_type},
    {K("TaskRun"), OBJECT_TASKRUN, IN_V1 | IN_V1BETA1, &TaskRun_type},
    {K("PipelineRun"), OBJECT_PIPELINERUN, IN_V1 | IN_V1BETA1, &PipelineRun_type},
    {K("CustomRun"), OBJECT_CUSTOMRUN, IN_V1BETA1, &CustomRun_type},
    {K("VerificationPolicy"), OBJECT_VERIFICATION, IN_V1ALPHA1, &VerificationPolicy_type},
};

static const struct removed_kind {
    str name;
    const char *instead;
} removed_kinds[] = {
    {K("ClusterTask"), "make it a Task in the namespace of the run, or name it by the resolver `cluster`"},
    {K("PipelineResource"), "use workspaces, parameters and results"},
    {K("Condition"), "use `when`"},
    {K("Run"), "make it a CustomRun of tekton.dev/v1beta1"},
};

static const struct core_kind {
    str name;
    object_kind kind;
    str type;
} core_kinds[] = {
    {K("ConfigMap"), OBJECT_CONFIGMAP, K("core/v1 ConfigMap")},
    {K("Secret"), OBJECT_SECRET, K("core/v1 Secret")},
    {K("ServiceAccount"), OBJECT_SERVICEACCOUNT, K("core/v1 ServiceAccount")},
    {K("LimitRange"), OBJECT_LIMITRANGE, K("core/v1 LimitRange")},
    {K("PersistentVolumeClaim"), OBJECT_CLAIM, K("core/v1 PersistentVolumeClaim")},
};

str world_kind_name(object_kind kind) {
    for (uint32_t i = 0; i < COUNT(tekton_kinds); i++)
        if (tekton_kinds[i].kind == kind) return tekton_kinds[i].name;
    for (uint32_t i = 0; i < COUNT(core_kinds); i++)
        if (core_kinds[i].kind == kind) return core_kinds[i].name;
    return S("object");
}

const type *world_type(object_kind kind) {
    for (uint32_t i = 0; i < COUNT(tekton_kinds); i++)
        if (tekton_kinds[i].kind == kind) return tekton_kinds[i].type;
    return NULL;
}

/* ---- documents ------------------------------------------------------------------------------------------------ */

void world_flatten(arena *a, diags *d, const ynode_list *in, ynode_list *out) {
    for (uint32_t i = 0; i < in->n; i++) {
        const ynode *doc = in->v[i];
        if (!str_eq(ynode_get_text(doc, S("kind")), S("List"))) {
            vec_push(a, out, doc);
            continue;
        }
        const ynode *items = ynode_get(doc, S("items"));
        if (items && items->kind != Y_SEQ && items->kind != Y_NULL)
            REPORT(d, NOT_OBJECT, items, "The items of a List must be a sequence of objects");
        YNODE_EACH(j, item, items) vec_push(a, out, item);
    }
}

typedef struct loader {
    world *w;
    diags *d;
    const config *cfg;
    defaults fill;
} loader;

static object *enter(loader *l, object *o) {
    vec_push(l->w->a, &l->w->objects, o);
    return o;
}

static void take_names(object *o) {
    o->namespace_ = ynode_get_text(o->metadata, S("namespace"));
    o->name = ynode_get_text(o->metadata, S("name"));
    o->generate_name = ynode_get_text(o->metadata, S("generateName"));
}

static const field *metadata_field(object_kind kind) { return type_field(world_type(kind), S("metadata")); }

void world_set_metadata(object *o, const ynode *metadata) {
    o->metadata = metadata;
    *(const ynode **)((char *)o->bound + metadata_field(o->kind)->offset) = metadata;
}

object *world_object(arena *a, object_kind kind, head *bound) {
    object *o = ARENA_NEW(a, object);
    o->kind = kind;
    o->version = API_V1;
    o->bound = bound;
    o->metadata = field_tree(metadata_field(kind), bound);
    take_names(o);
    return o;
}

static void load_tekton(loader *l, const kind_row *row, uint8_t version, const ynode *doc) {
    arena *a = l->w->a;
    object *o = ARENA_NEW(a, object);
    o->kind = row->kind;
    o->version = version == IN_V1 ? API_V1 : API_V1BETA1;
    o->v1alpha1 = version == IN_V1ALPHA1;
    o->node = doc;
    o->bound = bind_struct(a, l->d, row->type, doc, o->version);
    o->metadata = field_tree(metadata_field(row->kind), o->bound);
    take_names(o);
    convert_to_v1(a, l->d, o);
    defaults_apply(&l->fill, o);
    enter(l, o);
}

/* A Secret as the compiler knows it: the values of its data are gone. */
static const ynode *without_values(arena *a, const ynode *secret) {
    static const str value_maps[] = {K("data"), K("stringData")};
    ynode *copy = ynode_copy(a, secret);
    for (uint32_t i = 0; i < COUNT(value_maps); i++) {
        const ynode *values = ynode_get(secret, value_maps[i]);
        if (!ynode_is(values, Y_MAP)) continue;
        ynode *keys = ynode_copy(a, values);
        for (uint32_t k = 0; k < keys->n; k++) keys->pairs[k].value = ynode_null();
        ynode_set(a, copy, value_maps[i], keys);
    }
    return copy;
}

/* Everything of a Secret's text but these fields could be a value, misspelled fields as well. */
static void hide_values(world *w, const ynode *secret) {
    static const str shown[] = {K("apiVersion"), K("kind"), K("metadata"), K("type"), K("immutable")};
    for (uint32_t i = 0; i < secret->n; i++) {
        const ypair *pair = &secret->pairs[i];
        bool show = false;
        for (uint32_t k = 0; k < COUNT(shown); k++) show = show || str_eq(pair->key, shown[k]);
        if (!show) vec_push(w->a, &w->secrets, ((source_range){pair->key_at, pair->value->end}));
    }
}

static void load_core(loader *l, const struct core_kind *row, const ynode *doc) {
    arena *a = l->w->a;
    object *o = ARENA_NEW(a, object);
    const type *t = type_named(row->type);
    o->kind = row->kind;
    o->version = API_V1;
    o->node = t ? bind_tree(a, l->d, t, doc, API_V1) : doc;
    if (!o->node) o->node = doc;
    if (row->kind == OBJECT_SECRET) {
        hide_values(l->w, doc);
        o->node = without_values(a, o->node);
    }
    o->metadata = ynode_get(o->node, S("metadata"));
    take_names(o);
    enter(l, o);
}

static void load_other(loader *l, const ynode *doc) {
    object *o = ARENA_NEW(l->w->a, object);
    o->kind = OBJECT_OTHER;
    o->node = doc;
    o->metadata = ynode_get(doc, S("metadata"));
    take_names(o);
    enter(l, o);
}

/* ---- which kind ------------------------------------------------------------------------------------------------ */

static void report_unknown_kind(loader *l, const ynode *doc, str kind) {
    str names[COUNT(tekton_kinds)];
    for (uint32_t i = 0; i < COUNT(tekton_kinds); i++) names[i] = tekton_kinds[i].name;
    diag *x = REPORT(l->d, UNKNOWN_KIND, ynode_get(doc, S("kind")), "Tekton has no kind %.*s", STR_ARG(kind));
    str near = diag_nearest(kind, names, COUNT(tekton_kinds));
    if (near.p) diag_help(l->d, x, "did you mean `%.*s`?", STR_ARG(near));
}

static str version_list(arena *a, uint8_t versions) {
    strbuf b = {.a = a};
    static const struct {
        uint8_t bit;
        const char *name;
    } names[] = {{IN_V1, "tekton.dev/v1"}, {IN_V1BETA1, "tekton.dev/v1beta1"}, {IN_V1ALPHA1, "tekton.dev/v1alpha1"}};
    for (uint32_t i = 0; i < COUNT(names); i++)
        if (versions & names[i].bit) strbuf_addf(&b, "%s`%s`", b.n ? " or " : "", names[i].name);
    return strbuf_str(&b);
}

static uint8_t version_bit(str version) {
    if (str_eq(version, S("v1"))) return IN_V1;
    if (str_eq(version, S("v1beta1"))) return IN_V1BETA1;
    if (str_eq(version, S("v1alpha1"))) return IN_V1ALPHA1;
    return 0;
}

static void load_tekton_group(loader *l, str version, str kind, const ynode *doc) {
    for (uint32_t i = 0; i < COUNT(tekton_kinds); i++) {
        const kind_row *row = &tekton_kinds[i];
        if (!str_eq(row->name, kind)) continue;
        uint8_t bit = version_bit(version);
        if (bit & row->versions) {
            load_tekton(l, row, bit, doc);
            return;
        }
        diag *x = REPORT(l->d, UNKNOWN_VERSION, ynode_get(doc, S("apiVersion")), "There is no %.*s in tekton.dev/%.*s",
                         STR_ARG(kind), STR_ARG(version));
        diag_help(l->d, x, "write %.*s", STR_ARG(version_list(l->w->a, row->versions)));
        diag_note_at(l->d, x, ynode_get(doc, S("kind")), "it is of this kind");
        return;
    }
    for (uint32_t i = 0; i < COUNT(removed_kinds); i++)
        if (str_eq(removed_kinds[i].name, kind)) {
            diag *x = REPORT(l->d, REMOVED_KIND, ynode_get(doc, S("kind")), "Tekton no longer has the kind %.*s",
                             STR_ARG(kind));
            diag_help(l->d, x, "%s", removed_kinds[i].instead);
            return;
        }
    report_unknown_kind(l, doc, kind);
}

bool world_is_test(const ynode *doc) {
    return str_eq(ynode_get_text(doc, S("kind")), S("PipelineTest")) &&
           str_starts(ynode_get_text(doc, S("apiVersion")), S("tektonc.dev/"));
}

/* Points at the key that may have been meant. */
static void report_no_kind(loader *l, const ynode *doc, const ynode *api, const ynode *kind) {
    str missing = api ? S("kind") : S("apiVersion");
    const ypair *meant = NULL;
    for (uint32_t i = 0; i < doc->n && !meant && !(!api && !kind); i++) {
        const ypair *p = &doc->pairs[i];
        if (str_eq_fold(p->key, missing) || diag_nearest(p->key, &missing, 1).p) meant = p;
    }
    pos at = meant ? meant->key_at : doc->at, end = meant ? meant->key_end : doc->n ? doc->pairs[0].key_end : doc->end;
    diag *x = REPORT_RANGE(l->d, NOT_OBJECT, at, end, "This object has no %s%s%s", api ? "" : "apiVersion",
                           !api && !kind ? " and no " : "", kind ? "" : "kind");
    if (meant) diag_help(l->d, x, "did you mean `%.*s`? It is written `%.*s` here", STR_ARG(missing), STR_ARG(meant->key));
}

static void load_document(loader *l, const ynode *doc) {
    const ynode *api = ynode_get(doc, S("apiVersion")), *kind = ynode_get(doc, S("kind"));
    if (!ynode_is(doc, Y_MAP)) {
        REPORT(l->d, NOT_OBJECT, doc, "This document is not a mapping with apiVersion and kind");
        return;
    }
    if (!ynode_is(api, Y_STR) || !ynode_is(kind, Y_STR) || !api->text.n || !kind->text.n) {
        const ynode *wrong = api && !(ynode_is(api, Y_STR) && api->text.n)      ? api
                             : kind && !(ynode_is(kind, Y_STR) && kind->text.n) ? kind
                                                                                : NULL;
        if (wrong)
            REPORT(l->d, NOT_OBJECT, wrong, "The %s of an object must be a string",
                   wrong == api ? "apiVersion" : "kind");
        else
            report_no_kind(l, doc, api, kind);
        return;
    }
    uint32_t slash;
    if (!str_find(api->text, S("/"), &slash)) {
        for (uint32_t i = 0; str_eq(api->text, S("v1")) && i < COUNT(core_kinds); i++)
            if (str_eq(core_kinds[i].name, kind->text)) {
                load_core(l, &core_kinds[i], doc);
                return;
            }
        load_other(l, doc);
    } else if (str_eq(str_cut(api->text, 0, slash), S("tekton.dev"))) {
        load_tekton_group(l, str_from(api->text, slash + 1), kind->text, doc);
    } else if (!world_is_test(doc)) {
        static const str test = K("PipelineTest");
        bool ours = str_eq(str_cut(api->text, 0, slash), S("tektonc.dev"));
        if (ours && diag_nearest(kind->text, &test, 1).p) {
            diag *x = REPORT(l->d, UNKNOWN_KIND, kind, "tektonc has no kind %.*s", STR_ARG(kind->text));
            diag_help(l->d, x, "did you mean `PipelineTest`?");
        }
        load_other(l, doc);
    }
}

/* ---- the table of names ---------------------------------------------------------------------------------------- */

static str name_key(arena *a, const world *w, object_kind kind, str namespace_, str name) {
    return str_fmt(a, "%d/%.*s/%.*s", (int)kind, STR_ARG(namespace_.n ? namespace_ : w->default_namespace),
                   STR_ARG(name));
}

static void enter_name(loader *l, object *o) {
    world *w = l->w;
    if (o->kind == OBJECT_OTHER || !o->name.n) return;
    str key = name_key(w->a, w, o->kind, o->namespace_, o->name);
    const object *before = map_put(&w->by_name, key, o);
    if (!before) return;
    str kind = world_kind_name(o->kind);
    diag *x = REPORT(l->d, REPEATED_OBJECT, ynode_get(o->metadata, S("name")),
                     "There is another %.*s %.*s; this later one counts", STR_ARG(kind), STR_ARG(o->name));
    diag_note_at(l->d, x, ynode_get(before->metadata, S("name")), "the other one");
}

void world_load(world *w, diags *d, const config *cfg, const ynode_list *documents) {
    loader l = {.w = w, .d = d, .cfg = cfg, .fill = defaults_new(w->a, d, cfg)};
    if (!w->by_name.a) w->by_name = map_new(w->a);
    if (!w->default_namespace.n) w->default_namespace = S("default");
    for (uint32_t i = 0; i < documents->n; i++) {
        uint32_t errors = d->errors, objects = w->objects.n;
        load_document(&l, documents->v[i]);
        if (w->objects.n == objects) continue;
        object *o = w->objects.v[objects];
        o->refused = d->errors > errors;
        enter_name(&l, o);
    }
}

const object *world_find(const world *w, object_kind kind, str namespace_, str name) {
    const object *o = map_get(&w->by_name, name_key(w->a, w, kind, namespace_, name));
    if (o && w->found) vec_push(w->a, w->found, o);
    return o;
}

bool world_has_key(const object *o, str key) {
    static const str maps[] = {K("data"), K("binaryData"), K("stringData")};
    for (uint32_t i = 0; i < COUNT(maps); i++)
        if (ynode_pair(ynode_get(o->node, maps[i]), key)) return true;
    return false;
}
