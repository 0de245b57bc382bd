#include "runtime/engine/host/host.h"
#include "runtime/engine/host/inner.h"
#include "base/json.h"
#include "runtime/engine/local/files.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct process {
    local_container *container;
    pid_t pid, inside;      /* bubblewrap; the first process in the sandbox, 0: not known yet */
    int pidfd, output, info;
    char text[256];         /* what came by `info` */
    uint32_t text_n;
} process;

typedef struct host {
    local_driver base;
    arena *a;
    sandbox sandbox;
    bool begun;
} host;

static host *host_of(local_driver *d) { return (host *)d; }
static loop *loop_of(const process *p) { return local_loop_of(p->container->pod->engine); }

static void close_watched(process *p, int *fd) {
    if (*fd < 0) return;
    loop_forget(loop_of(p), *fd);
    close(*fd);
    *fd = -1;
}

enum { AT_ONCE = 4, AT_THE_END = 128 }; /* pieces; a pipe holds 64 KiB, at most 1 MiB */

/* --- what comes from it ------------------------------------------------------------------------------------------------ */

/* False: nothing more will come. What writes without end must not keep others waiting: so much at once. */
static bool drain(process *p, int pieces) {
    char bytes[16384];
    while (pieces-- > 0) {
        ssize_t n = read(p->output, bytes, sizeof bytes);
        if (n > 0) local_output(p->container, bytes, (size_t)n);
        else if (n == 0) return false;
        else if (errno != EINTR) break;
    }
    return true;
}

static void on_output(void *ctx, int fd, uint32_t events) {
    process *p = ctx;
    (void)fd, (void)events;
    if (!drain(p, AT_ONCE)) close_watched(p, &p->output);
}

/* {"child-pid": 123, …}: it runs. */
static void on_info(void *ctx, int fd, uint32_t events) {
    process *p = ctx;
    arena *a = p->container->pod->a;
    (void)events;
    ssize_t n = read(fd, p->text + p->text_n, sizeof p->text - 1 - p->text_n);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n > 0) p->text_n += (uint32_t)n;
    p->text[p->text_n] = 0;
    const ynode *info = json_read(a, (str){p->text, p->text_n});
    if (info && !p->inside) {
        p->inside = (pid_t)strtol(str_dup(a, ynode_get_text(info, S("child-pid"))).p, NULL, 10);
        close_watched(p, &p->info);
        local_started(p->container);
    } else if (n <= 0) {
        close_watched(p, &p->info);
    }
}

static int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

static void on_exit_(void *ctx, int fd, uint32_t events) {
    process *p = ctx;
    local_container *c = p->container;
    int status = 0;
    (void)fd, (void)events;
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR) {}
    if (p->info >= 0) on_info(p, p->info, 0); /* it may have ended before we saw that it had begun */
    close_watched(p, &p->info);
    if (p->output >= 0) drain(p, AT_THE_END);
    close_watched(p, &p->output);
    close_watched(p, &p->pidfd);
    c->own = NULL;
    if (!p->inside) { /* bubblewrap's own words are in the log */
        local_waiting(c, "CreateContainerError", S("bubblewrap could not make the sandbox; the container's log says why"));
    }
    local_ended(c, exit_code(status), NULL, 0);
}

/* --- the driver -------------------------------------------------------------------------------------------------------- */

static const char image_command[] = "#!/bin/sh\n"
                                    "case \"$1\" in\n"
                                    "-c) command -v bash >/dev/null && exec bash \"$@\"; exec sh \"$@\" ;;\n"
                                    "-* | '') echo \"tektonc: what the image of this step runs is not known here: give --image-entrypoint=IMAGE=COMMAND\" >&2; exit 127 ;;\n"
                                    "*) exec \"$@\" ;;\n"
                                    "esac\n";

static void begin(local_driver *d, local_pod *p) {
    host *h = host_of(d);
    if (!h->begun) files_write(str_cat(p->a, local_program(p->engine), S("/image-command")), str_z(image_command), 0555);
    h->begun = true;
    local_notice(p->engine, "images are not used by the host engine: steps run with what is installed on this machine");
    p->address = S("127.0.0.1");
    local_begun(p);
}

static bool spawn(process *p, char **argv, char **env, int output, int info, int args) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    sigfillset(&all);
    /* A session of its own: keys of the terminal are not for steps. */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
    posix_spawn_file_actions_adddup2(&actions, info, info); /* to the same number: not closed by exec */
    posix_spawn_file_actions_adddup2(&actions, args, args);
    errno = posix_spawnp(&p->pid, argv[0], &actions, &attributes, argv, env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return errno == 0;
}

