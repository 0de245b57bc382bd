#ifndef COMPILER_IGNORE_H
#define COMPILER_IGNORE_H
/* Comments of the input that silence rules:
 *
 *   image: ubuntu  # tektonc: ignore image-tag          on this line
 *   # tektonc: ignore TK0924, TK0923 any words          on the next line that is more than such a comment
 *   # tektonc: ignore-file TK0929                       in the whole file
 *
 * In: the texts of the sources, before they are read: a comment inside a script counts as well. Out: d->mutes, ready,
 * and a warning for a comment that names no rule. Rules are named by id or name; the first word that is none ends the
 * list. */
#include "compiler/diags.h"

void ignore_read(diags *d, const source *s, uint32_t n);
#endif
