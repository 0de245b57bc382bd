#include "compiler/image.h"

/* A colon before the last slash is a port's. */
image_name image_parse(arena *a, str text) {
    image_name n = {.tag = S(""), .digest = S("")};
    uint32_t at, i;
    n.name = text;
    if (str_find(text, S("@"), &at)) {
        n.digest = str_from(text, at + 1);
        n.name = str_cut(text, 0, at);
    }
    for (i = n.name.n; i && n.name.p[i - 1] != '/' && n.name.p[i - 1] != ':';) i--;
    if (i && n.name.p[i - 1] == ':') {
        n.tag = str_from(n.name, i);
        n.name = str_cut(n.name, 0, i - 1);
    }
    n.registry = S("docker.io");
    n.repository = n.name;
    if (str_find(n.name, S("/"), &at)) {
        str first = str_cut(n.name, 0, at);
        uint32_t mark;
        if (str_find(first, S("."), &mark) || str_find(first, S(":"), &mark) || str_eq(first, S("localhost"))) {
            n.registry = str_eq(first, S("index.docker.io")) ? S("docker.io") : first;
            n.repository = str_from(n.name, at + 1);
        }
    }
    if (str_eq(n.registry, S("docker.io")) && !str_find(n.repository, S("/"), &at)) n.repository = str_cat(a, S("library/"), n.repository);
    return n;
}

str image_full(arena *a, const image_name *n) { return str_fmt(a, "%.*s/%.*s", STR_ARG(n->registry), STR_ARG(n->repository)); }

static bool all_of(str s, const char *more) {
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(more, c)))) return false;
    }
    return true;
}

