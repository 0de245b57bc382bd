#ifndef CLI_GRAPHVIZ_H
#define CLI_GRAPHVIZ_H
/* Graphviz' `dot`, found on the PATH. In: a graph in DOT. Out: its SVG; false, said, where there is no `dot` or it failed. */
#include "base/str.h"

bool graphviz_svg(arena *a, str dot, str *svg);
#endif
