#include "runtime/engine/engine.h"
#include <stdio.h>
#include <time.h>

int64_t engine_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void (*log_line)(void *ctx, str line);
static void *log_ctx;

void engine_log_to(void (*line)(void *ctx, str line), void *ctx) {
    log_line = line;
    log_ctx = ctx;
}

void engine_log(const char *format, ...) {
    char line[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (log_line) log_line(log_ctx, str_z(line));
    else fprintf(stderr, "%s\n", line);
}
