/* Variables in the texts of a Pipeline. What Tekton's admission looks at was judged before; the rest is context
 * variables (it looks at those of the last task only), results in brackets, lengths of matrices, fields that it does
 * not search. Facts: validation.md D.2, D.6, E.5, I.6, I.20, I.23-25. */
#include "compiler/check/pipeline.h"
#include "compiler/schema/walk.h"
#include "compiler/warn/parts.h"

enum { REACH_TRIES = 100 }; /* lengths whose order is searched for through other tasks */

typedef struct pipeline_texts {
    const warn *w;
    warn_pipeline *p;
    const PipelineTask *task;
    const graph_node *node; /* NULL: a finally task */
    bool finally, passed;   /* passed: the text is a value that the Task gets, where its own variables are replaced */
    bool results;           /* of the Pipeline */
    map task_workspaces, matrix;
    uint32_t tries;
} pipeline_texts;

/* ---- results of tasks ------------------------------------------------------------------------------------------- */

static str result_key(arena *a, const var *v) {
    return str_fmt(a, "%.*s/%.*s", STR_ARG(v->name), STR_ARG(v->s[2].text));
}

void warn_result_form(const warn *w, warn_pipeline *p, const ynode *text, const var *v) {
    if (v->root != VAR_TASK || v->n < 3 || !var_is(v, 1, S("results"))) return;
    if (v->s[2].kind == REF_QUOTED)
        vec_push(w->c->a, &p->bracketed, ((var_at){text, *v}));
    else
        map_add(&p->dotted, result_key(w->c->a, v), NULL);
}

static void end_of_task(const warn *w, warn_pipeline *p) {
    for (uint32_t i = 0; i < p->bracketed.n; i++) {
        const var *v = &p->bracketed.v[i].v;
        const ynode *text = p->bracketed.v[i].text;
        if (map_has(&p->dotted, result_key(w->c->a, v))) continue;
        diag *x =
            warn_variable_report(w, &diag_rules[TK_RESULT_BRACKET], text, v,
                                 "Tekton does not find results in brackets, so the task does not wait for it either");
        diag_help(w->c->d, x, "write `$(tasks.%.*s.results.%.*s)`", STR_ARG(v->name), STR_ARG(v->s[2].text));
    }
    p->bracketed.n = 0;
    p->dotted = map_new(w->c->a);
}

/* Whether the node waits for another one, directly or not. */
static bool waits_for(pipeline_texts *x, const graph_node *n, const graph_node *other) {
    const graph *g = x->p->graph;
    for (uint32_t i = 0; i < n->after_count; i++)
        if (&g->nodes[n->after[i]] == other) return true;
    if (x->tries++ >= REACH_TRIES) return true;
    bool *seen = ARENA_ARRAY(x->w->c->a, bool, g->n);
    uint32_t *todo = ARENA_ARRAY(x->w->c->a, uint32_t, g->n), count = 0;
    seen[n - g->nodes] = true;
    todo[count++] = (uint32_t)(n - g->nodes);
    while (count) {
        const graph_node *at = &g->nodes[todo[--count]];
        if (at == other) return true;
        for (uint32_t i = 0; i < at->after_count; i++)
            if (!seen[at->after[i]]) seen[at->after[i]] = true, todo[count++] = at->after[i];
    }
    return false;
}

static void judge_length(pipeline_texts *x, const ynode *text, const var *v) {
    const graph_node *other = map_get(&x->p->graph->by_name, v->name);
    if (v->n != 4 || !var_is(v, 3, S("length")) || !other || !x->node || waits_for(x, x->node, other)) return;
    range at = text_range(x->w->c, text, v->at, v->end);
    diag *d =
        REPORT_IN(x->w->c, MATRIX_LENGTH, at,
                  "the task does not wait for `%.*s`, so this counts results that are not there yet", STR_ARG(v->name));
    diag_help(x->w->c->d, d, "add `%.*s` to its `runAfter`", STR_ARG(v->name));
}

