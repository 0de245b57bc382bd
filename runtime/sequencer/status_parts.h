#ifndef RUNTIME_SEQUENCER_STATUS_PARTS_H
#define RUNTIME_SEQUENCER_STATUS_PARTS_H
/* Shared by status.c and status_task.c; nobody else includes it. Texts are shared with the run where they can be. */
#include "runtime/sequencer/inner.h"

void status_put(arena *a, ynode *m, const char *key, str text); /* left out when empty */
void status_moment(arena *a, ynode *m, const char *key, int64_t ns);
const ynode *status_conditions(arena *a, const seq_condition *c);
/* [{name, value}], of results with their types. */
const ynode *status_results(arena *a, const ynode *results, bool types);
ynode *status_object(arena *a, const char *kind, const ynode *metadata, const ynode *spec, const ynode *status);
ynode *status_metadata(const seq *s, arena *a, const seq_run *of, str name);
const ynode *status_params(const seq *s, arena *a, const seq_run *r, const plan_params *p);
/* The status of a TaskRun; NULL: it has not been started. */
const ynode *status_of_child(arena *a, const seq_child *c);
const ynode *status_task_run(const seq *s, arena *a, const seq_child *c);
#endif
