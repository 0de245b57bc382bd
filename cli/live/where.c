#include "cli/live/where.h"

static bool wants_cluster(const options *o) { return str_eq(o->engine, S("kube")) || o->context.n || o->kubeconfig.n; }

bool where_open(arena *a, const options *o, where *out, str *problem) {
    *out = (where){.in_cluster = wants_cluster(o)};
    if (out->in_cluster) return cluster_open(a, o->kubeconfig, o->context, o->namespace_, &out->kube, problem);
    return state_open(a, &out->state, problem);
}

bool where_find(arena *a, const options *o, str name, where *out, str *problem) {
    run_folder r;
    str nothing, missing = STR_NONE;
    if (!where_open(a, o, out, problem)) return false;
    if (!out->in_cluster && (run_open(a, &out->state, name, &r, &missing) || o->engine.n)) return !missing.n || (*problem = missing, false);
    if (!out->in_cluster && !cluster_open(a, o->kubeconfig, o->context, o->namespace_, &out->kube, &nothing)) return *problem = missing, false;
    out->in_cluster = true;
    return cluster_find(&out->kube, name, &out->run, problem);
}
