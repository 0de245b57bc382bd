#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H
/* The verbs that need an engine are another program: it links libcurl, whose loading would cost every other verb 8 ms.
 *
 * In: the whole command line, already found good. Does not come back when tektonc-engine could be started: it is looked
 * for beside this program, then in ../libexec/tektonc beside its folder. Out: EXIT_IO, said. */
int launch(char **argv);
#endif
