/* A Pod's manifest as containers: environment, command, mounts. Rules: Kubernetes' (env in order, envFrom first, $(VAR)). */
#include "runtime/engine/local/files.h"
#include "runtime/engine/local/inner.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool wrong(local_container *c, str *problem, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool wrong(local_container *c, str *problem, const char *format, ...) {
    va_list args;
    va_start(args, format);
    *problem = str_vfmt(c->pod->a, format, args);
    va_end(args);
    return false;
}

/* --- $(VAR) -------------------------------------------------------------------------------------------------------- */

static str expand(arena *a, str text, const map *env) {
    if (!text.n || !memchr(text.p, '$', text.n)) return text;
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < text.n; i++) {
        const char *close;
        if (text.p[i] != '$' || i + 1 == text.n) {
            strbuf_addc(&b, text.p[i]);
        } else if (text.p[i + 1] == '$') {
            strbuf_addc(&b, '$');
            i++;
        } else if (text.p[i + 1] == '(' && (close = memchr(text.p + i, ')', text.n - i))) {
            uint32_t end = (uint32_t)(close - text.p);
            const local_variable *v = map_get(env, str_cut(text, i + 2, end));
            strbuf_add(&b, v ? v->value : str_cut(text, i, end + 1));
            i = end;
        } else {
            strbuf_addc(&b, '$');
        }
    }
    return b.p ? strbuf_str(&b) : S("");
}

/* --- environment --------------------------------------------------------------------------------------------------- */

typedef VEC(local_variable) variables;

static void set(arena *a, map *env, str name, str value) {
    local_variable *v = map_get(env, name);
    if (!v) map_put(env, name, v = ARENA_NEW(a, local_variable));
    *v = (local_variable){str_dup(a, name), str_dup(a, value.p ? value : S(""))};
}

static bool is_name(str key) {
    for (uint32_t i = 0; i < key.n; i++)
        if (key.p[i] == '=' || key.p[i] <= ' ') return false;
    return key.n > 0;
}

static bool from_config(local_container *c, map *env, const ynode *ref, bool secret, str prefix, str *problem) {
    arena *a = c->pod->a;
    str name = ynode_get_text(ref, S("name"));
    const ynode *object = config_find(c->pod->engine, secret, name);
    config_entries all = {0};
    if (!object)
        return ynode_true(ynode_get(ref, S("optional"))) ||
               wrong(c, problem, "%s \"%.*s\" not found (runs on this machine take them from their input)", secret ? "secret" : "configmap", STR_ARG(name));
    if (!config_entries_of(a, object, secret, &all)) return wrong(c, problem, "secret \"%.*s\": its data is no base64", STR_ARG(name));
    for (uint32_t i = 0; i < all.n; i++)
        if (is_name(all.v[i].key)) set(a, env, str_cat(a, prefix, all.v[i].key), all.v[i].bytes);
    return true;
}

/* *value absent: the variable is left out. */
static bool key_of(local_container *c, const ynode *ref, bool secret, str *value, str *problem) {
    const char *kind = secret ? "secret" : "configmap";
    str name = ynode_get_text(ref, S("name")), key = ynode_get_text(ref, S("key"));
    const ynode *object = config_find(c->pod->engine, secret, name);
    bool optional = ynode_true(ynode_get(ref, S("optional")));
    *value = STR_NONE;
    if (!object) return optional || wrong(c, problem, "%s \"%.*s\" not found (runs on this machine take them from their input)", kind, STR_ARG(name));
    if (config_value(c->pod->a, object, secret, key, value)) return true;
    return optional || wrong(c, problem, "couldn't find key %.*s in %s %.*s/%.*s", STR_ARG(key), secret ? "Secret" : "ConfigMap", STR_ARG(c->pod->namespace_), STR_ARG(name));
}

static bool value_of(local_container *c, const ynode *one, const map *env, str *value, str *problem) {
    arena *a = c->pod->a;
    const ynode *from = ynode_get(one, S("valueFrom")), *ref;
    if (!from) return *value = expand(a, ynode_get_text(one, S("value")), env), value->p || (*value = S(""), true);
    if ((ref = ynode_get(from, S("configMapKeyRef")))) return key_of(c, ref, false, value, problem);
    if ((ref = ynode_get(from, S("secretKeyRef")))) return key_of(c, ref, true, value, problem);
    if ((ref = ynode_get(from, S("fieldRef")))) *value = pod_field(a, c->pod, ynode_get_text(ref, S("fieldPath")));
    else if ((ref = ynode_get(from, S("resourceFieldRef")))) *value = pod_resource(a, c->pod, c, ref);
    return value->p || wrong(c, problem, "environment variable %.*s: the downward API has no such field", STR_ARG(ynode_get_text(one, S("name"))));
}

