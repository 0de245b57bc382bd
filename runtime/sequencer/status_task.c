/* A TaskRun in Tekton's form (facts: runtime.md 9.4). */
#include "runtime/sequencer/status_parts.h"

static ynode *container_state_of(arena *a, const seq_container *c) {
    ynode *m = ynode_map(a, NULL), *state = ynode_map(a, NULL);
    switch (c->state) {
    case CONTAINER_WAITING:
        status_put(a, state, "reason", c->reason);
        status_put(a, state, "message", c->message);
        ynode_put(a, m, S("waiting"), state);
        break;
    case CONTAINER_RUNNING:
        status_moment(a, state, "startedAt", c->started);
        ynode_put(a, m, S("running"), state);
        break;
    case CONTAINER_TERMINATED:
        ynode_put(a, state, S("exitCode"), ynode_int(a, c->exit_code));
        status_put(a, state, "reason", c->reason);
        status_put(a, state, "message", c->message);
        status_moment(a, state, "startedAt", c->started);
        status_moment(a, state, "finishedAt", c->finished);
        ynode_put(a, m, S("terminated"), state);
        break;
    }
    return m;
}

static const ynode *containers_of(arena *a, const seq_attempt *x, bool sidecars) {
    ynode *list = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < x->n; i++) {
        const seq_container *c = &x->steps[i];
        if (c->sidecar != sidecars) continue;
        ynode *m = container_state_of(a, c);
        status_put(a, m, "name", str_from(c->name, sidecars ? 8 : 5));
        status_put(a, m, "container", c->name);
        status_put(a, m, "imageID", c->image_id);
        if (c->results) ynode_put(a, m, S("results"), status_results(a, c->results, true));
        static const char *const kinds[] = {"inputs", "outputs"};
        for (int k = 0; k < 2 && !sidecars; k++) {
            const ynode *said = artifacts_of_step(a, c, str_z(kinds[k]));
            if (said) ynode_put(a, m, str_z(kinds[k]), said);
        }
        status_put(a, m, "terminationReason", c->termination);
        ynode_push(a, list, m);
    }
    return list;
}

static ynode *attempt_status(arena *a, const seq_attempt *x, const seq_condition *c) {
    ynode *m = ynode_map(a, NULL);
    ynode_put(a, m, S("conditions"), status_conditions(a, c));
    status_put(a, m, "podName", x->pod);
    status_moment(a, m, "startTime", x->start);
    if (x->ended) status_moment(a, m, "completionTime", x->end);
    const ynode *steps = containers_of(a, x, false), *sidecars = containers_of(a, x, true);
    if (steps->n) ynode_put(a, m, S("steps"), steps);
    if (sidecars->n) ynode_put(a, m, S("sidecars"), sidecars);
    if (x->results) ynode_put(a, m, S("results"), status_results(a, x->results, true));
    const ynode *inputs = artifacts_of(a, x, S("inputs")), *outputs = artifacts_of(a, x, S("outputs"));
    ynode *artifacts = ynode_map(a, NULL);
    if (inputs) ynode_put(a, artifacts, S("inputs"), inputs);
    if (outputs) ynode_put(a, artifacts, S("outputs"), outputs);
    if (artifacts->n) ynode_put(a, m, S("artifacts"), artifacts);
    return m;
}

const ynode *status_of_child(arena *a, const seq_child *c) {
    seq_condition now = child_condition(c);
    bool waits = c->state == CHILD_TO_CREATE;
    uint32_t former = waits ? c->attempt_count : c->attempt_count - 1;
    ynode *m, *retries = ynode_seq(a, NULL);
    if (waits) {
        m = ynode_map(a, NULL);
        ynode_put(a, m, S("conditions"), status_conditions(a, &now));
    } else {
        m = attempt_status(a, child_now(c), &now);
    }
    for (uint32_t i = 0; i < former; i++) {
        const seq_attempt *x = &c->attempts[i];
        ynode_push(a, retries, attempt_status(a, x, &(seq_condition){SEQ_FALSE, x->reason, x->message, x->end}));
    }
    if (retries->n) ynode_put(a, m, S("retriesStatus"), retries);
    return m;
}

const ynode *status_task_run(const seq *s, arena *a, const seq_child *c) {
    const plan_task *t = c->task->plan;
    const seq_run *r = c->task->run;
    ynode *meta = status_metadata(s, a, r, c->name), *spec = ynode_map(a, NULL);
    if (r->plan->pipeline) {
        ynode *labels = ynode_map(a, NULL);
        ynode_put_str(a, labels, S("tekton.dev/memberOf"), t->finally ? S("finally") : S("tasks"));
        ynode_put_str(a, labels, S("tekton.dev/pipelineRun"), r->name);
        ynode_put_str(a, labels, S("tekton.dev/pipelineTask"), t->name);
        ynode_put(a, meta, S("labels"), labels);
    }
    const plan_params *combination = c->index < t->combinations.n ? &t->combinations.v[c->index] : NULL;
    ynode *params = ynode_seq(a, NULL);
    const ynode *parts[] = {combination ? status_params(s, a, r, combination) : NULL,
                            status_params(s, a, r, &t->params)};
    const ynode *made = c->task->combinations ? c->task->combinations[c->index] : NULL;
    for (uint32_t i = 0; i < ynode_count(made); i++) {
        ynode *p = ynode_map(a, NULL);
        ynode_put_str(a, p, S("name"), made->pairs[i].key);
        ynode_put(a, p, S("value"), made->pairs[i].value);
        ynode_push(a, params, p);
    }
    for (int i = 0; i < 2; i++)
        for (uint32_t k = 0; k < ynode_count(parts[i]); k++) ynode_push(a, params, parts[i]->items[k]);
    if (params->n) ynode_put(a, spec, S("params"), params);
    if (t->retries) ynode_put(a, spec, S("retries"), ynode_int(a, t->retries));
    return status_object(a, "TaskRun", meta, spec, status_of_child(a, c));
}
