#ifndef CLI_FOLDER_H
#define CLI_FOLDER_H
/* A folder of files: what a compilation puts there, and what is there.
 *
 * In: a compilation and a folder's name. Out: its files with their complete texts, each compared with what is there, and
 * the files that an earlier run left. Nothing is changed. What can't be read is said on standard error. Shared by what
 * writes (cli/write.h) and what only looks (cli/stale.h); the rules by which tektonc knows its own files: cli/write.h. */
#include "cli/options.h"
#include "compiler/compile.h"

#define FOLDER_NEW ".tektonc-new"   /* behind the name of a file that is being written */
#define FOLDER_ASIDE ".tektonc-old" /* … that is out of the way while others are written */

typedef enum target_state { IS_NEW, IS_CHANGED, IS_SAME, IS_FOREIGN } target_state;

typedef struct target {
    str path, text; /* path below the folder, NUL-terminated */
    target_state state;
    bool gate; /* what makes the folder appliable: goes first, comes last */
    bool list; /* the names of files that bear no mark: is there before them, so that what a crash leaves is known */
} target;

typedef struct folder {
    arena *a;
    int fd; /* of the folder; -1: it is not there */
    str name;
    bool plain;
    VEC(target) targets;
    VEC(str) stale, scanned; /* paths: of files that are left over, of the directories that they are in */
    map wanted, listed;      /* by path: the targets; what the file list of an earlier run names */
    char *buffer;
} folder;

/* `name` without slashes at its end; `fd` is the caller's to set, before folder_look(). */
folder folder_named(arena *a, str name);
/* The targets alone, without a look at any folder: what a library has to offer. */
void folder_collect(folder *f, const compilation *c, const words *inputs);
/* inputs: the names that the first line of the files shows. False: said. */
bool folder_look(folder *f, const compilation *c, const words *inputs);
bool folder_is_current(const folder *f);

str folder_path(const folder *f, str path);
str folder_base_name(str path);
/* Says what failed, with errno; yields false. */
bool folder_fail(const folder *f, str path, const char *what);
#endif
