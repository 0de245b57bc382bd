/* Volumes of a Pod as folders, as a kubelet makes them: files behind a link `..data`, which is exchanged as a whole when
 * their content changes. */
#include "base/emit.h"
#include "grammar/quantity.h"
#include "runtime/engine/local/files.h"
#include "runtime/engine/local/inner.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define HINT " (runs on this machine take ConfigMaps and Secrets from their input: add it to the files that are run)"

typedef struct content {
    str path, bytes;
    mode_t mode;
} content;

typedef struct making {
    local_pod *pod;
    arena *a;
    const ynode *spec; /* of the volume */
    VEC(content) files;
    str *problem;
    bool live;         /* an annotation or label is in it */
} making;

static bool wrong(making *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(making *x, const char *format, ...) {
    va_list args;
    va_start(args, format);
    *x->problem = str_vfmt(x->pod->a, format, args);
    va_end(args);
    return false;
}

/* --- fields -------------------------------------------------------------------------------------------------------- */

/* metadata.labels['KEY'] → KEY */
static bool subscript(str path, const char *field, str *key) {
    str prefix = str_z(field);
    if (!str_starts(path, prefix) || path.n < prefix.n + 4) return false;
    *key = str_cut(path, prefix.n + 2, path.n - 2);
    return path.p[prefix.n] == '[';
}

/* key="value" lines, as in a cluster's files. */
static str all_pairs(arena *a, const ynode *m) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < ynode_count(m); i++) {
        str quoted = emit_json_str(a, ynode_str(a, ynode_text(m->pairs[i].value), NULL), false);
        strbuf_addf(&b, "%s%.*s=%.*s", i ? "\n" : "", STR_ARG(m->pairs[i].key), STR_ARG(quoted));
    }
    return b.p ? strbuf_str(&b) : S("");
}

str pod_field(arena *a, const local_pod *p, str path) {
    const ynode *meta = ynode_get(p->object, S("metadata")), *spec = ynode_get(p->object, S("spec"));
    str key, found;
    char host[256] = "localhost";
    if (subscript(path, "metadata.annotations", &key)) return found = ynode_get_text(ynode_get(meta, S("annotations")), key), found.p ? found : S("");
    if (subscript(path, "metadata.labels", &key)) return found = ynode_get_text(ynode_get(meta, S("labels")), key), found.p ? found : S("");
    if (str_eq(path, S("metadata.annotations"))) return all_pairs(a, ynode_get(meta, S("annotations")));
    if (str_eq(path, S("metadata.labels"))) return all_pairs(a, ynode_get(meta, S("labels")));
    if (str_eq(path, S("metadata.name"))) return p->name;
    if (str_eq(path, S("metadata.namespace"))) return p->namespace_;
    if (str_eq(path, S("metadata.uid"))) return p->uid;
    if (str_eq(path, S("spec.serviceAccountName"))) return found = ynode_get_text(spec, S("serviceAccountName")), found.n ? found : S("default");
    if (str_eq(path, S("spec.nodeName"))) return gethostname(host, sizeof host - 1), str_dup(a, str_z(host));
    if (str_eq(path, S("status.podIP")) || str_eq(path, S("status.podIPs"))) return p->address.n ? p->address : S("127.0.0.1");
    if (str_eq(path, S("status.hostIP")) || str_eq(path, S("status.hostIPs"))) return S("127.0.0.1");
    return STR_NONE;
}

/* As the downward API has it: CPU by thousandths, all else by whole numbers, rounded up. */
str pod_resource(arena *a, const local_pod *p, const local_container *self, const ynode *ref) {
    str name = ynode_get_text(ref, S("containerName")), what = ynode_get_text(ref, S("resource")), divisor = ynode_get_text(ref, S("divisor"));
    uint32_t dot;
    quantity value = quantity_of(0, QUANTITY_DECIMAL_SI), by = quantity_of(1, QUANTITY_DECIMAL_SI);
    for (uint32_t i = 0; i < p->containers_n && name.n; i++)
        if (str_eq(p->containers[i].name, name)) self = &p->containers[i];
    if (!self || !str_find(what, S("."), &dot)) return STR_NONE;
    str kind = str_from(what, dot + 1), text = ynode_get_text(ynode_get(ynode_get(self->spec, S("resources")), str_cut(what, 0, dot)), kind);
    bool cpu = str_eq(kind, S("cpu"));
    if (text.n) {
        if (!quantity_parse(text, &value)) return STR_NONE;
    } else if (str_starts(what, S("limits."))) { /* no limit: what the machine has */
        if (cpu) value = quantity_of(sysconf(_SC_NPROCESSORS_ONLN), QUANTITY_DECIMAL_SI);
        if (str_eq(kind, S("memory"))) value = quantity_of((int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), QUANTITY_BINARY_SI);
    }
    if (divisor.n && !str_eq(divisor, S("0")) && !quantity_parse(divisor, &by)) return STR_NONE;
    int64_t n = cpu ? quantity_milli_value(value) : quantity_value(value), d = cpu ? quantity_milli_value(by) : quantity_value(by);
    return d > 0 ? str_fmt(a, "%lld", (long long)((n + d - 1) / d)) : STR_NONE;
}

