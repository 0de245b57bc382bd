/* The entrypoint: one step of a Pod, from its wait to its post file. main() sets up, step_run() names every phase of
 * facts/runtime.md 2.1 in order. Differences from Tekton's program are listed in docs/entrypoint.md. */
#include "runtime/entrypoint/creds.h"
#include "runtime/entrypoint/events.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/flags.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/platform.h"
#include "runtime/entrypoint/results.h"
#include "runtime/entrypoint/run.h"
#include "runtime/entrypoint/subcommand.h"
#include "runtime/entrypoint/subst.h"
#include "runtime/entrypoint/sys.h"
#include "runtime/entrypoint/when.h"

/* How a step can end: the outcome table (facts/runtime.md 2.5). */
enum outcome { DONE, CONTINUED, SKIPPED, WHEN_SKIPPED, TIMED_OUT, CANCELLED, REFUSED, WAIT_FAILED, FAILED };

static const struct row {
    bool failed;  /* the post file gets `.err` */
    bool results; /* result files are looked at */
    unsigned char exit_code;
    const char *code_file; /* content of the exitCode file */
    const char *reason;    /* internal entry Reason */
} rows[] = {
    [DONE] = {false, true, 0, "0", NULL},
    [CONTINUED] = {false, true, 0, NULL,
                   NULL}, /* a failure under -on_error continue; its code goes to exitCode and ExitCode */
    [SKIPPED] = {true, false, 1, NULL, "Skipped"},
    [WHEN_SKIPPED] = {false, false, 0, "0", "Skipped"},
    [TIMED_OUT] = {true, true, 1, NULL, "TimeoutExceeded"},
    [CANCELLED] = {true, true, SIGKILL, "killed", "Cancelled"},
    [REFUSED] = {true, true, 1, NULL, NULL}, /* by the debugger */
    [WAIT_FAILED] = {true, false, 1, NULL, NULL},
    [FAILED] = {true, true, 1, NULL, NULL},
};

struct step {
    struct options o;
    struct events events;
    struct creds creds;
    char **environment;
    words command;
    const json *when;
    const char *started;
    struct remembered *before;
    const char *continued; /* the code of CONTINUED */
    int failed_code;       /* the exit code of FAILED */
};

/* A wait that a signal ended never comes back. Go programs end like this without a handler: killed by the signal, or
 * with 2 where that can't be (PID 1). The post file tells the later steps. */
static enum wait_end wait_for(struct step *s, const char *path, bool content) {
    static const uint64_t none;
    int detail = 0;
    enum wait_end end = events_wait_file(&s->events, path, content, &detail);
    if (end == WAIT_ERROR) log_failure("waiting for \1: \2", path, detail);
    if (end != WAIT_SIGNAL) return end;
    log_line("ended by signal \1 while waiting for \2", str_number(detail), path);
    fail_write_post();
    events_default_action(detail);
    sys_kill((int)sys_call(0, 0, 0, 0, SYS_getpid), detail);
    events_mask(&none, NULL);
    sys_exit(2);
}

/* The shared directories are usually mounted; without a mount they are tried, and their absence shows when it matters.
 */
static bool make_directories(const struct options *o) {
    const char *path = o->metadata_dir;
    int error = 0;
    if (*o->results) dir_make("/tekton/results", 0777);
    if (*path) {
        dir_make("/tekton/artifacts", 0777);
        error = dir_make(str_join(path, "/results"), 0777);
        if (!error) error = dir_make(str_join(path, "/artifacts"), 0777);
    }
    if (!error && *o->working_dir) {
        path = str_join(*o->working_dir == '/' ? "" : "/workspace/", o->working_dir);
        error = dir_make(path, 0755);
        if (!error) error = (int)-sys_call((long)path, 0, 0, 0, SYS_chdir);
    }
    return !log_failure("can't use the directory \1: \2", path, error);
}

static enum outcome wait_turn(struct step *s) {
    str rest = str_z(s->o.wait_files), path;
    while (str_next(&rest, ',', &path)) {
        if (!path.n) continue;
        enum wait_end how = wait_for(s, str_dup(path), s->o.wait_file_content);
        if (how == WAIT_ERROR) return WAIT_FAILED;
        if (how == WAIT_SKIP && !s->o.breakpoint_on_failure) {
            log_line("Skipping step because a previous step failed", NULL, NULL);
            return SKIPPED;
        }
    }
    return DONE;
}

