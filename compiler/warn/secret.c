/* Secrets in plain text: by the name that they are given, or by a form that only keys have. The value never gets into a
 * message, and its lines are not shown. */
#include "compiler/warn/parts.h"

enum { FOR_ENV = 1, FOR_PARAM = 2 };

/* Ends of names, without separators and in lower case. As a parameter, "...secret" mostly names a Secret, and so does a
 * value that looks like one of these names itself. */
static const struct word_row {
    const char *end;
    unsigned in;
} words[] = {
    {"password", FOR_ENV | FOR_PARAM},
    {"passwd", FOR_ENV | FOR_PARAM},
    {"passphrase", FOR_ENV | FOR_PARAM},
    {"token", FOR_ENV | FOR_PARAM},
    {"apikey", FOR_ENV | FOR_PARAM},
    {"privatekey", FOR_ENV | FOR_PARAM},
    {"accesskey", FOR_ENV | FOR_PARAM},
    {"secret", FOR_ENV},
    {"credentials", FOR_ENV},
};

static bool is_secret_name(arena *a, str name, unsigned in) {
    char *letters = arena_copy(a, name.p ? name.p : "", name.n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '_' || c == '-' || c == '.') continue;
        letters[n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].in & in && str_ends((str){letters, n}, str_z(words[i].end))) return true;
    return false;
}

static bool only_digits(str s) {
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    return true;
}

/* Not: nothing, variables, switches, numbers (of tokens), places of files, marks for what is to be filled in. */
static bool is_secret_value(str s) {
    return s.n && !memchr(s.p, '$', s.n) && !only_digits(s) && s.p[0] != '/' && !str_starts(s, S("./")) &&
           s.p[0] != '<' && !str_eq_fold(s, S("true")) && !str_eq_fold(s, S("false")) && !str_eq_fold(s, S("none"));
}

static void report(const warn *w, const ynode *name, const ynode *value, const char *what) {
    vec_push(w->w->a, &w->w->secrets, ((source_range){value->at, value->end}));
    diag *x =
        REPORT_AT(w->c, PLAIN_SECRET, name, "%s `%.*s` holds a secret in plain text", what, STR_ARG(ynode_text(name)));
    diag_help(w->c->d, x, "keep it in a Secret and take it by `valueFrom: {secretKeyRef: ...}`, or from a workspace");
}

void warn_secret_env(const warn *w, const ynode *env) {
    YNODE_EACH(i, item, env) {
        const ynode *name = ynode_get(item, S("name")), *value = ynode_get(item, S("value"));
        if (text_set(name) && is_secret_value(ynode_text(value)) && is_secret_name(w->c->a, name->text, FOR_ENV))
            report(w, name, value, "the variable");
    }
}

static void warn_param(const warn *w, const ynode *name, const ynode *value) {
    if (text_set(name) && ynode_is(value, Y_STR) && is_secret_value(value->text) &&
        is_secret_name(w->c->a, name->text, FOR_PARAM) && !is_secret_name(w->c->a, value->text, FOR_ENV))
        report(w, name, value, "the parameter");
}

void warn_secret_params(const warn *w, const ParamSpec_list *declared, const Param_list *given) {
    if (declared) {
        LIST_EACH(ParamSpec, p, *declared) warn_param(w, p->name, p->default_);
    }
    if (!given) return;
    LIST_EACH(Param, p, *given) warn_param(w, p->name, p->value);
}

/* ---- keys, whatever their name ----------------------------------------------------------------------------------- */

static const struct key_row {
    const char *begin, *what;
    uint32_t more;   /* at least so many letters and digits follow */
    const char *end; /* or this, on the same line */
} keys[] = {
    {"-----BEGIN ", "a private key", 0, "PRIVATE KEY-----"},
    {"AKIA", "an access key of AWS", 16, NULL},
    {"ghp_", "a token of GitHub", 36, NULL},
    {"github_pat_", "a token of GitHub", 22, NULL},
    {"glpat-", "a token of GitLab", 20, NULL},
    {"xoxb-", "a token of Slack", 20, NULL},
    {"xoxp-", "a token of Slack", 20, NULL},
};

static bool is_key_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool follows(str s, uint32_t from, const struct key_row *row) {
    enum { KIND = 16 }; /* the longest word before PRIVATE KEY */
    uint32_t i = from, at;
    if (row->end) {
        uint32_t most = KIND + (uint32_t)strlen(row->end);
        return str_find(str_cut(s, from, s.n - from > most ? from + most : s.n), str_z(row->end), &at);
    }
    while (i < s.n && i - from < row->more && is_key_char(s.p[i])) i++;
    return i - from == row->more;
}

static bool holds_key(str s, const struct key_row *row) {
    str begin = str_z(row->begin);
    for (uint32_t from = 0, at; from < s.n && str_find(str_from(s, from), begin, &at);)
        if (follows(s, from += at + begin.n, row)) return true;
    return false;
}

static void warn_text(const warn *w, const ynode *text) {
    str s = text->text;
    if (s.n < 20 || !(memchr(s.p, '-', s.n) || memchr(s.p, '_', s.n) || memchr(s.p, 'A', s.n))) return;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!holds_key(s, &keys[i])) continue;
        vec_push(w->w->a, &w->w->secrets, ((source_range){text->at, text->end}));
        diag *x = REPORT_AT(w->c, PLAIN_SECRET, text, "this text holds %s", keys[i].what);
        diag_help(w->c->d, x, "revoke it if it is real, keep the new one in a Secret");
        return;
    }
}

void warn_secret_texts(const warn *w, const ynode *n) {
    if (!n) return;
    if (n->kind == Y_STR) warn_text(w, n);
    YNODE_EACH(i, item, n) warn_secret_texts(w, item);
    for (uint32_t i = 0; n->kind == Y_MAP && i < n->n; i++) warn_secret_texts(w, n->pairs[i].value);
}
