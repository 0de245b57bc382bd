/* tektonc run: compiles in memory and runs. */
#include "base/emit.h"
#include "base/json.h"
#include "cli/live/again.h"
#include "cli/live/engines.h"
#include "cli/live/folders.h"
#include "cli/live/keep.h"
#include "cli/live/take.h"
#include "cli/live/verbs.h"
#include "cli/live/whole.h"
#include "cli/session.h"
#include <limits.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

typedef struct running {
    arena *a;
    options *o;
    state state;
    session s;
    engine_choice engine;
    const ynode *claims, *configs;
    view_style style;
    bool interrupted;  /* by a signal: nothing more is begun */
} running;

static int broken(str problem) { return say("%.*s", STR_ARG(problem)), EXIT_IO; }

/* --- before it runs ------------------------------------------------------------------------------------------------------ */

static void random_bytes(unsigned char *to, size_t n) {
    if (getrandom(to, n, 0) != (ssize_t)n) abort();
}

/* As Kubernetes makes them: no vowels, nothing that looks like something else. */
static str random_suffix(arena *a) {
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    unsigned char b[5];
    char text[5];
    random_bytes(b, sizeof b);
    for (size_t i = 0; i < sizeof b; i++) text[i] = letters[b[i] % (sizeof letters - 1)];
    return str_dup(a, (str){text, sizeof text});
}

static str random_uid(arena *a) {
    unsigned char b[16];
    random_bytes(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 15) | 64);
    b[8] = (unsigned char)((b[8] & 63) | 128);
    strbuf t = {.a = a};
    for (size_t i = 0; i < sizeof b; i++) strbuf_addf(&t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
    return strbuf_str(&t);
}

/* ConfigMaps and Secrets of the input, for engines that have no API server to ask; with the kube engine all that a namespace
 * may lack. */
static const ynode *configs_of(arena *a, const ynode_list *documents, bool kube) {
    ynode *all = ynode_seq(a, NULL);
    for (uint32_t i = 0; i < documents->n; i++) {
        str kind = ynode_get_text(documents->v[i], S("kind"));
        bool other = str_eq(kind, S("PersistentVolumeClaim")) || str_eq(kind, S("ServiceAccount"));
        if (str_eq(kind, S("ConfigMap")) || str_eq(kind, S("Secret")) || (other && kube)) ynode_push(a, all, documents->v[i]);
    }
    return all->n ? all : NULL;
}

static bool is_kube(const running *x) { return strcmp(x->engine.name, "kube") == 0; }

static int compile_input(running *x) {
    options *o = x->o;
    str problem = STR_NONE;
    if (is_kube(x) && !o->namespace_.n) o->namespace_ = x->engine.kube.namespace_;
    if (!folders_read(o, &x->claims, &problem)) return say("%.*s", STR_ARG(problem)), EXIT_USAGE;
    if (is_kube(x) && x->claims) return say("-w: a cluster can't see folders of this machine; use claimName=, or --engine=docker or host"), EXIT_USAGE;
    if (!o->name_suffix.n) o->name_suffix = random_suffix(x->a);
    int code = session_open(&x->s, o);
    if (code != EXIT_OK) return code;
    engine_images(x->a, &x->engine, &x->s.request);
    x->s.c.want_resolved = true;
    compile(&x->s.c);
    bool quiet = !x->s.d.errors && !o->format.n && !str_eq(o->fail_on, S("warning"));
    if (quiet && x->s.d.warnings)
        say("%u warning%s: `tektonc check` shows %s", x->s.d.warnings, x->s.d.warnings == 1 ? "" : "s", x->s.d.warnings == 1 ? "it" : "them");
    if (!quiet && (code = session_report(&x->s, STDERR_FILENO)) != EXIT_OK) return code;
    x->configs = configs_of(x->a, &x->s.c.documents, is_kube(x));
    if (x->s.c.outputs.n) return EXIT_OK;
    say("there is nothing to run in the input");
    return EXIT_INPUT;
}

/* --- one run --------------------------------------------------------------------------------------------------------------- */

static void print_run(const options *o, const watch_result *r, str name, bool pipeline, bool more) {
    str text = r->run;
    const ynode *tree = json_read(o->a, text);
    if (str_eq(o->output, S("name"))) text = str_fmt(o->a, "%s.tekton.dev/%.*s\n", pipeline ? "pipelinerun" : "taskrun", STR_ARG(name));
    else if (!tree) return;
    else if (str_eq(o->output, S("yaml"))) text = str_fmt(o->a, "%s%.*s", more ? "---\n" : "", STR_ARG(emit_yaml_str(o->a, tree)));
    else text = str_fmt(o->a, "%.*s\n", STR_ARG(emit_json_str(o->a, tree, true)));
    session_write(STDOUT_FILENO, text, S("standard output"));
}

static int take(running *x, job *j, bool more) {
    watch_result result = {0};
    int code = job_take(x->a, x->o, j, &result);
    x->interrupted = result.interrupted;
    run_unlock(&j->folder);
    if (x->o->output.n) print_run(x->o, &result, j->info.name, j->plan->run.pipeline, more);
    return code;
}

/* What a later run is compared with: the same object of the input, whatever name its runs have. */
static str thing(arena *a, const run_output *out) {
    const ynode *meta = out->run->object->metadata;
    str prefix = ynode_get_text(meta, S("generateName")), name = prefix.n ? prefix : ynode_get_text(meta, S("name"));
    return str_fmt(a, "%s/%.*s/%.*s", out->run->object->kind == OBJECT_PIPELINERUN ? "PipelineRun" : "TaskRun", STR_ARG(out->run->namespace_), STR_ARG(name));
}

