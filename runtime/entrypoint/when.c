#include "runtime/entrypoint/when.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/subst.h"

bool when_parse(const char *text, const json **out) {
    *out = NULL;
    if (!*text) return true;
    const json *tree = json_parse(str_z(text));
    if (!tree || !json_is(tree, JSON_ARRAY)) return false;
    for (const json *w = tree->child; w; w = w->next) {
        static const char fields[3][9] = {"input", "operator", "cel"};
        const json *values = json_get(w, "values");
        if (!json_is(w, JSON_OBJECT) || (values && !json_all_strings(values, JSON_ARRAY))) return false;
        for (int i = 0; i < 3; i++)
            if (!json_is(json_get(w, fields[i]), JSON_STRING)) return false;
    }
    *out = tree;
    return true;
}

static enum when_answer evaluate(const json *w) {
    words values = {0};
    str input;
    const json *list = json_get(w, "values");
    for (const json *value = list ? list->child : NULL; value; value = value->next)
        if (!subst_list(json_text(value), SUBST_RESULTS, &values)) return WHEN_ERROR;
    if (!subst_text(json_text(json_get(w, "input")), SUBST_RESULTS, &input)) return WHEN_ERROR;
    bool found = false;
    for (size_t i = 0; i < values.n && !found; i++) found = str_is(input, values.v[i]);
    bool wanted = str_is(json_text(json_get(w, "operator")), "in");
    return found == wanted ? WHEN_TRUE : WHEN_FALSE;
}

/* Every entry is looked at, even after a false one: a reference that can't be filled is an error wherever it stands. */
enum when_answer when_evaluate(const json *expressions) {
    enum when_answer answer = WHEN_TRUE;
    for (const json *w = expressions ? expressions->child : NULL; w; w = w->next) {
        str cel = json_text(json_get(w, "cel"));
        if (cel.n) {
            log_line("CEL in when expressions is not supported by this entrypoint: \1", str_dup(cel), NULL);
            return WHEN_ERROR;
        }
        enum when_answer one = evaluate(w);
        if (one == WHEN_ERROR) return WHEN_ERROR;
        if (one == WHEN_FALSE) answer = WHEN_FALSE;
    }
    return answer;
}
