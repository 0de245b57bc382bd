#include "view/run.h"
#include <stdlib.h>

typedef struct reading {
    arena *a;
    map objects; /* kind/name → object */
    map owned;   /* kind/name of what another one refers to */
} reading;

/* ---- times ---------------------------------------------------------------------------------------------------------- */

static bool digits(str s, uint32_t from, uint32_t n, int64_t *out) {
    *out = 0;
    for (uint32_t i = from; i < from + n; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9') return false;
        *out = *out * 10 + (s.p[i] - '0');
    }
    return true;
}

/* RFC 3339, UTC or with an offset, to seconds since 1970; 0 when it is none. */
static int64_t seconds_of(str s) {
    int64_t year, month, day, hour, minute, second, away = 0, away_minutes = 0;
    if (!digits(s, 0, 4, &year) || !digits(s, 5, 2, &month) || !digits(s, 8, 2, &day)) return 0;
    if (!digits(s, 11, 2, &hour) || !digits(s, 14, 2, &minute) || !digits(s, 17, 2, &second)) return 0;
    uint32_t zone = 19;
    while (zone < s.n && s.p[zone] != 'Z' && s.p[zone] != '+' && s.p[zone] != '-') zone++;
    if (zone < s.n && s.p[zone] != 'Z' && digits(s, zone + 1, 2, &away) && digits(s, zone + 4, 2, &away_minutes))
        away = (away * 60 + away_minutes) * (s.p[zone] == '-' ? -60 : 60);
    if (month <= 2) year--, month += 12; /* the year begins in March */
    int64_t days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 1 - 719468;
    return days * 86400 + hour * 3600 + minute * 60 + second - away;
}

/* ---- objects -------------------------------------------------------------------------------------------------------- */

static str name_of(const ynode *object) { return ynode_get_text(ynode_get(object, S("metadata")), S("name")); }

static str key_of(arena *a, str kind, str name) { return str_fmt(a, "%.*s/%.*s", STR_ARG(kind), STR_ARG(name)); }

static void add_object(reading *x, const ynode *n) {
    str kind = ynode_get_text(n, S("kind"));
    if (str_ends(kind, S("List"))) {
        YNODE_EACH(i, item, ynode_get(n, S("items"))) add_object(x, item);
        return;
    }
    if (!str_eq(kind, S("PipelineRun")) && !str_eq(kind, S("TaskRun")) && !str_eq(kind, S("CustomRun"))) return;
    map_put(&x->objects, key_of(x->a, kind, name_of(n)), (void *)(uintptr_t)n);
    YNODE_EACH(i, child, ynode_get(ynode_get(n, S("status")), S("childReferences")))
        map_put(&x->owned, key_of(x->a, ynode_get_text(child, S("kind")), ynode_get_text(child, S("name"))), x);
}

static void read_condition(const ynode *status, view_child *out) {
    YNODE_EACH(i, c, ynode_get(status, S("conditions"))) {
        if (!str_eq(ynode_get_text(c, S("type")), S("Succeeded"))) continue;
        str is = ynode_get_text(c, S("status")), reason = ynode_get_text(c, S("reason"));
        uint32_t at;
        out->reason = reason;
        out->message = ynode_get_text(c, S("message"));
        if (str_eq(is, S("True")))
            out->status = VIEW_SUCCEEDED;
        else if (str_eq(is, S("False")))
            out->status = str_find(reason, S("Cancelled"), &at) ? VIEW_CANCELLED : VIEW_FAILED;
        else
            out->status = out->start ? VIEW_RUNNING : VIEW_PENDING;
    }
}

static void read_steps(arena *a, const ynode *steps, view_child *out) {
    YNODE_EACH(i, s, steps) {
        view_step *step = vec_add(a, &out->steps);
        const ynode *ended = ynode_get(s, S("terminated")), *running = ynode_get(s, S("running"));
        step->name = ynode_get_text(s, S("name"));
        step->container = ynode_get_text(s, S("container"));
        if (!step->container.n) step->container = str_cat(a, S("step-"), step->name);
        step->ended = ended != NULL;
        step->start = seconds_of(ynode_get_text(ended ? ended : running, S("startedAt")));
        step->end = seconds_of(ynode_get_text(ended, S("finishedAt")));
        step->reason = ynode_get_text(s, S("terminationReason"));
        if (!step->reason.n) step->reason = ynode_get_text(ended ? ended : ynode_get(s, S("waiting")), S("reason"));
        str code = ynode_get_text(ended, S("exitCode"));
        step->exit_code = code.n ? strtoll(str_dup(a, code).p, NULL, 10) : 0;
    }
}

