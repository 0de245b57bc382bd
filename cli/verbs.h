#ifndef CLI_VERBS_H
#define CLI_VERBS_H
/* The verbs of the command line, one file each. In: the parsed options. Out: the program's exit code. */
#include "cli/options.h"

int verb_compile(options *o);
int verb_check(options *o);
int verb_fill(options *o);
int verb_diff(options *o);
int verb_explain(options *o);
int verb_graph(options *o);
int verb_images(options *o);
int verb_test(options *o);
int verb_krm(options *o);
int verb_schema(options *o);
int verb_completion(options *o);
int verb_man(options *o);
int verb_version(options *o);
int verb_help(options *o);
#endif
