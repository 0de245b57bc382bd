#include "compiler/check/parts.h"
#include "grammar/detect.h"

/* What Task results and step results have in common. */
typedef struct result_parts {
    const head *head;
    const ynode *name, *type, *properties;
} result_parts;

static void check_result_name(const check_ctx *c, const result_parts *r) {
    str name = ynode_text(r->name);
    if (name_is_result(name)) return;
    diag *x =
        REPORT_AT(c, RESULT_NAME, place_of(r->name, r->head), "the name of result `%.*s` is not valid", STR_ARG(name));
    diag_help(c->d, x, "use letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit");
}

static void check_result_properties(const check_ctx *c, const result_parts *r) {
    str name = ynode_text(r->name);
    if (!ynode_count(r->properties)) {
        diag *x = REPORT_AT(c, RESULT_PROPERTIES, place_of(r->properties ? r->properties : r->type, r->head),
                            "object result `%.*s` has no `properties`", STR_ARG(name));
        diag_help(c->d, x, "list its keys: `properties: {KEY: {type: string}}`");
    }
    for (uint32_t i = 0; i < ynode_count(r->properties); i++) {
        const ypair *key = &r->properties->pairs[i];
        const ynode *t = ynode_get(key->value, S("type"));
        str given = ynode_text(t);
        if (str_eq(given, S("string"))) continue;
        str problem = given.n ? str_fmt(c->a, "is %.*s, not string", STR_ARG(given)) : S("is not given");
        range where = t && t->at ? (range){t->at, t->end} : (range){key->key_at, key->key_end};
        diag *x = REPORT_IN(c, RESULT_PROPERTY_TYPE, where, "the type of property `%.*s` of result `%.*s` %.*s",
                            STR_ARG(key->key), STR_ARG(name), STR_ARG(problem));
        diag_help(c->d, x, "write `type: string`");
    }
}

static void check_result_type(const check_ctx *c, const result_parts *r) {
    str given = ynode_text(r->type);
    if (str_eq(given, S("object")))
        check_result_properties(c, r);
    else if (given.n && !str_eq(given, S("string")) && !str_eq(given, S("array"))) {
        diag *x = REPORT_AT(c, RESULT_TYPE, place_of(r->type, r->head), "`type` of result `%.*s` is %.*s",
                            STR_ARG(ynode_text(r->name)), STR_ARG(given));
        diag_help(c->d, x, "write `string`, `array` or `object`");
    }
}

void check_step_results(const check_ctx *c, const StepResult_list *results) {
    LIST_EACH(StepResult, r, *results) {
        result_parts parts = {&r->h, r->name, r->type_, r->properties};
        check_result_name(c, &parts);
        check_result_type(c, &parts);
    }
}

/* The step and result that Tekton reads out of `value`: "steps.S.results.R". */
static void check_value_parts(const check_ctx *c, const ynode *value, const hit *h, str result) {
    uint32_t prefix = sizeof "steps." - 1, middle = sizeof ".results." - 1, at;
    str inner = str_from(h->inner, prefix);
    if (!str_find(inner, S(".results."), &at)) return;
    str step = str_cut(inner, 0, at), name = str_from(inner, at + middle);
    uint32_t step_at = h->at + 2 + prefix, name_at = step_at + at + middle;
    if (!name_is_dns_label(step)) {
        diag *x = REPORT_IN(c, RESULT_VALUE_STEP, text_range(c, value, step_at, step_at + step.n),
                            "`value` of result `%.*s` names the step `%.*s`, which can't be the name of one",
                            STR_ARG(result), STR_ARG(step));
        diag_help(c->d, x, "write `$(steps.STEP.results.NAME)` with the name of a step");
    }
    if (!name_is_result(name)) {
        diag *x = REPORT_IN(c, RESULT_VALUE_RESULT, text_range(c, value, name_at, name_at + name.n),
                            "`value` of result `%.*s` names the step's result `%.*s`, which can't be the name of one",
                            STR_ARG(result), STR_ARG(name));
        uint32_t bracket;
        diag_help(c->d, x, "%s",
                  str_find(name, S("["), &bracket) ? "the whole result is taken: leave the brackets out"
                                                   : "write `$(steps.STEP.results.NAME)` with the name of a result");
    }
}

static void check_value(const check_ctx *c, const TaskResult *r) {
    if (!r->value) return;
    str name = ynode_text(r->name);
    param_type given = param_value_type(r->value);
    if (given != PARAM_STRING) {
        diag *x =
            REPORT_AT(c, RESULT_VALUE_TYPE, place_of(r->value, &r->h),
                      "`value` of result `%.*s` is of type %s, not string", STR_ARG(name), param_type_name(given));
        diag_help(c->d, x, "write `value: $(steps.STEP.results.NAME)`, whatever the type of the result");
        return;
    }
    str text = ynode_text(r->value);
    hit h;
    if (!text.n) return;
    if (detect_step_result(text, 0, &h)) {
        check_value_parts(c, r->value, &h, name);
        return;
    }
    diag *x = REPORT_AT(c, RESULT_VALUE, place_of(r->value, &r->h), "`value` of result `%.*s` names no step's result",
                        STR_ARG(name));
    diag_help(c->d, x, "write `value: $(steps.STEP.results.NAME)`, or leave it out");
}

void check_task_results(const check_ctx *c, const TaskResult_list *results) {
    LIST_EACH(TaskResult, r, *results) {
        result_parts parts = {&r->h, r->name, r->type_, r->properties};
        check_result_name(c, &parts);
        check_result_type(c, &parts);
        check_value(c, r);
    }
}
