#include "compiler/check/parts.h"
#include "grammar/cel.h"
#include "plan/hole.h"

/* WHN-03. Of a Task that a run has put its values into, marks are left for what only the run knows; what Tekton would
 * see there is looked at when it evaluates (resolve/cel.c). */
static void check_compiles(const check_ctx *c, const ynode *cel) {
    cel_error e;
    if (mark_any(cel->text)) return;
    arena *a = arena_new(); /* a program is much larger than what is said about it */
    if (!cel_compile(a, cel->text, &e)) {
        uint32_t from = e.at < cel->text.n ? e.at : cel->text.n - 1;
        diag *x = REPORT_IN(c, WHEN_CEL, text_range(c, cel, from, e.end > from ? e.end : from + 1),
                            "`cel` does not compile: %.*s", STR_ARG(e.text));
        if (e.help.n) diag_help(c->d, x, "%.*s", STR_ARG(e.help));
    }
    arena_free(a);
}

static void check_cel(const check_ctx *c, const WhenExpression *w) {
    if (!c->cfg->cel_in_when) {
        diag *x = REPORT_IN(c, WHEN_CEL_OFF, key_range(&w->h, "cel", w->cel),
                            "`cel` needs the feature flag `enable-cel-in-whenexpression`");
        diag_help(
            c->d, x,
            "use `input`, `operator` and `values`, or set the flag (`--feature=enable-cel-in-whenexpression=true`)");
        return;
    }
    const ynode *beside = text_set(w->input)       ? w->input
                          : text_set(w->operator_) ? w->operator_
                          : ynode_count(w->values) ? w->values
                                                   : NULL;
    if (!beside) {
        check_compiles(c, w->cel);
        return;
    }
    diag *x = REPORT_IN(c, WHEN_CEL_AND_INPUT, key_range(&w->h, "cel", w->cel),
                        "`cel` stands beside `input`, `operator` or `values`");
    diag_note_at(c->d, x, beside, "this is the other condition");
    diag_help(c->d, x, "make two entries of `when`; all must hold");
}

static void check_comparison(const check_ctx *c, const WhenExpression *w) {
    static const char *const operators[] = {"in", "notin"};
    bool any = text_set(w->input) || text_set(w->operator_) || ynode_count(w->values);
    if (!any) {
        diag *x = REPORT_AT(c, WHEN_EMPTY, place_of(NULL, &w->h), "the entry of `when` is empty");
        diag_help(c->d, x, "write `{input: …, operator: in, values: […]}`, or remove it");
        return;
    }
    map known = map_new(c->a);
    for (uint32_t i = 0; i < sizeof operators / sizeof *operators; i++) map_add(&known, str_z(operators[i]), NULL);
    str given = ynode_text(w->operator_);
    if (!given.n) {
        diag *x = REPORT_AT(c, WHEN_OPERATOR, place_of(w->operator_, &w->h), "the entry of `when` has no `operator`");
        diag_help(c->d, x, "add `operator: in` or `operator: notin`");
    } else if (!map_has(&known, given)) {
        diag *x = REPORT_AT(c, WHEN_OPERATOR, place_of(w->operator_, &w->h),
                            "`operator` of `when` is %.*s, not in or notin", STR_ARG(given));
        help_nearest(c, x, given, &known, "write `in` or `notin`");
    }
    if (ynode_count(w->values)) return;
    diag *x = w->values
                  ? REPORT_IN(c, WHEN_VALUES, key_range(&w->h, "values", w->values), "`values` of `when` is empty")
                  : REPORT_AT(c, WHEN_VALUES, place_of(NULL, &w->h), "the entry of `when` has no `values`");
    diag_help(c->d, x, "list what `input` is compared with");
}

void check_when(const check_ctx *c, const WhenExpression_list *when) {
    LIST_EACH(WhenExpression, w, *when) {
        if (text_set(w->cel))
            check_cel(c, w);
        else
            check_comparison(c, w);
    }
}
