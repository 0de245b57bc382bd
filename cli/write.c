#include "cli/write.h"
#include "cli/folder.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- writing -------------------------------------------------------------------------------------------------------- */

/* Every directory on the way to the file. */
static bool make_parents(const folder *f, str path) {
    for (uint32_t i = 1; i < path.n; i++)
        if (path.p[i] == '/') {
            str parent = str_dup(f->a, str_cut(path, 0, i));
            if (mkdirat(f->fd, parent.p, 0777) != 0 && errno != EEXIST) return folder_fail(f, parent, "can't be made");
        }
    return true;
}

/* A file that is there is replaced by renaming. A new one needs no second name: half of it is known as ours, and no
 * kustomization.yaml is there yet that names it. */
static bool write_target(const folder *f, const target *t) {
    bool direct = t->state == IS_NEW && !t->gate;
    str path = direct ? t->path : str_cat(f->a, t->path, S(FOLDER_NEW));
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    int fd = openat(f->fd, path.p, flags, 0666);
    if (fd < 0 && errno == ENOENT) { /* mostly the directory is there */
        if (!make_parents(f, t->path)) return false;
        fd = openat(f->fd, path.p, flags, 0666);
    }
    if (fd < 0) return folder_fail(f, path, "can't be made");
    bool ok = true;
    for (uint32_t done = 0; ok && done < t->text.n;) {
        ssize_t n = write(fd, t->text.p + done, t->text.n - done);
        if (n >= 0) done += (uint32_t)n;
        else ok = errno == EINTR;
    }
    int error = errno;
    if (close(fd) != 0 && ok) ok = false, error = errno;
    if (ok && (direct || renameat(f->fd, path.p, f->fd, t->path.p) == 0)) return true;
    if (!ok) errno = error;
    folder_fail(f, t->path, "can't be written");
    unlinkat(f->fd, path.p, 0);
    return false;
}

static str aside(const folder *f, str path) { return str_cat(f->a, path, S(FOLDER_ASIDE)); }

static bool open_gates(const folder *f) {
    for (uint32_t i = 0; i < f->targets.n; i++) {
        const target *t = &f->targets.v[i];
        if (t->gate && t->state != IS_NEW && renameat(f->fd, t->path.p, f->fd, aside(f, t->path).p) != 0) return folder_fail(f, t->path, "can't be renamed");
    }
    return true;
}

static bool remove_stale(const folder *f) {
    bool ok = true;
    for (uint32_t first = 0; first < 2; first++) /* what can be applied goes first */
        for (uint32_t i = 0; i < f->stale.n; i++) {
            str path = f->stale.v[i];
            if (str_eq(folder_base_name(path), S(LAYOUT_KUSTOMIZATION)) != (first == 0)) continue;
            if (unlinkat(f->fd, path.p, 0) != 0 && errno != ENOENT) ok = folder_fail(f, path, "can't be removed");
        }
    for (uint32_t i = 0; i < f->scanned.n; i++) unlinkat(f->fd, f->scanned.v[i].p, AT_REMOVEDIR); /* stays when something is left */
    return ok;
}

static bool close_gates(const folder *f) {
    for (uint32_t i = 0; i < f->targets.n; i++) {
        const target *t = &f->targets.v[i];
        if (!t->gate) continue;
        str old = aside(f, t->path);
        if (t->state == IS_SAME) {
            if (renameat(f->fd, old.p, f->fd, t->path.p) != 0) return folder_fail(f, t->path, "can't be renamed");
        } else if (!write_target(f, t)) {
            return false;
        } else if (t->state == IS_CHANGED) {
            unlinkat(f->fd, old.p, 0);
        }
    }
    return true;
}

/* ---- several at once ---------------------------------------------------------------------------------------------------
 * Making files waits for the disk, not for the processor. Each thread has neighbours, which mostly means folders of its own. */

typedef struct worker {
    folder f; /* with an arena of its own */
    uint32_t from, to;
    bool ok;
    pthread_t thread;
} worker;

static void *work(void *ctx) {
    worker *w = ctx;
    for (uint32_t i = w->from; w->ok && i < w->to; i++) {
        const target *t = &w->f.targets.v[i];
        if (!t->gate && !t->list && t->state != IS_SAME) w->ok = write_target(&w->f, t);
    }
    return NULL;
}

static bool write_targets(const folder *f, uint32_t jobs) {
    enum { MOST = 64, EACH = 16 }; /* a thread for fewer files costs more than it brings */
    worker workers[MOST];
    uint32_t n = f->targets.n / EACH + 1, started = 0;
    if (n > jobs) n = jobs;
    if (n > MOST) n = MOST;
    if (n < 1) n = 1;
    bool ok = true;
    for (uint32_t i = 0; i < n; i++) {
        worker *w = &workers[i];
        *w = (worker){.f = *f, .from = (uint32_t)((uint64_t)f->targets.n * i / n), .to = (uint32_t)((uint64_t)f->targets.n * (i + 1) / n), .ok = true};
        w->f.a = arena_new();
        if (i + 1 < n && pthread_create(&w->thread, NULL, work, w) == 0) {
            started = i + 1;
            continue;
        }
        if (i + 1 < n) w->to = f->targets.n; /* no more threads to be had: the rest is done here */
        n = i + 1;
        work(w);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (i < started) pthread_join(workers[i].thread, NULL);
        ok = workers[i].ok && ok;
        arena_free(workers[i].f.a);
    }
    return ok;
}

static bool write_list(const folder *f) {
    for (uint32_t i = 0; i < f->targets.n; i++)
        if (f->targets.v[i].list && f->targets.v[i].state != IS_SAME && !write_target(f, &f->targets.v[i])) return false;
    return true;
}

static bool write_all(const folder *f, uint32_t jobs) {
    if (folder_is_current(f)) return true;
    return open_gates(f) && remove_stale(f) && write_list(f) && write_targets(f, jobs) && close_gates(f);
}

/* Nothing is written where a file that is not ours is in the way. */
static bool is_free(const folder *f) {
    bool ok = true;
    for (uint32_t i = 0; i < f->targets.n; i++) {
        if (f->targets.v[i].state != IS_FOREIGN) continue;
        say("%.*s: was not made by tektonc and is left alone; nothing was written", STR_ARG(folder_path(f, f->targets.v[i].path)));
        ok = false;
    }
    return ok;
}

int write_folder(arena *a, const compilation *c, str name, const words *inputs, uint32_t jobs) {
    folder f = folder_named(a, name);
    if (mkdir(str_dup(a, name).p, 0777) != 0 && errno != EEXIST) return say("%.*s: can't be made: %s", STR_ARG(name), strerror(errno)), EXIT_IO;
    f.fd = open(str_dup(a, name).p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f.fd < 0) return say("%.*s: can't be opened: %s", STR_ARG(name), strerror(errno)), EXIT_IO;
    bool ok = folder_look(&f, c, inputs) && is_free(&f) && write_all(&f, jobs);
    close(f.fd);
    return ok ? EXIT_OK : EXIT_IO;
}
