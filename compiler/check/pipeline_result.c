#include "compiler/check/pipeline.h"
#include "grammar/detect.h"
#include "grammar/ref.h"

static str subject(const check_ctx *c, const PipelineResult *r) {
    return str_fmt(c->a, "`value` of result `%.*s`", NAME_ARG(r->name));
}

/* PLR-01..03. True when there is a task's result, so that the rest is worth a look. */
static bool check_expressions(const check_ctx *c, const PipelineResult *r) {
    bool any = false, result = false;
    VALUE_EACH(i, text, r->value) {
        str s = ynode_text(text);
        hit h;
        result_ref target;
        if (!s.n || ref_none(s)) continue;
        for (uint32_t from = 0; detect_variable(s, from, &h); from = h.end) {
            any = true;
            result_form form = detect_result_ref(h.inner, &target);
            if (form != RESULT_NO) result = true;
            if (form != RESULT_BROKEN) continue;
            diag *x = REPORT_IN(c, PIPELINE_RESULT_PARTS, text_range(c, text, h.at, h.end),
                                "%.*s has $(%.*s), which has too many parts", STR_ARG(subject(c, r)), STR_ARG(h.inner));
            diag_help(c->d, x, "write `$(tasks.TASK.results.NAME)`, or with one `.KEY` after it");
        }
    }
    if (result) return true;
    const ynode *where = place_of(r->value, &r->h);
    diag *x = any ? REPORT_AT(c, PIPELINE_RESULT_SOURCE, where, "%.*s uses no result of a task", STR_ARG(subject(c, r)))
                  : REPORT_AT(c, PIPELINE_RESULT_CONSTANT, where, "%.*s has no reference to a task's result",
                              STR_ARG(subject(c, r)));
    diag_help(c->d, x, "write `$(tasks.TASK.results.NAME)`");
    return false;
}

/* PLR-04: one piece of a text that was cut at every `$`; [from, end) with the `$`, if it has one. */
static void check_piece(const pipeline_check *p, const PipelineResult *r, const ynode *text, uint32_t from,
                        uint32_t end) {
    const check_ctx *c = p->c;
    str piece = str_cut(ynode_text(text), from, end), inner = piece;
    if (str_starts(inner, S("$"))) inner = str_from(inner, 1);
    if (!inner.n) return;
    if (str_starts(inner, S("(")))
        inner = str_from(inner, 1);
    else
        inner = str_cat(c->a, S("$"), inner); /* Tekton puts the `$` back before it looks */
    if (str_ends(inner, S(")"))) inner.n--;
    result_ref target;
    if (detect_result_ref(inner, &target) != RESULT_OK) {
        diag *x = REPORT_IN(c, PIPELINE_RESULT_MIXED, text_range(c, text, from, end),
                            "%.*s has “%.*s”, which does not begin as a task's result", STR_ARG(subject(c, r)),
                            STR_ARG(str_trim(piece)));
        diag_help(c->d, x, "only text after a reference is allowed; put the rest together in a task's result");
        return;
    }
    const map *names = target.finally ? &p->finally : &p->graph->by_name;
    if (map_has(names, target.task)) return;
    const char *list_name = target.finally ? "finally" : "tasks", *other = target.finally ? "tasks" : "finally";
    diag *x = REPORT_IN(c, PIPELINE_RESULT_TASK, text_range(c, text, from, end),
                        "%.*s names the task `%.*s`, which is not in `%s`", STR_ARG(subject(c, r)),
                        STR_ARG(target.task), list_name);
    if (map_has(target.finally ? &p->graph->by_name : &p->finally, target.task))
        diag_help(c->d, x, "it is in `%s`: write `$(%s.…)`", other, other);
    else
        help_nearest(c, x, target.task, names, "correct the name, or add the task");
}

static void check_tasks(const pipeline_check *p, const PipelineResult *r) {
    if (!ynode_is(r->value, Y_STR)) return;
    str s = r->value->text;
    for (uint32_t from = 0; from < s.n;) {
        uint32_t end = from + 1;
        while (end < s.n && s.p[end] != '$') end++;
        check_piece(p, r, r->value, from, end);
        from = end;
    }
}

void check_pipeline_results(const pipeline_check *p) {
    LIST_EACH(PipelineResult, r, p->spec->results) {
        if (check_expressions(p->c, r)) check_tasks(p, r);
    }
}
