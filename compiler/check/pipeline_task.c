#include "compiler/check/pipeline.h"

/* ---- what it runs ----------------------------------------------------------------------------------------------- */
static range ref_key(const PipelineTask *t) {
    return key_range(&t->h, "taskRef", t->taskRef ? t->taskRef->h.node : NULL);
}
static range spec_key(const PipelineTask *t) {
    return key_range(&t->h, "taskSpec", t->taskSpec ? t->taskSpec->h.node : NULL);
}

static void check_sources(const check_ctx *c, const PipelineTask *t) {
    struct {
        const char *name;
        const head *h;
    } all[] = {{"taskRef", t->taskRef ? &t->taskRef->h : NULL},
               {"taskSpec", t->taskSpec ? &t->taskSpec->h : NULL},
               {"pipelineRef", t->pipelineRef ? &t->pipelineRef->h : NULL},
               {"pipelineSpec", t->pipelineSpec ? &t->pipelineSpec->h : NULL}};
    int first = -1;
    for (int i = 0; i < 4; i++) {
        if (!all[i].h) continue;
        range at = key_range(&t->h, all[i].name, all[i].h->node);
        if (first < 0) {
            first = i;
        } else {
            diag *x = REPORT_IN(c, TASK_SOURCES, at, "task `%.*s` has both `%s` and `%s`", NAME_ARG(t->name),
                                all[first].name, all[i].name);
            range other = key_range(&t->h, all[first].name, all[first].h->node);
            diag_note_range(c->d, x, other.at, other.end, "`%s` is here", all[first].name);
            diag_help(c->d, x, "remove one of the two");
        }
    }
    if (first >= 0) return;
    diag *x = REPORT_AT(c, TASK_SOURCE_MISSING, place_of(t->name, &t->h),
                        "task `%.*s` has neither `taskRef` nor `taskSpec`", NAME_ARG(t->name));
    diag_help(c->d, x, "add `taskRef: {name: …}`, or a `taskSpec` with `steps`");
}

static void inline_off(const check_ctx *c, const PipelineTask *t, const char *name, const head *h) {
    diag *x = REPORT_IN(c, INLINE_SPEC_OFF, key_range(&t->h, name, h->node),
                        "`%s` is not allowed in a Pipeline: `disable-inline-spec` is set", name);
    diag_help(c->d, x, "refer to %s instead", t->taskSpec ? "a Task" : "a Pipeline");
}

static void check_features(const check_ctx *c, const PipelineTask *t) {
    if (t->pipelineRef)
        check_level(c, LEVEL_ALPHA, key_node(c, &t->h, "pipelineRef", t->pipelineRef->h.node),
                    "`pipelineRef` of a task");
    if (t->pipelineSpec)
        check_level(c, LEVEL_ALPHA, key_node(c, &t->h, "pipelineSpec", t->pipelineSpec->h.node),
                    "`pipelineSpec` of a task");
    if (!c->cfg->disable_inline_pipeline) return;
    if (t->taskSpec) inline_off(c, t, "taskSpec", &t->taskSpec->h);
    if (t->pipelineSpec) inline_off(c, t, "pipelineSpec", &t->pipelineSpec->h);
}

/* ---- custom tasks ------------------------------------------------------------------------------------------------ */
static bool is_task_kind(const ynode *kind) { return !text_set(kind) || str_eq(ynode_text(kind), S("Task")); }

static bool is_group_version(str s) {
    const char *slash = memchr(s.p, '/', s.n);
    if (!slash || slash == s.p || slash == s.p + s.n - 1) return false;
    return !memchr(slash + 1, '/', s.n - (size_t)(slash + 1 - s.p));
}

static void check_custom(const check_ctx *c, const char *name, const ynode *kind, const ynode *api, const head *h,
                         range where) {
    if (!text_set(kind)) {
        diag *x = REPORT_AT(c, CUSTOM_TASK_KIND, place_of(api, h), "`%s` has an `apiVersion`, %.*s, but no `kind`",
                            name, NAME_ARG(api));
        diag_help(c->d, x, "add the `kind` of the custom task, or remove `apiVersion`");
    }
    if (!text_set(api)) {
        range at = kind && kind->at ? (range){kind->at, kind->end} : where;
        diag *x = REPORT_IN(c, CUSTOM_TASK_API_VERSION, at, "`%s` has the `kind` %.*s, but no `apiVersion`", name,
                            NAME_ARG(kind));
        if (str_eq(ynode_text(kind), S("ClusterTask")))
            diag_help(c->d, x, "Tekton has no ClusterTasks any more: use `resolver: cluster`");
        else if (str_eq_fold(ynode_text(kind), S("Task")))
            diag_help(c->d, x, "did you mean `Task`?");
        else
            diag_help(c->d, x, "add the `apiVersion` of the custom task, or write `kind: Task`");
    } else if (!is_group_version(ynode_text(api))) {
        diag *x = REPORT_AT(c, CUSTOM_TASK_API_VERSION_FORM, place_of(api, h),
                            "`apiVersion` of the custom task in `%s`, %.*s, is not of the form GROUP/VERSION", name,
                            NAME_ARG(api));
        diag_help(c->d, x, "write for instance `example.dev/v1`; for a Task leave `apiVersion` out");
    }
}

