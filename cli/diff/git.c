#include "cli/diff/git.h"
#include "cli/child.h"
#include "cli/input.h"
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct repository {
    str folder; /* where git is run */
    str below;  /* what is asked for, seen from there */
} repository;

static bool is_directory(arena *a, str path) {
    struct stat st;
    return stat(str_dup(a, path).p, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A folder that exists on the way to the path: git finds the repository from there, wherever we are. */
static repository repository_of(arena *a, str path) {
    str rest = S(".");
    while (path.n > 1 && path.p[path.n - 1] == '/') path.n--;
    while (!is_directory(a, path)) {
        uint32_t slash = path.n;
        while (slash > 0 && path.p[slash - 1] != '/') slash--;
        str last = str_from(path, slash);
        rest = str_eq(rest, S(".")) ? last : str_fmt(a, "%.*s/%.*s", STR_ARG(last), STR_ARG(rest));
        if (!slash) return (repository){S("."), str_dup(a, rest)};
        path = str_cut(path, 0, slash > 1 ? slash - 1 : 1);
    }
    return (repository){str_dup(a, path), str_dup(a, rest)};
}

bool git_is_revision(arena *a, str rev, str path) {
    repository at = repository_of(a, path);
    const char *argv[] = {"git", "-C", at.folder.p, "rev-parse", "--verify", "--quiet", "--end-of-options", str_fmt(a, "%.*s^{tree}", STR_ARG(rev)).p, NULL};
    return child_run(a, argv, -1).code == 0;
}

/* The last line of what git said: it tells the reason. */
static bool git_failed(const child *c, str rev, str path) {
    if (c->code == CHILD_NOT_THERE) say("git can't be started: %s", strerror(errno));
    else say("%.*s at %.*s: %.*s", STR_ARG(path), STR_ARG(rev), STR_ARG(str_trim(c->err)));
    return false;
}

static bool next_part(str *text, char end, str *part) {
    const char *at = text->n ? memchr(text->p, end, text->n) : NULL;
    if (!at) return false;
    *part = str_cut(*text, 0, (uint32_t)(at - text->p));
    *text = str_from(*text, part->n + 1);
    return true;
}

static bool is_hidden(str path) { return path.n && (path.p[0] == '.' || memmem(path.p, path.n, "/.", 2)); }

typedef struct blob {
    str name, path;
} blob;
typedef VEC(blob) blobs;

/* Lines "MODE blob NAME<TAB>PATH", of regular files. */
static void list_blobs(arena *a, str text, bool whole_folder, blobs *out) {
    for (str line, head; next_part(&text, '\0', &line);) {
        if (!next_part(&line, '\t', &head) || !str_starts(head, S("100"))) continue;
        uint32_t at;
        if (!str_find(head, S(" blob "), &at)) continue;
        if (whole_folder && (is_hidden(line) || !input_takes(line))) continue;
        vec_push(a, out, ((blob){str_from(head, at + 6), line}));
    }
}

static int names_as_input(arena *a, const blobs *list) {
    strbuf b = {.a = a};
    int fd = memfd_create("tektonc", MFD_CLOEXEC);
    for (uint32_t i = 0; i < list->n; i++) strbuf_addf(&b, "%.*s\n", STR_ARG(list->v[i].name));
    for (size_t done = 0; fd >= 0 && done < b.n;) {
        ssize_t n = write(fd, b.p + done, b.n - done);
        if (n < 0 && errno != EINTR) close(fd), fd = -1;
        else if (n > 0) done += (size_t)n;
    }
    if (fd >= 0) lseek(fd, 0, SEEK_SET);
    return fd;
}

/* What `cat-file --batch` answers: "NAME blob SIZE\n", the bytes, "\n". */
static bool add_contents(arena *a, sources *s, str text, const blobs *list, str rev, str below) {
    for (uint32_t i = 0; i < list->n; i++) {
        str head, path = list->v[i].path;
        uint32_t at;
        if (!next_part(&text, '\n', &head) || !str_find(head, S(" blob "), &at)) return false;
        uint64_t size = 0;
        for (uint32_t k = at + 6; k < head.n; k++) size = size * 10 + (uint64_t)(head.p[k] - '0');
        if (size >= text.n) return false;
        str name = str_fmt(a, "%.*s:%.*s%s%.*s", STR_ARG(rev), STR_ARG(below), below.n ? "/" : "", STR_ARG(path));
        source *src;
        if (!source_add(s, name, str_dup(a, str_cut(text, 0, (uint32_t)size)), &src)) return say("%.*s: the input is larger than 4 GiB", STR_ARG(name)), false;
        text = str_from(text, (uint32_t)size + 1);
    }
    return true;
}

bool git_read(arena *a, sources *s, str rev, str path) {
    repository at = repository_of(a, path);
    bool whole = str_eq(at.below, S("."));
    const char *list_words[] = {"git", "-C", at.folder.p, "ls-tree", "-r", "-z", rev.p, "--", at.below.p, NULL};
    child listed = child_run(a, list_words, -1);
    if (listed.code != 0) return git_failed(&listed, rev, path);
    blobs list = {0};
    list_blobs(a, listed.out, whole || !input_takes(path), &list);
    if (!list.n) return say("%.*s: no .yaml, .yml or .json file there in the revision %.*s", STR_ARG(path), STR_ARG(rev)), false;
    int names = names_as_input(a, &list);
    if (names < 0) return say("git: %s", strerror(errno)), false;
    const char *read_words[] = {"git", "-C", at.folder.p, "cat-file", "--batch", NULL};
    child contents = child_run(a, read_words, names);
    close(names);
    if (contents.code != 0) return git_failed(&contents, rev, path);
    str below = str_eq(at.folder, S(".")) ? STR_NONE : at.folder;
    return add_contents(a, s, contents.out, &list, rev, below) || (say("git: its answer about %.*s is cut off", STR_ARG(path)), false);
}
