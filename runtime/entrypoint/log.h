#ifndef ENTRYPOINT_LOG_H
#define ENTRYPOINT_LOG_H
/* What the entrypoint says (stderr, one `YYYY/MM/DD HH:MM:SS text` line each, UTC), the clocks, and the one way to
 * end early.
 *
 * An early end still writes the post file's `.err`: a step that dies without it makes every later step wait for ever
 * (Tekton: a bad -when_expressions, no command for the platform, a bad flag, SIGTERM while waiting). */

#include <stdbool.h>

void log_line(const char *form, const char *one, const char *two); /* as text_form */
bool log_failure(const char *what, const char *path, int error);   /* `what path: reason`; error 0: nothing, false */
const char *log_error(int error);                                  /* the text of an errno */

void fail_post_file(const char *path); /* tells what an early end shall write; "": nothing */
void fail_write_post(void);
_Noreturn void fail_early(int exit_code, const char *what, const char *detail);
_Noreturn void fail_memory(void);

long long clock_ms(void);        /* monotonic, milliseconds */
const char *clock_started(void); /* now in RFC 3339 with three decimals, UTC: the form of StartedAt */
#endif
