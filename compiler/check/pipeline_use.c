#include "compiler/check/pipeline.h"
#include "grammar/detect.h"
#include "grammar/ref.h"

/* How a whole array or object may stand in a text. */
typedef enum use_form {
    FORM_TEXT,  /* not at all */
    FORM_ITEM,  /* item of an array: a whole array alone */
    FORM_VALUE, /* a parameter's value: any whole parameter alone, with a star */
} use_form;

typedef struct use_place {
    const check_ctx *c;
    const param_scope *scope;
    const PipelineTask *task;
    const char *kind; /* "param", "matrix param", "when" */
    str name;         /* of the parameter, or none */
    const char *part; /* "input" */
    uint32_t index;   /* of the entry of `when` */
    bool in_values;
} use_place;

static str place_name(const use_place *u) {
    if (u->part) return str_fmt(u->c->a, "`%s[%u].%s`", u->kind, u->index, u->part);
    return str_fmt(u->c->a, "%s `%.*s`", u->kind, STR_ARG(u->name));
}

static diag *report(const use_place *u, const diag_rule *rule, const ynode *text, const hit *h, str problem) {
    return check_report_(u->c, rule, text_range(u->c, text, h->at, h->end), "%.*s of task `%.*s` uses %.*s: %.*s",
                         STR_ARG(place_name(u)), NAME_ARG(u->task->name),
                         STR_ARG(str_cut(ynode_text(text), h->at, h->end)), STR_ARG(problem));
}
#define USE_REPORT(u, ident, text, h, problem) report((u), &diag_rules[TK_##ident], (text), (h), (problem))

static str without_star(str s) { return str_ends(s, S("[*]")) ? str_cut(s, 0, s.n - 3) : s; }

/* The first part of the dot form with its index; all of the bracket form. `key`: what follows the dot. */
static str first_part(const hit *h, str *key) {
    uint32_t dot;
    *key = STR_NONE;
    if (h->form != '.' || !str_find(h->name, S("."), &dot)) return h->name;
    *key = str_from(h->name, dot + 1);
    return str_cut(h->name, 0, dot);
}

static bool check_exists(const use_place *u, const ynode *text, const hit *h) {
    const check_ctx *c = u->c;
    if (variable_too_long(h->name, h->form)) {
        diag *x = USE_REPORT(u, PIPELINE_PARAM_PARTS, text, h, S("too many parts"));
        diag_help(c->d, x, "for a name with dots write `$(params[\"%.*s\"])`", STR_ARG(without_star(h->name)));
        return false;
    }
    str name = variable_name(c->a, h->name, h->form);
    if (param_scope_has(u->scope, name)) return true;
    diag *x = USE_REPORT(u, PIPELINE_PARAM_UNDECLARED, text, h,
                         str_fmt(c->a, "no parameter `%.*s` is declared", STR_ARG(name)));
    if (h->form == '.' && name.n < h->name.n && param_scope_has(u->scope, without_star(h->name)))
        diag_help(c->d, x, "a name with a dot needs the bracket form: `$(params[\"%.*s\"])`", STR_ARG(h->name));
    else
        param_scope_help(c, x, u->scope, name);
    if (!x->help.n) diag_help(c->d, x, "declare it in `params` of the Pipeline, or correct the name");
    return false;
}

/* Tekton knows objects of a Pipeline by their keys, so one that declares none is no object here. */
static param_entry *find_object(const use_place *u, str name) {
    param_entry *e = param_scope_find(u->scope, name, 1u << PARAM_OBJECT);
    return e && ynode_count(e->spec->properties) ? e : NULL;
}

static void check_key(const use_place *u, const ynode *text, const hit *h) {
    str key, object = first_part(h, &key);
    param_entry *e = key.p ? find_object(u, object) : NULL;
    if (!e) return;
    str name = variable_name(u->c->a, key, '.');
    if (param_entry_has_key(u->c, e, name)) return;
    diag *x = USE_REPORT(u, PIPELINE_PARAM_KEY, text, h,
                         str_fmt(u->c->a, "object `%.*s` declares no key `%.*s`", STR_ARG(object), STR_ARG(name)));
    diag_note_at(u->c->d, x, place_of(e->spec->properties, &e->spec->h), "the object is declared here");
    help_nearest(u->c, x, name, &e->keys, NULL);
}

static void note_declared(const use_place *u, diag *x, const param_entry *e) {
    if (e->spec->name && e->spec->name->at) diag_note_at(u->c->d, x, e->spec->name, "the parameter is declared here");
}

