/* simulate [-n RUNS] [-s SEED] [-v]: random runs, see sim.h.
 * simulate -b TASKS: one large run of each shape, with times. */
#include "base/json.h"
#include "tests/runtime/sequencer/sim.h"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MOST_STEPS = 20000 };

/* xorshift* */
uint32_t sim_below(sim *x, uint32_t n) {
    x->random ^= x->random >> 12;
    x->random ^= x->random << 25;
    x->random ^= x->random >> 27;
    return (uint32_t)(((x->random * 0x2545F4914F6CDD1DULL) >> 32) % n);
}
bool sim_chance(sim *x, uint32_t percent) { return sim_below(x, 100) < percent; }

typedef struct totals {
    uint64_t runs, broken, pods, crashes, steps;
} totals;

static void one_run(uint64_t seed, bool talk, totals *t) {
    sim x = {.a = arena_new(),
             .seed = seed,
             .random = seed * 0x9E3779B97F4A7C15ULL + 1,
             .now = 1700000000LL * 1000000000LL,
             .talk = talk};
    x.pods = map_new(x.a);
    for (int i = 0; i < 4; i++) sim_below(&x, 2);
    x.plan = sim_plan(&x);
    x.crash_rate = sim_chance(&x, 50) ? 0 : 10 + sim_below(&x, 150);
    x.trouble = sim_chance(&x, 50);
    sim_start(&x);
    while (!x.ended && !x.broken && x.steps < MOST_STEPS) {
        sim_step(&x);
        if (sim_chance(&x, 3)) sim_check_rebuilt(&x);
    }
    if (!x.ended && !x.broken) sim_broken(&x, "it does not end");
    if (x.ended) sim_check_end(&x);
    t->runs++;
    t->broken += x.broken > 0;
    t->pods += x.list.n;
    t->crashes += x.crashes;
    t->steps += x.steps;
    seq_free(x.s);
    arena_free(x.a);
}

/* --- large runs
 * -------------------------------------------------------------------------------------------------------------- */

typedef enum shape { CHAIN, FAN, LAYERS, SHAPES } shape;