static void start(local_driver *d, local_container *c) {
    host *h = host_of(d);
    arena *a = c->pod->a;
    int output[2] = {-1, -1}, info[2] = {-1, -1}, args = -1;
    char **argv;
    process *p = ARENA_NEW(a, process);
    *p = (process){.container = c, .pidfd = -1};
    if (!c->command_n) {
        local_waiting(c, "CreateContainerError", str_fmt(a, "the command of the image %.*s is not known here: give the step a command or a script, or use --image-entrypoint=%.*s=COMMAND", STR_ARG(c->image), STR_ARG(c->image)));
        local_ended(c, 128, NULL, 0);
        return;
    }
    str mark = str_fmt(a, SANDBOX_MARK "%.*s", STR_ARG(local_folder(c->pod->engine)->path));
    const char *path = getenv("PATH");
    char *env[] = {(char *)(uintptr_t)mark.p, (char *)(uintptr_t)str_fmt(a, "PATH=%s", path ? path : "/usr/bin:/bin").p, NULL};
    bool ok = pipe2(output, O_CLOEXEC) == 0 && pipe2(info, O_CLOEXEC) == 0 && (argv = sandbox_arguments(a, &h->sandbox, c, info[1], &args)) &&
              spawn(p, argv, env, output[1], info[1], args);
    int error = errno;
    if (output[1] >= 0) close(output[1]);
    if (info[1] >= 0) close(info[1]);
    if (args >= 0) close(args);
    p->output = output[0];
    p->info = info[0];
    if (ok) p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
    if (p->pidfd < 0) {
        if (output[0] >= 0) close(output[0]);
        if (info[0] >= 0) close(info[0]);
        local_waiting(c, "CreateContainerError", str_fmt(a, "%s: %s", h->sandbox.program, strerror(error)));
        local_ended(c, 128, NULL, 0);
        return;
    }
    c->own = p;
    fcntl(p->output, F_SETFL, O_NONBLOCK);
    fcntl(p->info, F_SETFL, O_NONBLOCK);
    loop_watch(loop_of(p), p->info, EPOLLIN, on_info, p);
    loop_watch(loop_of(p), p->output, EPOLLIN, on_output, p);
    loop_watch(loop_of(p), p->pidfd, EPOLLIN, on_exit_, p);
}

/* The process behind an init of bubblewrap's: the one that SIGTERM is for. */
static pid_t child_of(pid_t pid) {
    char path[64];
    int child = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *f = fopen(path, "re");
    if (f && fscanf(f, "%d", &child) != 1) child = 0;
    if (f) fclose(f);
    return child ? child : pid;
}

static void kill_(local_driver *d, local_container *c, int signal) {
    host *h = host_of(d);
    process *p = c->own;
    if (!p) {
        local_ended(c, 128 + signal, NULL, 0);
        return;
    }
    pid_t to = p->inside ? p->inside : p->pid;
    if (p->inside && signal != SIGKILL && h->sandbox.pid && !c->step) to = child_of(p->inside);
    kill(to, signal);
    if (signal == SIGKILL && !h->sandbox.pid) kill(p->pid, SIGKILL);
}

static void end(local_driver *d, local_pod *p) {
    (void)d;
    local_gone(p);
}

static void free_(local_driver *d) { (void)d; }

/* --- commands inside, for probes ----------------------------------------------------------------------------------------- */

typedef struct execution {
    local_exec *exec;
    pid_t pid;
    int pidfd;
} execution;

static void on_executed(void *ctx, int fd, uint32_t events) {
    execution *x = ctx;
    int status = 0;
    (void)events;
    while (waitpid(x->pid, &status, 0) < 0 && errno == EINTR) {}
    loop_forget(local_loop_of(x->exec->container->pod->engine), fd);
    close(fd);
    x->exec->own = NULL;
    local_executed(x->exec, exit_code(status));
}

static void exec_(local_driver *d, local_exec *e) {
    local_container *c = e->container;
    process *p = c->own;
    host *h = host_of(d);
    if (!p || !p->inside) {
        local_executed(e, -1);
        return;
    }
    arena *a = arena_new(); /* a probe comes again and again */
    pid_t inside = h->sandbox.pid && !c->step ? child_of(p->inside) : p->inside;
    uint32_t n = 0;
    char **argv = ARENA_ARRAY(a, char *, e->n + 12);
    const char *start[] = {"nsenter", "-t", str_fmt(a, "%d", (int)inside).p, "-m", "-p", "-i", "-u", h->sandbox.user ? "-U" : "-n", h->sandbox.user ? "--preserve-credentials" : "--"};
    for (size_t i = 0; i < sizeof start / sizeof *start; i++) argv[n++] = (char *)(uintptr_t)start[i];
    for (uint32_t i = 0; i < e->n; i++) argv[n++] = (char *)(uintptr_t)e->argv[i].p;
    char **env = ARENA_ARRAY(a, char *, c->env_n + 2);
    for (uint32_t i = 0; i < c->env_n; i++) env[i] = (char *)(uintptr_t)str_fmt(a, "%.*s=%.*s", STR_ARG(c->env[i].name), STR_ARG(c->env[i].value)).p;
    env[c->env_n] = (char *)(uintptr_t)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawn_file_actions_init(&actions);
    for (int fd = 0; fd < 3; fd++) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd ? O_WRONLY : O_RDONLY, 0);
    execution *x = ARENA_NEW(c->pod->a, execution);
    *x = (execution){.exec = e, .pidfd = -1};
    if (posix_spawnp(&x->pid, argv[0], &actions, &attributes, argv, env) == 0) x->pidfd = (int)syscall(SYS_pidfd_open, x->pid, 0);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    arena_free(a);
    if (x->pidfd < 0) {
        local_executed(e, -1);
        return;
    }
    e->own = x;
    loop_watch(local_loop_of(c->pod->engine), x->pidfd, EPOLLIN, on_executed, x);
}

static void drop(local_driver *d, local_exec *e) {
    execution *x = e->own;
    (void)d;
    if (!x) return;
    loop_forget(local_loop_of(e->container->pod->engine), x->pidfd);
    kill(-x->pid, SIGKILL); /* its session: nsenter has a child inside */
    while (waitpid(x->pid, NULL, 0) < 0 && errno == EINTR) {}
    close(x->pidfd);
    e->own = NULL;
}

local_driver *host_driver(arena *a, str *problem) {
    static const local_driver_ops ops = {.begin = begin, .start = start, .kill = kill_, .end = end, .exec = exec_, .drop = drop, .free = free_};
    host *h = ARENA_NEW(a, host);
    *h = (host){.base = {.ops = &ops, .name = "host"}, .a = a};
    return sandbox_find(a, &h->sandbox, problem) ? &h->base : NULL;
}
