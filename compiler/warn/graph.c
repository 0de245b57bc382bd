/* Conditions that never hold, tasks that therefore never run, matrices that run otherwise than they look, numbers that
 * a child refuses. Facts: validation.md C.4, D.5, D.6, E.2, E.4, RT-P27. */
#include "compiler/check/pipeline.h"
#include "compiler/warn/parts.h"
#include "grammar/duration.h"
#include "plan/matrix.h"
#include <inttypes.h>

/* ---- when -------------------------------------------------------------------------------------------------------- */

/* Variables that have one of a few values. */
static const struct value_row {
    const char *end; /* of the reference's raw text */
    var_root root;
    const char *values[4];
} known_values[] = {
    {"tasks.status", VAR_TASK, {"Succeeded", "Failed", "Completed", "None"}},
    {".status", VAR_TASK, {"Succeeded", "Failed", "None"}},
    {".bound", VAR_WORKSPACE, {"true", "false"}},
};

/* The row of a text that is one such variable; NULL: it may be anything. */
static const struct value_row *values_of(const warn *w, str text) {
    var v;
    uint32_t from = 0;
    if (ref_none(text) || !var_next(w->c->a, text, &from, &v) || v.at != 0 || v.end != text.n) return NULL;
    str raw = str_cut(text, 2, text.n - 1);
    for (size_t i = 0; i < sizeof known_values / sizeof *known_values; i++) {
        str end = str_z(known_values[i].end);
        bool whole = end.p[0] != '.';
        if (v.root == known_values[i].root && (whole ? str_eq(raw, end) : v.n == 2 && str_ends(raw, end)))
            return &known_values[i];
    }
    return NULL;
}

/* Whether the condition could hold for this value of its input. Values that are not known may be equal. */
static bool may_hold(const WhenExpression *when, str input, bool in) {
    bool unknown = false, equal = false;
    YNODE_EACH(i, value, when->values) {
        unknown = unknown || !ref_none(ynode_text(value));
        equal = equal || str_eq(ynode_text(value), input);
    }
    return in ? equal || unknown : !equal;
}

static bool never_holds(const warn *w, const WhenExpression *when) {
    str input = ynode_text(when->input), op = ynode_text(when->operator_);
    bool in = str_eq(op, S("in"));
    if (text_set(when->cel) || (!in && !str_eq(op, S("notin")))) return false;
    const struct value_row *row = values_of(w, input);
    if (!row) return ref_none(input) && !may_hold(when, input, in);
    for (int i = 0; i < 4 && row->values[i]; i++)
        if (may_hold(when, str_z(row->values[i]), in)) return false;
    return true;
}

static const WhenExpression *first_false(const warn *w, const WhenExpression_list *when) {
    LIST_EACH(WhenExpression, x, *when) {
        if (never_holds(w, x)) return x;
    }
    return NULL;
}

void warn_when(const warn *w, const WhenExpression_list *when) {
    LIST_EACH(WhenExpression, x, *when) {
        if (!never_holds(w, x)) continue;
        const struct value_row *row = values_of(w, ynode_text(x->input));
        diag *d = REPORT_AT(w->c, WHEN_FALSE, x->h.node ? x->h.node : x->input, "this condition never holds");
        if (row) {
            strbuf all = {.a = w->c->a};
            for (int i = 0; i < 4 && row->values[i]; i++) strbuf_addf(&all, "%s`%s`", i ? ", " : "", row->values[i]);
            str list_ = strbuf_str(&all);
            diag_help(w->c->d, d, "%.*s is one of %.*s", NAME_ARG(x->input), STR_ARG(list_));
        } else {
            diag_help(w->c->d, d, "the input is a text that does not change; was a variable meant?");
        }
    }
}

/* ---- tasks that never run ---------------------------------------------------------------------------------------- */

typedef enum fate { RUNS, WHEN_FALSE, NO_ITEMS, UNREACHABLE } fate;

