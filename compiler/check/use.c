#include "compiler/check/parts.h"
#include "grammar/detect.h"
#include "grammar/ref.h"

/* The texts of a step in which Tekton looks for variables. Those with numbers or names of their own say which entry. */
typedef enum use_field { USE_TEXT, USE_ITEM, USE_ENV, USE_ON_ERROR } use_field;

typedef struct use {
    const check_ctx *c;
    const param_scope *scope;
    unsigned rules;
} use;

typedef struct use_text {
    const ynode *text;
    use_field field;
    const char *name; /* of the field, for people */
    uint32_t index;   /* USE_ITEM */
    str env;          /* USE_ENV */
} use_text;

/* ---- reading variables ------------------------------------------------------------------------------------------ */
/* Tekton takes every [], [12], [*], [12*] out of a name before it looks it up. */
static str without_indexes(arena *a, str s) {
    if (!s.n || !memchr(s.p, '[', s.n)) return s;
    char *out = arena_copy(a, s.p, s.n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < s.n;) {
        uint32_t j = i + 1;
        if (s.p[i] == '[') {
            while (j < s.n && s.p[j] >= '0' && s.p[j] <= '9') j++;
            if (j < s.n && s.p[j] == '*') j++;
            if (j < s.n && s.p[j] == ']') {
                i = j + 1;
                continue;
            }
        }
        out[n++] = s.p[i++];
    }
    return (str){out, n};
}

static str without_star(str s) { return str_ends(s, S("[*]")) ? str_cut(s, 0, s.n - 3) : s; }

static bool first_dot(str s, uint32_t *at) { return s.n && str_find(s, S("."), at); }

/* The first part of the dot form, all of the bracket form; `rest` is what follows the dot. */
static str first_part(str v, char form, str *rest) {
    uint32_t dot;
    *rest = STR_NONE;
    if (form != '.' || !first_dot(v, &dot)) return v;
    *rest = str_from(v, dot + 1);
    return str_cut(v, 0, dot);
}

str variable_name(arena *a, str v, char form) {
    str rest;
    return without_indexes(a, first_part(v, form, &rest));
}

bool variable_too_long(str v, char form) {
    str rest;
    uint32_t dot;
    first_part(v, form, &rest);
    return first_dot(rest, &dot);
}

/* ---- messages --------------------------------------------------------------------------------------------------- */
static str label(const check_ctx *c, const use_text *t) {
    if (t->field == USE_ITEM) return str_fmt(c->a, "%s[%u]", t->name, t->index);
    if (t->field == USE_ENV) return str_fmt(c->a, "env %.*s", STR_ARG(t->env));
    return str_z(t->name);
}

static diag *report(const check_ctx *c, const diag_rule *rule, const use_text *t, const hit *h, const char *problem) {
    str text = str_cut(ynode_text(t->text), h->at, h->end), field_name = label(c, t);
    return check_report_(c, rule, text_range(c, t->text, h->at, h->end), "`%.*s` uses %.*s: %s", STR_ARG(field_name),
                         STR_ARG(text), problem);
}
#define USE_REPORT(c, ident, t, h, problem) report((c), &diag_rules[TK_##ident], (t), (h), (problem))

static void too_long(const check_ctx *c, const use_text *t, const hit *h, const char *prefix) {
    diag *x = USE_REPORT(c, REFERENCE_PARTS, t, h, "too many parts");
    diag_help(c->d, x, "for a name with dots write `$(%s[\"%.*s\"])`", prefix, STR_ARG(h->name));
}

static void undeclared(const use *u, const use_text *t, const hit *h, str name, str rest) {
    str problem = str_fmt(u->c->a, "no parameter `%.*s` is declared", STR_ARG(name));
    diag *x = USE_REPORT(u->c, PARAM_UNDECLARED, t, h, problem.p);
    str whole = without_indexes(u->c->a, h->name);
    uint32_t dot;
    if (rest.p && param_scope_has(u->scope, whole))
        diag_help(u->c->d, x, "a name with a dot needs the bracket form: `$(params[\"%.*s\"])`", STR_ARG(whole));
    else if (h->form != '.' && first_dot(name, &dot) &&
             param_scope_find(u->scope, str_cut(name, 0, dot), 1u << PARAM_OBJECT))
        diag_help(u->c->d, x, "the bracket form does not reach keys: write `$(params.%.*s)`", STR_ARG(name));
    else
        param_scope_help(u->c, x, u->scope, name);
}