static void judge_task(pipeline_texts *x, const ynode *text, const var *v) {
    const warn *w = x->w;
    warn_result_form(w, x->p, text, v);
    if (var_is(v, 1, S("matrix"))) judge_length(x, text, v);
    bool of_all = v->n == 1 && var_is(v, 0, S("status"));
    if (!of_all && !(v->n == 2 && (var_is(v, 1, S("status")) || var_is(v, 1, S("reason"))))) return;
    if (!x->finally) {
        diag *d = UNDECLARED(w, text, v, "the status of tasks is known to `finally` tasks only");
        diag_help(w->c->d, d, "move the task to `finally`");
    } else if (!of_all && !map_has(&x->p->graph->by_name, v->name)) {
        diag *d = UNDECLARED(w, text, v, "`tasks` has no `%.*s`", STR_ARG(v->name));
        help_nearest(w->c, d, v->name, &x->p->graph->by_name, NULL);
    }
}

/* ---- the other roots -------------------------------------------------------------------------------------------- */

static void judge_param(pipeline_texts *x, const ynode *text, const var *v) {
    if (map_has(&x->p->params, v->name) || map_has(&x->matrix, v->name)) return; /* a matrix's in displayName */
    /* A Pipeline replaces by the whole text, so dots may belong to the name. */
    for (uint32_t i = 0; i < v->n && v->s[i].kind == REF_NAME; i++)
        if (map_has(&x->p->params, var_names(v, i + 1))) return;
    diag *d = UNDECLARED(x->w, text, v, "no parameter `%.*s` is declared", STR_ARG(v->name));
    help_nearest(x->w->c, d, v->name, &x->p->params, NULL);
}

static void judge_workspace(pipeline_texts *x, const ynode *text, const var *v) {
    bool bound = v->n == 2 && var_is(v, 1, S("bound"));
    const map *here = &x->p->workspaces;
    bool embedded = x->task && x->task->taskSpec; /* which gets what the Pipeline has */
    if (x->passed && (map_has(&x->task_workspaces, v->name) || (embedded && map_has(here, v->name)))) return;
    if (!bound) {
        diag *d = UNDECLARED(x->w, text, v,
                             x->passed ? "the task has no workspace `%.*s`"
                                       : "of workspace `%.*s` only `bound` is known here",
                             STR_ARG(v->name));
        help_nearest(x->w->c, d, v->name, x->passed ? &x->task_workspaces : here, NULL);
    } else if (!map_has(here, v->name) && !map_has(&x->w->bound, v->name)) {
        diag *d = UNDECLARED(x->w, text, v, "no workspace `%.*s` is declared", STR_ARG(v->name));
        help_nearest(x->w->c, d, v->name, here, NULL);
    }
}

static void visit(void *ctx, const ynode *text, const field *row) {
    pipeline_texts *x = ctx;
    const warn *w = x->w;
    (void)row;
    str s = ynode_text(text);
    uses_add_folders(&x->p->uses, s);
    if (!s.n || ref_none(s)) return;
    var v;
    for (uint32_t from = 0; var_next(w->c->a, s, &from, &v);) {
        uses_add_var(&x->p->uses, w->c->a, &v, text);
        switch (v.root) {
        case VAR_PARAM: judge_param(x, text, &v); break;
        case VAR_CONTEXT: warn_context(w, text, &v, IN_PIPELINE | IN_PIPELINE_TASK | (x->passed ? IN_TASK : 0)); break;
        case VAR_WORKSPACE: judge_workspace(x, text, &v); break;
        case VAR_TASK:
            if (!x->results) judge_task(x, text, &v);
            break;
        case VAR_FINALLY:
            if (!x->results)
                warn_variable_report(w, &diag_rules[TK_RESULT_FINALLY], text, &v,
                                     "results of `finally` tasks are known to the Pipeline's `results` only");
            break;
        case VAR_REMOVED: UNDECLARED(w, text, &v, "Tekton has no PipelineResources any more"); break;
        case VAR_RESULT:
        case VAR_STEP_OWN:
        case VAR_STEP: break; /* a Task's, which may get them as a value */
        }
    }
}

/* ---- a task ------------------------------------------------------------------------------------------------------ */

static void visit_member(pipeline_texts *x, const field *f, const head *h) {
    x->passed = f->type == &Param_type || f->type == &Matrix_type;
    if (f->flags & FIELD_TREE) {
        walk_strings_field(f, field_tree(f, h), FIELD_SUB_PIPELINE, visit, x);
    } else if (f->kind == K_OBJECT) {
        const head *part = field_object(f, h);
        if (part) walk_strings(f->type, part, FIELD_SUB_PIPELINE, visit, x);
    } else {
        const list *l = field_list(f, h);
        for (uint32_t i = 0; i < l->n; i++) walk_strings(f->type, l->v[i], FIELD_SUB_PIPELINE, visit, x);
    }
}

