#include "compiler/check/pipeline.h"
#include "grammar/detect.h"
#include "grammar/ref.h"

/* What Tekton judges together: a parameter, or an entry of `when`. A result reference anywhere in it makes Tekton skip
 * the check of statuses for all of it. */
typedef struct unit {
    const ynode *values[3];
    const char *kind; /* "param" */
    str name;
    uint32_t index;
    bool has_result, has_status;
} unit;

typedef struct variables {
    const pipeline_check *p;
    const PipelineTask *task;
    bool finally;
} variables;

static str unit_name(const check_ctx *c, const unit *u) {
    return u->name.p ? str_fmt(c->a, "%s `%.*s`", u->kind, STR_ARG(u->name))
                     : str_fmt(c->a, "`%s[%u]`", u->kind, u->index);
}

#define UNIT_TEXTS(i, j, text, u)                                                                                      \
    for (int i = 0; i < 3; i++) VALUE_EACH(j, text, (u)->values[i])

/* ---- PL-09 ------------------------------------------------------------------------------------------------------ */
static const str roots[] = {{"params", 6},  {"tasks", 5},       {"finally", 7},
                            {"context", 7}, {"workspaces", 10}, {"results", 7}};
enum { ROOTS = sizeof roots / sizeof *roots };

static void check_root(const variables *v, const unit *u, const ynode *text, const hit *h) {
    const check_ctx *c = v->p->c;
    uint32_t dot = h->inner.n;
    (void)str_find(h->inner, S("."), &dot);
    str root = str_cut(h->inner, 0, dot);
    for (int i = 0; i < ROOTS; i++)
        if (str_eq(root, roots[i])) return;
    diag *x = REPORT_IN(c, VARIABLE_ROOT, text_range(c, text, h->at, h->end),
                        "%.*s of task `%.*s` has $(%.*s), which begins with none of the known names",
                        STR_ARG(unit_name(c, u)), NAME_ARG(v->task->name), STR_ARG(h->inner));
    str near = diag_nearest(root, roots, ROOTS);
    if (near.p && dot < h->inner.n)
        diag_help(c->d, x, "did you mean `%.*s`?", STR_ARG(near));
    else
        diag_help(c->d, x,
                  "begin with params, tasks, finally, context, workspaces or results; for a variable of the shell "
                  "write `${%.*s}`",
                  STR_ARG(root));
}

/* ---- PL-07, PL-08 -------------------------------------------------------------------------------------------------
 */
static bool is_status(str inner) {
    return str_starts(inner, S("tasks.")) && (str_ends(inner, S(".status")) || str_ends(inner, S(".reason")));
}

static void check_status(const variables *v, const unit *u, const ynode *text, const hit *h) {
    const check_ctx *c = v->p->c;
    if (!is_status(h->inner)) return;
    range at = text_range(c, text, h->at, h->end);
    if (!v->finally) {
        diag *x = REPORT_IN(c, STATUS_IN_TASK, at, "%.*s of task `%.*s` uses $(%.*s), which only `finally` tasks can",
                            STR_ARG(unit_name(c, u)), NAME_ARG(v->task->name), STR_ARG(h->inner));
        diag_help(c->d, x, "move the task to `finally`, or let the other task emit a result");
        return;
    }
    if (str_eq(h->inner, S("tasks.status"))) return;
    str name = str_from(h->inner, sizeof "tasks." - 1),
        suffix = str_ends(h->inner, S(".status")) ? S(".status") : S(".reason");
    if (str_ends(name, suffix)) name.n -= suffix.n;
    if (map_has(&v->p->graph->by_name, name)) return;
    diag *x =
        REPORT_IN(c, STATUS_UNKNOWN_TASK, at, "%.*s of task `%.*s` uses the status of `%.*s`, which is not in `tasks`",
                  STR_ARG(unit_name(c, u)), NAME_ARG(v->task->name), STR_ARG(name));
    const PipelineTask *last = map_get(&v->p->finally, name);
    if (last)
        note_first(c, x, last->name, &last->h, "it is a `finally` task");
    else
        help_nearest(c, x, name, &v->p->graph->by_name, "correct the name, or add the task");
}

