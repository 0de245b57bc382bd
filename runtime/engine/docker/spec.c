/* A container of a Pod as the body of /containers/create. */
#include "base/emit.h"
#include "grammar/quantity.h"
#include "runtime/engine/docker/inner.h"
#include <unistd.h>

enum { CPU_PERIOD = 100000, QUOTA_LEAST = 1000, MEMORY_LEAST = 6 << 20, SHARES_LEAST = 2 };

static const ynode *text(arena *a, str s) { return ynode_str(a, s.p ? s : S(""), NULL); }

static const ynode *strings(arena *a, const str *list, uint32_t n) {
    ynode *out = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < n; i++) ynode_push(a, out, text(a, list[i]));
    return out;
}

/* A copy whose scalars are texts: what was written as a number, say. */
static const ynode *words(arena *a, const ynode *list) {
    ynode *out = ynode_seq(a, NULL);
    YNODE_EACH(i, one, list) ynode_push(a, out, text(a, ynode_text(one)));
    return out;
}

ynode *docker_labels(arena *a, const docker *d, str pod, str container) {
    ynode *m = ynode_map(a, NULL);
    ynode_put_str(a, m, S(DOCKER_LABEL_RUN), local_run_uid(d->base.engine));
    ynode_put_str(a, m, S(DOCKER_LABEL_FOLDER), local_folder(d->base.engine)->path);
    if (pod.n) ynode_put_str(a, m, S(DOCKER_LABEL_POD), pod);
    if (container.n) ynode_put_str(a, m, S(DOCKER_LABEL_CONTAINER), container);
    return m;
}

static str short_uid(const docker_pod *p) { return str_cut(p->p->uid, 0, p->p->uid.n < 8 ? p->p->uid.n : 8); }

str docker_container_name(arena *a, const docker_pod *p, str container) {
    str uid = short_uid(p);
    return str_fmt(a, "tektonc_%.*s_%.*s_%.*s", STR_ARG(p->p->name), STR_ARG(container), STR_ARG(uid));
}

str docker_memory_volume(arena *a, const docker_pod *p, const local_volume *v) {
    str uid = short_uid(p);
    return str_fmt(a, "tektonc_%.*s_%.*s_%.*s", STR_ARG(p->p->name), STR_ARG(v->name), STR_ARG(uid));
}

/* --- security -------------------------------------------------------------------------------------------------------- */

static const ynode *pod_spec(const docker_pod *p) { return ynode_get(p->p->object, S("spec")); }

/* A field of the container's securityContext, else of the Pod's. */
static const ynode *security(const docker_container *c, str field) {
    const ynode *own = ynode_get(ynode_get(c->c->spec, S("securityContext")), field);
    return own ? own : ynode_get(ynode_get(pod_spec(c->pod), S("securityContext")), field);
}

static void put_selinux(arena *a, ynode *options, const ynode *selinux) {
    static const char *const fields[] = {"user", "role", "type", "level"};
    for (size_t i = 0; i < 4; i++) {
        str value = ynode_get_text(selinux, str_z(fields[i]));
        if (value.n) ynode_push(a, options, text(a, str_fmt(a, "label=%s:%.*s", fields[i], STR_ARG(value))));
    }
    /* Else what is mounted would have to be given other labels. */
    if (!ynode_count(selinux)) ynode_push(a, options, text(a, S("label=disable")));
}

