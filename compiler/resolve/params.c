/* Parameters of a run: what is given against what is declared, defaults, and the scopes made of them.
 * Facts: validation.md D.3, D.4, D.7, RT-P07..P11, RT-P18, RT-T05..T07. */
#include "compiler/check/parts.h"
#include "compiler/run.h"
#include "grammar/detect.h"

static param_value *find(const param_values *v, str name) {
    for (uint32_t i = v->n; i-- > v->indexed;) /* the last of equal names counts */
        if (str_eq(v->v[i].name, name)) return &v->v[i];
    uintptr_t known = v->index ? (uintptr_t)map_get(v->index, name) : 0;
    return known ? &v->v[known - 1] : NULL;
}

const ynode *params_get(const param_values *v, str name) {
    const param_value *p = v ? find(v, name) : NULL;
    return p ? p->value : NULL;
}

/* Most lists are short, and looked through; of a long one the rest behind the index is kept short. */
static void index_long(arena *a, param_values *v) {
    enum { SHORT = 16 };
    if (v->n - v->indexed < SHORT) return;
    if (!v->index) {
        v->index = ARENA_NEW(a, map);
        *v->index = map_new(a);
    }
    for (; v->indexed < v->n; v->indexed++) map_put(v->index, v->v[v->indexed].name, (void *)(uintptr_t)(v->indexed + 1));
}

void params_put(arena *a, param_values *v, str name, const ynode *given) {
    param_value *p = find(v, name);
    if (p)
        p->value = given;
    else
        params_append(a, v, (param_value){name, given});
}

void params_append(arena *a, param_values *v, param_value more) {
    index_long(a, v);
    vec_push(a, v, more);
}

value_type spec_type(const ParamSpec *p) {
    param_type t = param_type_of(p);
    return t == PARAM_ARRAY ? TYPE_ARRAY : t == PARAM_OBJECT ? TYPE_OBJECT : TYPE_STRING;
}

static value_type type_of(const run_ctx *c, const ynode *v) {
    if (v->kind == Y_SEQ) return TYPE_ARRAY;
    if (v->kind == Y_MAP) return TYPE_OBJECT;
    const vtree *only = v->kind == Y_STR ? mark_only(c->m, v->text) : NULL;
    return only ? only->type : TYPE_STRING;
}

static const char *const type_text[] = {
    [TYPE_STRING] = "a string", [TYPE_ARRAY] = "an array", [TYPE_OBJECT] = "an object"};

/* --- given against declared ----------------------------------------------------------------------------------- */

static void check_keys(run_ctx *c, const ParamSpec *p, const ynode *given, const ynode *where, str what) {
    uint32_t have = (given && given->kind == Y_MAP ? given->n : 0) + ynode_count(p->default_);
    if (have == 0 && given) return; /* facts RT-P07: an empty object escapes */
    if (given && given->kind != Y_MAP) return;
    for (uint32_t i = 0; i < ynode_count(p->properties); i++) {
        str key = p->properties->pairs[i].key;
        if (ynode_get(given, key) || ynode_get(p->default_, key)) continue;
        diag *x = REPORT(c->d, PARAM_KEYS, given && given->at ? given : where,
                         "parameter `%.*s` of %.*s lacks the key `%.*s`", STR_ARG(ynode_text(p->name)), STR_ARG(what),
                         STR_ARG(key));
        diag_note_at(c->d, x, p->name, "declared here");
    }
}

static void check_enum(run_ctx *c, const ParamSpec *p, const ynode *given, str what) {
    if (!c->cfg->param_enum || !p->enum_ || given->kind != Y_STR || given->text.n == 0 || mark_any(given->text)) return;
    strbuf all = {.a = c->a};
    YNODE_EACH (i, x, p->enum_) {
        if (str_eq(x->text, given->text)) return;
        strbuf_addf(&all, "%s`%.*s`", i ? ", " : "", STR_ARG(x->text));
    }
    diag *x = REPORT(c->d, PARAM_ENUM, given, "parameter `%.*s` of %.*s can't be `%.*s`", STR_ARG(ynode_text(p->name)),
                     STR_ARG(what), STR_ARG(given->text));
    diag_help(c->d, x, "use one of %.*s", STR_ARG(strbuf_str(&all)));
    diag_note_at(c->d, x, p->enum_, "allowed values");
}