static void check_unit(const variables *v, unit *u, bool statuses) {
    hit h;
    result_ref r;
    UNIT_TEXTS(i, j, text, u) {
        str s = ynode_text(text);
        if (!s.n || ref_none(s)) continue;
        for (uint32_t from = 0; detect_variable(s, from, &h); from = h.end) {
            check_root(v, u, text, &h);
            if (is_status(h.inner)) u->has_status = true;
            if (detect_result_ref(h.inner, &r) != RESULT_NO) u->has_result = true;
        }
    }
    if (!statuses || !u->has_status || u->has_result) return;
    UNIT_TEXTS(k, l, text, u)
    for (uint32_t from = 0; detect_variable(ynode_text(text), from, &h); from = h.end) check_status(v, u, text, &h);
}

static void check_param_units(const variables *v, const Param_list *params, const char *kind, bool statuses) {
    LIST_EACH(Param, p, *params) {
        unit u = {.values = {p->value}, .kind = kind, .name = ynode_text(p->name)};
        check_unit(v, &u, statuses);
    }
}

/* ---- PL-11 ------------------------------------------------------------------------------------------------------ */
static void check_artifacts(const variables *v) {
    const check_ctx *c = v->p->c;
    if (c->cfg->artifacts) return;
    hit h;
    LIST_EACH(Param, p, v->task->params) VALUE_EACH(i, text, p->value) {
        str s = ynode_text(text);
        if (!s.n || ref_none(s)) continue;
        for (uint32_t from = 0; detect_artifact(s, from, &h); from = h.end) {
            if (!str_starts(h.inner, S("tasks."))) continue;
            diag *x =
                REPORT_IN(c, TASK_ARTIFACTS_OFF, text_range(c, text, h.at, h.end),
                          "param `%.*s` of task `%.*s` uses $(%.*s), which needs the feature flag `enable-artifacts`",
                          NAME_ARG(p->name), NAME_ARG(v->task->name), STR_ARG(h.inner));
            diag_help(c->d, x, "use a result, or set the flag (`--feature=enable-artifacts=true`)");
        }
    }
}

/* ---- PL-06 ------------------------------------------------------------------------------------------------------ */
static void check_context(const check_ctx *c, const PipelineTask *t, const ynode *text) {
    static const struct {
        str prefix;
        str names[3];
    } known[] = {{{"context.pipelineRun", 19}, {{"name", 4}, {"namespace", 9}, {"uid", 3}}},
                 {{"context.pipeline", 16}, {{"name", 4}}},
                 {{"context.pipelineTask", 20}, {{"retries", 7}}}};
    str s = ynode_text(text);
    hit h;
    if (!s.n || ref_none(s)) return;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        for (uint32_t from = 0; detect_prefixed(s, known[k].prefix, from, &h); from = h.end) {
            bool found = false;
            str name = variable_name(c->a, h.name, h.form);
            for (int i = 0; i < 3; i++) found |= known[k].names[i].n && str_eq(name, known[k].names[i]);
            if (found && !variable_too_long(h.name, h.form)) continue;
            diag *x = REPORT_IN(c, PIPELINE_CONTEXT_VARIABLE, text_range(c, text, h.at, h.end),
                                "params of task `%.*s` use %.*s, which does not exist", NAME_ARG(t->name),
                                STR_ARG(str_cut(s, h.at, h.end)));
            str near = diag_nearest(name, known[k].names, known[k].names[1].n ? 3 : 1);
            if (near.p)
                diag_help(c->d, x, "did you mean `$(%.*s.%.*s)`?", STR_ARG(known[k].prefix), STR_ARG(near));
            else
                diag_help(c->d, x,
                          "there are context.pipelineRun.name, .namespace and .uid, context.pipeline.name and "
                          "context.pipelineTask.retries");
        }
}

static void check_contexts(const check_ctx *c, const PipelineTask_list *tasks) {
    if (!tasks->n) return;
    const PipelineTask *t = tasks->v[tasks->n - 1];
    LIST_EACH(Param, p, t->params) VALUE_EACH(i, text, p->value) check_context(c, t, text);
    if (!t->matrix) return;
    LIST_EACH(Param, m, t->matrix->params) VALUE_EACH(j, text, m->value) check_context(c, t, text);
    LIST_EACH(IncludeParams, include, t->matrix->include)
    LIST_EACH(Param, n, include->params) VALUE_EACH(k, text, n->value) check_context(c, t, text);
}

