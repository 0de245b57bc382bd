/* Variables: which of them stay as they are written, because nothing of that name exists where they stand. Whatever
 * Tekton's admission looks at was judged before; this sees the rest of the texts: sidecars, volumes, whole context
 * variables, brackets, other fields. Facts: validation.md D.2, D.4, D.6. */
#include "compiler/check/pipeline.h"
#include "compiler/schema/walk.h"
#include "compiler/warn/parts.h"

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static const struct root_row {
    const char *first, *second; /* names; second may be NULL */
    var_root root;
} roots[] = {
    {"params", NULL, VAR_PARAM},
    {"context", NULL, VAR_CONTEXT},
    {"workspaces", NULL, VAR_WORKSPACE},
    {"results", NULL, VAR_RESULT},
    {"step", "results", VAR_STEP_OWN},
    {"steps", NULL, VAR_STEP},
    {"tasks", NULL, VAR_TASK},
    {"finally", NULL, VAR_FINALLY},
    {"inputs", "params", VAR_PARAM},
    {"inputs", "resources", VAR_REMOVED},
    {"outputs", "resources", VAR_REMOVED},
    {"resources", "inputs", VAR_REMOVED},
    {"resources", "outputs", VAR_REMOVED},
};

static bool is_name(const ref *r, uint32_t i, const char *name) {
    return i < r->n && r->segments[i].kind == REF_NAME && str_eq(r->segments[i].text, str_z(name));
}

static bool read_root(const ref *r, var *out) {
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        uint32_t skip = roots[i].second ? 2 : 1;
        if (r->n <= skip || !is_name(r, 0, roots[i].first) || (skip == 2 && !is_name(r, 1, roots[i].second))) continue;
        *out = (var){.root = roots[i].root,
                     .s = r->segments + skip,
                     .n = r->n - skip,
                     .name = r->segments[skip].text,
                     .at = r->at,
                     .end = r->end,
                     .inputs = skip == 2 && roots[i].root == VAR_PARAM};
        return true;
    }
    return false;
}

bool var_next(arena *a, str text, uint32_t *from, var *out) {
    ref r;
    while (ref_next(a, text, *from, &r)) {
        *from = r.end;
        if (read_root(&r, out)) return true;
    }
    return false;
}

/* ---- what texts mention ----------------------------------------------------------------------------------------- */

uses uses_new(arena *a) {
    return (uses){.params = map_new(a),
                  .workspaces = map_new(a),
                  .results = map_new(a),
                  .step_results = map_new(a),
                  .task_results = map_new(a)};
}

bool var_is_line(str text, const var *v) {
    uint32_t i = v->at, k = v->end;
    while (i && (text.p[i - 1] == ' ' || text.p[i - 1] == '\t')) i--;
    while (k < text.n && (text.p[k] == ' ' || text.p[k] == '\t' || text.p[k] == '\r')) k++;
    return (!i || text.p[i - 1] == '\n') && (k == text.n || text.p[k] == '\n');
}

str var_names(const var *v, uint32_t n) {
    const str last = v->s[n - 1].text;
    return (str){v->name.p, (uint32_t)(last.p + last.n - v->name.p)};
}

void uses_add_var(uses *u, arena *a, const var *v, const ynode *text) {
    void *where = (void *)(uintptr_t)text;
    switch (v->root) {
    case VAR_PARAM:
        map_add(&u->params, v->name, where);
        /* A Pipeline's texts are searched for "params.a.b" as a whole: the dots may be part of the name. */
        for (uint32_t i = 1; i < v->n && v->s[i].kind == REF_NAME; i++) map_add(&u->params, var_names(v, i + 1), where);
        break;
    case VAR_WORKSPACE: map_add(&u->workspaces, v->name, where); break;
    case VAR_RESULT: map_add(&u->results, v->name, where); break;
    case VAR_STEP:
        if (v->n > 2)
            map_add(&u->step_results, str_fmt(a, "%.*s/%.*s", STR_ARG(v->name), STR_ARG(v->s[2].text)), where);
        break;
    case VAR_TASK:
    case VAR_FINALLY:
        if (v->n > 2 && var_is(v, 1, S("results")))
            map_add(&u->task_results, str_fmt(a, "%.*s/%.*s", STR_ARG(v->name), STR_ARG(v->s[2].text)), where);
        break;
    default: break;
    }
}

