/* What a container sees, as arguments of bubblewrap. */
#include "runtime/engine/host/inner.h"
#include "base/map.h"
#include "runtime/engine/local/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* At the end of PATH: commands that images have and machines may not. */
#define SHIMS "/tekton/shims"
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

extern char **environ;

/* --- what this machine allows ---------------------------------------------------------------------------------------- */

static bool try(const sandbox *s, char *said, size_t room) {
    const char *argv[16] = {s->program, "--ro-bind", "/", "/", "--dev", "/dev"};
    int n = 6, pipes[2];
    if (s->user) argv[n++] = "--unshare-user";
    if (s->pid) argv[n++] = "--unshare-pid";
    if (s->proc) argv[n++] = "--proc", argv[n++] = "/proc";
    argv[n++] = "/bin/true";
    if (pipe2(pipes, O_CLOEXEC) != 0) return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 2);
    pid_t pid;
    int failed = posix_spawnp(&pid, s->program, &actions, NULL, (char **)(uintptr_t)argv, environ), status = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(pipes[1]);
    size_t have = 0;
    for (ssize_t got; !failed && have + 1 < room && (got = read(pipes[0], said + have, room - 1 - have)) > 0;) have += (size_t)got;
    said[have] = 0;
    close(pipes[0]);
    if (failed) {
        snprintf(said, room, "%s", strerror(failed));
        return false;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool sandbox_find(arena *a, sandbox *out, str *problem) {
    char said[512], target[PATH_MAX];
    *out = (sandbox){.program = "bwrap", .user = true, .pid = true, .proc = true};
    if (realpath("/etc/resolv.conf", target) && strncmp(target, "/run/", 5) == 0) out->resolv = str_dup(a, str_z(target));
    static const char *const places[] = {"/usr/bin/busybox", "/bin/busybox", "/usr/local/bin/busybox"};
    for (size_t i = 0; i < sizeof places / sizeof *places && !out->busybox; i++)
        if (access(places[i], X_OK) == 0) out->busybox = places[i];
    if (realpath("/bin/sh", target)) out->shell = str_dup(a, str_z(target));
    bool ok = try(out, said, sizeof said);
    char first[sizeof said];
    memcpy(first, said, sizeof first);
    /* In a container /proc is often masked, which forbids a new one; root may do without a user namespace. */
    if (!ok) out->proc = false, ok = try(out, said, sizeof said);
    if (!ok && getuid() == 0) out->proc = true, out->user = false, ok = try(out, said, sizeof said);
    if (!ok && getuid() == 0) out->proc = false, ok = try(out, said, sizeof said);
    if (ok) return true;
    if (strstr(first, "No such file")) {
        *problem = S("the host engine needs bubblewrap (bwrap): install the package `bubblewrap`, or use --engine=docker or --engine=kube");
        return false;
    }
    *problem = str_fmt(a,
                       "bubblewrap can't make a sandbox here: %.*s\nUnprivileged user namespaces are needed: on the machine, sysctl kernel.unprivileged_userns_clone=1 and "
                       "kernel.apparmor_restrict_unprivileged_userns=0 where these exist; in a container, --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or "
                       "--privileged. Or use --engine=docker or --engine=kube",
                       (int)strcspn(first, "\n"), first);
    return false;
}

/* --- the file system -------------------------------------------------------------------------------------------------- */

typedef struct arguments {
    arena *a;
    VEC(char *) list;
    map open;   /* folders of the machine whose entries are bound one by one, since something is to be put into them */
} arguments;

static void add(arguments *x, const char *word) { vec_push(x->a, &x->list, (char *)(uintptr_t)word); }
static void add2(arguments *x, const char *option, const char *first) { add(x, option), add(x, first); }
static void add3(arguments *x, const char *option, const char *first, const char *second) { add(x, option), add(x, first), add(x, second); }

/* Top folders that are not the machine's. */
static bool is_own(const char *name) {
    static const char *const own[] = {".", "..", "proc", "dev", "tmp", "run", "home", "root", "mnt", "media", "workspace", "tekton", "tektonc", "lost+found", NULL};
    for (const char *const *p = own; *p; p++)
        if (strcmp(name, *p) == 0) return true;
    return false;
}

static void bind_entries(arguments *x, str folder) {
    DIR *dir = opendir(folder.n ? folder.p : "/");
    for (struct dirent *e; dir && (e = readdir(dir));) {
        struct stat st;
        char target[PATH_MAX];
        if (folder.n ? strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 : is_own(e->d_name)) continue;
        str path = str_fmt(x->a, "%.*s/%s", STR_ARG(folder), e->d_name);
        if (lstat(path.p, &st) != 0) continue;
        ssize_t n = S_ISLNK(st.st_mode) ? readlink(path.p, target, sizeof target - 1) : 0;
        if (n > 0) {
            target[n] = 0;
            add3(x, "--symlink", str_dup(x->a, str_z(target)).p, path.p);
        } else if (map_has(&x->open, path)) {
            add2(x, "--dir", path.p);
            bind_entries(x, path);
        } else if (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)) {
            add3(x, "--ro-bind", path.p, path.p);
        }
    }
    if (dir) closedir(dir);
}

