#ifndef CLI_WRITE_H
#define CLI_WRITE_H
/* What the compilation made, as a folder of files.
 *
 * Every YAML file begins with a comment line by which tektonc knows its own files; JSON has no room for it, so the names
 * of JSON files stand in .tektonc-files beside them, which is written before them. What is there:
 * - a file that would be the same is not touched, nor its times;
 * - a file that tektonc did not write is never touched; where one is to go: an error, before anything is written;
 * - what an earlier run wrote and this one does not is removed. It is looked for where tektonc writes: in the folder, in
 *   the folders of runs (now, or in the index that is there), and in `pods` of these.
 * kustomization.yaml (with --layout=plain job.yaml) goes out of the way first and comes last, so that a crash in between
 * leaves nothing that can be applied; the next run repairs. Files that are there are replaced by renaming.
 * Out: EXIT_OK or EXIT_IO, the reason on standard error. */
#include "compiler/compile.h"
#include "cli/options.h"

/* inputs: the names that the first line of the files shows. jobs: how many files are written at once. */
int write_folder(arena *a, const compilation *c, str folder, const words *inputs, uint32_t jobs);
#endif