static bool ends_component(char c) { return strchr(" \t\r\n/\"'`;:,|&<>()[]{}", c) != NULL; }

/* Folders whose use shows that something is used although no variable names it. */
static void add_folder(str text, const char *folder, map *names, bool *all) {
    str prefix = str_z(folder);
    for (uint32_t from = 0, at; from < text.n && str_find(str_from(text, from), prefix, &at);) {
        uint32_t i = from += at + prefix.n;
        if (i >= text.n || text.p[i] != '/') { /* a longer name is another folder */
            *all = *all || i >= text.n || ends_component(text.p[i]);
            continue;
        }
        uint32_t begin = ++i;
        while (i < text.n && text.p[i] && !ends_component(text.p[i])) i++;
        if (i == begin || memchr(text.p + begin, '$', i - begin) || memchr(text.p + begin, '*', i - begin))
            *all = true;
        else
            map_add(names, str_cut(text, begin, i), NULL);
    }
}

void uses_add_folders(uses *u, str s) {
    if (!s.n || !memchr(s.p, '/', s.n)) return;
    add_folder(s, "/workspace", &u->workspaces, &u->all_workspaces);
    add_folder(s, "/tekton/results", &u->results, &u->all_results);
}

void uses_add_text(uses *u, arena *a, const ynode *text) {
    str s = ynode_text(text);
    uses_add_folders(u, s);
    if (!s.n || ref_none(s)) return;
    var v;
    for (uint32_t from = 0; var_next(a, s, &from, &v);) uses_add_var(u, a, &v, text);
}

void uses_add_tree(uses *u, arena *a, const ynode *n) {
    if (!n) return;
    if (n->kind == Y_STR) uses_add_text(u, a, n);
    YNODE_EACH(i, item, n) uses_add_tree(u, a, item);
    for (uint32_t i = 0; n->kind == Y_MAP && i < n->n; i++) uses_add_tree(u, a, n->pairs[i].value);
}

/* ---- reports ---------------------------------------------------------------------------------------------------- */

diag *warn_variable_report(const warn *w, const diag_rule *rule, const ynode *text, const var *v, const char *problem) {
    str written = str_cut(ynode_text(text), v->at, v->end);
    return check_report_(w->c, rule, text_range(w->c, text, v->at, v->end), "%.*s stays as it is written: %s",
                         STR_ARG(written), problem);
}
/* ---- context ---------------------------------------------------------------------------------------------------- */

static const struct context_row {
    const char *kind, *name;
    unsigned in;
} contexts[] = {
    {"taskRun", "name", IN_TASK},
    {"taskRun", "namespace", IN_TASK},
    {"taskRun", "uid", IN_TASK},
    {"task", "name", IN_TASK},
    {"task", "retry-count", IN_TASK},
    {"pipelineRun", "name", IN_PIPELINE},
    {"pipelineRun", "namespace", IN_PIPELINE},
    {"pipelineRun", "uid", IN_PIPELINE},
    {"pipeline", "name", IN_PIPELINE},
    {"pipelineTask", "retries", IN_PIPELINE_TASK},
};

