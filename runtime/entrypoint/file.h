#ifndef ENTRYPOINT_FILE_H
#define ENTRYPOINT_FILE_H
/* Whole files and directories by path. Functions return 0 or an errno, file_open a descriptor or a negative errno; what
 * is read lives in the arena. Files that are created get their parent directories too. */
#include "runtime/entrypoint/mem.h"

int file_read(const char *path, size_t limit, str *out);      /* EFBIG, with a first part, above `limit` bytes */
int file_open(const char *path, int flags, unsigned mode);    /* O_CREAT is added */
int file_write(const char *path, str content, unsigned mode); /* create or truncate */
int file_replace(const char *path, str content);              /* whole or not at all: written aside, then renamed */
int file_put(int fd, str content);                            /* all of it, from where the file stands */
int file_copy(int from, int to);
bool dir_is(const char *path);
int dir_make(const char *path, unsigned mode); /* with its parents; 0 if it is there already */
int dir_make_parent(const char *path);
#endif
