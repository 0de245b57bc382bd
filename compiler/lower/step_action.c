/* Steps that refer to a StepAction get its content (facts: validation.md F.2 Notes, RT-T01; runtime.md 7.1). */
#include "compiler/check/parts.h"
#include "compiler/lower/lower.h"

/* What the step passes, with the run's parameters put in. */
static const ynode *as_step_result(lowering *l, const StepActionSpec *action, str name, const ynode *v);

static param_values passed_params(lowering *l, const Step *step, const StepActionSpec *action) {
    param_values out = {0};
    const scope *pass = l->params;
    LIST_EACH (Param, p, step->params) {
        const ynode *v = p->value ? scope_replace_value(l->c->a, &pass, 1, p->value) : ynode_strz(l->c->a, "");
        params_put(l->c->a, &out, ynode_text(p->name), as_step_result(l, action, ynode_text(p->name), v));
    }
    return out;
}

/* A parameter that is exactly one result of another step stands for that result, whatever is asked of it:
 * $(params.p[1]) is
 * $(steps.s.results.r[1]). Its type is the parameter's. */
static const ynode *as_step_result(lowering *l, const StepActionSpec *action, str name, const ynode *v) {
    ref r;
    if (v->kind != Y_STR || ref_none(v->text) || !ref_next(l->c->a, v->text, 0, &r) || r.at != 0 || r.end != v->text.n)
        return v;
    bool star = r.segments[r.n - 1].kind == REF_STAR;
    if (r.n - star != 4 || !str_eq(r.segments[0].text, S("steps")) || !str_eq(r.segments[2].text, S("results")))
        return v;
    LIST_EACH (ParamSpec, p, action->params) {
        if (!str_eq(ynode_text(p->name), name) || spec_type(p) == TYPE_STRING) continue;
        str path = star ? str_cut(r.raw, 0, r.raw.n - 3) : r.raw;
        return ynode_str(l->c->a, run_ref(l->c, path, spec_type(p)), v);
    }
    return v;
}

/* A string that is one step result may become anything in the Pod. */
static bool step_result(const ynode *v) { return v->kind == Y_STR && detect_step_result(v->text, 0, &(hit){0}); }

static void check_params(lowering *l, const Step *step, const StepActionSpec *action, const param_values *given,
                         str name) {
    run_ctx *c = l->c;
    map declared = map_new(c->a);
    LIST_EACH (ParamSpec, p, action->params) {
        map_put(&declared, ynode_text(p->name), p);
        const ynode *v = params_get(given, ynode_text(p->name));
        if (!v && !p->default_) {
            diag *x =
                REPORT(c->d, STEP_PARAM_MISSING, step->params.node ? step->params.node : step->ref->h.node,
                       "StepAction `%.*s` needs the parameter `%.*s`", STR_ARG(name), STR_ARG(ynode_text(p->name)));
            diag_help(c->d, x, "add it to the step's params");
            diag_note_at(c->d, x, p->name, "declared here");
        }
        /* Tekton compares with the default only, and only strings with arrays; what else does not fit stays unreplaced
         * in the step and is found there. */
        if (!v || !p->default_ || step_result(v) || mark_any(ynode_text(v)) || v->kind == p->default_->kind) continue;
        if (v->kind == Y_MAP || p->default_->kind == Y_MAP) continue;
        diag *x = REPORT(c->d, PARAM_TYPE, v, "parameter `%.*s` of StepAction `%.*s` is %s, but gets %s",
                         STR_ARG(ynode_text(p->name)), STR_ARG(name), v->kind == Y_STR ? "an array" : "a string",
                         v->kind == Y_STR ? "a string" : "an array");
        diag_note_at(c->d, x, p->name, "declared here");
    }
    LIST_EACH (Param, p, step->params) {
        if (map_has(&declared, ynode_text(p->name))) continue;
        diag *x = REPORT(c->d, STEP_PARAM_EXTRA, p->name ? p->name : p->h.node,
                         "StepAction `%.*s` has no parameter `%.*s`", STR_ARG(name), STR_ARG(ynode_text(p->name)));
        help_nearest(&(check_ctx){.a = c->a, .d = c->d, .cfg = c->cfg, .version = API_V1}, x, ynode_text(p->name),
                     &declared, NULL);
    }
}

/* Fields of the StepAction over the step's: some always, some only when the action sets them. The rows that both types
 * have carry the knowledge; these three are taken even when the action leaves them empty. */
static bool always_taken(const field *f) {
    return f->offset == offsetof(StepActionSpec, image) || f->offset == offsetof(StepActionSpec, workingDir) ||
           f->offset == offsetof(StepActionSpec, securityContext);
}

static Step *inlined(lowering *l, const Step *step) {
    run_ctx *c = l->c;
    const object *o = resolve_ref_step_action(c, step->ref, l->t->of->in->namespace_);
    if (!o || !o->step_action || !o->step_action->spec) return NULL;
    const StepActionSpec *action = o->step_action->spec;
    param_values given = passed_params(l, step, action);
    check_params(l, step, action, &given, o->name);
    /* What a default has and the given value has not stays reachable: keys, elements, and all of it when an object is
     * given in place of a string or an array. */
    scope *defaults = scope_new(c->a, c->m, NULL);
    LIST_EACH (ParamSpec, p, action->params)
        if (p->default_) scope_put_param(defaults, S("params"), ynode_text(p->name), p->default_, 0);
    const scope *passes[] = {params_pipeline_scope(c, &action->params, &given), defaults};
    StepActionSpec *now = SCOPE_REPLACE(c->a, passes, 2, StepActionSpec, action, FIELD_SUB_TASK);
    Step *out = COPY(c->a, Step, step);
    for (uint32_t i = 0; i < StepActionSpec_type.n; i++) {
        const field *f = &StepActionSpec_type.fields[i], *g = type_field(&Step_type, f->json);
        if (!g || g->kind != f->kind || g->offset == offsetof(Step, displayName) || g->offset == offsetof(Step, params))
            continue;
        /* Parameters are never put into an action's script. */
        const head *from = f->offset == offsetof(StepActionSpec, script) ? &action->h : &now->h;
        if (f->kind == K_LIST && !(f->flags & FIELD_TREE)) {
            if (field_list(f, from)->n) *field_list(g, &out->h) = *field_list(f, from);
        } else if (always_taken(f) || ynode_text(field_tree(f, from)).n || ynode_count(field_tree(f, from))) {
            *(const ynode **)((char *)out + g->offset) = field_tree(f, from);
        }
    }
    out->ref = NULL;
    out->params = (Param_list){0};
    return out;
}

void lower_step_actions(lowering *l) {
    TaskSpec *s = l->spec;
    Step **steps = NULL;
    for (uint32_t i = 0; i < s->steps.n; i++) {
        if (!s->steps.v[i]->ref) continue;
        if (!steps) {
            steps = ARENA_ARRAY(l->c->a, Step *, s->steps.n);
            memcpy(steps, s->steps.v, s->steps.n * sizeof *steps);
        }
        Step *now = inlined(l, s->steps.v[i]);
        if (now) steps[i] = now;
    }
    if (steps) s->steps.v = steps;
}