/* `in`: whose variables are replaced in the text. */
void warn_context(const warn *w, const ynode *text, const var *v, unsigned in) {
    map names = map_new(w->c->a);
    bool kind_known = false, elsewhere = false;
    str name = v->n > 1 ? v->s[1].text : S("");
    for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++) {
        const struct context_row *row = &contexts[i];
        bool same_kind = str_eq(v->name, str_z(row->kind)),
             same = same_kind && v->n == 2 && str_eq(name, str_z(row->name));
        if (!(row->in & in)) {
            elsewhere = elsewhere || same;
            continue;
        }
        if (same) return;
        kind_known = kind_known || same_kind;
        map_add(&names, str_fmt(w->c->a, "%s.%s", row->kind, row->name), NULL);
    }
    const char *problem = elsewhere
                              ? (in & IN_TASK ? "a Task has no such context variable, only a Pipeline's texts have"
                                 : in & IN_PIPELINE_TASK ? "it is known in a Task only"
                                                         : "it is not replaced in this field")
                          : kind_known ? "this context variable does not exist"
                                       : "there is no such context";
    diag *x = warn_variable_report(w, &diag_rules[TK_CONTEXT_UNDECLARED], text, v, problem);
    str given = v->n > 1 ? str_fmt(w->c->a, "%.*s.%.*s", STR_ARG(v->name), STR_ARG(name)) : v->name;
    str near = STR_NONE;
    if (!elsewhere) {
        str all[sizeof contexts / sizeof *contexts];
        for (uint32_t i = 0; i < names.n; i++) all[i] = names.entries[i].key;
        near = diag_nearest(given, all, names.n);
    }
    if (near.n)
        diag_help(w->c->d, x, "did you mean `$(context.%.*s)`?", STR_ARG(near));
    else if (elsewhere && in & IN_TASK)
        diag_help(w->c->d, x, "declare a parameter and let the Pipeline pass the variable");
    else
        diag_help(w->c->d, x, "`tektonc explain TK0901` lists the variables");
}

/* ---- in a Task -------------------------------------------------------------------------------------------------- */

typedef struct task_texts {
    const warn *w;
    warn_task *t;
    map params, workspaces, results, steps; /* what is declared; steps: name → Step */
    const Step *step;                       /* NULL: the text belongs to no step */
    bool step_template, step_action;        /* what is around is not known */
    var_at old;                             /* the first inputs.params */
} task_texts;

static bool param_known(const task_texts *x, str name) {
    return map_has(&x->params, name) || (x->t->in && map_has(&x->t->in->params, name));
}

static void judge_param(task_texts *x, const ynode *text, const var *v) {
    if (v->inputs && !x->old.text) x->old = (var_at){text, *v};
    if (param_known(x, v->name)) return;
    diag *d = UNDECLARED(x->w, text, v, "no parameter `%.*s` is declared", STR_ARG(v->name));
    help_nearest(x->w->c, d, v->name, &x->params, NULL);
}

static void judge_workspace(const task_texts *x, const ynode *text, const var *v) {
    static const str properties[] = {{"path", 4}, {"bound", 5}, {"volume", 6}, {"claim", 5}};
    const warn *w = x->w;
    if (!map_has(&x->workspaces, v->name) &&
        !(x->t->in && (map_has(&x->t->in->workspaces, v->name) || map_has(&w->bound, v->name)))) {
        diag *d = UNDECLARED(w, text, v, "no workspace `%.*s` is declared", STR_ARG(v->name));
        help_nearest(w->c, d, v->name, &x->workspaces, "declare it in the Task's `workspaces`");
        return;
    }
    str property = v->n > 1 ? v->s[1].text : S("");
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        if (v->n == 2 && str_eq(property, properties[i])) return;
    diag *d = UNDECLARED(w, text, v, "a workspace has no `%.*s`", STR_ARG(property));
    str near = diag_nearest(property, properties, sizeof properties / sizeof *properties);
    diag_help(w->c->d, d, "it has `path`, `bound`, `volume` and `claim`%s%.*s%s", near.n ? "; did you mean `" : "",
              STR_ARG(near), near.n ? "`?" : "");
}