/* --- content ------------------------------------------------------------------------------------------------------- */

static mode_t mode_of(const ynode *n, mode_t otherwise) {
    str text = ynode_text(n);
    mode_t mode = 0;
    for (uint32_t i = 0; i < text.n; i++) mode = mode * 10 + (mode_t)(text.p[i] - 0x30);
    return text.n ? mode & 0777 : otherwise;
}

static void add_file(making *x, str path, str bytes, mode_t mode) { vec_push(x->a, &x->files, ((content){path, bytes, mode})); }

/* Items, or all keys. */
static bool add_config(making *x, const ynode *source, bool secret, str name, mode_t mode) {
    const char *kind = secret ? "secret" : "configmap";
    const ynode *object = config_find(x->pod->engine, secret, name), *items = ynode_get(source, S("items"));
    bool optional = ynode_true(ynode_get(source, S("optional")));
    if (!object) return optional || wrong(x, "%s \"%.*s\" not found" HINT, kind, STR_ARG(name));
    YNODE_EACH(i, item, items) {
        str key = ynode_get_text(item, S("key")), bytes;
        if (config_value(x->a, object, secret, key, &bytes)) add_file(x, ynode_get_text(item, S("path")), bytes, mode_of(ynode_get(item, S("mode")), mode));
        else if (!optional) return wrong(x, "%s \"%.*s\" references non-existent key: %.*s", kind, STR_ARG(name), STR_ARG(key));
    }
    config_entries all = {0};
    if (ynode_count(items)) return true;
    if (!config_entries_of(x->a, object, secret, &all)) return wrong(x, "%s \"%.*s\": its data is no base64", kind, STR_ARG(name));
    for (uint32_t i = 0; i < all.n; i++) add_file(x, all.v[i].key, all.v[i].bytes, mode);
    return true;
}

static bool add_downward(making *x, const ynode *source, mode_t mode) {
    YNODE_EACH(i, item, ynode_get(source, S("items"))) {
        const ynode *field = ynode_get(item, S("fieldRef")), *resource = ynode_get(item, S("resourceFieldRef"));
        str path = ynode_get_text(field, S("fieldPath"));
        str bytes = field ? pod_field(x->a, x->pod, path) : pod_resource(x->a, x->pod, NULL, resource);
        if (!bytes.p) return wrong(x, "the downward API has no %.*s", STR_ARG(field ? path : ynode_get_text(resource, S("resource"))));
        x->live |= str_starts(path, S("metadata.annotations"));
        add_file(x, ynode_get_text(item, S("path")), bytes, mode_of(ynode_get(item, S("mode")), mode));
    }
    return true;
}

static bool add_projected(making *x, const ynode *projected, mode_t mode) {
    YNODE_EACH(i, source, ynode_get(projected, S("sources"))) {
        const ynode *config = ynode_get(source, S("configMap")), *secret = ynode_get(source, S("secret")), *downward = ynode_get(source, S("downwardAPI"));
        if (config && !add_config(x, config, false, ynode_get_text(config, S("name")), mode)) return false;
        if (secret && !add_config(x, secret, true, ynode_get_text(secret, S("name")), mode)) return false;
        if (downward && !add_downward(x, downward, mode)) return false;
        if (ynode_get(source, S("serviceAccountToken"))) return wrong(x, "there is no API server whose token it could be (serviceAccountToken needs a cluster)");
        if (ynode_get(source, S("clusterTrustBundle"))) return wrong(x, "clusterTrustBundle needs a cluster");
    }
    return true;
}

