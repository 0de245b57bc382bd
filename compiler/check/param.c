#include "compiler/check/parts.h"

const char *param_type_name(param_type t) {
    static const char *const names[] = {
        [PARAM_STRING] = "string", [PARAM_ARRAY] = "array", [PARAM_OBJECT] = "object", [PARAM_UNKNOWN] = "?"};
    return names[t];
}

param_type param_type_of(const ParamSpec *p) {
    str s = ynode_text(p->type_);
    for (param_type t = PARAM_STRING; s.n && t < PARAM_UNKNOWN; t++)
        if (str_eq(s, str_z(param_type_name(t)))) return t;
    return s.n ? PARAM_UNKNOWN : PARAM_STRING;
}

param_type param_value_type(const ynode *value) {
    return ynode_is(value, Y_SEQ) ? PARAM_ARRAY : ynode_is(value, Y_MAP) ? PARAM_OBJECT : PARAM_STRING;
}

/* ---- the rules -------------------------------------------------------------------------------------------------- */
#define NAME(p) STR_ARG(ynode_text((p)->name))

static const ynode *where_is(const ParamSpec *p) { return place_of(p->name, &p->h); }

static str or_missing(str s) { return s.n ? s : S("missing"); }

/* A type that the defaults filled in has the place of the name. */
static bool is_inferred(const ParamSpec *p) { return !p->type_ || (p->name && p->type_->at == p->name->at); }

static void check_default(const check_ctx *c, const ParamSpec *p, param_type declared) {
    if (!p->default_ || param_value_type(p->default_) == declared) return;
    param_type given = param_value_type(p->default_);
    diag *x = REPORT_AT(c, PARAM_DEFAULT_TYPE, place_of(p->default_, &p->h),
                        "`default` of parameter `%.*s` is of type %s, and its `type` is %s", NAME(p),
                        param_type_name(given), param_type_name(declared));
    if (!is_inferred(p))
        diag_note_at(c->d, x, p->type_, "the `type` is declared here");
    else if (p->properties)
        diag_note_at(c->d, x, p->properties, "`properties` make it an object");
    str text = ynode_text(p->default_);
    if (declared != PARAM_STRING && given == PARAM_STRING && text.n && (text.p[0] == '[' || text.p[0] == '{'))
        diag_help(c->d, x, "all values in it must be strings: put numbers and booleans in quotes");
    else
        diag_help(c->d, x, "change one of the two");
}

static void check_types(const check_ctx *c, const ParamSpec *p) {
    param_type declared = param_type_of(p);
    str written = ynode_text(p->type_);
    if (declared == PARAM_UNKNOWN || !written.n) {
        diag *x = REPORT_AT(c, PARAM_DECLARED_TYPE, place_of(p->type_, &p->h), "`type` of parameter `%.*s` is %.*s",
                            NAME(p), STR_ARG(or_missing(written)));
        diag_help(c->d, x, "write `string`, `array` or `object`");
    } else {
        check_default(c, p, declared);
    }
    for (uint32_t i = 0; i < ynode_count(p->properties); i++) {
        const ypair *key = &p->properties->pairs[i];
        const ynode *t = ynode_get(key->value, S("type"));
        if (str_eq(ynode_text(t), S("string"))) continue;
        diag *x = REPORT_AT(c, PARAM_PROPERTY_TYPE, t && t->at ? t : key->value,
                            "the type of property `%.*s` of parameter `%.*s` is %.*s, not string", STR_ARG(key->key),
                            NAME(p), STR_ARG(or_missing(ynode_text(t))));
        diag_help(c->d, x, "values of objects are strings: write `type: string`");
    }
}

static void check_properties(const check_ctx *c, const ParamSpec *p) {
    if (param_type_of(p) != PARAM_OBJECT || ynode_count(p->properties)) return;
    const ynode *where = p->properties ? p->properties : is_inferred(p) ? p->default_ : p->type_;
    diag *x = REPORT_AT(c, PARAM_PROPERTIES, place_of(where, &p->h), "object parameter `%.*s` declares no `properties`",
                        NAME(p));
    diag_help(c->d, x, "list its keys: `properties: {KEY: {type: string}}`");
}

static void check_name(const check_ctx *c, const ParamSpec *p) {
    str name = ynode_text(p->name);
    if (param_type_of(p) != PARAM_OBJECT) {
        if (name_is_param(name)) return;
        diag *x = REPORT_AT(c, PARAM_NAME, where_is(p), "the name of parameter `%.*s` is not valid", STR_ARG(name));
        diag_help(c->d, x, "use letters, digits, `-`, `_` and `.`, beginning with a letter or `_`");
        return;
    }
    if (!name_is_object_param(name)) {
        diag *x = REPORT_AT(c, PARAM_OBJECT_NAME, where_is(p), "the name of object parameter `%.*s` is not valid",
                            STR_ARG(name));
        diag_help(c->d, x, "use letters, digits, `-` and `_` (no dots), beginning with a letter or `_`");
    }
    for (uint32_t i = 0; i < ynode_count(p->properties); i++) {
        const ypair *key = &p->properties->pairs[i];
        if (name_is_object_param(key->key)) continue;
        diag *x =
            REPORT_IN(c, PARAM_OBJECT_NAME, ((range){key->key_at, key->key_end}),
                      "the name of property `%.*s` of parameter `%.*s` is not valid", STR_ARG(key->key), STR_ARG(name));
        diag_help(c->d, x, "use letters, digits, `-` and `_` (no dots), beginning with a letter or `_`");
    }
}