void params_check(run_ctx *c, params_for why, const ParamSpec_list *declared, const param_values *given,
                  const param_values *matrix, const ynode *where, str what) {
    LIST_EACH (ParamSpec, p, *declared) {
        str name = ynode_text(p->name);
        const ynode *v = params_get(given, name);
        value_type want = spec_type(p);
        if (!v && matrix && params_get(matrix, name)) {
            if (want != TYPE_STRING)
                REPORT(c->d, PARAM_TYPE, params_get(matrix, name),
                       "a matrix gives strings, but parameter `%.*s` of %.*s is %s", STR_ARG(name), STR_ARG(what),
                       type_text[want]);
            continue;
        }
        if (!v) {
            if (p->default_) {
                if (want == TYPE_OBJECT) check_keys(c, p, NULL, p->default_, what);
                continue;
            }
            diag *x = REPORT(c->d, PARAM_MISSING, where, "parameter `%.*s` of %.*s has no default and gets no value",
                             STR_ARG(name), STR_ARG(what));
            if (why == PARAMS_OF_PIPELINE_TASK)
                diag_help(c->d, x, "add `- name: %.*s` with a value to the task's params", STR_ARG(name));
            else
                diag_help(c->d, x, "give it in the run's params, or by -p %.*s=…", STR_ARG(name));
            diag_note_at(c->d, x, p->h.node ? p->h.node : p->name, "declared here");
            continue;
        }
        value_type got = type_of(c, v);
        /* A string that still holds a reference may become anything (RT-P18 b). */
        bool open = why == PARAMS_OF_PIPELINE_TASK && v->kind == Y_STR && (mark_any(v->text) || !ref_none(v->text));
        if (got != want && !open) {
            diag *x = REPORT(c->d, PARAM_TYPE, v, "parameter `%.*s` of %.*s is %s, but gets %s", STR_ARG(name),
                             STR_ARG(what), type_text[want], type_text[got]);
            diag_note_at(c->d, x, p->name, "declared here");
            if (want == TYPE_ARRAY && got == TYPE_STRING && v->text.n && v->text.p[0] == '[')
                diag_help(c->d, x, "put the elements in quotes: a list with numbers counts as a string");
            continue;
        }
        if (want == TYPE_OBJECT && !open) check_keys(c, p, v, where, what);
        check_enum(c, p, v, what);
    }
}

/* --- Pipeline scope (D.3) ------------------------------------------------------------------------------------- */

typedef struct defaults {
    run_ctx *c;
    scope *s;
    map open;  /* name → ParamSpec: string defaults not yet in the scope */
    map stack; /* being resolved */
} defaults;

static bool resolve_default(defaults *x, const ParamSpec *p, uint32_t depth);

/* The name that `params.NAME…` refers to, in dot form. */
static bool dot_param(const ref *r, str *name) {
    if (r->n < 2 || r->segments[0].kind != REF_NAME || !str_eq(r->segments[0].text, S("params")) ||
        r->segments[1].kind != REF_NAME)
        return false;
    *name = str_from(r->raw, S("params.").n);
    return true;
}

static bool resolve_refs(defaults *x, const ParamSpec *p, uint32_t depth) {
    run_ctx *c = x->c;
    ref r;
    bool whole;
    str name;
    for (uint32_t from = 0; ref_next(c->a, p->default_->text, from, &r); from = r.at + 2) {
        if (!dot_param(&r, &name) || scope_find(x->s, &r, &whole)) continue;
        const ParamSpec *other = map_get(&x->open, name);
        if (!other) {
            diag *g = REPORT(c->d, PARAM_DEFAULT_REF, p->default_,
                             "the default of parameter `%.*s` refers to `%.*s`, which has no value here",
                             STR_ARG(ynode_text(p->name)), STR_ARG(r.raw));
            diag_help(c->d, g,
                      "only a string parameter with a default or a value, or what the run itself gives, can be used");
            return false;
        }
        if (map_has(&x->stack, name)) {
            diag *g =
                REPORT(c->d, PARAM_DEFAULT_REF, p->default_,
                       "the default of parameter `%.*s` refers to itself in a circle", STR_ARG(ynode_text(p->name)));
            diag_note_at(c->d, g, other->default_, "by way of `%.*s`", STR_ARG(name));
            return false;
        }
        if (depth >= 10) {
            REPORT(c->d, PARAM_DEFAULT_REF, p->default_,
                   "the default of parameter `%.*s` refers to others more than ten deep", STR_ARG(ynode_text(p->name)));
            return false;
        }
        if (!resolve_default(x, other, depth + 1)) return false;
    }
    return true;
}

