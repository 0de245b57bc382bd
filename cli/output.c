#include "cli/output.h"
#include "base/emit.h"
#include "cli/input.h"
#include "cli/session.h"
#include "cli/version.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "# Made by tektonc"
#define KUSTOMIZATION "kustomization.yaml"
#define FILE_LIST ".tektonc-files"

enum { BUFFER = 256 * 1024 };

/* ---- a sink over a file descriptor --------------------------------------------------------------------------------
 */

typedef struct stream {
    int fd;
    size_t n;
    char *bytes;
    bool failed;
} stream;

static bool stream_flush(stream *s) {
    size_t done = 0;
    while (done < s->n && !s->failed) {
        ssize_t n = write(s->fd, s->bytes + done, s->n - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            s->failed = true;
    }
    s->n = 0;
    return !s->failed;
}

static bool stream_write(void *ctx, const char *bytes, size_t n) {
    stream *s = ctx;
    while (n && !s->failed) {
        size_t part = n < BUFFER - s->n ? n : BUFFER - s->n;
        memcpy(s->bytes + s->n, bytes, part);
        s->n += part;
        bytes += part;
        n -= part;
        if (s->n == BUFFER) stream_flush(s);
    }
    return !s->failed;
}

static void put(stream *s, str text) { stream_write(s, text.p, text.n); }

static void put_document(stream *s, const ynode *tree, bool json) {
    emit_sink sink = {stream_write, s};
    if (json)
        emit_json(&sink, tree, true);
    else
        emit_yaml(&sink, tree);
}

static int fail(str path, const char *what) {
    say("%.*s: %s: %s", STR_ARG(path), what, strerror(errno));
    return EXIT_IO;
}

/* ---- one stream ---------------------------------------------------------------------------------------------------
 */

/* Documents between `---` lines, or the items of a List in JSON. */
typedef struct documents {
    stream s;
    bool json, any;
} documents;

static void begin_document(documents *d) {
    if (d->json)
        put(&d->s, d->any ? S(",\n") : S("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n"));
    else if (d->any)
        put(&d->s, S("---\n"));
    d->any = true;
}

static int end_documents(documents *d) {
    if (d->json) put(&d->s, d->any ? S("]}\n") : S("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[]}\n"));
    return stream_flush(&d->s) ? EXIT_OK : fail(S("standard output"), "can't be written");
}

static documents stdout_documents(arena *a, bool json) {
    return (documents){.s = {.fd = STDOUT_FILENO, .bytes = arena_alloc(a, BUFFER)}, .json = json};
}

static void put_one(documents *d, const ynode *tree) {
    if (!tree) return;
    begin_document(d);
    put_document(&d->s, tree, d->json);
}

int output_stream(arena *a, const compilation *c, bool json) {
    documents d = stdout_documents(a, json);
    for (uint32_t i = 0; i < c->outputs.n; i++) {
        const run_output *run = &c->outputs.v[i];
        for (uint32_t k = 0; k < run->files.n; k++) put_one(&d, run->files.v[k].tree);
    }
    return end_documents(&d);
}

int output_stage(arena *a, const compilation *c, str stage, bool json) {
    documents d = stdout_documents(a, json);
    if (str_eq(stage, S("ast")))
        for (uint32_t i = 0; i < c->world.objects.n; i++) put_one(&d, compile_ast(a, c->world.objects.v[i]));
    if (str_eq(stage, S("runs")))
        for (uint32_t i = 0; i < c->runs.n; i++) put_one(&d, compile_ast_run(a, &c->runs.v[i]));
    for (uint32_t i = 0; i < c->outputs.n; i++) {
        const run_output *run = &c->outputs.v[i];
        if (str_eq(stage, S("resolved"))) put_one(&d, run->resolved);
        if (str_eq(stage, S("dag"))) put_one(&d, run->dag);
        if (str_eq(stage, S("plan"))) put_one(&d, run->plan);
        if (str_eq(stage, S("pods")))
            for (uint32_t k = 0; k < run->pods.n; k++) put_one(&d, run->pods.v[k].pod);
    }
    return end_documents(&d);
}

/* ---- a folder -----------------------------------------------------------------------------------------------------
 */

typedef struct target {
    str path; /* below the folder */
    const output_file *file;
} target;

typedef struct folder {
    arena *a;
    int fd; /* of the folder */
    str name, made_by;
    VEC(target) targets;
    map wanted; /* paths of the targets */
    map listed; /* paths that the file list of an earlier run names */
    char *buffer;
} folder;

/* Whether the file begins with our mark. */
static bool is_marked(int dir, const char *name) {
    char start[sizeof MARK - 1];
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return false;
    ssize_t n = read(fd, start, sizeof start);
    close(fd);
    return n == (ssize_t)sizeof start && memcmp(start, MARK, sizeof start) == 0;
}

static bool is_ours(const folder *f, int dir, const char *name, str path) {
    return map_has(&f->listed, path) || is_marked(dir, name);
}

static str full_path(const folder *f, str path) { return str_fmt(f->a, "%.*s/%.*s", STR_ARG(f->name), STR_ARG(path)); }

/* Every directory on the way to the file. */
static bool make_parents(const folder *f, str path) {
    for (uint32_t i = 1; i < path.n; i++)
        if (path.p[i] == '/') {
            str parent = str_dup(f->a, str_cut(path, 0, i));
            if (mkdirat(f->fd, parent.p, 0777) != 0 && errno != EEXIST) {
                fail(full_path(f, parent), "can't be made");
                return false;
            }
        }
    return true;
}

/* Something that is not ours and stands where a file is to go. */
static bool find_obstacles(const folder *f) {
    bool none = true;
    for (uint32_t i = 0; i < f->targets.n; i++) {
        struct stat st;
        const char *path = f->targets.v[i].path.p;
        if (fstatat(f->fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (S_ISREG(st.st_mode) && is_ours(f, f->fd, path, f->targets.v[i].path)) continue;
        say("%.*s: was not made by tektonc and is left alone; nothing was written",
            STR_ARG(full_path(f, f->targets.v[i].path)));
        none = false;
    }
    return none;
}

static bool is_json(str path) { return str_ends(path, S(".json")); }

/* The comment lines of a YAML file. */
static void put_header(const folder *f, stream *s, str header) {
    put(s, f->made_by);
    while (header.n) {
        uint32_t end;
        if (!str_find(header, S("\n"), &end)) end = header.n;
        put(s, S("# "));
        put(s, str_cut(header, 0, end));
        put(s, S("\n"));
        header = end < header.n ? str_from(header, end + 1) : STR_NONE;
    }
}

/* file NULL: the list of JSON files. */
static void put_content(const folder *f, stream *s, const target *t) {
    if (!t->file) {
        put(s, f->made_by);
        for (uint32_t i = 0; i < f->targets.n; i++)
            if (is_json(f->targets.v[i].path)) {
                put(s, f->targets.v[i].path);
                put(s, S("\n"));
            }
        return;
    }
    if (!is_json(t->path)) put_header(f, s, t->file->header);
    put_document(s, t->file->tree, is_json(t->path));
    if (is_json(t->path)) put(s, S("\n"));
}

static bool write_target(const folder *f, const target *t) {
    str temporary = str_fmt(f->a, "%.*s.tektonc-new", STR_ARG(t->path));
    if (!make_parents(f, t->path)) return false;
    int fd = openat(f->fd, temporary.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) return fail(full_path(f, temporary), "can't be made"), false;
    stream s = {.fd = fd, .bytes = f->buffer};
    put_content(f, &s, t);
    bool ok = stream_flush(&s);
    ok = close(fd) == 0 && ok;
    if (ok && renameat(f->fd, temporary.p, f->fd, t->path.p) == 0) return true;
    fail(full_path(f, t->path), "can't be written");
    unlinkat(f->fd, temporary.p, 0);
    return false;
}

/* Removes our files that are no target, and directories that this left empty. */
static bool remove_stale(const folder *f, int dir, str below, uint32_t *removed) {
    DIR *d = fdopendir(dup(dir));
    if (!d) return fail(full_path(f, below), "can't be read"), false;
    bool ok = true;
    rewinddir(d);
    for (const struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
        str path = below.n ? str_fmt(f->a, "%.*s/%s", STR_ARG(below), e->d_name) : str_dup(f->a, str_z(e->d_name));
        if (S_ISDIR(st.st_mode)) {
            int child = openat(dir, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
            uint32_t inside = 0;
            if (child < 0) continue;
            ok = remove_stale(f, child, path, &inside) && ok;
            close(child);
            if (inside) unlinkat(dir, e->d_name, AT_REMOVEDIR); /* stays when something is left in it */
            *removed += inside;
        } else if (S_ISREG(st.st_mode) && !map_has(&f->wanted, path) && is_ours(f, dir, e->d_name, path)) {
            if (unlinkat(dir, e->d_name, 0) != 0)
                ok = false, fail(full_path(f, path), "can't be removed");
            else
                ++*removed;
        }
    }
    closedir(d);
    return ok;
}

static bool is_kustomization(str path) {
    return str_eq(path, S(KUSTOMIZATION)) || str_ends(path, S("/" KUSTOMIZATION));
}

static void collect(folder *f, const compilation *c) {
    f->wanted = map_new(f->a);
    for (uint32_t i = 0; i < c->outputs.n; i++) {
        const run_output *run = &c->outputs.v[i];
        for (uint32_t k = 0; k < run->files.n; k++) {
            const output_file *file = &run->files.v[k];
            str path = c->outputs.n > 1 ? str_fmt(f->a, "%.*s/%.*s", STR_ARG(run->run->name), STR_ARG(file->path))
                                        : str_dup(f->a, file->path);
            vec_push(f->a, &f->targets, ((target){path, file}));
            map_put(&f->wanted, path, (void *)(uintptr_t)file);
        }
    }
    for (uint32_t i = 0; i < f->targets.n; i++)
        if (is_json(f->targets.v[i].path)) {
            /* First, so that it names every file that a run cut short can leave. */
            vec_push(f->a, &f->targets, f->targets.v[0]);
            f->targets.v[0] = (target){S(FILE_LIST), NULL};
            map_put(&f->wanted, S(FILE_LIST), f->targets.v);
            return;
        }
}

/* The file list that an earlier run left; none is fine. */
static bool read_list(folder *f) {
    str text;
    f->listed = map_new(f->a);
    if (!is_marked(f->fd, FILE_LIST)) return true;
    if (!input_file(f->a, full_path(f, S(FILE_LIST)), &text)) return false;
    for (uint32_t end; str_find(text, S("\n"), &end); text = str_from(text, end + 1))
        map_put(&f->listed, str_cut(text, 0, end), f);
    return true;
}

static bool write_all(const folder *f) {
    uint32_t removed = 0;
    for (uint32_t i = 0; i < f->targets.n; i++)
        if (is_kustomization(f->targets.v[i].path) && unlinkat(f->fd, f->targets.v[i].path.p, 0) != 0 &&
            errno != ENOENT)
            return fail(full_path(f, f->targets.v[i].path), "can't be removed"), false;
    if (!remove_stale(f, f->fd, S(""), &removed)) return false;
    for (uint32_t i = 0; i < f->targets.n; i++)
        if (!is_kustomization(f->targets.v[i].path) && !write_target(f, &f->targets.v[i])) return false;
    for (uint32_t i = 0; i < f->targets.n; i++)
        if (is_kustomization(f->targets.v[i].path) && !write_target(f, &f->targets.v[i])) return false;
    return true;
}

/* The names as given, but the last part alone of absolute ones: the same bytes on every machine. */
static str made_by_line(arena *a, const words *inputs) {
    strbuf b = {.a = a};
    strbuf_addf(&b, MARK " %s from", TEKTONC_VERSION);
    for (uint32_t i = 0; i < inputs->n && i < 3; i++) {
        str name = inputs->v[i];
        if (name.n && name.p[0] == '/')
            for (uint32_t k = name.n; k > 0; k--)
                if (name.p[k - 1] == '/' && k < name.n) {
                    name = str_from(name, k);
                    break;
                }
        strbuf_addf(&b, "%s %.*s", i ? "," : "", STR_ARG(str_eq(name, S("-")) ? S("standard input") : name));
    }
    if (inputs->n > 3) strbuf_addf(&b, " and %u more", inputs->n - 3);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] == '\n' || b.p[i] == '\r') b.p[i] = '?';
    strbuf_addf(&b, ". Change that, not this.\n");
    return strbuf_str(&b);
}

int output_folder(arena *a, const compilation *c, str name, const words *inputs) {
    folder f = {.a = a, .name = str_dup(a, name), .made_by = made_by_line(a, inputs), .buffer = arena_alloc(a, BUFFER)};
    if (mkdir(f.name.p, 0777) != 0 && errno != EEXIST) return fail(name, "can't be made");
    f.fd = open(f.name.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f.fd < 0) return fail(name, "can't be opened");
    collect(&f, c);
    bool ok = read_list(&f) && find_obstacles(&f) && write_all(&f);
    close(f.fd);
    return ok ? EXIT_OK : EXIT_IO;
}
