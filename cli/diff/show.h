#ifndef CLI_DIFF_SHOW_H
#define CLI_DIFF_SHOW_H
/* A report as text for a terminal, or as Markdown for a comment of a pull request. Out: appended to `out`. */
#include "cli/diff/report.h"

void show_text(arena *a, const report *r, bool color, strbuf *out);
void show_markdown(arena *a, const report *r, strbuf *out);
#endif
