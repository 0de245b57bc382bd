#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H
/* The settings file: a YAML mapping of long option names to values, for what a team gives on every command line, and
 * `rules`, a mapping of rules to severities. --settings names it; else it is .tektonc.yaml of the current folder, if there.
 *
 * To be read before anything else looks at the options. What the command line gave wins; of options that repeat, the
 * file's values come first. Out: EXIT_OK, or EXIT_USAGE or EXIT_IO with the reason on standard error. */
#include "cli/options.h"

int settings_read(arena *a, options *o);
#endif