static void judge_result(const task_texts *x, const ynode *text, const var *v) {
    if (!map_has(&x->results, v->name)) {
        diag *d = UNDECLARED(x->w, text, v, "no result `%.*s` is declared", STR_ARG(v->name));
        help_nearest(x->w->c, d, v->name, &x->results, "declare it in the Task's `results`");
    } else if (!(v->n == 2 && var_is(v, 1, S("path")))) {
        diag *d = UNDECLARED(x->w, text, v, "of a result only its `path` can be used in its own Task");
        diag_help(x->w->c->d, d, "write the value to `$(results.%.*s.path)`", STR_ARG(v->name));
    }
}

static void judge_step_own(const task_texts *x, const ynode *text, const var *v) {
    if (x->step_template || (x->step && x->step->ref)) return; /* it depends on the step */
    map names = map_new(x->w->c->a);
    if (x->step) {
        LIST_EACH(StepResult, r, x->step->results) map_add(&names, ynode_text(r->name), r);
    }
    if (map_has(&names, v->name) && v->n == 2 && var_is(v, 1, S("path"))) return;
    diag *d =
        UNDECLARED(x->w, text, v, "%s", x->step ? "the step declares no such result" : "it belongs to no step here");
    help_nearest(x->w->c, d, v->name, &names, NULL);
}

static bool has_result(const Step *s, str name) {
    if (s->ref) return true; /* the StepAction's, judged when it is resolved */
    LIST_EACH(StepResult, r, s->results) {
        if (str_eq(ynode_text(r->name), name)) return true;
    }
    return false;
}

static void judge_step(const task_texts *x, const ynode *text, const var *v) {
    bool exit_code = var_is(v, 1, S("exitCode"));
    str name = v->name;
    if (exit_code) {
        if (!str_starts(name, S("step-"))) {
            diag *d = UNDECLARED(x->w, text, v, "the exit code of a step goes by its container, which is step-%.*s",
                                 STR_ARG(name));
            diag_help(x->w->c->d, d, "write `$(steps.step-%.*s.exitCode.path)`", STR_ARG(name));
            return;
        }
        name = str_from(name, 5);
    }
    const Step *s = map_get(&x->steps, name);
    if (!s) {
        diag *d = UNDECLARED(x->w, text, v, "there is no step `%.*s`", STR_ARG(name));
        help_nearest(x->w->c, d, name, &x->steps, NULL);
    } else if (var_is(v, 1, S("results")) && v->n > 2 && !has_result(s, v->s[2].text)) {
        UNDECLARED(x->w, text, v, "step `%.*s` declares no result `%.*s`", STR_ARG(name), STR_ARG(v->s[2].text));
    }
}

static void judge_task_in_task(const task_texts *x, const ynode *text, const var *v) {
    if (!x->t->in) {
        UNDECLARED(x->w, text, v, "a Task knows nothing of other tasks");
        return;
    }
    bool status = (v->n == 1 && var_is(v, 0, S("status"))) ||
                  (v->n == 2 && (var_is(v, 1, S("status")) || var_is(v, 1, S("reason"))));
    if (status) {
        diag *d = UNDECLARED(x->w, text, v, "the status of tasks is not replaced inside of an embedded Task");
        diag_help(x->w->c->d, d, "pass it by a parameter of the task");
    } else if (!map_has(&x->t->in->tasks, v->name)) {
        diag *d = UNDECLARED(x->w, text, v, "the Pipeline has no task `%.*s`", STR_ARG(v->name));
        help_nearest(x->w->c, d, v->name, &x->t->in->tasks, NULL);
    }
}

