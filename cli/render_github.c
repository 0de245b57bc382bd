/* Workflow commands of GitHub Actions: each diagnostic becomes an annotation of the changed file. */
#include "cli/render.h"

/* What ends a command or its properties is written as percent escapes. */
static void add_escaped(strbuf *out, str text, bool property) {
    for (uint32_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            strbuf_addf(out, "%%%02X", (unsigned)c);
        else
            strbuf_addc(out, c);
    }
}

void render_github(const rendering *r, strbuf *out) {
    for (uint32_t i = 0; i < r->d->list.n; i++) {
        const diag *x = &r->d->list.v[i];
        place at = source_place(r->sources, x->at), end = source_place(r->sources, x->end);
        strbuf_addf(out, "::%s ", x->severity == SEV_NOTE ? "notice" : render_severity(x->severity));
        if (at.source) {
            strbuf_addf(out, "file=");
            add_escaped(out, at.source->name, true);
            strbuf_addf(out, ",line=%u,col=%u", at.line, at.column);
            if (end.source == at.source && x->end > x->at)
                strbuf_addf(out, ",endLine=%u,endColumn=%u", end.line, end.column);
            strbuf_addc(out, ',');
        }
        strbuf_addf(out, "title=%s %s::", x->rule->id, x->rule->name);
        add_escaped(out, x->text, false);
        if (x->help.n) {
            strbuf_addf(out, "; ");
            add_escaped(out, x->help, false);
        }
        strbuf_addc(out, '\n');
    }
}
