/* VerificationPolicy: VP-01..05. */
#include "compiler/check/check.h"
#include "compiler/check/parts.h"
#include "grammar/cel.h"

static const char *const algorithms[] = {"sha224", "sha256", "sha384", "sha512"};
static const char *const modes[] = {"enforce", "warn"};

/* Absent is fine: there is a default. */
static bool is_one_of(const ynode *n, const char *const *words, size_t count, bool fold) {
    if (!text_set(n)) return true;
    for (size_t i = 0; i < count; i++)
        if (fold ? str_eq_fold(n->text, str_z(words[i])) : str_eq(n->text, str_z(words[i]))) return true;
    return false;
}
#define IS_ONE_OF(n, words, fold) is_one_of((n), (words), sizeof(words) / sizeof *(words), (fold))

static void missing(const check_ctx *c, const VerificationPolicySpec *s, const char *name, const ynode *items,
                    const ynode *where) {
    range at = s->h.node ? key_range(&s->h, name, items) : (range){where->at, where->end};
    diag *x = REPORT_IN(c, POLICY_EMPTY, at, "the policy has no `%s`", name);
    diag_help(c->d, x, "add at least one");
}

static void check_key(const check_ctx *c, const Authority *a) {
    const VerificationKey *k = a->key;
    int given = text_set(k->data) + text_set(k->kms) + (k->secretRef != NULL);
    range at = key_range(&a->h, "key", k->h.node);
    if (given != 1) {
        diag *x = REPORT_IN(c, POLICY_KEY, at,
                            given ? "the `key` is given in %d ways: `data`, `kms` and `secretRef` exclude each other"
                                  : "the `key` is not given (%d of `data`, `kms`, `secretRef`)",
                            given);
        diag_help(c->d, x, "give one of `data`, `kms` and `secretRef`");
    }
    if (IS_ONE_OF(k->hashAlgorithm, algorithms, true)) return;
    diag *x = REPORT_AT(c, POLICY_VALUE, k->hashAlgorithm, "`hashAlgorithm` %.*s is not known",
                        STR_ARG(ynode_text(k->hashAlgorithm)));
    diag_help(c->d, x, "use sha224, sha256, sha384 or sha512");
}

/* CEL has the regular expressions of Go: the pattern is asked for in its words. */
static str pattern_problem(arena *a, str pattern) {
    strbuf text = {.a = a};
    cel_error e = {0};
    strbuf_addf(&text, "''.matches(\"");
    for (uint32_t i = 0; i < pattern.n; i++) {
        unsigned char ch = (unsigned char)pattern.p[i];
        if (ch < 0x20 || ch == '"' || ch == '\\')
            strbuf_addf(&text, "\\x%02x", ch);
        else
            strbuf_addc(&text, (char)ch);
    }
    strbuf_addf(&text, "\")");
    const cel_program *p = cel_compile(a, strbuf_str(&text), &e);
    return p && !cel_eval(a, p, &e) && !e.unsupported ? e.text : STR_NONE;
}

static void check_pattern(const check_ctx *c, const ResourcePattern *r) {
    str problem = pattern_problem(c->a, ynode_text(r->pattern));
    if (!problem.n) return;
    diag *x = REPORT_AT(c, POLICY_PATTERN, place_of(r->pattern, &r->h),
                        "`pattern` %.*s of `resources` is no regular expression: %.*s", STR_ARG(ynode_text(r->pattern)),
                        STR_ARG(problem));
    diag_help(c->d, x, "the syntax is that of Go's package regexp");
}

void check_verification_policy(const object *o, diags *d, const config *cfg) {
    static const VerificationPolicySpec nothing;
    check_ctx ctx = check_ctx_new(d, cfg, o->version), *c = &ctx;
    const VerificationPolicySpec *s = o->verification->spec ? o->verification->spec : &nothing;
    check_metadata(o, d);
    if (!s->resources.n) missing(c, s, "resources", s->resources.node, o->node);
    if (!s->authorities.n) missing(c, s, "authorities", s->authorities.node, o->node);
    LIST_EACH(ResourcePattern, r, s->resources) check_pattern(c, r);
    LIST_EACH(Authority, a, s->authorities) {
        if (a->key) check_key(c, a);
    }
    if (IS_ONE_OF(s->mode, modes, false)) return;
    diag *x = REPORT_AT(c, POLICY_VALUE, s->mode, "`mode` %.*s is not known", STR_ARG(ynode_text(s->mode)));
    diag_help(c->d, x, "use enforce or warn");
}
