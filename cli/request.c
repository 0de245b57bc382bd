#include "cli/request.h"
#include "cli/input.h"
#include "cli/version.h"
#include "compiler/config.h"
#include "compiler/readrules.h"
#include "compiler/schema/bind.h"
#include "compiler/start.h"

typedef struct reader {
    arena *a;
    sources *s;
    diags *d;
    request *r;
    int code;
} reader;

#define USAGE(x, ...) (say(__VA_ARGS__), usage_error(x))

static bool usage_error(reader *x) {
    if (!x->code) x->code = EXIT_USAGE;
    return false;
}

/* The base position of a text that was added as a source; 0 when there is no room for it. */
static pos add_source(reader *x, const char *name, str text) {
    source *src;
    return source_add(x->s, str_z(name), text, &src) ? src->base : 0;
}

/* A string with the place where it stands in a source. */
static const ynode *string_at(arena *a, str text, pos at) {
    ynode *n = ynode_copy(a, ynode_str(a, text, NULL));
    n->at = at;
    n->end = at ? at + text.n : 0;
    n->raw = at != 0;
    return n;
}

/* The first document of a file; NULL when it can't be read (code is set) or is empty or malformed. */
static const ynode *read_tree(reader *x, str path) {
    str text;
    source *src;
    ynode_list documents = {0};
    if (!input_file(x->a, path, &text)) {
        x->code = EXIT_IO;
        return NULL;
    }
    if (!source_add(x->s, path, text, &src)) return NULL;
    read_documents(x->a, src, x->d, &tekton_read_rules, &documents);
    return documents.n ? documents.v[0] : NULL;
}

/* ---- params ----------------------------------------------------------------------------------------------------- */

static bool add_param(reader *x, str word) {
    uint32_t equals;
    if (!str_find(word, S("="), &equals) || equals == 0)
        return USAGE(x, "-p takes NAME=VALUE, not \"%.*s\"", STR_ARG(word));
    pos base = add_source(x, "-p", word);
    str value = str_from(word, equals + 1);
    pos at = base ? base + equals + 1 : 0;
    if (str_starts(value, S("@@"))) {
        value = str_from(value, 1);
        at = at ? at + 1 : 0;
    } else if (str_starts(value, S("@"))) {
        source *src;
        str path = str_from(value, 1);
        if (!input_file(x->a, path, &value)) {
            x->code = EXIT_IO;
            return false;
        }
        at = source_add(x->s, path, value, &src) ? src->base : 0;
    }
    named_tree p = {.name = str_cut(word, 0, equals), .tree = string_at(x->a, value, at), .words = true};
    vec_push(x->a, &x->r->params, p);
    return true;
}

static bool add_params_file(reader *x, str path) {
    const ynode *tree = read_tree(x, path);
    if (x->code == EXIT_IO || !tree) return false;
    if (tree->kind != Y_MAP) return USAGE(x, "%.*s: a mapping of parameter names to values is expected", STR_ARG(path));
    for (uint32_t i = 0; i < tree->n; i++) {
        /* Through the row of a Param, so that numbers and lists are read as in a run's file. */
        ynode *param = ynode_map(x->a, tree->pairs[i].value);
        ynode_put_str(x->a, param, S("name"), tree->pairs[i].key);
        ynode_put(x->a, param, S("value"), tree->pairs[i].value);
        const Param *bound = BIND(x->a, x->d, Param, param, API_V1);
        named_tree p = {.name = tree->pairs[i].key, .tree = bound->value};
        if (p.tree) vec_push(x->a, &x->r->params, p);
    }
    return true;
}

/* ---- workspaces ------------------------------------------------------------------------------------------------- */

typedef struct binding {
    const ynode *whole;
    str name;
    ynode *tree, *config, *secret, *items;
} binding;

/* key=path of `item=`, for a ConfigMap or a Secret. */
static bool add_item(reader *x, binding *b, str value, pos at) {
    uint32_t equals;
    if (!str_find(value, S("="), &equals)) return USAGE(x, "-w: item takes KEY=PATH, not \"%.*s\"", STR_ARG(value));
    ynode *item = ynode_map(x->a, b->whole);
    ynode_put(x->a, item, S("key"), string_at(x->a, str_cut(value, 0, equals), at));
    ynode_put(x->a, item, S("path"), string_at(x->a, str_from(value, equals + 1), at ? at + equals + 1 : 0));
    if (!b->items) b->items = ynode_seq(x->a, b->whole);
    ynode_push(x->a, b->items, item);
    return true;
}

