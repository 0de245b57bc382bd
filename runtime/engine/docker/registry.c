/* Credentials for pulling, as the docker command has them: ~/.docker/config.json with texts, or with the name of a program
 * that knows them. Podman's service also looks into its own files. */
#include "base/emit.h"
#include "base/json.h"
#include "plan/hash.h"
#include "runtime/engine/docker/inner.h"
#include "runtime/engine/file.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The first segment is a host when it looks like one; all else is Docker's own registry. */
static str registry_of(str image) {
    for (uint32_t i = 0; i < image.n; i++)
        if (image.p[i] == '/') {
            str host = str_cut(image, 0, i);
            if (memchr(host.p, '.', host.n) || memchr(host.p, ':', host.n) || str_eq(host, S("localhost"))) return host;
            break;
        }
    return S("https://index.docker.io/v1/");
}

/* docker-credential-NAME get: the server's name in, JSON out. */
static const ynode *ask_program(arena *a, str name, str server) {
    int in[2], out[2], status = 0;
    pid_t child;
    str program = str_fmt(a, "docker-credential-%.*s", STR_ARG(name));
    char *argv[] = {(char *)(uintptr_t)program.p, (char *)(uintptr_t)"get", NULL};
    if (pipe2(in, O_CLOEXEC) != 0) return NULL;
    if (pipe2(out, O_CLOEXEC) != 0) return close(in[0]), close(in[1]), NULL;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in[0], 0);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    int failed = posix_spawnp(&child, program.p, &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    close(in[0]);
    close(out[1]);
    strbuf answer = {.a = a};
    char piece[1024];
    ssize_t n = failed ? -1 : write(in[1], server.p, server.n);
    close(in[1]);
    while (!failed && ((n = read(out[0], piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0 && answer.n < 1 << 20) strbuf_add(&answer, (str){piece, (uint32_t)n});
    close(out[0]);
    while (!failed && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return failed || status || !answer.p ? NULL : json_read(a, strbuf_str(&answer));
}

static int digit(char c) {
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(all, c) : NULL;
    return at ? (int)(at - all) : -1;
}

static str decode(arena *a, str text) {
    strbuf b = {.a = a};
    uint32_t bits = 0, n = 0;
    for (uint32_t i = 0; i < text.n && text.p[i] != '='; i++) {
        int value = digit(text.p[i]);
        if (value < 0) return STR_NONE;
        bits = bits << 6 | (uint32_t)value;
        n += 6;
        if (n >= 8) strbuf_addc(&b, (char)(bits >> (n -= 8)));
    }
    return b.p ? strbuf_str(&b) : STR_NONE;
}

static str header(arena *a, str user, str password, str token, str server) {
    ynode *m = ynode_map(a, NULL);
    if (token.n) ynode_put_str(a, m, S("identitytoken"), token);
    else {
        ynode_put_str(a, m, S("username"), user);
        ynode_put_str(a, m, S("password"), password);
    }
    ynode_put_str(a, m, S("serveraddress"), server);
    str text = hash_base64(a, emit_json_str(a, m, false));
    char *p = arena_copy(a, text.p, text.n); /* the URL's alphabet */
    for (uint32_t i = 0; i < text.n; i++) p[i] = p[i] == '+' ? '-' : p[i] == '/' ? '_' : p[i];
    return str_fmt(a, "X-Registry-Auth: %.*s", (int)text.n, p);
}

static str from_program(arena *a, str program, str server) {
    const ynode *answer = ask_program(a, program, server);
    str user = ynode_get_text(answer, S("Username")), secret = ynode_get_text(answer, S("Secret"));
    if (!secret.n) return STR_NONE;
    return str_eq(user, S("<token>")) ? header(a, STR_NONE, STR_NONE, secret, server) : header(a, user, secret, STR_NONE, server);
}

str docker_registry_header(arena *a, str image) {
    str server = registry_of(image), text, problem, path = str_cat(a, docker_config_folder(a), S("/config.json"));
    if (access(path.p, R_OK) != 0 || !file_read(a, path, &text, &problem)) return STR_NONE;
    const ynode *config = json_read(a, text), *auths = ynode_get(config, S("auths"));
    str program = ynode_get_text(ynode_get(config, S("credHelpers")), server);
    if (!program.n) program = ynode_get_text(config, S("credsStore"));
    if (program.n) {
        str found = from_program(a, program, server);
        if (found.n) return found;
    }
    const ynode *entry = ynode_get(auths, server);
    if (!entry) entry = ynode_get(auths, str_cat(a, S("https://"), server));
    str pair = decode(a, ynode_get_text(entry, S("auth"))), token = ynode_get_text(entry, S("identitytoken"));
    uint32_t colon;
    if (token.n) return header(a, STR_NONE, STR_NONE, token, server);
    if (!pair.n || !str_find(pair, S(":"), &colon)) return STR_NONE;
    return header(a, str_cut(pair, 0, colon), str_from(pair, colon + 1), STR_NONE, server);
}
