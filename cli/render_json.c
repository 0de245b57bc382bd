/* For programs: one object a line for each diagnostic. */
#include "base/emit.h"
#include "cli/render.h"

static void put_place(const rendering *r, ynode *n, pos at, pos end) {
    place from = source_place(r->sources, at), to = source_place(r->sources, end);
    if (!from.source) return;
    ynode_put_str(r->a, n, S("file"), from.source->name);
    ynode_put(r->a, n, S("line"), ynode_int(r->a, from.line));
    ynode_put(r->a, n, S("column"), ynode_int(r->a, from.column));
    if (to.source != from.source || end <= at) return;
    ynode_put(r->a, n, S("endLine"), ynode_int(r->a, to.line));
    ynode_put(r->a, n, S("endColumn"), ynode_int(r->a, to.column));
}

static ynode *diagnostic(const rendering *r, const diag *x) {
    arena *a = r->a;
    ynode *n = ynode_map(a, NULL);
    put_place(r, n, x->at, x->end);
    ynode_put_str(a, n, S("id"), str_z(x->rule->id));
    ynode_put_str(a, n, S("name"), str_z(x->rule->name));
    ynode_put_str(a, n, S("severity"), str_z(render_severity(x->severity)));
    ynode_put_str(a, n, S("message"), x->text);
    if (x->help.n) ynode_put_str(a, n, S("help"), x->help);
    str path = path_of(&r->paths, a, x->at, x->end);
    if (path.n) ynode_put_str(a, n, S("path"), path);
    if (x->notes.n) {
        ynode *notes = ynode_seq(a, NULL);
        for (uint32_t i = 0; i < x->notes.n; i++) {
            ynode *note = ynode_map(a, NULL);
            put_place(r, note, x->notes.v[i].at, x->notes.v[i].end);
            ynode_put_str(a, note, S("message"), x->notes.v[i].text);
            ynode_push(a, notes, note);
        }
        ynode_put(a, n, S("notes"), notes);
    }
    return n;
}

void render_json(const rendering *r, strbuf *out) {
    for (uint32_t i = 0; i < r->d->list.n; i++) {
        strbuf_add(out, emit_json_str(r->a, diagnostic(r, &r->d->list.v[i]), false));
        strbuf_addc(out, '\n');
    }
}
