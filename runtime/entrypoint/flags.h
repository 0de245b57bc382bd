#ifndef ENTRYPOINT_FLAGS_H
#define ENTRYPOINT_FLAGS_H
/* The command line, Tekton's (facts/runtime.md 1.1, 1.2): flags by Go's rules up to the first `--` that is not the
 * first word, then the arguments of the command.
 *
 * flags_parse ends the program on a bad flag (usage, exit 2, after writing the post file) and on -h (exit 0). Strings
 * point into argv. */
#include "runtime/entrypoint/mem.h"

typedef struct credential {
    const char *value; /* as given: SECRET=URL or SECRET */
    struct credential *next;
} credential;

struct options {
    const char *entrypoint; /* the command; "" takes it from TEKTON_PLATFORM_COMMANDS */
    const char *wait_files; /* comma separated */
    bool wait_file_content;
    const char *post_file;
    const char *termination_path;
    const char *results, *step_results; /* comma separated names */
    const char *when;
    long long timeout_ns;
    const char *stdout_path, *stderr_path;
    bool breakpoint_on_failure, debug_before_step;
    const char *on_error;
    const char *metadata_dir;
    const char *result_from;
    bool compress;
    bool spire;
    const char *spire_socket;
    const char *working_dir; /* tektonc only: made if missing, then the command's directory */
    credential *basic_docker, *docker_config, *docker_cfg, *basic_git, *ssh_git;
    char **rest; /* positional words, NULL at the end: a subcommand */
    int rest_count;
    char **arguments; /* behind the `--`, NULL at the end */
};

void flags_parse(struct options *o, int argc, char **argv);
_Noreturn void flags_fail(const char *problem, const char *detail, const char *more);
#endif