static void judge_in_task(task_texts *x, const ynode *text, const var *v) {
    if (x->step_action && (v->root == VAR_WORKSPACE || v->root == VAR_RESULT || v->root == VAR_STEP)) return;
    switch (v->root) {
    case VAR_PARAM: judge_param(x, text, v); break;
    case VAR_CONTEXT: warn_context(x->w, text, v, x->t->in ? IN_TASK | IN_PIPELINE : IN_TASK); break;
    case VAR_WORKSPACE: judge_workspace(x, text, v); break;
    case VAR_RESULT: judge_result(x, text, v); break;
    case VAR_STEP_OWN: judge_step_own(x, text, v); break;
    case VAR_STEP: judge_step(x, text, v); break;
    case VAR_TASK: judge_task_in_task(x, text, v); break;
    case VAR_FINALLY:
        UNDECLARED(x->w, text, v, "results of `finally` tasks are known to the Pipeline's `results` only");
        break;
    case VAR_REMOVED: UNDECLARED(x->w, text, v, "Tekton has no PipelineResources any more"); break;
    }
}

static void visit_task_text(void *ctx, const ynode *text, const field *row) {
    task_texts *x = ctx;
    (void)row;
    arena *a = x->w->c->a;
    warn_pipeline *in = x->t->in;
    str s = ynode_text(text);
    uses_add_folders(&x->t->uses, s);
    if (in) uses_add_folders(&in->uses, s);
    if (!s.n || ref_none(s)) return;
    var v;
    for (uint32_t from = 0; var_next(a, s, &from, &v);) {
        uses_add_var(&x->t->uses, a, &v, text);
        if (in) uses_add_var(&in->uses, a, &v, text);
        judge_in_task(x, text, &v);
        if (in) warn_result_form(x->w, in, text, &v);
    }
}

static void declare(task_texts *x) {
    const TaskSpec *spec = x->t->spec;
    arena *a = x->w->c->a;
    x->params = map_new(a), x->workspaces = map_new(a), x->results = map_new(a), x->steps = map_new(a);
    LIST_EACH(ParamSpec, p, spec->params) map_add(&x->params, ynode_text(p->name), p);
    LIST_EACH(WorkspaceDeclaration, d, spec->workspaces) map_add(&x->workspaces, ynode_text(d->name), d);
    LIST_EACH(TaskResult, r, spec->results) map_add(&x->results, ynode_text(r->name), r);
    LIST_EACH(Step, s, spec->steps) {
        map_add(&x->steps, text_set(s->name) ? ynode_text(s->name) : str_fmt(a, "unnamed-%u", s_i), s);
    }
    if (x->t->run) {
        LIST_EACH(Param, p, x->t->run->params) map_add(&x->params, ynode_text(p->name), NULL);
        LIST_EACH(WorkspaceBinding, b, x->t->run->workspaces) map_add(&x->workspaces, ynode_text(b->name), NULL);
    }
    if (!x->t->of) return;
    LIST_EACH(Param, p, x->t->of->params) map_add(&x->params, ynode_text(p->name), NULL);
    LIST_EACH(WorkspacePipelineTaskBinding, b, x->t->of->workspaces) map_add(&x->workspaces, ynode_text(b->name), NULL);
    if (!x->t->of->matrix) return;
    LIST_EACH(Param, p, x->t->of->matrix->params) map_add(&x->params, ynode_text(p->name), NULL);
    LIST_EACH(IncludeParams, i, x->t->of->matrix->include) {
        LIST_EACH(Param, p, i->params) map_add(&x->params, ynode_text(p->name), NULL);
    }
}

static void report_old(const task_texts *x) {
    const check_ctx *c = x->w->c;
    if (!x->old.text) return;
    const var *v = &x->old.v;
    diag *d = REPORT_IN(c, OLD_VARIABLE, text_range(c, x->old.text, v->at, v->end),
                        "`inputs.params` is the old name of `params`");
    diag_help(c->d, d, "write `$(params.%.*s)`", STR_ARG(v->name));
}

/* Results of steps are taken by values of the Task's results, which are no texts that are replaced. */
static void visit_result_values(task_texts *x) {
    LIST_EACH(TaskResult, r, x->t->spec->results) {
        str s = ynode_text(r->value);
        var v;
        if (!s.n || ref_none(s)) continue;
        for (uint32_t from = 0; var_next(x->w->c->a, s, &from, &v);) {
            uses_add_var(&x->t->uses, x->w->c->a, &v, r->value);
            if (v.root == VAR_STEP) judge_step(x, r->value, &v);
        }
    }
    report_old(x);
}

