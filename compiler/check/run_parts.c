#include "compiler/check/run_parts.h"
#include "grammar/duration.h"

void check_run_source(const check_ctx *c, const head *spec, const char *ref_name, const head *ref,
                      const char *spec_name, const head *own, range where) {
    if (!ref && !own) {
        const char *names[] = {ref_name, spec_name};
        for (int i = 0; i < 2; i++) { /* given, but null */
            const ypair *given = ynode_pair(spec->node, str_z(names[i]));
            if (given) where = (range){given->key_at, given->key_end};
        }
        diag *x = REPORT_IN(c, RUN_SOURCE_MISSING, where, "`spec` has neither `%s` nor `%s`", ref_name, spec_name);
        diag_help(c->d, x, "add `%s: {name: …}`", ref_name);
    }
    if (!ref || !own) return;
    diag *x = REPORT_IN(c, RUN_SOURCES, key_range(spec, spec_name, own->node), "`spec` has both `%s` and `%s`",
                        ref_name, spec_name);
    range other = key_range(spec, ref_name, ref->node);
    diag_note_range(c->d, x, other.at, other.end, "`%s` is here", ref_name);
    diag_help(c->d, x, "remove one of the two");
}

bool run_duration(const ynode *n, int64_t *out) { return n && duration_parse(ynode_text(n), out); }

void check_not_negative(const check_ctx *c, const ynode *timeout, const char *name) {
    int64_t d;
    if (!run_duration(timeout, &d) || d >= 0) return;
    diag *x = REPORT_AT(c, TIMEOUT_NEGATIVE, timeout, "`%s` is negative: %.*s", name, NAME_ARG(timeout));
    diag_help(c->d, x, "write a duration such as `30m`; `0` means no limit");
}

/* ---- stepSpecs, sidecarSpecs, computeResources ----------------------------------------------------------------------
 */
static bool has_resources(const ynode *resources) {
    for (uint32_t i = 0; i < ynode_count(resources); i++)
        if (ynode_count(resources->pairs[i].value)) return true;
    return false;
}

static void check_names(const check_ctx *c, const ContainerSpec_list *specs, const char *what) {
    map seen = map_new(c->a);
    LIST_EACH(ContainerSpec, s, *specs) {
        str name = ynode_text(s->name);
        if (!name.n) {
            diag *x =
                REPORT_AT(c, OVERRIDE_NAME_MISSING, place_of(s->name, &s->h), "`%s[%u]` has no `name`", what, s_i);
            diag_help(c->d, x, "name the %s that it is for", what[1] == 't' ? "step" : "sidecar");
            continue;
        }
        str key = str_lower(c->a, name);
        const ContainerSpec *first = map_get(&seen, key);
        map_add(&seen, key, s);
        if (!first) continue;
        diag *x = REPORT_AT(c, OVERRIDE_TWICE, place_of(s->name, &s->h), "`%s` has two entries for `%.*s`", what,
                            STR_ARG(name));
        note_first(c, x, first->name, &first->h, "the other one is here");
        diag_help(c->d, x, "remove one of the two");
    }
}

void check_overrides(const check_ctx *c, const head *h, const ContainerSpec_list *steps,
                     const ContainerSpec_list *sidecars, const ynode *resources) {
    bool v1 = c->version == API_V1;
    const char *step_name = v1 ? "stepSpecs" : "stepOverrides",
               *sidecar_name = v1 ? "sidecarSpecs" : "sidecarOverrides";
    if (steps->n) {
        check_level(c, LEVEL_BETA, key_node(c, h, step_name, steps->node), step_name);
        check_names(c, steps, step_name);
    }
    if (sidecars->n) {
        check_level(c, LEVEL_BETA, key_node(c, h, sidecar_name, sidecars->node), sidecar_name);
        check_names(c, sidecars, sidecar_name);
    }
    if (!resources) return;
    check_level(c, LEVEL_BETA, key_node(c, h, "computeResources", resources), "computeResources");
    LIST_EACH(ContainerSpec, s, *steps) {
        if (!has_resources(s->computeResources)) continue;
        diag *x = REPORT_IN(c, COMPUTE_RESOURCES_TWICE, key_range(h, "computeResources", resources),
                            "`computeResources` stands beside resources of step `%.*s` in `%s`", NAME_ARG(s->name),
                            step_name);
        diag_note_at(c->d, x, s->computeResources, "those of the step are here");
        diag_help(c->d, x, "set resources either for the whole task or for its steps");
        return;
    }
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */
void check_forbidden_env(const check_ctx *c, const PodTemplate *t) {
    if (!t || !ynode_count(c->cfg->default_forbidden_env)) return;
    map forbidden = map_new(c->a);
    YNODE_EACH(i, name, c->cfg->default_forbidden_env) map_add(&forbidden, ynode_text(name), NULL);
    YNODE_EACH(j, env, t->env) {
        const ynode *name = ynode_get(env, S("name"));
        if (!map_has(&forbidden, ynode_text(name))) continue;
        diag *x =
            REPORT_AT(c, FORBIDDEN_ENV, name,
                      "`env` of the podTemplate sets %.*s, which `default-forbidden-env` forbids", NAME_ARG(name));
        diag_help(c->d, x, "remove it");
    }
}

void check_run_status(const check_ctx *c, const ynode *status, const str *allowed, uint32_t n) {
    str given = ynode_text(status);
    if (!given.n) return;
    strbuf all = {.a = c->a};
    for (uint32_t i = 0; i < n; i++) {
        if (str_eq(given, allowed[i])) return;
        strbuf_addf(&all, "%s`%.*s`", !i ? "" : i + 1 < n ? ", " : " or ", STR_ARG(allowed[i]));
    }
    diag *x = REPORT_AT(c, RUN_STATUS, status, "`spec.status` is %.*s, which Tekton does not know", STR_ARG(given));
    str near = diag_nearest(given, allowed, n);
    if (near.p)
        diag_help(c->d, x, "did you mean `%.*s`?", STR_ARG(near));
    else
        diag_help(c->d, x, "write %.*s, or leave it out", STR_ARG(strbuf_str(&all)));
}

void check_not_pending(const check_ctx *c, const ynode *status, str pending, const ynode *object_status) {
    const ynode *started = ynode_get(object_status, S("startTime"));
    if (!started || started->kind == Y_NULL || !str_eq(ynode_text(status), pending)) return;
    diag *x =
        REPORT_AT(c, PENDING_AFTER_START, status, "`spec.status` is %.*s, but the run has started", STR_ARG(pending));
    diag_note_at(c->d, x, started, "`status.startTime` is here");
    diag_help(c->d, x, "remove `spec.status`, or the whole `status`");
}

void check_status_message(const check_ctx *c, const ynode *status, const ynode *message) {
    if (text_set(status) || !text_set(message)) return;
    diag *x = REPORT_AT(c, STATUS_MESSAGE, message, "`statusMessage` is set, but `status` is not");
    diag_help(c->d, x, "remove it");
}
