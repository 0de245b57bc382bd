#include "cli/output.h"
#include "cli/session.h"
#include "cli/stale.h"
#include "cli/verbs.h"
#include "cli/write.h"
#include <unistd.h>

enum { JOBS_MOST = 64 };

static bool read_jobs(str text, uint32_t *out) {
    *out = 0;
    for (uint32_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || *out > JOBS_MOST) return false;
        *out = *out * 10 + (uint32_t)(text.p[i] - '0');
    }
    return *out >= 1 && *out <= JOBS_MOST;
}

int verb_compile(options *o) {
    session s;
    int code = session_open(&s, o);
    if (code != EXIT_OK) return code;
    if (o->check && (!o->output.n || str_eq(o->output, S("-")) || o->emit.n)) {
        say("--check looks at a folder: name it by -o DIR, without --emit");
        return EXIT_USAGE;
    }
    uint32_t jobs = 1;
    if (o->jobs.n && !read_jobs(o->jobs, &jobs)) {
        say("-j takes a number from 1 to %d, not \"%.*s\"", JOBS_MOST, STR_ARG(o->jobs));
        return EXIT_USAGE;
    }
    s.c.want_resolved = str_eq(o->emit, S("resolved"));
    bool to_stream = !o->output.n || str_eq(o->output, S("-"));
    s.c.texts_only = !str_eq(o->emit, S("pods")) && !(to_stream && o->json);
    if (str_eq(o->emit, S("ast")))
        compile_check(&s.c);
    else if (str_eq(o->emit, S("runs")))
        compile_select(&s.c);
    else
        compile(&s.c);
    code = session_report(&s, STDERR_FILENO);
    if (code != EXIT_OK) return code; /* nothing is written when there is an error */
    if (o->emit.n) return output_stage(s.a, &s.c, o->emit, o->json);
    if (to_stream) return output_stream(s.a, &s.c, o->json);
    if (o->check) return stale_check(s.a, &s.c, o->output, &o->inputs);
    return write_folder(s.a, &s.c, o->output, &o->inputs, jobs);
}