static void find_names(pipeline_texts *x) {
    x->task_workspaces = map_new(x->w->c->a);
    x->matrix = map_new(x->w->c->a);
    if (x->task->matrix) {
        LIST_EACH(Param, p, x->task->matrix->params) map_add(&x->matrix, ynode_text(p->name), NULL);
    }
    LIST_EACH(WorkspacePipelineTaskBinding, b, x->task->workspaces) {
        map_add(&x->task_workspaces, ynode_text(b->name), NULL);
        map_add(&x->p->uses.workspaces, text_set(b->workspace) ? ynode_text(b->workspace) : ynode_text(b->name), NULL);
    }
    if (!x->task->taskSpec) return;
    LIST_EACH(WorkspaceDeclaration, d, x->task->taskSpec->workspaces) {
        map_add(&x->task_workspaces, ynode_text(d->name), NULL);
    }
}

static void visit_task(pipeline_texts *x) {
    const warn *w = x->w;
    find_names(x);
    for (uint32_t i = 0; i < PipelineTask_type.n; i++)
        if (PipelineTask_type.fields[i].flags & FIELD_SUB_PIPELINE)
            visit_member(x, &PipelineTask_type.fields[i], &x->task->h);
    const TaskSpec *spec = x->task->taskSpec;
    if (spec && !text_set(spec->apiVersion)) {
        warn_task *t = ARENA_NEW(w->c->a, warn_task);
        *t = (warn_task){.spec = spec, .in = x->p, .of = x->task, .finally = x->finally, .uses = uses_new(w->c->a)};
        warn_task_variables(w, t);
        vec_push(w->c->a, &x->p->embedded, t);
        /* What the Pipeline provides reaches an embedded Task by name. */
        LIST_EACH(WorkspaceDeclaration, d, spec->workspaces) map_add(&x->p->uses.workspaces, ynode_text(d->name), NULL);
    } else if (spec) {
        uses_add_tree(&x->p->uses, w->c->a, spec->spec);
    }
    if (x->task->pipelineSpec) uses_add_tree(&x->p->uses, w->c->a, x->task->pipelineSpec->h.node);
    if (x->task->pipelineRef) uses_add_tree(&x->p->uses, w->c->a, x->task->pipelineRef->h.node);
    end_of_task(w, x->p);
}

void warn_pipeline_variables(const warn *w, warn_pipeline *p) {
    pipeline_texts x = {.w = w, .p = p, .task_workspaces = map_new(w->c->a), .matrix = map_new(w->c->a)};
    p->dotted = map_new(w->c->a);
    LIST_EACH(PipelineTask, t, p->spec->tasks) {
        x.task = t;
        x.node = &p->graph->nodes[t_i];
        visit_task(&x);
    }
    x.finally = true;
    x.node = NULL;
    LIST_EACH(PipelineTask, f, p->spec->finally) {
        x.task = f;
        visit_task(&x);
    }
    x.results = true;
    LIST_EACH(PipelineResult, r, p->spec->results) {
        walk_strings(&PipelineResult_type, &r->h, FIELD_SUB_PIPELINE, visit, &x);
    }
    LIST_EACH(ParamSpec, d, p->spec->params) { VALUE_EACH(i, text, d->default_) visit(&x, text, NULL); }
}

void warn_given_values(const warn *w, const Param_list *params) {
    LIST_EACH(Param, p, *params) VALUE_EACH(i, text, p->value) {
        str s = ynode_text(text);
        var v;
        if (!s.n || ref_none(s)) continue;
        for (uint32_t from = 0; var_next(w->c->a, s, &from, &v);) {
            if (v.root != VAR_PARAM) continue;
            diag *x = warn_variable_report(w, &diag_rules[TK_GIVEN_VARIABLE], text, &v,
                                           "parameters are not replaced in the values that a run gives");
            diag_help(w->c->d, x, "write the value itself, or build it in a `default` or in a task's `params`");
        }
    }
}
