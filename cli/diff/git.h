#ifndef CLI_DIFF_GIT_H
#define CLI_DIFF_GIT_H
/* Files as a Git revision has them, read by the program `git`; nothing is checked out.
 *
 * In: a revision and a path of the working tree, which need not exist any more. Out: one source for each YAML or JSON file
 * there, named REV:PATH, in Git's order. False: said on standard error. */
#include "base/source.h"

/* Whether the text names a revision of the repository that `path` is in. */
bool git_is_revision(arena *a, str rev, str path);
bool git_read(arena *a, sources *s, str rev, str path);
#endif
