#include "cli/live/folders.h"
#include "plan/hash.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool known(str key) {
    static const char *const keys[] = {"name", "subPath", "claimName", "emptyDir", "config", "secret", "item", "volumeClaimTemplateFile", "csiFile", "hostPath", NULL};
    for (const char *const *k = keys; *k; k++)
        if (str_eq(key, str_z(*k))) return true;
    return false;
}

static bool is_folder(arena *a, str path) {
    struct stat st;
    return stat(str_dup(a, path).p, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool put_claim(arena *a, ynode *claims, str folder, str *claim, str *problem) {
    char whole[PATH_MAX];
    if (!realpath(str_dup(a, folder).p, whole)) return *problem = str_fmt(a, "-w: %.*s: %s", STR_ARG(folder), strerror(errno)), false;
    str path = str_dup(a, str_z(whole));
    *claim = str_cat(a, S("folder-"), str_cut(hash_sha256_hex(a, path), 0, 10));
    ynode *behind = ynode_map(a, NULL);
    ynode_put_str(a, behind, S("hostPath"), path);
    ynode_set(a, claims, *claim, behind);
    return true;
}

/* One -w. */
static bool rewrite(arena *a, ynode *claims, str *word, str *problem) {
    strbuf b = {.a = a};
    uint32_t equals;
    str claim;
    /* src=DIR: not an option that -w knows, and one part only */
    if (str_find(*word, S("="), &equals) && !known(str_cut(*word, 0, equals)) && is_folder(a, str_from(*word, equals + 1))) {
        if (!put_claim(a, claims, str_from(*word, equals + 1), &claim, problem)) return false;
        *word = str_fmt(a, "name=%.*s,claimName=%.*s", STR_ARG(str_cut(*word, 0, equals)), STR_ARG(claim));
        return true;
    }
    for (uint32_t from = 0, to; from <= word->n; from = to + 1) {
        for (to = from; to < word->n && word->p[to] != ',';) to++;
        str part = str_cut(*word, from, to);
        if (b.n) strbuf_addc(&b, ',');
        if (str_starts(part, S("hostPath="))) {
            if (!put_claim(a, claims, str_from(part, 9), &claim, problem)) return false;
            strbuf_addf(&b, "claimName=%.*s", STR_ARG(claim));
        } else {
            strbuf_add(&b, part);
        }
    }
    *word = strbuf_str(&b);
    return true;
}

bool folders_read(options *o, const ynode **claims, str *problem) {
    ynode *all = ynode_map(o->a, NULL);
    for (uint32_t i = 0; i < o->workspaces.n; i++)
        if (!rewrite(o->a, all, &o->workspaces.v[i], problem)) return false;
    *claims = all->n ? all : NULL;
    return true;
}
