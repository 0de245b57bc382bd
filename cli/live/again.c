#include "cli/live/again.h"
#include "base/emit.h"
#include "base/json.h"
#include "plan/fill.h"
#include "runtime/engine/file.h"
#include "runtime/engine/local/files.h"
#include "runtime/sequencer/moment.h"
#include "runtime/sequencer/overview.h"
#include "runtime/sequencer/record.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct reader {
    arena *a;
    const plan_run *run;
    map place;         /* task → its number + 1 */
    bool *ok;          /* it succeeded in the last run */
    again *out;
} reader;

static uint32_t place_of(const reader *x, str task) { return (uint32_t)(uintptr_t)map_get(&x->place, task); }

/* --- which task does what ---------------------------------------------------------------------------------------------- */

/* The named task and all it needs (up), or all that need it (down). Tasks come after those they need in no given order, so
 * the walk goes by edges. */
static void mark_up(const reader *x, uint32_t i, bool *marked) {
    if (marked[i]) return;
    marked[i] = true;
    const plan_task *t = x->run->tasks.v[i];
    for (uint32_t k = 0; k < t->deps.n; k++) mark_up(x, place_of(x, t->deps.v[k]) - 1, marked);
}

/* All that a mark reaches: each task is asked once for each edge, until nothing changes along the longest way. */
static void spread_down(const reader *x, bool *marked) {
    uint32_t n = x->run->tasks.n, *waiting = ARENA_ARRAY(x->a, uint32_t, n + 1), *queue = ARENA_ARRAY(x->a, uint32_t, n + 1), head = 0, tail = 0;
    VEC(uint32_t) *after = arena_alloc(x->a, sizeof *after * (n + 1));
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < x->run->tasks.v[i]->deps.n; k++) {
            vec_push(x->a, &after[place_of(x, x->run->tasks.v[i]->deps.v[k]) - 1], i);
            waiting[i]++;
        }
    for (uint32_t i = 0; i < n; i++)
        if (!waiting[i]) queue[tail++] = i;
    while (head < tail) {
        uint32_t i = queue[head++];
        for (uint32_t k = 0; k < after[i].n; k++) {
            uint32_t next = after[i].v[k];
            marked[next] |= marked[i];
            if (--waiting[next] == 0) queue[tail++] = next;
        }
    }
}

static bool find_task(const reader *x, str name, const char *option, uint32_t *i, str *problem) {
    *i = place_of(x, name);
    if (*i && !x->run->tasks.v[*i - 1]->finally) return --*i, true;
    if (*i) *problem = str_fmt(x->a, "%s: %.*s is a finally task; those run with every run", option, STR_ARG(name));
    else *problem = str_fmt(x->a, "%s: there is no task %.*s", option, STR_ARG(name));
    return false;
}

static bool choose_only(const reader *x, str name, str *problem) {
    bool *needed = ARENA_ARRAY(x->a, bool, x->run->tasks.n + 1);
    uint32_t one;
    if (!find_task(x, name, "--only", &one, problem)) return false;
    mark_up(x, one, needed);
    for (uint32_t i = 0; i < x->run->tasks.n; i++) x->out->fates[i] = x->ok[i] && !x->run->tasks.v[i]->finally ? AGAIN_KEEP : needed[i] ? AGAIN_PASS : AGAIN_SKIP;
    x->out->fates[one] = AGAIN_RUN;
    return true;
}

/* Marked tasks run, and what comes after them; so do those that did not succeed. */
static void choose_marked(const reader *x, bool *marked) {
    for (uint32_t i = 0; i < x->run->tasks.n; i++) marked[i] |= !x->ok[i];
    spread_down(x, marked);
    for (uint32_t i = 0; i < x->run->tasks.n; i++) x->out->fates[i] = marked[i] || x->run->tasks.v[i]->finally ? AGAIN_RUN : AGAIN_KEEP;
}

/* --- the last run ------------------------------------------------------------------------------------------------------ */

static bool find_last(reader *x, const state *s, str of, str *problem) {
    run_names names = {0};
    str nothing;
    if (!run_list(x->a, s, &names, problem)) return false;
    for (uint32_t i = 0; i < names.n; i++) {
        past p;
        if (!past_peek(x->a, s, names.v[i], &p, &nothing) || !str_eq(p.job.info.of, of)) continue;
        return past_open(x->a, s, names.v[i], &x->out->last, problem);
    }
    return true;
}

/* A task whose number of TaskRuns has changed since is another one. */
static bool same_size(const reader *x, uint32_t i, uint32_t runs) {
    const plan_task *t = x->run->tasks.v[i];
    return t->pipeline || t->matrix || runs == t->units.n;
}

