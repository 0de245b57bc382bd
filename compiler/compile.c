#include "compiler/compile.h"
#include "compiler/check/check.h"
#include "compiler/ignore.h"
#include "compiler/layout.h"
#include "compiler/readrules.h"
#include "compiler/schema/walk.h"
#include "compiler/start.h"
#include "compiler/warn/warn.h"
#include "plan/format.h"

static bool begin(compilation *c, const char *pass) {
    if (c->d->errors) return false;
    compile_announce(c, pass);
    return true;
}

static bool end(compilation *c) {
    compile_announce(c, NULL);
    return c->d->errors == 0;
}

static void read_sources(compilation *c) {
    ynode_list documents = {0};
    ignore_read(c->d, c->sources->v, c->inputs);
    for (uint32_t i = 0; i < c->inputs; i++)
        read_documents(c->a, &c->sources->v[i], c->d, &tekton_read_rules, &documents);
    world_flatten(c->a, c->d, &documents, &c->documents);
}

/* Built in, then the input's ConfigMaps, then the request. */
static void configure(compilation *c) {
    c->cfg = config_default();
    config_load(c->a, c->d, c->sources, &c->cfg, &c->documents);
    if (c->request->tekton_api.n) config_set_feature(&c->cfg, S("enable-api-fields"), c->request->tekton_api);
    for (uint32_t i = 0; i < c->request->features.n; i++) {
        const named_tree *f = &c->request->features.v[i];
        config_set_feature(&c->cfg, f->name, ynode_text(f->tree)); /* the caller refused what is wrong */
    }
}

static void load(compilation *c) {
    c->world.a = c->a;
    c->world.default_namespace = c->request->namespace_.n ? c->request->namespace_ : S("default");
    world_load(&c->world, c->d, &c->cfg, &c->documents);
}

/* A name that generateName and the suffix gave: the check of the input could only judge the prefix. */
static void check_generated_name(compilation *c, const run_input *run) {
    object named = *run->object;
    ynode *metadata = ynode_copy(c->a, named.metadata);
    ynode_set(c->a, metadata, S("name"), ynode_str(c->a, run->name, ynode_get(metadata, S("generateName"))));
    named.metadata = metadata;
    named.name = run->name;
    check_metadata(&named, c->d);
}

static void check_start(compilation *c, const object *run) {
    start s = start_read(c->request, run->metadata);
    start_check(c->a, c->d, &s);
}

/* How the runs of the input are to be started. */
static void check_starts(compilation *c) {
    for (uint32_t i = 0; i < c->world.objects.n; i++) {
        const object *o = c->world.objects.v[i];
        if (o->kind != OBJECT_PIPELINERUN && o->kind != OBJECT_TASKRUN) continue;
        check_start(c, o);
        start_check_annotations(c->a, c->d, o->metadata);
    }
}

/* Runs that were made or changed by the request are judged like those of the input. */
static void check_runs(compilation *c) {
    for (uint32_t i = 0; i < c->runs.n; i++) {
        const object *o = c->runs.v[i].object;
        if (c->runs.v[i].name_generated) check_generated_name(c, &c->runs.v[i]);
        if (o->node) continue;
        check_start(c, o);
        if (o->kind == OBJECT_PIPELINERUN)
            check_pipeline_run(o, c->d, &c->cfg);
        else
            check_task_run(o, c->d, &c->cfg);
    }
}

/* These passes look at one object at a time, so each object goes as far as it can: whatever is wrong in one file does
 * not hide what is wrong in another. */
bool compile_check(compilation *c) {
    compile_announce(c, "read"), read_sources(c);
    compile_announce(c, "configure"), configure(c);
    compile_announce(c, "load"), load(c);
    compile_announce(c, "check"), check_world(&c->world, c->d, &c->cfg), check_starts(c);
    compile_announce(c, "warn");
    c->d->scratch = arena_new();
    warn_world(&c->world, c->d, &c->cfg, c->request->closed);
    arena_free(c->d->scratch);
    c->d->scratch = NULL;
    return end(c);
}

bool compile_select(compilation *c) {
    if (!compile_check(c)) return false;
    if (begin(c, "select")) select_runs(&c->world, c->d, &c->cfg, c->request, &c->runs);
    if (begin(c, "check runs")) check_runs(c);
    return end(c);
}

static void report_unused_images(const compilation *c) {
    const image_map *m = c->request->images;
    for (uint32_t i = 0; m && i < m->entries.n; i++) {
        const image_entry *e = &m->entries.v[i];
        if (e->used) continue;
        diag *x = diag_range(c->d, &diag_rules[TK_IMAGE_MAP_UNUSED], e->at, e->end, "no image is called `%.*s`", STR_ARG(e->key));
        diag_help(c->d, x, "`tektonc images` lists all that are there");
    }
}

/* ---- what a run depends on ---------------------------------------------------------------------------------------------- */

