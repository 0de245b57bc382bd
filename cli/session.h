#ifndef CLI_SESSION_H
#define CLI_SESSION_H
/* What compile and check share: options to sources, request and compilation; diagnostics to a stream; the exit code.
 *
 * One session per run of the program; everything lives in its arena. */
#include "cli/options.h"
#include "cli/render.h"
#include "compiler/compile.h"

typedef struct session {
    arena *a;
    options *o;
    sources sources;
    diags d;
    request request;
    compilation c;
    double pass_start; /* --timings */
    const char *pass;
    size_t pass_bytes;
} session;

/* Reads everything; EXIT_OK or the code to end with. */
int session_open(session *s, options *o);
/* How to render the diagnostics for a stream: sorted, values of Secrets hidden. */
rendering session_rendering(session *s, int stream);
/* The same in two steps, for who brings the sources himself: settings and severities; after the sources are there, the
 * request. */
int session_start(session *s, options *o);
int session_ready(session *s);
/* Writes the diagnostics to the stream (1 or 2) and yields the exit code that they mean. */
int session_report(session *s, int stream);
/* What --color and the environment say about a stream. */
bool session_wants_color(const options *o, int stream);
/* All of the bytes; false (said) when they can't be written. */
bool session_write(int stream, str bytes, str name);
#endif
