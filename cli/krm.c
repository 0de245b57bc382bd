/* tektonc krm: a function of kustomize and kpt. A ResourceList comes in, the same with manifests in place of Tekton's objects
 * goes out. docs/cli.md */
#include "base/emit.h"
#include "cli/documents.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "cli/severity.h"
#include "cli/verbs.h"
#include "compiler/diags.h"
#include <unistd.h>

typedef struct function {
    arena *a;
    options *o;
    session s;
    const ynode *list;   /* the ResourceList */
    ynode *items;        /* that go out */
    ynode_list compiled; /* that are compiled, without kustomize's marks */
    bool any;            /* of Tekton's */
} function;

static bool is_tekton(const ynode *item) { return str_starts(ynode_get_text(item, S("apiVersion")), S("tekton.dev/")); }

/* kustomize and kpt keep notes in annotations; they would go on into the Pods. */
static bool is_note(str key) {
    return str_starts(key, S("config.kubernetes.io/")) || str_starts(key, S("internal.config.kubernetes.io/")) || str_eq(key, S("config.k8s.io/id"));
}

static const ynode *without_notes(arena *a, const ynode *item) {
    const ynode *metadata = ynode_get(item, S("metadata")), *annotations = ynode_get(metadata, S("annotations")), *left = annotations;
    for (uint32_t i = 0; i < ynode_count(annotations); i++)
        if (annotations->kind == Y_MAP && is_note(annotations->pairs[i].key)) left = ynode_without(a, left, annotations->pairs[i].key);
    if (left == annotations) return item;
    ynode *out = ynode_copy(a, item), *with = ynode_copy(a, metadata);
    ynode_set(a, with, S("annotations"), left);
    if (!left->n) with = ynode_copy(a, ynode_without(a, with, S("annotations")));
    ynode_set(a, out, S("metadata"), with);
    return out;
}

/* data of a ConfigMap, where lists are lines; spec of anything else. */
static const ynode *options_of(arena *a, const ynode *given) {
    const ynode *data = ynode_get(given, S("data"));
    if (!str_eq(ynode_get_text(given, S("kind")), S("ConfigMap"))) return ynode_get(given, S("spec"));
    if (!ynode_is(data, Y_MAP)) return NULL;
    ynode *out = ynode_copy(a, data);
    for (uint32_t i = 0; i < data->n; i++) {
        str text = ynode_text(data->pairs[i].value);
        uint32_t at;
        if (!str_find(str_trim(text), S("\n"), &at)) continue;
        ynode *lines = ynode_seq(a, NULL);
        for (uint32_t from = 0, to; from < text.n; from = to + 1) {
            for (to = from; to < text.n && text.p[to] != '\n';) to++;
            str line = str_trim(str_cut(text, from, to));
            if (line.n) ynode_push(a, lines, ynode_str(a, line, NULL));
        }
        out->pairs[i].value = lines;
    }
    return out;
}

static bool set_options(function *f) {
    static const char *const refused[] = {"output", "emit", "layout", "check", "json", "format"};
    const ynode *given = options_of(f->a, ynode_get(f->list, S("functionConfig")));
    f->o->settings = S("functionConfig");
    f->o->verb = VERB_COMPILE; /* its options are */
    if (!given) return true;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (ynode_get(given, str_z(refused[i]))) return say("functionConfig: a function has no option %s", refused[i]), false;
    if (given->kind != Y_MAP) return say("functionConfig: spec is a mapping of options to values"), false;
    return settings_set(f->a, f->o, given);
}

static bool read_list(function *f) {
    sources s = sources_new(f->a);
    ynode_list documents = {0};
    words files = {0};
    vec_push(f->a, &files, S("-"));
    if (documents_read(f->a, &files, &s, &documents) != EXIT_OK) return false;
    if (documents.n != 1 || !str_eq(ynode_get_text(documents.v[0], S("kind")), S("ResourceList")))
        return say("one ResourceList is expected on standard input"), false;
    f->list = documents.v[0];
    f->items = ynode_seq(f->a, NULL);
    const ynode *given = ynode_get(f->list, S("items"));
    if (given && given->kind != Y_SEQ && given->kind != Y_NULL) return say("items of a ResourceList is a list"), false;
    YNODE_EACH(i, item, given) {
        vec_push(f->a, &f->compiled, without_notes(f->a, item));
        if (is_tekton(item))
            f->any = true;
        else
            ynode_push(f->a, f->items, item);
    }
    return true;
}