/* ---- USE-01..07 ------------------------------------------------------------------------------------------------- */
static void check_keys(const use *u, const use_text *t, const hit *h, str object, str rest) {
    str key = without_indexes(u->c->a, rest);
    for (const param_scope *s = u->scope; s; s = s->outer) {
        param_entry *e = map_get(&s->by_name, object);
        if (!e || !(e->types & 1u << PARAM_OBJECT) || param_entry_has_key(u->c, e, key)) continue;
        str problem = str_fmt(u->c->a, "object `%.*s` declares no key `%.*s`", STR_ARG(object), STR_ARG(key));
        diag *x = USE_REPORT(u->c, OBJECT_KEY, t, h, problem.p);
        diag_note_at(u->c->d, x, place_of(e->spec->properties, &e->spec->h), "the object is declared here");
        help_nearest(u->c, x, key, &e->keys, NULL);
    }
}

static void check_declared(const use *u, const use_text *t, const hit *h) {
    str rest, first = first_part(h->name, h->form, &rest), name = without_indexes(u->c->a, first);
    if (!param_scope_has(u->scope, name)) undeclared(u, t, h, name, rest);
    if (rest.p) check_keys(u, t, h, first, rest);
    param_entry *e =
        t->field == USE_ON_ERROR ? NULL : param_scope_find(u->scope, without_star(h->name), 1u << PARAM_OBJECT);
    if (!e) return;
    diag *x = USE_REPORT(u->c, OBJECT_WHOLE, t, h, "a whole object can't be part of a text");
    if (ynode_count(e->spec->properties)) {
        str key = e->spec->properties->pairs[0].key, object = ynode_text(e->spec->name);
        diag_help(u->c->d, x, "use its keys, such as `$(params.%.*s.%.*s)`", STR_ARG(object), STR_ARG(key));
    }
}

static void check_arrays(const use *u, const use_text *t, const hit *h) {
    str rest, name = without_star(first_part(h->name, h->form, &rest));
    param_entry *e = param_scope_find(u->scope, name, 1u << PARAM_ARRAY);
    if (!e || t->field == USE_ON_ERROR) return;
    diag *x;
    if (t->field == USE_ITEM) {
        if (h->end - h->at == ynode_text(t->text).n) return;
        x = USE_REPORT(u->c, ARRAY_MIXED, t, h, "a whole array must stand alone");
        diag_help(u->c->d, x, "make it an entry of its own, or use an element: `$(params.%.*s[0])`", STR_ARG(name));
    } else {
        x = USE_REPORT(u->c, ARRAY_WHOLE, t, h, "a whole array can't be part of a text");
        diag_help(u->c->d, x, "use an element, `$(params.%.*s[0])`, or pass the array in `args`", STR_ARG(name));
    }
    diag_note_at(u->c->d, x, place_of(e->spec->name, &e->spec->h), "the array is declared here");
}

static void check_params_in(const use *u, const use_text *t) {
    hit h;
    for (uint32_t from = 0; detect_prefixed(ynode_text(t->text), S("params"), from, &h); from = h.end) {
        if (variable_too_long(h.name, h.form)) {
            if (u->rules & USES_DECLARED || t->field != USE_ON_ERROR) too_long(u->c, t, &h, "params");
            continue;
        }
        if (u->rules & USES_DECLARED) check_declared(u, t, &h);
        if (u->rules & USES_ARRAYS) check_arrays(u, t, &h);
    }
}

/* ---- USE-08 ----------------------------------------------------------------------------------------------------- */
static const struct context_root {
    const char *prefix;
    const char *names[3];
} context_roots[] = {
    {"context.taskRun", {"name", "namespace", "uid"}},
    {"context.task", {"name", "retry-count"}},
};

static void check_context_in(const use *u, const use_text *t) {
    hit h;
    for (uint32_t i = 0; i < sizeof context_roots / sizeof *context_roots; i++) {
        const struct context_root *root = &context_roots[i];
        for (uint32_t from = 0; detect_prefixed(ynode_text(t->text), str_z(root->prefix), from, &h); from = h.end) {
            if (variable_too_long(h.name, h.form)) {
                too_long(u->c, t, &h, root->prefix);
                continue;
            }
            str name = variable_name(u->c->a, h.name, h.form);
            map names = map_new(u->c->a);
            for (uint32_t k = 0; k < 3 && root->names[k]; k++) map_add(&names, str_z(root->names[k]), NULL);
            if (map_has(&names, name)) continue;
            str problem = str_fmt(u->c->a, "%s has no `%.*s`", root->prefix, STR_ARG(name));
            diag *x = USE_REPORT(u->c, CONTEXT_VARIABLE, t, &h, problem.p);
            help_nearest(u->c, x, name, &names,
                         i == 0 ? "there are `name`, `namespace` and `uid`" : "there are `name` and `retry-count`");
        }
    }
}

