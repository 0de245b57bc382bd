#include "compiler/check/check.h"
#include "compiler/check/run_parts.h"
#include "grammar/detect.h"
#include "grammar/duration.h"
#include "grammar/ref.h"

/* ---- PR-05 ------------------------------------------------------------------------------------------------------ */
static void check_values(const check_ctx *c, const Param_list *params) {
    hit h;
    result_ref r;
    LIST_EACH(Param, p, *params) VALUE_EACH(i, text, p->value) {
        str s = ynode_text(text);
        if (!s.n || ref_none(s)) continue;
        for (uint32_t from = 0; detect_variable(s, from, &h); from = h.end) {
            if (detect_result_ref(h.inner, &r) != RESULT_OK) continue;
            diag *x = REPORT_IN(c, RUN_PARAM_RESULT, text_range(c, text, h.at, h.end),
                                "the value of parameter `%.*s` uses $(%.*s), a task's result", NAME_ARG(p->name),
                                STR_ARG(h.inner));
            diag_help(c->d, x, "use the result in the `params` of the pipeline task that needs it");
        }
    }
}

/* ---- timeouts --------------------------------------------------------------------------------------------------- */
/* Whether the run's file gives them: else conversion or the defaults made them, with the place of the spec. */
static bool is_written(const PipelineRunSpec *s) { return s->timeouts && s->timeouts->h.node != s->h.node; }

/* The defaults give what they fill in the place of what it belongs to. */
static bool is_default(const TimeoutFields *t) {
    return t->pipeline && (!t->h.node || t->pipeline->at == t->h.node->at);
}

static str limit_text(const check_ctx *c, int64_t limit, bool by_default) {
    str text = duration_format(c->a, limit);
    return by_default ? str_cat(c->a, text, S(" by default")) : text;
}

static bool check_part(const check_ctx *c, const ynode *part, const char *name, int64_t limit, const ynode *limit_node,
                       bool by_default) {
    int64_t d;
    if (!run_duration(part, &d) || !limit || (d && d <= limit)) return true;
    str whole = limit_text(c, limit, by_default);
    diag *x = d ? REPORT_AT(c, TIMEOUT_TOO_LONG, part, "`%s` is %.*s, but the whole run has %.*s", name, NAME_ARG(part),
                            STR_ARG(whole))
                : REPORT_AT(c, TIMEOUT_TOO_LONG, part, "`%s` is %.*s, no limit, but the whole run has %.*s", name,
                            NAME_ARG(part), STR_ARG(whole));
    if (!by_default) diag_note_at(c->d, x, limit_node, "`timeouts.pipeline` is here");
    diag_help(c->d, x,
              by_default ? "set `timeouts.pipeline` to at least as much"
                         : "raise `timeouts.pipeline`, or shorten this");
    return false;
}

static void check_timeouts(const check_ctx *c, const PipelineRunSpec *s) {
    const TimeoutFields *t = s->timeouts;
    if (!t) return;
    check_not_negative(c, t->pipeline, is_written(s) || c->version == API_V1 ? "timeouts.pipeline" : "timeout");
    check_not_negative(c, t->tasks, "timeouts.tasks");
    check_not_negative(c, t->finally, "timeouts.finally");
    int64_t limit, tasks, finally;
    if (!run_duration(t->pipeline, &limit)) return;
    bool by_default = is_default(t);
    bool fit = check_part(c, t->tasks, "timeouts.tasks", limit, t->pipeline, by_default);
    fit &= check_part(c, t->finally, "timeouts.finally", limit, t->pipeline, by_default);
    if (!fit || !run_duration(t->tasks, &tasks) || !run_duration(t->finally, &finally)) return;
    if ((int64_t)((uint64_t)tasks + (uint64_t)finally) <= limit) return; /* wraps around as Go's does */
    diag *x = REPORT_AT(c, TIMEOUT_SUM, t->finally,
                        "`timeouts.tasks` and `timeouts.finally` are %.*s and %.*s, but the whole run has %.*s",
                        NAME_ARG(t->tasks), NAME_ARG(t->finally), STR_ARG(limit_text(c, limit, by_default)));
    diag_note_at(c->d, x, t->tasks, "`timeouts.tasks` is here");
    if (!by_default) diag_note_at(c->d, x, t->pipeline, "`timeouts.pipeline` is here");
    if (limit)
        diag_help(c->d, x, "raise `timeouts.pipeline`, or shorten one of them");
    else
        diag_help(c->d, x,
                  "remove one of them: both together are compared with `timeouts.pipeline` also when that is 0");
}

