#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H
/* The command line: one table of options that drives parsing, --help and the settings file.
 *
 * In: argv (kept, not copied). Out: an options struct with what was given; or a sentence on standard error and false,
 * which means exit code 2. Values are not interpreted beyond their kind; cli/request.c does that. */
#include "base/str.h"
#include "base/vec.h"
#include "compiler/request.h"

enum { EXIT_OK = 0, EXIT_INPUT = 1, EXIT_USAGE = 2, EXIT_IO = 3, EXIT_STALE = 4 };

typedef enum verb {
    VERB_COMPILE,
    VERB_CHECK,
    VERB_FILL,
    VERB_EXPLAIN,
    VERB_GRAPH,
    VERB_IMAGES,
    VERB_TEST,
    VERB_DIFF,
    /* these need an engine: build/tektonc-engine does them (cli/launch.h) */
    VERB_RUN,
    VERB_STATUS,
    VERB_LOGS,
    VERB_CANCEL,
    VERB_GC,
    VERB_KRM,
    VERB_SCHEMA,
    VERB_COMPLETION,
    VERB_MAN,
    VERB_VERSION,
    VERB_HELP,
    VERBS
} verb;

typedef VEC(str) words;

enum { OPTION_ROWS = 128 }; /* at most so many options */

typedef struct options {
    arena *a;
    verb verb;
    words inputs; /* words that are no options: files, or what to explain */

    /* the run */
    words params, params_files, workspaces;
    str service_account, name, name_suffix, run_uid, namespace_, entry;
    /* Pods */
    str runtime_image;
    words image_entrypoints, image_entrypoint_files, image_maps;
    str entrypoint_delivery;
    /* configuration */
    str tekton_api;
    words features;
    bool closed;
    /* output */
    str output;
    bool json, check, ascii;
    str picture, bill, direction, layout_by, run;
    str emit, layout, results;
    str start[STARTS]; /* how the run is started, compiler/start.h */
    bool suspend;
    str jobs;
    /* messages */
    str format, report, color, fail_on, profile;
    words rules;
    /* tests of pipelines */
    str case_;
    bool show;
    bool timings, help;
    str settings;
    /* verbs that need an engine */
    str engine, kubeconfig, context;
    str only, from, resume, task, keep, how;
    bool rerun_failed, dry_run, follow;

    bool given[OPTION_ROWS]; /* of each row of the table: was on the command line */
} options;

/* False: usage error, already said. */
bool options_parse(arena *a, int argc, char **argv, options *out);
/* One option by its long name, as a settings file gives it; what the command line or an earlier file gave wins, lists come
 * before their items. NULL: fine; else what is wrong. */
const char *options_set(options *o, str name, const words *values);
/* One option by its long name, as if the command line had it (of the verb in `o`). NULL: fine; else what is wrong. */
const char *options_give(options *o, str name, const words *values);
void options_help(verb v);
/* "tektonc", or "kubectl tektonc" as a plugin. */
const char *program_name(void);
void program_called(const char *path);
const char *verb_name(verb v);
/* Whether build/tektonc-engine does it. */
bool verb_live(verb v);
/* On this thread, sentences go there instead, a line each; NULL: to standard error again. */
void say_into(strbuf *b);
/* "tektonc: …" on standard error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "BEFORE WORD; did you mean NEAR?" of the known names, or OTHERWISE behind the word when none is near. False. A `before` that ends
 * with -- gives NEAR the same. */
bool say_unknown(const char *before, str word, const str *known, uint32_t n, const char *otherwise);
#endif
