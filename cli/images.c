/* tektonc images: all images that a run needs, and where. */
#include "base/emit.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "compiler/image.h"
#include <stdlib.h>
#include <unistd.h>

typedef struct use {
    str run, task, container; /* task: the Pod's file; empty: the Job */
    const char *kind;         /* step, sidecar, init container, volume, runtime */
    uint32_t times;
} use;

typedef struct used_image {
    str name;
    VEC(use) uses;
} used_image;

typedef struct listing {
    arena *a;
    map by_name; /* → used_image * */
} listing;

static void add(listing *l, str image, use u) {
    if (!image.n) return;
    used_image *x = map_get(&l->by_name, image);
    if (!x) {
        x = ARENA_NEW(l->a, used_image);
        x->name = image;
        map_put(&l->by_name, image, x);
    }
    if (x->uses.n) { /* the Pods of a matrix follow each other */
        use *last = &x->uses.v[x->uses.n - 1];
        if (str_eq(last->run, u.run) && str_eq(last->task, u.task) && str_eq(last->container, u.container) && last->kind == u.kind) {
            last->times++;
            return;
        }
    }
    u.times = 1;
    vec_push(l->a, &x->uses, u);
}

/* "unit" of "unit.1"; names of tasks have no dots, and in front may be those of pipelines around. */
static str task_of(str file) {
    uint32_t i = file.n;
    while (i && file.p[i - 1] >= '0' && file.p[i - 1] <= '9') i--;
    return i && i < file.n && file.p[i - 1] == '.' ? str_cut(file, 0, i - 1) : file;
}

static void add_containers(listing *l, const ynode *containers, use u, bool init) {
    YNODE_EACH(i, c, containers) {
        str name = ynode_get_text(c, S("name"));
        u.kind = init ? "init container" : "sidecar";
        u.container = name;
        if (str_starts(name, S("step-"))) u.kind = "step", u.container = str_from(name, 5);
        if (str_starts(name, S("sidecar-"))) u.kind = "sidecar", u.container = str_from(name, 8);
        add(l, ynode_get_text(c, S("image")), u);
    }
}

static void add_spec(listing *l, const ynode *spec, use u, bool job) {
    add_containers(l, ynode_get(spec, S("initContainers")), u, true);
    if (job) {
        YNODE_EACH(i, c, ynode_get(spec, S("containers"))) {
            u.kind = "runtime";
            u.container = ynode_get_text(c, S("name"));
            add(l, ynode_get_text(c, S("image")), u);
        }
    } else {
        add_containers(l, ynode_get(spec, S("containers")), u, false);
    }
    YNODE_EACH(i, v, ynode_get(spec, S("volumes"))) {
        u.kind = "volume";
        u.container = ynode_get_text(v, S("name"));
        add(l, ynode_get_text(ynode_get(v, S("image")), S("reference")), u);
    }
}

/* The Job, or the CronJob, around everything. */
static void add_job(listing *l, const ynode *tree, str run) {
    const ynode *spec = ynode_get(tree, S("spec"));
    if (ynode_get(spec, S("jobTemplate"))) spec = ynode_get(ynode_get(spec, S("jobTemplate")), S("spec"));
    str kind = ynode_get_text(tree, S("kind"));
    if (!str_eq(kind, S("Job")) && !str_eq(kind, S("CronJob"))) return;
    add_spec(l, ynode_get(ynode_get(spec, S("template")), S("spec")), (use){.run = run, .task = S("")}, true);
}

static void add_run(listing *l, const run_output *run) {
    for (uint32_t i = 0; i < run->pods.n; i++)
        add_spec(l, ynode_get(run->pods.v[i].pod, S("spec")), (use){.run = run->run->name, .task = task_of(run->pods.v[i].file)}, false);
    for (uint32_t i = 0; i < run->files.n; i++)
        for (uint32_t k = 0; k < run->files.v[i].documents.n; k++) add_job(l, run->files.v[i].documents.v[k], run->run->name);
}