static void put_security(arena *a, ynode *host, const docker_container *c) {
    ynode *options = ynode_seq(a, NULL), *groups = ynode_seq(a, NULL);
    const ynode *own = ynode_get(c->c->spec, S("securityContext")), *caps = ynode_get(own, S("capabilities"));
    const ynode *pod = ynode_get(pod_spec(c->pod), S("securityContext")), *escalation = ynode_get(own, S("allowPrivilegeEscalation"));
    str seccomp = ynode_get_text(security(c, S("seccompProfile")), S("type")), apparmor = ynode_get_text(security(c, S("appArmorProfile")), S("type"));
    if (c->c->privileged) ynode_put(a, host, S("Privileged"), ynode_bool(true));
    if (c->c->read_only_root) ynode_put(a, host, S("ReadonlyRootfs"), ynode_bool(true));
    if (ynode_count(ynode_get(caps, S("add")))) ynode_put(a, host, S("CapAdd"), words(a, ynode_get(caps, S("add"))));
    if (ynode_count(ynode_get(caps, S("drop")))) ynode_put(a, host, S("CapDrop"), words(a, ynode_get(caps, S("drop"))));
    if (ynode_is(escalation, Y_BOOL) && !ynode_true(escalation)) ynode_push(a, options, text(a, S("no-new-privileges")));
    if (str_eq(seccomp, S("Unconfined"))) ynode_push(a, options, text(a, S("seccomp=unconfined")));
    if (str_eq(apparmor, S("Unconfined"))) ynode_push(a, options, text(a, S("apparmor=unconfined")));
    put_selinux(a, options, security(c, S("seLinuxOptions")));
    ynode_put(a, host, S("SecurityOpt"), options);
    if (str_eq(ynode_get_text(own, S("procMount")), S("Unmasked"))) {
        ynode_put(a, host, S("MaskedPaths"), ynode_seq(a, NULL));
        ynode_put(a, host, S("ReadonlyPaths"), ynode_seq(a, NULL));
    }
    const ynode *group = ynode_get(pod, S("fsGroup"));
    if (group) ynode_push(a, groups, text(a, ynode_text(group)));
    YNODE_EACH(i, one, ynode_get(pod, S("supplementalGroups"))) ynode_push(a, groups, text(a, ynode_text(one)));
    if (ynode_count(groups)) ynode_put(a, host, S("GroupAdd"), groups);
}

/* With a group alone, the image's user stays. */
static str user_of(arena *a, const docker_container *c) {
    int64_t user = c->c->user, group = c->c->group;
    if (user >= 0 && group >= 0) return str_fmt(a, "%lld:%lld", (long long)user, (long long)group);
    if (user >= 0) return str_fmt(a, "%lld", (long long)user);
    if (group < 0) return STR_NONE;
    str image = c->image ? c->image->user : S("");
    uint32_t colon = image.n;
    str_find(image, S(":"), &colon);
    if (!colon) image = S("0"), colon = 1;
    return str_fmt(a, "%.*s:%lld", (int)colon, image.p, (long long)group);
}

/* --- resources ------------------------------------------------------------------------------------------------------- */

static bool amount(const ynode *list, const char *name, quantity *out) {
    const ynode *n = ynode_get(list, str_z(name));
    return n && quantity_parse(ynode_text(n), out);
}

static int64_t at_least(int64_t value, int64_t least) { return value < least ? least : value; }

static void put_devices(arena *a, ynode *host, const ynode *limits) {
    quantity q;
    if (!amount(limits, "nvidia.com/gpu", &q) || quantity_value(q) <= 0) return;
    ynode *list = ynode_seq(a, NULL), *one = ynode_map(a, NULL), *all = ynode_seq(a, NULL), *wanted = ynode_seq(a, NULL);
    ynode_push(a, wanted, text(a, S("gpu")));
    ynode_push(a, all, wanted);
    ynode_put_str(a, one, S("Driver"), S("nvidia"));
    ynode_put(a, one, S("Count"), ynode_int(a, quantity_value(q)));
    ynode_put(a, one, S("Capabilities"), all);
    ynode_push(a, list, one);
    ynode_put(a, host, S("DeviceRequests"), list);
}