static bool read_env(local_container *c, map *env, str *problem) {
    arena *a = c->pod->a;
    YNODE_EACH(i, one, ynode_get(c->spec, S("envFrom"))) {
        str prefix = ynode_get_text(one, S("prefix"));
        const ynode *config = ynode_get(one, S("configMapRef")), *secret = ynode_get(one, S("secretRef"));
        if (!from_config(c, env, config ? config : secret, !config, prefix, problem)) return false;
    }
    YNODE_EACH(k, one, ynode_get(c->spec, S("env"))) {
        str value = STR_NONE;
        if (!value_of(c, one, env, &value, problem)) return false;
        if (value.p) set(a, env, ynode_get_text(one, S("name")), value);
    }
    local_variable *all = ARENA_ARRAY(a, local_variable, env->n + 1);
    for (uint32_t i = 0; i < env->n; i++) all[i] = *(local_variable *)env->entries[i].value;
    c->env = all;
    c->env_n = env->n;
    return true;
}

static const str *read_words(local_container *c, const char *field, const map *env, uint32_t *n) {
    const ynode *list = ynode_get(c->spec, str_z(field));
    str *all = ARENA_ARRAY(c->pod->a, str, ynode_count(list) + 1);
    *n = 0;
    YNODE_EACH(i, one, list) all[(*n)++] = str_dup(c->pod->a, expand(c->pod->a, ynode_text(one), env));
    return all;
}

/* --- mounts -------------------------------------------------------------------------------------------------------- */

/* Absolute, no doubled or last slash, no dot segments; `..` is refused. */
static bool clean(arena *a, str path, bool absolute, str *out) {
    strbuf b = {.a = a};
    for (uint32_t from = 0, to; from <= path.n; from = to + 1) {
        for (to = from; to < path.n && path.p[to] != '/';) to++;
        str segment = str_cut(path, from, to);
        if (!segment.n || str_eq(segment, S("."))) continue;
        if (str_eq(segment, S(".."))) return false;
        if (absolute || b.n) strbuf_addc(&b, '/');
        strbuf_add(&b, segment);
    }
    *out = b.p ? strbuf_str(&b) : absolute ? S("/") : S("");
    return true;
}

/* The folder of a sub path, made if it is missing; it must not lead out of the volume by links. */
static bool make_sub_path(local_container *c, const local_mount *m, str *problem) {
    char whole[PATH_MAX], top[PATH_MAX];
    str path = str_fmt(c->pod->a, "%.*s/%.*s", STR_ARG(m->volume->path), STR_ARG(m->sub_path));
    bool there = realpath(path.p, whole) != NULL;
    if (!there && m->volume->kind != LOCAL_FILES && files_make_folders(path, 0777)) {
        chmod(path.p, 0777);
        there = realpath(path.p, whole) != NULL;
    }
    if (!there || !realpath(m->volume->path.p, top)) return wrong(c, problem, "failed to prepare subPath for volumeMount \"%.*s\" of container \"%.*s\": %s", STR_ARG(m->volume->name), STR_ARG(c->name), strerror(errno));
    size_t n = strlen(top);
    if (strncmp(whole, top, n) == 0 && (whole[n] == '/' || !whole[n])) return true;
    return wrong(c, problem, "subPath \"%.*s\" leads out of the volume \"%.*s\"", STR_ARG(m->sub_path), STR_ARG(m->volume->name));
}

static bool read_mount(local_container *c, const ynode *one, const map *env, local_mount *m, str *problem) {
    local_pod *p = c->pod;
    str name = ynode_get_text(one, S("name")), expression = ynode_get_text(one, S("subPathExpr"));
    str sub = expression.n ? expand(p->a, expression, env) : ynode_get_text(one, S("subPath")), path = ynode_get_text(one, S("mountPath"));
    *m = (local_mount){0};
    for (uint32_t i = 0; i < p->volumes_n; i++)
        if (str_eq(p->volumes[i].name, name)) m->volume = &p->volumes[i];
    if (!m->volume) return wrong(c, problem, "there is no volume \"%.*s\" for the mount %.*s", STR_ARG(name), STR_ARG(path));
    if (!clean(p->a, path, true, &m->path) || !clean(p->a, sub, false, &m->sub_path)) return wrong(c, problem, "must not contain '..': %.*s", STR_ARG(sub.n ? sub : path));
    m->path = str_dup(p->a, m->path);
    m->sub_path = str_dup(p->a, m->sub_path);
    m->read_only = ynode_true(ynode_get(one, S("readOnly"))) || m->volume->read_only || m->volume->kind == LOCAL_FILES;
    return !m->sub_path.n || !m->volume->path.n || make_sub_path(c, m, problem);
}

