/* tektonc status: the runs that are kept here, or one of them. */
#include "base/emit.h"
#include "cli/live/past.h"
#include "cli/live/where.h"
#include "cli/live/text.h"
#include "cli/live/verbs.h"
#include "cli/session.h"
#include "runtime/sequencer/moment.h"
#include "runtime/sequencer/overview.h"
#include <stdio.h>
#include <unistd.h>

static int broken(str problem) { return say("%.*s", STR_ARG(problem)), EXIT_IO; }

/* --- tables ------------------------------------------------------------------------------------------------------------ */

enum { COLUMNS_MOST = 8 };

typedef struct table {
    arena *a;
    uint32_t columns;
    VEC(str) cells;
} table;

static void row(table *t, const str *cells) {
    for (uint32_t i = 0; i < t->columns; i++) vec_push(t->a, &t->cells, cells[i]);
}

static uint32_t width(str text) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < text.n; i++) n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return n;
}

static void print(const table *t) {
    uint32_t widths[COLUMNS_MOST] = {0};
    for (uint32_t i = 0; i < t->cells.n; i++) {
        uint32_t n = width(t->cells.v[i]);
        if (n > widths[i % t->columns]) widths[i % t->columns] = n;
    }
    for (uint32_t i = 0; i < t->cells.n; i++) {
        uint32_t column = i % t->columns;
        printf("%.*s", STR_ARG(t->cells.v[i]));
        if (column + 1 == t->columns) putchar('\n');
        else printf("%*s", (int)(widths[column] - width(t->cells.v[i]) + 3), "");
    }
}

static str or_dash(str text) { return text.n ? text : S("-"); }

/* --- all runs ---------------------------------------------------------------------------------------------------------- */

static str time_of(arena *a, const past *p) {
    int64_t until = p->summary.ended ? p->summary.ended : engine_now();
    return p->summary.started && (p->summary.ended || p->busy) ? text_duration(a, until - p->summary.started) : S("-");
}

static int list_runs(arena *a, const state *s, bool wide) {
    run_names names = {0};
    str problem = STR_NONE;
    table t = {.a = a, .columns = wide ? 8 : 5};
    if (!run_list(a, s, &names, &problem)) return broken(problem);
    if (!names.n) return say("no runs yet"), EXIT_OK;
    row(&t, (const str[]){S("RUN"), S("ENGINE"), S("STATE"), S("TASKS"), S("TIME"), S("STARTED"), S("REASON"), S("MESSAGE")});
    for (uint32_t i = 0; i < names.n; i++) {
        past p;
        if (!past_peek(a, s, names.v[i], &p, &problem)) continue; /* being made or removed */
        str tasks = p.summary.total ? str_fmt(a, "%u/%u", p.summary.done, p.summary.total) : S("-");
        row(&t, (const str[]){p.job.info.name, p.job.info.engine, past_state(&p), tasks, time_of(a, &p), moment_format(a, p.job.info.created, MOMENT_SECONDS), or_dash(p.summary.reason),
                              or_dash(p.summary.message)});
    }
    print(&t);
    return EXIT_OK;
}

/* --- one run ------------------------------------------------------------------------------------------------------------- */

static const char *const state_words[] = {
    [SEQ_TASK_WAITING] = "Waiting", [SEQ_TASK_RUNNING] = "Running", [SEQ_TASK_SUCCEEDED] = "Succeeded", [SEQ_TASK_FAILED] = "Failed",
    [SEQ_TASK_IGNORED] = "Failed (ignored)", [SEQ_TASK_CANCELLED] = "Cancelled", [SEQ_TASK_SKIPPED] = "Skipped",
};

static void add_task(table *t, const past *p, const seq_task_row *r) {
    arena *a = t->a;
    bool running = r->state == SEQ_TASK_RUNNING;
    int64_t until = r->ended ? r->ended : engine_now();
    str state_ = running && !p->busy ? S("Interrupted") : str_z(state_words[r->state]), why = r->message.n ? r->message : r->reason;
    str time = r->started && (r->ended || p->busy) ? text_duration(a, until - r->started) : S("-");
    str runs = r->runs > 1 ? str_fmt(a, "%u/%u", r->runs_done, r->runs) : S("-"), retries = r->retries ? str_fmt(a, "%u/%u", r->attempt, r->retries) : S("-");
    if (r->state == SEQ_TASK_SUCCEEDED) why = STR_NONE;
    row(t, (const str[]){r->path, state_, time, runs, retries, text_fit(a, or_dash(why), 100)});
}

static int show_run(arena *a, const past *p) {
    seq_task_rows rows = {0};
    table t = {.a = a, .columns = 6};
    const run_summary *s = &p->summary;
    printf("Run:      %.*s\nEngine:   %.*s\nState:    %.*s\n", STR_ARG(p->job.info.name), STR_ARG(p->job.info.engine), STR_ARG(past_state(p)));
    if (s->reason.n) printf("Reason:   %.*s\n", STR_ARG(s->reason));
    if (s->message.n) printf("Message:  %.*s\n", STR_ARG(s->message));
    printf("Started:  %.*s\nTime:     %.*s\n\n", STR_ARG(moment_format(a, p->job.info.created, MOMENT_SECONDS)), STR_ARG(time_of(a, p)));
    if (!p->s) return say("the record of %.*s can't be read", STR_ARG(p->job.info.name)), EXIT_IO;
    seq_overview(p->s, a, &rows);
    row(&t, (const str[]){S("TASK"), S("STATE"), S("TIME"), S("RUNS"), S("RETRIES"), S("MESSAGE")});
    for (uint32_t i = 0; i < rows.n; i++) add_task(&t, p, &rows.v[i]);
    print(&t);
    if (!s->ended && !p->busy) printf("\nInterrupted: `tektonc run --resume=%.*s` goes on with it.\n", STR_ARG(p->job.info.name));
    return EXIT_OK;
}