static void log_breakpoint(const char *which, const char *script) {
    log_line("debug \1 breakpoint has taken effect, waiting for user's decision:\n"
             "1) continue, use cmd: /tekton/debug/scripts/debug-\2continue\n"
             "2) fail-continue, use cmd: /tekton/debug/scripts/debug-\2fail-continue",
             which, script);
}

static enum outcome wait_debugger(struct step *s) {
    if (!s->o.debug_before_step) return DONE;
    log_breakpoint("before step", "beforestep-");
    if (wait_for(s, str_join(s->o.post_file, ".beforestepexit"), false) == WAIT_FOUND) return DONE;
    log_line("Skipping execute step script because before step breakpoint fail-continue", NULL, NULL);
    return REFUSED;
}

static bool substitute(struct step *s) {
    words environment = {0}, command = {0};
    if (!subst_environment(s->environment, &environment)) return false;
    if (environment.n) s->environment = environment.v;
    const char *directory = environment_get(s->environment, "TMPDIR");
    if (!subst_command(&s->command, directory && *directory ? directory : "/tmp", &command)) return false;
    s->command = command;
    return true;
}

static enum outcome run(struct step *s) {
    struct run_end end = run_command(&s->events, &(struct run_plan){
                                                     .words = s->command.v,
                                                     .environment = s->environment,
                                                     .stdout_path = s->o.stdout_path,
                                                     .stderr_path = s->o.stderr_path,
                                                     .timeout_ns = s->o.timeout_ns,
                                                 });
    switch (end.how) {
    case RUN_EXITED:
        if (end.code == 0) return DONE;
        s->continued = str_number(s->failed_code = end.code);
        break;
    case RUN_SIGNALLED:
        log_line("Error executing command: ended by signal \1", str_number(end.code), NULL);
        s->continued = "-1";
        s->failed_code = 255; /* the -1 of Go in eight bits: what Tekton's users know */
        break;
    case RUN_TIMED_OUT: log_line("context deadline exceeded", NULL, NULL); return TIMED_OUT;
    case RUN_CANCELLED: log_line("Step was cancelled", NULL, NULL); return CANCELLED;
    case RUN_NOT_STARTED: log_failure("Error executing command: \1: \2", s->command.v[0], end.code); return FAILED;
    case RUN_BROKEN: return FAILED;
    }
    return text_is(s->o.on_error, "continue") && !s->o.breakpoint_on_failure ? CONTINUED : FAILED;
}

static enum outcome step_run(struct step *s) {
    if (!make_directories(&s->o)) return FAILED;
    enum outcome early = wait_turn(s);
    if (early != DONE) return early;
    early = wait_debugger(s);
    s->started = clock_started();
    s->before = results_remember(&s->o);
    if (s->o.timeout_ns < 0) {
        log_line("negative timeout specified", NULL, NULL);
        return FAILED;
    }
    if (early != DONE) return early;
    switch (when_evaluate(s->when)) {
    case WHEN_ERROR: return FAILED;
    case WHEN_FALSE:
        log_line("Step was skipped due to when expressions were evaluated to false.", NULL, NULL);
        return WHEN_SKIPPED;
    case WHEN_TRUE: break;
    }
    return substitute(s) ? run(s) : FAILED;
}

/* The results are read, and the message is made, before the post file: the next step starts within a millisecond of it
 * and may write the same files. The message itself is written after it, so that the next step doesn't wait for that.
 * Gives the exit code, or -1 when a breakpoint holds the failure. */