static void check_enum(const check_ctx *c, const ParamSpec *p) {
    if (!ynode_count(p->enum_)) return;
    if (!c->cfg->param_enum) {
        diag *x = REPORT_IN(c, ENUM_OFF, key_range(&p->h, "enum", p->enum_),
                            "`enum` of parameter `%.*s` needs the feature flag `enable-param-enum`", NAME(p));
        diag_help(c->d, x, "leave it out, or set the flag (`--feature=enable-param-enum=true`)");
    }
    if (param_type_of(p) != PARAM_STRING) {
        diag *x =
            REPORT_IN(c, ENUM_TYPE, key_range(&p->h, "enum", p->enum_),
                      "parameter `%.*s` has an `enum`, and is of type %.*s", NAME(p), STR_ARG(ynode_text(p->type_)));
        diag_note_at(c->d, x, place_of(p->type_, &p->h), "declared here");
    }
    map values = map_new(c->a);
    YNODE_EACH(i, value, p->enum_) {
        const ynode *first = map_get(&values, ynode_text(value));
        map_add(&values, ynode_text(value), (void *)(uintptr_t)value);
        if (!first) continue;
        diag *x =
            REPORT_AT(c, ENUM_TWICE, place_of(value, &p->h), "`%.*s` stands twice in the `enum` of parameter `%.*s`",
                      STR_ARG(ynode_text(value)), NAME(p));
        diag_note_at(c->d, x, first, "first here");
    }
    str text = ynode_text(p->default_);
    if (text.n && !map_has(&values, text)) {
        diag *x = REPORT_AT(c, ENUM_DEFAULT, place_of(p->default_, &p->h),
                            "`default` of parameter `%.*s`, %.*s, is not in its `enum`", NAME(p), STR_ARG(text));
        diag_note_at(c->d, x, p->enum_, "these values are allowed");
        help_nearest(c, x, text, &values, NULL);
    }
}

void check_params_declared(const check_ctx *c, const ParamSpec_list *params, unsigned rules) {
    map seen = map_new(c->a);
    LIST_EACH(ParamSpec, p, *params) {
        if (rules & PARAMS_TYPES) check_types(c, p);
        if (rules & PARAMS_PROPERTIES) check_properties(c, p);
        if (rules & PARAMS_NAMES) check_name(c, p);
        if (rules & PARAMS_ENUM) check_enum(c, p);
        if (!(rules & PARAMS_UNIQUE)) continue;
        str name = ynode_text(p->name);
        const ParamSpec *first = map_get(&seen, name);
        map_add(&seen, name, p);
        if (!first) continue;
        diag *x = REPORT_AT(c, PARAM_DECLARED_TWICE, where_is(p), "parameter `%.*s` is declared twice", STR_ARG(name));
        diag_note_at(c->d, x, where_is(first), "first declared here");
    }
}

/* ---- scopes ----------------------------------------------------------------------------------------------------- */
param_scope param_scope_new(const check_ctx *c, const ParamSpec_list *params, const param_scope *outer) {
    param_scope s = {.outer = outer, .by_name = map_new(c->a)};
    if (params)
        LIST_EACH(ParamSpec, p, *params) param_scope_add(&s, p);
    return s;
}

void param_scope_add(param_scope *s, const ParamSpec *p) {
    str name = ynode_text(p->name);
    param_entry *e = map_get(&s->by_name, name);
    if (!e) {
        e = ARENA_NEW(s->by_name.a, param_entry);
        *e = (param_entry){.spec = p};
        map_put(&s->by_name, name, e);
    }
    param_type declared = param_type_of(p);
    if (declared == PARAM_OBJECT && !(e->types & 1u << PARAM_OBJECT)) e->spec = p;
    e->types |= 1u << (declared == PARAM_UNKNOWN ? PARAM_STRING : declared);
}

bool param_scope_has(const param_scope *s, str name) { return param_scope_find(s, name, ~0u) != NULL; }

param_entry *param_scope_find(const param_scope *s, str name, unsigned types) {
    for (; s; s = s->outer) {
        param_entry *e = map_get(&s->by_name, name);
        if (e && e->types & types) return e;
    }
    return NULL;
}

bool param_entry_has_key(const check_ctx *c, param_entry *e, str key) {
    if (!e->keys_made) {
        e->keys = map_new(c->a);
        for (uint32_t i = 0; i < ynode_count(e->spec->properties); i++)
            map_add(&e->keys, e->spec->properties->pairs[i].key,
                    (void *)(uintptr_t)e->spec->properties->pairs[i].value);
        e->keys_made = true;
    }
    return map_has(&e->keys, key);
}

void param_scope_help(const check_ctx *c, diag *x, const param_scope *s, str given) {
    enum { MANY = 500 };
    map names = map_new(c->a);
    for (; s; s = s->outer) {
        if (s->by_name.n > MANY) return;
        for (uint32_t i = 0; i < s->by_name.n; i++) map_add(&names, s->by_name.entries[i].key, NULL);
    }
    help_nearest(c, x, given, &names, NULL);
}
