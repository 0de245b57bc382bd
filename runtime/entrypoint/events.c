#include "runtime/entrypoint/events.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/sys.h"
#include <sys/inotify.h>
#include <sys/signalfd.h>

enum { PAUSE_FIRST = 50, PAUSE_LAST = 5000, PAUSE_LAST_BLIND = 1000 };

/* The kernel's own mask of 64 signals: libc's sigset functions hide the ones that it uses itself, and the command must
 * get those forwarded as well. */
enum { MASK_SIZE = 8 };

void events_mask(const uint64_t *mask, uint64_t *old) {
    sys_call(SIG_SETMASK, (long)mask, (long)old, MASK_SIZE, SYS_rt_sigprocmask);
}

void events_default_action(int number) {
    static const struct { long handler, flags, restorer, mask; } plain;
    sys_call(number, (long)&plain, 0, MASK_SIZE, SYS_rt_sigaction);
}

void events_open(struct events *e) {
    static const uint64_t all = ~(uint64_t)0;
    e->changes = -1;
    events_mask(&all, &e->inherited_mask);
    /* An inherited SIG_IGN for SIGCHLD would make the kernel reap the command itself. */
    events_default_action(SIGCHLD);
    e->signals = (int)sys_call(-1, (long)&all, MASK_SIZE, SFD_CLOEXEC | SFD_NONBLOCK, SYS_signalfd4);
}

void events_later(struct events *e) {
    int last = e->changes < 0 ? PAUSE_LAST_BLIND : PAUSE_LAST;
    e->pause = e->pause * 2 < last ? e->pause * 2 : last;
}

void events_restart(struct events *e) { e->pause = PAUSE_FIRST; }

/* A directory that isn't there yet is waited for at the nearest one above; adding a watch a second time changes
 * nothing, so this is simply called again before every look. MODIFY is for -wait_file_content on a plain file, the
 * MOVED_TO of `..data` for a projected volume. */
void events_watch(struct events *e, const char *path) {
    const long mask = IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    if (e->changes < 0) e->changes = (int)sys_call(IN_CLOEXEC | IN_NONBLOCK, 0, 0, 0, SYS_inotify_init1);
    if (e->changes < 0) return;
    for (size_t n = strlen(path);;) {
        while (n > 0 && path[n - 1] != '/') n--;
        const char *name = n == 0 ? "." : str_dup((str){path, n});
        long error = sys_call(e->changes, (long)name, mask, 0, SYS_inotify_add_watch);
        if ((error != -ENOENT && error != -ENOTDIR) || n == 0) return;
        while (n > 0 && path[n - 1] == '/') n--;
    }
}

int events_poll(struct pollfd *wake, unsigned n, int ms) {
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
    return (int)sys_call((long)wake, n, (long)&pause, 0, SYS_ppoll);
}

void events_drain(struct events *e) {
    char changes[1024];
    while (e->changes >= 0 && sys_read(e->changes, changes, sizeof changes) > 0) continue;
}

int events_signal(struct events *e) {
    struct signalfd_siginfo info;
    for (;;) {
        if (sys_read(e->signals, &info, sizeof info) != (long)sizeof info) return 0;
        /* A SIGPIPE that our own write raised is no message from anybody. */
        if (info.ssi_signo != SIGPIPE || info.ssi_pid != sys_call(0, 0, 0, 0, SYS_getpid)) return (int)info.ssi_signo;
    }
}

static int look(const char *path, bool content) {
    struct stat st;
    int error = -sys_stat(path, &st);
    return !error && content && st.st_size == 0 ? ENOENT : error;
}

bool events_file_ready(const char *path) { return look(path, true) == 0; }

/* The signals that end a Go program that has no handler for them; the others it ignores. */
static bool ends_program(int number) {
    return number < 32 &&
           (1L << number & (1L << SIGHUP | 1L << SIGINT | 1L << SIGQUIT | 1L << SIGABRT | 1L << SIGTERM)) != 0;
}

enum wait_end events_wait_file(struct events *e, const char *path, bool content, int *detail) {
    const char *error_path = str_join(path, ".err");
    events_restart(e);
    /* The first look is free of inotify: what is there already costs neither a watch nor, at exit, its release. */
    for (bool watching = false;; watching = true) {
        if (watching) events_watch(e, path);
        *detail = look(path, content);
        if (*detail == 0) return WAIT_FOUND;
        if (*detail != ENOENT) return WAIT_ERROR;
        if (look(error_path, false) == 0) return WAIT_SKIP;
        if (!watching) continue;

        struct pollfd wake[] = {{.fd = e->signals, .events = POLLIN}, {.fd = e->changes, .events = POLLIN}};
        if (events_poll(wake, 2, e->pause) == 0) events_later(e);
        events_drain(e);
        while ((*detail = events_signal(e)) != 0)
            if (ends_program(*detail)) return WAIT_SIGNAL;
    }
}