static ynode *source_of_volume(reader *x, binding *b, str kind) {
    ynode *volume = ynode_map(x->a, b->whole);
    ynode_set(x->a, b->tree, kind, volume);
    return volume;
}

static bool set_from_file(reader *x, binding *b, str kind, str path) {
    const ynode *tree = read_tree(x, path);
    if (tree) ynode_set(x->a, b->tree, kind, tree);
    return tree != NULL;
}

/* One key=value of tkn's -w. */
static bool add_binding_part(reader *x, binding *b, str key, str value, pos at) {
    arena *a = x->a;
    if (str_eq(key, S("name"))) return b->name = value, true;
    if (str_eq(key, S("subPath"))) return ynode_set(a, b->tree, S("subPath"), string_at(a, value, at)), true;
    if (str_eq(key, S("claimName"))) {
        ynode_put(a, source_of_volume(x, b, S("persistentVolumeClaim")), S("claimName"), string_at(a, value, at));
        return true;
    }
    if (str_eq(key, S("emptyDir"))) {
        ynode *dir = source_of_volume(x, b, S("emptyDir"));
        if (str_eq_fold(value, S("memory")))
            ynode_put_str(a, dir, S("medium"), S("Memory"));
        else if (value.n)
            ynode_put(a, dir, S("medium"), string_at(a, value, at));
        return true;
    }
    if (str_eq(key, S("config"))) {
        b->config = source_of_volume(x, b, S("configMap"));
        ynode_put(a, b->config, S("name"), string_at(a, value, at));
        return true;
    }
    if (str_eq(key, S("secret"))) {
        b->secret = source_of_volume(x, b, S("secret"));
        ynode_put(a, b->secret, S("secretName"), string_at(a, value, at));
        return true;
    }
    if (str_eq(key, S("item"))) return add_item(x, b, value, at);
    if (str_eq(key, S("volumeClaimTemplateFile"))) return set_from_file(x, b, S("volumeClaimTemplate"), value);
    if (str_eq(key, S("csiFile"))) return set_from_file(x, b, S("csi"), value);
    return USAGE(x,
                 "-w knows no \"%.*s\"; it takes name, claimName, subPath, emptyDir, config, secret, item, "
                 "volumeClaimTemplateFile and csiFile",
                 STR_ARG(key));
}

static bool add_workspace(reader *x, str word) {
    pos base = add_source(x, "-w", word);
    binding b = {.whole = string_at(x->a, word, base)};
    b.tree = ynode_map(x->a, b.whole);
    for (uint32_t from = 0, to, equals; from <= word.n; from = to + 1) {
        for (to = from; to < word.n && word.p[to] != ',';) to++;
        str part = str_cut(word, from, to);
        if (!part.n) continue;
        if (!str_find(part, S("="), &equals))
            return USAGE(x, "-w takes name=NAME,KEY=VALUE,..., not \"%.*s\"", STR_ARG(word));
        pos at = base ? base + from + equals + 1 : 0;
        if (!add_binding_part(x, &b, str_cut(part, 0, equals), str_from(part, equals + 1), at)) return false;
    }
    if (!b.name.n) return USAGE(x, "-w needs name=NAME: \"%.*s\"", STR_ARG(word));
    if (b.items && !b.config && !b.secret)
        return USAGE(x, "-w: item goes with config or secret: \"%.*s\"", STR_ARG(word));
    if (b.items) ynode_put(x->a, b.config ? b.config : b.secret, S("items"), b.items);
    vec_push(x->a, &x->r->workspaces, ((named_tree){.name = b.name, .tree = b.tree}));
    return true;
}

/* ---- images ----------------------------------------------------------------------------------------------------- */

static void put_entrypoint(reader *x, str image, ynode *command) { map_put(&x->r->image_entrypoints, image, command); }

static bool add_entrypoint(reader *x, str word) {
    uint32_t equals;
    if (!str_find(word, S("="), &equals) || !equals || equals + 1 == word.n)
        return USAGE(x, "--image-entrypoint takes IMAGE=COMMAND,ARGUMENT,..., not \"%.*s\"", STR_ARG(word));
    ynode *command = ynode_seq(x->a, NULL);
    for (uint32_t from = equals + 1, to; from <= word.n; from = to + 1) {
        for (to = from; to < word.n && word.p[to] != ',';) to++;
        ynode_push(x->a, command, ynode_str(x->a, str_cut(word, from, to), NULL));
    }
    put_entrypoint(x, str_cut(word, 0, equals), command);
    return true;
}

