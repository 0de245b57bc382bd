#include "compiler/check/parts.h"

static str fold(arena *a, str s) {
    char *p = arena_copy(a, s.p, s.n);
    for (uint32_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] - 'A' + 'a');
    return (str){p, s.n};
}

void check_params_twice_fold(const check_ctx *c, const Param_list *params) {
    map seen = map_new(c->a);
    LIST_EACH(Param, p, *params) {
        str name = ynode_text(p->name), key = fold(c->a, name);
        const Param *first = map_get(&seen, key);
        map_add(&seen, key, p);
        if (!first) continue;
        diag *x = REPORT_AT(c, PARAM_TWICE, place_of(p->name, &p->h), "parameter `%.*s` is given twice", STR_ARG(name));
        diag_note_at(c->d, x, place_of(first->name, &first->h), "first given here");
        if (!str_eq(ynode_text(first->name), name))
            diag_help(c->d, x, "letters of other case do not make another name here");
    }
}

static void concise_off(const check_ctx *c, const ref_parts *r) {
    if (c->cfg->concise_resolver_syntax) return;
    diag *x = REPORT_AT(c, REF_CONCISE_OFF, place_of(r->name, r->head),
                        "`name` of `%s` is a URL, which needs the feature flag "
                        "`enable-concise-resolver-syntax`",
                        r->what);
    diag_help(c->d, x, "use `resolver` with `params`, without a `name`");
}

static void no_resolver(const check_ctx *c, const ref_parts *r, const ynode *where, const char *why) {
    diag *x = REPORT_AT(c, REF_RESOLVER_MISSING, where, "`%s` has no `resolver`, though %s", r->what, why);
    diag_help(c->d, x, "add `resolver: git`, `hub`, `http`, `bundles` or `cluster`");
}

static void check_plain_name(const check_ctx *c, const ref_parts *r) {
    str name = ynode_text(r->name);
    if (name_is_url_like(name)) {
        concise_off(c, r);
        no_resolver(c, r, place_of(r->name, r->head), "its name is a URL");
    } else if (!name_is_qualified(name)) {
        diag *x = REPORT_AT(c, REF_NAME, place_of(r->name, r->head), "`name` of `%s`, %.*s, is not a valid name",
                            r->what, STR_ARG(name));
        uint32_t at;
        if (str_find(name, S("$("), &at))
            diag_help(c->d, x, "variables are not possible in `name`; a resolver can take them in `params`");
        else
            diag_help(c->d, x,
                      "use at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit");
    }
}

void check_ref(const check_ctx *c, ref_parts r) {
    bool named = text_set(r.name), resolved = text_set(r.resolver), params = r.params && r.params->n;
    if (params) {
        const ynode *where = place_of(r.params->node, r.head);
        check_level(c, LEVEL_BETA, where, "`params` of a reference");
        if (named) {
            diag *x = REPORT_AT(c, REF_NAME_AND_PARAMS, place_of(r.name, r.head), "`%s` has both `name` and `params`",
                                r.what);
            diag_note_at(c->d, x, where, "`params` are here");
            diag_help(c->d, x, "a reference by resolver takes the name in `params`, one by name has no `params`");
        }
        if (!resolved) no_resolver(c, &r, where, "it has `params`");
        check_params_twice_fold(c, r.params);
    }
    if (resolved) {
        check_level(c, LEVEL_BETA, place_of(r.resolver, r.head), "`resolver`");
        if (!named) return;
        if (name_is_url_like(ynode_text(r.name))) {
            concise_off(c, &r);
        } else {
            diag *x = REPORT_AT(c, REF_NAME_NOT_URL, place_of(r.name, r.head),
                                "`name` of `%s`, %.*s, stands beside a `resolver` and is not a URL", r.what,
                                STR_ARG(ynode_text(r.name)));
            diag_note_at(c->d, x, place_of(r.resolver, r.head), "the resolver is named here");
            diag_help(c->d, x, "pass the name in `params` of the resolver");
        }
    } else if (named && !params) {
        check_plain_name(c, &r);
    } else if (!named && !params) {
        diag *x = REPORT_AT(c, REF_NAME_MISSING, place_of(NULL, r.head), "`%s` has no `name`", r.what);
        diag_help(c->d, x, "add a `name`, or a `resolver`");
    }
}
