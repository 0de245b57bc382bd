#ifndef COMPILER_TEMPLATE_H
#define COMPILER_TEMPLATE_H
/* The YAML around the Pods: texts of templates/ to trees, with their references filled in.
 *
 * In: a template's text and a scope with what its references name: strings, or nodes of any kind. Out: its documents. A
 * scalar that is nothing but one reference becomes the node itself; an item "$(name[*])" becomes the items of the
 * sequence; a member whose value is an empty string or absent is left out. A template is part of the program: what is
 * wrong with it is an assertion, not a message. */
#include "base/read.h"
#include "compiler/scope.h"

void template_fill(arena *a, const char *text, const scope *s, ynode_list *out);
/* Of a template with one document. */
const ynode *template_fill_one(arena *a, const char *text, const scope *s);
#endif