static void check_whole(const use_place *u, const ynode *text, const hit *h, use_form form) {
    const check_ctx *c = u->c;
    str key, name = without_star(first_part(h, &key)), whole = without_star(h->name);
    bool alone = h->end - h->at == ynode_text(text).n;
    param_entry *array = param_scope_find(u->scope, name, 1u << PARAM_ARRAY), *object = find_object(u, whole);
    if (array && form == FORM_ITEM) {
        if (alone) return;
        diag *x = USE_REPORT(u, PIPELINE_PARAM_MIXED, text, h, S("a whole array must stand alone"));
        diag_help(c->d, x, "make it an item of its own, or use an element: `$(params.%.*s[0])`", STR_ARG(name));
        note_declared(u, x, array);
    } else if (array || object) {
        diag *x = USE_REPORT(u, PIPELINE_PARAM_WHOLE, text, h,
                             array ? S("a whole array can't be part of a text")
                                   : S("a whole object can't be part of a text"));
        bool takes_star = form == FORM_VALUE || (array && u->in_values); /* where NAME[*] alone is fine */
        if (alone && takes_star && !str_ends(h->name, S("[*]")))
            diag_help(c->d, x, "to pass it on as a whole write `$(params.%.*s[*])`", STR_ARG(array ? name : whole));
        else if (array)
            diag_help(c->d, x, "use an element: `$(params.%.*s[0])`", STR_ARG(name));
        else
            diag_help(c->d, x, "use a key: `$(params.%.*s.KEY)`", STR_ARG(whole));
        note_declared(u, x, array ? array : object);
    }
}

/* $(params.NAME[*]) and nothing else, NAME of letters, digits and _ . - */
static bool is_whole_alone(const ynode *text, const hit *h) {
    if (h->end - h->at != ynode_text(text).n || !str_ends(h->name, S("[*]")) || h->name.n == 3) return false;
    for (uint32_t i = 0; i < h->name.n - 3; i++) {
        char b = h->name.p[i];
        if (!((b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_' || b == '.' ||
              b == '-'))
            return false;
    }
    return true;
}

static void check_text(const use_place *u, const ynode *text, use_form form) {
    str s = ynode_text(text);
    hit h;
    if (!s.n || ref_none(s)) return;
    for (uint32_t from = 0; detect_prefixed(s, S("params"), from, &h); from = h.end) {
        if (!check_exists(u, text, &h) || (form == FORM_VALUE && is_whole_alone(text, &h))) continue;
        check_key(u, text, &h);
        check_whole(u, text, &h, form);
    }
}

/* ---- where they stand ---------------------------------------------------------------------------------------------
 */
static void check_params(use_place u, const Param_list *params) {
    u.kind = "param";
    LIST_EACH(Param, p, *params) {
        u.name = ynode_text(p->name);
        VALUE_EACH(i, text, p->value)
        check_text(&u, text,
                   ynode_is(p->value, Y_SEQ)   ? FORM_ITEM
                   : ynode_is(p->value, Y_MAP) ? FORM_TEXT
                                               : FORM_VALUE);
    }
}

static void check_matrix(use_place u, const Matrix *m) {
    u.kind = "matrix include param";
    LIST_EACH(IncludeParams, include, m->include) LIST_EACH(Param, p, include->params) {
        u.name = ynode_text(p->name);
        if (ynode_is(p->value, Y_STR)) check_text(&u, p->value, FORM_TEXT);
    }
    u.kind = "matrix param";
    LIST_EACH(Param, p, m->params) {
        u.name = ynode_text(p->name);
        YNODE_EACH(i, item, p->value) check_text(&u, item, FORM_ITEM);
    }
}

/* Whether `text` is exactly $(params.ARRAY[*]): the only whole array that a value of `when` can be. */
static bool is_array_star(const use_place *u, str text) {
    str before = S("$(params."), after = S("[*])");
    if (!str_starts(text, before) || !str_ends(text, after) || text.n < before.n + after.n) return false;
    return param_scope_find(u->scope, str_cut(text, before.n, text.n - after.n), 1u << PARAM_ARRAY) != NULL;
}

static void check_when_uses(use_place u, const WhenExpression_list *when) {
    u.kind = "when";
    LIST_EACH(WhenExpression, w, *when) {
        u.index = w_i;
        u.part = "input";
        u.in_values = false;
        check_text(&u, w->input, FORM_TEXT);
        u.part = "values";
        u.in_values = true;
        YNODE_EACH(i, text, w->values)
        check_text(&u, text, is_array_star(&u, ynode_text(text)) ? FORM_ITEM : FORM_TEXT);
    }
}

void check_pipeline_uses(const check_ctx *c, const PipelineTask_list *tasks, const param_scope *scope) {
    LIST_EACH(PipelineTask, t, *tasks) {
        use_place u = {.c = c, .scope = scope, .task = t};
        check_params(u, &t->params);
        if (t->matrix) check_matrix(u, t->matrix);
        check_when_uses(u, &t->when);
    }
}
