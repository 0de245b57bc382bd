#ifndef CLI_RENDER_H
#define CLI_RENDER_H
/* Diagnostics to text. One file per form (cli/render_NAME.c) and one row in cli/render.c's table.
 *
 * In: sorted diagnostics and the sources they point into. Out: the whole text, in the arena. Lines and columns are
 * worked out here, from offsets. */
#include "base/diag.h"
#include "cli/paths.h"

typedef struct hidden_range { /* bytes of the sources whose lines are not shown */
    pos at, end;
} hidden_range;

typedef struct rendering {
    arena *a;
    sources *sources;
    uint32_t inputs; /* how many of the sources are documents, the first ones */
    paths paths;
    const diags *d;
    bool color;
    severity fail_on; /* from which severity on a message is a failure */
    const hidden_range *hidden; /* ascending */
    uint32_t hidden_count;
} rendering;

/* "text", "json", "sarif", "github", "junit". */
str render(const rendering *r, str format);

void render_messages(const rendering *r, strbuf *out); /* as text, without the count at the end */
void render_text(const rendering *r, strbuf *out);
void render_json(const rendering *r, strbuf *out);
void render_sarif(const rendering *r, strbuf *out);
void render_github(const rendering *r, strbuf *out);
void render_junit(const rendering *r, strbuf *out);

const char *render_severity(severity s);
/* "3 errors, 1 warning" */
str render_count(const rendering *r);
#endif
