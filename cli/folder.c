#include "cli/folder.h"
#include "base/emit.h"
#include "cli/input.h"
#include "cli/stream.h"
#include "cli/version.h"
#include "plan/hash.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LIST ".tektonc-files"

str folder_path(const folder *f, str path) { return str_fmt(f->a, "%.*s/%.*s", STR_ARG(f->name), STR_ARG(path)); }

bool folder_fail(const folder *f, str path, const char *what) {
    int error = errno;
    say("%.*s: %s: %s", STR_ARG(folder_path(f, path)), what, strerror(error));
    return false;
}

/* ---- what is to be written ------------------------------------------------------------------------------------------ */

static bool is_json(str path) { return str_ends(path, S(".json")); }

str folder_base_name(str path) {
    uint32_t end = path.n;
    while (end > 1 && path.p[end - 1] == '/') end--;
    for (uint32_t k = end; k > 0; k--)
        if (path.p[k - 1] == '/' && k < end) return str_cut(path, k, end);
    return str_cut(path, 0, end);
}

/* Files that hold nothing but tests make no difference to what is written. */
static const bool *only_tests(arena *a, const compilation *c) {
    bool *only = ARENA_ARRAY(a, bool, c->inputs + 1), *other = ARENA_ARRAY(a, bool, c->inputs + 1);
    for (uint32_t i = 0; i < c->documents.n; i++) {
        const ynode *document = c->documents.v[i];
        const source *s = source_of(c->sources, document->at);
        if (s) (world_is_test(document) ? only : other)[s - c->sources->v] = true;
    }
    for (uint32_t i = 0; i < c->inputs; i++) only[i] = only[i] && !other[i];
    return only;
}

/* Names without their folders, and what they held: the same bytes on every machine. */
static str made_by_line(arena *a, const compilation *c, const words *inputs, const source_list *of) {
    strbuf b = {.a = a};
    strbuf_addf(&b, LAYOUT_MARK " %s from", TEKTONC_VERSION);
    for (uint32_t i = 0; i < inputs->n && i < 3; i++) {
        str name = inputs->v[i];
        strbuf_addf(&b, "%s %.*s", i ? "," : "", STR_ARG(str_eq(name, S("-")) ? S("standard input") : folder_base_name(name)));
    }
    if (inputs->n > 3) strbuf_addf(&b, " and %u more", inputs->n - 3);
    for (size_t i = 0; i < b.n; i++)
        if ((unsigned char)b.p[i] < ' ') b.p[i] = '?';
    if (!of || of->n) {
        sha256 sum = sha256_begin();
        const bool *tests = only_tests(a, c);
        for (uint32_t i = 0, k = 0; i < c->inputs; i++) {
            bool used = !of || (k < of->n && of->v[k] == i);
            if (of && used) k++;
            if (used && !tests[i]) sha256_add(&sum, c->sources->v[i].text.p, c->sources->v[i].text.n);
        }
        str hex = sha256_hex(a, &sum);
        strbuf_addf(&b, " (sha256:%.*s)", STR_ARG(hex));
    }
    strbuf_add(&b, S(". Change that, not this.\n"));
    return strbuf_str(&b);
}

static bool append(void *ctx, const char *bytes, size_t n) {
    strbuf_add(ctx, (str){bytes, (uint32_t)n});
    return true;
}

/* One document as it is; several between `---` lines, in JSON as a List. */
static str file_text(arena *a, const output_file *file, str made_by) {
    strbuf b = {.a = a};
    emit_sink sink = {append, &b};
    if (file->text.n) return file->text;
    if (is_json(file->path)) {
        ynode *all = ynode_map(a, NULL), *items = ynode_seq(a, NULL);
        for (uint32_t i = 0; i < file->documents.n; i++) ynode_push(a, items, file->documents.v[i]);
        ynode_put_str(a, all, S("apiVersion"), S("v1"));
        ynode_put_str(a, all, S("kind"), S("List"));
        ynode_put(a, all, S("items"), items);
        emit_json(&sink, items->n == 1 ? items->items[0] : all, true);
        strbuf_addc(&b, '\n');
        return strbuf_str(&b);
    }
    strbuf_add(&b, made_by);
    for (uint32_t i = 0; i < file->documents.n; i++) {
        if (i) strbuf_add(&b, S("---\n"));
        emit_yaml(&sink, file->documents.v[i]);
    }
    return strbuf_str(&b);
}

typedef struct making {
    const compilation *c;
    const words *inputs; /* as the command line names them */
} making;

