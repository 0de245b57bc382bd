/* The record (runtime/sequencer/record.h) as one file: whole lines, appended, and on the disk before anything follows from
 * them. That nobody else writes it is the lock's doing (state.h). */
#include "runtime/engine/file.h"
#include "runtime/engine/local/inner.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static engine_answer broken(local *l, str path, str *problem) {
    *problem = str_fmt(l->a, "%.*s: %s", STR_ARG(path), strerror(errno));
    return ENGINE_BROKEN;
}

engine_answer record_open(local *l, bool (*lines)(void *ctx, str lines), void *ctx, str *problem) {
    str path = run_file(l->a, l->config.folder, "record.jsonl"), text = STR_NONE;
    if (l->record < 0) l->record = open(path.p, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (l->record < 0) return broken(l, path, problem);
    if (!file_read(l->scratch, path, &text, problem)) return ENGINE_BROKEN;
    uint32_t whole = text.n;
    while (whole && text.p[whole - 1] != '\n') whole--; /* a write that a crash cut off was never acted upon */
    if (whole < text.n && ftruncate(l->record, whole) != 0) return broken(l, path, problem);
    if (whole && !lines(ctx, str_cut(text, 0, whole))) return ENGINE_BROKEN;
    return ENGINE_DONE;
}

engine_answer record_append(local *l, str lines, str *problem) {
    str path = run_file(l->scratch, l->config.folder, "record.jsonl");
    for (uint32_t done = 0; done < lines.n;) {
        ssize_t n = write(l->record, lines.p + done, lines.n - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return broken(l, path, problem);
        done += (uint32_t)n;
    }
    return fdatasync(l->record) == 0 || errno == EINVAL ? ENGINE_DONE : broken(l, path, problem);
}
