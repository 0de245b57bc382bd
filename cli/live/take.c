#include "cli/live/take.h"
#include "base/emit.h"
#include "cli/live/engines.h"
#include "runtime/engine/file.h"
#include "runtime/engine/local/files.h"
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

/* --- to the folder and back -------------------------------------------------------------------------------------------- */

bool job_save(arena *a, const job *j, const ynode *tree, str *problem) {
    str folder = run_file(a, &j->folder, "pods");
    if (!run_write_tree(a, &j->folder, "plan.json", tree, problem)) return false;
    if (!files_make_folders(folder, 0700)) return *problem = str_fmt(a, "%.*s: %s", STR_ARG(folder), strerror(errno)), false;
    for (uint32_t i = 0; i < j->pods.n; i++) {
        str path = str_fmt(a, "%.*s/%.*s.json", STR_ARG(folder), STR_ARG(j->pods.entries[i].key));
        if (!files_write(path, emit_json_str(a, j->pods.entries[i].value, false), 0600)) return *problem = str_fmt(a, "%.*s: %s", STR_ARG(path), strerror(errno)), false;
    }
    if (j->whole && !run_write_tree(a, &j->folder, "whole.json", j->whole, problem)) return false;
    if (j->configs && !run_write_tree(a, &j->folder, "configs.json", j->configs, problem)) return false;
    return run_write_info(a, &j->folder, &j->info, problem);
}

bool job_load(arena *a, job *j, str *problem) {
    ynode_list documents = {0};
    str nothing;
    const ynode *tree = run_read_tree(a, &j->folder, "plan.json", problem);
    if (!tree || !run_read_info(a, &j->folder, &j->info, problem)) return false;
    vec_push(a, &documents, tree);
    if (!(j->plan = plan_read(a, &documents, problem))) return *problem = str_cat(a, S("the plan has "), *problem), false;
    j->whole = run_read_tree(a, &j->folder, "whole.json", &nothing);
    j->configs = run_read_tree(a, &j->folder, "configs.json", &nothing);
    j->pods = map_new(a);
    return true;
}

/* Pods of a run that is taken up again are read when they are needed. */
static const ynode *manifest(void *ctx, arena *a, str file, str *problem) {
    job *j = ctx;
    const ynode *pod = map_get(&j->pods, file);
    return pod ? pod : run_read_tree(a, &j->folder, str_fmt(a, "pods/%.*s.json", STR_ARG(file)).p, problem);
}

/* --- taking it ---------------------------------------------------------------------------------------------------------- */

static void on_line(void *ctx, str pod, str container, str line) { view_line(ctx, pod, container, line); }
static void on_notice(void *ctx, str text) { view_notice(ctx, text); }

/* Cut off by the second signal: what is kept says so. */
static void keep_end(arena *a, const job *j, watch_result *r) {
    str problem = STR_NONE;
    if (!r->summary.ended && r->stopped) {
        r->summary.phase = S("Failed");
        r->summary.reason = r->condition.reason = S("Stopped");
        r->summary.message = r->condition.message = S("stopped at once by a second signal");
        r->summary.ended = engine_now();
        if (!run_write_summary(a, &j->folder, &r->summary, &problem)) engine_log("%.*s", STR_ARG(problem));
    }
    if (!r->summary.ended) return;
    files_remove(run_file(a, &j->folder, "configs.json"));
    files_remove(run_file(a, &j->folder, "made"));
}

int job_take(arena *a, const options *o, job *j, watch_result *result) {
    str problem = STR_NONE, message = STR_NONE;
    view *v = view_new(a, &j->style);
    engine_request wanted = {.job = j, .options = o, .watcher = {on_line, on_notice, v}};
    seq_identity id = {.name = j->info.name, .uid = j->info.uid, .namespace_ = j->info.namespace_, .entrypoint_config_map = S("tektonc-entrypoint")};
    for (uint32_t i = 0; i < j->decided.n; i++) view_quiet(v, j->decided.v[i]);
    *result = (watch_result){.summary = {.started = j->info.created}};
    engine *inner = engine_make(a, &wanted, &id, &problem);
    if (!inner) {
        say("%.*s", STR_ARG(problem));
        if (access(run_file(a, &j->folder, "record.jsonl").p, F_OK) != 0) { /* it never began */
            engine_forget(a, &j->info);
            run_remove(&j->folder, &problem, a);
        }
        view_free(v);
        return EXIT_IO;
    }
    watch_config w = {.inner = inner, .local = wanted.local, .pipeline = j->plan->run.pipeline, .view = v, .folder = &j->folder, .whole = j->whole, .preset = j->preset};
    drive d = {.engine = watch_engine(a, &w, result), .plan = j->plan, .identity = id, .manifest = manifest, .ctx = j, .quiet = true};
    engine_log_to(on_notice, v); /* the view owns the terminal */
    drive_end end = drive_run(&d, a, &message, &problem);
    engine_log_to(NULL, NULL);
    if (result->stopped) engine_forget(a, &j->info);
    keep_end(a, j, result);
    if (end == DRIVE_BROKEN || end == DRIVE_GONE) say("%.*s", STR_ARG(problem));
    view_end(v, j->info.name, &result->condition, result->summary.started, result->summary.ended ? result->summary.ended : engine_now());
    view_free(v);
    return end == DRIVE_SUCCEEDED ? EXIT_OK : end == DRIVE_BROKEN || end == DRIVE_GONE ? EXIT_IO : EXIT_INPUT;
}