static void read_last(reader *x) {
    seq_task_rows rows = {0};
    if (!x->out->last.s) return;
    seq_overview(x->out->last.s, x->a, &rows);
    for (uint32_t i = 0; i < rows.n; i++) {
        uint32_t n = place_of(x, rows.v[i].path);
        if (n) x->ok[n - 1] = rows.v[i].state == SEQ_TASK_SUCCEEDED && same_size(x, n - 1, rows.v[i].runs);
    }
}

/* The task of the run itself that an entry tells of; 0: none. */
static uint32_t told_of(const reader *x, const ynode *e) {
    static const char *const keys[] = {"t", "r", "run"};
    str path = STR_NONE;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !path.n; i++) path = ynode_get_text(e, str_z(keys[i]));
    uint32_t n = 0;
    while (n < path.n && path.p[n] != '/' && path.p[n] != '#') n++;
    return place_of(x, str_cut(path, 0, n));
}

static bool keep_lines(reader *x, strbuf *b, str *problem) {
    str text, path = run_file(x->a, &x->out->last.job.folder, "record.jsonl");
    if (!file_read(x->a, path, &text, problem)) return false;
    arena *scratch = arena_new();
    while (text.n) {
        const char *end = memchr(text.p, '\n', text.n);
        if (!end) break;
        str line = str_cut(text, 0, (uint32_t)(end - text.p) + 1);
        uint32_t task = told_of(x, json_read(scratch, str_cut(line, 0, line.n - 1)));
        if (task && x->out->fates[task - 1] == AGAIN_KEEP) strbuf_add(b, line);
        text = str_from(text, line.n);
        arena_reset(scratch);
    }
    arena_free(scratch);
    return true;
}

/* --- the record ---------------------------------------------------------------------------------------------------------- */

static void add_entry(arena *a, strbuf *b, const ynode *e) {
    strbuf_add(b, emit_json_str(a, e, false));
    strbuf_addc(b, '\n');
}

str again_start(arena *a, const plan *p, str uid, int64_t now) {
    ynode *e = ynode_map(a, NULL);
    ynode_put_str(a, e, S("e"), S("start"));
    ynode_put_str(a, e, S("plan"), p->name);
    ynode_put_str(a, e, S("uid"), uid);
    ynode_put(a, e, S("version"), ynode_int(a, RECORD_VERSION));
    ynode_put_str(a, e, S("at"), moment_format(a, now, MOMENT_NANOSECONDS));
    return str_cat(a, emit_json_str(a, e, false), S("\n"));
}

static void add_skip(arena *a, strbuf *b, const plan_task *t) {
    ynode *e = ynode_map(a, NULL);
    ynode_put_str(a, e, S("e"), S("skip"));
    ynode_put_str(a, e, S("t"), t->name);
    ynode_put_str(a, e, S("why"), S("PipelineRun was gracefully stopped"));
    add_entry(a, b, e);
}

/* One TaskRun, or pipeline, that ended well before it had a Pod. */
static void add_pass(arena *a, strbuf *b, const plan_task *t) {
    ynode *task = ynode_map(a, NULL), *end = ynode_map(a, NULL);
    ynode_put_str(a, task, S("e"), S("task"));
    ynode_put_str(a, task, S("t"), t->name);
    ynode_put(a, task, S("n"), ynode_int(a, t->pipeline ? 0 : 1));
    add_entry(a, b, task);
    ynode_put_str(a, end, S("e"), t->pipeline ? S("done") : S("end"));
    if (t->pipeline) {
        ynode_put_str(a, end, S("run"), t->pipeline->path);
        ynode_put_str(a, end, S("status"), S("True"));
    } else {
        ynode_put_str(a, end, S("r"), t->name);
        ynode_put(a, end, S("a"), ynode_int(a, 0));
        ynode_put(a, end, S("ok"), ynode_bool(true));
    }
    ynode_put_str(a, end, S("reason"), S("NotRun"));
    ynode_put_str(a, end, S("message"), S("not run: another task was asked for"));
    add_entry(a, b, end);
}

/* --- does it fit? --------------------------------------------------------------------------------------------------------- */