static bool add_content(making *x) {
    const ynode *config = ynode_get(x->spec, S("configMap")), *secret = ynode_get(x->spec, S("secret"));
    const ynode *downward = ynode_get(x->spec, S("downwardAPI")), *projected = ynode_get(x->spec, S("projected"));
    const ynode *source = config ? config : secret ? secret : downward ? downward : projected;
    mode_t mode = mode_of(ynode_get(source, S("defaultMode")), 0644);
    if (config) return add_config(x, config, false, ynode_get_text(config, S("name")), mode);
    if (secret) return add_config(x, secret, true, ynode_get_text(secret, S("secretName")), mode);
    return downward ? add_downward(x, downward, mode) : add_projected(x, projected, mode);
}

/* --- files --------------------------------------------------------------------------------------------------------- */

static bool cannot(making *x, str path) { return wrong(x, "%.*s: %s", STR_ARG(path), strerror(errno)); }

static bool inside(str path) {
    if (!path.n || path.p[0] == '/') return false;
    for (uint32_t i = 0, from = 0; i <= path.n; i++)
        if (i == path.n || path.p[i] == '/') {
            if (str_eq(str_cut(path, from, i), S(".."))) return false;
            from = i + 1;
        }
    return true;
}

/* The link of a file's first segment to ..data. */
static bool link_top(making *x, str folder, str path) {
    uint32_t n = 0;
    while (n < path.n && path.p[n] != '/') n++;
    str top = str_cut(path, 0, n);
    str link = str_fmt(x->a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(top)), target = str_fmt(x->a, "..data/%.*s", STR_ARG(top));
    return symlink(target.p, link.p) == 0 || errno == EEXIST || cannot(x, link);
}

static bool write_files(making *x, str folder) {
    str data = str_fmt(x->a, "%.*s/..%u", STR_ARG(folder), x->pod->inner->generation);
    if (mkdir(data.p, 0755) != 0) return cannot(x, data);
    for (uint32_t i = 0; i < x->files.n; i++) {
        const content *f = &x->files.v[i];
        str path = str_fmt(x->a, "%.*s/%.*s", STR_ARG(data), STR_ARG(f->path));
        uint32_t slash = path.n;
        if (!inside(f->path)) return wrong(x, "%.*s: not a path below a volume", STR_ARG(f->path));
        while (path.p[--slash] != '/') {}
        if (!files_make_folders(str_cut(path, 0, slash), 0755) || !files_write(path, f->bytes, f->mode)) return cannot(x, path);
    }
    str link = str_cat(x->a, folder, S("/..data")), beside = str_cat(x->a, folder, S("/..data_tmp")), target = str_fmt(x->a, "..%u", x->pod->inner->generation);
    char old[64];
    ssize_t n = readlink(link.p, old, sizeof old - 1);
    if (symlink(target.p, beside.p) != 0 || rename(beside.p, link.p) != 0) return cannot(x, link);
    for (uint32_t i = 0; i < x->files.n; i++)
        if (!link_top(x, folder, x->files.v[i].path)) return false;
    if (n <= 0) return true;
    old[n] = 0;
    files_remove(str_fmt(x->a, "%.*s/%s", STR_ARG(folder), old));
    return true;
}

static bool make_files(making *x, local_volume *v) {
    v->kind = LOCAL_FILES;
    if (!add_content(x)) return false;
    if (mkdir(v->path.p, 0755) != 0) return cannot(x, v->path);
    return write_files(x, v->path);
}

/* --- claims and folders -------------------------------------------------------------------------------------------- */

static bool make_folder(making *x, local_volume *v) {
    v->kind = LOCAL_EMPTY;
    v->memory = str_eq(ynode_get_text(ynode_get(x->spec, S("emptyDir")), S("medium")), S("Memory"));
    return (mkdir(v->path.p, 0777) == 0 && chmod(v->path.p, 0777) == 0) || cannot(x, v->path);
}

static bool make_host(making *x, local_volume *v, str path, bool read_only) {
    struct stat st;
    v->kind = LOCAL_HOST;
    v->path = str_dup(x->pod->a, path);
    v->read_only = read_only;
    return stat(v->path.p, &st) == 0 || wrong(x, "hostPath %.*s: %s", STR_ARG(path), strerror(errno));
}

