/* What is left of runs whose process was killed. */
#include "runtime/engine/host/host.h"
#include "runtime/engine/host/inner.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <poll.h>
#include <unistd.h>

enum { ENVIRONMENT = 64 * 1024, WAIT_MS = 5000 };

/* The run that a process is marked with, or none. */
static str mark_of(arena *a, int pid) {
    int fd = open(str_fmt(a, "/proc/%d/environ", pid).p, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return STR_NONE; /* of somebody else, or gone */
    char *text = arena_alloc(a, ENVIRONMENT + 1);
    ssize_t n = read(fd, text, ENVIRONMENT);
    close(fd);
    for (ssize_t i = 0; i < n; i += (ssize_t)strlen(text + i) + 1)
        if (strncmp(text + i, SANDBOX_MARK, sizeof SANDBOX_MARK - 1) == 0) return str_z(text + i + sizeof SANDBOX_MARK - 1);
    return STR_NONE;
}

static bool end_process(int pid) {
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0) return false;
    kill(pid, SIGKILL);
    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, WAIT_MS);
    close(fd);
    return true;
}

uint32_t host_clean(arena *a, const state *s, str mine) {
    str runs = str_cat(a, s->root, S("/runs/"));
    uint32_t ended = 0;
    DIR *dir = opendir("/proc");
    arena *scratch = arena_new();
    for (struct dirent *e; dir && (e = readdir(dir)); arena_reset(scratch)) {
        if (!isdigit((unsigned char)e->d_name[0])) continue;
        int pid = atoi(e->d_name);
        str path = mark_of(scratch, pid);
        if (!str_starts(path, runs)) continue;
        run_folder r = {.name = str_from(path, runs.n), .path = path, .lock = -1};
        if (str_eq(path, mine) || !run_busy(&r)) ended += end_process(pid);
    }
    if (dir) closedir(dir);
    arena_free(scratch);
    return ended;
}
