#include "compiler/check/check.h"
#include "compiler/check/run_parts.h"

/* CR-03 */
static void check_names(const check_ctx *c, const char *name, const head *h, range at, const ynode *api,
                        const ynode *kind) {
    if (!h) return;
    if (!text_set(api)) {
        diag *x = REPORT_IN(c, CUSTOM_API_VERSION, at, "`%s` has no `apiVersion`", name);
        diag_help(c->d, x, "add the group and version of the custom task, such as `example.dev/v1`");
    }
    if (!text_set(kind)) {
        diag *x = REPORT_IN(c, CUSTOM_KIND, at, "`%s` has no `kind`", name);
        diag_help(c->d, x, "add the kind of the custom task");
    }
}

void check_custom_run(const object *o, diags *d, const config *cfg) {
    check_ctx ctx = check_ctx_new(d, cfg, o->version), *c = &ctx;
    static const CustomRunSpec none;
    const CustomRunSpec *s = o->custom_run->spec ? o->custom_run->spec : &none;
    const head *ref = s->customRef ? &s->customRef->h : NULL, *own = s->customSpec ? &s->customSpec->h : NULL;
    check_metadata(o, d);
    check_run_source(c, &s->h, "customRef", ref, "customSpec", own, key_range(&o->custom_run->h, "spec", s->h.node));
    if (ref)
        check_names(c, "customRef", ref, key_range(&s->h, "customRef", ref->node), s->customRef->apiVersion,
                    s->customRef->kind);
    if (own)
        check_names(c, "customSpec", own, key_range(&s->h, "customSpec", own->node), s->customSpec->apiVersion,
                    s->customSpec->kind);
    check_status_message(c, s->status, s->statusMessage);
    check_params_twice_fold(c, &s->params);
    check_bindings(c, &s->workspaces, true);
}