/* The path with the machine's links in it followed, so that /var/run/x is /run/x. */
static str follow_links(arena *a, str path, int depth) {
    for (uint32_t i = 1; i <= path.n; i++) {
        char target[PATH_MAX];
        struct stat st;
        if (i < path.n && path.p[i] != '/') continue;
        str head = str_dup(a, str_cut(path, 0, i)), rest = str_from(path, i);
        uint32_t top = 1;
        while (top < path.n && path.p[top] != '/') top++;
        if (is_own(str_dup(a, str_cut(path, 1, top)).p)) return path;
        if (lstat(head.p, &st) != 0 || !S_ISLNK(st.st_mode) || depth > 20) continue;
        ssize_t n = readlink(head.p, target, sizeof target - 1);
        if (n <= 0) continue;
        target[n] = 0;
        uint32_t slash = head.n;
        while (head.p[--slash] != '/') {}
        str to = target[0] == '/' ? str_z(target) : str_fmt(a, "%.*s/%s", STR_ARG(str_cut(head, 0, slash)), target);
        return follow_links(a, str_fmt(a, "%.*s%.*s", STR_ARG(to), STR_ARG(rest)), depth + 1);
    }
    return path;
}

/* A place in a folder of the machine that does not exist: the folder, and all above it, is opened. */
static void make_room(arguments *x, str path) {
    struct stat st;
    for (uint32_t i = 1; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '/') continue;
        str head = str_dup(x->a, str_cut(path, 0, i));
        if (lstat(head.p, &st) == 0 && (i == path.n || S_ISDIR(st.st_mode))) continue;
        for (uint32_t k = i; k-- > 1;)
            if (path.p[k] == '/') map_put(&x->open, str_dup(x->a, str_cut(path, 0, k)), x);
        return;
    }
}