bool image_valid(str text) {
    uint32_t at;
    str name = text, digest = S("sha256:0"), tag = S("x");
    if (str_find(text, S("@"), &at)) digest = str_from(text, at + 1), name = str_cut(text, 0, at);
    uint32_t i = name.n;
    while (i && name.p[i - 1] != '/' && name.p[i - 1] != ':') i--;
    if (i && name.p[i - 1] == ':') tag = str_from(name, i), name = str_cut(name, 0, i - 1);
    bool ends = name.n && name.p[0] != '/' && name.p[name.n - 1] != '/' && !str_find(name, S("//"), &at);
    uint32_t slash = 0;
    str_find(name, S("/"), &slash);
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ.:-"; /* hosts may have them */
    return ends && all_of(str_cut(name, 0, slash), capitals) && all_of(str_from(name, slash), "/._-") &&
           tag.n && tag.n <= 128 && all_of(tag, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.-") && str_find(digest, S(":"), &at) &&
           at && at + 1 < digest.n && all_of(str_from(digest, at + 1), "");
}

/* ---- the mapping ---------------------------------------------------------------------------------------------------- */

static void name_entry(arena *a, image_map *m, str key, image_entry *e) {
    map_put(&m->names, str_dup(a, key), e);
    if (str_ends(key, S("/")) && key.n > m->longest) m->longest = key.n;
}

/* Under both spellings. A prefix without a registry is one of docker.io. */
static void index_entry(arena *a, image_map *m, image_entry *e) {
    name_entry(a, m, e->key, e);
    if (str_ends(e->key, S("/"))) {
        str first = str_cut(e->key, 0, e->key.n - 1);
        uint32_t at;
        if (str_find(first, S("/"), &at)) first = str_cut(first, 0, at);
        if (!str_find(first, S("."), &at) && !str_find(first, S(":"), &at) && !str_eq(first, S("localhost")))
            name_entry(a, m, str_cat(a, S("docker.io/"), e->key), e);
        return;
    }
    image_name n = image_parse(a, e->key);
    str full = image_full(a, &n), behind = str_from(e->key, n.name.n);
    name_entry(a, m, str_cat(a, full, behind), e);
}

const char *image_map_read(arena *a, const ynode *tree, image_map *out, str *which) {
    if (!ynode_is(tree, Y_MAP)) return *which = STR_NONE, "a mapping of images to images is expected";
    for (uint32_t i = 0; i < tree->n; i++) {
        const ypair *p = &tree->pairs[i];
        bool prefix = str_ends(p->key, S("/"));
        str to = ynode_is(p->value, Y_STR) ? p->value->text : STR_NONE;
        *which = p->key;
        if (!image_valid(prefix ? str_cut(p->key, 0, p->key.n - 1) : p->key)) return "is no name of an image";
        if (prefix ? !str_ends(to, S("/")) || !image_valid(str_cut(to, 0, to.n - 1)) : !image_valid(to))
            return prefix ? "ends with /, so what it is mapped to has to end with / as well" : "is mapped to what is no name of an image";
        vec_push(a, &out->entries, ((image_entry){.key = p->key, .to = to, .where = p->value, .at = p->key_at, .end = p->key_end}));
    }
    out->names = map_new(a); /* entries have moved when the list grew */
    out->longest = 0;
    for (uint32_t i = 0; i < out->entries.n; i++) index_entry(a, out, &out->entries.v[i]);
    return NULL;
}

/* A digest says what an image is, whatever it is called: it goes along unless the value has one of its own. */
static str with_own(arena *a, str to, const image_name *n) {
    image_name target = image_parse(a, to);
    str tag = target.tag.n || target.digest.n ? target.tag : n->tag, digest_ = target.digest.n ? target.digest : n->digest;
    return str_fmt(a, "%.*s%s%.*s%s%.*s", STR_ARG(target.name), tag.n ? ":" : "", STR_ARG(tag), digest_.n ? "@" : "", STR_ARG(digest_));
}

static image_entry *entry_for(image_map *m, str key) {
    image_entry *e = key.n ? map_get(&m->names, key) : NULL;
    if (e) e->used = true;
    return e;
}

static str below(arena *a, image_map *m, str image) {
    for (uint32_t i = image.n < m->longest ? image.n : m->longest; i; i--) {
        if (image.p[i - 1] != '/') continue;
        const image_entry *e = entry_for(m, str_cut(image, 0, i));
        if (e) return str_cat(a, e->to, str_from(image, i));
    }
    return STR_NONE;
}

str image_map_name(arena *a, image_map *m, str image) {
    if (!m || !m->entries.n || !image.n) return image;
    image_name n = image_parse(a, image);
    str full = image_full(a, &n), spelled = str_cat(a, full, str_from(image, n.name.n));
    const image_entry *e = entry_for(m, image);
    if (!e) e = entry_for(m, spelled);
    if (e && (n.tag.n || n.digest.n)) return e->to;
    if (!e && n.digest.n) e = entry_for(m, str_cut(image, 0, image.n - n.digest.n - 1));
    if (!e && n.digest.n) e = entry_for(m, str_cut(spelled, 0, spelled.n - n.digest.n - 1));
    if (!e) e = entry_for(m, n.name);
    if (!e) e = entry_for(m, full);
    if (e) return with_own(a, e->to, &n);
    str to = below(a, m, image);
    if (!to.n) to = below(a, m, spelled);
    return to.n ? to : image;
}

/* ---- Pods ----------------------------------------------------------------------------------------------------------- */

typedef struct pass {
    arena *a;
    image_map *m;
    bool (*known)(void *ctx, str path);
    void *ctx;
} pass;

/* The mapping with another image in it, or itself. */
static const ynode *mapped(pass *p, const ynode *n, str key, str path) {
    const ynode *image = ynode_get(n, key);
    if (!ynode_is(image, Y_STR) || !p->known(p->ctx, path)) return n;
    str to = image_map_name(p->a, p->m, image->text);
    if (str_eq(to, image->text)) return n;
    ynode *copy = ynode_copy(p->a, n);
    ynode_set(p->a, copy, key, ynode_str(p->a, to, image));
    return copy;
}

static const ynode *mapped_list(pass *p, const ynode *spec, str key) {
    const ynode *list = ynode_get(spec, key);
    bool volumes = str_eq(key, S("volumes"));
    ynode *copy = NULL;
    YNODE_EACH(i, item, list) {
        const ynode *from = volumes ? ynode_get(item, S("image")) : NULL;
        const ynode *now = item;
        str path = str_fmt(p->a, "/spec/%.*s/%u/image%s", STR_ARG(key), i, volumes ? "/reference" : "");
        if (from) {
            const ynode *other = mapped(p, from, S("reference"), path);
            if (other != from) {
                ynode *volume = ynode_copy(p->a, item);
                ynode_set(p->a, volume, S("image"), other);
                now = volume;
            }
        } else if (!volumes) {
            now = mapped(p, item, S("image"), path);
        }
        if (now == item) continue;
        if (!copy) copy = ynode_copy(p->a, list);
        copy->items[i] = now;
    }
    return copy ? copy : list;
}

const ynode *image_map_pod(arena *a, image_map *m, const ynode *pod, bool (*known)(void *ctx, str path), void *ctx) {
    pass p = {a, m, known, ctx};
    static const char *const lists[] = {"initContainers", "containers", "volumes"};
    const ynode *spec = ynode_get(pod, S("spec"));
    ynode *copy = NULL;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const ynode *list = ynode_get(spec, str_z(lists[i])), *now = list ? mapped_list(&p, spec, str_z(lists[i])) : NULL;
        if (now == list) continue;
        if (!copy) copy = ynode_copy(a, spec);
        ynode_set(a, copy, str_z(lists[i]), now);
    }
    if (!copy) return pod;
    ynode *out = ynode_copy(a, pod);
    ynode_set(a, out, S("spec"), copy);
    return out;
}
