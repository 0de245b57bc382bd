/* tektonc logs: what the containers of a run wrote, one after the other; or, followed, as it comes. */
#include "base/map.h"
#include "cli/live/past.h"
#include "cli/live/verbs.h"
#include "cli/live/where.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, POLL_MS = 200 };

static int broken(str problem) { return say("%.*s", STR_ARG(problem)), EXIT_IO; }

typedef struct source_ {
    int64_t done;      /* bytes that were shown; in a cluster: lines */
} source_;

typedef struct logs {
    arena *a, *scratch;
    const options *o;
    const run_folder *folder; /* NULL: the run is in `where` */
    where *where;
    str task, container;      /* whose lines come from the cluster */
    uint32_t name_n;
    uint64_t line;
    view *view;
    map sources;       /* POD/CONTAINER → source_ */
    bool task_seen;
} logs;

static void on_line(void *ctx, str line) {
    logs *x = ctx;
    source_ *s = map_get(&x->sources, x->container);
    if (x->line++ < (uint64_t)s->done) return;
    s->done++;
    view_task_line(x->view, x->task, str_from(x->container, x->container.n - x->name_n), line);
    view_tick(x->view);
}

/* The whole log is asked for, and what was shown before is passed over. */
static void show_remote(logs *x, str task, str pod, str container) {
    str key = str_fmt(x->a, "%.*s/%.*s", STR_ARG(pod), STR_ARG(container));
    if (!map_has(&x->sources, key)) map_put(&x->sources, key, ARENA_NEW(x->a, source_));
    x->task = task;
    x->container = key;
    x->name_n = container.n;
    x->line = 0;
    cluster_log(&x->where->kube, pod, container, false, on_line, x);
}

/* What is new in a container's file, whole lines only unless nothing more will come. */
static void show_file(logs *x, str task, str pod, str container, bool last) {
    if (!x->folder) {
        show_remote(x, task, pod, container);
        return;
    }
    str key = str_fmt(x->scratch, "%.*s/%.*s", STR_ARG(pod), STR_ARG(container));
    source_ *s = map_get(&x->sources, key);
    if (!s) map_put(&x->sources, str_dup(x->a, key), s = ARENA_NEW(x->a, source_));
    int fd = open(run_file(x->scratch, x->folder, str_cat(x->scratch, S("logs/"), key).p).p, O_RDONLY | O_CLOEXEC);
    char *bytes = arena_alloc(x->scratch, PIECE);
    for (ssize_t n; fd >= 0 && (n = pread(fd, bytes, PIECE, s->done)) > 0;) {
        str rest = {bytes, (uint32_t)n};
        while (rest.n) {
            const char *end = memchr(rest.p, '\n', rest.n);
            if (!end && !last && rest.n < PIECE) break;
            uint32_t take = end ? (uint32_t)(end - rest.p) : rest.n;
            view_task_line(x->view, task, container, str_cut(rest, 0, take));
            rest = str_from(rest, end ? take + 1 : take);
        }
        if (rest.n == (uint32_t)n) break;
        s->done += n - rest.n;
        view_tick(x->view);
    }
    if (fd >= 0) close(fd);
}

static void show_attempt(logs *x, str task, const ynode *status, bool last) {
    static const char *const lists[] = {"steps", "sidecars"};
    str pod = ynode_get_text(status, S("podName"));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        YNODE_EACH(k, one, ynode_get(status, str_z(lists[i]))) show_file(x, task, pod, ynode_get_text(one, S("container")), last);
}

typedef struct started {
    const ynode *object;
    str at;
    uint32_t n;
} started;

static int by_start(const void *x, const void *y) {
    const started *a = x, *b = y;
    int order = str_cmp(a->at, b->at);
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

static void show_task_run(logs *x, const ynode *object, bool last) {
    const ynode *meta = ynode_get(object, S("metadata")), *status = ynode_get(object, S("status"));
    str task = ynode_get_text(ynode_get(meta, S("labels")), S("tekton.dev/pipelineTask"));
    if (!task.n) task = ynode_get_text(meta, S("name"));
    if (x->o->task.n && !str_eq(x->o->task, task)) return;
    x->task_seen = true;
    YNODE_EACH(i, former, ynode_get(status, S("retriesStatus"))) show_attempt(x, task, former, true);
    show_attempt(x, task, status, last);
}

static bool show_all(logs *x, bool last, str *problem) {
    arena *a = x->scratch;
    const ynode *tree = x->folder ? run_read_tree(a, x->folder, "status.json", problem) : cluster_status(&x->where->kube, &x->where->run, problem), *items = ynode_get(tree, S("items"));
    if (!tree) return !x->folder && !problem->n; /* a run that has just begun has none */
    VEC(started) all = {0};
    if (!items) vec_push(a, &all, ((started){.object = tree}));
    YNODE_EACH(i, object, items)
        if (str_eq(ynode_get_text(object, S("kind")), S("TaskRun"))) vec_push(a, &all, ((started){object, ynode_get_text(ynode_get(object, S("status")), S("startTime")), i}));
    if (all.n) qsort(all.v, all.n, sizeof *all.v, by_start);
    for (uint32_t i = 0; i < all.n; i++) show_task_run(x, all.v[i].object, last);
    view_tick(x->view);
    return true;
}

/* Whether more may come: asked before the rest is read. */
static bool is_over(logs *x, str *problem) {
    if (x->folder) return !run_busy(x->folder);
    cluster_run now; /* its texts are short-lived */
    return !cluster_find(&x->where->kube, x->where->run.name, &now, problem) || str_eq(now.phase, S("Succeeded")) || str_eq(now.phase, S("Failed"));
}

int verb_logs(options *o) {
    arena *a = o->a;
    where w;
    past p;
    str problem = STR_NONE;
    if (o->inputs.n != 1) return say("logs of which run? `tektonc status` lists them"), EXIT_USAGE;
    if (!where_find(a, o, o->inputs.v[0], &w, &problem)) return broken(problem);
    if (!w.in_cluster && !past_peek(a, &w.state, o->inputs.v[0], &p, &problem)) return broken(problem);
    view_style style = view_style_of(o, STDOUT_FILENO);
    style.live = false;
    logs x = {.a = a, .scratch = arena_new(), .o = o, .folder = w.in_cluster ? NULL : &p.job.folder, .where = &w, .view = view_new(a, &style), .sources = map_new(a)};
    bool ok, last;
    w.kube.a = x.scratch;
    do {
        arena_reset(x.scratch);
        last = !o->follow || is_over(&x, &problem);
        ok = !problem.n && show_all(&x, last, &problem);
        if (!last) nanosleep(&(struct timespec){.tv_sec = w.in_cluster, .tv_nsec = POLL_MS * 1000000L}, NULL);
    } while (!last && ok);
    view_free(x.view);
    if (!ok) return broken(problem);
    if (!o->task.n || x.task_seen) return EXIT_OK;
    say("%.*s has no logs of a task %.*s", STR_ARG(o->inputs.v[0]), STR_ARG(o->task));
    return EXIT_IO;
}
