#include "compiler/check/parts.h"

/* Until where a text was matched with its source. A search goes on from there when it asks for a later place, so that
 * all hits of one scan cost one pass over text and source. */
struct text_cursor {
    const ynode *node;
    uint32_t text_at;
    const char *source_at;
};

check_ctx check_ctx_new(diags *d, const config *cfg, api_version version) {
    return (check_ctx){
        .a = d->scratch ? d->scratch : d->a, .d = d, .cfg = cfg, .version = version, .cursor = ARENA_NEW(d->scratch ? d->scratch : d->a, struct text_cursor)};
}

static const char *find_bytes(const char *p, const char *end, str needle) {
    return p < end ? memmem(p, (size_t)(end - p), needle.p, needle.n) : NULL;
}

range text_range(const check_ctx *c, const ynode *text, uint32_t from, uint32_t to) {
    range whole = {text->at, text->end};
    if (text->raw) return (range){text->at + text->raw - 1 + from, text->at + text->raw - 1 + to};
    if (text->kind != Y_STR || from >= to || !text->at || !c->d->sources) return whole;
    const source *src = source_of(c->d->sources, text->at);
    if (!src || text->end <= text->at || text->end - src->base > src->text.n) return whole;

    /* Line breaks and escapes are written differently in the source, variables hardly ever: the n-th occurrence in the
     * text is the n-th in the source. */
    struct text_cursor *k = c->cursor;
    const char *begin = src->text.p + (text->at - src->base), *end = src->text.p + (text->end - src->base);
    if (k->node != text || k->text_at > from) *k = (struct text_cursor){.node = text, .source_at = begin};
    str needle = str_cut(text->text, from, to);
    const char *p = text->text.p + k->text_at, *wanted = text->text.p + from, *at = k->source_at;
    for (;;) {
        const char *in_text = find_bytes(p, text->text.p + text->text.n, needle),
                   *in_source = find_bytes(at, end, needle);
        if (!in_text || !in_source || in_text > wanted) return whole;
        if (in_text == wanted) {
            *k = (struct text_cursor){.node = text, .text_at = from, .source_at = in_source};
            pos found = src->base + (pos)(in_source - src->text.p);
            return (range){found, found + needle.n};
        }
        p = in_text + 1;
        at = in_source + 1;
    }
}

range key_range(const head *h, const char *key, const ynode *value) {
    const ypair *pair = ynode_pair(h->node, str_z(key));
    if (pair && pair->key_at) return (range){pair->key_at, pair->key_end};
    const ynode *n = place_of(value, h);
    return n ? (range){n->at, n->end} : (range){0, 0};
}

const ynode *place_of(const ynode *leaf, const head *h) { return leaf && leaf->at ? leaf : h ? h->node : NULL; }

diag *check_report_(const check_ctx *c, const diag_rule *rule, range r, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str text = str_vfmt(c->a, format, args);
    va_end(args);
    return diag_range(c->d, rule, r.at, r.end, "%.*s", STR_ARG(text));
}

void help_nearest(const check_ctx *c, diag *x, str given, const map *names, const char *otherwise) {
    enum { MANY = 500 }; /* who has more names gets no guess: it would cost the square of the input */
    str *candidates = names->n && names->n <= MANY ? ARENA_ARRAY(c->a, str, names->n) : NULL, near = STR_NONE;
    if (candidates) {
        for (uint32_t i = 0; i < names->n; i++) candidates[i] = names->entries[i].key;
        near = diag_nearest(given, candidates, names->n);
    }
    if (near.p)
        diag_help(c->d, x, "did you mean `%.*s`?", STR_ARG(near));
    else if (otherwise)
        diag_help(c->d, x, "%s", otherwise);
}

static const char *level_name(feature_level level) {
    static const char *const names[] = {[LEVEL_STABLE] = "stable", [LEVEL_BETA] = "beta", [LEVEL_ALPHA] = "alpha"};
    return names[level];
}

bool check_level_in(const check_ctx *c, feature_level level, range where, const char *what) {
    if (c->cfg->api >= level) return true;
    diag *x = REPORT_IN(c, API_FIELDS, where, "%s needs `enable-api-fields: %s`, which is %s", what, level_name(level),
                        level_name(c->cfg->api));
    diag_help(c->d, x, "leave it out, or set the flag (`--tekton-api=%s`)", level_name(level));
    return false;
}

bool check_level(const check_ctx *c, feature_level level, const ynode *where, const char *what) {
    return check_level_in(c, level, where ? (range){where->at, where->end} : (range){0, 0}, what);
}

str path_clean(arena *a, str path) {
    bool rooted = path.n && path.p[0] == '/';
    char *out = arena_copy(a, path.p ? path.p : "", path.n);
    uint32_t n = 0, floor = 0; /* what is before floor can't be taken back by ".." */
    if (rooted) out[n++] = '/', floor = n;
    for (uint32_t i = 0; i < path.n;) {
        uint32_t end = i;
        while (end < path.n && path.p[end] != '/') end++;
        str part = str_cut(path, i, end);
        i = end + 1;
        bool up = str_eq(part, S(".."));
        if (!part.n || str_eq(part, S("."))) continue;
        if (up && n > floor) {
            while (n > floor && out[n - 1] != '/') n--;
            if (n > floor) n--;
            continue;
        }
        if (up && rooted) continue;
        if (n && out[n - 1] != '/') out[n++] = '/';
        memmove(out + n, part.p, part.n);
        n += part.n;
        if (up) floor = n;
    }
    return n ? (str){out, n} : S(".");
}
