/* Where the service is: the docker command's own rules, then the places where sockets usually are. */
#include "base/json.h"
#include "plan/hash.h"
#include "runtime/engine/docker/inner.h"
#include "runtime/engine/file.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Older API than this was never tried, newer than this is not known; every service has something between. */
enum { API_OLDEST = 40, API_NEWEST = 44 };
/* One that was named may be slow; one that is only looked for must not keep anybody waiting. */
enum { NAMED_SECONDS = 30, FOUND_SECONDS = 5 };

str docker_config_folder(arena *a) {
    const char *given = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
    if (given && *given) return str_dup(a, str_z(given));
    return str_fmt(a, "%s/.docker", home ? home : "");
}

static bool there(const char *path) { return access(path, F_OK) == 0; }

static void read_pem(arena *a, str folder, const char *name, str *to) {
    str problem, path = str_fmt(a, "%.*s/%s", STR_ARG(folder), name);
    if (there(path.p)) file_read(a, path, to, &problem);
}

static void read_certificates(arena *a, docker_server *s, str folder) {
    read_pem(a, folder, "ca.pem", &s->ca);
    read_pem(a, folder, "cert.pem", &s->cert);
    read_pem(a, folder, "key.pem", &s->key);
}

/* unix://PATH, tcp://HOST:PORT, http://, https:// */
static bool read_host(arena *a, docker_server *s, str host, bool tls, str *problem) {
    s->where = str_dup(a, host);
    if (str_starts(host, S("unix://"))) {
        s->socket = str_dup(a, str_from(host, 7));
        s->server = S("http://docker");
        return true;
    }
    uint32_t at;
    if (str_starts(host, S("http://")) || str_starts(host, S("https://"))) s->server = str_dup(a, host);
    else if (str_starts(host, S("tcp://"))) s->server = str_fmt(a, "%s://%.*s", tls ? "https" : "http", STR_ARG(str_from(host, 6)));
    else if (!str_find(host, S("://"), &at)) s->server = str_fmt(a, "%s://%.*s", tls ? "https" : "http", STR_ARG(host));
    else return *problem = str_fmt(a, "%.*s: only unix:// and tcp:// are understood", STR_ARG(host)), false;
    while (s->server.n && s->server.p[s->server.n - 1] == '/') s->server.n--;
    return true;
}

static bool from_environment(arena *a, docker_server *s, const char *host, str *problem) {
    const char *certs = getenv("DOCKER_CERT_PATH"), *verify = getenv("DOCKER_TLS_VERIFY");
    bool verified = verify && *verify, tls = verified || (certs && *certs);
    if (tls) read_certificates(a, s, certs && *certs ? str_dup(a, str_z(certs)) : docker_config_folder(a));
    s->insecure = !verified;
    return read_host(a, s, str_z(host), tls, problem);
}

/* `docker context`: one is current, its host stands in a folder that is named by the hash of its name. */
static str current_context(arena *a) {
    str text, problem, path = str_cat(a, docker_config_folder(a), S("/config.json"));
    const char *given = getenv("DOCKER_CONTEXT");
    if (given && *given) return str_z(given);
    if (!there(path.p) || !file_read(a, path, &text, &problem)) return STR_NONE;
    return ynode_get_text(json_read(a, text), S("currentContext"));
}

static bool from_context(arena *a, docker_server *s, str context, str *problem) {
    str folder = docker_config_folder(a), id = hash_sha256_hex(a, context), text;
    if (!file_read(a, str_fmt(a, "%.*s/contexts/meta/%.*s/meta.json", STR_ARG(folder), STR_ARG(id)), &text, problem)) return false;
    const ynode *endpoint = ynode_get(ynode_get(json_read(a, text), S("Endpoints")), S("docker"));
    str host = ynode_get_text(endpoint, S("Host")), tls = str_fmt(a, "%.*s/contexts/tls/%.*s/docker", STR_ARG(folder), STR_ARG(id));
    s->insecure = ynode_true(ynode_get(endpoint, S("SkipTLSVerify")));
    read_certificates(a, s, tls);
    if (!host.n) return *problem = str_fmt(a, "the docker context %.*s has no host", STR_ARG(context)), false;
    return read_host(a, s, host, s->ca.n || s->cert.n, problem);
}