/* Goes as far as the first Pods: a task that lacks results shows then. */
static bool check(reader *x, const plan *p, const options *o, str *problem) {
    arena *a = arena_new();
    seq_identity id = {.name = p->name, .uid = S("check"), .namespace_ = S("default")};
    seq *s = seq_new(a, p, &id);
    seq_actions actions = {.a = a};
    seq_task_rows rows = {0};
    bool ok = seq_replay(s, str_cat(a, again_start(a, p, id.uid, engine_now()), x->out->lines), problem);
    if (!ok) {
        *problem = str_fmt(x->a, "the last run does not fit any more (%.*s): run all of it", STR_ARG(*problem));
    } else {
        seq_feed(s, &(seq_event){.kind = SEQ_LIST_BEGIN});
        seq_feed(s, &(seq_event){.kind = SEQ_LIST_END});
        seq_advance(s, engine_now(), &actions);
        for (uint32_t i = 0; i < actions.list.n; i++)
            if (actions.list.v[i].kind == SEQ_CREATE_CLAIM) seq_feed(s, &(seq_event){.kind = SEQ_CLAIM_DONE, .name = actions.list.v[i].name});
        seq_advance(s, engine_now(), &actions);
        seq_overview(s, a, &rows);
        for (uint32_t i = 0; i < rows.n && o->only.n && ok; i++) {
            if (!str_eq(rows.v[i].path, o->only) || (rows.v[i].state != SEQ_TASK_SKIPPED && rows.v[i].state != SEQ_TASK_FAILED)) continue;
            ok = false;
            str why = rows.v[i].message.n ? rows.v[i].message : rows.v[i].reason;
            *problem = str_fmt(x->a, "--only: %.*s can't run alone: %.*s. Run what comes before it first", STR_ARG(o->only), STR_ARG(why));
        }
    }
    seq_free(s);
    arena_free(a);
    return ok;
}

bool again_read(arena *a, const options *o, const state *s, str of, const plan *p, again *out, str *problem) {
    *out = (again){0};
    unsigned wanted = (o->only.n > 0) + (o->from.n > 0) + o->rerun_failed;
    if (!wanted) return true;
    if (wanted > 1) return *problem = S("one of --only, --from and --rerun-failed, not several"), false;
    if (!p->run.pipeline) return *problem = S("--only, --from and --rerun-failed are for pipelines"), false;
    uint32_t n = p->run.tasks.n, from;
    reader x = {.a = a, .run = &p->run, .place = map_new(a), .ok = ARENA_ARRAY(a, bool, n + 1), .out = out};
    out->fates = ARENA_ARRAY(a, again_fate, n + 1);
    for (uint32_t i = 0; i < n; i++) map_put(&x.place, p->run.tasks.v[i]->name, (void *)(uintptr_t)(i + 1));
    if (!find_last(&x, s, of, problem)) return false;
    read_last(&x);
    bool *marked = ARENA_ARRAY(a, bool, n + 1);
    if (o->only.n && !choose_only(&x, o->only, problem)) return false;
    if (o->from.n && !find_task(&x, o->from, "--from", &from, problem)) return false;
    if (!o->only.n && !out->last.s) return *problem = S("no earlier run of it is kept: run all of it first"), false;
    if (o->from.n) marked[from] = true;
    if (!o->only.n) choose_marked(&x, marked);
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < n; i++) {
        if (out->fates[i] == AGAIN_PASS) add_pass(a, &b, p->run.tasks.v[i]);
        if (out->fates[i] == AGAIN_SKIP) add_skip(a, &b, p->run.tasks.v[i]);
    }
    if (out->last.s && !keep_lines(&x, &b, problem)) return false;
    out->lines = b.p ? strbuf_str(&b) : S("");
    return check(&x, p, o, problem);
}

/* --- volumes --------------------------------------------------------------------------------------------------------------- */

static str claim_name(arena *a, const plan_claim *c, const run_info *of) {
    plan_filling f = {.a = a, .name = of->name, .namespace_ = of->namespace_, .uid = of->uid};
    return plan_claim_name(&f, c);
}

/* The folder moves; a link stays, for the case that the last run's part is asked for again. */
static bool move_folder(arena *a, const run_folder *from, str old, const run_folder *to, str new, str *problem) {
    str origin = str_fmt(a, "%.*s/claims/%.*s", STR_ARG(from->path), STR_ARG(old)), folder = run_file(a, to, "claims");
    str target = str_fmt(a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(new));
    char linked[PATH_MAX];
    if (!realpath(origin.p, linked)) return true;
    origin = str_dup(a, str_z(linked));
    if (files_make_folders(folder, 0777) && rename(origin.p, target.p) == 0) {
        int ignored = symlink(target.p, origin.p); /* a convenience: the claim is where it belongs */
        (void)ignored;
        return true;
    }
    *problem = str_fmt(a, "%.*s: %s", STR_ARG(origin), strerror(errno));
    return false;
}