static void check_task_timeout(const check_ctx *c, const PipelineRunSpec *s, const PipelineTaskRunSpec *t) {
    int64_t d, limit = c->cfg->default_timeout;
    check_not_negative(c, t->timeout, "timeout");
    const ynode *limit_node = NULL;
    const char *name = "timeouts.pipeline";
    if (s->timeouts && (is_written(s) || c->version == API_V1)) {
        if (run_duration(s->timeouts->tasks, &limit))
            limit_node = s->timeouts->tasks, name = "timeouts.tasks";
        else if (run_duration(s->timeouts->pipeline, &limit) && !is_default(s->timeouts))
            limit_node = s->timeouts->pipeline;
    } /* v1beta1 compares with the default also when `timeout` says something else */
    if (!run_duration(t->timeout, &d) || limit <= 0 || d <= limit) return;
    diag *x = REPORT_AT(c, TASK_TIMEOUT_TOO_LONG, t->timeout, "`timeout` of task `%.*s` is %.*s, but `%s` is %.*s",
                        NAME_ARG(t->pipelineTaskName), NAME_ARG(t->timeout), name,
                        STR_ARG(limit_text(c, limit, !limit_node)));
    if (limit_node) diag_note_at(c->d, x, limit_node, "`%s` is here", name);
    diag_help(c->d, x, "raise `%s`, or shorten this", name);
}

/* ---- V1B-08 ----------------------------------------------------------------------------------------------------- */
static void add_task_workspaces(map *names, const PipelineTask *t) {
    LIST_EACH(WorkspacePipelineTaskBinding, w, t->workspaces) map_add(names, ynode_text(w->name), w);
}

static void check_propagated_workspaces(const check_ctx *c, const PipelineRunSpec *s) {
    if (c->version != API_V1BETA1 || !s->pipelineSpec) return;
    map names = map_new(c->a);
    LIST_EACH(WorkspaceBinding, b, s->workspaces) map_add(&names, ynode_text(b->name), b);
    LIST_EACH(PipelineWorkspaceDeclaration, w, s->pipelineSpec->workspaces) map_add(&names, ynode_text(w->name), w);
    const PipelineTask_list *lists[] = {&s->pipelineSpec->tasks, &s->pipelineSpec->finally};
    for (int i = 0; i < 2; i++) LIST_EACH(PipelineTask, t, *lists[i]) {
            add_task_workspaces(&names, t); /* Tekton takes those of this and of earlier tasks for known */
            check_task_workspaces(c, t, &names);
        }
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */
static void check_embedded(const check_ctx *c, const PipelineRunSpec *s) {
    if (!s->pipelineSpec) return;
    range at = key_range(&s->h, "pipelineSpec", s->pipelineSpec->h.node);
    if (c->cfg->disable_inline_pipelinerun) {
        diag *x = REPORT_IN(c, INLINE_SPEC_OFF, at,
                            "`pipelineSpec` is not allowed in a PipelineRun: `disable-inline-spec` is set");
        diag_help(c->d, x, "make it a Pipeline and refer to that");
    }
    check_pipeline_spec(c, s->pipelineSpec, at);
    check_pool_pipeline(c, &s->params, s->pipelineSpec);
    check_propagated_workspaces(c, s);
}

static void check_task_run_spec(const check_ctx *c, const PipelineRunSpec *s, const PipelineTaskRunSpec *t) {
    check_overrides(c, &t->h, &t->stepSpecs, &t->sidecarSpecs, t->computeResources);
    check_forbidden_env(c, t->podTemplate);
    check_task_timeout(c, s, t);
}

void check_pipeline_run(const object *o, diags *d, const config *cfg) {
    check_ctx ctx = check_ctx_new(d, cfg, o->version), *c = &ctx;
    static const PipelineRunSpec none;
    static const str allowed[] = {
        {"Cancelled", 9}, {"CancelledRunFinally", 19}, {"StoppedRunFinally", 17}, {"PipelineRunPending", 18}};
    const PipelineRunSpec *s = o->pipeline_run->spec ? o->pipeline_run->spec : &none;
    check_metadata(o, d);
    check_run_source(c, &s->h, "pipelineRef", s->pipelineRef ? &s->pipelineRef->h : NULL, "pipelineSpec",
                     s->pipelineSpec ? &s->pipelineSpec->h : NULL, key_range(&o->pipeline_run->h, "spec", s->h.node));
    if (s->pipelineRef) check_ref(c, REF_PARTS("pipelineRef", s->pipelineRef));
    check_params_twice_fold(c, &s->params);
    check_values(c, &s->params);
    check_embedded(c, s);
    check_timeouts(c, s);
    LIST_EACH(PipelineTaskRunSpec, t, s->taskRunSpecs) check_task_run_spec(c, s, t);
    check_run_status(c, s->status, allowed, 4);
    check_not_pending(c, s->status, S("PipelineRunPending"), o->pipeline_run->status);
    check_bindings(c, &s->workspaces, false);
    if (s->taskRunTemplate) check_forbidden_env(c, s->taskRunTemplate->podTemplate);
}
