#ifndef CLI_RENDER_H
#define CLI_RENDER_H
/* Diagnostics to text. One file per form (cli/render_NAME.c) and one row in cli/render.c's table.
 *
 * In: sorted diagnostics and the sources they point into. Out: the whole text, in the arena. Lines and columns are
 * worked out here, from offsets. */
#include "base/diag.h"

typedef struct hidden_range { /* bytes of the sources whose lines are not shown */
    pos at, end;
} hidden_range;

typedef struct rendering {
    arena *a;
    sources *sources;
    const diags *d;
    bool color;
    const hidden_range *hidden; /* ascending */
    uint32_t hidden_count;
} rendering;

/* "text", "json", "github". */
str render(const rendering *r, str format);

void render_text(const rendering *r, strbuf *out);
void render_json(const rendering *r, strbuf *out);
void render_github(const rendering *r, strbuf *out);

const char *render_severity(severity s);
/* "3 errors, 1 warning" */
str render_count(const rendering *r);
#endif