static int by_image(const void *x, const void *y) {
    const used_image *const *a = x, *const *b = y;
    return str_cmp((*a)->name, (*b)->name);
}

static used_image **sorted(listing *l) {
    used_image **all = ARENA_ARRAY(l->a, used_image *, l->by_name.n + 1);
    for (uint32_t i = 0; i < l->by_name.n; i++) all[i] = l->by_name.entries[i].value;
    qsort(all, l->by_name.n, sizeof *all, by_image);
    return all;
}

/* An image that the run makes from results is not one yet. */
static bool is_known(str image) {
    uint32_t at;
    return !str_find(image, S("$("), &at);
}

static str use_text(arena *a, const use *u) {
    str where = u->task.n ? str_fmt(a, "%.*s/%.*s", STR_ARG(u->run), STR_ARG(u->task)) : u->run;
    return str_fmt(a, "%.*s %s %.*s", STR_ARG(where), u->kind, STR_ARG(u->container));
}

/* ---- forms ---------------------------------------------------------------------------------------------------------- */

static str as_text(listing *l) {
    used_image **all = sorted(l);
    strbuf b = {.a = l->a};
    strbuf_reserve(&b, 1);
    for (uint32_t i = 0; i < l->by_name.n; i++) {
        strbuf_addf(&b, "%.*s\n", STR_ARG(all[i]->name));
        for (uint32_t k = 0; k < all[i]->uses.n; k++) {
            const use *u = &all[i]->uses.v[k];
            strbuf_addf(&b, "    %.*s", STR_ARG(use_text(l->a, u)));
            if (u->times > 1) strbuf_addf(&b, " (%u Pods)", u->times);
            strbuf_addc(&b, '\n');
        }
    }
    return strbuf_str(&b);
}

static void put(arena *a, ynode *m, const char *key, str value) {
    if (value.n) ynode_put_str(a, m, str_z(key), value);
}

static const ynode *as_json(listing *l) {
    used_image **all = sorted(l);
    ynode *out = ynode_seq(l->a, NULL);
    for (uint32_t i = 0; i < l->by_name.n; i++) {
        ynode *m = ynode_map(l->a, NULL), *uses = ynode_seq(l->a, NULL);
        put(l->a, m, "image", all[i]->name);
        if (is_known(all[i]->name)) {
            image_name n = image_parse(l->a, all[i]->name);
            put(l->a, m, "registry", n.registry);
            put(l->a, m, "repository", n.repository);
            put(l->a, m, "tag", n.tag);
            put(l->a, m, "digest", n.digest);
        }
        for (uint32_t k = 0; k < all[i]->uses.n; k++) {
            const use *u = &all[i]->uses.v[k];
            ynode *one = ynode_map(l->a, NULL);
            put(l->a, one, "run", u->run);
            put(l->a, one, "task", u->task);
            put(l->a, one, "kind", str_z(u->kind));
            put(l->a, one, "name", u->container);
            ynode_put(l->a, one, S("pods"), ynode_int(l->a, u->times));
            ynode_push(l->a, uses, one);
        }
        ynode_put(l->a, m, S("uses"), uses);
        ynode_push(l->a, out, m);
    }
    return out;
}

/* What a URL's path or query takes as it is. */
static str url(arena *a, str text) {
    strbuf b = {.a = a};
    strbuf_reserve(&b, 1);
    for (uint32_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c)))
            strbuf_addc(&b, (char)c);
        else
            strbuf_addf(&b, "%%%02X", c);
    }
    return strbuf_str(&b);
}

/* pkg:oci/NAME@DIGEST?repository_url=REGISTRY/PATH&tag=TAG, the name being the last part of the repository. */
static str package_url(arena *a, const image_name *n) {
    uint32_t i = n->repository.n;
    while (i && n->repository.p[i - 1] != '/') i--;
    strbuf b = {.a = a};
    strbuf_addf(&b, "pkg:oci/%.*s", STR_ARG(url(a, str_from(n->repository, i))));
    if (n->digest.n) strbuf_addf(&b, "@%.*s", STR_ARG(url(a, n->digest)));
    strbuf_addf(&b, "?repository_url=%.*s", STR_ARG(url(a, image_full(a, n))));
    if (n->tag.n) strbuf_addf(&b, "&tag=%.*s", STR_ARG(url(a, n->tag)));
    return strbuf_str(&b);
}

