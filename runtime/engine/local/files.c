#include "runtime/engine/local/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool text_of(char to[PATH_MAX], str path) {
    if (path.n >= PATH_MAX) return errno = ENAMETOOLONG, false;
    memcpy(to, path.p, path.n);
    to[path.n] = 0;
    return true;
}

bool files_make_folders(str path, mode_t mode) {
    char p[PATH_MAX];
    struct stat st;
    if (!text_of(p, path)) return false;
    if (mkdir(p, mode) == 0) return true;
    if (errno == EEXIST) return stat(p, &st) == 0 && (S_ISDIR(st.st_mode) || (errno = ENOTDIR, false));
    if (errno != ENOENT) return false;
    char *slash = strrchr(p, '/');
    if (!slash || slash == p) return false;
    if (!files_make_folders((str){p, (uint32_t)(slash - p)}, mode)) return false;
    return mkdir(p, mode) == 0 || errno == EEXIST;
}

bool files_is_name(str name) {
    return name.n && !memchr(name.p, '/', name.n) && !str_eq(name, S(".")) && !str_eq(name, S(".."));
}

bool files_write_all(int fd, str bytes) {
    for (uint32_t done = 0; done < bytes.n;) {
        ssize_t n = write(fd, bytes.p + done, bytes.n - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        done += (uint32_t)n;
    }
    return true;
}

bool files_write(str path, str bytes, mode_t mode) {
    char p[PATH_MAX];
    if (!text_of(p, path)) return false;
    int fd = open(p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return false;
    bool ok = files_write_all(fd, bytes) && fchmod(fd, mode) == 0;
    int error = errno;
    close(fd);
    return ok || (errno = error, false);
}

bool files_replace(str path, str bytes, mode_t mode) {
    char p[PATH_MAX], beside[PATH_MAX];
    int n = snprintf(beside, sizeof beside, "%.*s.new", STR_ARG(path));
    if (!text_of(p, path) || n >= (int)sizeof beside) return errno = ENAMETOOLONG, false;
    if (files_write((str){beside, (uint32_t)n}, bytes, mode) && rename(beside, p) == 0) return true;
    int error = errno;
    unlink(beside);
    return errno = error, false;
}

/* --- removing ------------------------------------------------------------------------------------------------------ */

enum { DEPTH_MAX = 500 }; /* descriptors that are open at once */

static bool remove_at(int parent, const char *name, dev_t device, int depth);

static bool empty_folder(int fd, dev_t device, int depth) {
    DIR *dir = fdopendir(fd);
    bool ok = dir != NULL;
    if (!dir) close(fd);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        ok &= remove_at(dirfd(dir), e->d_name, device, depth + 1);
    }
    int error = errno;
    if (dir) closedir(dir);
    return ok || (errno = error, false);
}

static bool remove_at(int parent, const char *name, dev_t device, int depth) {
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return true;
    if (errno != EISDIR && errno != EPERM) return false;
    if (depth > DEPTH_MAX) return errno = ELOOP, false;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0) return false;
    if (fstat(fd, &st) != 0 || st.st_dev != device) return close(fd), errno = EXDEV, false;
    if ((st.st_mode & 0700) != 0700) fchmod(fd, 0700);
    return empty_folder(fd, device, depth) && (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

bool files_remove(str path) {
    char p[PATH_MAX];
    struct stat st;
    if (!text_of(p, path)) return false;
    if (lstat(p, &st) != 0) return errno == ENOENT;
    return remove_at(AT_FDCWD, p, st.st_dev, 0);
}
