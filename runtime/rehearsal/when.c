/* `when` of steps, as the entrypoint looks at it: --when_expressions JSON, references to results of earlier steps. */
#include "runtime/rehearsal/rehearsal.h"

/* What an earlier step wrote; NULL: nobody said. */
static const ynode *result_of(const rehearsal_pod *p, uint32_t before, str step, str name) {
    for (uint32_t i = 0; i < before; i++)
        if (str_eq(p->steps[i].name, step)) return ynode_get(p->steps[i].step_results, name);
    return NULL;
}

/* The text with `$(steps.STEP.results.NAME)` replaced. False: one of them is not known. */
static bool fill(arena *a, const rehearsal_pod *p, uint32_t before, str text, str *out) {
    strbuf b = {.a = a};
    for (uint32_t at; str_find(text, S("$(steps."), &at);) {
        uint32_t end, dot;
        str name = str_from(text, at + 8);
        if (!str_find(name, S(")"), &end)) break;
        str rest = str_from(name, end + 1);
        name = str_cut(name, 0, end);
        if (!str_find(name, S(".results."), &dot)) return false;
        const ynode *value = result_of(p, before, str_cut(name, 0, dot), str_from(name, dot + 9));
        if (!ynode_text(value).p) return false;
        strbuf_add(&b, str_cut(text, 0, at));
        strbuf_add(&b, ynode_text(value));
        text = rest;
    }
    strbuf_add(&b, text);
    *out = b.n ? strbuf_str(&b) : S("");
    return true;
}

/* False only where it is known to be: CEL, and what nobody said, count as true. */
static bool holds(arena *a, const rehearsal_pod *p, uint32_t before, const ynode *one) {
    str input, value;
    bool found = false;
    if (ynode_get_text(one, S("cel")).n || !fill(a, p, before, ynode_get_text(one, S("input")), &input)) return true;
    YNODE_EACH(i, v, ynode_get(one, S("values"))) {
        if (!fill(a, p, before, ynode_text(v), &value)) return true;
        found |= str_eq(value, input);
    }
    return found == str_eq(ynode_get_text(one, S("operator")), S("in"));
}

void rehearsal_decide(arena *a, rehearsal_pod *p) {
    for (uint32_t i = 0; i < p->n; i++) {
        p->steps[i].skipped = false;
        YNODE_EACH(k, one, p->steps[i].when) p->steps[i].skipped |= !holds(a, p, i, one);
    }
}
