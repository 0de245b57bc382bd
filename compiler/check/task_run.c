#include "compiler/check/check.h"
#include "compiler/check/run_parts.h"

static void check_debug(const check_ctx *c, const TaskRunSpec *s) {
    if (!s->debug) return;
    check_level(c, LEVEL_ALPHA, key_node(c, &s->h, "debug", s->debug->h.node), "`debug`");
    const TaskBreakpoints *b = s->debug->breakpoints;
    if (!b) return;
    if (!str_eq(ynode_text(b->onFailure), S("enabled"))) {
        range at = key_range(&s->debug->h, "breakpoints", b->h.node);
        if (text_set(b->onFailure)) at = (range){b->onFailure->at, b->onFailure->end};
        diag *x = text_set(b->onFailure) ? REPORT_IN(c, DEBUG_ON_FAILURE, at, "`onFailure` of the breakpoints is %.*s",
                                                     NAME_ARG(b->onFailure))
                                         : REPORT_IN(c, DEBUG_ON_FAILURE, at, "`breakpoints` has no `onFailure`");
        diag_help(c->d, x, "write `onFailure: enabled`");
    }
    map seen = map_new(c->a);
    YNODE_EACH(i, step, b->beforeSteps) {
        const ynode *first = map_get(&seen, ynode_text(step));
        map_add(&seen, ynode_text(step), (void *)(uintptr_t)step);
        if (!first) continue;
        diag *x = REPORT_AT(c, DEBUG_STEP_TWICE, place_of(step, &b->h), "step `%.*s` stands twice in `beforeSteps`",
                            NAME_ARG(step));
        diag_note_at(c->d, x, first, "first here");
        diag_help(c->d, x, "remove one of the two");
    }
}

static void check_embedded(const check_ctx *c, const TaskRunSpec *s) {
    if (!s->taskSpec) return;
    const ynode *at = key_node(c, &s->h, "taskSpec", s->taskSpec->h.node);
    if (c->cfg->disable_inline_taskrun) {
        diag *x =
            REPORT_AT(c, INLINE_SPEC_OFF, at, "`taskSpec` is not allowed in a TaskRun: `disable-inline-spec` is set");
        diag_help(c->d, x, "make it a Task and refer to that");
    }
    check_task_spec(c, s->taskSpec, at);
    check_pool_task(c, &s->params, s->taskSpec);
}

void check_task_run(const object *o, diags *d, const config *cfg) {
    check_ctx ctx = check_ctx_new(d, cfg, o->version), *c = &ctx;
    static const TaskRunSpec none;
    static const str allowed[] = {{"TaskRunCancelled", 16}, {"TaskRunPending", 14}};
    const TaskRunSpec *s = o->task_run->spec ? o->task_run->spec : &none;
    check_metadata(o, d);
    check_run_source(c, &s->h, "taskRef", s->taskRef ? &s->taskRef->h : NULL, "taskSpec",
                     s->taskSpec ? &s->taskSpec->h : NULL, key_range(&o->task_run->h, "spec", s->h.node));
    if (s->taskRef) check_ref(c, REF_PARTS("taskRef", s->taskRef));
    check_embedded(c, s);
    check_params_twice_fold(c, &s->params);
    check_bindings(c, &s->workspaces, true);
    check_debug(c, s);
    check_overrides(c, &s->h, &s->stepSpecs, &s->sidecarSpecs, s->computeResources);
    check_run_status(c, s->status, allowed, 2);
    check_not_pending(c, s->status, S("TaskRunPending"), o->task_run->status);
    check_status_message(c, s->status, s->statusMessage);
    if (c->version == API_V1 && int_sign(s->retries) < 0) {
        diag *x = REPORT_AT(c, RETRIES_NEGATIVE, s->retries, "`retries` is negative: %.*s", NAME_ARG(s->retries));
        diag_help(c->d, x, "write 0 or more");
    }
    check_forbidden_env(c, s->podTemplate);
    check_not_negative(c, s->timeout, "timeout");
}
