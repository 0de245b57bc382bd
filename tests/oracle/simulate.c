/* Runs a plan through the sequencer as the oracle's -simulate runs it through Tekton's scheduler: every Pod that is
 * made ends at once, in rounds.
 *
 * In, on standard input, one JSON object: plan (its documents), emitted (TaskRun → [{name, value}]), fail (names of
 * tasks), refuse (names of TaskRuns whose Pod is refused). Out: rounds (names of the TaskRuns made in each), and the
 * run as seq_status() shows it. */
#include "base/emit.h"
#include "base/json.h"
#include "plan/read.h"
#include "runtime/rehearsal/rehearsal.h"
#include <stdio.h>
#include <stdlib.h>

static str read_all(arena *a) {
    strbuf b = {.a = a};
    char piece[65536];
    for (size_t n; (n = fread(piece, 1, sizeof piece, stdin)) > 0;) strbuf_add(&b, (str){piece, (uint32_t)n});
    return strbuf_str(&b);
}

static bool listed(const ynode *list, str name) {
    YNODE_EACH(i, x, list)
    if (str_eq(ynode_text(x), name)) return true;
    return false;
}

/* [{name, value}] as a mapping. */
static const ynode *by_name(arena *a, const ynode *results) {
    ynode *m = ynode_map(a, NULL);
    YNODE_EACH(i, r, results) ynode_put(a, m, ynode_get_text(r, S("name")), ynode_get(r, S("value")));
    return m;
}

typedef struct made {
    str pod, task, task_run;
} made;

static void end_pod(arena *a, seq *s, const ynode *in, const made *p) {
    bool fails = listed(ynode_get(in, S("fail")), p->task);
    if (listed(ynode_get(in, S("refuse")), p->task_run)) {
        seq_feed(s, &(seq_event){
                        .kind = SEQ_REFUSED, .name = p->pod, .refusal = SEQ_REFUSED_INVALID, .message = S("as told")});
        return;
    }
    pod_container step = {.name = S("step-a"), .state = CONTAINER_TERMINATED, .exit_code = fails};
    step.message = rehearsal_message(a, by_name(a, ynode_get(ynode_get(in, S("emitted")), p->task_run)), NULL, NULL, STR_NONE);
    seq_pod pod = {.name = p->pod,
                   .uid = p->pod,
                   .run_uid = S("uid"),
                   .phase = fails ? POD_FAILED : POD_SUCCEEDED,
                   .containers = &step,
                   .n = 1};
    seq_feed(s, &(seq_event){.kind = SEQ_POD, .pod = &pod});
}

int main(void) {
    arena *a = arena_new();
    const ynode *in = json_read(a, read_all(a));
    ynode_list documents = {0};
    YNODE_EACH(i, d, ynode_get(in, S("plan"))) vec_push(a, &documents, d);
    str problem = STR_NONE;
    plan *p = plan_read(a, &documents, &problem);
    if (!p) {
        fprintf(stderr, "simulate: %.*s\n", STR_ARG(problem));
        return 2;
    }
    seq *s = seq_new(a, p, &(seq_identity){p->run.name, S("uid"), p->run.namespace_, S("entrypoint")});
    ynode *rounds = ynode_seq(a, NULL), *out = ynode_map(a, NULL);
    int64_t now = 1700000000LL * 1000000000LL;
    for (uint32_t round = 0; !seq_ended(s) && round < 1000; round++, now += 1000000000LL) {
        seq_actions actions = {.a = a};
        ynode *names = ynode_seq(a, NULL);
        seq_advance(s, now, &actions);
        for (uint32_t i = 0; i < actions.list.n; i++) {
            const seq_action *x = &actions.list.v[i];
            if (x->kind == SEQ_CREATE_CLAIM) seq_feed(s, &(seq_event){.kind = SEQ_CLAIM_DONE, .name = x->name});
            if (x->kind != SEQ_CREATE_POD) continue;
            seq_pod_info info;
            if (!seq_pod_of(s, x->name, &info)) return 2;
            if (info.attempt == 0) ynode_push(a, names, ynode_str(a, info.task_run, NULL));
            end_pod(a, s, in, &(made){x->name, info.task, info.task_run});
        }
        if (names->n) ynode_push(a, rounds, names);
    }
    ynode_put(a, out, S("rounds"), rounds);
    ynode_put(a, out, S("run"), seq_status(s, a));
    ynode_put(a, out, S("list"), seq_status_list(s, a));
    str text = emit_json_str(a, out, false);
    fwrite(text.p, 1, text.n, stdout);
    seq_free(s);
    arena_free(a);
    return 0;
}
