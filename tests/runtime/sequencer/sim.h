#ifndef TESTS_SEQUENCER_SIM_H
#define TESTS_SEQUENCER_SIM_H
/* A run of the sequencer against a cluster that is made up: Pods that start, end, fail and vanish in any order, writes
 * that are lost, controllers that die between any two actions. One arena and one random seed for each run; the same seed
 * gives the same run. A broken promise of the sequencer is reported and counted in `broken`. */
#include "plan/read.h"
#include "runtime/sequencer/status.h"
#include <stdio.h>

typedef struct sim_pod {
    str name, uid, task;  /* task: with the path of its run */
    uint32_t attempt;
    pod_phase phase;
    bool step_ended;      /* its step has ended; with a sidecar the Pod may go on */
    bool fails, sidecar, gone, deleting, uid_recorded, annotated, announced;
    const char *waiting;  /* reason, while pending */
} sim_pod;

typedef VEC(str) sim_lines;

typedef struct sim {
    arena *a;
    uint64_t random;
    uint64_t seed;
    const plan *plan;
    seq *s;
    int64_t now, timer;
    map pods;             /* name → sim_pod * */
    VEC(sim_pod *) list;
    sim_lines record, lazy; /* durable; kept back */
    uint32_t crash_rate;  /* of 1000 actions */
    bool trouble;         /* Pods may vanish, be refused, get stuck */
    bool waits_for_quota; /* a Pod was refused for a while */
    bool ended;
    uint32_t crashes, steps;
    uint32_t broken;
    bool talk;
} sim;

uint32_t sim_below(sim *x, uint32_t n); /* a random number in [0, n) */
bool sim_chance(sim *x, uint32_t percent);
void sim_broken(sim *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* plans.c */
const plan *sim_plan(sim *x);

/* world.c */
void sim_start(sim *x);
void sim_step(sim *x);    /* something happens */
void sim_settle(sim *x);  /* every Pod's state is told, nothing is kept back */
void sim_rebuild(sim *x); /* the controller begins anew from record and Pods */

/* checks.c */
void sim_check_create(sim *x, const sim_pod *p, const ynode *pod);
void sim_check_rebuilt(sim *x);
void sim_check_end(sim *x);
const plan_task *sim_task(const sim *x, str path, const plan_run **run);
bool sim_pod_alive(const sim_pod *p);
#endif