static void add_target(folder *f, str path, str text) {
    str base = folder_base_name(path);
    target *t = vec_add(f->a, &f->targets);
    *t = (target){.path = str_dup(f->a, path), .text = text};
    t->gate = str_eq(base, S(LAYOUT_KUSTOMIZATION)) || (f->plain && (str_starts(base, S("job.")) || str_starts(base, S("cronjob."))));
    t->list = str_eq(path, S(FILE_LIST));
    map_put(&f->wanted, t->path, f);
}

/* of: what the files depend on, unless one says itself. */
static void add_targets(folder *f, const making *m, const output_files *files, str below, const source_list *of) {
    str made_by = files->n ? made_by_line(f->a, m->c, m->inputs, of) : STR_NONE;
    for (uint32_t i = 0; i < files->n; i++) {
        const output_file *file = &files->v[i];
        str path = file->path;
        if (below.n) path = str_fmt(f->a, "%.*s/%.*s", STR_ARG(below), STR_ARG(path));
        add_target(f, path, file_text(f->a, file, file->made_of ? made_by_line(f->a, m->c, m->inputs, file->made_of) : made_by));
    }
}

static void collect(folder *f, const making *m) {
    const compilation *c = m->c;
    f->wanted = map_new(f->a);
    add_targets(f, m, &c->files, STR_NONE, NULL);
    for (uint32_t i = 0; i < c->outputs.n; i++) {
        const run_output *out = &c->outputs.v[i];
        bool several = c->outputs.n > 1;
        add_targets(f, m, &out->files, !several ? STR_NONE : out->folder.n ? out->folder : out->run->name, several && out->made_of.n ? &out->made_of : NULL);
    }
    strbuf names = {.a = f->a};
    for (uint32_t i = 0; i < f->targets.n; i++)
        if (is_json(f->targets.v[i].path)) strbuf_addf(&names, "%s%.*s\n", names.n ? "" : made_by_line(f->a, c, m->inputs, NULL).p, STR_ARG(f->targets.v[i].path));
    if (names.n) add_target(f, S(FILE_LIST), strbuf_str(&names));
}

/* ---- what is there -------------------------------------------------------------------------------------------------- */

/* Whether the file begins with our mark. Less of it is what a crash leaves. */
static bool is_marked(int fd) {
    char start[sizeof LAYOUT_MARK - 1];
    ssize_t n = pread(fd, start, sizeof start, 0);
    return n >= 0 && memcmp(start, LAYOUT_MARK, (size_t)n) == 0;
}

/* Without what stands behind the name while it is written. */
static str final_name(str path) {
    static const char *const suffixes[] = {FOLDER_NEW, FOLDER_ASIDE};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (str_ends(path, str_z(suffixes[i]))) return str_cut(path, 0, path.n - str_z(suffixes[i]).n);
    return path;
}

static bool is_ours(const folder *f, int fd, str path) { return map_has(&f->listed, final_name(path)) || is_marked(fd); }

static bool same_text(folder *f, int fd, off_t size, str text) {
    if (size != (off_t)text.n) return false;
    for (uint32_t done = 0; done < text.n;) {
        size_t want = text.n - done < STREAM_BUFFER ? text.n - done : STREAM_BUFFER;
        ssize_t n = read(fd, f->buffer, want);
        if (n <= 0 || memcmp(f->buffer, text.p + done, (size_t)n) != 0) return false;
        done += (uint32_t)n;
    }
    return true;
}