static void put_resources(arena *a, ynode *host, const docker_container *c) {
    const ynode *r = ynode_get(c->c->spec, S("resources")), *limits = ynode_get(r, S("limits")), *requests = ynode_get(r, S("requests"));
    quantity q;
    if (amount(limits, "memory", &q) && quantity_value(q) > 0) {
        const ynode *bytes = ynode_int(a, at_least(quantity_value(q), MEMORY_LEAST));
        ynode_put(a, host, S("Memory"), bytes);
        if (!c->pod->d->server.podman) ynode_put(a, host, S("MemorySwap"), bytes); /* none: twice as much would be the default */
    }
    /* A quota, not NanoCpus: that is refused above what the machine has. */
    if (amount(limits, "cpu", &q) && quantity_milli_value(q) > 0) {
        ynode_put(a, host, S("CpuPeriod"), ynode_int(a, CPU_PERIOD));
        ynode_put(a, host, S("CpuQuota"), ynode_int(a, at_least(quantity_milli_value(q) * (CPU_PERIOD / 1000), QUOTA_LEAST)));
    }
    if (amount(requests, "cpu", &q) && quantity_milli_value(q) > 0)
        ynode_put(a, host, S("CpuShares"), ynode_int(a, at_least(quantity_milli_value(q) * 1024 / 1000, SHARES_LEAST)));
    put_devices(a, host, limits);
}

/* --- mounts ----------------------------------------------------------------------------------------------------------- */

static ynode *mount(arena *a, ynode *list, const char *type, str source, str target, bool read_only) {
    ynode *m = ynode_map(a, NULL);
    ynode_put_str(a, m, S("Type"), str_z(type));
    if (source.n) ynode_put_str(a, m, S("Source"), source);
    ynode_put_str(a, m, S("Target"), target);
    if (read_only) ynode_put(a, m, S("ReadOnly"), ynode_bool(true));
    ynode_push(a, list, m);
    return m;
}

static const ynode *volume_spec(const docker_pod *p, const local_volume *v) {
    YNODE_EACH(i, one, ynode_get(pod_spec(p), S("volumes")))
        if (str_eq(ynode_get_text(one, S("name")), v->name)) return one;
    return NULL;
}

static int64_t size_limit(const docker_pod *p, const local_volume *v) {
    quantity q;
    return amount(ynode_get(volume_spec(p, v), S("emptyDir")), "sizeLimit", &q) ? quantity_value(q) : 0;
}

docker_memory docker_memory_kind(const docker_pod *p, const local_volume *v) {
    uint32_t users = 0;
    for (uint32_t i = 0; i < p->p->containers_n && v->memory; i++)
        YNODE_EACH(k, m, ynode_get(p->p->containers[i].spec, S("volumeMounts"))) {
            if (!str_eq(ynode_get_text(m, S("name")), v->name)) continue;
            if (ynode_get(m, S("subPath")) || ynode_get(m, S("subPathExpr"))) return DOCKER_NO_MEMORY;
            users++;
        }
    return users == 1 ? DOCKER_MEMORY_OWN : users ? DOCKER_MEMORY_SHARED : DOCKER_NO_MEMORY;
}

static void put_memory(arena *a, ynode *list, const docker_pod *p, const local_mount *m) {
    ynode *options = ynode_map(a, NULL);
    if (docker_memory_kind(p, m->volume) == DOCKER_MEMORY_SHARED) {
        mount(a, list, "volume", docker_memory_volume(a, p, m->volume), m->path, m->read_only);
        return;
    }
    int64_t size = size_limit(p, m->volume);
    if (size > 0) ynode_put(a, options, S("SizeBytes"), ynode_int(a, size));
    ynode_put(a, options, S("Mode"), ynode_int(a, 01777));
    ynode_put(a, mount(a, list, "tmpfs", STR_NONE, m->path, m->read_only), S("TmpfsOptions"), options);
}

static str below(arena *a, str folder, str sub) {
    return sub.n ? str_fmt(a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(sub)) : folder;
}

static void put_claim(arena *a, ynode *list, const docker_pod *p, const local_mount *m) {
    const docker_claim *c = docker_claim_of(p->d, m->volume->claim);
    bool read_only = m->read_only || m->volume->read_only;
    if (m->sub_path.n) {
        mount(a, list, "bind", below(a, c->mountpoint, m->sub_path), m->path, read_only);
        return;
    }
    ynode *options = ynode_map(a, NULL);
    ynode_put(a, options, S("NoCopy"), ynode_bool(true));
    ynode_put(a, mount(a, list, "volume", c->volume, m->path, read_only), S("VolumeOptions"), options);
}

