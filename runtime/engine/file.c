#include "runtime/engine/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 64 << 20 };

static bool cannot(arena *a, str path, str *problem) {
    *problem = str_fmt(a, "%.*s: %s", STR_ARG(path), strerror(errno));
    return false;
}

bool file_read(arena *a, str path, str *out, str *problem) {
    int fd = open(str_dup(a, path).p, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cannot(a, path, problem);
    struct stat st;
    size_t room = fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size < FILE_MAX ? (size_t)st.st_size + 1 : 4096, n = 0;
    char *p = arena_alloc(a, room + 1);
    for (;;) {
        ssize_t got = read(fd, p + n, room - n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            cannot(a, path, problem);
            close(fd);
            return false;
        }
        if (got == 0) break;
        n += (size_t)got;
        if (n < room) continue;
        if (room > FILE_MAX) {
            close(fd);
            *problem = str_fmt(a, "%.*s: too large", STR_ARG(path));
            return false;
        }
        p = arena_grow(a, p, room + 1, room * 2 + 1);
        room *= 2;
    }
    close(fd);
    p[n] = 0;
    *out = (str){p, (uint32_t)n};
    return true;
}

/* What the reader may report. Which of them it was does not matter here: the message says it. */
static const diag_rule rows[] = {
    {"syntax", "syntax", SEV_ERROR, "", ""},  {"encoding", "encoding", SEV_ERROR, "", ""},
    {"limit", "limit", SEV_ERROR, "", ""},    {"repeated-key", "repeated-key", SEV_OFF, "", ""},
    {"number", "number", SEV_WARNING, "", ""},
};
static const read_rules rules = {&rows[0], &rows[1], &rows[2], &rows[3], &rows[4]};

bool file_documents(arena *a, str path, ynode_list *out, str *problem) {
    str text;
    return file_read(a, path, &text, problem) && file_text(a, path, text, out, problem);
}

bool file_text(arena *a, str path, str text, ynode_list *out, str *problem) {
    sources in = sources_new(a);
    source *one;
    if (!source_add(&in, path, text, &one)) {
        *problem = str_fmt(a, "%.*s: too large", STR_ARG(path));
        return false;
    }
    diags d = {.a = a, .table = rows, .sources = &in};
    read_documents(a, one, &d, &rules, out);
    if (!d.errors) return true;
    diags_sort(&d);
    for (uint32_t i = 0; i < d.list.n; i++) {
        const diag *x = &d.list.v[i];
        if (x->severity != SEV_ERROR) continue;
        place at = source_place(&in, x->at);
        *problem = str_fmt(a, "%.*s:%u:%u: %.*s", STR_ARG(path), at.line, at.column, STR_ARG(x->text));
        break;
    }
    return false;
}
