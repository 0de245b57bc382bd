#include "cli/settings.h"
#include "cli/input.h"
#include "cli/render.h"
#include "compiler/diags.h"
#include "compiler/readrules.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char default_file[] = ".tektonc.yaml";

/* YAML takes `off` for a boolean. */
static str severity_word(const ynode *n) { return ynode_is(n, Y_BOOL) && !ynode_true(n) ? S("off") : ynode_text(n); }

/* rules: {TK0923: off} is --rule=TK0923=off. */
static const char *set_rules(arena *a, options *o, const ynode *tree) {
    words values = {0};
    if (tree->kind == Y_NULL) return NULL;
    if (tree->kind != Y_MAP) return "a mapping of rules to severities is expected";
    for (uint32_t i = 0; i < tree->n; i++) {
        str rule = tree->pairs[i].key, severity_ = severity_word(tree->pairs[i].value);
        vec_push(a, &values, str_fmt(a, "%.*s=%.*s", STR_ARG(rule), STR_ARG(severity_)));
    }
    return options_set(o, S("rule"), &values);
}

bool settings_set(arena *a, options *o, const ynode *tree) {
    bool ok = true;
    for (uint32_t i = 0; i < tree->n; i++) {
        const ynode *value = tree->pairs[i].value;
        words values = {0};
        YNODE_EACH(k, item, value) vec_push(a, &values, ynode_text(item));
        if (value->kind != Y_SEQ) vec_push(a, &values, ynode_text(value));
        str key = tree->pairs[i].key;
        const char *wrong = str_eq(key, S("rules")) ? set_rules(a, o, value) : options_set(o, key, &values);
        if (!wrong) continue;
        say("%.*s: %.*s: %s", STR_ARG(o->settings), STR_ARG(key), wrong);
        ok = false;
    }
    return ok;
}

static int read_file(arena *a, options *o, str path) {
    str text;
    o->settings = path;
    if (!input_file(a, path, &text)) return EXIT_IO;
    sources s = sources_new(a); /* of its own: places of the input begin with the input */
    diags d = {.a = a, .table = diag_rules, .sources = &s};
    ynode_list documents = {0};
    source *src;
    if (!source_add(&s, path, text, &src)) return EXIT_IO;
    read_documents(a, src, &d, &tekton_read_rules, &documents);
    if (d.errors) {
        rendering r = {.a = a, .sources = &s, .d = &d};
        str messages = render(&r, S("text"));
        fwrite(messages.p, 1, messages.n, stderr);
        return EXIT_USAGE;
    }
    if (!documents.n) return EXIT_OK;
    if (documents.n == 1 && documents.v[0]->kind == Y_MAP) return settings_set(a, o, documents.v[0]) ? EXIT_OK : EXIT_USAGE;
    say("%.*s: one mapping of option names to values is expected", STR_ARG(path));
    return EXIT_USAGE;
}

/* $XDG_CONFIG_HOME/tektonc/config.yaml, else ~/.config/…; STR_NONE when it is not there. */
static str user_file(arena *a) {
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    str path = STR_NONE;
    if (config && *config == '/')
        path = str_fmt(a, "%s/tektonc/config.yaml", config);
    else if (home && *home == '/')
        path = str_fmt(a, "%s/.config/tektonc/config.yaml", home);
    return path.n && access(path.p, F_OK) == 0 ? path : STR_NONE;
}

/* The project's before the user's: what comes first counts. */
int settings_read(arena *a, options *o) {
    str project = o->settings, user = user_file(a);
    int code = EXIT_OK;
    if (!project.n && access(default_file, F_OK) == 0) project = str_z(default_file);
    if (project.n) code = read_file(a, o, project);
    return code == EXIT_OK && user.n ? read_file(a, o, user) : code;
}
