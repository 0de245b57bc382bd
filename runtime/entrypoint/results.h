#ifndef ENTRYPOINT_RESULTS_H
#define ENTRYPOINT_RESULTS_H
/* Result files and artifacts into the termination message.
 *
 * Every step gets the names of all task results. A step reports those that changed since it started: results_remember
 * notes what was there before, results_collect compares. (Tekton's steps report every file that exists, so s steps
 * with r bytes of results need s·r bytes of a space that the whole Pod shares.) */
#include "runtime/entrypoint/flags.h"
#include "runtime/entrypoint/message.h"

struct remembered; /* one for each name, in the arena */

struct remembered *results_remember(const struct options *o);
bool results_collect(const struct options *o, struct remembered *before,
                     struct message *m); /* with the artifacts; false: unreadable, logged */
#endif
