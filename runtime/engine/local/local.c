#include "runtime/engine/local/local.h"
#include "runtime/engine/file.h"
#include "runtime/engine/local/files.h"
#include "runtime/engine/local/inner.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
enum { LEAST_AT_ONCE = 16 }; /* Pods; and four for each processor */

void local_feed(local *l, const seq_event *e) {
    if (l->closing) return;
    l->fed++;
    loop_wake(l->loop);
    l->base.feed(l->base.ctx, e);
}

static local_pod *find(local *l, const seq_action *action) {
    for (uint32_t i = 0; i < l->pods.n; i++) {
        local_pod *p = l->pods.v[i];
        if (str_eq(p->name, action->name) && (!action->uid.n || str_eq(p->uid, action->uid))) return p;
    }
    return NULL;
}

/* --- the engine ------------------------------------------------------------------------------------------------------ */

static engine_answer read_(engine *e, bool (*lines)(void *ctx, str lines), void *ctx, str *problem) {
    local *l = local_of(e);
    engine_answer answer = record_open(l, lines, ctx, problem);
    arena_reset(l->scratch);
    return answer;
}

/* Pods of a process that was killed went with it. That they were made stands in a file each: the record may not have it
 * yet, and what was made once must not be made again. */
static void tell_ghosts(local *l) {
    str folder = run_file(l->scratch, l->config.folder, "made"), uid, problem;
    DIR *dir = opendir(folder.p);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        str name = str_dup(l->scratch, str_z(e->d_name));
        if (name.p[0] == '.' || find(l, &(seq_action){.name = name}) || !file_read(l->scratch, str_fmt(l->scratch, "%.*s/%s", STR_ARG(folder), name.p), &uid, &problem)) continue;
        seq_pod pod = {.name = name, .uid = uid, .run_uid = l->config.identity.uid, .phase = POD_PENDING};
        local_feed(l, &(seq_event){.kind = SEQ_POD, .pod = &pod});
        local_feed(l, &(seq_event){.kind = SEQ_POD_GONE, .name = name, .uid = uid});
    }
    if (dir) closedir(dir);
}

static void follow(engine *e) {
    local *l = local_of(e);
    tell_ghosts(l);
    local_feed(l, &(seq_event){.kind = SEQ_LIST_BEGIN});
    for (uint32_t i = 0; i < l->pods.n; i++) pod_feed(l->pods.v[i]);
    local_feed(l, &(seq_event){.kind = SEQ_LIST_END});
}

static engine_answer write_(engine *e, str lines, str *problem) { return record_append(local_of(e), lines, problem); }

static void create_pod(engine *e, const seq_action *action, const ynode *object) {
    local *l = local_of(e);
    local_pod *there = find(l, &(seq_action){.name = action->name});
    if (there) pod_feed(there);
    else pod_new(l, object);
    arena_reset(l->scratch);
}

void local_claimed(local *l, str name, str problem) {
    local_feed(l, &(seq_event){.kind = problem.n ? SEQ_CLAIM_REFUSED : SEQ_CLAIM_DONE, .name = name, .message = problem});
}

/* Of a template: it is the run's, so it lies in its folder. */
static void create_claim(engine *e, const seq_action *action) {
    local *l = local_of(e);
    str problem = STR_NONE, path = str_fmt(l->scratch, "%.*s/claims/%.*s", STR_ARG(l->config.folder->path), STR_ARG(action->name));
    if (ynode_get(l->config.claims, action->name)) {
        local_claimed(l, action->name, STR_NONE);
    } else if (l->driver->ops->claim) {
        l->driver->ops->claim(l->driver, l->config.identity.namespace_, action->name, action->object);
    } else {
        if (!files_make_folders(path, 0777)) problem = str_fmt(l->scratch, "%.*s: %s", STR_ARG(path), strerror(errno));
        local_claimed(l, action->name, problem);
    }
    arena_reset(l->scratch);
}

static void annotate(engine *e, const seq_action *action) {
    local *l = local_of(e);
    local_pod *p = find(l, action);
    if (!p || p->inner->gone) return;
    const ynode *meta = ynode_get(p->object, S("metadata")), *given = ynode_get(meta, S("annotations"));
    ynode *object = ynode_copy(p->a, p->object), *m = ynode_copy(p->a, meta), *annotations = given ? ynode_copy(p->a, given) : ynode_map(p->a, NULL);
    ynode_set(p->a, annotations, str_dup(p->a, action->key), ynode_str(p->a, str_dup(p->a, action->value), NULL));
    ynode_set(p->a, m, S("annotations"), annotations);
    ynode_set(p->a, object, S("metadata"), m);
    p->object = object;
    volumes_annotated(p);
    pod_feed(p);
    arena_reset(l->scratch);
}