static bool is_folder(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

typedef struct placed {
    const char *option, *source;
    str path;
} placed;

static void bind_volumes(arguments *x, const local_container *c) {
    uint32_t n = 0;
    placed *all = ARENA_ARRAY(x->a, placed, c->mounts_n + 3);
    for (uint32_t i = 0; i < c->mounts_n; i++) {
        const local_mount *m = &c->mounts[i];
        char whole[PATH_MAX];
        str source = m->volume->path;
        if (m->sub_path.n) source = str_fmt(x->a, "%.*s/%.*s", STR_ARG(source), STR_ARG(m->sub_path));
        if (realpath(source.p, whole)) source = str_dup(x->a, str_z(whole));
        all[n++] = (placed){m->read_only ? "--ro-bind" : "--bind", source.p, follow_links(x->a, m->path, 0)};
    }
    all[n++] = (placed){"--bind", c->termination.p, follow_links(x->a, c->termination_path, 0)};
    if (c->runtime) all[n++] = (placed){"--ro-bind", str_cat(x->a, local_program(c->pod->engine), S("/entrypoint")).p, S("/tektonc/entrypoint")};
    for (uint32_t i = 0; i < n; i++) {
        bool covered = false;
        for (uint32_t k = 0; k < i && !covered; k++) covered = str_starts(all[i].path, str_cat(x->a, all[k].path, S("/")));
        uint32_t top = 1;
        while (top < all[i].path.n && all[i].path.p[top] != '/') top++;
        if (!covered && !is_own(str_dup(x->a, str_cut(all[i].path, 1, top)).p)) make_room(x, all[i].path);
    }
    bind_entries(x, STR_NONE);
    for (uint32_t i = 0; i < n; i++) {
        /* A mount inside a read-only volume needs its place there. */
        for (uint32_t k = i; k-- > 0;) {
            str prefix = str_cat(x->a, all[k].path, S("/"));
            if (!str_starts(all[i].path, prefix)) continue;
            if (strcmp(all[k].option, "--ro-bind") == 0 && is_folder(all[i].source)) mkdir(str_fmt(x->a, "%s/%.*s", all[k].source, STR_ARG(str_from(all[i].path, prefix.n))).p, 0777);
            break;
        }
        add3(x, all[i].option, all[i].source, str_dup(x->a, all[i].path).p);
    }
}

/* What images have as /bin/sh: of some it is known to be busybox, which takes more than Debian's. */
static bool wants_busybox(str image) {
    uint32_t from = 0, to = 0;
    for (uint32_t i = 0; i < image.n; i++)
        if (image.p[i] == '/') from = i + 1;
    for (to = from; to < image.n && image.p[to] != ':' && image.p[to] != '@';) to++;
    str name = str_cut(image, from, to);
    return str_eq(name, S("alpine")) || str_eq(name, S("busybox"));
}

static void bind_shell(arguments *x, const sandbox *s, const local_container *c) {
    bool busybox = s->busybox && wants_busybox(c->image);
    add3(x, "--symlink", busybox ? s->busybox : "/bin/sh", SHIMS "/ash");
    if (busybox && s->shell.n) add3(x, "--ro-bind", s->busybox, s->shell.p);
}

/* --- all of it -------------------------------------------------------------------------------------------------------- */

static const char *number(arena *a, int64_t n) { return str_fmt(a, "%lld", (long long)n).p; }

static int64_t user_of(const local_container *c) {
    if (c->user >= 0) return c->user;
    return c->non_root ? 65532 : 0;
}

static void add_environment(arguments *x, const local_container *c) {
    bool path = false, home = false;
    add(x, "--clearenv");
    add3(x, "--setenv", "HOSTNAME", c->pod->name.p);
    for (uint32_t i = 0; i < c->env_n; i++) {
        path |= str_eq(c->env[i].name, S("PATH"));
        home |= str_eq(c->env[i].name, S("HOME"));
        add3(x, "--setenv", c->env[i].name.p, c->env[i].value.p);
        if (str_eq(c->env[i].name, S("PATH"))) add3(x, "--setenv", "PATH", str_cat(x->a, c->env[i].value, S(":" SHIMS)).p);
    }
    if (!path) add3(x, "--setenv", "PATH", DEFAULT_PATH ":" SHIMS);
    if (!home) add3(x, "--setenv", "HOME", user_of(c) ? "/tmp" : "/root");
}

/* The words as a file, each with a NUL behind it; -1 with errno set. */
static int words_file(const arguments *x) {
    strbuf b = {.a = x->a};
    for (uint32_t i = 0; i < x->list.n; i++) {
        strbuf_add(&b, str_z(x->list.v[i]));
        strbuf_addc(&b, 0);
    }
    int fd = memfd_create("arguments", MFD_CLOEXEC);
    if (fd < 0 || (files_write_all(fd, strbuf_str(&b)) && lseek(fd, 0, SEEK_SET) == 0)) return fd;
    close(fd);
    return -1;
}

static void add_options(arguments *x, const sandbox *s, const local_container *c, int info) {
    arena *a = x->a;
    add(x, "--die-with-parent");
    if (s->user) {
        int64_t group = c->group >= 0 ? c->group : user_of(c);
        add(x, "--unshare-user");
        add2(x, "--uid", number(a, user_of(c)));
        add2(x, "--gid", number(a, group));
    } else {
        add2(x, "--cap-drop", "ALL");
    }
    if (s->pid) add(x, "--unshare-pid");
    if (s->pid && c->step) add(x, "--as-pid-1"); /* others get an init, so that SIGTERM ends them */
    add(x, "--unshare-ipc");
    add(x, "--unshare-uts");
    str host = str_cut(c->pod->name, 0, c->pod->name.n < 63 ? c->pod->name.n : 63);
    add2(x, "--hostname", str_dup(a, host).p);
    if (info >= 0) add2(x, "--info-fd", number(a, info));
    add2(x, "--perms", "1777");
    add2(x, "--dir", "/tmp");
    add2(x, "--dir", "/root");
    add2(x, "--dir", "/run");
    add2(x, "--dir", "/workspace");
    add2(x, "--dir", "/tekton");
    add2(x, "--dev", "/dev");
    if (s->proc) add2(x, "--proc", "/proc");
    else add3(x, "--ro-bind", "/proc", "/proc");
    bind_volumes(x, c);
    bind_shell(x, s, c);
    if (is_folder("/var/tmp")) add2(x, "--perms", "1777"), add2(x, "--tmpfs", "/var/tmp");
    if (s->resolv.n) add3(x, "--ro-bind", s->resolv.p, s->resolv.p);
    if (is_folder("/run/current-system")) add3(x, "--ro-bind", "/run/current-system", "/run/current-system");
    str work = c->working_dir.n ? c->working_dir : S("/");
    if (work.n > 1) add2(x, "--dir", work.p);
    add2(x, "--chdir", work.p);
    if (c->read_only_root) add2(x, "--remount-ro", "/");
    add_environment(x, c);
}

char **sandbox_arguments(arena *a, const sandbox *s, const local_container *c, int info, int *args) {
    arguments options = {.a = a, .open = map_new(a)}, x = {.a = a};
    add_options(&options, s, c, info);
    if ((*args = words_file(&options)) < 0) return NULL;
    add(&x, s->program);
    add2(&x, "--args", number(a, *args));
    add(&x, "--");
    for (uint32_t i = 0; i < c->command_n; i++) add(&x, c->command[i].p);
    for (uint32_t i = 0; i < c->args_n; i++) add(&x, c->args[i].p);
    add(&x, NULL);
    return x.list.v;
}
