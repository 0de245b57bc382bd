#include "cli/live/past.h"
#include "runtime/engine/file.h"

bool past_peek(arena *a, const state *s, str name, past *out, str *problem) {
    *out = (past){.a = a, .job = {.state = s}};
    if (!run_open(a, s, name, &out->job.folder, problem) || !run_read_info(a, &out->job.folder, &out->job.info, problem)) return false;
    out->busy = run_busy(&out->job.folder);
    run_read_summary(a, &out->job.folder, &out->summary);
    return true;
}

bool past_open(arena *a, const state *s, str name, past *out, str *problem) {
    str text, nothing;
    if (!past_peek(a, s, name, out, problem) || !job_load(a, &out->job, problem)) return false;
    const run_info *i = &out->job.info;
    seq_identity id = {.name = i->name, .uid = i->uid, .namespace_ = i->namespace_};
    out->s = seq_new(a, out->job.plan, &id);
    if (!file_read(a, run_file(a, &out->job.folder, "record.jsonl"), &text, &nothing)) return true;
    while (text.n && text.p[text.n - 1] != '\n') text.n--;
    if (!text.n || seq_replay(out->s, text, problem)) return true;
    seq_free(out->s);
    out->s = NULL;
    return true;
}

void past_close(past *p) {
    if (p->s) seq_free(p->s);
}

str past_state(const past *p) {
    if (!p->summary.ended) return p->busy ? S("Running") : S("Interrupted");
    if (str_starts(p->summary.reason, S("Cancelled")) || str_eq(p->summary.reason, S("TaskRunCancelled"))) return S("Cancelled");
    return p->summary.phase;
}
