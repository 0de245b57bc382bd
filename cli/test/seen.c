/* What happened, as a tree of the shape of `expect`: from the status of the run and from its Pods. */
#include "cli/test/test.h"
#include "grammar/duration.h"

typedef struct seen {
    arena *a;
    bool pods;
    map objects;   /* "PipelineRun/name", "TaskRun/name" → the object with its status */
    map first, last; /* TaskRun → its first and last Pod */
    map *ran;
    ynode *skipped, *tasks;
} seen;

static void put(arena *a, ynode *m, const char *key, str text) {
    if (text.n) ynode_put_str(a, m, str_z(key), text);
}

static void put_time(arena *a, ynode *m, const char *key, int64_t ns) { ynode_put_str(a, m, str_z(key), duration_format(a, ns)); }

/* [{name, value}] as a mapping. */
static ynode *mapping(arena *a, const ynode *named) {
    ynode *m = ynode_map(a, NULL);
    YNODE_EACH(i, one, named) {
        const ynode *value = ynode_get(one, S("value"));
        if (value) ynode_set(a, m, ynode_get_text(one, S("name")), value);
    }
    return m;
}

static const ynode *condition_of(const ynode *o) {
    const ynode *all = ynode_get(ynode_get(o, S("status")), S("conditions"));
    return ynode_count(all) ? all->items[0] : NULL;
}

static void put_condition(arena *a, ynode *m, const ynode *o) {
    const ynode *c = condition_of(o);
    str status = ynode_get_text(c, S("status"));
    put(a, m, "status", str_eq(status, S("True")) ? S("Succeeded") : str_eq(status, S("False")) ? S("Failed") : S("Running"));
    put(a, m, "reason", ynode_get_text(c, S("reason")));
    put(a, m, "message", ynode_get_text(c, S("message")));
}

/* ---- Pods ------------------------------------------------------------------------------------------------------- */

static const ynode *script_of(arena *a, const ynode *pod, str path) {
    uint32_t at = path.n;
    while (at > 0 && path.p[at - 1] != '/') at--;
    str key = str_fmt(a, "tektonc.dev/%.*s", STR_ARG(str_from(path, at)));
    return ynode_get(ynode_get(ynode_get(pod, S("metadata")), S("annotations")), key);
}

/* What the entrypoint is told to start: `-entrypoint WORD -- WORD...`. */
static void put_command(arena *a, ynode *m, const ynode *pod, const ynode *args) {
    ynode *rest = ynode_seq(a, NULL), *all = ynode_seq(a, NULL);
    uint32_t n = ynode_count(args), i = 0;
    while (i + 1 < n && !str_eq(ynode_text(args->items[i]), S("-entrypoint"))) i++;
    if (i + 1 >= n) return;
    str word = ynode_text(args->items[i + 1]);
    const ynode *script = str_starts(word, S("/tekton/scripts/")) ? script_of(a, pod, word) : NULL;
    if (word.n) ynode_push(a, all, args->items[i + 1]);
    for (i += 3; i < n; i++) {
        ynode_push(a, rest, args->items[i]);
        ynode_push(a, all, args->items[i]);
    }
    if (script)
        ynode_put(a, m, S("script"), script);
    else
        ynode_put(a, m, S("command"), all);
    ynode_put(a, m, S("args"), rest);
}

static const ynode *step_tree(arena *a, const ynode *pod, const ynode *container) {
    ynode *m = ynode_map(a, NULL), *env = ynode_map(a, NULL);
    put(a, m, "image", ynode_get_text(container, S("image")));
    put_command(a, m, pod, ynode_get(container, S("args")));
    YNODE_EACH(i, v, ynode_get(container, S("env"))) {
        const ynode *value = ynode_get(v, S("value")), *from = ynode_get(v, S("valueFrom"));
        ynode_set(a, env, ynode_get_text(v, S("name")), value ? value : from ? from : ynode_str(a, S(""), NULL));
    }
    ynode_put(a, m, S("env"), env);
    put(a, m, "workingDir", ynode_get_text(container, S("workingDir")));
    return m;
}

static ynode *steps_tree(arena *a, const rehearsal_pod *p, const ynode *status) {
    ynode *steps = ynode_map(a, NULL);
    YNODE_EACH(i, c, ynode_get(ynode_get(p->pod, S("spec")), S("containers"))) {
        str name = ynode_get_text(c, S("name"));
        if (!str_starts(name, S("step-"))) continue;
        ynode *m = (ynode *)(uintptr_t)step_tree(a, p->pod, c);
        YNODE_EACH(k, s, ynode_get(status, S("steps"))) {
            const ynode *code = ynode_get(ynode_get(s, S("terminated")), S("exitCode"));
            if (!str_eq(ynode_get_text(s, S("container")), name) || !code) continue;
            ynode_put(a, m, S("exitCode"), code);
            ynode_put(a, m, S("skipped"), ynode_bool(str_eq(ynode_get_text(s, S("terminationReason")), S("Skipped"))));
        }
        ynode_put(a, steps, str_from(name, 5), m);
    }
    return steps;
}

/* ---- tasks ------------------------------------------------------------------------------------------------------ */

static const ynode *task_run_tree(seen *y, str name) {
    arena *a = y->a;
    const ynode *run = map_get(&y->objects, str_cat(a, S("TaskRun/"), name)), *status = ynode_get(run, S("status"));
    const rehearsal_pod *first = map_get(&y->first, name), *last = map_get(&y->last, name);
    ynode *m = ynode_map(a, NULL);
    put_condition(a, m, run);
    ynode_put(a, m, S("attempts"), ynode_int(a, last ? last->attempt + 1 : 0));
    if (last) {
        put_time(a, m, "started", first->start);
        put_time(a, m, "ended", last->end);
    }
    ynode_put(a, m, S("params"), mapping(a, ynode_get(ynode_get(run, S("spec")), S("params"))));
    ynode_put(a, m, S("results"), mapping(a, ynode_get(status, S("results"))));
    if (last && last->pod) {
        ynode_put(a, m, S("steps"), steps_tree(a, last, status));
        if (y->pods) ynode_put(a, m, S("pod"), last->pod);
    }
    return m;
}

