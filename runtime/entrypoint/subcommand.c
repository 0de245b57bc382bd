#include "runtime/entrypoint/subcommand.h"
#include "runtime/entrypoint/base64.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/sys.h"

enum { SCRIPT_LIMIT = 64 << 20 };

static int link_step(const char *target, const char *name) {
    int error = (int)-sys_call((long)target, AT_FDCWD, (long)str_join("/tekton/steps/", name), 0, SYS_symlinkat);
    return error == EEXIST ? 0 : error;
}

int subcommand_link_steps(char **names) {
    int error = dir_make("/tekton/steps", 0777);
    for (long long i = 0; !error && names[i]; i++) {
        const char *index = str_number(i), *target = text_form("/tekton/run/\1/status", index, NULL);
        error = link_step(target, names[i]);
        if (!error) error = link_step(target, index);
    }
    return error;
}

/* Executable for all, readable for nobody; an existing file is neither cut nor changed in its mode. */
static int copy(const char *from, const char *to) {
    int in = sys_open(from, O_RDONLY, 0);
    if (in < 0) return -in;
    int out = sys_open(to, O_WRONLY | O_CREAT, 0311);
    return out < 0 ? -out : file_copy(in, out);
}

static int write_decoded(const char *path, str content) {
    buf plain = {0};
    return base64_decode(&plain, content, true) ? file_write(path, buf_str(&plain), 0755) : EBADMSG;
}

/* An existing file keeps its permission bits. */
static int decode_script(const char *path) {
    str content;
    int error = file_read(path, SCRIPT_LIMIT, &content);
    return error ? error : write_decoded(path, content);
}

/* Pairs of a path and what is placed there: a script in base64, or "/" for a directory. */
static int place(char **pairs) {
    int error = 0;
    for (; !error && pairs[0] && pairs[1]; pairs += 2)
        error = text_is(pairs[1], "/") ? dir_make(pairs[0], 0777) : write_decoded(pairs[0], str_z(pairs[1]));
    return error;
}

bool subcommand_run(char **words_, int count, int *exit_code) {
    const char *name = words_[0];
    bool init = text_is(name, "init") && count >= 3;
    int error = 0;
    if (init || (text_is(name, "cp") && count == 3)) {
        error = copy(words_[1], words_[2]);
        if (init && !error) error = subcommand_link_steps(words_ + 3);
    } else if (text_is(name, "decode-script") && count == 2) {
        error = decode_script(words_[1]);
    } else if (text_is(name, "place")) {
        error = place(words_ + 1);
    } else if (text_is(name, "step-init")) {
        error = subcommand_link_steps(words_ + 1);
    } else {
        return false;
    }
    if (!log_failure("\1 error: \2", name, error)) log_line("\1 done", name, NULL);
    *exit_code = error != 0;
    return true;
}
