#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/mem.h"
#include "runtime/entrypoint/sys.h"
#include <assert.h>

static const char *post_error_file;

/* The time of now by a form: y, M, d, H, m, s and f (milliseconds), each letter a digit; the rest stands for itself.
 * UTC always: reading zone files would cost more code than the rest of this file, for the same instant. */
static char *put_time(char *at, const char *form) {
    static const unsigned char days_before_month[] = {0,   31,  59,  90, 120, 151,
                                                      181, 212, 243, 17, 48,  78}; /* from October on less 256 */
    static const char letters[] = "yMdHmsf";
    struct timespec now;
    sys_call(CLOCK_REALTIME, (long)&now, 0, 0, SYS_clock_gettime);
    unsigned day = (unsigned)(now.tv_sec / 86400), second = (unsigned)(now.tv_sec % 86400), year = 1970, month = 12,
             first;
    for (unsigned length; day >= (length = year % 4 == 0 ? 366 : 365); year++) day -= length; /* good until 2100 */
    do {
        month--;
        first = days_before_month[month] + (month > 8 ? 256u : 0) + (month > 1 && year % 4 == 0);
    } while (first > day);
    unsigned values[] = {year,
                         month + 1,
                         day - first + 1,
                         second / 3600,
                         second / 60 % 60,
                         second % 60,
                         (unsigned)(now.tv_nsec / 1000000)};
    size_t n = strlen(form);
    for (size_t i = n; i-- > 0;) { /* from the last digit of each value */
        at[i] = form[i];
        for (size_t k = 0; letters[k]; k++) {
            if (form[i] != letters[k]) continue;
            at[i] = (char)('0' + values[k] % 10);
            values[k] /= 10;
        }
    }
    return at + n;
}

const char *clock_started(void) {
    char *text = mem_take(32);
    put_time(text, "yyyy-MM-ddTHH:mm:ss.fffZ");
    return text;
}

long long clock_ms(void) {
    struct timespec now;
    sys_call(CLOCK_MONOTONIC, (long)&now, 0, 0, SYS_clock_gettime);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One write per line, so that lines of several steps on one stream don't mix. */
void log_line(const char *form, const char *one, const char *two) {
    char time[32];
    *put_time(time, "yyyy/MM/dd HH:mm:ss ") = '\0';
    buf line = {0};
    buf_form(&line, "\1\2\n", time, text_form(form, one, two), NULL, NULL);
    sys_write(2, line.p, line.n);
}

bool log_failure(const char *what, const char *path, int error) {
    if (error) log_line(what, path, log_error(error));
    return error != 0;
}

/* The reasons that can be told from each other by what a person does next; libc's list of all is three times this. */
const char *log_error(int error) {
    static const char texts[] = "\2no such file or directory\0\15permission denied\0\1not permitted\0"
                                "\24not a directory\0\25is a directory\0\10exec format error\0"
                                "\34no space left on device\0\36read-only file system\0"
                                "\33too large\0\112bad content\0";
    static_assert(ENOENT == 2 && EACCES == 13 && EPERM == 1 && ENOTDIR == 20 && EISDIR == 21 && ENOEXEC == 8 &&
                      ENOSPC == 28 && EROFS == 30 && EFBIG == 27 && EBADMSG == 74,
                  "the numbers above");
    for (const char *text = texts; *text; text += strlen(text) + 1)
        if (*text == error) return text + 1;
    return str_join("error ", str_number(error));
}

void fail_post_file(const char *path) { post_error_file = *path ? str_join(path, ".err") : NULL; }

void fail_write_post(void) {
    const char *path = post_error_file;
    post_error_file = NULL; /* once: running out of memory below must not come back here */
    if (path) log_failure("Creating \1: \2", path, file_write(path, S(""), 0666));
}

void fail_early(int exit_code, const char *what, const char *detail) {
    log_line("\1\2", what, detail);
    fail_write_post();
    sys_exit(exit_code);
}

void fail_memory(void) {
    sys_write(2, "out of memory\n", 14);
    fail_write_post();
    sys_exit(1);
}
