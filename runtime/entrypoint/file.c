#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/sys.h"

int file_read(const char *path, size_t limit, str *out) {
    buf content = {0};
    char chunk[4096];
    long got = 0;
    int fd = sys_open(path, O_RDONLY, 0);
    if (fd < 0) return -fd;
    while (content.n <= limit && (got = sys_read(fd, chunk, sizeof chunk)) > 0)
        buf_add(&content, (str){chunk, (size_t)got});
    sys_close(fd);
    *out = buf_str(&content);
    return got < 0 ? (int)-got : content.n > limit ? EFBIG : 0;
}

int file_put(int fd, str content) {
    while (content.n > 0) {
        long done = sys_write(fd, content.p, content.n);
        if (done < 0) return (int)-done;
        content = str_cut(content, (size_t)done, content.n);
    }
    return 0;
}

int file_open(const char *path, int flags, unsigned mode) {
    int fd = sys_open(path, flags | O_CREAT, mode);
    if (fd == -ENOENT && dir_make_parent(path) == 0) fd = sys_open(path, flags | O_CREAT, mode);
    return fd;
}

int file_write(const char *path, str content, unsigned mode) {
    int fd = file_open(path, O_WRONLY | O_TRUNC, mode);
    if (fd < 0) return -fd;
    int error = file_put(fd, content), closed = sys_close(fd);
    return error ? error : -closed;
}

int file_replace(const char *path, str content) {
    const char *aside = str_join(path, ".tmp");
    int error = file_write(aside, content, 0666);
    return error ? error : (int)-sys_call(AT_FDCWD, (long)aside, AT_FDCWD, (long)path, SYS_renameat);
}

int file_copy(int from, int to) {
    char chunk[4096];
    for (;;) {
        long got = sys_read(from, chunk, sizeof chunk);
        if (got <= 0) return (int)-got;
        int error = file_put(to, (str){chunk, (size_t)got});
        if (error) return error;
    }
}

bool dir_is(const char *path) {
    struct stat st;
    return sys_stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int dir_make(const char *path, unsigned mode) {
    for (bool again = false;; again = true) {
        int error = (int)-sys_call(AT_FDCWD, (long)path, mode, 0, SYS_mkdirat);
        /* On a read-only file system mkdir may say EROFS or EACCES for a directory that is there. */
        if (error != ENOENT || again) return error && dir_is(path) ? 0 : error;
        error = dir_make_parent(path);
        if (error) return error;
    }
}

int dir_make_parent(const char *path) {
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/') n--;
    while (n > 0 && path[n - 1] != '/') n--;
    while (n > 0 && path[n - 1] == '/') n--;
    return n ? dir_make(str_dup((str){path, n}), 0777) : 0;
}
