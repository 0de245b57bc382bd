#include "compiler/check/pipeline.h"
#include "grammar/detect.h"
#include "grammar/ref.h"

static bool is_matrixed(const PipelineTask *t) { return t->matrix && (t->matrix->params.n || t->matrix->include.n); }

/* ---- MX-02: the number of combinations (facts E.2) ------------------------------------------------------------------
 */
static uint64_t saturating_mul(uint64_t x, uint64_t y) { return y && x > UINT64_MAX / y ? UINT64_MAX : x * y; }

static uint64_t count_params(const check_ctx *c, const Matrix *m) {
    if (!m->params.n) return 0;
    uint64_t count = 1;
    LIST_EACH(Param, p, m->params) {
        uint32_t n = ynode_is(p->value, Y_SEQ) ? p->value->n : 0;
        if (n || c->version == API_V1BETA1) count = saturating_mul(count, n); /* v1 skips what has no items yet */
    }
    return count;
}

/* The items of every matrix param as a set, made for those that `include` names. */
static const map *items_of(const check_ctx *c, map *sets, const Param *p) {
    map *items = map_get(sets, ynode_text(p->name));
    if (items) return items;
    items = ARENA_NEW(c->a, map);
    *items = map_new(c->a);
    YNODE_EACH(i, item, p->value) map_add(items, ynode_text(item), NULL);
    map_put(sets, ynode_text(p->name), items);
    return items;
}

static uint64_t count_include(const check_ctx *c, const Matrix *m) {
    if (!m->params.n) return m->include.n;
    map params = map_new(c->a), sets = map_new(c->a);
    LIST_EACH(Param, p, m->params) map_put(&params, ynode_text(p->name), p);
    uint64_t count = 0;
    LIST_EACH(IncludeParams, include, m->include)
    for (uint32_t i = 0; i < include->params.n; i++) {
        const Param *own = include->params.v[i], *p = map_get(&params, ynode_text(own->name));
        if (!p) continue;
        if (map_has(items_of(c, &sets, p), ynode_is(own->value, Y_STR) ? own->value->text : S(""))) break;
        count++;
    }
    return count;
}

static void check_size(const check_ctx *c, const PipelineTask *t) {
    uint64_t count = count_params(c, t->matrix), more = count_include(c, t->matrix);
    count = count > UINT64_MAX - more ? UINT64_MAX : count + more;
    if (count <= c->cfg->max_matrix_combinations) return;
    diag *x =
        REPORT_IN(c, MATRIX_SIZE, key_range(&t->h, "matrix", t->matrix->h.node),
                  "the `matrix` of task `%.*s` has %s%llu combinations, and %u are allowed", NAME_ARG(t->name),
                  count == UINT64_MAX ? "more than " : "", (unsigned long long)count, c->cfg->max_matrix_combinations);
    diag_help(c->d, x, "split the task, or raise `default-max-matrix-combinations-count`");
}

/* ---- MX-05 ------------------------------------------------------------------------------------------------------ */
static void check_names(const check_ctx *c, const PipelineTask *t) {
    map names = map_new(c->a);
    LIST_EACH(Param, p, t->params) map_add(&names, ynode_text(p->name), p);
    for (uint32_t i = 0; i <= t->matrix->include.n; i++) {
        const Param_list *list_here = i ? &t->matrix->include.v[i - 1]->params : &t->matrix->params;
        LIST_EACH(Param, m, *list_here) {
            const Param *p = map_get(&names, ynode_text(m->name));
            if (!p) continue;
            diag *x = REPORT_AT(c, MATRIX_AND_PARAMS, place_of(m->name, &m->h),
                                "parameter `%.*s` of task `%.*s` stands both in `matrix` and in `params`",
                                NAME_ARG(m->name), NAME_ARG(t->name));
            note_first(c, x, p->name, &p->h, "it is in `params` here");
            diag_help(c->d, x, "remove one of the two");
        }
    }
}

/* ---- MX-06, MX-07: results of matrixed tasks -----------------------------------------------------------------------
 */
