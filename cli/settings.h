#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H
/* The settings file: a YAML mapping of long option names to values, for what a team gives on every command line, and
 * `rules`, a mapping of rules to severities. --settings names it; else it is .tektonc.yaml of the current folder, if
 * there. The user's own, $XDG_CONFIG_HOME/tektonc/config.yaml, counts less.
 *
 * To be read before anything else looks at the options. What the command line gave wins; of options that repeat, the
 * file's values come first. Out: EXIT_OK, or EXIT_USAGE or EXIT_IO with the reason on standard error. */
#include "base/ynode.h"
#include "cli/options.h"

int settings_read(arena *a, options *o);
/* The same from a mapping; o->settings is its name in messages. False: said. */
bool settings_set(arena *a, options *o, const ynode *tree);
#endif
