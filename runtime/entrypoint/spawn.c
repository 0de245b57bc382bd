#include "runtime/entrypoint/spawn.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/sys.h"
#include <sched.h>
#include <sys/socket.h>

static int executable(const char *path) {
    if (dir_is(path)) return EISDIR;
    return (int)-sys_call(AT_FDCWD, (long)path, 1 /* X_OK */, 0, SYS_faccessat);
}

/* A program found through a relative entry of PATH is refused, as Go does: whoever owns the working directory would
 * choose the program. */
static int find_program(struct spawn *s) {
    str name = str_z(s->words[0]), rest = {NULL, 0}, dir;
    s->path = name.p;
    if (str_has(name, '/')) return executable(s->path);
    const char *list = environment_get(s->environment, "PATH");
    if (list && name.n) rest = str_z(list);
    while (str_next(&rest, ':', &dir)) {
        s->path = text_form("\1/\2", dir.n ? str_dup(dir) : ".", name.p);
        if (executable(s->path) == 0) return *s->path == '/' ? 0 : EPERM;
    }
    return ENOENT;
}

static long replace_fd(int from, int to) {
    if (from == to) return sys_call(to, F_SETFD, 0, 0, SYS_fcntl); /* it was closed when we started */
    return from < 0 ? 0 : sys_call(from, to, 0, 0, SYS_dup3);
}

/* Runs in the child, after vfork in the parent's memory: only system calls, and nothing of the parent's is changed but
 * s->error. */
static void become(struct spawn *s) {
    sys_call(0, 0, 0, 0, SYS_setpgid);
    long error = replace_fd(s->null, 0);
    if (error >= 0) error = replace_fd(s->out, 1);
    if (error >= 0) error = replace_fd(s->err, 2);
    events_mask(&s->events->inherited_mask, NULL);
    if (error >= 0) error = sys_call((long)s->path, (long)s->words, (long)s->environment, 0, SYS_execve);
    s->error = (int)-error;
}

/* A clone that waits until the parent has written its id maps: identity over all ids, setgroups allowed. What it sends
 * back, if anything, is the errno of a failed start. */
static int spawn_hermetic(struct spawn *s) {
    static const char maps[3][2][16] = {
        {"/uid_map", "0 0 4294967295\n"}, {"/setgroups", "allow"}, {"/gid_map", "0 0 4294967295\n"}};
    int line[2], error;
    if (sys_call(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, (long)line, SYS_socketpair) < 0) return -EMFILE;
    int pid = (int)sys_call(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUSER | SIGCHLD, 0, 0, 0, SYS_clone);
    int end = line[pid == 0];
    char byte = 0;
    sys_close(line[pid != 0]);
    if (pid == 0) {
        if (sys_read(end, &byte, 1) == 1) {
            become(s);
            byte = (char)s->error;
            sys_write(end, &byte, 1);
        }
        sys_exit(127);
    }
    if (pid < 0) {
        sys_close(end);
        return pid;
    }
    const char *directory = str_join("/proc/", str_number(pid));
    sys_call(pid, pid, 0, 0,
             SYS_setpgid); /* as the child does: whoever comes first, the group exists before a signal for it */
    error = 0;
    for (int i = 0; i < 3 && !error; i++) {
        int fd = sys_open(str_join(directory, maps[i][0]), O_WRONLY, 0);
        error = fd < 0 ? -fd : file_put(fd, str_z(maps[i][1]));
        sys_close(fd);
    }
    if (!error) error = file_put(end, S("g"));
    if (!error && sys_read(end, &byte, 1) == 1) error = (unsigned char)byte;
    if (error) {
        sys_kill(pid, SIGKILL);
        sys_wait(pid, NULL, 0);
    }
    sys_close(end);
    return error ? -error : pid;
}

/* Not inlined: the child may spill into this frame, so the parent keeps nothing in it. */
static __attribute__((noinline)) int spawn_plain(struct spawn *s) {
    int pid = (int)sys_vfork();
    if (pid == 0) {
        become(s);
        sys_exit(127);
    }
    return pid;
}

int spawn_command(struct spawn *s) {
    int error = find_program(s);
    if (error) return -error;
    s->null = sys_open("/dev/null", O_RDWR, 0);
    if (s->null < 0) return s->null;
    const char *hermetic = environment_get(s->environment, "TEKTON_HERMETIC");
    const char *resource = environment_get(s->environment, "TEKTON_RESOURCE_NAME");
    bool closed = hermetic && text_is(hermetic, "1") && (!resource || !*resource);
    int pid = closed ? spawn_hermetic(s) : spawn_plain(s);
    sys_close(s->null);
    if (pid >= 0 && s->error) {
        sys_wait(pid, NULL, 0);
        return -s->error;
    }
    return pid;
}
