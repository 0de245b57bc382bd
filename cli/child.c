#include "cli/child.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PIECE = 64 * 1024 };

/* False: the end, or an error that is treated as one. */
static bool take(int fd, strbuf *to) {
    strbuf_reserve(to, PIECE);
    ssize_t n;
    do n = read(fd, to->p + to->n, PIECE);
    while (n < 0 && errno == EINTR);
    if (n <= 0) return false;
    to->n += (size_t)n;
    return true;
}

/* Both at once: a program that fills one pipe while we wait for the other would stand still. */
static void drain(int out, int err, strbuf *out_text, strbuf *err_text) {
    struct pollfd fds[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
    strbuf *texts[2] = {out_text, err_text};
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
        for (int i = 0; i < 2; i++)
            if (fds[i].fd >= 0 && fds[i].revents && !take(fds[i].fd, texts[i])) fds[i].fd = -1;
    }
}

static int start(const char *const *argv, int input, const int out[2], const int err[2], pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (input >= 0) posix_spawn_file_actions_adddup2(&actions, input, 0);
    else posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    int error = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int end_of(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return CHILD_NOT_THERE;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

child child_run(arena *a, const char *const *argv, int input) {
    child c = {.code = CHILD_NOT_THERE, .out = S(""), .err = S("")};
    int out[2], err[2];
    pid_t pid;
    if (pipe2(out, O_CLOEXEC) != 0) return c;
    if (pipe2(err, O_CLOEXEC) != 0) {
        close(out[0]), close(out[1]);
        return c;
    }
    int error = start(argv, input, out, err, &pid);
    close(out[1]), close(err[1]);
    strbuf out_text = {.a = a}, err_text = {.a = a};
    if (!error) {
        drain(out[0], err[0], &out_text, &err_text);
        c.code = end_of(pid);
    } else {
        errno = error;
    }
    close(out[0]), close(err[0]);
    if (out_text.n) c.out = strbuf_str(&out_text);
    if (err_text.n) c.err = strbuf_str(&err_text);
    return c;
}
