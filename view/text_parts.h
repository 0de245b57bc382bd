#ifndef VIEW_TEXT_PARTS_H
#define VIEW_TEXT_PARTS_H
/* What the drawing and the list share. */
#include "view/text.h"

/* Name, badges and status. */
str view_label(arena *a, const view_node *n, bool ascii);
uint8_t view_status_color(const view_node *n);
/* The tasks without finally, drawn; false: it does not fit, nothing was written. */
bool view_draw(const view_graph *g, const view_text *how, str indent, strbuf *out);
#endif
