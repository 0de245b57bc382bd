#include "cli/stale.h"
#include "base/linediff.h"
#include "cli/folder.h"
#include "cli/input.h"
#include "cli/session.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct difference {
    str path;        /* as shown */
    str before, now; /* absent: there is no such file */
} difference;

typedef struct check {
    arena *a;
    folder f;
    VEC(difference) list;
    uint32_t missing, changed, left;
    bool failed;
} check;

/* What is no plain file has no text; a link is not followed, since writing would not follow it. */
static bool read_there(check *x, str path, str *text) {
    struct stat st;
    *text = S("");
    str full = folder_path(&x->f, path);
    if (lstat(full.p, &st) == 0 && !S_ISREG(st.st_mode)) return true;
    return input_file(x->a, full, text);
}

static void add(check *x, str path, bool there, str now) {
    difference d = {.path = folder_path(&x->f, path), .now = now};
    if (there && !read_there(x, path, &d.before)) x->failed = true;
    vec_push(x->a, &x->list, d);
}

static int by_path(const void *p, const void *q) { return str_cmp(((const difference *)p)->path, ((const difference *)q)->path); }

static void collect(check *x) {
    for (uint32_t i = 0; i < x->f.targets.n; i++) {
        const target *t = &x->f.targets.v[i];
        if (t->state == IS_SAME) continue;
        if (t->state == IS_NEW) x->missing++;
        else x->changed++;
        add(x, t->path, t->state != IS_NEW, t->text);
        if (t->state == IS_FOREIGN)
            say("%.*s: was not made by tektonc, which would leave it alone", STR_ARG(folder_path(&x->f, t->path)));
    }
    for (uint32_t i = 0; i < x->f.stale.n; i++) add(x, x->f.stale.v[i], true, STR_NONE);
    x->left = x->f.stale.n;
    if (x->list.n) qsort(x->list.v, x->list.n, sizeof *x->list.v, by_path);
}

static bool show(const check *x) {
    strbuf out = {.a = x->a};
    for (uint32_t i = 0; i < x->list.n; i++) {
        const difference *d = &x->list.v[i];
        str none = S("/dev/null");
        linediff_unified(x->a, d->before.p ? d->path : none, d->now.p ? d->path : none, d->before, d->now, &out);
    }
    return session_write(STDOUT_FILENO, out.n ? strbuf_str(&out) : S(""), S("standard output"));
}

static void count(strbuf *b, uint32_t n, const char *what) {
    if (n) strbuf_addf(b, "%s%u %s %s", b->n ? ", " : "", n, n == 1 ? "file" : "files", what);
}

int stale_check(arena *a, const compilation *c, str name, const words *inputs) {
    check x = {.a = a, .f = folder_named(a, name)};
    x.f.fd = open(str_dup(a, name).p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (x.f.fd < 0 && errno != ENOENT) return say("%.*s: can't be opened: %s", STR_ARG(name), strerror(errno)), EXIT_IO;
    bool ok = folder_look(&x.f, c, inputs);
    if (ok) collect(&x);
    if (x.f.fd >= 0) close(x.f.fd);
    if (!ok || !show(&x) || x.failed) return EXIT_IO;
    if (folder_is_current(&x.f)) return EXIT_OK;
    strbuf b = {.a = a};
    count(&b, x.missing, "missing");
    count(&b, x.changed, "not as it would be written");
    count(&b, x.left, "left over");
    str text = strbuf_str(&b);
    say("%.*s is stale: %.*s; run the same without --check to repair it", STR_ARG(x.f.name), STR_ARG(text));
    return EXIT_STALE;
}