static void note_pod(seen *y, rehearsal_pod *p) {
    map_add(&y->first, p->task_run, p);
    map_put(&y->last, p->task_run, p);
    /* Its task, and the pipelines that it is in. */
    for (uint32_t i = 0; i <= p->task.n; i++) {
        if (i < p->task.n && p->task.p[i] != '/') continue;
        str path = str_cut(p->task, 0, i);
        seen_task *t = map_get(y->ran, path);
        if (!t) {
            map_put(y->ran, path, t = ARENA_NEW(y->a, seen_task));
            *t = (seen_task){.ran = true, .start = p->start, .end = p->end};
        }
        if (p->end > t->end) t->end = p->end;
    }
}

static ynode *task_tree(seen *y, const ynode *task_runs) {
    arena *a = y->a;
    if (task_runs->n == 1 && task_runs->items[0]) {
        ynode *m = ynode_copy(a, task_runs->items[0]);
        ynode_put(a, m, S("taskRuns"), ynode_int(a, 1));
        return m;
    }
    ynode *m = ynode_map(a, NULL);
    ynode_put(a, m, S("taskRuns"), ynode_int(a, task_runs->n));
    ynode_put(a, m, S("combinations"), task_runs);
    return m;
}

static void put_run(seen *y, const plan_run *r, str path, const ynode *run) {
    arena *a = y->a;
    const ynode *status = ynode_get(run, S("status"));
    map reasons = map_new(a), runs = map_new(a);
    YNODE_EACH(i, s, ynode_get(status, S("skippedTasks")))
        map_put(&reasons, ynode_get_text(s, S("name")), (void *)(uintptr_t)ynode_get(s, S("reason")));
    YNODE_EACH(i, c, ynode_get(status, S("childReferences"))) {
        str task = ynode_get_text(c, S("pipelineTaskName"));
        ynode *refs = map_get(&runs, task);
        if (!refs) map_put(&runs, task, refs = ynode_seq(a, NULL));
        ynode_push(a, refs, c);
    }
    for (uint32_t i = 0; i < r->tasks.n; i++) {
        const plan_task *t = r->tasks.v[i];
        str name = path.n ? str_cat(a, path, t->name) : t->name;
        const ynode *children = map_get(&runs, t->name), *reason = map_get(&reasons, t->name);
        ynode *m = ynode_map(a, NULL);
        if (children && t->pipeline) {
            const ynode *inner = map_get(&y->objects, str_cat(a, S("PipelineRun/"), ynode_get_text(children->items[0], S("name"))));
            put_condition(a, m, inner);
            ynode_put(a, m, S("results"), mapping(a, ynode_get(ynode_get(inner, S("status")), S("results"))));
            ynode_put(a, y->tasks, name, m);
            put_run(y, t->pipeline, str_cat(a, name, S("/")), inner);
            continue;
        }
        if (children) {
            ynode *all = ynode_seq(a, NULL);
            YNODE_EACH(k, c, children) ynode_push(a, all, task_run_tree(y, ynode_get_text(c, S("name"))));
            m = task_tree(y, all);
        } else {
            put(a, m, "status", reason ? S("Skipped") : S("NotStarted"));
            put(a, m, "reason", ynode_text(reason));
        }
        if (reason) ynode_put(a, y->skipped, name, reason);
        ynode_put(a, y->tasks, name, m);
    }
}

const ynode *seen_build(test_case *x, bool pods, map *ran) {
    arena *a = x->a;
    seen y = {.a = a, .pods = pods, .objects = map_new(a), .first = map_new(a), .last = map_new(a), .ran = ran,
              .skipped = ynode_map(a, NULL), .tasks = ynode_map(a, NULL)};
    const ynode *items = ynode_get(seq_status_list(x->r.s, a), S("items")), *root = items->items[0];
    ynode *m = ynode_map(a, NULL), *names = ynode_seq(a, NULL);
    YNODE_EACH(i, one, items)
        map_put(&y.objects, str_fmt(a, "%.*s/%.*s", STR_ARG(ynode_get_text(one, S("kind"))), STR_ARG(ynode_get_text(ynode_get(one, S("metadata")), S("name")))),
                (void *)(uintptr_t)one);
    for (uint32_t i = 0; i < x->r.pods.n; i++) note_pod(&y, x->r.pods.v[i]);
    if (x->plan->run.pipeline) {
        put_run(&y, &x->plan->run, S(""), root);
    } else {
        ynode *all = ynode_seq(a, NULL);
        ynode_push(a, all, task_run_tree(&y, ynode_get_text(ynode_get(root, S("metadata")), S("name"))));
        ynode_put(a, y.tasks, x->plan->run.tasks.v[0]->name, task_tree(&y, all));
    }
    put_condition(a, m, root);
    put_time(a, m, "duration", x->r.end);
    ynode_put(a, m, S("results"), mapping(a, ynode_get(ynode_get(root, S("status")), S("results"))));
    for (uint32_t i = 0; i < ran->n; i++) ynode_push(a, names, ynode_str(a, ran->entries[i].key, NULL));
    ynode_put(a, m, S("ran"), names);
    ynode_put(a, m, S("skipped"), y.skipped);
    ynode_put(a, m, S("tasks"), y.tasks);
    return m;
}