/* The items as one text: that is what the compiler reads. */
static bool add_source(function *f) {
    strbuf b = {.a = f->a};
    for (uint32_t i = 0; i < f->compiled.n; i++) {
        strbuf_add(&b, S("---\n"));
        strbuf_add(&b, emit_yaml_str(f->a, f->compiled.v[i]));
    }
    return source_add(&f->s.sources, S("<items>"), strbuf_str(&b), NULL) || (say("the input is larger than 4 GiB"), false);
}

/* All but the objects of the input, which pass as they are. */
static void add_manifests(function *f) {
    for (uint32_t i = 0; i < f->s.c.outputs.n; i++) {
        const output_files *files = &f->s.c.outputs.v[i].files;
        for (uint32_t k = 0; k < files->n; k++) {
            if (str_starts(files->v[k].path, S("objects."))) continue;
            for (uint32_t j = 0; j < files->v[k].documents.n; j++) ynode_push(f->a, f->items, files->v[k].documents.v[j]);
        }
    }
}

static const ynode *results(function *f) {
    static const char *const severities[] = {"info", "info", "warning", "error"};
    ynode *out = ynode_seq(f->a, NULL);
    for (uint32_t i = 0; i < f->s.d.list.n; i++) {
        const diag *d = &f->s.d.list.v[i];
        ynode *m = ynode_map(f->a, NULL);
        ynode_put_str(f->a, m, S("message"), str_fmt(f->a, "%s: %.*s%s%.*s", d->rule->id, STR_ARG(d->text), d->help.n ? "; " : "", STR_ARG(d->help)));
        ynode_put_str(f->a, m, S("severity"), str_z(severities[d->severity]));
        ynode_push(f->a, out, m);
    }
    return out;
}

static int write_list(function *f, int code) {
    ynode *out = ynode_map(f->a, NULL);
    const ynode *asked = ynode_get(f->list, S("functionConfig")), *said = results(f);
    ynode_put_str(f->a, out, S("apiVersion"), S("config.kubernetes.io/v1"));
    ynode_put_str(f->a, out, S("kind"), S("ResourceList"));
    ynode_put(f->a, out, S("items"), code == EXIT_OK ? f->items : ynode_get(f->list, S("items")) ? ynode_get(f->list, S("items")) : f->items);
    if (asked) ynode_put(f->a, out, S("functionConfig"), asked);
    if (said->n) ynode_put(f->a, out, S("results"), said);
    return session_write(STDOUT_FILENO, emit_yaml_str(f->a, out), S("standard output")) ? code : EXIT_IO;
}

int verb_krm(options *o) {
    function f = {.a = o->a, .o = o};
    if (!read_list(&f)) return EXIT_INPUT;
    if (!f.any) return write_list(&f, EXIT_OK);
    if (!set_options(&f)) return EXIT_USAGE;
    o->layout = S("plain");
    /* Nothing but the list counts: no settings of this folder or user. */
    f.s = (session){.a = f.a, .o = o, .sources = sources_new(f.a)};
    f.s.d = (diags){.a = f.a, .table = diag_rules, .sources = &f.s.sources};
    int code = severity_read(f.a, &f.s.d, o);
    if (code == EXIT_OK) code = add_source(&f) ? session_ready(&f.s) : EXIT_IO;
    if (code != EXIT_OK) return code;
    compile(&f.s.c);
    code = session_report(&f.s, STDERR_FILENO);
    if (code == EXIT_IO) return code;
    add_manifests(&f);
    return write_list(&f, code);
}