static bool add_entrypoint_file(reader *x, str path) {
    const ynode *tree = read_tree(x, path);
    if (!tree) return false;
    bool ok = tree->kind == Y_MAP;
    for (uint32_t i = 0; ok && i < tree->n; i++) {
        const ynode *value = tree->pairs[i].value;
        ynode *command = ynode_seq(x->a, value);
        if (value->kind == Y_STR) ynode_push(x->a, command, value);
        YNODE_EACH(k, item, value) {
            ok = ok && item->kind == Y_STR;
            ynode_push(x->a, command, item);
        }
        ok = ok && command->n;
        put_entrypoint(x, tree->pairs[i].key, command);
    }
    return ok || USAGE(x, "%.*s: a mapping of images to lists of words is expected", STR_ARG(path));
}

static bool add_image_map(reader *x, str path) {
    const ynode *tree = read_tree(x, path);
    str which = STR_NONE;
    if (!tree) return x->code != EXIT_IO;
    if (!x->r->images) x->r->images = ARENA_NEW(x->a, image_map);
    const char *wrong = image_map_read(x->a, tree, x->r->images, &which);
    return !wrong || USAGE(x, "%.*s: %s%.*s%s%s", STR_ARG(path), which.n ? "`" : "", STR_ARG(which), which.n ? "` " : "", wrong);
}

/* ---- configuration ------------------------------------------------------------------------------------------------
 */

static bool add_feature(reader *x, str word) {
    uint32_t equals, n;
    config scratch = config_default();
    if (!str_find(word, S("="), &equals)) return USAGE(x, "--feature takes KEY=VALUE, not \"%.*s\"", STR_ARG(word));
    str key = str_cut(word, 0, equals), value = str_from(word, equals + 1);
    switch (config_set_feature(&scratch, key, value)) {
    case CONFIG_OK: break;
    case CONFIG_BAD_VALUE: return USAGE(x, "--feature: \"%.*s\" is no value for %.*s", STR_ARG(value), STR_ARG(key));
    case CONFIG_UNKNOWN: {
        const str *keys = config_feature_keys(x->a, &n);
        say_unknown("--feature: Tekton has no ", key, keys, n, "");
        return usage_error(x);
    }
    }
    vec_push(x->a, &x->r->features, ((named_tree){.name = key, .tree = ynode_str(x->a, value, NULL)}));
    return true;
}

static void each(reader *x, const words *given, bool (*add)(reader *x, str word)) {
    for (uint32_t i = 0; i < given->n; i++) add(x, given->v[i]);
}

/* Each in a source of its own, so that what is wrong has a place. */
static void add_start(reader *x, const options *o) {
    for (int i = 0; i < STARTS; i++) {
        str text = o->start[i];
        if (i == START_SUSPEND && o->suspend) text = S("true");
        if (!text.p) continue;
        pos base = add_source(x, str_fmt(x->a, "--%s", start_name((start_id)i)).p, text);
        x->r->start[i] = string_at(x->a, text, base);
    }
}

int request_read(arena *a, sources *s, diags *d, const options *o, request *out) {
    reader x = {.a = a, .s = s, .d = d, .r = out};
    *out = (request){
        .service_account = o->service_account,
        .name = o->name,
        .name_suffix = o->name_suffix,
        .run_uid = o->run_uid,
        .namespace_ = o->namespace_,
        .pipeline_or_task = o->entry,
        .runtime_image = o->runtime_image.n ? o->runtime_image : S(TEKTONC_RUNTIME_IMAGE),
        .entrypoint_delivery = str_eq(o->entrypoint_delivery, S("image")) ? DELIVERY_IMAGE : DELIVERY_CONFIGMAP,
        .image_entrypoints = map_new(a),
        .tekton_api = o->tekton_api,
        .each_pipeline = !verb_live(o->verb),
        .plain = str_eq(o->layout, S("plain")),
        .json = o->json,
        .closed = o->closed,
    };
    each(&x, &o->params_files, add_params_file);
    each(&x, &o->params, add_param);
    each(&x, &o->workspaces, add_workspace);
    each(&x, &o->image_entrypoint_files, add_entrypoint_file);
    each(&x, &o->image_entrypoints, add_entrypoint);
    each(&x, &o->features, add_feature);
    each(&x, &o->image_maps, add_image_map);
    if (x.r->images) x.r->runtime_image = image_map_name(a, x.r->images, x.r->runtime_image);
    add_start(&x, o);
    return x.code;
}
