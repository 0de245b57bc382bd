/* Parameters whose value is another one than the text suggests. Facts: validation.md D.3, D.4, I.27-31, I.33. */
#include "compiler/check/pipeline.h"
#include "compiler/warn/parts.h"

/* ---- an embedded Task and the Pipeline around it ------------------------------------------------------------------
 */

/* Whether the texts take an element by number; `use` is the first that mentions the parameter at all. */
static bool takes_element(const warn *w, const ynode *use, str name) {
    var v;
    for (uint32_t from = 0; use && var_next(w->c->a, ynode_text(use), &from, &v);)
        if (v.root == VAR_PARAM && str_eq(v.name, name) && v.n == 2 && v.s[1].kind == REF_INDEX) return true;
    return false;
}

static void note_outer(const warn *w, const warn_pipeline *p, diag *x, str name) {
    const ParamSpec *outer = map_get(&p->params, name);
    if (outer) note_first(w->c, x, outer->name, &outer->h, "the Pipeline's parameter");
}

/* The Pipeline's values are put into the texts before the Task sees them, so its own of the same name come too late. */
static void warn_matrix_param(const warn *w, const warn_task *t, const Param *p) {
    str name = ynode_text(p->name);
    if (!map_has(&t->in->params, name) || !map_has(&t->uses.params, name)) return;
    diag *x = REPORT_AT(w->c, PARAM_HIDDEN, place_of(p->name, &p->h),
                        "the steps get the Pipeline's `%.*s`, not that of the matrix", STR_ARG(name));
    note_outer(w, t->in, x, name);
    diag_help(w->c->d, x, "give the matrix's parameter another name");
}

static void warn_default(const warn *w, const warn_task *t, const ParamSpec *d, const map *given) {
    str name = ynode_text(d->name);
    if (!d->default_ || !map_has(&t->in->params, name) || !map_has(&t->uses.params, name)) return;
    if (map_has(given, name)) return;
    diag *x = REPORT_AT(w->c, PARAM_HIDDEN, place_of(d->default_, &d->h),
                        "this default never counts: the steps get the Pipeline's `%.*s`", STR_ARG(name));
    note_outer(w, t->in, x, name);
    diag_help(w->c->d, x, "rename the parameter, or remove the declaration if the Pipeline's value is meant");
}

static void warn_elements(const warn *w, const warn_task *t, const Param *p) {
    str name = ynode_text(p->name);
    if (!ynode_is(p->value, Y_SEQ) || !map_has(&t->in->params, name)) return;
    if (!takes_element(w, map_get(&t->uses.params, name), name)) return;
    diag *x = REPORT_AT(w->c, PARAM_HIDDEN, place_of(p->name, &p->h),
                        "single elements of `%.*s` are taken from the Pipeline's parameter, not from this array",
                        STR_ARG(name));
    note_outer(w, t->in, x, name);
    diag_help(w->c->d, x, "give the task's parameter another name");
}

/* ---- defaults that refer to others ------------------------------------------------------------------------------- */

/* A Task puts only defaults into defaults, so what a run gives does not arrive there. */
static void warn_default_refs(const warn *w, const TaskSpec *spec) {
    map names = map_new(w->c->a);
    LIST_EACH(ParamSpec, p, spec->params) map_add(&names, ynode_text(p->name), p);
    LIST_EACH(ParamSpec, d, spec->params) {
        if (!ynode_is(d->default_, Y_STR) || ref_none(d->default_->text)) continue;
        var v;
        for (uint32_t from = 0; var_next(w->c->a, d->default_->text, &from, &v);) {
            const ParamSpec *other = v.root == VAR_PARAM ? map_get(&names, v.name) : NULL;
            if (!other || other->default_) continue;
            diag *x = REPORT_IN(w->c, DEFAULT_REFERENCE, text_range(w->c, d->default_, v.at, v.end),
                                "the default of `%.*s` takes only the default of `%.*s`, which has none, never the "
                                "value that a run gives",
                                NAME_ARG(d->name), NAME_ARG(other->name));
            note_first(w->c, x, other->name, &other->h, "declared here without a default");
            diag_help(w->c->d, x, "put the texts together in the steps, or in the Pipeline");
        }
    }
}

void warn_hidden_task(const warn *w, const warn_task *t) {
    warn_default_refs(w, t->spec);
    if (!t->in) return;
    map given = map_new(w->c->a);
    LIST_EACH(Param, p, t->of->params) {
        map_add(&given, ynode_text(p->name), p);
        warn_elements(w, t, p);
    }
    if (t->of->matrix) {
        LIST_EACH(Param, p, t->of->matrix->params) {
            map_add(&given, ynode_text(p->name), p);
            warn_matrix_param(w, t, p);
        }
    }
    LIST_EACH(ParamSpec, d, t->spec->params) warn_default(w, t, d, &given);
}

/* ---- objects that a run gives ------------------------------------------------------------------------------------ */

static void warn_object(const warn *w, const ParamSpec *d, const Param *p) {
    uint32_t given = p->value->n;
    for (uint32_t i = 0; i < ynode_count(d->properties); i++) {
        str key = d->properties->pairs[i].key;
        if (ynode_pair(p->value, key) || (given && !ynode_pair(d->default_, key)))
            continue; /* a missing key is an error */
        diag *x = REPORT_AT(w->c, OBJECT_PARTLY, p->value,
                            "`%.*s` lacks the key `%.*s`, and a Pipeline does not take it from the default: "
                            "$(params.%.*s.%.*s) stays as it is written",
                            NAME_ARG(p->name), STR_ARG(key), NAME_ARG(p->name), STR_ARG(key));
        note_first(w->c, x, d->name, &d->h, "declared here");
        diag_help(w->c->d, x, "give all keys");
        return;
    }
}

void warn_hidden_run(const warn *w, const ParamSpec_list *declared, const Param_list *given) {
    map names = map_new(w->c->a);
    if (!given->n) return;
    LIST_EACH(ParamSpec, d, *declared) map_add(&names, ynode_text(d->name), d);
    LIST_EACH(Param, p, *given) {
        const ParamSpec *d = map_get(&names, ynode_text(p->name));
        if (d && ynode_is(p->value, Y_MAP)) warn_object(w, d, p);
    }
}
