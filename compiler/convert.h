#ifndef COMPILER_CONVERT_H
#define COMPILER_CONVERT_H
/* tekton.dev/v1beta1 to v1, on the bound struct of an object, as Tekton's conversion for storage does it.
 *
 * In: an object as it was bound. Out: the same struct with the fields of v1 set, those of v1beta1 alone cleared, and
 * what v1 has no place for kept in the annotation that Tekton uses for it; diagnostics for what v1beta1 still has and
 * refuses. Facts: validation.md A.10, V1B-01 to V1B-03. Objects in v1 are left as they are. */
#include "compiler/world.h"

void convert_to_v1(arena *a, diags *d, object *o);
#endif
