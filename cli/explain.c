#include "base/diag.h"
#include "cli/verbs.h"
#include "compiler/diags.h"
#include "compiler/schema/schema.h"
#include <stdio.h>

enum { WIDTH = 80 };

/* A paragraph, broken at the width. */
static void print_text(const char *text, int indent) {
    int at = printf("%*s", indent, "");
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (at + 1 + n > WIDTH) {
            putchar('\n');
            at = printf("%*s", indent, "");
        } else if (at > indent) {
            at += printf(" ");
        }
        at += printf("%.*s", n, text);
        text += n + (text[n] == ' ');
    }
    putchar('\n');
}

static const char *severity_name(severity s) {
    return s == SEV_ERROR ? "error" : s == SEV_WARNING ? "warning" : "note";
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

static void list_rules(void) {
    for (int i = 0; i < TK_COUNT; i++)
        printf("%s  %-32s %-8s %s\n", diag_rules[i].id, diag_rules[i].name, severity_name(diag_rules[i].severity),
               diag_rules[i].summary);
}

/* What a rule says, by its name; from the goldens. */
static const struct example_row {
    const char *name, *text;
} examples[] = {
#define EXAMPLE(name, text) {name, text},
#include "cli/examples.def"
#undef EXAMPLE
};

static bool explain_rule(str word) {
    const diag_rule *r = diag_rule_find(word);
    if (!r) return false;
    printf("%s  %s (%s)\n%s.\n\n", r->id, r->name, severity_name(r->severity), r->summary);
    print_text(r->explain, 0);
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        if (strcmp(examples[i].name, r->name) == 0) printf("\nExample:\n\n%s", examples[i].text);
    return true;
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

static const char *kind_name(const field *f) {
    switch ((field_kind)f->kind) {
    case K_STRING: return "string";
    case K_BOOL: return "bool";
    case K_INT32:
    case K_INT64: return "integer";
    case K_DURATION: return "duration, such as 1h30m";
    case K_QUANTITY: return "quantity, such as 500m or 1Gi";
    case K_INT_OR_STRING: return "integer or string";
    case K_STRINGS: return "list of strings";
    case K_STRING_MAP: return "mapping of strings";
    case K_QUANTITY_MAP: return "mapping of quantities";
    case K_VALUE: return "string, list of strings or mapping of strings";
    case K_BYTES_MAP: return "mapping of base64 texts";
    case K_OBJECT: return "object";
    case K_LIST: return "list of objects";
    case K_MAP: return "mapping of objects";
    default: return "any value";
    }
}

static const char *version_name(const field *f) {
    uint32_t versions = f->flags & (FIELD_V1 | FIELD_V1BETA1);
    return versions == FIELD_V1 ? ", only in v1" : versions == FIELD_V1BETA1 ? ", only in v1beta1" : "";
}

static const char *level_name(const field *f) {
    static const char *const levels[] = {"", "beta", "alpha"};
    return levels[f->level];
}

static void print_field(const field *f) {
    printf("%.*s: %s%s%s%s%s\n", STR_ARG(f->json), kind_name(f), f->flags & FIELD_REQUIRED ? ", required" : "", *level_name(f) ? ", " : "",
           level_name(f), version_name(f));
    if (f->doc && *f->doc) print_text(f->doc, 4);
    if (f->default_text && *f->default_text) printf("    Default: %s\n", f->default_text);
    if (*level_name(f)) printf("    Feature level: %s (enable-api-fields: %s)\n", level_name(f), level_name(f));
    if (f->merge_key.n) printf("    Merged by: %.*s\n", STR_ARG(f->merge_key));
    uint32_t variables = f->flags & (FIELD_SUB_TASK | FIELD_SUB_PIPELINE);
    if (variables)
        printf("    Variables $(...) are replaced%s%s%s\n", variables & FIELD_SUB_TASK ? " in a Task" : "",
               variables == (FIELD_SUB_TASK | FIELD_SUB_PIPELINE) ? " and" : "",
               variables & FIELD_SUB_PIPELINE ? " in a Pipeline" : "");
    if (f->flags & FIELD_SUB_POD) puts("    Parameters $(params...) are replaced in a run's pod template");
    if (f->flags & FIELD_SUB_BINDING) puts("    Parameters $(params...) are replaced in a run's workspace binding");
    if (f->flags & FIELD_DEPRECATED) puts("    Deprecated: it has no effect in v1");
}

/* The type in few letters: []Step, Step, string. */
static int print_short(const field *f) {
    static const char *const names[] = {
        [K_STRING] = "string", [K_BOOL] = "bool", [K_INT32] = "integer", [K_INT64] = "integer", [K_DURATION] = "duration", [K_QUANTITY] = "quantity",
        [K_INT_OR_STRING] = "int or string", [K_STRINGS] = "[]string", [K_INTS] = "[]integer", [K_STRING_MAP] = "{}string", [K_QUANTITY_MAP] = "{}quantity",
        [K_VALUE] = "value", [K_ANY] = "any", [K_ANY_OBJECT] = "object", [K_BYTES_MAP] = "{}base64"};
    if (f->kind != K_OBJECT && f->kind != K_LIST && f->kind != K_MAP) return printf("%s", names[f->kind]);
    str name = f->type->name;
    uint32_t space;
    if (str_find(name, S(" "), &space)) name = str_from(name, space + 1);
    return printf("%s%.*s", f->kind == K_LIST ? "[]" : f->kind == K_MAP ? "{}" : "", STR_ARG(name));
}

static void print_words(const char *text, int *at, int column) {
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (*at + 1 + n > WIDTH && *at > column) *at = printf("\n%*s", column, "") - 1;
        if (*at > column) *at += printf(" ");
        *at += printf("%.*s", n, text);
        text += n + (text[n] == ' ');
    }
}

/* A line for each field: name, type, what it is. */
static void print_type(const type *t) {
    enum { TYPES = 24, DOCS = 44 };
    if (!t) return;
    printf("\n%.*s%s%s\n", STR_ARG(t->name), t->doc && *t->doc ? ": " : "", t->doc ? t->doc : "");
    for (uint32_t i = 0; i < t->n; i++) {
        const field *f = &t->fields[i];
        int at = printf("  %.*s", STR_ARG(f->json));
        at += printf("%*s", at < TYPES ? TYPES - at : 1, "");
        at += print_short(f);
        const char *version = version_name(f);
        bool more = (f->doc && *f->doc) || f->flags & FIELD_REQUIRED || *level_name(f) || *version;
        if (more && at >= DOCS) at = printf("\n") - 1;
        if (more) at += printf("%*s", DOCS - at, "");
        if (f->flags & FIELD_REQUIRED) print_words("Required.", &at, DOCS);
        if (f->doc) print_words(f->doc, &at, DOCS);
        if (*level_name(f)) print_words(f->level == LEVEL_BETA ? "(beta)" : "(alpha)", &at, DOCS);
        if (*version) print_words(strstr(version, "beta") ? "(only v1beta1)" : "(only v1)", &at, DOCS);
        putchar('\n');
    }
}

static const type *root_named(str word) {
    uint32_t n;
    const type *const *all = types_all(&n);
    for (uint32_t i = 0; i < n; i++) {
        str name = all[i]->name;
        uint32_t slash;
        if (str_eq_fold(name, word)) return all[i];
        if (str_find(name, S(" "), &slash) && str_eq_fold(str_from(name, slash + 1), word)) return all[i];
    }
    return NULL;
}

static str next_part(str *rest) {
    uint32_t dot;
    str part = *rest;
    if (str_find(*rest, S("."), &dot)) {
        part = str_cut(*rest, 0, dot);
        *rest = str_from(*rest, dot + 1);
    } else {
        *rest = STR_NONE;
    }
    if (str_ends(part, S("[]"))) part.n -= 2;
    return part;
}

static void say_no_field(const options *o, const type *t, str part) {
    str *names = ARENA_ARRAY(o->a, str, t->n + 1);
    for (uint32_t i = 0; i < t->n; i++) names[i] = t->fields[i].json;
    say_unknown(str_fmt(o->a, "%.*s has no field ", STR_ARG(t->name)).p, part, names, t->n, "");
}

static int explain_path(const options *o, str path) {
    str rest = path;
    str root = next_part(&rest);
    const type *t = root_named(root);
    const field *f = NULL;
    if (!t) return say("there is no rule and no kind %.*s", STR_ARG(root)), EXIT_USAGE;
    while (rest.p) {
        str part = next_part(&rest);
        if (!t) return say("%.*s has no fields of its own", STR_ARG(f->json)), EXIT_USAGE;
        const type *in = t;
        f = type_field_fold(t, part);
        if (!f) return say_no_field(o, in, part), EXIT_USAGE;
        t = f->type;
    }
    if (f) print_field(f);
    print_type(t);
    return EXIT_OK;
}

int verb_explain(options *o) {
    int code = EXIT_OK;
    if (!o->inputs.n) list_rules();
    for (uint32_t i = 0; i < o->inputs.n; i++) {
        if (i) putchar('\n');
        if (explain_rule(o->inputs.v[i])) continue;
        int c = explain_path(o, o->inputs.v[i]);
        if (c) code = c;
    }
    return code;
}
