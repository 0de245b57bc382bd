#include "cli/output.h"
#include "cli/options.h"
#include "cli/stream.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct documents {
    stream s;
    emit_sink sink;
    bool json, any;
} documents;

static void begin(arena *a, documents *d, bool json) {
    *d = (documents){.s = {.fd = STDOUT_FILENO, .bytes = arena_alloc(a, STREAM_BUFFER)}, .json = json};
    d->sink = stream_sink(&d->s);
}

static void put_tree(documents *d, const ynode *tree) {
    if (!tree) return;
    if (d->json) {
        emit_json(&d->sink, tree, false);
        stream_put(&d->s, S("\n"));
    } else {
        if (d->any) stream_put(&d->s, S("---\n"));
        emit_yaml(&d->sink, tree);
    }
    d->any = true;
}

static int end(documents *d) {
    if (stream_flush(&d->s)) return EXIT_OK;
    say("standard output: can't be written: %s", strerror(errno));
    return EXIT_IO;
}

static void put_files(documents *d, const output_files *files) {
    for (uint32_t i = 0; i < files->n; i++) {
        const output_file *f = &files->v[i];
        if (str_eq(f->path, S(LAYOUT_KUSTOMIZATION))) continue;
        bool ready = f->text.n && !d->json;
        if (ready) { /* a text that is there need not be made again */
            if (d->any) stream_put(&d->s, S("---\n"));
            stream_put(&d->s, f->text);
            d->any = true;
        }
        for (uint32_t k = 0; !ready && k < f->documents.n; k++) put_tree(d, f->documents.v[k]);
    }
}

int output_stream(arena *a, const compilation *c, bool json) {
    documents d;
    begin(a, &d, json);
    put_files(&d, &c->files);
    for (uint32_t i = 0; i < c->outputs.n; i++) put_files(&d, &c->outputs.v[i].files);
    return end(&d);
}

int output_trees(arena *a, const ynode_list *trees, bool json) {
    documents d;
    begin(a, &d, json);
    for (uint32_t i = 0; i < trees->n; i++) put_tree(&d, trees->v[i]);
    return end(&d);
}

int output_stage(arena *a, const compilation *c, str stage, bool json) {
    ynode_list trees = {0};
    if (str_eq(stage, S("ast")))
        for (uint32_t i = 0; i < c->world.objects.n; i++) vec_push(a, &trees, compile_ast(a, c->world.objects.v[i]));
    if (str_eq(stage, S("runs")))
        for (uint32_t i = 0; i < c->runs.n; i++) vec_push(a, &trees, compile_ast_run(a, &c->runs.v[i]));
    for (uint32_t i = 0; i < c->outputs.n; i++) {
        const run_output *run = &c->outputs.v[i];
        if (str_eq(stage, S("resolved"))) vec_push(a, &trees, run->resolved);
        if (str_eq(stage, S("dag"))) vec_push(a, &trees, run->dag);
        if (str_eq(stage, S("plan"))) vec_push(a, &trees, run->plan);
        if (str_eq(stage, S("pods")))
            for (uint32_t k = 0; k < run->pods.n; k++) vec_push(a, &trees, run->pods.v[k].pod);
    }
    return output_trees(a, &trees, json);
}

static bool write_whole(int fd, str text) {
    for (uint32_t done = 0; done < text.n;) {
        ssize_t n = write(fd, text.p + done, text.n - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        done += (uint32_t)n;
    }
    return true;
}

/* A device, a pipe, a link: written to, since renaming would put a file in its place (/dev/stdout is one). */
static bool is_special(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

int output_to_file(arena *a, str path, str text) {
    str there = str_dup(a, path);
    bool special = is_special(there.p);
    str temporary = str_fmt(a, "%.*s.tmp-%d", STR_ARG(path), (int)getpid());
    int fd = special ? open(there.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : open(temporary.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool ok = fd >= 0 && write_whole(fd, text);
    if (fd >= 0 && close(fd) != 0) ok = false;
    if (ok && !special && rename(temporary.p, there.p) != 0) ok = false;
    if (ok) return EXIT_OK;
    int error = errno;
    if (fd >= 0 && !special) unlink(temporary.p);
    say("%.*s: can't be written: %s", STR_ARG(path), strerror(error));
    return EXIT_IO;
}
