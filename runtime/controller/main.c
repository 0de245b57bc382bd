/* The program in the Job: takes one run through its plan.
 *
 * In: the plan's folder, the run's identity from the environment, the API server. Out: Pods, the record; exit code 0 when
 * the run succeeded, PLAN_EXIT_FAILED when it failed, anything else for "start me again" (docs/plan.md). */
#include "plan/format.h"
#include "runtime/controller/folder.h"
#include "runtime/engine/drive.h"
#include "runtime/engine/file.h"
#include "runtime/engine/kube.h"
#include "runtime/engine/kube_family.h"
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_AGAIN = 1, EXIT_USAGE_ = 2 };

typedef struct options {
    str plan, entrypoint, kubeconfig, context, image, keep, on_change;
} options;

static bool option(str arg, const char *name, str *to) {
    str prefix = str_z(name);
    if (!str_starts(arg, prefix)) return false;
    *to = str_from(arg, prefix.n);
    return true;
}

static bool read_options(int argc, char **argv, options *o) {
    *o = (options){.plan = S(PLAN_DIRECTORY), .entrypoint = S("/tektonc/entrypoint")};
    for (int i = 1; i < argc; i++) {
        str arg = str_z(argv[i]);
        if (option(arg, "--plan=", &o->plan) || option(arg, "--entrypoint=", &o->entrypoint) || option(arg, "--kubeconfig=", &o->kubeconfig) ||
            option(arg, "--context=", &o->context) || option(arg, "--keep=", &o->keep) || option(arg, "--on-change=", &o->on_change) ||
            option(arg, "--runtime-image=", &o->image))
            continue;
        engine_log("usage: controller [--plan=FOLDER] [--entrypoint=FILE] [--kubeconfig=FILE [--context=NAME]] [--keep=N] [--on-change=finish|cancel] "
                   "[--runtime-image=IMAGE]");
        return false;
    }
    return true;
}

/* As the first process of its PID namespace it would get no signal that it does not ask for. */
static int stop_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool identity(kube_run *run, const kube_config *config, str *problem) {
    *run = (kube_run){.name = str_z(getenv(PLAN_ENV_RUN_NAME)), .uid = str_z(getenv(PLAN_ENV_RUN_UID)), .namespace_ = str_z(getenv(PLAN_ENV_NAMESPACE)),
                      .self = str_z(getenv(PLAN_ENV_POD_NAME))};
    if (!run->namespace_.n) run->namespace_ = config->namespace_;
    if (run->name.n && run->uid.n && run->namespace_.n) return true;
    *problem = S("the environment does not say which run this is: " PLAN_ENV_RUN_NAME ", " PLAN_ENV_RUN_UID ", " PLAN_ENV_NAMESPACE);
    return false;
}

/* No arguments, no relatives: nothing is asked then. */
static bool has_family(const options *o, kube_family *f) {
    *f = (kube_family){.keep = -1, .cancel = str_eq(o->on_change, S("cancel"))};
    if (!o->keep.n) return f->cancel;
    for (uint32_t i = f->keep = 0; i < o->keep.n && i < 9 && o->keep.p[i] >= '0' && o->keep.p[i] <= '9'; i++) f->keep = f->keep * 10 + (o->keep.p[i] - '0');
    return true;
}

static const ynode *manifest(void *ctx, arena *a, str file, str *problem) { return folder_pod(ctx, a, file, problem); }

static drive_end take(arena *a, const options *o, str *message, str *problem) {
    folder f = {.path = o->plan};
    kube_config config;
    kube_run run;
    str program;
    const plan *p = folder_plan(&f, a, problem);
    if (!p || !file_read(a, o->entrypoint, &program, problem)) return DRIVE_BROKEN;
    if (!(o->kubeconfig.n ? kube_config_read(a, o->kubeconfig, o->context, &config, problem) : kube_config_in_cluster(a, &config, problem)))
        return DRIVE_BROKEN;
    if (!identity(&run, &config, problem)) return DRIVE_BROKEN;
    run.image = o->image;
    run.stop = stop_signals();
    engine *e = kube_engine(a, &config, &run);
    kube_family family;
    bool relatives = has_family(o, &family);
    drive d = {.engine = e, .plan = p, .identity = {.name = run.name, .uid = run.uid, .namespace_ = run.namespace_}, .manifest = manifest, .ctx = &f};
    engine_answer answer = kube_entrypoint(e, a, program, &d.identity.entrypoint_config_map, problem);
    if (answer == ENGINE_DONE) {
        if (relatives) kube_family_begin(e, &family);
        drive_end end = drive_run(&d, a, message, problem);
        if (relatives && (end == DRIVE_SUCCEEDED || end == DRIVE_FAILED)) {
            e = kube_engine(a, &config, &run);
            kube_family_end(e, &family);
            e->ops->free(e);
        }
        return end;
    }
    e->ops->free(e);
    return answer == ENGINE_STOPPED ? DRIVE_STOPPED : DRIVE_BROKEN;
}

int main(int argc, char **argv) {
    options o;
    if (!read_options(argc, argv, &o)) return EXIT_USAGE_;
    /* What is freed goes back to the system, and does not wait for more of the same. */
    mallopt(M_MMAP_THRESHOLD, 64 << 10);
    mallopt(M_TRIM_THRESHOLD, 64 << 10);
    arena *a = arena_new_small();
    str message = STR_NONE, problem = STR_NONE;
    drive_end end = take(a, &o, &message, &problem);
    if (end == DRIVE_BROKEN || end == DRIVE_GONE) engine_log("%.*s", STR_ARG(problem));
    if (end == DRIVE_STOPPED) engine_log("asked to end: the run goes on when the controller is started again");
    arena_free(a);
    return end == DRIVE_SUCCEEDED ? 0 : end == DRIVE_FAILED ? PLAN_EXIT_FAILED : EXIT_AGAIN;
}