static const ynode *mounts(arena *a, docker_container *c) {
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < c->c->mounts_n; i++) {
        const local_mount *m = &c->c->mounts[i];
        const local_volume *v = m->volume;
        if (docker_memory_kind(c->pod, v) != DOCKER_NO_MEMORY) put_memory(a, list, c->pod, m);
        else if (v->kind == LOCAL_CLAIM && !v->path.n) put_claim(a, list, c->pod, m);
        else mount(a, list, "bind", below(a, v->path, m->sub_path), m->path, m->read_only || v->read_only);
    }
    if (c->c->termination.n && c->c->termination_path.n) mount(a, list, "bind", c->c->termination, c->c->termination_path, false);
    if (c->c->runtime) mount(a, list, "bind", str_cat(a, local_program(c->pod->d->base.engine), S("/entrypoint")), S("/tektonc/entrypoint"), true);
    return list;
}

/* --- the network ------------------------------------------------------------------------------------------------------ */

static void put_dns(arena *a, ynode *host, const ynode *spec) {
    const ynode *dns = ynode_get(spec, S("dnsConfig"));
    ynode *options = ynode_seq(a, NULL), *names = ynode_seq(a, NULL);
    if (ynode_count(ynode_get(dns, S("nameservers")))) ynode_put(a, host, S("Dns"), words(a, ynode_get(dns, S("nameservers"))));
    if (ynode_count(ynode_get(dns, S("searches")))) ynode_put(a, host, S("DnsSearch"), words(a, ynode_get(dns, S("searches"))));
    YNODE_EACH(i, one, ynode_get(dns, S("options"))) {
        str name = ynode_get_text(one, S("name")), value = ynode_get_text(one, S("value"));
        ynode_push(a, options, text(a, value.n ? str_fmt(a, "%.*s:%.*s", STR_ARG(name), STR_ARG(value)) : name));
    }
    if (ynode_count(options)) ynode_put(a, host, S("DnsOptions"), options);
    YNODE_EACH(k, alias, ynode_get(spec, S("hostAliases")))
        YNODE_EACH(n, name, ynode_get(alias, S("hostnames")))
            ynode_push(a, names, text(a, str_fmt(a, "%.*s:%.*s", STR_ARG(ynode_text(name)), STR_ARG(ynode_get_text(alias, S("ip"))))));
    if (ynode_count(names)) ynode_put(a, host, S("ExtraHosts"), names);
}

static str host_name(const docker_pod *p) {
    str name = ynode_get_text(pod_spec(p), S("hostname"));
    if (!name.n) name = p->p->name;
    if (name.n > 63) name.n = 63;
    while (name.n && (name.p[name.n - 1] == '-' || name.p[name.n - 1] == '.')) name.n--;
    return name;
}

/* Of the container whose network the Pod's others join. */
static void put_network(arena *a, ynode *top, ynode *host, const docker_pod *p) {
    const ynode *spec = pod_spec(p);
    ynode *sysctls = ynode_map(a, NULL);
    if (ynode_true(ynode_get(spec, S("hostNetwork")))) {
        ynode_put_str(a, host, S("NetworkMode"), S("host"));
    } else {
        ynode_put_str(a, top, S("Hostname"), host_name(p));
        YNODE_EACH(i, one, ynode_get(ynode_get(spec, S("securityContext")), S("sysctls")))
            ynode_set(a, sysctls, ynode_get_text(one, S("name")), text(a, ynode_get_text(one, S("value"))));
        if (ynode_count(sysctls)) ynode_put(a, host, S("Sysctls"), sysctls);
    }
    put_dns(a, host, spec);
    if (ynode_true(ynode_get(spec, S("hostPID")))) ynode_put_str(a, host, S("PidMode"), S("host"));
    ynode_put_str(a, host, S("IpcMode"), ynode_true(ynode_get(spec, S("hostIPC"))) ? S("host") : p->infra ? S("shareable") : S("private"));
}

