#ifndef VIEW_SVG_H
#define VIEW_SVG_H
/* A graph as SVG: cards for tasks, lines for what waits for what (grey) and what flows (blue).
 *
 * In: the graph. Out: one <svg> element, complete, appended to b; light and dark by what the viewer prefers. Every task is a
 * <g class="tk-node" data-task="PATH">, every line a <path data-from data-to>, so that a page can work with them; PATH is
 * the task's name, in a pipeline of the pipeline with the names around it: outer/inner. Coordinates are pixels, printed to
 * a tenth. The same graph gives the same bytes. */
#include "view/model.h"

typedef struct view_svg {
    bool down;   /* else to the right */
    bool inside; /* of a page: without head, legend and background */
} view_svg;

void view_svg_of(const view_graph *g, const view_svg *how, strbuf *b);
/* The text with what HTML and XML take for markup escaped, and without what XML knows no way to write. */
void view_escape(strbuf *b, str text);
/* "succeeded", …; "" when it is not known. */
const char *view_status_name(view_status s);
#endif
