#ifndef COMPILER_START_H
#define COMPILER_START_H
/* How a run is started: once, or by a schedule; and what becomes of it when the output changes.
 *
 * In: the request and the run's annotations; start.def has a row for each. Out: the texts that count, none where nothing was
 * said; what is wrong, as diagnostics with the place in the option or the annotation. Values are good when start_check() said
 * nothing. */
#include "compiler/request.h"
#include "compiler/world.h"

#define START_PREFIX "tektonc.dev/"

typedef struct start {
    const ynode *said[STARTS]; /* NULL: nothing */
} start;

start start_read(const request *r, const ynode *metadata);
static inline str start_text(const start *s, start_id id) { return ynode_text(s->said[id]); }
static inline bool start_scheduled(const start *s) { return start_text(s, START_SCHEDULE).n > 0; }
/* How many ended runs are kept, as text; none: all. */
str start_keep(const start *s);
void start_check(arena *a, diags *d, const start *s);
/* Annotations with our prefix that mean nothing; of one run of the input. */
void start_check_annotations(arena *a, diags *d, const ynode *metadata);
/* generateName without what stands before the random part: what a run is called that is made again and again. */
str start_base_name(const object *run);

/* Labels or annotations of a run as its Pods get them: without those above, and without those by which Argo CD, Flux and
 * kubectl know what they applied; these would take the Pods for theirs, and remove them. */
const ynode *start_without_own(arena *a, const ynode *given);

const char *start_name(start_id id);
#endif