static bool matrix_is_empty(const PipelineTask *t) {
    if (!t->matrix) return false;
    LIST_EACH(Param, p, t->matrix->params) {
        if (p->value && p->value->kind == Y_SEQ && !p->value->n) return true;
    }
    return false;
}

static fate own_fate(const warn *w, const PipelineTask *t) {
    return first_false(w, &t->when) ? WHEN_FALSE : matrix_is_empty(t) ? NO_ITEMS : RUNS;
}

static void report_unreachable(const warn *w, const PipelineTask *t, const graph_edge *e, const PipelineTask *other) {
    diag *x = REPORT_AT(w->c, TASK_UNREACHABLE, place_of(t->name, &t->h),
                        "task `%.*s` never runs: it %s `%.*s`, which never runs", NAME_ARG(t->name),
                        e->kind == EDGE_RUN_AFTER ? "waits for" : "takes a result of", STR_ARG(e->name));
    diag_note_at(w->c->d, x, e->text, e->kind == EDGE_RUN_AFTER ? "it waits here" : "the result is taken here");
    diag_note_at(w->c->d, x, place_of(other->name, &other->h), "the task that never runs");
}

/* A task whose own condition is false does not keep those from running that only come after it; any other reason does,
 * and a result that is never there does always. */
static bool stops(fate f, edge_kind kind) {
    return f == UNREACHABLE || f == NO_ITEMS || (f == WHEN_FALSE && kind != EDGE_RUN_AFTER);
}

void warn_graph(const warn *w, const warn_pipeline *p) {
    const graph *g = p->graph;
    fate *fates = ARENA_ARRAY(w->c->a, fate, g->n + 1);
    bool any = false;
    for (uint32_t k = 0; k < g->order_count; k++) {
        const graph_node *n = &g->nodes[g->order[k]];
        fate *f = &fates[g->order[k]];
        *f = own_fate(w, n->task);
        if (*f == NO_ITEMS) {
            diag *x = REPORT_AT(w->c, TASK_UNREACHABLE, place_of(n->task->name, &n->task->h),
                                "task `%.*s` never runs: its matrix has an empty array", STR_ARG(n->name));
            diag_note_at(w->c->d, x, n->task->matrix->h.node, "the matrix");
        }
        for (uint32_t i = 0; *f == RUNS && any && i < n->edge_count; i++) {
            const graph_edge *e = &n->edges[i];
            if (e->to == GRAPH_NO_TASK || !stops(fates[e->to], e->kind)) continue;
            *f = UNREACHABLE;
            report_unreachable(w, n->task, e, g->nodes[e->to].task);
        }
        any = any || *f != RUNS;
    }
    LIST_EACH(PipelineTask, t, p->spec->finally) {
        if (!any || own_fate(w, t) != RUNS) continue;
        graph_edges edges = {0};
        graph_task_edges(w->c->a, t, API_V1, &edges);
        for (uint32_t i = 0; i < edges.n; i++) {
            const graph_node *to = map_get(&g->by_name, edges.v[i].name);
            if (!to || fates[to - g->nodes] == RUNS) continue;
            report_unreachable(w, t, &edges.v[i], to->task);
            break;
        }
    }
}

/* ---- numbers and names that the child refuses -------------------------------------------------------------------- */

static void warn_child(const warn *w, const PipelineTask *t) {
    int64_t ns;
    if (int_sign(t->retries) < 0) {
        diag *x = REPORT_AT(w->c, CHILD_REFUSED, t->retries, "`retries` of task `%.*s` is negative", NAME_ARG(t->name));
        diag_help(w->c->d, x, "give 0 or more");
    }
    if (t->timeout && duration_parse(ynode_text(t->timeout), &ns) && ns < 0) {
        diag *x = REPORT_AT(w->c, CHILD_REFUSED, t->timeout, "`timeout` of task `%.*s` is negative", NAME_ARG(t->name));
        diag_help(w->c->d, x, "give a time of 0 (no limit) or more");
    }
    map names = map_new(w->c->a);
    LIST_EACH(Param, p, t->params) {
        str folded = str_lower(w->c->a, ynode_text(p->name));
        const Param *first = map_get(&names, folded);
        map_add(&names, folded, p);
        if (!first || str_eq(ynode_text(first->name), ynode_text(p->name))) continue; /* the same name is an error */
        diag *x =
            REPORT_AT(w->c, CHILD_REFUSED, place_of(p->name, &p->h), "the names `%.*s` and `%.*s` differ only in case",
                      NAME_ARG(first->name), NAME_ARG(p->name));
        note_first(w->c, x, first->name, &first->h, "the other one is here");
        diag_help(w->c->d, x, "rename one of the parameters");
    }
}