static int by_length(const void *x, const void *y) {
    const local_mount *a = x, *b = y;
    return a->path.n != b->path.n ? (a->path.n > b->path.n) - (a->path.n < b->path.n) : str_cmp(a->path, b->path);
}

static bool read_mounts(local_container *c, const map *env, str *problem) {
    const ynode *list = ynode_get(c->spec, S("volumeMounts"));
    local_mount *all = ARENA_ARRAY(c->pod->a, local_mount, ynode_count(list) + 1);
    c->mounts_n = 0;
    YNODE_EACH(i, one, list)
        if (!read_mount(c, one, env, &all[c->mounts_n++], problem)) return false;
    qsort(all, c->mounts_n, sizeof *all, by_length);
    c->mounts = all;
    return true;
}

/* --- containers ---------------------------------------------------------------------------------------------------- */

static int64_t number(const ynode *n, int64_t otherwise) {
    str text = ynode_text(n);
    return text.n ? strtoll(text.p, NULL, 10) : otherwise;
}

static const ynode *security(const local_container *c, str field) {
    const ynode *own = ynode_get(ynode_get(c->spec, S("securityContext")), field);
    return own ? own : ynode_get(ynode_get(ynode_get(c->pod->object, S("spec")), S("securityContext")), field);
}

static bool read_container(local_container *c, str *problem) {
    local_pod *p = c->pod;
    arena *a = p->a;
    str termination = ynode_get_text(c->spec, S("terminationMessagePath"));
    c->name = str_dup(a, ynode_get_text(c->spec, S("name")));
    c->image = str_dup(a, ynode_get_text(c->spec, S("image")));
    c->step = !c->init && str_starts(c->name, S("step-"));
    c->sidecar = c->init && str_eq(ynode_get_text(c->spec, S("restartPolicy")), S("Always"));
    const ynode *command = ynode_get(c->spec, S("command"));
    c->runtime = ynode_count(command) && str_eq(ynode_text(command->items[0]), S("/tektonc/entrypoint"));
    c->working_dir = str_dup(a, ynode_get_text(c->spec, S("workingDir")));
    c->user = number(security(c, S("runAsUser")), -1);
    c->group = number(security(c, S("runAsGroup")), -1);
    c->non_root = ynode_true(security(c, S("runAsNonRoot")));
    c->read_only_root = ynode_true(security(c, S("readOnlyRootFilesystem")));
    c->privileged = ynode_true(security(c, S("privileged")));
    c->tty = ynode_true(ynode_get(c->spec, S("tty")));
    c->termination_path = str_dup(a, termination.n ? termination : S("/dev/termination-log"));
    c->termination = str_fmt(a, "%.*s/termination-%.*s", STR_ARG(p->work), STR_ARG(c->name));
    c->inner = ARENA_NEW(a, struct local_inner_container);
    c->inner->log = -1;
    if (!files_is_name(c->name)) return wrong(c, problem, "the container \"%.*s\" can't be: a name has no slash", STR_ARG(c->name));
    return files_write(c->termination, S(""), 0666) || wrong(c, problem, "%.*s: %s", STR_ARG(c->termination), strerror(errno));
}

bool spec_read(local_pod *p, str *problem) {
    const ynode *spec = ynode_get(p->object, S("spec")), *init = ynode_get(spec, S("initContainers")), *main = ynode_get(spec, S("containers"));
    p->containers = ARENA_ARRAY(p->a, local_container, ynode_count(init) + ynode_count(main) + 1);
    p->init_n = ynode_count(init);
    YNODE_EACH(i, one, init) p->containers[p->containers_n++] = (local_container){.pod = p, .spec = one, .init = true};
    YNODE_EACH(k, one, main) p->containers[p->containers_n++] = (local_container){.pod = p, .spec = one};
    bool ok = true;
    for (uint32_t i = 0; i < p->containers_n; i++) ok = read_container(&p->containers[i], problem) && ok;
    return ok;
}

bool spec_complete(local_container *c, str *problem) {
    map env = map_new(c->pod->a);
    if (!read_env(c, &env, problem) || !read_mounts(c, &env, problem)) return false;
    c->command = read_words(c, "command", &env, &c->command_n);
    c->args = read_words(c, "args", &env, &c->args_n);
    return true;
}