static int print_tree(arena *a, const past *p, str form) {
    str problem = STR_NONE;
    const ynode *tree = run_read_tree(a, &p->job.folder, "status.json", &problem);
    if (!tree) return broken(problem);
    str text = str_eq(form, S("json")) ? str_cat(a, emit_json_str(a, tree, true), S("\n")) : emit_yaml_str(a, tree);
    return session_write(STDOUT_FILENO, text, S("standard output")) ? EXIT_OK : EXIT_IO;
}

/* --- in a cluster ---------------------------------------------------------------------------------------------------------- */

static int list_cluster(cluster *c, bool wide) {
    arena *a = c->a;
    cluster_runs runs = {0};
    str problem = STR_NONE;
    table t = {.a = a, .columns = wide ? 6 : 4};
    if (!cluster_list(c, &runs, &problem)) return broken(problem);
    if (!runs.n) return say("no runs in the namespace %.*s", STR_ARG(c->namespace_)), EXIT_OK;
    row(&t, (const str[]){S("RUN"), S("STATE"), S("TASKS"), S("STARTED"), S("REASON"), S("MESSAGE")});
    for (uint32_t i = 0; i < runs.n; i++) {
        const cluster_run *r = &runs.v[i];
        row(&t, (const str[]){r->name, r->phase.n ? r->phase : S("Pending"), or_dash(r->progress), moment_format(a, r->created, MOMENT_SECONDS), or_dash(r->reason), or_dash(r->message)});
    }
    print(&t);
    return EXIT_OK;
}

/* A row for each TaskRun of the status. */
static void add_object(table *t, const ynode *one) {
    arena *a = t->a;
    const ynode *meta = ynode_get(one, S("metadata")), *status = ynode_get(one, S("status")), *conditions = ynode_get(status, S("conditions"));
    const ynode *c = ynode_count(conditions) ? conditions->items[0] : NULL;
    str task = ynode_get_text(ynode_get(meta, S("labels")), S("tekton.dev/pipelineTask")), truth = ynode_get_text(c, S("status"));
    str begun = ynode_get_text(status, S("startTime")), done = ynode_get_text(status, S("completionTime"));
    int64_t from = 0, to = engine_now();
    bool timed = begun.n && moment_parse(begun, &from) && (!done.n || moment_parse(done, &to));
    str shown = str_eq(truth, S("True")) ? S("Succeeded") : str_eq(truth, S("False")) ? S("Failed") : S("Running");
    str message = str_eq(truth, S("True")) ? STR_NONE : ynode_get_text(c, S("message"));
    row(t, (const str[]){task.n ? task : ynode_get_text(meta, S("name")), shown, timed ? text_duration(a, to - from) : S("-"), text_fit(a, or_dash(message), 100)});
}

static int show_cluster(cluster *c, const cluster_run *r, str form) {
    arena *a = c->a;
    str problem = STR_NONE;
    table t = {.a = a, .columns = 4};
    const ynode *all = cluster_status(c, r, &problem), *items = ynode_get(all, S("items"));
    if (!all && (problem.n || form.n)) return broken(problem.n ? problem : str_fmt(a, "the run %.*s has no status yet", STR_ARG(r->name)));
    if (form.n) {
        str text = str_eq(form, S("json")) ? str_cat(a, emit_json_str(a, all, true), S("\n")) : emit_yaml_str(a, all);
        return session_write(STDOUT_FILENO, text, S("standard output")) ? EXIT_OK : EXIT_IO;
    }
    printf("Run:      %.*s%s\nIn:       namespace %.*s\nState:    %.*s\n", STR_ARG(r->name), r->job ? " (a Job)" : "", STR_ARG(c->namespace_),
           STR_ARG(r->phase.n ? r->phase : S("Pending")));
    if (r->progress.n) printf("Tasks:    %.*s\n", STR_ARG(r->progress));
    if (r->reason.n) printf("Reason:   %.*s\n", STR_ARG(r->reason));
    if (r->message.n) printf("Message:  %.*s\n", STR_ARG(r->message));
    printf("Started:  %.*s\n\n", STR_ARG(moment_format(a, r->created, MOMENT_SECONDS)));
    row(&t, (const str[]){S("TASK"), S("STATE"), S("TIME"), S("MESSAGE")});
    YNODE_EACH(i, one, items)
        if (str_eq(ynode_get_text(one, S("kind")), S("TaskRun"))) add_object(&t, one);
    print(&t);
    return EXIT_OK;
}

int verb_status(options *o) {
    arena *a = o->a;
    where w;
    past p;
    str problem = STR_NONE;
    if (o->inputs.n > 1) return say("status shows one run, or all"), EXIT_USAGE;
    bool wide = str_eq(o->output, S("wide"));
    str form = wide ? STR_NONE : o->output;
    if (!o->inputs.n && form.n) return say("-o %.*s needs a run", STR_ARG(form)), EXIT_USAGE;
    if (!o->inputs.n) {
        if (!where_open(a, o, &w, &problem)) return broken(problem);
        return w.in_cluster ? list_cluster(&w.kube, wide) : list_runs(a, &w.state, wide);
    }
    if (!where_find(a, o, o->inputs.v[0], &w, &problem)) return broken(problem);
    if (w.in_cluster) return show_cluster(&w.kube, &w.run, form);
    if (!past_open(a, &w.state, o->inputs.v[0], &p, &problem)) return broken(problem);
    int code = form.n ? print_tree(a, &p, form) : show_run(a, &p);
    past_close(&p);
    return code;
}