static bool examine(folder *f, target *t) {
    struct stat st;
    t->state = IS_NEW;
    if (f->fd < 0) return true;
    int fd = openat(f->fd, t->path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return true;
    if (fd < 0 && errno != ELOOP) return folder_fail(f, t->path, "can't be read");
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (ok && same_text(f, fd, st.st_size, t->text)) t->state = IS_SAME;
    else if (ok && is_ours(f, fd, t->path)) t->state = IS_CHANGED;
    else ok = false;
    if (!ok) t->state = IS_FOREIGN;
    if (fd >= 0) close(fd);
    return true;
}

static str parent_of(str path) {
    while (path.n && path.p[path.n - 1] != '/') path.n--;
    return path;
}

/* In a folder that is not there yet nothing has to be looked for: the usual case, with the most files. */
static bool examine_all(folder *f) {
    bool ok = true, there = true;
    str last = STR_NONE;
    for (uint32_t i = 0; i < f->targets.n; i++) {
        target *t = &f->targets.v[i];
        str parent = parent_of(t->path);
        if (parent.n && !str_eq(parent, last)) {
            struct stat st;
            there = f->fd >= 0 && (fstatat(f->fd, str_dup(f->a, parent).p, &st, 0) == 0 || errno != ENOENT);
            last = parent;
        }
        t->state = IS_NEW;
        if (there || !parent.n) ok = examine(f, t) && ok;
    }
    return ok;
}

/* A text file of ours, empty when it is not there. */
static str own_text(const folder *f, const char *path) {
    str text = STR_NONE;
    int fd = openat(f->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return text;
    bool ok = is_marked(fd);
    close(fd);
    return ok && input_file(f->a, folder_path(f, str_z(path)), &text) ? text : STR_NONE;
}

static bool next_line(str *text, str *line) {
    uint32_t end;
    if (!str_find(*text, S("\n"), &end)) return false;
    *line = str_cut(*text, 0, end);
    *text = str_from(*text, end + 1);
    return true;
}

static void read_list(folder *f) {
    f->listed = map_new(f->a);
    str text = own_text(f, FILE_LIST);
    for (str line; next_line(&text, &line);) map_put(&f->listed, line, f);
}

/* Names that only this program gives. */
static bool could_be_ours(str name) {
    return str_ends(name, S(".yaml")) || is_json(name) || str_eq(name, S(FILE_LIST)) || str_ends(name, S(FOLDER_NEW)) || str_ends(name, S(FOLDER_ASIDE));
}

/* Our files of one directory that are no target. */
static void scan(folder *f, str below) {
    int fd = openat(f->fd, below.n ? below.p : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        if (fd >= 0) close(fd);
        return; /* not there, or no directory */
    }
    uint32_t before = f->stale.n;
    for (const struct dirent *e; (e = readdir(d));) {
        str name = str_z(e->d_name);
        if (!could_be_ours(name)) continue;
        str path = below.n ? str_fmt(f->a, "%.*s/%s", STR_ARG(below), e->d_name) : str_dup(f->a, name);
        if (map_has(&f->wanted, path)) continue;
        struct stat st;
        int file = openat(fd, e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (file < 0) continue;
        if (fstat(file, &st) == 0 && S_ISREG(st.st_mode) && is_ours(f, file, path) && (st.st_size || !str_ends(path, S(".yaml"))))
            vec_push(f->a, &f->stale, path);
        close(file);
    }
    closedir(d);
    if (f->stale.n > before && below.n) vec_push(f->a, &f->scanned, below);
}

static void scan_with_pods(folder *f, str below) {
    scan(f, below.n ? str_cat(f->a, below, S("/pods")) : S("pods"));
    scan(f, below);
}

/* Folders of runs: those of the targets, and what an index lists that is there. */
static void find_stale(folder *f) {
    map runs = map_new(f->a);
    for (uint32_t i = 0; i < f->targets.n; i++) {
        uint32_t slash;
        str path = f->targets.v[i].path;
        if (str_find(path, S("/"), &slash) && !str_eq(str_cut(path, 0, slash), S("pods"))) map_put(&runs, str_dup(f->a, str_cut(path, 0, slash)), f);
    }
    static const char *const indexes[] = {LAYOUT_KUSTOMIZATION, LAYOUT_KUSTOMIZATION FOLDER_ASIDE};
    for (int i = 0; i < 2; i++) {
        str text = own_text(f, indexes[i]);
        for (str line, at = text; next_line(&at, &line);) {
            uint32_t slash;
            if (!str_starts(line, S("- ")) || str_find(line, S("/"), &slash) || str_find(line, S(":"), &slash)) continue;
            str name = str_from(line, 2);
            if (!str_starts(name, S("."))) map_put(&runs, str_dup(f->a, name), f); /* a file's name: scan() passes it over */
        }
    }
    scan_with_pods(f, STR_NONE);
    for (uint32_t i = 0; i < runs.n; i++) scan_with_pods(f, runs.entries[i].key);
}

/* ---- both ----------------------------------------------------------------------------------------------------------- */

void folder_collect(folder *f, const compilation *c, const words *inputs) { collect(f, &(making){c, inputs}); }

bool folder_look(folder *f, const compilation *c, const words *inputs) {
    f->buffer = arena_alloc(f->a, STREAM_BUFFER);
    f->plain = c->request && c->request->plain;
    collect(f, &(making){c, inputs});
    read_list(f);
    if (!examine_all(f)) return false;
    if (f->fd >= 0) find_stale(f);
    return true;
}

folder folder_named(arena *a, str name) {
    folder f = {.a = a, .name = str_dup(a, name), .fd = -1};
    while (f.name.n > 1 && f.name.p[f.name.n - 1] == '/') f.name.n--;
    return f;
}

bool folder_is_current(const folder *f) {
    for (uint32_t i = 0; i < f->targets.n; i++)
        if (f->targets.v[i].state != IS_SAME) return false;
    return f->stale.n == 0;
}