/* ---- PL-10, FIN-* -------------------------------------------------------------------------------------------------
 */
static void check_child_result(const pipeline_check *p, const PipelineTask *t, const graph_edge *e) {
    const graph_node *to = e->kind == EDGE_RUN_AFTER ? NULL : map_get(&p->graph->by_name, e->name);
    if (!to || !(to->task->pipelineRef || to->task->pipelineSpec)) return;
    diag *x =
        REPORT_IN(p->c, CHILD_PIPELINE_RESULT, text_range(p->c, e->text, e->from, e->end),
                  "task `%.*s` uses a result of `%.*s`, which runs a Pipeline", NAME_ARG(t->name), STR_ARG(e->name));
    note_first(p->c, x, to->task->name, &to->task->h, "the task is here");
    diag_help(p->c->d, x, "Tekton hands no results of child Pipelines on; use a workspace");
}

static void check_finally_edge(const pipeline_check *p, const PipelineTask *t, const graph_edge *e) {
    check_child_result(p, t, e);
    if (e->kind != EDGE_PARAM && e->kind != EDGE_WHEN) return;
    const PipelineTask *last = map_get(&p->finally, e->name);
    if (last) {
        diag *x = REPORT_IN(p->c, FINALLY_RESULT, text_range(p->c, e->text, e->from, e->end),
                            "`finally` task `%.*s` uses a result of `%.*s`, which is a `finally` task, too",
                            NAME_ARG(t->name), STR_ARG(e->name));
        note_first(p->c, x, last->name, &last->h, "it is here");
        diag_help(p->c->d, x, "`finally` tasks run at the same time; move `%.*s` to `tasks`", STR_ARG(e->name));
    } else if (!map_has(&p->graph->by_name, e->name)) {
        diag *x = REPORT_IN(p->c, FINALLY_RESULT_TASK, text_range(p->c, e->text, e->from, e->end),
                            "`finally` task `%.*s` uses a result of `%.*s`, which is not in `tasks`", NAME_ARG(t->name),
                            STR_ARG(e->name));
        help_nearest(p->c, x, e->name, &p->graph->by_name, "correct the name, or add the task");
    }
}

static void check_finally(const pipeline_check *p, const PipelineTask *t) {
    if (ynode_count(t->runAfter)) {
        diag *x = REPORT_IN(p->c, FINALLY_RUN_AFTER, key_range(&t->h, "runAfter", t->runAfter),
                            "`finally` task `%.*s` has `runAfter`", NAME_ARG(t->name));
        diag_help(p->c->d, x, "remove it: `finally` tasks start together when all `tasks` have ended");
    }
    graph_edges edges = {0};
    graph_task_edges(p->c->a, t, p->c->version, &edges);
    for (uint32_t i = 0; i < edges.n; i++) check_finally_edge(p, t, &edges.v[i]);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */
static void check_task_variables(const variables *v) {
    check_param_units(v, &v->task->params, "param", true);
    LIST_EACH(WhenExpression, w, v->task->when) {
        unit u = {.values = {w->input, w->cel, w->values}, .kind = "when", .index = w_i};
        check_unit(v, &u, true);
    }
    if (v->task->matrix) {
        check_param_units(v, &v->task->matrix->params, "matrix param", false);
        LIST_EACH(IncludeParams, include, v->task->matrix->include)
        check_param_units(v, &include->params, "matrix include param", false);
    }
    check_artifacts(v);
}

void check_pipeline_variables(const pipeline_check *p) {
    LIST_EACH(PipelineTask, t, p->spec->tasks) {
        check_task_variables(&(variables){.p = p, .task = t});
        for (uint32_t i = 0; i < p->graph->nodes[t_i].edge_count; i++)
            check_child_result(p, t, &p->graph->nodes[t_i].edges[i]);
    }
    LIST_EACH(PipelineTask, f, p->spec->finally) {
        check_task_variables(&(variables){.p = p, .task = f, .finally = true});
        check_finally(p, f);
    }
    check_contexts(p->c, &p->spec->tasks);
    check_contexts(p->c, &p->spec->finally);
}
