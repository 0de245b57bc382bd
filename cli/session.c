#include "cli/session.h"
#include "cli/input.h"
#include "cli/paths.h"
#include "cli/request.h"
#include "cli/settings.h"
#include "cli/severity.h"
#include "compiler/diags.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

bool session_write(int stream, str bytes, str name) {
    for (uint32_t done = 0; done < bytes.n;) {
        ssize_t n = write(stream, bytes.p + done, bytes.n - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return say("%.*s: can't be written: %s", STR_ARG(name), strerror(errno)), false;
        done += (uint32_t)n;
    }
    return true;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The end of a pass is the begin of the next one. */
static void time_pass(void *ctx, const char *name) {
    session *s = ctx;
    double t = now();
    size_t bytes = arena_bytes(s->a);
    if (s->pass)
        fprintf(stderr, "%-12s %9.3f ms %9.1f MB\n", s->pass, (t - s->pass_start) * 1e3,
                (double)(bytes - s->pass_bytes) / 1e6);
    s->pass = name;
    s->pass_start = t;
    s->pass_bytes = bytes;
}

int session_start(session *s, options *o) {
    *s = (session){.a = o->a, .o = o, .sources = sources_new(o->a)};
    s->d = (diags){.a = o->a, .table = diag_rules, .sources = &s->sources};
    int code = settings_read(o->a, o);
    return code == EXIT_OK ? severity_read(o->a, &s->d, o) : code;
}

int session_ready(session *s) {
    s->c.inputs = s->sources.n; /* what options bring comes behind */
    int code = request_read(s->a, &s->sources, &s->d, s->o, &s->request);
    s->c.a = s->a;
    s->c.sources = &s->sources;
    s->c.d = &s->d;
    s->c.request = &s->request;
    if (s->o->timings) {
        s->c.pass = time_pass;
        s->c.pass_ctx = s;
    }
    return code;
}

int session_open(session *s, options *o) {
    if (!o->inputs.n) {
        say("nothing to read: name files or directories, or - for standard input");
        return EXIT_USAGE;
    }
    int code = session_start(s, o);
    if (code == EXIT_OK && !input_read(s->a, &s->sources, &o->inputs)) code = EXIT_IO;
    return code == EXIT_OK ? session_ready(s) : code;
}

bool session_wants_color(const options *o, int stream) {
    if (o->color.n && !str_eq(o->color, S("auto"))) return str_eq(o->color, S("always"));
    const char *no = getenv("NO_COLOR");
    return isatty(stream) && !(no && *no);
}

static int by_place(const void *x, const void *y) {
    const hidden_range *a = x, *b = y;
    return a->at < b->at ? -1 : a->at > b->at;
}

/* The world's ranges in the order of the text: items of a List may come by aliases. */
static void hide_secrets(session *s, rendering *r) {
    uint32_t n = s->c.world.secrets.n;
    hidden_range *ranges = ARENA_ARRAY(s->a, hidden_range, n + 1);
    for (uint32_t i = 0; i < n; i++)
        ranges[i] = (hidden_range){s->c.world.secrets.v[i].at, s->c.world.secrets.v[i].end};
    qsort(ranges, n, sizeof *ranges, by_place);
    r->hidden = ranges;
    r->hidden_count = n;
}

rendering session_rendering(session *s, int stream) {
    diags_sort(&s->d);
    rendering r = {
        .a = s->a,
        .sources = &s->sources,
        .inputs = s->c.inputs,
        .d = &s->d,
        .color = session_wants_color(s->o, stream),
        .fail_on = str_eq(s->o->fail_on, S("warning")) ? SEV_WARNING : SEV_ERROR,
    };
    r.paths = paths_new(s->a, &s->c.documents);
    hide_secrets(s, &r);
    return r;
}

int session_report(session *s, int stream) {
    rendering r = session_rendering(s, stream);
    str text = render(&r, s->o->format.n ? s->o->format : S("text"));
    if (!session_write(stream, text, S("messages"))) return EXIT_IO;
    return s->d.errors || (s->d.warnings && r.fail_on == SEV_WARNING) ? EXIT_INPUT : EXIT_OK;
}
