/* Requests and limits: of the run, of the Task as a whole, of the configuration, of LimitRanges (facts: runtime.md 7.9,
 * validation.md RT-T04). Quantities are written in Kubernetes' canonical form. */
#include "compiler/check/parts.h"
#include "compiler/lower/lower.h"
#include "compiler/schema/core_v1.h"
#include "grammar/quantity.h"

/* Names of resources and types: values, not fields. */
#define CPU S("cpu")
#define MEMORY S("memory")
#define STORAGE S("ephemeral-storage")

static const ynode *requests_of(const ynode *r) { return ynode_get(r, S("requests")); }
static const ynode *limits_of(const ynode *r) { return ynode_get(r, S("limits")); }

static quantity parsed(const ynode *n) {
    quantity q = {0};
    quantity_parse(str_trim(ynode_text(n)), &q);
    return q;
}

static const ynode *canonical_map(arena *a, const ynode *quantities) {
    if (!ynode_is(quantities, Y_MAP)) return quantities;
    ynode *out = ynode_copy(a, quantities);
    for (uint32_t i = 0; i < out->n; i++) {
        str text = ynode_text(out->pairs[i].value),
            now = mark_any(text) ? STR_NONE : quantity_reprint(a, str_trim(text));
        if (now.p) out->pairs[i].value = ynode_str(a, now, out->pairs[i].value);
    }
    return out;
}

static const ynode *canonical(arena *a, const ynode *resources) {
    if (!ynode_is(resources, Y_MAP)) return resources;
    ynode *out = ynode_map(a, resources);
    for (uint32_t i = 0; i < resources->n; i++) {
        const ynode *v = canonical_map(a, resources->pairs[i].value);
        if (v->kind != Y_NULL && (v->kind == Y_STR || v->n)) ynode_put(a, out, resources->pairs[i].key, v);
    }
    return out;
}

/* What one of n steps gets of what all have together: whole bytes, or milli-units. */
static const ynode *shared_out(arena *a, const ynode *all, uint32_t n) {
    ynode *out = ynode_map(a, all);
    for (uint32_t i = 0; i < all->n; i++) {
        str name = all->pairs[i].key;
        quantity q = parsed(all->pairs[i].value);
        bool whole = str_eq(name, MEMORY) || str_eq(name, STORAGE);
        q = whole ? quantity_of(quantity_value(q) / n, q.family)
                  : quantity_of_milli(quantity_milli_value(q) / n, q.family);
        ynode_put_str(a, out, name, quantity_format(a, q));
    }
    return out;
}

static void check_limits(lowering *l, const Step *s) {
    const ynode *requests = requests_of(s->computeResources), *limits = limits_of(s->computeResources);
    for (uint32_t i = 0; i < ynode_count(requests); i++) {
        const ypair *r = &requests->pairs[i];
        const ynode *limit = ynode_get(limits, r->key);
        if (!limit || quantity_cmp(parsed(r->value), parsed(limit)) <= 0) continue;
        diag *x = REPORT(l->c->d, RESOURCES, r->value, "the step requests %.*s of %.*s, but its limit is %.*s",
                         STR_ARG(ynode_text(r->value)), STR_ARG(r->key), STR_ARG(ynode_text(limit)));
        diag_note_at(l->c->d, x, limit, "the limit");
    }
}

static const ContainerSpec *spec_for(const ContainerSpec_list *specs, const ynode *name) {
    const ContainerSpec *found = NULL;
    LIST_EACH (ContainerSpec, x, *specs)
        if (str_eq(ynode_text(x->name), ynode_text(name))) found = x;
    return found;
}

void lower_resources(lowering *l) {
    arena *a = l->c->a;
    const type *t = &kube_ResourceRequirements_type;
    uint32_t n = l->spec->steps.n;
    LIST_EACH (Step, s, l->spec->steps) check_limits(l, s);
    for (uint32_t i = 0; i < n; i++) {
        Step *s = l->spec->steps.v[i];
        const ContainerSpec *own = spec_for(&l->t->step_specs, s->name);
        if (!own && !l->t->compute_resources) continue;
        s = l->spec->steps.v[i] = COPY(a, Step, s);
        if (own) s->computeResources = walk_merge_tree(a, t, own->computeResources, s->computeResources);
    }
    for (uint32_t i = 0; i < l->spec->sidecars.n; i++) {
        const ContainerSpec *own = spec_for(&l->t->sidecar_specs, l->spec->sidecars.v[i]->name);
        if (!own) continue;
        Sidecar *s = l->spec->sidecars.v[i] = COPY(a, Sidecar, l->spec->sidecars.v[i]);
        s->computeResources = walk_merge_tree(a, t, own->computeResources, s->computeResources);
    }
    const ynode *task = l->t->compute_resources;
    if (!task) return;
    const ynode *requests = requests_of(task), *limits = limits_of(task);
    LIST_EACH (Step, s, l->spec->steps) {
        ynode *out = ynode_map(a, task);
        if (ynode_count(limits)) ynode_put(a, out, S("limits"), limits);
        if (ynode_count(requests))
            ynode_put(a, out, S("requests"), shared_out(a, requests, n));
        else if (ynode_count(limits))
            ynode_put(a, out, S("requests"), shared_out(a, limits, n));
        s->computeResources = out;
    }
}