/* ---- matrices ---------------------------------------------------------------------------------------------------- */

enum { SORTED_AS_WRITTEN = 10 }; /* up to this many runs, names sorted as text are in the order of their numbers */

static const ynode *include_tree(arena *a, const IncludeParams *include) {
    ynode *out = ynode_map(a, NULL);
    LIST_EACH(Param, p, include->params) {
        ynode_set(a, out, ynode_text(p->name), p->value ? p->value : ynode_strz(a, ""));
    }
    return out;
}

/* False: a part of it is only known in a run. */
static bool read_matrix(arena *a, const Matrix *from, matrix *out) {
    *out = (matrix){0};
    LIST_EACH(Param, p, from->params) {
        if (!p->value || p->value->kind != Y_SEQ) return false;
        YNODE_EACH(i, item, p->value) {
            if (!ref_none(ynode_text(item))) return false;
        }
        vec_push(a, &out->params, ((matrix_param){ynode_text(p->name), p->value}));
    }
    LIST_EACH(IncludeParams, i, from->include) vec_push(a, &out->includes, ((matrix_include){include_tree(a, i)}));
    return true;
}

/* Somebody takes the results of all its runs as one array. */
static void warn_result_order(const warn *w, const warn_pipeline *p, const PipelineTask *t, uint64_t count) {
    const graph_node *n = map_get(&p->graph->by_name, ynode_text(t->name));
    if (count <= SORTED_AS_WRITTEN || !n) return;
    for (uint32_t i = 0; i < n->before_count; i++) {
        const graph_node *user = &p->graph->nodes[n->before[i]];
        for (uint32_t k = 0; k < user->edge_count; k++) {
            const graph_edge *e = &user->edges[k];
            if (e->kind == EDGE_RUN_AFTER || !e->result.star || !str_eq(e->name, n->name)) continue;
            diag *x = REPORT_IN(w->c, MATRIX_ORDER, text_range(w->c, e->text, e->from, e->end),
                                "the results of the %" PRIu64
                                " runs of `%.*s` come in the order of their names as text: 0, 1, 10, 2",
                                count, STR_ARG(n->name));
            diag_help(w->c->d, x, "let each result say what it belongs to");
            return;
        }
    }
}

static void warn_matrix(const warn *w, const warn_pipeline *p, const PipelineTask *t) {
    matrix m;
    if (!t->matrix || !read_matrix(w->c->a, t->matrix, &m)) return;
    uint64_t count = matrix_count(&m);
    if (count <= w->c->cfg->max_matrix_combinations) {
        matrix_combinations made = {0};
        matrix_fan_out(w->c->a, &m, &made);
        if (made.n && made.n < count) {
            diag *x =
                REPORT_AT(w->c, MATRIX_SURPLUS, t->matrix->h.node,
                          "the matrix has %u combinations, but Tekton makes %" PRIu64 " runs of it", made.n, count);
            diag_help(w->c->d, x,
                      "an entry of `include` should change only one parameter of the matrix, or be a task of its own");
        }
    }
    warn_result_order(w, p, t, count);
}

void warn_pipeline_tasks(const warn *w, const warn_pipeline *p) {
    PIPELINE_TASK_EACH(t, p->spec) {
        warn_when(w, &t->when);
        warn_child(w, t);
        warn_matrix(w, p, t);
    }
}