static void check_content(const check_ctx *c, const PipelineTask *t) {
    const TaskRef *ref = t->taskRef;
    const TaskSpec *spec = t->taskSpec;
    bool custom = (ref && (!is_task_kind(ref->kind) || text_set(ref->apiVersion))) ||
                  (spec && (!is_task_kind(spec->kind) || text_set(spec->apiVersion)));
    if (custom) {
        if (ref) {
            check_custom(c, "taskRef", ref->kind, ref->apiVersion, &ref->h, ref_key(t));
            if (text_set(ref->resolver)) check_level(c, LEVEL_BETA, place_of(ref->resolver, &ref->h), "`resolver`");
            if (ref->params.n)
                check_level(c, LEVEL_BETA, place_of(ref->params.node, &ref->h), "`params` of a reference");
        }
        if (spec) check_custom(c, "taskSpec", spec->kind, spec->apiVersion, &spec->h, spec_key(t));
        return;
    }
    if (spec) check_task_spec(c, spec, key_node(c, &t->h, "taskSpec", spec->h.node));
    if (ref) check_ref(c, REF_PARTS("taskRef", ref));
    if (c->version == API_V1BETA1) return;
    if (t->pipelineRef) check_ref(c, REF_PARTS("pipelineRef", t->pipelineRef));
    if (t->pipelineSpec)
        check_pipeline_spec(c, t->pipelineSpec, key_range(&t->h, "pipelineSpec", t->pipelineSpec->h.node));
}

static void check_embedded(const check_ctx *c, const PipelineTask *t) {
    if (!t->taskSpec || !t->taskSpec->steps.n) return;
    const ynode *wrong[] = {t->taskSpec->apiVersion, t->taskSpec->kind};
    static const char *const names[] = {"apiVersion", "kind"};
    for (int i = 0; i < 2; i++) {
        if (!text_set(wrong[i])) continue;
        diag *x = REPORT_AT(c, CUSTOM_TASK_STEPS, place_of(wrong[i], &t->taskSpec->h),
                            "`%s` of the taskSpec, %.*s, stands beside `steps`", names[i], NAME_ARG(wrong[i]));
        diag_note_at(c->d, x, t->taskSpec->steps.node, "the steps are here");
        diag_help(c->d, x, "remove `%s`: a taskSpec with steps is a Task of Tekton", names[i]);
    }
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */
static void check_name(const check_ctx *c, const PipelineTask *t, map *names) {
    str name = ynode_text(t->name);
    if (!name_is_dns_label(name)) {
        diag *x = name.n ? REPORT_AT(c, TASK_NAME, place_of(t->name, &t->h),
                                     "`name` of the pipeline task, %.*s, is not a DNS label", STR_ARG(name))
                         : REPORT_AT(c, TASK_NAME, place_of(t->name, &t->h), "the pipeline task has no `name`");
        diag_help(c->d, x,
                  "use lower-case letters, digits and `-` (at most 63 characters), beginning and ending with a letter "
                  "or digit");
    }
    const PipelineTask *first = map_get(names, name);
    map_add(names, name, (void *)(uintptr_t)t);
    if (!first || !name.n) return;
    diag *x =
        REPORT_AT(c, TASK_TWICE, place_of(t->name, &t->h), "there are two tasks with the `name` %.*s", STR_ARG(name));
    note_first(c, x, first->name, &first->h, "the other one is here");
    diag_help(c->d, x, "rename one of them; names are unique across `tasks` and `finally`");
}

static void check_on_error(const check_ctx *c, const PipelineTask *t) {
    str on_error = ynode_text(t->onError);
    if (!on_error.n || str_starts(on_error, S("$(params"))) return;
    check_level(c, LEVEL_BETA, t->onError, "`onError` of a pipeline task");
    bool goes_on = str_eq(on_error, S("continue"));
    if (!goes_on && !str_eq(on_error, S("stopAndFail"))) {
        diag *x = REPORT_AT(c, TASK_ON_ERROR, place_of(t->onError, &t->h), "`onError` of task `%.*s` is %.*s",
                            NAME_ARG(t->name), STR_ARG(on_error));
        static const str values[] = {{"continue", 8}, {"stopAndFail", 11}};
        str near = diag_nearest(on_error, values, 2);
        if (near.p)
            diag_help(c->d, x, "did you mean `%.*s`?", STR_ARG(near));
        else
            diag_help(c->d, x, "write `continue` or `stopAndFail`");
    }
    if (goes_on && int_sign(t->retries) > 0) {
        diag *x = REPORT_AT(c, CONTINUE_WITH_RETRIES, place_of(t->onError, &t->h),
                            "task `%.*s` has `onError: continue` and `retries: %.*s`", NAME_ARG(t->name),
                            NAME_ARG(t->retries));
        diag_note_at(c->d, x, t->retries, "`retries` is here");
        diag_help(c->d, x, "remove one of the two");
    }
}

void check_params_twice(const check_ctx *c, const Param_list *params) {
    if (params->n < 2) return;
    map seen = map_new(c->a);
    LIST_EACH(Param, p, *params) {
        str name = ynode_text(p->name);
        const Param *first = map_get(&seen, name);
        map_add(&seen, name, p);
        if (!first) continue;
        diag *x =
            REPORT_AT(c, TASK_PARAM_TWICE, place_of(p->name, &p->h), "parameter `%.*s` is given twice", STR_ARG(name));
        note_first(c, x, first->name, &first->h, "first given here");
        diag_help(c->d, x, "remove one of the two");
    }
}

void check_pipeline_task(const check_ctx *c, const PipelineTask *t, map *names) {
    check_name(c, t, names);
    check_sources(c, t);
    check_features(c, t);
    check_embedded(c, t);
    check_on_error(c, t);
    check_content(c, t);
}