/* ---- the texts of a step ---------------------------------------------------------------------------------------- */
static void check_text(const use *u, const use_text t) {
    if (!t.text || t.text->kind != Y_STR || ref_none(t.text->text)) return;
    if (u->rules & (USES_DECLARED | USES_ARRAYS)) check_params_in(u, &t);
    if (u->rules & USES_CONTEXT) check_context_in(u, &t);
}

static void check_field(const use *u, const ynode *text, const char *name) {
    check_text(u, (use_text){.text = text, .name = name});
}

static void check_items(const use *u, const ynode *items, const char *name) {
    YNODE_EACH(i, item, items) check_text(u, (use_text){.text = item, .field = USE_ITEM, .name = name, .index = i});
}

static void check_env(const use *u, const ynode *env) {
    YNODE_EACH(i, item, env)
        check_text(
            u,
            (use_text){.text = ynode_get(item, S("value")), .field = USE_ENV, .env = ynode_get_text(item, S("name"))});
}

static void check_step(const use *u, const Step *s) {
    check_field(u, s->name, "name");
    check_field(u, s->image, "image");
    check_field(u, s->workingDir, "workingDir");
    check_field(u, s->script, "script");
    check_items(u, s->command, "command");
    check_items(u, s->args, "args");
    check_env(u, s->env);
    YNODE_EACH(i, mount, s->volumeMounts) {
        check_field(u, ynode_get(mount, S("name")), "volumeMounts name");
        check_field(u, ynode_get(mount, S("mountPath")), "mountPath");
        check_field(u, ynode_get(mount, S("subPath")), "subPath");
    }
    check_text(u, (use_text){.text = s->onError, .field = USE_ON_ERROR, .name = "onError"});
}

void check_uses(const check_ctx *c, const TaskSpec *spec, const param_scope *scope, unsigned rules) {
    use u = {c, scope, rules};
    Step_list steps = check_merged_steps(c, spec);
    LIST_EACH(Step, s, steps) check_step(&u, s);
}

void check_uses_step_action(const check_ctx *c, const StepActionSpec *spec, const param_scope *scope) {
    use u = {c, scope, USES_DECLARED | USES_ARRAYS};
    check_field(&u, spec->image, "image");
    check_items(&u, spec->command, "command");
    check_items(&u, spec->args, "args");
    check_env(&u, spec->env);
    YNODE_EACH(i, mount, spec->volumeMounts) check_field(&u, ynode_get(mount, S("name")), "volumeMounts name");
}

/* ---- USE-09, STP-16, SA-07 ------------------------------------------------------------------------------------ */
void check_result_uses(const check_ctx *c, const ynode *script, str prefix, const map *results) {
    use_text t = {.text = script, .name = "script"};
    bool of_step = !str_eq(prefix, S("results"));
    hit h;
    for (uint32_t from = 0; detect_prefixed(ynode_text(script), prefix, from, &h); from = h.end) {
        str name = variable_name(c->a, h.name, h.form);
        if (variable_too_long(h.name, h.form)) {
            diag *x = USE_REPORT(c, REFERENCE_PARTS, &t, &h, "too many parts");
            uint32_t last = h.name.n;
            while (last && h.name.p[last - 1] != '.') last--;
            diag_help(c->d, x, "for a name with dots write `$(%.*s[\"%.*s\"].path)`", STR_ARG(prefix), (int)last - 1,
                      h.name.p);
        } else if (!map_has(results, name)) {
            str problem = str_fmt(c->a, "no result `%.*s` is declared", STR_ARG(name));
            diag *x = report(c, &diag_rules[of_step ? TK_STEP_SCRIPT_RESULT : TK_SCRIPT_RESULT], &t, &h, problem.p);
            help_nearest(c, x, name, results,
                         of_step ? "declare it in `results` of the step" : "declare it in `results`");
        }
    }
}