static bool resolve_default(defaults *x, const ParamSpec *p, uint32_t depth) {
    str name = ynode_text(p->name);
    if (!map_get(&x->open, name)) return true;
    map_put(&x->stack, name, (void *)(uintptr_t)p);
    bool good = resolve_refs(x, p, depth);
    map_put(&x->stack, name, NULL);
    if (!good) return false;
    const scope *pass = x->s;
    scope_put_param(x->s, S("params"), name, scope_replace(x->c->a, &pass, 1, p->default_, ARRAYS_STAY), 0);
    map_put(&x->open, name, NULL);
    return true;
}

scope *params_pipeline_scope(run_ctx *c, const ParamSpec_list *declared, const param_values *given) {
    scope *s = scope_new(c->a, c->m, NULL);
    for (uint32_t i = 0; given && i < given->n; i++)
        scope_put_param(s, S("params"), given->v[i].name, given->v[i].value, 0);
    defaults x = {.c = c, .s = s, .open = map_new(c->a), .stack = map_new(c->a)};
    LIST_EACH (ParamSpec, p, *declared)
        if (p->default_ && !params_get(given, ynode_text(p->name)) && p->default_->kind == Y_STR)
            map_put(&x.open, ynode_text(p->name), p);
    /* Plain defaults first, so that those that refer find them whatever the order. */
    LIST_EACH (ParamSpec, p, *declared)
        if (map_get(&x.open, ynode_text(p->name)) == p && ref_none(p->default_->text)) resolve_default(&x, p, 0);
    LIST_EACH (ParamSpec, p, *declared)
        if (map_get(&x.open, ynode_text(p->name)) == p) resolve_default(&x, p, 0);
    const scope *pass = s;
    LIST_EACH (ParamSpec, p, *declared) {
        if (!p->default_ || p->default_->kind == Y_STR || params_get(given, ynode_text(p->name))) continue;
        ynode *v = ynode_copy(c->a, p->default_); /* items and values are strings that can't expand arrays */
        for (uint32_t i = 0; i < v->n; i++) {
            if (v->kind == Y_SEQ)
                v->items[i] = scope_replace(c->a, &pass, 1, v->items[i], ARRAYS_STAY);
            else
                v->pairs[i].value = scope_replace(c->a, &pass, 1, v->pairs[i].value, ARRAYS_STAY);
        }
        scope_put_param(s, S("params"), ynode_text(p->name), v, 0);
    }
    return s;
}

/* --- Task scope (D.4) ----------------------------------------------------------------------------------------- */

static void put_task_param(scope *s, str name, const ynode *v) {
    scope_put_param(s, S("params"), name, v, 0);
    scope_put_param(s, S("inputs.params"), name, v, 0);
}

/* A default with references, as Tekton's second sweep does it: each reference that has a value is replaced in the
 * original text, so that of several only the last one stays replaced; without any, there is no value. */
static const ynode *sweep(run_ctx *c, const scope *s, const ynode *text) {
    const ynode *out = NULL;
    ref r;
    bool whole;
    str name;
    for (uint32_t from = 0; ref_next(c->a, text->text, from, &r); from = r.at + 2) {
        if (!dot_param(&r, &name)) continue;
        const ynode *v = scope_find(s, &r, &whole);
        if (!v || whole) continue;
        scope *one = scope_new(c->a, c->m, NULL);
        scope_put_text(one, r.raw, v->text);
        const scope *pass = one;
        out = scope_replace(c->a, &pass, 1, text, ARRAYS_STAY);
    }
    return out;
}