/* A sidecar is not the first process of its PID namespace: that one would not be ended by signals that it has no handler
 * for, and shells have none, so each run would wait for the end of their grace. */
static bool shares_processes(const docker_container *c) {
    return ynode_true(ynode_get(pod_spec(c->pod), S("shareProcessNamespace"))) || c->c->sidecar || (!c->c->init && !c->c->step);
}

static void join(arena *a, ynode *top, ynode *host, const docker_container *c) {
    const docker_pod *p = c->pod;
    const ynode *spec = pod_spec(p);
    const ynode *other = text(a, str_cat(a, S("container:"), p->owner));
    if (ynode_true(ynode_get(spec, S("hostNetwork")))) ynode_put_str(a, host, S("NetworkMode"), S("host"));
    else ynode_put(a, host, S("NetworkMode"), other);
    /* Docker gives it the other one's name, and refuses to be told. */
    if (p->d->server.podman && !ynode_true(ynode_get(spec, S("hostNetwork")))) ynode_put_str(a, top, S("Hostname"), host_name(p));
    if (ynode_true(ynode_get(spec, S("hostIPC")))) ynode_put_str(a, host, S("IpcMode"), S("host"));
    else ynode_put(a, host, S("IpcMode"), other);
    if (ynode_true(ynode_get(spec, S("hostPID")))) ynode_put_str(a, host, S("PidMode"), S("host"));
    else if (shares_processes(c)) ynode_put(a, host, S("PidMode"), other);
}

/* --- whole ------------------------------------------------------------------------------------------------------------ */

/* What every container of ours has. */
static ynode *base(arena *a, ynode *host, const docker_pod *p, str image, str container) {
    ynode *m = ynode_map(a, NULL), *log = ynode_map(a, NULL), *health = ynode_map(a, NULL), *none = ynode_seq(a, NULL);
    ynode_push(a, none, text(a, S("NONE")));
    ynode_put(a, health, S("Test"), none);
    ynode_put_str(a, m, S("Image"), image);
    ynode_put(a, m, S("Labels"), docker_labels(a, p->d, p->p->name, container));
    ynode_put(a, m, S("Healthcheck"), health);
    /* Whatever the service's own default is: this one can be read while it is written. */
    ynode_put_str(a, log, S("Type"), S("json-file"));
    ynode_put(a, host, S("LogConfig"), log);
    return m;
}

static const ynode *environment(arena *a, const local_container *c) {
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < c->env_n; i++)
        ynode_push(a, list, text(a, str_fmt(a, "%.*s=%.*s", STR_ARG(c->env[i].name), STR_ARG(c->env[i].value))));
    return list;
}

static const ynode *append(arena *a, const ynode *x, const ynode *y) {
    ynode *all = ynode_copy(a, x);
    YNODE_EACH(i, one, y) ynode_push(a, all, one);
    return all;
}

/* All words as one list: what the image says does not come in between. */
static const ynode *command(arena *a, const docker_container *c) {
    const ynode *given = strings(a, c->c->command, c->c->command_n), *args = strings(a, c->c->args, c->c->args_n);
    if (ynode_count(given)) return append(a, given, args);
    if (!c->image) return args;
    return append(a, c->image->entrypoint, c->c->args_n ? args : c->image->cmd);
}

str docker_spec(arena *a, docker_container *c) {
    ynode *host = ynode_map(a, NULL);
    const docker_pod *p = c->pod;
    ynode *m = base(a, host, p, c->image ? c->image->name : p->base ? p->base->name : S(""), c->c->name);
    str user = user_of(a, c);
    if (user.n) ynode_put_str(a, m, S("User"), user);
    ynode_put(a, m, S("Entrypoint"), command(a, c));
    ynode_put(a, m, S("Cmd"), ynode_seq(a, NULL));
    ynode_put(a, m, S("Env"), environment(a, c->c));
    if (c->c->working_dir.n) ynode_put_str(a, m, S("WorkingDir"), c->c->working_dir);
    if (c->c->tty) ynode_put(a, m, S("Tty"), ynode_bool(true));
    if (p->owner.n) join(a, m, host, c);
    else put_network(a, m, host, p);
    put_security(a, host, c);
    put_resources(a, host, c);
    ynode_put(a, host, S("Mounts"), mounts(a, c));
    ynode_put(a, m, S("HostConfig"), host);
    return emit_json_str(a, m, false);
}