static void stop_sidecars(engine *e, const seq_action *action) {
    local_pod *p = find(local_of(e), action);
    if (p) pod_stop_sidecars(p);
}

static void delete_pod(engine *e, const seq_action *action) {
    local_pod *p = find(local_of(e), action);
    if (p) pod_delete(p);
    else local_feed(local_of(e), &(seq_event){.kind = SEQ_POD_GONE, .name = action->name, .uid = action->uid});
}

static void event(engine *e, const seq_action *action) { (void)e, (void)action; }
static void show(engine *e, const engine_view *view) { (void)e, (void)view; }

static void turn(local *l, int64_t until) {
    while (l->dead.n) pod_free(l->dead.v[--l->dead.n]);
    arena_reset(l->scratch);
    loop_run(l->loop, until);
}

static bool wait_(engine *e, int64_t until) {
    turn(local_of(e), until);
    return true;
}

/* --- the end --------------------------------------------------------------------------------------------------------- */

static bool anything(const local *l) {
    for (uint32_t i = 0; i < l->pods.n; i++)
        if (!l->pods.v[i]->inner->gone) return true;
    return false;
}

static void run_out(local *l, int64_t until) {
    while (anything(l) && engine_now() < until) turn(l, until);
}

void local_kill_all(engine *e) {
    local *l = local_of(e);
    l->closing = true;
    for (uint32_t i = l->pods.n; i-- > 0;) pod_kill(l->pods.v[i]);
}

/* What was told to end may take its time; what goes on by itself (nothing, after SEQ_ENDED) is killed. */
static void settle(engine *e, int64_t ns) {
    local *l = local_of(e);
    int64_t until = engine_now() + ns;
    bool closing = l->closing;
    l->closing = true;
    run_out(l, until);
    if (!closing || anything(l)) local_kill_all(e);
    run_out(l, engine_now() + 10 * SECOND);
}

static void free_(engine *e) {
    local *l = local_of(e);
    l->closing = true;
    if (anything(l)) local_kill_all(e);
    run_out(l, engine_now() + 10 * SECOND);
    while (l->pods.n) pod_free(l->pods.v[--l->pods.n]);
    while (l->dead.n) pod_free(l->dead.v[--l->dead.n]);
    l->driver->ops->free(l->driver);
    str work = run_file(l->scratch, l->config.folder, "work");
    if (!files_remove(work)) engine_log("%.*s: %s", STR_ARG(work), strerror(errno));
    if (l->record >= 0) close(l->record);
    loop_free(l->loop);
    arena_free(l->scratch);
}

engine *local_engine(arena *a, local_driver *d, const local_config *config) {
    static const engine_ops ops = {
        .read = read_,
        .follow = follow,
        .write = write_,
        .create_pod = create_pod,
        .create_claim = create_claim,
        .annotate = annotate,
        .stop_sidecars = stop_sidecars,
        .delete_pod = delete_pod,
        .event = event,
        .show = show,
        .wait = wait_,
        .settle = settle,
        .free = free_,
    };
    local *l = ARENA_NEW(a, local);
    *l = (local){.base = {.ops = &ops}, .a = a, .scratch = arena_new(), .driver = d, .loop = loop_new(), .config = *config, .record = -1};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    l->active_most = processors > 4 ? 4 * (uint32_t)processors : LEAST_AT_ONCE;
    l->configs = map_new(a);
    l->noticed = map_new(a);
    d->engine = l;
    config_index(l, config->configs);
    l->program_folder = run_file(a, config->folder, "work/.entrypoint");
    str file = str_cat(a, l->program_folder, S("/entrypoint"));
    files_remove(run_file(a, config->folder, "work")); /* of a process that was killed */
    str made = run_file(a, config->folder, "made");
    if (!files_make_folders(made, 0700)) engine_log("%.*s: %s", STR_ARG(made), strerror(errno));
    if (!files_make_folders(l->program_folder, 0755) || !files_write(file, config->program, 0555)) engine_log("%.*s: %s", STR_ARG(file), strerror(errno));
    return &l->base;
}

/* --- for verbs and drivers -------------------------------------------------------------------------------------------- */

loop *local_loop(engine *e) { return local_of(e)->loop; }
loop *local_loop_of(const local *l) { return l->loop; }
const run_folder *local_folder(const local *l) { return l->config.folder; }
const state *local_state(const local *l) { return l->config.state; }
str local_run_uid(const local *l) { return l->config.identity.uid; }
str local_program(const local *l) { return l->program_folder; }
str local_claim_scope(const local *l) { return l->config.identity.namespace_; }

void local_notice(local *l, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str text = str_vfmt(l->a, format, args);
    va_end(args);
    if (map_add(&l->noticed, text, l) && l->config.watcher.notice) l->config.watcher.notice(l->config.watcher.ctx, text);
}
