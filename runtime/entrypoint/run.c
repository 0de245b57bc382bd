#include "runtime/entrypoint/run.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/spawn.h"
#include "runtime/entrypoint/sys.h"
#include <sys/wait.h>

/* One copied stream. At most one page is under way: a pipe that poll calls writable takes that much without blocking,
 * so a slow reader of the container's log never keeps the entrypoint from its signals and its clock. */
struct stream {
    int from, to, file; /* the command's pipe, our own stream, the copy; -1: closed */
    size_t done, n;     /* of the page: written to `to`, filled */
    char page[4096];
};

struct run {
    struct events *events;
    int pid;
    bool reaped, killed, file_failed;
    int status;
    enum run_how cause; /* why it was killed, if it was */
    struct stream streams[2];
};

const char *environment_get(char **environment, const char *name) {
    str entry, value;
    for (; *environment; environment++) {
        value = str_z(*environment);
        str_next(&value, '=', &entry);
        if (value.p && str_is(entry, name)) return value.p;
    }
    return NULL;
}

/* The write end for the command, -1 without a path, or a negative errno below that. */
static int stream_open(struct stream *s, const char *path, int own) {
    int ends[2];
    s->from = -1;
    if (!*path) return -1;
    int fd = file_open(path, O_WRONLY | O_APPEND, 0644);
    long error = fd < 0 ? fd : sys_call((long)ends, O_CLOEXEC, 0, 0, SYS_pipe2);
    if (error < 0 && log_failure("error opening \1: \2", path, (int)-error)) return -2;
    s->file = fd;
    s->from = ends[0];
    s->to = own;
    return ends[1];
}

static bool stream_idle(const struct stream *s) { return s->from < 0 && s->done == s->n; }

/* What this stream waits for now: room to write what it has, else something to read. */
static struct pollfd stream_wish(const struct stream *s) {
    if (s->done < s->n) return (struct pollfd){.fd = s->to, .events = POLLOUT};
    return (struct pollfd){.fd = s->from, .events = POLLIN};
}

static void stream_step(struct run *r, struct stream *s) {
    if (s->done < s->n) {
        long wrote = sys_write(s->to, s->page + s->done, s->n - s->done);
        if (wrote > 0) s->done += (size_t)wrote;
        if (wrote < 0 && wrote != -EAGAIN)
            s->to = -1, s->done = s->n; /* our own reader is gone; the file still counts */
        return;
    }
    long got = sys_read(s->from, s->page, sizeof s->page);
    if (got <= 0) {
        sys_close(s->from);
        s->from = -1;
        return;
    }
    s->n = (size_t)got;
    s->done = s->to < 0 ? s->n : 0;
    if (!r->file_failed)
        r->file_failed = log_failure("error copying the output: \2", "", file_put(s->file, (str){s->page, s->n}));
}

static void kill_group(struct run *r, enum run_how cause) {
    if (r->killed) return;
    r->killed = true;
    if (!r->reaped) {
        r->cause = cause;
        sys_kill(r->pid, SIGKILL); /* in case it left its group */
    }
    sys_kill(-r->pid, SIGKILL);
}

/* As PID 1 of a container this also collects the orphans. */
static void reap(struct run *r) {
    int status;
    for (long pid; (pid = sys_wait(-1, &status, WNOHANG)) > 0;)
        if (pid == r->pid && !r->reaped) r->reaped = true, r->status = status;
}

static void take_signals(struct run *r) {
    for (int number; (number = events_signal(r->events)) != 0;) {
        if (number == SIGCHLD)
            reap(r);
        else
            sys_kill(-r->pid, number);
    }
}

static void supervise(struct run *r, long long deadline) {
    struct events *e = r->events;
    bool watching = false;
    long long now = clock_ms(), check = now + e->pause;
    while (!r->reaped || !stream_idle(&r->streams[0]) || !stream_idle(&r->streams[1])) {
        struct pollfd wake[] = {{.fd = e->signals, .events = POLLIN},
                                {.fd = watching ? e->changes : -1, .events = POLLIN},
                                stream_wish(&r->streams[0]),
                                stream_wish(&r->streams[1])};
        /* After a kill only what is in the pipes already is copied: somebody who left the group may hold them open. */
        bool leaving = r->killed && r->reaped;
        long long next = !r->killed && deadline < check ? deadline : check;
        int ready = events_poll(wake, 4, leaving || next <= now ? 0 : (int)(next - now));
        if (ready == 0 && leaving) break;
        if (wake[0].revents) take_signals(r);
        for (int i = 0; i < 2; i++)
            if (wake[2 + i].revents) stream_step(r, &r->streams[i]);

        now = clock_ms();
        if (now >= deadline) kill_group(r, RUN_TIMED_OUT);
        if (now < check && !wake[1].revents) continue;
        if (now >= check) {
            /* The watch begins with the first check, so that a short command pays nothing for it. Without a downward
             * volume the file can only appear by other hands than Kubernetes': the backstop is enough. */
            watching = dir_is("/tekton/downward");
            if (watching) events_watch(e, CANCEL_FILE);
            events_later(e);
            check = now + e->pause;
        }
        events_drain(e);
        if (events_file_ready(CANCEL_FILE)) kill_group(r, RUN_CANCELLED);
    }
}

static struct run_end judge(const struct run *r) {
    int status = r->status;
    if (r->cause && status)
        return (struct run_end){r->cause, 0}; /* one that made it to its 0 has succeeded all the same */
    if (r->file_failed && !status) return (struct run_end){RUN_BROKEN, 0};
    if (WIFEXITED(status)) return (struct run_end){RUN_EXITED, WEXITSTATUS(status)};
    return (struct run_end){RUN_SIGNALLED, WTERMSIG(status)};
}

struct run_end run_command(struct events *e, const struct run_plan *plan) {
    static struct run r;
    struct spawn s = {.events = e, .words = plan->words, .environment = plan->environment};
    if (events_file_ready(CANCEL_FILE)) return (struct run_end){RUN_CANCELLED, 0};
    if (!plan->words || !plan->words[0]) return (struct run_end){RUN_EXITED, 0};
    s.out = stream_open(&r.streams[0], plan->stdout_path, 1);
    s.err = stream_open(&r.streams[1], plan->stderr_path, 2);
    if (s.out < -1 || s.err < -1) return (struct run_end){RUN_NOT_STARTED, 0};

    events_restart(e);
    long long deadline = plan->timeout_ns ? clock_ms() + plan->timeout_ns / 1000000 + 1 : INT64_MAX;
    r.events = e;
    r.pid = spawn_command(&s);
    if (r.pid < 0) return (struct run_end){RUN_NOT_STARTED, -r.pid};
    sys_close(s.out);
    sys_close(s.err);
    supervise(&r, deadline);
    return judge(&r);
}
