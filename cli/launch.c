#include "cli/launch.h"
#include "cli/options.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int launch(char **argv) {
    static const char *const places[] = {"tektonc-engine", "../libexec/tektonc/tektonc-engine"};
    char self[PATH_MAX], path[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0) return say("/proc/self/exe: %s", strerror(errno)), EXIT_IO;
    self[n] = 0;
    *strrchr(self, '/') = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%s/%s", self, places[i]);
        execv(path, argv);
        if (errno != ENOENT && errno != ENOTDIR) return say("%s: %s", path, strerror(errno)), EXIT_IO;
    }
    say("tektonc-engine is missing: it belongs beside tektonc in %s, or in %s/../libexec/tektonc", self, self);
    return EXIT_IO;
}
