/* JUnit's XML, as most CI servers read it: a test case for each message that fails the check, and one for each file
 * without any. */
#include "cli/render.h"
#include "cli/xml.h"

static str file_of(const rendering *r, const diag *x) {
    const source *s = source_of(r->sources, x->at);
    return s ? s->name : S("tektonc");
}

/* "build.yaml:3:5: error[TK0101]: ...; help" */
static str sentence(const rendering *r, const diag *x) {
    place at = source_place(r->sources, x->at);
    str where = at.source ? str_fmt(r->a, "%.*s:%u:%u: ", STR_ARG(at.source->name), at.line, at.column) : S("");
    return str_fmt(r->a, "%.*s%s[%s]: %.*s%s%.*s", STR_ARG(where), render_severity(x->severity), x->rule->id,
                   STR_ARG(x->text), x->help.n ? "; " : "", STR_ARG(x->help));
}

static void add_failure(const rendering *r, strbuf *out, const diag *x) {
    place at = source_place(r->sources, x->at);
    /* with the column: some CI servers show only one of several cases of the same name */
    str name = at.source ? str_fmt(r->a, "%s %s line %u:%u", x->rule->id, x->rule->name, at.line, at.column)
                         : str_fmt(r->a, "%s %s", x->rule->id, x->rule->name);
    strbuf_addf(out, "    <testcase");
    xml_attribute(out, "classname", file_of(r, x));
    xml_attribute(out, "name", name);
    strbuf_addf(out, ">\n      <failure");
    xml_attribute(out, "message", x->text);
    xml_attribute(out, "type", str_z(x->rule->id));
    strbuf_addc(out, '>');
    xml_text(out, sentence(r, x));
    strbuf_addf(out, "</failure>\n    </testcase>\n");
}

void render_junit(const rendering *r, strbuf *out) {
    const diags *d = r->d;
    bool *failed = ARENA_ARRAY(r->a, bool, r->sources->n + 1);
    uint32_t failures = 0, passed = 0;
    for (uint32_t i = 0; i < d->list.n; i++) {
        const source *s = source_of(r->sources, d->list.v[i].at);
        if (d->list.v[i].severity < r->fail_on) continue;
        failures++;
        if (s) failed[s - r->sources->v] = true;
    }
    for (uint32_t i = 0; i < r->inputs; i++) passed += !failed[i];
    strbuf_addf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%u\" failures=\"%u\">\n",
                failures + passed, failures);
    strbuf_addf(out, "  <testsuite name=\"tektonc\" tests=\"%u\" failures=\"%u\" errors=\"0\">\n", failures + passed,
                failures);
    for (uint32_t i = 0; i < d->list.n; i++)
        if (d->list.v[i].severity >= r->fail_on) add_failure(r, out, &d->list.v[i]);
    for (uint32_t i = 0; i < r->inputs; i++) {
        if (failed[i]) continue;
        strbuf_addf(out, "    <testcase");
        xml_attribute(out, "classname", r->sources->v[i].name);
        strbuf_addf(out, " name=\"check\"/>\n");
    }
    if (d->list.n > failures) {
        strbuf_addf(out, "    <system-out>");
        for (uint32_t i = 0; i < d->list.n; i++) {
            if (d->list.v[i].severity >= r->fail_on) continue;
            xml_text(out, sentence(r, &d->list.v[i]));
            strbuf_addc(out, '\n');
        }
        strbuf_addf(out, "</system-out>\n");
    }
    strbuf_addf(out, "  </testsuite>\n</testsuites>\n");
}
