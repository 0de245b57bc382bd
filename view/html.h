#ifndef VIEW_HTML_H
#define VIEW_HTML_H
/* Graphs as one page that needs nothing else: a picture to move and enlarge; a click on a task shows what it takes and
 * gives, its source, its Pods; and, where a run was put over it, states, times and logs.
 *
 * In: graphs with what is known of their tasks. Out: HTML, appended. Nothing is loaded from elsewhere. */
#include "view/model.h"

typedef struct view_source { /* lines of the input */
    str title, file, text;
    uint32_t line;
} view_source;
typedef VEC(view_source) view_sources;

typedef struct view_page {
    const view_graph *graph;
    bool down;
    const map *pods;    /* file → const ynode * */
    const map *sources; /* path of a task → view_sources * */
} view_page;

void view_html_of(arena *a, const view_page *pages, uint32_t n, strbuf *b);
#endif