static bool make_claim(making *x, local_volume *v) {
    local *l = x->pod->engine;
    arena *a = x->pod->a;
    const ynode *source = ynode_get(x->spec, S("persistentVolumeClaim")), *alias;
    str name = ynode_get_text(source, S("claimName"));
    v->kind = LOCAL_CLAIM;
    v->read_only = ynode_true(ynode_get(source, S("readOnly")));
    v->claim = str_dup(a, name);
    if ((alias = ynode_get(l->config.claims, name))) {
        str folder = ynode_get_text(alias, S("hostPath")), other = ynode_get_text(alias, S("claim"));
        if (folder.n) return make_host(x, v, folder, v->read_only);
        if (other.n) v->claim = name = str_dup(a, other);
    }
    if (!files_is_name(name)) return wrong(x, "the claim \"%.*s\" can't be: a name has no slash", STR_ARG(name));
    v->path = STR_NONE;
    if (l->driver->ops->claim) return true;
    v->path = str_fmt(a, "%.*s/claims/%.*s", STR_ARG(l->config.folder->path), STR_ARG(name)); /* of this run */
    if (access(v->path.p, F_OK) == 0) return true;
    v->path = str_fmt(a, "%.*s/claims/%.*s/%.*s", STR_ARG(l->config.state->root), STR_ARG(l->config.identity.namespace_), STR_ARG(name));
    if (access(v->path.p, F_OK) == 0) return true;
    if (!files_make_folders(v->path, 0700) || chmod(v->path.p, 0777) != 0) return cannot(x, v->path);
    local_notice(l, "the claim %.*s is a folder that stays: %.*s", STR_ARG(name), STR_ARG(v->path));
    return true;
}

static bool is_entrypoint(const making *x) {
    str name = ynode_get_text(ynode_get(x->spec, S("configMap")), S("name")), ours = x->pod->engine->config.identity.entrypoint_config_map;
    return name.n && str_eq(name, ours);
}

static bool make_volume(making *x, local_volume *v) {
    static const char *const files[] = {"configMap", "secret", "downwardAPI", "projected"};
    const ynode *host = ynode_get(x->spec, S("hostPath"));
    if (is_entrypoint(x)) {
        v->kind = LOCAL_FILES;
        v->path = x->pod->engine->program_folder;
        return true;
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (ynode_get(x->spec, str_z(files[i]))) return make_files(x, v);
    if (ynode_get(x->spec, S("persistentVolumeClaim"))) return make_claim(x, v);
    if (host) return make_host(x, v, ynode_get_text(host, S("path")), true);
    if (x->spec->n == 1 || ynode_get(x->spec, S("emptyDir")) || ynode_get(x->spec, S("ephemeral"))) return make_folder(x, v);
    for (uint32_t i = 0; i < x->spec->n; i++)
        if (!str_eq(x->spec->pairs[i].key, S("name"))) return wrong(x, "a volume of kind %.*s needs a cluster", STR_ARG(x->spec->pairs[i].key));
    return false;
}

bool volumes_make(local_pod *p, str *problem) {
    const ynode *list = ynode_get(ynode_get(p->object, S("spec")), S("volumes"));
    str folder = str_cat(p->a, p->work, S("/volumes"));
    making x = {.pod = p, .a = p->a, .problem = problem};
    if (!files_make_folders(folder, 0755)) return cannot(&x, folder);
    p->volumes = ARENA_ARRAY(p->a, local_volume, ynode_count(list) + 1);
    YNODE_EACH(i, spec, list) {
        local_volume *v = &p->volumes[p->volumes_n++];
        v->name = str_dup(p->a, ynode_get_text(spec, S("name")));
        v->path = str_fmt(p->a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(v->name));
        x = (making){.pod = p, .a = p->a, .spec = spec, .problem = problem};
        if (files_is_name(v->name) ? make_volume(&x, v) : wrong(&x, "a name has no slash")) continue;
        *problem = str_fmt(p->a, "MountVolume.SetUp failed for volume \"%.*s\" : %.*s", STR_ARG(v->name), STR_ARG(*problem));
        return false;
    }
    return true;
}

void volumes_annotated(local_pod *p) {
    local *l = p->engine;
    str problem = STR_NONE;
    const ynode *list = ynode_get(ynode_get(p->object, S("spec")), S("volumes"));
    p->inner->generation++;
    for (uint32_t i = 0; i < p->volumes_n; i++) {
        local_volume *v = &p->volumes[i];
        making x = {.pod = p, .a = l->scratch, .spec = list->items[i], .problem = &problem};
        if (v->kind != LOCAL_FILES || (!ynode_get(x.spec, S("downwardAPI")) && !ynode_get(x.spec, S("projected")))) continue;
        if (!add_content(&x) || !x.live) continue;
        if (!write_files(&x, v->path)) engine_log("Pod %.*s: %.*s", STR_ARG(p->name), STR_ARG(problem));
        else if (l->driver->ops->changed) l->driver->ops->changed(l->driver, v);
    }
}
