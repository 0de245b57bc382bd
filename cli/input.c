#include "cli/input.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_BYTES = 64 * 1024, DEPTH_LIMIT = 64 };

static bool say_errno(str path, const char *what) {
    say("%.*s: %s: %s", STR_ARG(path), what, strerror(errno));
    return false;
}

/* Until the end, whatever the file's size is said to be: pipes and growing files are fine. */
static bool read_all(arena *a, int fd, str path, size_t expected, bool regular, str *text) {
    size_t cap = expected ? expected + 1 : FIRST_BYTES, n = 0;
    char *bytes = arena_alloc(a, cap);
    for (;;) {
        if (n == cap) {
            bytes = arena_grow(a, bytes, cap, cap * 2);
            cap *= 2;
        }
        ssize_t got = read(fd, bytes + n, cap - n);
        if (got == 0) break;
        if (got > 0 && regular && n + (size_t)got == expected) { /* the end, but for a file that is just growing */
            n += (size_t)got;
            break;
        }
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return say_errno(path, "can't be read");
        n += (size_t)got;
        if (n > UINT32_MAX - 2) {
            say("%.*s: the file is larger than 4 GiB", STR_ARG(path));
            return false;
        }
    }
    *text = (str){bytes, (uint32_t)n};
    return true;
}

/* directory: where it may be one, whether it is; nothing is read then. */
static bool read_file(arena *a, str path, str *text, bool *directory) {
    if (str_eq(path, S("-"))) return read_all(a, STDIN_FILENO, S("<stdin>"), 0, false, text);
    struct stat st;
    int fd = open(str_dup(a, path).p, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return say_errno(path, "can't be opened");
    bool ok = fstat(fd, &st) == 0 || say_errno(path, "can't be read");
    if (ok && directory && S_ISDIR(st.st_mode)) return close(fd), *directory = true;
    ok = ok && read_all(a, fd, path, st.st_size > 0 ? (size_t)st.st_size : 0, S_ISREG(st.st_mode) && st.st_size > 0, text);
    close(fd);
    return ok;
}

bool input_file(arena *a, str path, str *text) { return read_file(a, path, text, NULL); }

static bool add_file(arena *a, sources *s, str path, bool *directory) {
    str text;
    source *src;
    if (!read_file(a, path, &text, directory)) return false;
    if (directory && *directory) return true;
    if (source_add(s, str_eq(path, S("-")) ? S("<stdin>") : path, text, &src)) return true;
    say("%.*s: the input is larger than 4 GiB", STR_ARG(path));
    return false;
}

bool input_takes(str name) {
    return str_ends(name, S(".yaml")) || str_ends(name, S(".yml")) || str_ends(name, S(".json"));
}

static int no_dots(const struct dirent *e) { return e->d_name[0] != '.'; }
static int by_bytes(const struct dirent **x, const struct dirent **y) { return strcmp((*x)->d_name, (*y)->d_name); }

/* Links to directories are not followed, so that a circle can't catch us. */
static bool add_directory(arena *a, sources *s, str path, int depth) {
    struct dirent **entries;
    int n = scandir(path.p, &entries, no_dots, by_bytes);
    if (n < 0) return say_errno(path, "can't be read");
    bool ok = true;
    for (int i = 0; i < n; i++) {
        struct stat st;
        str child = str_fmt(a, "%.*s%s%s", STR_ARG(path), str_ends(path, S("/")) ? "" : "/", entries[i]->d_name);
        free(entries[i]);
        if (lstat(child.p, &st) != 0)
            ok = say_errno(child, "can't be read");
        else if (S_ISDIR(st.st_mode))
            ok = (depth < DEPTH_LIMIT && add_directory(a, s, child, depth + 1)) && ok;
        else if (input_takes(child))
            ok = add_file(a, s, child, NULL) && ok;
    }
    free(entries);
    return ok;
}

bool input_read(arena *a, sources *s, const words *paths) {
    bool ok = true;
    for (uint32_t i = 0; i < paths->n; i++) {
        str path = str_dup(a, paths->v[i]);
        bool directory = false;
        ok = add_file(a, s, path, &directory) && ok;
        if (!directory) continue;
        uint32_t before = s->n;
        bool read = add_directory(a, s, path, 0);
        if (read && s->n == before) say("%.*s: no .yaml, .yml or .json file there", STR_ARG(path));
        ok = read && s->n > before && ok;
    }
    return ok;
}