static void check_star(const check_ctx *c, const PipelineTask *user, const PipelineTask *t, const ynode *text,
                       const hit *h) {
    if (str_ends(h->inner, S("[*]"))) return;
    diag *x = REPORT_IN(c, MATRIX_RESULT_STAR, text_range(c, text, h->at, h->end),
                        "params of task `%.*s` use $(%.*s), but `%.*s` has a matrix and makes the result several times",
                        NAME_ARG(user->name), STR_ARG(h->inner), NAME_ARG(t->name));
    range at = key_range(&t->h, "matrix", t->matrix->h.node);
    diag_note_range(c->d, x, at.at, at.end, "the matrix is here");
    diag_help(c->d, x, "use all of them: `$(%.*s[*])`", STR_ARG(h->inner));
}

/* A result of a matrixed task, where a parameter uses it. */
typedef struct consumed {
    const PipelineTask *task;
    result_ref result;
    range at;
} consumed;
typedef VEC(consumed) consumed_list;

static void check_result_type(const check_ctx *c, const map *by_name, const consumed *used) {
    const PipelineTask *t = used->task;
    const result_ref *r = &used->result;
    const TaskSpec *spec = t->taskSpec;
    if (t->taskRef) { /* Tekton looks for a task of this Pipeline with the name of the Task */
        const PipelineTask *named = map_get(by_name, ynode_text(t->taskRef->name));
        spec = named ? named->taskSpec : NULL;
    }
    if (!spec) return;
    LIST_EACH(TaskResult, result, spec->results) {
        if (!str_eq(ynode_text(result->name), r->result) || str_eq(ynode_text(result->type_), S("string"))) continue;
        diag *x = REPORT_AT(c, MATRIX_RESULT_TYPE, place_of(result->type_, &result->h),
                            "result `%.*s` of task `%.*s`, which has a matrix, is of `type` %.*s", STR_ARG(r->result),
                            NAME_ARG(t->name), NAME_ARG(result->type_));
        diag_note_range(c->d, x, used->at.at, used->at.end, "it is used here");
        diag_help(c->d, x, "only string results of a matrix can be used by other tasks");
    }
}

/* True when the parameter holds what looks like a task's result; `out` gets those of matrixed tasks. */
static bool find_consumed(const check_ctx *c, const PipelineTask *user, const Param *p, const map *by_name,
                          consumed_list *out) {
    bool any = false;
    hit h;
    VALUE_EACH(i, text, p->value) {
        str s = ynode_text(text);
        if (!s.n || ref_none(s)) continue;
        for (uint32_t from = 0; detect_variable(s, from, &h); from = h.end) {
            result_ref r;
            result_form form = detect_result_ref(h.inner, &r);
            if (form == RESULT_NO) continue;
            if (!any) out->n = 0;
            any = true;
            uint32_t dot = 0, end = 0;
            (void)str_find(h.inner, S("."), &dot);
            (void)str_find(str_from(h.inner, dot + 1), S("."), &end);
            const PipelineTask *t = map_get(by_name, str_cut(h.inner, dot + 1, dot + 1 + end));
            if (!t || !is_matrixed(t)) continue;
            check_star(c, user, t, text, &h);
            if (form == RESULT_OK) vec_push(c->a, out, ((consumed){t, r, text_range(c, text, h.at, h.end)}));
        }
    }
    return any;
}

static void check_consumers(const check_ctx *c, const PipelineTask_list *tasks) {
    map by_name = map_new(c->a);
    bool any = false;
    LIST_EACH(PipelineTask, t, *tasks) {
        map_put(&by_name, ynode_text(t->name), t);
        any |= is_matrixed(t);
    }
    if (!any) return;
    consumed_list last = {0}; /* Tekton keeps only what the last parameter with results uses */
    LIST_EACH(PipelineTask, user, *tasks) LIST_EACH(Param, p, user->params) find_consumed(c, user, p, &by_name, &last);
    for (uint32_t i = 0; i < last.n; i++) check_result_type(c, &by_name, &last.v[i]);
}

void check_matrices(const check_ctx *c, const PipelineTask_list *tasks) {
    LIST_EACH(PipelineTask, t, *tasks) {
        if (!is_matrixed(t)) continue;
        check_level(c, LEVEL_BETA, key_node(c, &t->h, "matrix", t->matrix->h.node), "`matrix`");
        check_size(c, t);
        check_params_twice(c, &t->matrix->params);
        LIST_EACH(IncludeParams, include, t->matrix->include) check_params_twice(c, &include->params);
        check_names(c, t);
    }
    check_consumers(c, tasks);
}