/* --- configuration and LimitRanges ------------------------------------------------------------------------------- */

/* Per container name, then by a prefix "NAME-…", then for all. */
static const ynode *configured(const config *cfg, str container) {
    const ynode *all = cfg->default_container_resources;
    const ynode *exact = ynode_get(all, container);
    if (exact) return exact;
    for (uint32_t i = 0; i < ynode_count(all); i++) {
        str key = all->pairs[i].key;
        if (!str_starts(key, S("prefix-"))) continue;
        str prefix = str_from(key, S("prefix-").n);
        if (container.n > prefix.n && str_starts(container, prefix) && container.p[prefix.n] == '-')
            return all->pairs[i].value;
    }
    return ynode_get(all, S("default"));
}

/* The strictest of all LimitRanges of the run's namespace for one resource; NULL: none. */
typedef struct strictest {
    str resource;
    bool whole; /* shared out in whole units, not in thousandths */
    const ynode *request, *min;
} strictest;

typedef struct lower_ranges {
    bool any;
    strictest of[3];
} lower_ranges;

static const ynode *stricter(const ynode *x, const ynode *y, int sign) {
    if (!x || !y) return x ? x : y;
    return sign * quantity_cmp(parsed(x), parsed(y)) >= 0 ? x : y;
}

static void add_range(lower_ranges *r, const ynode *limits) {
    r->any = true;
    YNODE_EACH (k, item, limits) {
        if (!str_eq(ynode_get_text(item, S("type")), S("Container"))) continue;
        for (unsigned i = 0; i < sizeof r->of / sizeof *r->of; i++) {
            strictest *x = &r->of[i];
            x->min = stricter(x->min, ynode_get(ynode_get(item, S("min")), x->resource), 1);
            x->request = stricter(x->request, ynode_get(ynode_get(item, S("defaultRequest")), x->resource), -1);
        }
    }
}

/* Looked for once: the world may hold as many objects as there are Pods. */
static const lower_ranges *ranges_of(lowering *l) {
    run_ctx *c = l->c;
    if (c->ranges) return c->ranges;
    lower_ranges *r = ARENA_NEW(c->keep, lower_ranges);
    r->of[0] = (strictest){.resource = CPU};
    r->of[1] = (strictest){.resource = MEMORY, .whole = true};
    r->of[2] = (strictest){.resource = STORAGE, .whole = true};
    for (uint32_t i = 0; i < c->w->objects.n; i++) {
        const object *o = c->w->objects.v[i];
        str ns = o->namespace_.n ? o->namespace_ : c->w->default_namespace;
        if (o->kind == OBJECT_LIMITRANGE && str_eq(ns, l->t->of->in->namespace_))
            add_range(r, ynode_get(ynode_get(o->node, S("spec")), S("limits")));
    }
    return c->ranges = r;
}

static const ynode *with_request(lowering *l, const ynode *resources, const strictest *r) {
    arena *a = l->c->a;
    uint32_t steps = l->spec->steps.n;
    const ynode *requests = requests_of(resources), *has = ynode_get(requests, r->resource);
    if (has && parsed(has).nano != 0) return resources;
    quantity want = {0};
    if (r->request) {
        quantity all = parsed(r->request);
        want = r->whole ? quantity_of(quantity_value(all) / steps, all.family)
                        : quantity_of_milli(quantity_milli_value(all) / steps, all.family);
    }
    if (r->min && quantity_cmp(parsed(r->min), want) > 0) want = parsed(r->min);
    if (want.nano == 0) return resources;
    ynode *now = requests ? ynode_copy(a, requests) : ynode_map(a, NULL);
    ynode_set(a, now, r->resource, ynode_str(a, quantity_format(a, want), NULL));
    ynode *out = resources ? ynode_copy(a, resources) : ynode_map(a, NULL);
    ynode_set(a, out, S("requests"), now);
    return out;
}

void lower_container_resources(lowering *l) {
    arena *a = l->c->a;
    const lower_ranges *ranges = ranges_of(l);
    for (int init = 0; init < 2; init++) {
        ynode *containers = init ? l->init_containers : l->containers;
        for (uint32_t i = 0; i < containers->n; i++) {
            ynode *k = (ynode *)(uintptr_t)containers->items[i]; /* made by this lowering */
            const ynode *resources = ynode_get(k, S("resources"));
            str name = ynode_get_text(k, S("name"));
            if (l->c->cfg->default_container_resources && ynode_count(resources) == 0) {
                const ynode *given = configured(l->c->cfg, name);
                if (given) resources = given;
            }
            if (ranges->any && !init && i < l->spec->steps.n)
                for (unsigned j = 0; j < sizeof ranges->of / sizeof *ranges->of; j++)
                    resources = with_request(l, resources, &ranges->of[j]);
            resources = canonical(a, resources);
            if (ynode_count(resources)) ynode_set(a, k, S("resources"), resources);
        }
    }
}
