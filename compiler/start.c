#include "compiler/start.h"
#include "compiler/diags.h"
#include "grammar/cron.h"

typedef enum start_kind { CRON, ZONE, CHOICE, TRUTH, COUNT, NUMBER, TEXT } start_kind;
typedef enum start_need { ANY, SCHEDULE, ONCE } start_need;

static const struct start_row {
    const char *name, *choices;
    start_kind kind;
    start_need need;
} rows[STARTS] = {
#define START(ident, name, kind, choices, needs) [START_##ident] = {name, choices, kind, needs},
#include "compiler/start.def"
#undef START
};

enum { KEEP_DIGITS = 4, NUMBER_DIGITS = 6 };

const char *start_name(start_id id) { return rows[id].name; }

start start_read(const request *r, const ynode *metadata) {
    start s = {0};
    const ynode *annotations = ynode_get(metadata, S("annotations"));
    for (int i = 0; i < STARTS; i++) {
        s.said[i] = r->start[i];
        for (uint32_t k = 0; !s.said[i] && k < ynode_count(annotations); k++) {
            str key = annotations->pairs[k].key;
            if (str_starts(key, S(START_PREFIX)) && str_eq(str_from(key, sizeof START_PREFIX - 1), str_z(rows[i].name))) s.said[i] = annotations->pairs[k].value;
        }
    }
    return s;
}

/* What is made again and again is kept within bounds, unless it is said otherwise. */
str start_keep(const start *s) {
    str keep = start_text(s, START_KEEP);
    if (keep.n) return keep;
    return start_scheduled(s) || s->said[START_ON_CHANGE] || s->said[START_ARGOCD_HOOK] ? S("5") : STR_NONE;
}

/* ---- checks ----------------------------------------------------------------------------------------------------------- */

static void check_cron(arena *a, diags *d, const ynode *n) {
    cron_problem p;
    str text = ynode_text(n);
    if (cron_check(a, text.p ? text : S(""), &p)) return;
    pos at = d->sources && n->at ? ynode_pos_in(d->sources, n, p.at) : 0;
    bool part = at && p.end > p.at && p.end - p.at < text.n;
    diag *x = part ? REPORT_RANGE(d, SCHEDULE, at, at + (p.end - p.at), "schedule \"%.*s\": %.*s", STR_ARG(text), STR_ARG(p.text))
                   : REPORT(d, SCHEDULE, n, "schedule \"%.*s\": %.*s", STR_ARG(text), STR_ARG(p.text));
    if (str_starts(p.text, S("a time zone"))) diag_help(d, x, "give it by `--time-zone` or the annotation " START_PREFIX "time-zone");
    else diag_help(d, x, "for example \"0 6,18 * * *\": at 6:00 and 18:00 every day");
}

static bool is_zone(str text) {
    if (!text.n || str_eq_fold(text, S("Local"))) return false;
    for (uint32_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !strchr("_/+-", c)) return false;
    }
    return text.p[0] != '/' && text.p[0] != '-';
}

static bool is_number(str text, uint32_t digits, bool sign) {
    uint32_t i = sign && text.n && text.p[0] == '-';
    if (text.n == i || text.n - i > digits) return false;
    for (; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9') return false;
    return true;
}

static bool is_choice(const char *choices, str value) {
    for (const char *c = choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL)
        if (str_eq((str){c, (uint32_t)strcspn(c, "|")}, value)) return true;
    return false;
}

static void check_value(arena *a, diags *d, const struct start_row *r, const ynode *n) {
    str text = ynode_text(n);
    switch (r->kind) {
    case CRON: check_cron(a, d, n); return;
    case ZONE:
        if (!is_zone(text)) REPORT(d, START_OPTION, n, "%s: \"%.*s\" is no time zone like Europe/Rome or UTC", r->name, STR_ARG(text));
        return;
    case CHOICE:
    case TRUTH:
        if (!is_choice(r->choices, text)) REPORT(d, START_OPTION, n, "%s is one of %s, not \"%.*s\"", r->name, r->choices, STR_ARG(text));
        return;
    case COUNT:
        if (!is_number(text, KEEP_DIGITS, false)) REPORT(d, START_OPTION, n, "%s: \"%.*s\" is no number of runs", r->name, STR_ARG(text));
        return;
    case NUMBER:
        if (!is_number(text, NUMBER_DIGITS, true)) REPORT(d, START_OPTION, n, "%s: \"%.*s\" is no number", r->name, STR_ARG(text));
        return;
    case TEXT: return;
    }
}

void start_check(arena *a, diags *d, const start *s) {
    bool scheduled = s->said[START_SCHEDULE] != NULL;
    for (int i = 0; i < STARTS; i++) {
        if (!s->said[i]) continue;
        check_value(a, d, &rows[i], s->said[i]);
        if (rows[i].need == SCHEDULE && !scheduled) {
            diag *x = REPORT(d, START_OPTION, s->said[i], "%s means nothing without a schedule", rows[i].name);
            diag_help(d, x, "add `--schedule` or the annotation " START_PREFIX "schedule");
        }
        if (rows[i].need == ONCE && scheduled) REPORT(d, START_OPTION, s->said[i], "%s is for runs without a schedule: a hook starts its run itself", rows[i].name);
    }
}

void start_check_annotations(arena *a, diags *d, const ynode *metadata) {
    const ynode *annotations = ynode_get(metadata, S("annotations"));
    str names[STARTS];
    for (int i = 0; i < STARTS; i++) names[i] = str_cat(a, S(START_PREFIX), str_z(rows[i].name));
    for (uint32_t i = 0; i < ynode_count(annotations); i++) {
        const ypair *p = &annotations->pairs[i];
        bool known = !str_starts(p->key, S(START_PREFIX));
        for (int k = 0; k < STARTS; k++) known = known || str_eq(p->key, names[k]);
        if (known) continue;
        diag *x = diag_range(d, &diag_rules[TK_OWN_ANNOTATION], p->key_at, p->key_end, "tektonc has no annotation %.*s", STR_ARG(p->key));
        str near = diag_nearest(p->key, names, STARTS);
        if (near.p) diag_help(d, x, "did you mean `%.*s`?", STR_ARG(near));
    }
}

/* ---- names, labels ------------------------------------------------------------------------------------------------------ */

str start_base_name(const object *run) {
    enum { LONGEST = 63 };
    str name = run->name.n ? run->name : run->generate_name;
    if (name.n > LONGEST) name.n = LONGEST;
    while (name.n > 1 && (name.p[name.n - 1] == '-' || name.p[name.n - 1] == '.')) name.n--;
    return name;
}

static bool is_own(str key) {
    static const char *const prefixes[] = {"argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/", "applyset.kubernetes.io/"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (str_starts(key, str_z(prefixes[i]))) return true;
    if (!str_starts(key, S(START_PREFIX))) return false;
    for (int i = 0; i < STARTS; i++)
        if (str_eq(str_from(key, sizeof START_PREFIX - 1), str_z(rows[i].name))) return true;
    return false;
}

const ynode *start_without_own(arena *a, const ynode *given) {
    bool any = false;
    for (uint32_t i = 0; i < ynode_count(given); i++) any = any || is_own(given->pairs[i].key);
    if (!any) return given;
    ynode *out = ynode_map(a, given);
    for (uint32_t i = 0; i < given->n; i++)
        if (!is_own(given->pairs[i].key)) ynode_put(a, out, given->pairs[i].key, given->pairs[i].value);
    return out->n ? out : NULL;
}