static void put_helper(arena *a, ynode *m, ynode *list, docker *d, const str *words_, uint32_t n) {
    str problem = STR_NONE;
    ynode *all = ynode_seq(a, NULL);
    ynode_push(a, all, text(a, S(DOCKER_HELPER_PATH)));
    for (uint32_t i = 0; i < n; i++) ynode_push(a, all, text(a, words_[i]));
    mount(a, list, "bind", docker_helper(d, &problem), S(DOCKER_HELPER_PATH), true);
    ynode_put_str(a, m, S("User"), S("0:0"));
    ynode_put_str(a, m, S("WorkingDir"), S("/"));
    ynode_put(a, m, S("Entrypoint"), all);
    ynode_put(a, m, S("Cmd"), ynode_seq(a, NULL));
}

static void put_no_label(arena *a, ynode *host) {
    ynode *options = ynode_seq(a, NULL);
    put_selinux(a, options, NULL);
    ynode_put(a, host, S("SecurityOpt"), options);
}

str docker_spec_infra(arena *a, docker_pod *p) {
    static const str words_[] = {{"pause", 5}};
    ynode *host = ynode_map(a, NULL), *list = ynode_seq(a, NULL), *m = base(a, host, p, p->base->name, STR_NONE);
    put_helper(a, m, list, p->d, words_, 1);
    put_network(a, m, host, p);
    put_no_label(a, host);
    for (uint32_t i = 0; i < p->p->volumes_n; i++) /* so that it stays while one container ends and the next one begins */
        if (docker_memory_kind(p, &p->p->volumes[i]) == DOCKER_MEMORY_SHARED)
            mount(a, list, "volume", docker_memory_volume(a, p, &p->p->volumes[i]), str_fmt(a, "/.tektonc/%u", i), false);
    ynode_put(a, host, S("Mounts"), list);
    ynode_put(a, m, S("HostConfig"), host);
    return emit_json_str(a, m, false);
}

str docker_spec_helper(arena *a, docker_pod *p, const char *kind, str source, const str *words_, uint32_t n) {
    ynode *host = ynode_map(a, NULL), *list = ynode_seq(a, NULL), *m = base(a, host, p, p->base->name, STR_NONE);
    put_helper(a, m, list, p->d, words_, n);
    mount(a, list, kind, source, S("/v"), false);
    ynode_put_str(a, host, S("NetworkMode"), S("none"));
    put_no_label(a, host);
    ynode_put(a, host, S("Mounts"), list);
    ynode_put(a, m, S("HostConfig"), host);
    return emit_json_str(a, m, false);
}

str docker_spec_memory(arena *a, const docker_pod *p, const local_volume *v) {
    ynode *m = ynode_map(a, NULL), *options = ynode_map(a, NULL);
    int64_t size = size_limit(p, v), page = sysconf(_SC_PAGESIZE); /* not "size=": Podman takes that for a quota */
    ynode_put_str(a, m, S("Name"), docker_memory_volume(a, p, v));
    ynode_put_str(a, m, S("Driver"), S("local"));
    ynode_put(a, m, S("Labels"), docker_labels(a, p->d, p->p->name, STR_NONE));
    ynode_put_str(a, options, S("type"), S("tmpfs"));
    ynode_put_str(a, options, S("device"), S("tmpfs"));
    ynode_put_str(a, options, S("o"), size > 0 ? str_fmt(a, "mode=1777,nr_blocks=%lld", (long long)((size + page - 1) / page)) : S("mode=1777"));
    ynode_put(a, m, S("DriverOpts"), options);
    return emit_json_str(a, m, false);
}
