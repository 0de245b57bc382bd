/* Termination messages as an entrypoint writes them (facts: runtime.md 3). */
#include "base/emit.h"
#include "runtime/rehearsal/rehearsal.h"

enum { TASK_RESULT = 1, INTERNAL = 3, STEP_RESULT = 4 };

static void add(arena *a, ynode *list, str key, str value, int type) {
    ynode *m = ynode_map(a, NULL);
    ynode_put_str(a, m, S("key"), key);
    ynode_put_str(a, m, S("value"), value);
    ynode_put(a, m, S("type"), ynode_int(a, type));
    ynode_push(a, list, m);
}

static void add_all(arena *a, ynode *list, const ynode *results, int type) {
    for (uint32_t i = 0; i < ynode_count(results); i++) {
        const ynode *v = results->pairs[i].value;
        str text = v->kind == Y_SEQ || v->kind == Y_MAP ? emit_json_str(a, v, false) : ynode_text(v);
        add(a, list, results->pairs[i].key, text.p ? text : S(""), type);
    }
}

str rehearsal_message(arena *a, const ynode *results, const ynode *step_results, const char *key, str value) {
    ynode *list = ynode_seq(a, NULL);
    add_all(a, list, results, TASK_RESULT);
    add_all(a, list, step_results, STEP_RESULT);
    if (key) add(a, list, str_z(key), value, INTERNAL);
    return list->n ? emit_json_str(a, list, false) : STR_NONE;
}
