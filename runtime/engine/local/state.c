#include "runtime/engine/local/state.h"
#include "base/emit.h"
#include "base/json.h"
#include "runtime/engine/file.h"
#include "runtime/engine/local/files.h"
#include "runtime/sequencer/moment.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool cannot(arena *a, str path, str *problem) {
    *problem = str_fmt(a, "%.*s: %s", STR_ARG(path), strerror(errno));
    return false;
}

bool state_open(arena *a, state *out, str *problem) {
    const char *given = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (given && *given == '/') out->root = str_fmt(a, "%s/tektonc", given); /* a relative one counts as none */
    else if (home && *home == '/') out->root = str_fmt(a, "%s/.local/state/tektonc", home);
    else return *problem = S("where runs are kept is not known: set XDG_STATE_HOME or HOME"), false;
    str runs = str_cat(a, out->root, S("/runs"));
    return files_make_folders(runs, 0700) || cannot(a, runs, problem);
}

/* --- folders of runs ----------------------------------------------------------------------------------------------- */

static int open_lock(str folder, int flags) {
    char path[4096];
    snprintf(path, sizeof path, "%.*s/lock", STR_ARG(folder));
    return open(path, flags | O_CLOEXEC, 0600);
}

/* One more than the highest number of such a name that is there; 1: none is. Names of old runs don't come again. */
static unsigned next_number(const state *s, str wanted, arena *a) {
    DIR *dir = opendir(str_cat(a, s->root, S("/runs")).p);
    unsigned next = 1;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        unsigned n = 0;
        char *end = e->d_name + wanted.n;
        if (strncmp(e->d_name, wanted.p, wanted.n) != 0) continue;
        if (*end == '-' && end[1] >= '1' && end[1] <= '9') n = (unsigned)strtoul(end + 1, &end, 10);
        else if (!*end) n = 1;
        if (!*end && n >= next) next = n + 1;
    }
    if (dir) closedir(dir);
    return next;
}

/* A folder appears under its name with the lock held: nobody takes it for one that was left behind. */
bool run_make(arena *a, const state *s, str wanted, bool exact, run_folder *out, str *problem) {
    char draft[4096];
    snprintf(draft, sizeof draft, "%.*s/runs/.new-XXXXXX", STR_ARG(s->root));
    if (!mkdtemp(draft)) return cannot(a, str_z(draft), problem);
    int lock = open_lock(str_z(draft), O_RDWR | O_CREAT);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        cannot(a, str_z(draft), problem);
        files_remove(str_z(draft));
        return false;
    }
    for (unsigned n = exact ? 1 : next_number(s, wanted, a);; n++) {
        str name = n == 1 ? str_dup(a, wanted) : str_fmt(a, "%.*s-%u", STR_ARG(wanted), n);
        str path = str_fmt(a, "%.*s/runs/%.*s", STR_ARG(s->root), STR_ARG(name));
        if (renameat2(AT_FDCWD, draft, AT_FDCWD, path.p, RENAME_NOREPLACE) == 0) {
            *out = (run_folder){.name = name, .path = path, .lock = lock};
            return true;
        }
        if (errno == EEXIST && !exact) continue;
        if (errno == EEXIST) *problem = str_fmt(a, "there is a run %.*s already", STR_ARG(wanted));
        else cannot(a, path, problem);
        close(lock);
        files_remove(str_z(draft));
        return false;
    }
}

bool run_open(arena *a, const state *s, str name, run_folder *out, str *problem) {
    *out = (run_folder){.name = name, .path = str_fmt(a, "%.*s/runs/%.*s", STR_ARG(s->root), STR_ARG(name)), .lock = -1};
    bool plain = name.n && name.p[0] != '.' && !memchr(name.p, '/', name.n);
    if (plain && access(out->path.p, F_OK) == 0) return true;
    *problem = str_fmt(a, "there is no run %.*s; `tektonc status` lists them", STR_ARG(name));
    return false;
}

bool run_lock(run_folder *r) {
    int fd = open_lock(r->path, O_RDWR | O_CREAT);
    if (fd < 0) return false;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) return close(fd), false;
    r->lock = fd;
    return true;
}

void run_unlock(run_folder *r) {
    if (r->lock >= 0) close(r->lock);
    r->lock = -1;
}

bool run_busy(const run_folder *r) {
    int fd = open_lock(r->path, O_RDONLY);
    if (fd < 0) return false;
    bool busy = flock(fd, LOCK_SH | LOCK_NB) != 0;
    close(fd);
    return busy;
}

