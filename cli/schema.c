/* tektonc schema: a JSON schema of Tekton's kinds, made of the schema rows, for editors. */
#include "base/emit.h"
#include "base/map.h"
#include "base/vec.h"
#include "cli/verbs.h"
#include "compiler/schema/schema.h"
#include <stdio.h>

/* The kinds of documents, by the versions that Tekton takes, and tektonc's own. */
static const struct root {
    const char *kind, *api;
    uint32_t version; /* of the rows */
} roots[] = {
    {"Task", "tekton.dev/v1", FIELD_V1},          {"Pipeline", "tekton.dev/v1", FIELD_V1},
    {"TaskRun", "tekton.dev/v1", FIELD_V1},       {"PipelineRun", "tekton.dev/v1", FIELD_V1},
    {"StepAction", "tekton.dev/v1beta1", FIELD_V1BETA1}, {"StepAction", "tekton.dev/v1alpha1", FIELD_V1BETA1},
    {"Task", "tekton.dev/v1beta1", FIELD_V1BETA1},       {"Pipeline", "tekton.dev/v1beta1", FIELD_V1BETA1},
    {"TaskRun", "tekton.dev/v1beta1", FIELD_V1BETA1},    {"PipelineRun", "tekton.dev/v1beta1", FIELD_V1BETA1},
    {"PipelineTest", "tektonc.dev/v1alpha1", FIELD_V1},
};

typedef struct wanted { /* a definition to be written */
    const type *type;
    uint32_t version;
    bool embedded, lenient;
    bool loose; /* only Go's decoder judges it, which ignores the case of names */
    str name;
} wanted;

typedef struct writing {
    arena *a;
    map known; /* name → itself */
    VEC(wanted) queue;
    ynode *definitions;
} writing;

static const ynode *one(arena *a, const char *key, const ynode *value) {
    ynode *m = ynode_map(a, NULL);
    ynode_put(a, m, str_z(key), value);
    return m;
}

static const ynode *typed(arena *a, const char *name) { return one(a, "type", ynode_strz(a, name)); }

static const ynode *either(arena *a, const char *x, const char *y) {
    ynode *both = ynode_seq(a, NULL);
    ynode_push(a, both, ynode_strz(a, x));
    ynode_push(a, both, ynode_strz(a, y));
    return one(a, "type", both);
}

static const ynode *reference(writing *w, const type *t, wanted x) {
    strbuf b = {.a = w->a};
    strbuf_add(&b, t->size ? x.version == FIELD_V1 ? S("v1.") : S("v1beta1.") : S(""));
    for (uint32_t i = 0; i < t->name.n; i++) strbuf_addc(&b, t->name.p[i] == ' ' || t->name.p[i] == '/' ? '.' : t->name.p[i]);
    if (x.embedded) strbuf_add(&b, S(".embedded"));
    if (x.loose) strbuf_add(&b, S(".loose"));
    x.type = t;
    x.name = strbuf_str(&b);
    if (map_add(&w->known, x.name, w)) vec_push(w->a, &w->queue, x);
    return one(w->a, "$ref", ynode_str(w->a, str_cat(w->a, S("#/definitions/"), x.name), NULL));
}

static ynode *list_of(arena *a, const ynode *items) {
    ynode *m = ynode_copy(a, typed(a, "array"));
    ynode_put(a, m, S("items"), items);
    return m;
}

static ynode *map_of(arena *a, const ynode *values) {
    ynode *m = ynode_copy(a, typed(a, "object"));
    ynode_put(a, m, S("additionalProperties"), values);
    return m;
}

static const ynode *value_of(writing *w, const field *f, const wanted *of) {
    arena *a = w->a;
    wanted below = {.version = of->version, .embedded = f->flags & FIELD_EMBEDS, .lenient = f->flags & FIELD_LENIENT};
    below.loose = of->loose || f->flags & FIELD_PRESERVED;
    switch ((field_kind)f->kind) {
    case K_STRING:
    case K_DURATION: return typed(a, "string");
    case K_BOOL: return typed(a, "boolean");
    case K_INT32:
    case K_INT64: return typed(a, "integer");
    case K_QUANTITY: return either(a, "string", "number");
    case K_INT_OR_STRING: return either(a, "integer", "string");
    case K_STRINGS: return list_of(a, typed(a, "string"));
    case K_INTS: return list_of(a, typed(a, "integer"));
    case K_BYTES_MAP:
    case K_STRING_MAP: return map_of(a, typed(a, "string"));
    case K_QUANTITY_MAP: return map_of(a, either(a, "string", "number"));
    case K_ANY_OBJECT: return typed(a, "object");
    case K_OBJECT: return reference(w, f->type, below);
    case K_LIST: return list_of(a, reference(w, f->type, below));
    case K_MAP: return map_of(a, reference(w, f->type, below));
    case K_VALUE:
    case K_ANY: break;
    }
    return ynode_map(a, NULL);
}

/* Editors show what stands beside a $ref only inside allOf. */
static const ynode *property(writing *w, const field *f, const wanted *of) {
    const ynode *value = value_of(w, f, of);
    ynode *m = ynode_copy(w->a, value);
    if (ynode_get(value, S("$ref"))) {
        ynode *all = ynode_seq(w->a, NULL);
        ynode_push(w->a, all, value);
        m = ynode_map(w->a, NULL);
        ynode_put(w->a, m, S("allOf"), all);
    }
    if (f->doc && *f->doc) ynode_put(w->a, m, S("description"), ynode_strz(w->a, f->doc));
    if (f->flags & FIELD_DEPRECATED) ynode_put(w->a, m, S("deprecated"), ynode_bool(true));
    return m;
}

