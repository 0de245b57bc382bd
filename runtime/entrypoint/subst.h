#ifndef ENTRYPOINT_SUBST_H
#define ENTRYPOINT_SUBST_H
/* References that only a running step can fill: $(steps.S.results.R), with [i], [*] or .KEY, and
 * $(steps.S.inputs|outputs.A) for artifacts (facts/runtime.md 4.1, 4.5). Values come from /tekton/steps/step-S.
 *
 * A text is read once, from left to right: what a value brings in is never searched again. A reference that can't be
 * filled is an error and the step fails (Tekton logs it and runs the command with the literal text): subst functions
 * log the reason and return false. Tekton's rule stays that a value of another type than the form asks for gives the
 * empty text. */
#include "runtime/entrypoint/mem.h"

enum { SUBST_RESULTS = 1, SUBST_ARTIFACTS = 2 };

bool subst_text(str in, int which, str *out);   /* [*] gives the empty text */
bool subst_list(str in, int which, words *out); /* a word may become none, one or many: [*] as the whole word */
bool subst_environment(char **environment, words *out);
bool subst_command(const words *in, const char *directory, words *out); /* a script filled with artifacts goes there */
#endif
