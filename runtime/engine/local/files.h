#ifndef RUNTIME_ENGINE_LOCAL_FILES_H
#define RUNTIME_ENGINE_LOCAL_FILES_H
/* Small things with files and folders. In: absolute paths. Out: false with errno set. Paths need no NUL behind them. */
#include "base/str.h"
#include <sys/types.h>

/* The folder and all above it. One that is there is fine. */
bool files_make_folders(str path, mode_t mode);
/* Whether it can be the name of an entry of a folder: not empty, no slash, no dots alone. */
bool files_is_name(str name);
/* All of the bytes, to where the descriptor stands. */
bool files_write_all(int fd, str bytes);
/* All of the bytes, into a new file or over an old one. */
bool files_write(str path, str bytes, mode_t mode);
/* The same through a file beside it and a rename. */
bool files_replace(str path, str bytes, mode_t mode);
/* The file or folder with all that is in it, however its modes are set; one that is not there is fine. Never leaves the
 * file system that `path` is on, and follows no link. */
bool files_remove(str path);
#endif
