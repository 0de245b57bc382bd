#ifndef CLI_INPUT_H
#define CLI_INPUT_H
/* Reads what the command line names: files, directories (their *.yaml, *.yml and *.json, sorted, all levels down, names
 * with a leading dot left out), `-` for standard input.
 *
 * Out: sources in that order, their bytes in the arena. What can't be read is said on standard error; false then
 * (exit code 3), after all of it was tried. */
#include "base/source.h"
#include "cli/options.h"

bool input_read(arena *a, sources *s, const words *paths);
/* One whole file, or standard input for "-". */
bool input_file(arena *a, str path, str *text);
/* Whether a file of this name is read from a directory. */
bool input_takes(str name);
#endif