static const ynode *hashes(arena *a, str digest) {
    uint32_t at;
    if (!str_find(digest, S(":"), &at)) return NULL;
    str kind = str_cut(digest, 0, at), value = str_from(digest, at + 1);
    const char *alg = str_eq(kind, S("sha256")) && value.n == 64 ? "SHA-256" : str_eq(kind, S("sha512")) && value.n == 128 ? "SHA-512" : NULL;
    if (!alg) return NULL;
    ynode *all = ynode_seq(a, NULL), *m = ynode_map(a, NULL);
    put(a, m, "alg", str_z(alg));
    put(a, m, "content", value);
    ynode_push(a, all, m);
    return all;
}

static const ynode *component(arena *a, const used_image *x) {
    ynode *m = ynode_map(a, NULL), *occurrences = ynode_seq(a, NULL), *evidence = ynode_map(a, NULL);
    image_name n = image_parse(a, x->name);
    put(a, m, "type", S("container"));
    put(a, m, "bom-ref", x->name);
    put(a, m, "name", image_full(a, &n));
    put(a, m, "version", n.tag.n ? n.tag : n.digest.n ? n.digest : S("latest"));
    const ynode *sums = hashes(a, n.digest);
    if (sums) ynode_put(a, m, S("hashes"), sums);
    put(a, m, "purl", package_url(a, &n));
    for (uint32_t k = 0; k < x->uses.n; k++) {
        ynode *one = ynode_map(a, NULL);
        put(a, one, "location", use_text(a, &x->uses.v[k]));
        ynode_push(a, occurrences, one);
    }
    ynode_put(a, evidence, S("occurrences"), occurrences);
    ynode_put(a, m, S("evidence"), evidence);
    return m;
}

/* Without a time and a serial number: the same input gives the same bytes. */
static const ynode *as_cyclonedx(listing *l) {
    arena *a = l->a;
    used_image **all = sorted(l);
    ynode *out = ynode_map(a, NULL), *metadata = ynode_map(a, NULL), *tools = ynode_map(a, NULL), *components = ynode_seq(a, NULL);
    ynode *makers = ynode_seq(a, NULL), *us = ynode_map(a, NULL);
    put(a, us, "type", S("application"));
    put(a, us, "name", S("tektonc"));
    put(a, us, "version", S(TEKTONC_VERSION));
    ynode_push(a, makers, us);
    ynode_put(a, tools, S("components"), makers);
    ynode_put(a, metadata, S("tools"), tools);
    for (uint32_t i = 0; i < l->by_name.n; i++)
        if (is_known(all[i]->name)) ynode_push(a, components, component(a, all[i]));
    put(a, out, "bomFormat", S("CycloneDX"));
    put(a, out, "specVersion", S("1.6"));
    ynode_put(a, out, S("version"), ynode_int(a, 1));
    ynode_put(a, out, S("metadata"), metadata);
    ynode_put(a, out, S("components"), components);
    return out;
}

int verb_images(options *o) {
    session s;
    int code = session_open(&s, o);
    if (code != EXIT_OK) return code;
    compile(&s.c);
    code = session_report(&s, STDERR_FILENO);
    if (code != EXIT_OK) return code;
    listing l = {.a = s.a, .by_name = map_new(s.a)};
    for (uint32_t i = 0; i < s.c.outputs.n; i++) add_run(&l, &s.c.outputs.v[i]);
    str text;
    if (!o->bill.n || str_eq(o->bill, S("text")))
        text = as_text(&l);
    else
        text = str_cat(s.a, emit_json_str(s.a, str_eq(o->bill, S("json")) ? as_json(&l) : as_cyclonedx(&l), true), S("\n"));
    return session_write(STDOUT_FILENO, text, S("standard output")) ? EXIT_OK : EXIT_IO;
}