scope *params_task_scope(run_ctx *c, const ParamSpec_list *declared, const param_values *given) {
    scope *s = scope_new(c->a, c->m, NULL);
    LIST_EACH (ParamSpec, p, *declared) {
        if (!p->default_) continue;
        if (p->default_->kind == Y_STR && detect_prefixed(p->default_->text, S("params"), 0, &(hit){0})) continue;
        put_task_param(s, ynode_text(p->name), p->default_);
    }
    LIST_EACH (ParamSpec, p, *declared) {
        if (!p->default_ || p->default_->kind != Y_STR ||
            !detect_prefixed(p->default_->text, S("params"), 0, &(hit){0}))
            continue;
        const ynode *v = sweep(c, s, p->default_);
        if (v) put_task_param(s, ynode_text(p->name), v);
    }
    /* What is given goes over it key by key: an inner scope, so that keys of an object's default stay reachable. */
    scope *over = scope_new(c->a, c->m, s);
    map objects = map_new(c->a);
    LIST_EACH (ParamSpec, p, *declared)
        if (ynode_is(p->default_, Y_MAP)) map_put(&objects, ynode_text(p->name), (void *)(uintptr_t)p->default_);
    for (uint32_t i = 0; given && i < given->n; i++) {
        const ynode *v = given->v[i].value, *below = v->kind == Y_MAP ? map_get(&objects, given->v[i].name) : NULL;
        put_task_param(over, given->v[i].name, below ? merge_string_maps(c->a, v, below) : v);
    }
    return over;
}

/* --- index bounds (D.7) --------------------------------------------------------------------------------------- */

void params_check_bound(void *ctx, const ynode *text, const field *row) {
    params_bounds *x = ctx;
    (void)row;
    if (!detect_param_index(text->text, 0, &(hit){0})) return;
    ref r;
    for (uint32_t from = 0; ref_next(x->c->a, text->text, from, &r); from = r.at + 2) {
        const ref_segment *last = &r.segments[r.n - 1];
        if (r.n < 3 || last->kind != REF_INDEX || !str_eq(r.segments[0].text, S("params"))) continue;
        str name = r.n == 3 ? r.segments[1].text : str_cut(text->text, r.segments[1].at + 1, last->at);
        const ynode *v = params_get(x->given, name);
        if (!v)
            LIST_EACH (ParamSpec, p, *x->declared)
                if (str_eq(ynode_text(p->name), name)) v = p->default_;
        if (!v || v->kind != Y_SEQ || last->index < v->n) continue;
        diag *g = diag_range(x->c->d, &diag_rules[TK_PARAM_INDEX], text->at, text->end,
                             "`$(%.*s)` is past the end of parameter `%.*s`, which has %u element%s", STR_ARG(r.raw),
                             STR_ARG(name), v->n, v->n == 1 ? "" : "s");
        if (v->at) diag_note_at(x->c->d, g, v, "its value");
    }
}

/* --- merges --------------------------------------------------------------------------------------------------- */

const ynode *merge_string_maps(arena *a, const ynode *over, const ynode *under) {
    if (ynode_count(over) == 0) return under;
    if (ynode_count(under) == 0) return over;
    ynode *out = ynode_copy(a, over);
    for (uint32_t i = 0; i < under->n; i++)
        if (!ynode_pair(over, under->pairs[i].key)) ynode_put(a, out, under->pairs[i].key, under->pairs[i].value);
    return out;
}

/* Lists with a merge key are united by it, every other field falls back as a whole (facts A.9). */
const PodTemplate *merge_pod_templates(arena *a, const PodTemplate *over, const PodTemplate *under) {
    if (!over || !under) return over ? over : under;
    PodTemplate *out = COPY(a, PodTemplate, over);
    for (uint32_t i = 0; i < PodTemplate_type.n; i++) {
        const field *f = &PodTemplate_type.fields[i];
        const ynode **mine = (const ynode **)((char *)out + f->offset);
        const ynode *theirs = field_tree(f, &under->h);
        if (!*mine)
            *mine = theirs;
        else if (theirs && f->kind == K_LIST && f->merge_key.n) {
            ynode *both = ynode_copy(a, *mine);
            map names = map_new(a);
            YNODE_EACH (k, x, *mine) map_put(&names, ynode_get_text(x, f->merge_key), (void *)(uintptr_t)x);
            YNODE_EACH (k, x, theirs)
                if (!map_get(&names, ynode_get_text(x, f->merge_key))) ynode_push(a, both, x);
            *mine = both;
        }
    }
    return out;
}