int run_control(arena *a, const run_folder *r, str *problem) {
    str path = run_file(a, r, "control");
    unlink(path.p);
    int fd = mkfifo(path.p, 0600) == 0 ? open(path.p, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1; /* a writer of its own: no end of file */
    if (fd < 0) cannot(a, path, problem);
    return fd;
}

bool run_tell(arena *a, const run_folder *r, str word) {
    int fd = open(run_file(a, r, "control").p, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return false;
    str line = str_cat(a, word, S("\n"));
    bool ok = write(fd, line.p, line.n) == (ssize_t)line.n;
    close(fd);
    return ok;
}

typedef struct dated {
    str name;
    int64_t at;
} dated;

static int newer(const void *x, const void *y) {
    const dated *a = x, *b = y;
    return a->at != b->at ? (a->at < b->at) - (a->at > b->at) : str_cmp(b->name, a->name);
}

/* By the time that the lock was made, which is when the run was. */
bool run_list(arena *a, const state *s, run_names *out, str *problem) {
    str path = str_cat(a, s->root, S("/runs"));
    DIR *dir = opendir(path.p);
    VEC(dated) all = {0};
    if (!dir) return cannot(a, path, problem);
    for (struct dirent *e; (e = readdir(dir));) {
        struct stat st;
        if (e->d_name[0] == '.') continue;
        str lock = str_fmt(a, "%.*s/%s/lock", STR_ARG(path), e->d_name);
        if (stat(lock.p, &st) != 0) continue;
        vec_push(a, &all, ((dated){str_dup(a, str_z(e->d_name)), (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec}));
    }
    closedir(dir);
    if (all.n) qsort(all.v, all.n, sizeof *all.v, newer);
    for (uint32_t i = 0; i < all.n; i++) vec_push(a, out, all.v[i].name);
    return true;
}

/* The lock goes last: what is left of a removal that was interrupted is found again. */
bool run_remove(const run_folder *r, str *problem, arena *a) {
    DIR *dir = opendir(r->path.p);
    if (!dir) return errno == ENOENT || cannot(a, r->path, problem);
    bool ok = true;
    for (struct dirent *e; (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, "lock") == 0) continue;
        str path = str_fmt(a, "%.*s/%s", STR_ARG(r->path), e->d_name);
        if (!files_remove(path)) ok = cannot(a, path, problem);
    }
    closedir(dir);
    return ok && (files_remove(r->path) || cannot(a, r->path, problem));
}

/* --- files --------------------------------------------------------------------------------------------------------- */

str run_file(arena *a, const run_folder *r, const char *name) { return str_fmt(a, "%.*s/%s", STR_ARG(r->path), name); }

bool run_write_tree(arena *a, const run_folder *r, const char *name, const ynode *tree, str *problem) {
    str path = run_file(a, r, name);
    return files_replace(path, emit_json_str(a, tree, false), 0600) || cannot(a, path, problem);
}

const ynode *run_read_tree(arena *a, const run_folder *r, const char *name, str *problem) {
    str text, path = run_file(a, r, name);
    if (!file_read(a, path, &text, problem)) return NULL;
    const ynode *tree = json_read(a, text);
    if (!tree) *problem = str_fmt(a, "%.*s: damaged", STR_ARG(path));
    return tree;
}

static void put(arena *a, ynode *m, str key, str text) {
    if (text.n) ynode_put_str(a, m, key, text);
}

static void put_moment(arena *a, ynode *m, str key, int64_t at) {
    if (at) ynode_put_str(a, m, key, moment_format(a, at, MOMENT_NANOSECONDS));
}

static int64_t get_moment(const ynode *m, str key) {
    int64_t at = 0;
    str text = ynode_get_text(m, key);
    return text.n && moment_parse(text, &at) ? at : 0;
}

bool run_write_info(arena *a, const run_folder *r, const run_info *i, str *problem) {
    ynode *m = ynode_map(a, NULL);
    put(a, m, S("name"), i->name);
    put(a, m, S("namespace"), i->namespace_);
    put(a, m, S("uid"), i->uid);
    put(a, m, S("engine"), i->engine);
    put(a, m, S("of"), i->of);
    put_moment(a, m, S("created"), i->created);
    put(a, m, S("context"), i->context);
    put(a, m, S("kubeconfig"), i->kubeconfig);
    if (i->claims) ynode_put(a, m, S("claims"), i->claims);
    return run_write_tree(a, r, "run.json", m, problem);
}

bool run_read_info(arena *a, const run_folder *r, run_info *out, str *problem) {
    const ynode *m = run_read_tree(a, r, "run.json", problem);
    if (!m) return false;
    *out = (run_info){
        .name = ynode_get_text(m, S("name")),
        .namespace_ = ynode_get_text(m, S("namespace")),
        .uid = ynode_get_text(m, S("uid")),
        .engine = ynode_get_text(m, S("engine")),
        .of = ynode_get_text(m, S("of")),
        .created = get_moment(m, S("created")),
        .context = ynode_get_text(m, S("context")),
        .kubeconfig = ynode_get_text(m, S("kubeconfig")),
        .claims = ynode_get(m, S("claims")),
    };
    return true;
}

bool run_write_summary(arena *a, const run_folder *r, const run_summary *s, str *problem) {
    ynode *m = ynode_map(a, NULL);
    put(a, m, S("phase"), s->phase);
    put(a, m, S("reason"), s->reason);
    put(a, m, S("message"), s->message);
    ynode_put(a, m, S("done"), ynode_int(a, s->done));
    ynode_put(a, m, S("total"), ynode_int(a, s->total));
    put_moment(a, m, S("started"), s->started);
    put_moment(a, m, S("ended"), s->ended);
    return run_write_tree(a, r, "summary.json", m, problem);
}

static uint32_t number(const ynode *m, str key) {
    str text = ynode_get_text(m, key);
    uint32_t n = 0;
    for (uint32_t i = 0; i < text.n; i++) n = n * 10 + (uint32_t)(text.p[i] - '0');
    return n;
}

bool run_read_summary(arena *a, const run_folder *r, run_summary *out) {
    str problem;
    const ynode *m = run_read_tree(a, r, "summary.json", &problem);
    if (!m) return false;
    *out = (run_summary){
        .phase = ynode_get_text(m, S("phase")),
        .reason = ynode_get_text(m, S("reason")),
        .message = ynode_get_text(m, S("message")),
        .done = number(m, S("done")),
        .total = number(m, S("total")),
        .started = get_moment(m, S("started")),
        .ended = get_moment(m, S("ended")),
    };
    return true;
}
