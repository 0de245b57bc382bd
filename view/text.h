#ifndef VIEW_TEXT_H
#define VIEW_TEXT_H
/* A graph as text for a terminal: a drawing from left to right where it fits, else a list by layers.
 *
 * In: the graph; columns. Out: lines in the arena, each ended. In the drawing lines run to the right, `▼` and `▲` say
 * where one comes in from, and a crossing breaks the horizontal line. ASCII on demand, colours on demand. */
#include "view/model.h"

typedef struct view_text {
    uint32_t width;
    bool ascii, color, list; /* list: never a drawing */
} view_text;

str view_text_of(arena *a, const view_graph *g, const view_text *how);
#endif
