#ifndef CLI_LIVE_VERBS_H
#define CLI_LIVE_VERBS_H
/* The verbs that need an engine, one file each. In: the parsed options. Out: the program's exit code. */
#include "cli/options.h"

int verb_run(options *o);
int verb_status(options *o);
int verb_logs(options *o);
int verb_cancel(options *o);
int verb_gc(options *o);
#endif
