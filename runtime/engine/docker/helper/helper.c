/* A static program for containers that are made of any image: it needs nothing of it.
 *
 *   pause          holds the Pod's namespaces until it is told to end, and collects orphans
 *   open DIR…      makes the folders, with all above them, for every user
 *   empty DIR      removes all that is in it
 *   reach HOST PORT [TEXT]   connects, sends the text; an answer of HTTP's 2xx or 3xx is good
 */
#include "runtime/engine/local/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
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

static bool good_answer(int fd) {
    char head[16] = "";
    size_t n = 0;
    for (ssize_t got; n < 12 && (got = recv(fd, head + n, 12 - n, 0)) > 0;) n += (size_t)got;
    return n == 12 && strncmp(head, "HTTP/", 5) == 0 && (head[9] == '2' || head[9] == '3');
}

static bool reach(const char *host, const char *port, const char *text) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all = NULL;
    bool ok = false;
    if (getaddrinfo(host, port, &hints, &all) != 0) return false;
    for (struct addrinfo *one = all; one && !ok; one = one->ai_next) {
        int fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        ok = fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) == 0;
        if (ok && text) ok = send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text) && good_answer(fd);
        if (fd >= 0) close(fd);
    }
    freeaddrinfo(all);
    return ok;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "pause") == 0) return pause_();
    if (argc == 3 && strcmp(argv[1], "empty") == 0) return !empty(argv[2]);
    if (argc >= 4 && strcmp(argv[1], "reach") == 0) return !reach(argv[2], argv[3], argv[4]);
    if (argc < 3 || strcmp(argv[1], "open") != 0) return 2;
    bool ok = true;
    for (int i = 2; i < argc; i++) ok &= open_(argv[i]);
    return !ok;
}