static int publish(struct step *s, enum outcome outcome) {
    static const char message_error[] = "Error while writing message: \1: \2";
    const struct options *o = &s->o;
    const struct row *row = &rows[outcome];
    const char *code_file = outcome == CONTINUED ? s->continued : row->code_file;
    struct message m = {.compress = o->compress};
    str text = S("");
    bool broken = log_failure(message_error, o->termination_path, message_open(&m, o->termination_path));
    if (!broken) {
        if (row->results && s->before) broken = !results_collect(o, s->before, &m);
        message_add(&m.part[INTERNAL], "StartedAt", str_z(s->started ? s->started : clock_started()), ENTRY_INTERNAL);
        if (outcome == CONTINUED) message_add(&m.part[INTERNAL], "ExitCode", str_z(s->continued), ENTRY_INTERNAL);
        if (row->reason) message_add(&m.part[INTERNAL], "Reason", str_z(row->reason), ENTRY_INTERNAL);
        if (!message_encode(&m, &text)) {
            log_line("Termination message is above max allowed size 4096, caused by large task result.", NULL, NULL);
            broken = true;
        }
    }
    bool held = o->breakpoint_on_failure && (outcome == FAILED || outcome == WAIT_FAILED);
    bool failed = row->failed || broken;
    int exit_code = broken ? 1 : outcome == FAILED ? s->failed_code : row->exit_code;

    /* The exit code first: who sees the post file may read it. */
    if (code_file && *o->metadata_dir && failed == row->failed) {
        const char *path = str_join(o->metadata_dir, "/exitCode");
        if (log_failure("Writing \1: \2", path, file_replace(path, str_z(code_file)))) failed = true, exit_code = 1;
    }
    if (!held && *o->post_file) {
        const char *path = str_join(o->post_file, failed ? ".err" : "");
        if (log_failure("Creating \1: \2", path, file_write(path, S(""), 0666))) exit_code = 1;
    }
    if (text.n && log_failure(message_error, o->termination_path, message_write(&m, text))) exit_code = 1;
    return held ? -1 : exit_code;
}

/* Stays after a failure until somebody decides; a missing or odd decision is 0, so that the next steps go on. */
static int wait_decision(struct step *s) {
    log_breakpoint("onFailure", "");
    const char *path = str_join(s->o.post_file, ".breakpointexit");
    str content;
    int code = 0;
    wait_for(s, path, false);
    if (log_failure("reading the exit code: \1: \2", path, file_read(path, 64, &content))) return 0;
    if (content.n && content.p[content.n - 1] == '\n') content.n--;
    bool negative = content.n > 1 && *content.p == '-';
    for (size_t i = negative; i < content.n; i++) {
        if (content.p[i] < '0' || content.p[i] > '9' || i > 8) return 0;
        code = code * 10 + (content.p[i] - '0');
    }
    return negative ? -code : code;
}

/* Pods of tektonc have no init container that links /tekton/steps: the names come with the Pod, as an annotation. */
static void link_steps(void) {
    static const char path[] = "/tekton/downward/steps";
    str content, name;
    words names = {0};
    int error = file_read(path, 1 << 20, &content);
    if (error == ENOENT || error == ENOTDIR) return;
    while (!error && str_next(&content, ' ', &name)) {
        if (name.n && name.p[name.n - 1] == '\n') name.n--;
        if (name.n) words_add(&names, str_dup(name));
    }
    if (!error && names.n) error = subcommand_link_steps(names.v);
    log_failure("can't link the steps of \1: \2", path, error);
}

static void find_command(struct step *s) {
    const char *why;
    if (*s->o.entrypoint)
        words_add(&s->command, str_dup(str_z(s->o.entrypoint)));
    else if (!platform_command(environment_get(s->environment, "TEKTON_PLATFORM_COMMANDS"), &s->command, &why))
        fail_early(1, why, "");
    for (char **word = s->o.arguments; *word; word++) words_add(&s->command, *word);
}

int main(int argc, char **argv, char **environment) {
    static struct step s;
    int exit_code;
    s.environment = environment;
    s.failed_code = 1;

    events_open(&s.events);
    flags_parse(&s.o, argc, argv);
    if (s.o.rest_count > 0) {
        events_mask(&s.events.inherited_mask, NULL);
        if (subcommand_run(s.o.rest, s.o.rest_count, &exit_code)) return exit_code;
        events_open(&s.events);
    }
    if (s.events.signals < 0) fail_early(1, "can't receive signals: ", log_error(-s.events.signals));

    link_steps();
    creds_load(&s.o, &s.creds);
    creds_write(&s.creds);
    find_command(&s);
    if (!when_parse(s.o.when, &s.when)) fail_early(1, "-when_expressions is not the JSON of when expressions", "");
    if (s.o.spire) fail_early(1, "-enable_spire: this entrypoint has no SPIRE support, results can't be signed", "");
    creds_copy_home(environment_get(environment, "HOME"));

    exit_code = publish(&s, step_run(&s));
    if (exit_code < 0) exit_code = wait_decision(&s);
    sys_exit(exit_code & 255);
}