/* --- asking -------------------------------------------------------------------------------------------------------- */

static unsigned minor_of(str version) {
    unsigned n = 0;
    if (!str_starts(version, S("1."))) return 0;
    for (uint32_t i = 2; i < version.n && version.p[i] >= '0' && version.p[i] <= '9'; i++) n = n * 10 + (unsigned)(version.p[i] - '0');
    return n;
}

static bool answers(arena *a, docker_server *s, uint32_t seconds, str *problem) {
    docker_client c = docker_client_new(s);
    http_answer x = http_sync(c.http, a, &(http_request){.method = "GET", .path = S("/version"), .tries = 1, .seconds = seconds});
    docker_client_free(&c);
    const ynode *v = x.status == 200 ? json_read(a, x.body) : NULL, *part = ynode_get(v, S("Components"));
    if (!v) return *problem = str_fmt(a, "%.*s: %.*s", STR_ARG(s->where), STR_ARG(docker_why(a, &x))), false;
    unsigned newest = minor_of(ynode_get_text(v, S("ApiVersion"))), oldest = minor_of(ynode_get_text(v, S("MinAPIVersion")));
    YNODE_EACH(i, one, part) s->podman |= str_starts(ynode_get_text(one, S("Name")), S("Podman"));
    s->name = str_fmt(a, "%s %.*s", s->podman ? "Podman" : "Docker", STR_ARG(ynode_get_text(v, S("Version"))));
    if (newest < API_OLDEST) return *problem = str_fmt(a, "%.*s: %.*s is too old, API 1.%d is needed", STR_ARG(s->where), STR_ARG(s->name), API_OLDEST), false;
    unsigned use = newest < API_NEWEST ? newest : oldest > API_NEWEST ? oldest : API_NEWEST;
    s->prefix = str_fmt(a, "/v1.%u", use);
    return true;
}

static bool one_socket(arena *a, docker_server *out, str path, str *problem) {
    struct stat st;
    docker_server s = {.where = str_cat(a, S("unix://"), path), .socket = path, .server = S("http://docker")};
    if (stat(path.p, &st) != 0 || !S_ISSOCK(st.st_mode) || !answers(a, &s, FOUND_SECONDS, problem)) return false;
    *out = s;
    return true;
}

bool docker_find(arena *a, docker_server *out, str *problem) {
    static const char *const hosts[] = {"DOCKER_HOST", "CONTAINER_HOST"};
    static const char *const rootless[] = {"docker.sock", "podman/podman.sock"};
    static const char *const system[] = {"/var/run/docker.sock", "/run/podman/podman.sock"};
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    *out = (docker_server){0};
    for (size_t i = 0; i < 2; i++) {
        const char *host = getenv(hosts[i]);
        if (!host || !*host) continue;
        if (from_environment(a, out, host, problem) && answers(a, out, NAMED_SECONDS, problem)) return true;
        *problem = str_fmt(a, "%s: %.*s", hosts[i], STR_ARG(*problem));
        return false;
    }
    str context = current_context(a);
    if (context.n && !str_eq(context, S("default"))) {
        if (from_context(a, out, context, problem) && answers(a, out, NAMED_SECONDS, problem)) return true;
        *problem = str_fmt(a, "docker context %.*s: %.*s", STR_ARG(context), STR_ARG(*problem));
        return false;
    }
    *problem = STR_NONE;
    for (size_t i = 0; i < 2; i++) {
        if (one_socket(a, out, str_z(system[i]), problem)) return true;
        if (runtime && *runtime && one_socket(a, out, str_fmt(a, "%s/%s", runtime, rootless[i]), problem)) return true;
    }
    if (!problem->n) *problem = S("neither /var/run/docker.sock nor one of Podman's sockets is there (DOCKER_HOST names another one; `systemctl start docker`, "
                                  "or `systemctl --user start podman.socket`)");
    return false;
}