static bool is_free(void *ctx, str name) {
    const running *x = ctx;
    run_folder r;
    str nothing;
    return !run_open(x->a, &x->state, name, &r, &nothing);
}

/* A name that is free in the cluster and here. */
static bool make_kube_run(running *x, const run_output *out, run_folder *folder, str *uid, str *problem) {
    kube_run run = {.stop = -1, .jobless = true};
    cluster *c = &x->engine.kube;
    if (out->run->namespace_.n) c->namespace_ = out->run->namespace_;
    if (!cluster_begin(c, out->run->name, x->o->name.n > 0, is_free, x, &run, problem)) return false;
    *uid = run.uid;
    return run_make(x->a, &x->state, run.name, true, folder, problem);
}

/* For a process that takes the run up again in another folder. */
static str absolute(arena *a, str file) {
    char whole[PATH_MAX];
    return file.n && realpath(str_dup(a, file).p, whole) ? str_dup(a, str_z(whole)) : file;
}

/* Says what is not run. */
static void tell_again(arena *a, const again *x, job *j) {
    strbuf kept = {.a = a};
    for (uint32_t i = 0; x->fates && i < j->plan->run.tasks.n; i++) {
        str name = j->plan->run.tasks.v[i]->name;
        if (x->fates[i] != AGAIN_RUN) vec_push(a, &j->decided, name);
        if (x->fates[i] == AGAIN_KEEP) strbuf_addf(&kept, "%s%.*s", kept.n ? ", " : "", STR_ARG(name));
    }
    if (kept.n) say("kept from %.*s: %.*s", STR_ARG(x->last.job.info.name), STR_ARG(strbuf_str(&kept)));
}

static int run_one(running *x, const run_output *out, bool more) {
    arena *a = x->a;
    str problem = STR_NONE, of = thing(a, out);
    ynode_list documents = {0};
    again again_;
    vec_push(a, &documents, out->plan);
    const docker_server *docker = x->engine.docker.server.n ? &x->engine.docker : NULL;
    job j = {.state = &x->state, .style = x->style, .configs = x->configs, .docker = docker, .whole = whole_of(a, &x->s.c, out), .pods = map_new(a)};
    if (!(j.plan = plan_read(a, &documents, &problem))) return broken(str_cat(a, S("the plan has "), problem));
    if (!again_read(a, x->o, &x->state, of, j.plan, &again_, &problem)) return say("%.*s", STR_ARG(problem)), EXIT_USAGE;
    if (x->o->dry_run) return again_show(a, &again_, j.plan, out->run->name), EXIT_OK;
    for (uint32_t i = 0; i < out->pods.n; i++) map_put(&j.pods, out->pods.v[i].file, (void *)(uintptr_t)out->pods.v[i].pod);
    str uid = STR_NONE;
    if (is_kube(x) ? !make_kube_run(x, out, &j.folder, &uid, &problem) : !run_make(a, &x->state, out->run->name, x->o->name.n > 0, &j.folder, &problem)) return broken(problem);
    j.info = (run_info){
        .name = j.folder.name,
        .namespace_ = is_kube(x) ? x->engine.kube.namespace_ : out->run->namespace_.n ? out->run->namespace_ : S("default"),
        .uid = uid.n ? uid : random_uid(a),
        .context = x->o->context,
        .kubeconfig = absolute(a, x->o->kubeconfig),
        .engine = str_z(x->engine.name),
        .of = of,
        .created = engine_now(),
        .claims = x->claims,
    };
    if (again_.fates) j.preset = str_cat(a, again_start(a, j.plan, j.info.uid, engine_now()), again_.lines);
    if ((again_.fates && !again_claims(a, &again_, j.plan, &j, &j.info.claims, &problem)) || !job_save(a, &j, out->plan, &problem)) return broken(problem);
    tell_again(a, &again_, &j);
    return take(x, &j, more);
}

/* --- a run that was interrupted ---------------------------------------------------------------------------------------------- */

static int resume(running *x) {
    str problem = STR_NONE;
    past p;
    if (x->o->inputs.n) return say("--resume takes no files: the run has its plan"), EXIT_USAGE;
    if (!past_peek(x->a, &x->state, x->o->resume, &p, &problem)) return broken(problem);
    if (p.summary.ended) return say("%.*s has ended: %.*s", STR_ARG(x->o->resume), STR_ARG(past_state(&p))), EXIT_USAGE;
    p.job.style = x->style;
    if (!run_lock(&p.job.folder)) return say("%.*s is running", STR_ARG(x->o->resume)), EXIT_USAGE;
    if (!job_load(x->a, &p.job, &problem)) return broken(problem);
    return take(x, &p.job, false);
}

int verb_run(options *o) {
    running x = {.a = o->a, .o = o, .style = view_style_of(o, o->output.n ? STDERR_FILENO : STDOUT_FILENO)};
    str problem = STR_NONE;
    uint32_t keep, removed;
    if (!keep_number(o, &keep)) return EXIT_USAGE;
    if (!state_open(x.a, &x.state, &problem)) return broken(problem);
    if (o->resume.n) return resume(&x);
    if (!engine_choose(o, &x.engine, &problem)) return broken(problem);
    int code = compile_input(&x), worst = EXIT_OK;
    if (code != EXIT_OK) return code;
    for (uint32_t i = 0; i < x.s.c.outputs.n && !x.interrupted; i++) {
        code = run_one(&x, &x.s.c.outputs.v[i], i > 0);
        if (code > worst) worst = code;
    }
    bool ok = keep_runs(x.a, &x.state, keep, &removed, &problem);
    if (ok && removed) ok = engine_clean(x.a, &x.state, &x.engine, &removed, &problem);
    if (!ok) say("%.*s", STR_ARG(problem));
    return worst;
}
