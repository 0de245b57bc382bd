#ifndef CLI_LIVE_VIEW_H
#define CLI_LIVE_VIEW_H
/* A run as people see it: its logs, what became of its tasks, and on a terminal a few lines at the bottom that say what is
 * going on.
 *
 * In: log lines, and a sequencer to look at. Out: text on one descriptor, written when view_tick() is called, which the
 * caller does after each wait. One view serves one run. */
#include "cli/options.h"
#include "runtime/sequencer/sequencer.h"

typedef struct view view;

typedef struct view_style {
    int fd;
    bool color, live; /* live: the lines at the bottom */
} view_style;

/* By the options, NO_COLOR, and whether it is a terminal. */
view_style view_style_of(const options *o, int fd);
view *view_new(arena *a, const view_style *style);
void view_free(view *v);
/* Whom to look at; NULL: nobody for now. */
void view_follow(view *v, const seq *s);
void view_line(view *v, str pod, str container, str line);
/* The same of a task that is known. */
void view_task_line(view *v, str task, str container, str line);
void view_notice(view *v, str text);
/* Of this task nothing is told: it was decided before. */
void view_quiet(view *v, str task);
void view_tick(view *v);
/* When it wants to be called again, at the latest; 0: when something happens. */
int64_t view_next(const view *v);
/* Takes the lines at the bottom away and writes how it ended. */
void view_end(view *v, str name, const seq_condition *c, int64_t started, int64_t ended);
#endif
