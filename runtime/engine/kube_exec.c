/* Credential plugins of a kubeconfig (client.authentication.k8s.io): a command that prints an ExecCredential. */
#include "base/emit.h"
#include "base/json.h"
#include "base/vec.h"
#include "runtime/engine/kube_config.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
typedef VEC(char *) words;

/* What KUBERNETES_EXEC_INFO says: the version, and the cluster if the plugin wants it. */
static str exec_info(arena *a, const kube_config *c, str version) {
    ynode *info = ynode_map(a, NULL), *spec = ynode_map(a, NULL);
    ynode_put_str(a, info, S("apiVersion"), version);
    ynode_put_str(a, info, S("kind"), S("ExecCredential"));
    ynode_put(a, spec, S("interactive"), ynode_bool(false));
    if (ynode_true(ynode_get(c->exec, S("provideClusterInfo")))) {
        static const char *const fields[] = {"server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url"};
        ynode *cluster = ynode_map(a, NULL);
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
            const ynode *v = ynode_get(c->cluster, str_z(fields[i]));
            if (v) ynode_put(a, cluster, str_z(fields[i]), v);
        }
        ynode_put(a, spec, S("cluster"), cluster);
    }
    ynode_put(a, info, S("spec"), spec);
    return emit_json_str(a, info, false);
}

static bool collect(arena *a, int fd, str *out) {
    strbuf b = {.a = a};
    char piece[4096];
    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || b.n > (1 << 20)) {
            *out = strbuf_str(&b);
            return n == 0;
        }
        strbuf_add(&b, (str){piece, (uint32_t)n});
    }
}

static bool run(arena *a, str command, words *argv, words *env, str *out, str *problem) {
    int pipe_[2], status = 0;
    pid_t child;
    if (pipe2(pipe_, O_CLOEXEC) != 0) {
        *problem = str_fmt(a, "pipe: %s", strerror(errno));
        return false;
    }
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pipe_[1], 1);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    int failed = posix_spawnp(&child, command.p, &files, NULL, argv->v, env->v);
    posix_spawn_file_actions_destroy(&files);
    close(pipe_[1]);
    bool complete = !failed && collect(a, pipe_[0], out);
    close(pipe_[0]);
    while (!failed && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (failed) *problem = str_fmt(a, "credential plugin %.*s: %s", STR_ARG(command), strerror(failed));
    else if (!complete || status) *problem = str_fmt(a, "credential plugin %.*s failed with status %d", STR_ARG(command), WIFEXITED(status) ? WEXITSTATUS(status) : 255);
    else return true;
    return false;
}

bool kube_exec_run(arena *a, const kube_config *c, const ynode **status, str *problem) {
    str command = ynode_get_text(c->exec, S("command")), version = ynode_get_text(c->exec, S("apiVersion")), out = STR_NONE;
    uint32_t slash;
    if (str_find(command, S("/"), &slash) && slash > 0) command = str_cat(a, c->folder, command);
    command = str_dup(a, command.p ? command : S(""));
    words argv = {0}, env = {0};
    vec_push(a, &argv, (char *)(uintptr_t)command.p);
    YNODE_EACH(i, one, ynode_get(c->exec, S("args"))) vec_push(a, &argv, (char *)(uintptr_t)str_dup(a, ynode_text(one)).p);
    vec_push(a, &argv, NULL);
    /* The first of a name counts. */
    vec_push(a, &env, (char *)(uintptr_t)str_cat(a, S("KUBERNETES_EXEC_INFO="), exec_info(a, c, version)).p);
    YNODE_EACH(k, one, ynode_get(c->exec, S("env")))
        vec_push(a, &env, (char *)(uintptr_t)str_fmt(a, "%.*s=%.*s", STR_ARG(ynode_get_text(one, S("name"))), STR_ARG(ynode_get_text(one, S("value")))).p);
    for (char **e = environ; *e; e++) vec_push(a, &env, *e);
    vec_push(a, &env, NULL);
    if (!run(a, command, &argv, &env, &out, problem)) return false;
    const ynode *answer = json_read(a, out);
    *status = ynode_get(answer, S("status"));
    if (*status) return true;
    *problem = str_fmt(a, "credential plugin %.*s printed no ExecCredential with a status", STR_ARG(command));
    return false;
}
