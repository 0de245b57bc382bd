#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H
/* Writes what the compilation made: a folder of files, or one stream.
 *
 * In a folder every file begins with a line by which tektonc knows its own files; JSON has no room for it, so the names
 * of JSON files stand in a file .tektonc-files beside them. A file that tektonc did not write is
 * never touched: one that stands in the way is said before anything is written. kustomization.yaml is removed first and
 * written last, so that a crash in between leaves nothing that can be applied; what an earlier run left and this one
 * does not write is removed. Files are made under another name and renamed. Out: EXIT_OK or EXIT_IO, the reason on
 * standard error. */
#include "cli/options.h"
#include "compiler/compile.h"

/* inputs: the names that the first line of each file shows. */
int output_folder(arena *a, const compilation *c, str folder, const words *inputs);
int output_stream(arena *a, const compilation *c, bool json);
/* One of the stages of --emit. */
int output_stage(arena *a, const compilation *c, str stage, bool json);
#endif
