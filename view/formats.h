#ifndef VIEW_FORMATS_H
#define VIEW_FORMATS_H
/* A graph in the languages of other drawing programs: Graphviz' DOT and Mermaid's flowchart (which GitHub shows in
 * Markdown). In: the graph; down: else to the right. Out: the text, appended. Names of nodes in them are numbers with the
 * numbers around them, so that any name of a task is fine. */
#include "view/model.h"

void view_dot_of(const view_graph *g, bool down, strbuf *b);
void view_mermaid_of(const view_graph *g, bool down, strbuf *b);
#endif