bool again_claims(arena *a, const again *x, const plan *p, const job *to, const ynode **claims, str *problem) {
    const run_info *old = &x->last.job.info;
    if (!x->last.s) return true;
    if (str_eq(to->info.engine, S("kube"))) {
        if (p->run.claims.n) say("volumes from templates belong to the run that made them: this one begins with empty ones");
        return true;
    }
    if (!str_eq(old->engine, to->info.engine)) {
        if (p->run.claims.n) say("volumes of %.*s stay with the engine %.*s: this run begins with empty ones", STR_ARG(old->name), STR_ARG(old->engine));
        return true;
    }
    ynode *all = *claims ? ynode_copy(a, *claims) : ynode_map(a, NULL);
    for (uint32_t i = 0; i < p->run.claims.n; i++) {
        str was = claim_name(a, &p->run.claims.v[i], old), now = claim_name(a, &p->run.claims.v[i], &to->info);
        str alias = ynode_get_text(ynode_get(old->claims, was), S("claim"));
        if (str_eq(old->engine, S("host"))) {
            if (!move_folder(a, &x->last.job.folder, was, &to->folder, now, problem)) return false;
            continue;
        }
        ynode *behind = ynode_map(a, NULL);
        ynode_put_str(a, behind, S("claim"), alias.n ? alias : was);
        ynode_set(a, all, now, behind);
    }
    *claims = all->n ? all : NULL;
    return true;
}

/* --- --dry-run --------------------------------------------------------------------------------------------------------------- */

static uint32_t wave_of(const map *places, const plan_run *r, uint32_t i, uint32_t *waves) {
    if (waves[i]) return waves[i];
    waves[i] = 1;
    for (uint32_t k = 0; k < r->tasks.v[i]->deps.n; k++) {
        uint32_t before = wave_of(places, r, (uint32_t)(uintptr_t)map_get(places, r->tasks.v[i]->deps.v[k]) - 1, waves);
        if (before >= waves[i]) waves[i] = before + 1;
    }
    return waves[i];
}

static void show_task(arena *a, const again *x, const plan_task *t, uint32_t i, const char *when) {
    again_fate fate = x->fates ? x->fates[i] : AGAIN_RUN;
    strbuf b = {.a = a};
    if (t->pipeline) strbuf_addf(&b, ", a pipeline of %u tasks", t->pipeline->tasks.n);
    if (t->matrix) strbuf_add(&b, S(", a matrix over results"));
    else if (t->units.n > 1) strbuf_addf(&b, ", %u of a matrix", t->units.n);
    if (t->when.n) strbuf_add(&b, S(", if its conditions hold"));
    if (t->retries) strbuf_addf(&b, ", up to %u retries", t->retries);
    for (uint32_t k = 0; k < t->deps.n; k++) strbuf_addf(&b, "%s%.*s", k ? ", " : "; after ", STR_ARG(t->deps.v[k]));
    str more = b.p ? strbuf_str(&b) : S("");
    if (t->skip.n) printf("   -   %.*s: never (%.*s)\n", STR_ARG(t->name), STR_ARG(t->skip));
    else if (fate == AGAIN_RUN) printf("%s%.*s%.*s\n", when, STR_ARG(t->name), STR_ARG(more));
    else if (fate == AGAIN_KEEP) printf("   -   %.*s: kept from %.*s\n", STR_ARG(t->name), STR_ARG(x->last.job.info.name));
    else printf("   -   %.*s: not run\n", STR_ARG(t->name));
}

void again_show(arena *a, const again *x, const plan *p, str name) {
    const plan_run *r = &p->run;
    uint32_t n = r->tasks.n, last = 0, *waves = ARENA_ARRAY(a, uint32_t, n + 1);
    map places = map_new(a);
    for (uint32_t i = 0; i < n; i++) map_put(&places, r->tasks.v[i]->name, (void *)(uintptr_t)(i + 1));
    printf("%.*s\n", STR_ARG(name));
    for (uint32_t i = 0; i < n; i++)
        if (!r->tasks.v[i]->finally && wave_of(&places, r, i, waves) > last) last = waves[i];
    VEC(uint32_t) *by_wave = arena_alloc(a, sizeof *by_wave * (last + 2));
    for (uint32_t i = 0; i < n; i++) vec_push(a, &by_wave[r->tasks.v[i]->finally ? last + 1 : waves[i]], i);
    for (uint32_t wave = 1; wave <= last + 1; wave++)
        for (uint32_t i = 0; i < by_wave[wave].n; i++)
            show_task(a, x, r->tasks.v[by_wave[wave].v[i]], by_wave[wave].v[i], wave > last ? " end   " : str_fmt(a, "%4u   ", wave).p);
}
