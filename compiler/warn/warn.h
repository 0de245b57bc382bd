#ifndef COMPILER_WARN_WARN_H
#define COMPILER_WARN_WARN_H
/* Warnings: what Tekton lets through and what then fails, does nothing or hurts (rows TK09 of compiler/diags/warn.def).
 *
 * In: the world after its checks: bound, converted, defaulted objects, those that were refused marked. Out: diagnostics
 * only; nothing here is ever a reason to refuse. Of a refused object nothing is said: it has to change anyway, and
 * what is said of its names would mislead. Cost is linear in the input. Facts: validation.md C.4, D, E, F, I. */
#include "compiler/config.h"
#include "compiler/world.h"

/* `closed`: the input is all there is. */
void warn_world(world *w, diags *d, const config *cfg, bool closed);
#endif