static void read_child(arena *a, const ynode *object, view_child *out) {
    const ynode *status = ynode_get(object, S("status"));
    out->name = name_of(object);
    out->pod = ynode_get_text(status, S("podName"));
    out->start = seconds_of(ynode_get_text(status, S("startTime")));
    out->end = seconds_of(ynode_get_text(status, S("completionTime")));
    out->results = ynode_get(status, S("results"));
    out->retries = ynode_count(ynode_get(status, S("retriesStatus")));
    out->status = VIEW_PENDING;
    read_condition(status, out);
    read_steps(a, ynode_get(status, S("steps")), out);
}

/* ---- nodes ---------------------------------------------------------------------------------------------------------- */

static void sum_up(view_node *n) {
    static const uint8_t order[] = {0, 0, 2, 4, 1, 5, 3}; /* the worst counts */
    for (uint32_t i = 0; i < n->children.n; i++) {
        const view_child *c = &n->children.v[i];
        if (i && order[c->status] <= order[n->status]) continue;
        n->status = c->status;
        n->reason = c->reason;
    }
}

static void over(reading *x, view_graph *g, const ynode *object) {
    map nodes = map_new(x->a);
    const ynode *status = ynode_get(object, S("status"));
    g->ran = ARENA_NEW(x->a, view_child);
    read_child(x->a, object, g->ran);
    for (uint32_t i = 0; i < g->n; i++) {
        map_put(&nodes, g->nodes[i].name, &g->nodes[i]);
        g->nodes[i].status = VIEW_PENDING;
    }
    if (!g->run->pipeline && g->n) {
        vec_push(x->a, &g->nodes[0].children, *g->ran);
        sum_up(&g->nodes[0]);
        return;
    }
    YNODE_EACH(i, child, ynode_get(status, S("childReferences"))) {
        view_node *n = map_get(&nodes, ynode_get_text(child, S("pipelineTaskName")));
        str kind = ynode_get_text(child, S("kind"));
        const ynode *of = map_get(&x->objects, key_of(x->a, kind, ynode_get_text(child, S("name"))));
        if (!n) continue;
        view_child *c = vec_add(x->a, &n->children);
        c->name = ynode_get_text(child, S("name"));
        c->status = VIEW_UNKNOWN;
        if (of) read_child(x->a, of, c);
        if (of && n->inner && str_eq(kind, S("PipelineRun"))) over(x, n->inner, of);
    }
    for (uint32_t i = 0; i < g->n; i++) sum_up(&g->nodes[i]);
    YNODE_EACH(i, skipped, ynode_get(status, S("skippedTasks"))) {
        view_node *n = map_get(&nodes, ynode_get_text(skipped, S("name")));
        if (!n) continue;
        n->status = VIEW_SKIPPED;
        n->reason = ynode_get_text(skipped, S("reason"));
    }
    /* What did not begin before the end never will. */
    for (uint32_t i = 0; i < g->n; i++)
        if (g->nodes[i].status == VIEW_PENDING && g->ran->end) g->nodes[i].status = VIEW_SKIPPED;
}

bool view_run_over(arena *a, view_graph *g, const ynode_list *documents, str *problem) {
    reading x = {.a = a, .objects = map_new(a), .owned = map_new(a)};
    const ynode *chosen = NULL;
    str kind = g->run->pipeline ? S("PipelineRun") : S("TaskRun");
    for (uint32_t i = 0; i < documents->n; i++) add_object(&x, documents->v[i]);
    for (uint32_t i = 0; i < x.objects.n; i++) {
        const ynode *n = x.objects.entries[i].value;
        if (!str_eq(ynode_get_text(n, S("kind")), kind) || map_has(&x.owned, x.objects.entries[i].key)) continue;
        if (chosen && str_eq(name_of(chosen), g->run->name)) continue;
        chosen = n;
    }
    if (!chosen) {
        *problem = str_fmt(a, "there is no %.*s in it", STR_ARG(kind));
        return false;
    }
    str pipeline = ynode_get_text(ynode_get(ynode_get(chosen, S("spec")), S("pipelineRef")), S("name"));
    if (pipeline.n && g->run->pipeline_name.n && !str_eq(pipeline, g->run->pipeline_name)) {
        *problem = str_fmt(a, "%.*s is a run of %.*s, not of %.*s", STR_ARG(name_of(chosen)), STR_ARG(pipeline), STR_ARG(g->run->pipeline_name));
        return false;
    }
    over(&x, g, chosen);
    return true;
}
