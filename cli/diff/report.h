#ifndef CLI_DIFF_REPORT_H
#define CLI_DIFF_REPORT_H
/* What differs in meaning between two sides, as data; made by cli/diff/compare.h, shown by cli/diff/show.h.
 *
 * A report has sections (runs, and one for other objects), these have entries (tasks, objects), these have changes. A change
 * has a topic, so that a reader finds permissions without reading the rest. Everything lives in one arena. */
#include "base/vec.h"
#include "base/ynode.h"

typedef enum change_topic {
    TOPIC_ORDER,
    TOPIC_WHEN,
    TOPIC_IMAGE,
    TOPIC_COMMAND,
    TOPIC_ENVIRONMENT,
    TOPIC_PERMISSIONS,
    TOPIC_PARAMS,
    TOPIC_LIMITS,
    TOPIC_RESOURCES,
    TOPIC_STORAGE,
    TOPIC_RESULTS,
    TOPIC_SCHEDULE,
    TOPIC_OTHER,
    TOPICS
} change_topic;

typedef struct change {
    change_topic topic;
    str where;              /* "step build", or empty */
    str what;               /* "image", "env LEVEL" */
    const ynode *old, *new; /* NULL: not there */
} change;
typedef VEC(change) changes;

typedef struct entry {
    char sign; /* + added, - removed, ~ changed */
    str kind, name;
    changes changes;
} entry;

typedef struct section {
    char sign;
    str title;
    changes changes; /* of the run itself */
    VEC(entry) entries;
} section;

typedef struct report {
    VEC(section) sections;
} report;
#endif
