/* A `cel` entry of a pipeline task's `when`, as Tekton evaluates it before the first task starts (RT-P20): what only
 * the run knows later, results above all, stands in it as its $(…) text. */
#include "compiler/check/parts.h"
#include "compiler/run.h"
#include "grammar/cel.h"

/* Of what only the run knows, its identity is there from the beginning. */
typedef struct identity {
    run_ctx *c;
    const run *r;
} identity;

static const ynode *identity_of(void *ctx, str name) {
    const identity *x = ctx;
    const run *r = x->r;
    const struct {
        str name, value;
    } known[] = {
        {S("context.pipelineRun.name"), r->in->name},
        {S("context.pipelineRun.namespace"), r->in->namespace_},
        {S("context.pipelineRun.uid"), r->in->uid},
    };
    if (!str_starts(name, r->task_path)) return NULL;
    name = str_from(name, r->task_path.n);
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(name, known[i].name)) return ynode_str(x->c->a, known[i].value, NULL);
    return NULL;
}

/* At its place in the scalar when the text stands there as it was evaluated; else beside the text that was. */
static void report(run_ctx *c, const ynode *cel, str text, const cel_error *e) {
    bool as_written = cel->raw && str_eq(text, cel->text);
    pos from = as_written && e->end > e->at ? cel->at + cel->raw - 1 + e->at : cel->at,
        to = from == cel->at ? cel->end : from + (e->end - e->at);
    diag *x =
        diag_range(c->d, &diag_rules[TK_CEL_EVALUATION], from, to, "`cel` does not evaluate: %.*s", STR_ARG(e->text));
    if (!as_written && !memchr(text.p, '\n', text.n)) diag_note_at(c->d, x, cel, "evaluated: %.*s", STR_ARG(text));
    if (mark_any(cel->text) && str_find(text, S("$("), NULL))
        diag_help(c->d, x,
                  "Tekton evaluates it before anything runs, when a result still stands there as its text; comparing "
                  "strings always works");
    else if (e->help.n)
        diag_help(c->d, x, "%.*s", STR_ARG(e->help));
}

bool resolve_cel(run_ctx *c, const run *r, const ynode *cel) {
    identity x = {c, r};
    bool open = mark_any(cel->text), holds = true;
    str text = open ? mark_show(c->m, c->a, cel->text, identity_of, &x) : cel->text;
    arena *a = arena_new(); /* an evaluation may take much more than its outcome */
    cel_error e;
    const cel_program *p = cel_compile(a, text, &e);
    if (!p || !cel_eval_bool(a, p, &holds, &e)) {
        holds = true;
        report(c, cel, text, &e);
    }
    arena_free(a);
    return open || holds;
}
