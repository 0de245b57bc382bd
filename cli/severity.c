#include "cli/severity.h"
#include "compiler/diags.h"

static const struct severity_row {
    const char *name;
    severity severity;
} rows[] = {{"off", SEV_OFF}, {"note", SEV_NOTE}, {"warning", SEV_WARNING}, {"error", SEV_ERROR}};

static bool severity_named(str word, severity *out) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(word, str_z(rows[i].name))) return *out = rows[i].severity, true;
    return false;
}

static bool no_rule(str word) {
    str names[TK_COUNT];
    for (int i = 0; i < TK_COUNT; i++) names[i] = str_z(diag_rules[i].name);
    return say_unknown("there is no rule ", word, names, TK_COUNT, "; `tektonc explain` lists them");
}

static bool set(severity *severities, str word) {
    uint32_t equals;
    severity wanted;
    if (!str_find(word, S("="), &equals)) return say("--rule takes RULE=SEVERITY, not \"%.*s\"", STR_ARG(word)), false;
    str name = str_cut(word, 0, equals), value = str_from(word, equals + 1);
    const diag_rule *rule = diag_rule_find(name);
    if (!rule) return no_rule(name);
    if (!severity_named(value, &wanted))
        return say("%.*s: a rule is error, warning, note or off, not \"%.*s\"", STR_ARG(name), STR_ARG(value)), false;
    severities[rule - diag_rules] = wanted;
    return true;
}

/* What no Job can run is refused where a Job is to be applied; it can be looked at, and run elsewhere. */
static severity severity_usual(const options *o, int rule) {
    bool applied = o->verb == VERB_COMPILE && o->output.n && !str_eq(o->output, S("-"));
    return rule == TK_PLAN_TOO_LARGE && !applied ? SEV_WARNING : diag_rules[rule].severity;
}

int severity_read(arena *a, diags *d, const options *o) {
    severity *all = ARENA_ARRAY(a, severity, TK_COUNT);
    bool tekton = str_eq(o->profile, S("tekton")), ok = true;
    for (int i = 0; i < TK_COUNT; i++)
        all[i] = tekton && severity_usual(o, i) == SEV_WARNING ? SEV_OFF : severity_usual(o, i);
    for (uint32_t i = 0; i < o->rules.n; i++) ok = set(all, o->rules.v[i]) && ok;
    d->override = all;
    return ok ? EXIT_OK : EXIT_USAGE;
}