static bool stands_in(const field *f, const wanted *x) {
    if (x->type->size && !(f->flags & x->version)) return false;
    return !(f->flags & FIELD_EMBEDDED) || x->embedded;
}

/* Names in other letters: "^[nN][aA][mM][eE]$". */
static const ynode *any_case(arena *a, const ynode *properties) {
    ynode *m = ynode_map(a, NULL);
    for (uint32_t i = 0; i < properties->n; i++) {
        str name = properties->pairs[i].key;
        strbuf b = {.a = a};
        strbuf_addc(&b, '^');
        for (uint32_t k = 0; k < name.n; k++) {
            char c = name.p[k];
            bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (letter)
                strbuf_addf(&b, "[%c%c]", c | 0x20, c & ~0x20);
            else
                strbuf_addc(&b, c);
        }
        strbuf_addc(&b, '$');
        ynode_put(a, m, strbuf_str(&b), ynode_map(a, NULL));
    }
    return m;
}

static const ynode *definition(writing *w, const wanted *x) {
    arena *a = w->a;
    ynode *m = ynode_map(a, NULL), *properties = ynode_map(a, NULL), *required = ynode_seq(a, NULL);
    ynode_put(a, m, S("type"), ynode_strz(a, "object"));
    if (x->type->doc && *x->type->doc) ynode_put(a, m, S("description"), ynode_strz(a, x->type->doc));
    for (uint32_t i = 0; i < x->type->n; i++) {
        const field *f = &x->type->fields[i];
        if (!stands_in(f, x)) continue;
        ynode_put(a, properties, f->json, property(w, f, x));
        if (f->flags & FIELD_REQUIRED && !(f->flags & FIELD_KEEP_EMPTY)) ynode_push(a, required, ynode_str(a, f->json, NULL));
    }
    ynode_put(a, m, S("properties"), properties);
    if (x->loose) ynode_put(a, m, S("patternProperties"), any_case(a, properties));
    if (required->n) ynode_put(a, m, S("required"), required);
    if (!x->lenient) ynode_put(a, m, S("additionalProperties"), ynode_bool(false));
    return m;
}

/* kind and apiVersion decide which definition counts; documents of other kinds are not judged. */
static const ynode *when_root(writing *w, const struct root *r) {
    arena *a = w->a;
    const type *t = type_named(str_z(r->kind));
    if (!t) t = type_named(str_fmt(a, "tektonc.dev %s", r->kind));
    ynode *m = ynode_map(a, NULL), *properties = ynode_map(a, NULL), *condition = ynode_map(a, NULL), *required = ynode_seq(a, NULL);
    ynode_put(a, properties, S("apiVersion"), one(a, "const", ynode_strz(a, r->api)));
    ynode_put(a, properties, S("kind"), one(a, "const", ynode_strz(a, r->kind)));
    ynode_push(a, required, ynode_strz(a, "apiVersion"));
    ynode_push(a, required, ynode_strz(a, "kind"));
    ynode_put(a, condition, S("properties"), properties);
    ynode_put(a, condition, S("required"), required);
    ynode_put(a, m, S("if"), condition);
    ynode_put(a, m, S("then"), reference(w, t, (wanted){.version = r->version}));
    return m;
}

int verb_schema(options *o) {
    writing w = {.a = o->a, .known = map_new(o->a)};
    ynode *schema = ynode_map(w.a, NULL), *all = ynode_seq(w.a, NULL), *required = ynode_seq(w.a, NULL), *kind = ynode_map(w.a, NULL), *properties = ynode_map(w.a, NULL);
    ynode *kinds = ynode_seq(w.a, NULL);
    w.definitions = ynode_map(w.a, NULL);
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        if (o->inputs.n && !str_eq(o->inputs.v[0], str_z(roots[i].kind))) continue;
        ynode_push(w.a, all, when_root(&w, &roots[i]));
        ynode_push(w.a, kinds, ynode_strz(w.a, roots[i].kind));
    }
    if (o->inputs.n > 1 || !all->n) return say("schema takes one of Task, Pipeline, TaskRun, PipelineRun, StepAction and PipelineTest, or nothing"), EXIT_USAGE;
    for (uint32_t i = 0; i < w.queue.n; i++) {
        wanted x = w.queue.v[i]; /* the queue grows */
        ynode_put(w.a, w.definitions, x.name, definition(&w, &x));
    }
    ynode_put_str(w.a, schema, S("$schema"), S("http://json-schema.org/draft-07/schema#"));
    ynode_put_str(w.a, schema, S("title"), S("Tekton"));
    ynode_put(w.a, schema, S("type"), ynode_strz(w.a, "object"));
    ynode_push(w.a, required, ynode_strz(w.a, "apiVersion"));
    ynode_push(w.a, required, ynode_strz(w.a, "kind"));
    ynode_put(w.a, schema, S("required"), required);
    if (o->inputs.n) { /* of one kind: nothing else */
        ynode_put(w.a, kind, S("const"), kinds->items[0]);
        ynode_put(w.a, properties, S("kind"), kind);
        ynode *versions = ynode_seq(w.a, NULL);
        for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
            if (str_eq(o->inputs.v[0], str_z(roots[i].kind))) ynode_push(w.a, versions, ynode_strz(w.a, roots[i].api));
        ynode_put(w.a, properties, S("apiVersion"), one(w.a, "enum", versions));
        ynode_put(w.a, schema, S("properties"), properties);
    }
    ynode_put(w.a, schema, S("allOf"), all);
    ynode_put(w.a, schema, S("definitions"), w.definitions);
    str text = str_cat(w.a, emit_json_str(w.a, schema, true), S("\n"));
    return fwrite(text.p, 1, text.n, stdout) == text.n ? EXIT_OK : EXIT_IO;
}
