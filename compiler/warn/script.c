/* Values that become program text. Tekton replaces $(params.x) before any shell sees the script, so whoever chooses the
 * value writes a part of the program. Looked for in scripts and behind `-c` of a shell; not reported for values that
 * stand in the same object, since who writes those writes the script as well, nor for those that are a whole line of a
 * script: they are meant to be the program. */
#include "compiler/warn/parts.h"

static const char *const shells[] = {"sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"};

static bool is_shell(str path) {
    uint32_t i = path.n;
    while (i && path.p[i - 1] != '/') i--;
    for (size_t k = 0; k < sizeof shells / sizeof *shells; k++)
        if (str_eq(str_from(path, i), str_z(shells[k]))) return true;
    return false;
}

static bool is_outside(const warn *w, const warn_scope *s, const var *v) {
    if (v->root == VAR_TASK) return var_is(v, 1, S("results"));
    if (v->root != VAR_PARAM || !(s->outside ? s->outside(s->ctx, v->name) : map_has(&s->by_name, v->name)))
        return false;
    const ParamSpec *p = map_get(&s->by_name, v->name);
    return !(p && p->enum_ && w->c->cfg->param_enum); /* whose values are all known */
}

static void warn_program(const warn *w, const ynode *text, const char *where, const warn_container *x,
                         const warn_scope *s) {
    str program = ynode_text(text);
    var v, first = {0};
    map names = map_new(w->c->a);
    if (!program.n || ref_none(program)) return;
    for (uint32_t from = 0; var_next(w->c->a, program, &from, &v);) {
        if (!is_outside(w, s, &v) || var_is_line(program, &v)) continue;
        if (!names.n) first = v;
        map_add(&names, str_cut(program, v.at, v.end), NULL);
    }
    if (!names.n) return;
    str more = names.n > 1 ? str_fmt(w->c->a, " and %u more", names.n - 1) : S("");
    diag *d = REPORT_IN(w->c, SCRIPT_PARAM, text_range(w->c, text, first.at, first.end),
                        "the %s takes %.*s%.*s as program text: a value can run commands", where,
                        STR_ARG(str_cut(program, first.at, first.end)), STR_ARG(more));
    diag_help(w->c->d, d, "pass %s by `env` of the %s, and use \"${NAME}\" in the script", names.n > 1 ? "them" : "it",
              x->what);
}

void warn_script(const warn *w, const warn_container *x, const warn_scope *s) {
    warn_program(w, x->script, "script", x, s);
    const ynode *lists[] = {x->command, x->args};
    bool shell = false, next = false;
    for (int i = 0; i < 2; i++) YNODE_EACH(k, item, lists[i]) {
            str word = ynode_text(item);
            if (next) {
                warn_program(w, item, "shell", x, s);
                return;
            }
            if (i == 0 && k < 2) shell = shell || is_shell(word); /* also behind env, or busybox sh */
            next =
                shell && word.n > 1 && word.n < 6 && word.p[0] == '-' && word.p[1] != '-' && word.p[word.n - 1] == 'c';
        }
}
