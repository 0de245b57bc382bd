/* tektonc diff: what changes in meaning between two outputs or inputs. */
#include "cli/diff/compare.h"
#include "cli/diff/git.h"
#include "cli/diff/show.h"
#include "cli/diff/side.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* PATH REV: the path as it was, and as it is. */
static void as_was(arena *a, const options *o, str *old, str *new) {
    struct stat st;
    str path = o->inputs.v[0], rev = str_dup(a, o->inputs.v[1]);
    *old = path;
    *new = rev;
    if (stat(rev.p, &st) == 0 || str_eq(rev, S("-")) || !git_is_revision(a, rev, path)) return;
    *old = str_fmt(a, "%.*s:%.*s", STR_ARG(rev), STR_ARG(path));
    *new = path;
}

int verb_diff(options *o) {
    arena *a = o->a;
    side old, new;
    str old_word, new_word;
    if (o->inputs.n != 2) {
        say("diff takes two: OLD NEW, or PATH REVISION for what changed since a revision of Git");
        return EXIT_USAGE;
    }
    as_was(a, o, &old_word, &new_word);
    int code = side_read(a, o, old_word, &old);
    if (code == EXIT_OK) code = side_read(a, o, new_word, &new);
    if (code != EXIT_OK) return code;
    report r = {0};
    strbuf out = {.a = a};
    compare_sides(a, &old, &new, &r);
    if (str_eq(o->report, S("markdown"))) show_markdown(a, &r, &out);
    else show_text(a, &r, session_wants_color(o, STDOUT_FILENO), &out);
    if (!session_write(STDOUT_FILENO, strbuf_str(&out), S("standard output"))) return EXIT_IO;
    return o->check && r.sections.n ? EXIT_STALE : EXIT_OK;
}
