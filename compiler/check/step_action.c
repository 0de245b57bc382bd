#include "compiler/check/check.h"
#include "compiler/check/parts.h"
#include "grammar/detect.h"
#include "grammar/ref.h"

static void check_script(const check_ctx *c, const StepActionSpec *spec) {
    str script = ynode_text(spec->script);
    hit h;
    check_script_or_command(c, &spec->h, spec->script, spec->command);
    check_windows(c, spec->script);
    if (!script.n || ref_none(script)) return;
    for (uint32_t from = 0; detect_prefixed(script, S("params"), from, &h); from = h.end) {
        diag *x = REPORT_IN(c, STEP_ACTION_SCRIPT_PARAM, text_range(c, spec->script, h.at, h.end),
                            "`script` of a StepAction uses the parameter $(%.*s)", STR_ARG(h.inner));
        diag_help(c->d, x, "set an `env` entry to it and use that in the script");
    }
    map results = map_new(c->a);
    LIST_EACH(StepResult, r, spec->results) map_add(&results, ynode_text(r->name), r);
    check_result_uses(c, spec->script, S("step.results"), &results);
    check_result_uses(c, spec->script, S("results"), &results);
}

static void check_mount_names(const check_ctx *c, const StepActionSpec *spec) {
    YNODE_EACH(i, mount, spec->volumeMounts) {
        const ynode *name = ynode_get(mount, S("name"));
        str text = ynode_text(name);
        hit h;
        if (detect_prefixed(text, S("params"), 0, &h) && h.at == 0 && h.end == text.n) continue;
        diag *x = REPORT_AT(c, STEP_ACTION_MOUNT_NAME, name && name->at ? name : mount,
                            "`name` of the volume mount, %.*s, is not exactly one parameter", STR_ARG(text));
        diag_help(c->d, x, "declare a parameter for the name of the volume, and write `name: $(params.NAME)`");
    }
}

/* ---- v1alpha1: defaults that use other parameters ---------------------------------------------------------------- */
typedef struct node {
    const ParamSpec *param;
    VEC(uint32_t) uses; /* indexes of parameters */
    enum { FRESH, OPEN, DONE } state;
} node;

typedef struct graph {
    const check_ctx *c;
    node *nodes;
    map by_name; /* → node */
} graph;

/* The name as Tekton cuts it out: only the plain dot form gives a name that can be declared. */
static str used_name(str text, const hit *h) {
    str whole = str_cut(text, h->at, h->end), prefix = S("$(params.");
    if (str_starts(whole, prefix)) whole = str_from(whole, prefix.n);
    return str_cut(whole, 0, whole.n - 1);
}

static void find_uses(graph *g, node *n) {
    str text = param_value_type(n->param->default_) == PARAM_STRING ? ynode_text(n->param->default_) : STR_NONE;
    hit h;
    for (uint32_t from = 0; text.n && detect_prefixed(text, S("params"), from, &h); from = h.end) {
        str name = used_name(text, &h);
        const node *used = map_get(&g->by_name, name);
        if (used) {
            vec_push(g->c->a, &n->uses, (uint32_t)(used - g->nodes));
            continue;
        }
        diag *x = REPORT_IN(g->c, PARAM_DEFAULT_UNDEFINED, text_range(g->c, n->param->default_, h.at, h.end),
                            "`default` of parameter `%.*s` uses $(%.*s), and no such parameter is declared",
                            STR_ARG(ynode_text(n->param->name)), STR_ARG(h.inner));
        help_nearest(g->c, x, name, &g->by_name, NULL);
    }
}

static void report_cycle(const graph *g, const node *n) {
    diag *x = REPORT_AT(g->c, PARAM_DEFAULT_CYCLE, place_of(n->param->default_, &n->param->h),
                        "`default` of parameter `%.*s` needs itself", STR_ARG(ynode_text(n->param->name)));
    diag_help(g->c->d, x, "break the circle");
}

/* A walk in depth with a stack of its own, so that a long chain can't exhaust the program's. */
static void find_cycles(graph *g, uint32_t n) {
    struct {
        uint32_t at, next;
    } *stack = arena_alloc(g->c->a, sizeof *stack * (n + 1));
    for (uint32_t start = 0; start < n; start++) {
        uint32_t depth = 0;
        if (g->nodes[start].state != FRESH) continue;
        stack[depth].at = start, stack[depth++].next = 0;
        g->nodes[start].state = OPEN;
        while (depth) {
            node *at = &g->nodes[stack[depth - 1].at];
            if (stack[depth - 1].next == at->uses.n) {
                at->state = DONE;
                depth--;
                continue;
            }
            node *to = &g->nodes[at->uses.v[stack[depth - 1].next++]];
            if (to->state == OPEN) report_cycle(g, to);
            if (to->state != FRESH) continue;
            to->state = OPEN;
            stack[depth].at = (uint32_t)(to - g->nodes), stack[depth++].next = 0;
        }
    }
}

static void check_defaults(const check_ctx *c, const ParamSpec_list *params) {
    graph g = {c, ARENA_ARRAY(c->a, node, params->n), map_new(c->a)};
    for (uint32_t i = 0; i < params->n; i++) {
        g.nodes[i] = (node){.param = params->v[i]};
        map_add(&g.by_name, ynode_text(params->v[i]->name), &g.nodes[i]);
    }
    for (uint32_t i = 0; i < params->n; i++) find_uses(&g, &g.nodes[i]);
    find_cycles(&g, params->n);
}

void check_step_action(const object *o, diags *d, const config *cfg) {
    static const StepActionSpec nothing;
    check_metadata(o, d);
    check_ctx ctx = check_ctx_new(d, cfg, o->version), *c = &ctx;
    const StepActionSpec *spec = o->step_action && o->step_action->spec ? o->step_action->spec : &nothing;
    head at = spec->h.node ? spec->h : (head){o->node};
    check_image(c, &at, spec->image, "StepAction");
    check_script(c, spec);
    check_params_declared(c, &spec->params, PARAMS_TYPES | PARAMS_PROPERTIES | PARAMS_UNIQUE | PARAMS_NAMES);
    param_scope scope = param_scope_new(c, &spec->params, NULL);
    check_uses_step_action(c, spec, &scope);
    check_step_results(c, &spec->results);
    check_mount_names(c, spec);
    if (o->v1alpha1) check_defaults(c, &spec->params);
}
