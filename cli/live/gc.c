/* tektonc gc: removes what runs left that were killed, and old runs. */
#include "cli/live/engines.h"
#include "cli/live/keep.h"
#include "cli/live/past.h"
#include "cli/live/verbs.h"
#include "runtime/engine/host/host.h"
#include "runtime/engine/local/files.h"
#include <dirent.h>
#include <errno.h>
#include <unistd.h>
#include <sys/stat.h>

static int broken(str problem) { return say("%.*s", STR_ARG(problem)), EXIT_IO; }

/* Volumes of a run that nobody advances; its record stays, so that it can be taken up again. */
static bool clean_run(arena *a, const state *s, str name, const docker_server *docker, uint32_t *cleaned, str *problem) {
    run_folder r;
    if (!run_open(a, s, name, &r, problem)) return true; /* gone meanwhile */
    str work = run_file(a, &r, "work");
    if (access(work.p, F_OK) != 0 || !run_lock(&r)) return true;
    bool ok = files_remove(work);
    str nothing;
    /* Containers may have left what only root may remove. */
    if (!ok && docker->server.n && docker_empty(a, docker, work, &nothing)) ok = files_remove(work);
    if (ok) ++*cleaned;
    else *problem = str_fmt(a, "%.*s: %s", STR_ARG(work), strerror(errno));
    run_unlock(&r);
    return ok;
}

/* Folders of runs that were killed before they had a name. */
static void clean_drafts(arena *a, const state *s) {
    str runs = str_cat(a, s->root, S("/runs"));
    DIR *dir = opendir(runs.p);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        run_folder r = {.path = str_fmt(a, "%.*s/%s", STR_ARG(runs), e->d_name), .lock = -1};
        struct stat st;
        if (strncmp(e->d_name, ".new-", 5) != 0 || lstat(r.path.p, &st) != 0) continue;
        if (engine_now() / 1000000000 - st.st_mtime > 60 && !run_busy(&r)) files_remove(r.path);
    }
    if (dir) closedir(dir);
}

int verb_gc(options *o) {
    arena *a = o->a;
    state s;
    run_names names = {0};
    str problem = STR_NONE;
    uint32_t keep, removed = 0, cleaned = 0, containers = 0, volumes = 0;
    engine_choice choice = {0};
    str nothing;
    if (o->inputs.n) return say("gc takes no words"), EXIT_USAGE;
    if (!keep_number(o, &keep)) return EXIT_USAGE;
    if (!state_open(a, &s, &problem) || !run_list(a, &s, &names, &problem)) return broken(problem);
    uint32_t ended = host_clean(a, &s, STR_NONE);
    if (!docker_find(a, &choice.docker, &nothing)) choice.docker = (docker_server){0};
    bool ok = engine_clean(a, &s, &choice, &containers, &problem);
    for (uint32_t i = 0; i < names.n; i++) ok = clean_run(a, &s, names.v[i], &choice.docker, &cleaned, &problem) && ok;
    clean_drafts(a, &s);
    ok = keep_runs(a, &s, keep, &removed, &problem) && ok;
    if (removed) ok = engine_clean(a, &s, &choice, &volumes, &problem) && ok;
    if (containers + volumes) say("%u container%s and volumes removed", containers + volumes, containers + volumes == 1 ? "" : "s");
    say("%u process%s ended, %u interrupted run%s cleaned, %u old run%s removed", ended, ended == 1 ? "" : "es", cleaned, cleaned == 1 ? "" : "s", removed, removed == 1 ? "" : "s");
    return ok ? EXIT_OK : broken(problem);
}
