#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H
/* What the compilation made, on standard output.
 *
 * YAML documents between `---` lines, or JSON documents, one a line. Out: EXIT_OK or EXIT_IO, the reason on standard
 * error. Folders: cli/write.h. */
#include "compiler/compile.h"

/* All files as documents, without the kustomization.yaml that only makes sense beside them. */
int output_stream(arena *a, const compilation *c, bool json);
/* One of the stages of --emit. */
int output_stage(arena *a, const compilation *c, str stage, bool json);
/* A text as a file: all of it or nothing; by renaming, so that a reader finds the old or the new one. What is no plain
 * file (a device, a pipe, a link) is written to and stays what it is. */
int output_to_file(arena *a, str path, str text);
/* One tree after the other. */
int output_trees(arena *a, const ynode_list *trees, bool json);
#endif
