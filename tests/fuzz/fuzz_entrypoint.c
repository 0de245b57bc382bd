/* Any bytes as what the entrypoint reads: its command line, JSON, `when`, references in texts, base64, DEFLATE; the first
 * byte says which. The kernel is made up here instead of sys.c, so that nothing is opened or run: a file that exists
 * holds the input. Holds: JSON strings come out and in again the same; what is packed unpacks to the same; flags end the
 * program or take all words. */
#include "runtime/entrypoint/mem.c"

#include "fuzz.h"
#include "runtime/entrypoint/base64.h"
#include "runtime/entrypoint/deflate.h"
#include "runtime/entrypoint/flags.h"
#include "runtime/entrypoint/message.h"
#include "runtime/entrypoint/subst.h"
#include "runtime/entrypoint/when.h"
#include <setjmp.h>

/* --- the kernel ---------------------------------------------------------------------------------------------------- */

static str file; /* what a file holds */
static size_t file_at;
static jmp_buf exited;

long sys_call(long a, long b, long c, long d, long number) {
    (void)a, (void)c, (void)d;
    if (number == SYS_clock_gettime) memset((void *)b, 0, sizeof(struct timespec));
    return number == SYS_clock_gettime ? 0 : -ENOSYS;
}
int sys_open(const char *path, int flags, unsigned mode) {
    (void)mode;
    file_at = 0;
    return flags & O_EXCL ? -EROFS : strlen(path) % 2 ? -ENOENT : 7;
}
int sys_close(int fd) { return fd == 7 ? 0 : -EBADF; }
long sys_read(int fd, void *to, size_t n) {
    FUZZ_CHECK(fd == 7);
    if (n > file.n - file_at) n = file.n - file_at;
    if (n) memcpy(to, file.p + file_at, n);
    file_at += n;
    return (long)n;
}
long sys_write(int fd, const void *from, size_t n) {
    static volatile char seen; /* every byte is looked at */
    (void)fd;
    for (size_t i = 0; i < n; i++) seen = ((const char *)from)[i];
    (void)seen;
    return (long)n;
}
int sys_stat(const char *path, struct stat *st) {
    (void)path;
    memset(st, 0, sizeof *st);
    return -ENOENT;
}
void *sys_map(size_t size) {
    (void)size;
    return NULL;
}
_Noreturn void sys_exit(int code) {
    FUZZ_CHECK(code >= 0 && code < 256);
    longjmp(exited, 1);
}

static void free_all(void) {
    for (struct piece *next_piece; pieces; pieces = next_piece) {
        next_piece = pieces->next;
        free(pieces);
    }
}

/* --- what is tried ------------------------------------------------------------------------------------------------- */

static void check_json(const json *value) {
    if (value->kind == JSON_STRING) {
        buf out = {0};
        json_quote(&out, value->text);
        const json *again = json_parse(buf_str(&out));
        FUZZ_CHECK(again && again->kind == JSON_STRING && str_eq(again->text, value->text));
    }
    for (const json *c = value->child; c; c = c->next) check_json(c);
}

static void try_flags(str text) {
    char *argv[64 + 2] = {"entrypoint"}, *all = str_dup(text);
    int argc = 1;
    for (char *p = all; argc < 64 && p < all + text.n; p += strlen(p) + 1) {
        for (char *q = p; *q; q++)
            if (*q == '\n') *q = 0;
        argv[argc++] = p;
    }
    struct options o;
    flags_parse(&o, argc, argv);
    int n = 0;
    while (o.arguments[n]) n++;
    FUZZ_CHECK(o.rest_count >= 0 && o.rest_count + n < argc && o.entrypoint && o.post_file);
    words w = {0};
    for (int i = 0; i < n; i++) words_add(&w, o.arguments[i]);
    words filled = {0};
    subst_command(&w, "/tekton/scripts", &filled);
    const json *expressions;
    if (when_parse(o.when, &expressions)) when_evaluate(expressions);
}

static void try_deflate(str text) {
    buf packed = {0}, out = {0}, any = {0};
    deflate_pack(&packed, text);
    FUZZ_CHECK(deflate_unpack(&out, buf_str(&packed), text.n) && str_eq(buf_str(&out), text));
    deflate_unpack(&any, text, 1 << 17);
    FUZZ_CHECK(any.n <= 1 << 17);
}

static void try_base64(str text) {
    for (int padded = 0; padded < 2; padded++) {
        buf out = {0}, in = {0}, any = {0};
        base64_encode(&out, text, padded);
        FUZZ_CHECK(base64_decode(&in, buf_str(&out), padded) && str_eq(buf_str(&in), text));
        base64_decode(&any, text, padded);
    }
}

static void try_message(str text) {
    struct message m = {0};
    str out, key;
    m.compress = text.n % 2;
    if (message_open(&m, "/file") != 0) return;
    for (int i = 0; str_next(&text, '\n', &key); i++) message_add(&m.part[1 + i % (PARTS - 1)], str_dup(key), text, ENTRY_TASK_RESULT);
    message_encode(&m, &out);
    FUZZ_CHECK(out.n <= 4096);
}

static void try_one(unsigned which, str text) {
    str out;
    words list = {0};
    const json *tree;
    switch (which % 8) {
    case 0:
        tree = json_parse(text);
        if (tree) check_json(tree);
        break;
    case 1:
        if (when_parse(str_dup(text), &tree)) when_evaluate(tree);
        break;
    case 2: subst_text(text, SUBST_RESULTS | SUBST_ARTIFACTS, &out); break;
    case 3: subst_list(text, SUBST_RESULTS | SUBST_ARTIFACTS, &list); break;
    case 4: try_flags(text); break;
    case 5: try_deflate(text); break;
    case 6: try_base64(text); break;
    case 7: try_message(text); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > 1 << 14) return 0;
    char *exact = malloc(size); /* nothing behind the text, so that a read past it is noticed */
    FUZZ_CHECK(exact != NULL);
    memcpy(exact, data + 1, size - 1);
    file = (str){exact, size - 1};
    fail_post_file("");
    if (!setjmp(exited)) try_one(data[0], (str){exact, size - 1});
    free_all();
    free(exact);
    return 0;
}