static void visit_defaults(task_texts *x) {
    LIST_EACH(ParamSpec, p, x->t->spec->params) { VALUE_EACH(i, text, p->default_) visit_task_text(x, text, NULL); }
}

/* Whether people bring texts of their own, in which they may use whatever the Task declares: arguments, or a script
 * that is a parameter (in full, or on a line of its own) or that runs one by `eval`. */
static bool takes_texts(const warn *w, const Step *s) {
    const ynode *lists[] = {s->command, s->args};
    var v;
    for (int i = 0; i < 2; i++) YNODE_EACH(k, item, lists[i]) {
            uint32_t from = 0;
            str text = ynode_text(item);
            if (!ref_none(text) && var_next(w->c->a, text, &from, &v) && v.root == VAR_PARAM && v.at == 0 &&
                v.end == text.n)
                return true;
        }
    str script = ynode_text(s->script);
    uint32_t eval;
    if (!script.n) return false;
    if (str_find(script, S("eval "), &eval)) return true;
    if (ref_none(script)) return false;
    for (uint32_t from = 0; var_next(w->c->a, script, &from, &v);)
        if (v.root == VAR_PARAM && var_is_line(script, &v)) return true;
    return false;
}

void warn_task_variables(const warn *w, warn_task *t) {
    task_texts x = {.w = w, .t = t};
    declare(&x);
    for (uint32_t i = 0; i < TaskSpec_type.n; i++) {
        const field *f = &TaskSpec_type.fields[i];
        if (!(f->flags & FIELD_SUB_TASK)) continue;
        if (f->flags & FIELD_TREE) {
            walk_strings_field(f, field_tree(f, &t->spec->h), FIELD_SUB_TASK, visit_task_text, &x);
        } else if (f->kind == K_OBJECT) {
            head *h = field_object(f, &t->spec->h);
            x.step_template = f->type == &StepTemplate_type;
            if (h) walk_strings(f->type, h, FIELD_SUB_TASK, visit_task_text, &x);
            x.step_template = false;
        } else {
            const list *l = field_list(f, &t->spec->h);
            for (uint32_t k = 0; k < l->n; k++) {
                x.step = f->type == &Step_type ? (const Step *)l->v[k] : NULL;
                walk_strings(f->type, l->v[k], FIELD_SUB_TASK, visit_task_text, &x);
            }
            x.step = NULL;
        }
    }
    visit_result_values(&x);
    visit_defaults(&x);
    LIST_EACH(Step, s, t->spec->steps) {
        LIST_EACH(WorkspaceUsage, u, s->workspaces) map_add(&t->uses.workspaces, ynode_text(u->name), u);
        if (s->ref) uses_add_tree(&t->uses, w->c->a, s->ref->h.node); /* parameters of the resolver */
        if (s->ref || takes_texts(w, s)) t->uses.all_workspaces = t->uses.all_results = true;
    }
    LIST_EACH(Sidecar, s, t->spec->sidecars) {
        LIST_EACH(WorkspaceUsage, u, s->workspaces) map_add(&t->uses.workspaces, ynode_text(u->name), u);
    }
}

void warn_step_action_variables(const warn *w, const StepActionSpec *spec, uses *u) {
    Step step = {.results = spec->results};
    TaskSpec task = {.params = spec->params};
    warn_task t = {.spec = &task, .uses = uses_new(w->c->a)};
    task_texts x = {.w = w, .t = &t, .step = &step, .step_action = true};
    declare(&x);
    walk_strings(&StepActionSpec_type, &spec->h, FIELD_SUB_TASK, visit_task_text, &x);
    visit_defaults(&x);
    *u = t.uses;
}