static const plan *large_plan(arena *a, uint32_t n, shape how) {
    ynode *spec = ynode_map(a, NULL), *run = ynode_map(a, NULL), *tasks = ynode_seq(a, NULL),
          *document = ynode_map(a, NULL), *meta = ynode_map(a, NULL);
    ynode_put_str(a, run, S("kind"), S("PipelineRun"));
    ynode_put_str(a, run, S("name"), S("run"));
    ynode_put(a, spec, S("run"), run);
    for (uint32_t i = 0; i < n; i++) {
        ynode *t = ynode_map(a, NULL), *deps = ynode_seq(a, NULL), *units = ynode_seq(a, NULL),
              *unit = ynode_map(a, NULL);
        ynode_put_str(a, t, S("name"), str_fmt(a, "t%u", i));
        uint32_t first = how == CHAIN                ? i - 1
                         : how == LAYERS && i >= 100 ? (i / 100 - 1) * 100
                                                     : 0,
                 count = how == CHAIN                ? i > 0
                         : how == LAYERS && i >= 100 ? 3
                                                     : 0;
        for (uint32_t k = 0; k < count; k++)
            ynode_push(a, deps, ynode_str(a, str_fmt(a, "t%u", first + (how == LAYERS ? (i + k * 7) % 100 : 0)), NULL));
        ynode_put(a, t, S("deps"), deps);
        ynode_put_str(a, t, S("timeout"), S("1h"));
        ynode_put_str(a, unit, S("pod"), S("p"));
        ynode_put_str(a, unit, S("taskRun"), S("x"));
        ynode_push(a, units, unit);
        ynode_put(a, t, S("units"), units);
        ynode_push(a, tasks, t);
    }
    ynode_put(a, spec, S("tasks"), tasks);
    ynode_put_str(a, document, S("apiVersion"), S("tektonc.dev/v1alpha1"));
    ynode_put_str(a, document, S("kind"), S("Plan"));
    ynode_put_str(a, meta, S("name"), S("run"));
    ynode_put(a, document, S("metadata"), meta);
    ynode_put(a, document, S("spec"), spec);
    ynode_list documents = {0};
    vec_push(a, &documents, document);
    str problem;
    return plan_read(a, &documents, &problem);
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Every Pod is told three times (made, running, ended), one event and one advance each. */
static int large_run(uint32_t n, shape how) {
    static const char *const names[] = {"chain", "fan-out", "layers"};
    arena *a = arena_new(), *state = arena_new(), *scratch = arena_new();
    const plan *p = large_plan(a, n, how);
    VEC(str) todo = {0};
    strbuf record = {.a = a};
    double begin = seconds();
    seq_identity id = {S("run"), S("u"), S("ns"), S("e")};
    seq *s = seq_new(state, p, &id);
    int64_t now = 1700000000LL * 1000000000LL;
    uint32_t done = 0, events = 0;
    seq_actions actions = {.a = scratch};
    seq_advance(s, now, &actions);
    while (!seq_ended(s)) {
        for (uint32_t i = 0; i < actions.list.n; i++) {
            const seq_action *x = &actions.list.v[i];
            if (x->kind == SEQ_CREATE_POD) vec_push(a, &todo, str_dup(a, x->name));
            if (x->kind == SEQ_WRITE) strbuf_add(&record, x->lines);
        }
        if (done == todo.n) break;
        static const pod_phase phases[] = {POD_PENDING, POD_RUNNING, POD_SUCCEEDED};
        arena_reset(scratch);
        actions = (seq_actions){.a = scratch};
        for (int k = 0; k < 3; k++, events++) {
            pod_container c = {.name = S("step-a"), .state = (container_state)k};
            seq_pod pod = {.name = todo.v[done],
                           .uid = todo.v[done],
                           .run_uid = S("u"),
                           .phase = phases[k],
                           .ready_annotated = true,
                           .containers = &c,
                           .n = 1};
            seq_step(s, &(seq_event){.kind = SEQ_POD, .pod = &pod}, now += 1000000, &actions);
        }
        done++;
    }
    for (uint32_t i = 0; i < actions.list.n; i++)
        if (actions.list.v[i].kind == SEQ_WRITE) strbuf_add(&record, actions.list.v[i].lines);
    double ran = seconds() - begin;
    begin = seconds();
    arena *again = arena_new();
    seq *r = seq_new(again, p, &id);
    str problem = STR_NONE;
    bool ok = seq_ended(s) && done == n && seq_replay(r, strbuf_str(&record), &problem) && seq_ended(r);
    printf("%-8s %u tasks: %u events in %.2f s (%.1f us each), %zu MB; record %zu MB, replayed in %.2f s\n", names[how],
           n, events, ran, ran * 1e6 / (events ? events : 1), arena_bytes(state) >> 20, record.n >> 20,
           seconds() - begin);
    if (!ok) fprintf(stderr, "%s: %u of %u done, %.*s\n", names[how], done, n, STR_ARG(problem));
    seq_free(s);
    seq_free(r);
    arena_free(a);
    arena_free(state);
    arena_free(scratch);
    arena_free(again);
    return !ok;
}

int main(int argc, char **argv) {
    uint64_t runs = 1000, seed = 1;
    uint32_t large = 0;
    bool talk = false;
    int c, bad = 0;
    while ((c = getopt(argc, argv, "n:s:b:v")) != -1) {
        if (c == 'n')
            runs = strtoull(optarg, NULL, 10);
        else if (c == 's')
            seed = strtoull(optarg, NULL, 10);
        else if (c == 'b')
            large = (uint32_t)strtoul(optarg, NULL, 10);
        else if (c == 'v')
            talk = true;
        else
            return 2;
    }
    if (large) {
        for (int how = 0; how < SHAPES; how++) bad |= large_run(large, (shape)how);
        printf("sequencer-large: %d passed, %d failed, 0 skipped\n", bad ? 0 : 1, bad);
        return bad;
    }
    totals t = {0};
    for (uint64_t i = 0; i < runs; i++) one_run(seed + i, talk, &t);
    printf("sequencer: %llu random runs, %llu Pods, %llu events, %llu crashes\n", (unsigned long long)t.runs,
           (unsigned long long)t.pods, (unsigned long long)t.steps, (unsigned long long)t.crashes);
    printf("simulator: %llu passed, %llu failed, 0 skipped\n", (unsigned long long)(t.runs - t.broken),
           (unsigned long long)t.broken);
    return t.broken > 0;
}