/* What concerns every run: configuration, limits of a namespace. */
static bool is_common(const object *o) {
    return o->kind == OBJECT_LIMITRANGE || (o->kind == OBJECT_CONFIGMAP && (str_eq(o->name, S("feature-flags")) || str_eq(o->name, S("config-defaults"))));
}

static void mark_source(compilation *c, bool *used, const object *o) {
    const ynode *node = o->node ? o->node : o->bound ? o->bound->node : NULL; /* a run that the request changed has no node of its own */
    const source *s = node ? source_of(c->sources, node->at) : NULL;
    if (s) used[s - c->sources->v] = true;
}

static void note_sources(compilation *c, run_output *out, const objects_found *found) {
    bool *used = ARENA_ARRAY(c->a, bool, c->sources->n + 1);
    mark_source(c, used, out->run->object);
    for (uint32_t i = 0; i < found->n; i++) mark_source(c, used, found->v[i]);
    for (uint32_t i = 0; i < c->world.objects.n; i++)
        if (is_common(c->world.objects.v[i])) mark_source(c, used, c->world.objects.v[i]);
    for (uint32_t i = 0; i < c->inputs; i++)
        if (used[i]) vec_push(c->a, &out->made_of, i);
}

static void compile_one(compilation *c, run_output *out) {
    objects_found found = {0};
    c->world.found = &found;
    compile_run(c, out->run, out);
    c->world.found = NULL;
    note_sources(c, out, &found);
}

/* ---- folders of several runs ------------------------------------------------------------------------------------------- */

/* Without the random part of a name, so that a run that changes stays where it is; of a Pipeline without a run its name. */
static str short_name(compilation *c, const run_input *run) {
    str base = start_base_name(run->object), made = S("-run");
    bool is_made = !run->object->node && !run->object->bound->node && !run->object->name.n;
    if (is_made && str_ends(base, made)) base.n -= made.n;
    return str_eq(base, S(PLAN_PODS)) ? str_cat(c->a, base, made) : base; /* that folder is where Pods are */
}

/* The short name, the whole one, or that with the namespace: the first that no other run has. */
static void name_folders(compilation *c) {
    map taken[2] = {map_new(c->a), map_new(c->a)};
    for (uint32_t i = 0; i < c->outputs.n; i++) {
        const run_input *run = c->outputs.v[i].run;
        str names[2] = {short_name(c, run), run->name};
        for (int k = 0; k < 2; k++) map_put(&taken[k], names[k], map_has(&taken[k], names[k]) ? c : (void *)(uintptr_t)run);
    }
    for (uint32_t i = 0; i < c->outputs.n; i++) {
        run_output *out = &c->outputs.v[i];
        const run_input *run = out->run;
        str name = short_name(c, run);
        if (map_get(&taken[0], name) == run) out->folder = name;
        else if (map_get(&taken[1], run->name) == run && !map_has(&taken[0], run->name)) out->folder = run->name;
        else out->folder = str_fmt(c->a, "%.*s.%.*s", STR_ARG(run->namespace_), STR_ARG(run->name));
    }
}

bool compile(compilation *c) {
    if (!compile_select(c)) return false;
    if (begin(c, "run"))
        for (uint32_t i = 0; i < c->runs.n; i++) {
            run_output *out = vec_add(c->a, &c->outputs);
            out->run = &c->runs.v[i];
            compile_one(c, out);
        }
    if (!c->d->errors) name_folders(c), layout_index(c);
    if (!c->d->errors) report_unused_images(c);
    return end(c);
}

/* Values went when the Secret was loaded; kubectl's copy of them is left. */
static const ynode *without_copy(arena *a, const ynode *secret) {
    str copy = S("kubectl.kubernetes.io/last-applied-configuration");
    const ynode *metadata = ynode_get(secret, S("metadata")), *annotations = ynode_get(metadata, S("annotations"));
    if (!ynode_get(annotations, copy)) return secret;
    ynode *out = ynode_copy(a, secret), *with = ynode_copy(a, metadata);
    ynode_set(a, with, S("annotations"), ynode_without(a, annotations, copy));
    ynode_set(a, out, S("metadata"), with);
    return out;
}

const ynode *compile_ast(arena *a, const object *o) {
    if (o->kind == OBJECT_SECRET) return without_copy(a, o->node);
    const type *t = world_type(o->kind);
    return t ? walk_tree(a, t, o->bound) : o->node;
}

const ynode *compile_ast_run(arena *a, const run_input *run) {
    const ynode *tree = compile_ast(a, run->object), *metadata = ynode_get(tree, S("metadata"));
    ynode *out = ynode_copy(a, tree), *named = metadata ? ynode_copy(a, metadata) : ynode_map(a, NULL);
    ynode_set(a, named, S("name"), ynode_str(a, run->name, NULL));
    ynode_set(a, named, S("namespace"), ynode_str(a, run->namespace_, NULL));
    if (run->uid.n) ynode_set(a, named, S("uid"), ynode_str(a, run->uid, NULL));
    ynode_set(a, out, S("metadata"), named);
    return out;
}
