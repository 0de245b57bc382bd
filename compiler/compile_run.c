/* One run through its passes: resolve, lower, plan. Each starts only when the one before reported no error. */
#include "compiler/compile.h"
#include "compiler/layout.h"
#include "compiler/plan_build.h"
#include "compiler/run.h"

typedef struct final_images {
    run_ctx *x;
    const task_run *of;
} final_images;

/* An image that holes make is known only to the run. */
static bool is_final(void *ctx, str path) {
    final_images *f = ctx;
    for (uint32_t i = 0; i < f->of->holes.n; i++) {
        if (!str_eq(f->of->holes.v[i].path, path)) continue;
        diag *d = REPORT(f->x->d, IMAGE_MAP_RESULT, f->of->where, "--image-map can't be applied to an image of task `%.*s` that only the run knows", STR_ARG(f->of->task));
        diag_help(f->x->d, d, "give the image by a parameter of the run, or in full");
        return false;
    }
    return true;
}

/* A Pod becomes text as soon as it is there, so that its tree, which is several times as large, can be forgotten.
 * out: NULL when nothing is to be made of it. */
static void lower_run(const compilation *c, run_ctx *x, run *r, run_output *out) {
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        run_task *t = r->tasks.v[i];
        for (uint32_t k = 0; k < t->task_runs.n; k++) {
            task_run *one = t->task_runs.v[k];
            lower_task_run(x, one);
            if (out && one->pod && x->rq->images) one->pod = image_map_pod(x->pods, x->rq->images, one->pod, is_final, &(final_images){x, one});
            if (out && one->pod) layout_pod(c, x->pods, one->file, one->pod, out);
        }
        if (t->child) lower_run(c, x, t->child, out);
    }
}

static void collect_sources(arena *a, const run *r, str around, run_output *out) {
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const run_task *t = r->tasks.v[i];
        run_source *x = vec_add(a, &out->sources);
        *x = (run_source){str_cat(a, around, t->name), t->task ? t->task->h.node : NULL, t->spec ? t->spec->h.node : NULL};
        if (t->child) collect_sources(a, t->child, str_fmt(a, "%.*s%.*s/", STR_ARG(around), STR_ARG(t->name)), out);
    }
}

/* The Task specs with everything of the Pipeline put in, for --emit=resolved. */
static const ynode *resolved_tree(arena *a, const marks *m, const run *r) {
    ynode *out = ynode_map(a, NULL), *tasks = ynode_seq(a, NULL);
    ynode_put_str(a, out, S("name"), r->in->name);
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const run_task *t = r->tasks.v[i];
        ynode *one = ynode_map(a, NULL);
        ynode_put_str(a, one, S("name"), t->name);
        if (t->task) ynode_put(a, one, S("task"), walk_tree(a, &PipelineTask_type, &t->task->h));
        if (t->spec) ynode_put(a, one, S("spec"), walk_tree(a, &TaskSpec_type, &t->spec->h));
        if (t->child) ynode_put(a, one, S("pipeline"), resolved_tree(a, m, t->child));
        ynode_push(a, tasks, one);
    }
    ynode_put(a, out, S("tasks"), tasks);
    hole_list holes = {0};
    return holes_extract(a, m, out, NULL, NULL, &holes);
}

static void open_context(run_ctx *x, marks *m, compilation *c, arena *keep, arena *temp, arena *scratch, bool checking) {
    *m = (marks){.a = keep, .scratch = scratch};
    *x = (run_ctx){.a = keep,
                   .keep = keep,
                   .temp = temp,
                   .d = c->d,
                   .w = &c->world,
                   .cfg = &c->cfg,
                   .rq = c->request,
                   .m = m,
                   .checking = checking,
                   .known_refs = map_new(keep)};
    x->pods = checking || c->texts_only ? x->temp : keep;
}

static void close_context(run_ctx *x) {
    arena_free(x->temp);
    arena_free(x->m->scratch);
}

static void passes(compilation *c, run_ctx *x, const run_input *in, run_output *out) {
    uint32_t errors = c->d->errors;
    compile_announce(c, "resolve");
    run *r = resolve_run(x, in);
    if (!r || c->d->errors != errors) return;
    out->dag = plan_graph(c->a, r);
    if (c->want_resolved) out->resolved = resolved_tree(c->a, x->m, r);
    compile_announce(c, "lower");
    lower_run(c, x, r, out);
    if (c->d->errors != errors) return;
    collect_sources(c->a, r, S(""), out);
    compile_announce(c, "plan");
    out->plan = plan_build(x, r);
    compile_announce(c, "layout");
    layout_run(c, out);
}

void compile_run(compilation *c, const run_input *in, run_output *out) {
    marks m;
    run_ctx x;
    open_context(&x, &m, c, c->a, arena_new(), arena_new(), false);
    passes(c, &x, in, out);
    close_context(&x);
}

/* What Tekton would refuse while it reconciles the runs of the input, without making anything of them. Objects that
 * were refused already are left alone. */
void compile_check_runs(compilation *c) {
    compile_announce(c, "runs");
    /* Nothing of a run is needed when it has been judged; messages are in the compilation's arena. */
    arena *one = arena_new(), *temp = arena_new(), *scratch = arena_new();
    for (uint32_t i = 0; i < c->world.objects.n; i++) {
        const object *o = c->world.objects.v[i];
        if (o->refused || (o->kind != OBJECT_PIPELINERUN && o->kind != OBJECT_TASKRUN)) continue;
        marks m;
        run_ctx x;
        open_context(&x, &m, c, one, temp, scratch, true);
        run_input in = {.object = o,
                        .name = o->name.n ? o->name : str_cat(c->a, o->generate_name, S("00000")),
                        .uid = S(""),
                        .namespace_ = o->namespace_.n ? o->namespace_ : c->world.default_namespace};
        run *r = resolve_run(&x, &in);
        c->d->soften = false;
        /* Tekton gets no further with a run that it can't resolve, so nothing is known of what would come then. */
        if (r && !x.unresolved) lower_run(c, &x, r, NULL);
        arena_reset(one), arena_reset(temp), arena_reset(scratch);
    }
    arena_free(one), arena_free(temp), arena_free(scratch);
    compile_announce(c, NULL);
}
