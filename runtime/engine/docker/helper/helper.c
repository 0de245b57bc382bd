/* A static program for containers that are made of any image: it needs nothing of it.
 *
 *   pause          holds the Pod's namespaces until it is told to end, and collects orphans
 *   open DIR…      makes the folders, with all above them, for every user
 *   empty DIR      removes all that is in it
 */
#include "runtime/engine/local/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int pause_(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int number = 0; number != SIGTERM && number != SIGINT;) {
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
        if (sigwait(&set, &number) != 0) return 1;
    }
    return 0;
}

static bool open_(char *path) {
    umask(0);
    return files_make_folders((str){path, (uint32_t)strlen(path)}, 0777) && chmod(path, 0777) == 0;
}

static bool empty(const char *path) {
    char name[4096];
    bool ok = true;
    DIR *dir = opendir(path);
    if (!dir) return false;
    for (struct dirent *e; (e = readdir(dir));) {
        size_t n = strlen(path), more = strlen(e->d_name);
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        if (n + more + 2 > sizeof name) return false;
        memcpy(name, path, n);
        name[n] = '/';
        memcpy(name + n + 1, e->d_name, more + 1);
        ok &= files_remove((str){name, (uint32_t)(n + 1 + more)});
    }
    closedir(dir);
    return ok;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "pause") == 0) return pause_();
    if (argc == 3 && strcmp(argv[1], "empty") == 0) return !empty(argv[2]);
    if (argc < 3 || strcmp(argv[1], "open") != 0) return 2;
    bool ok = true;
    for (int i = 2; i < argc; i++) ok &= open_(argv[i]);
    return !ok;
}
