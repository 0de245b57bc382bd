#ifndef COMPILER_GRAPH_CYCLE_H
#define COMPILER_GRAPH_CYCLE_H
/* Circles in a dependency graph, found and reported. In: a graph without them in its order. Out: for every group of
 * tasks that wait for each other (strongly connected) one circle, as the path, with a note at every edge of it. */
#include "compiler/check/parts.h"
#include "compiler/graph.h"

void graph_report_cycles(const check_ctx *c, const graph *g);
range graph_edge_range(const check_ctx *c, const graph_edge *e);
#endif
