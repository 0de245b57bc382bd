#include "cli/graphviz.h"
#include "cli/options.h"
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Through files without a name, so that neither side waits for the other. */
bool graphviz_svg(arena *a, str dot, str *svg) {
    FILE *in = tmpfile(), *out = tmpfile();
    char *const argv[] = {"dot", "-Tsvg", NULL};
    posix_spawn_file_actions_t files;
    pid_t child;
    int status = 0, error = 0;
    bool ok = in && out && fwrite(dot.p, 1, dot.n, in) == dot.n && fflush(in) == 0;
    if (!ok) {
        say("a temporary file can't be written: %s", strerror(errno));
    } else {
        rewind(in);
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, fileno(in), STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&files, fileno(out), STDOUT_FILENO);
        error = posix_spawnp(&child, "dot", &files, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&files);
        while (!error && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
        ok = !error && WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (!ok) say(error ? "--layout-by=graphviz needs its program `dot`: %s" : "Graphviz' dot failed%s", error ? strerror(error) : "");
    }
    if (ok) {
        long n = ftell(out) >= 0 && fseek(out, 0, SEEK_END) == 0 ? ftell(out) : 0;
        char *bytes = arena_alloc(a, (size_t)n + 1);
        rewind(out);
        *svg = (str){bytes, (uint32_t)fread(bytes, 1, (size_t)n, out)};
    }
    if (in) fclose(in);
    if (out) fclose(out);
    return ok;
}
