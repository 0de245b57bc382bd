#include "runtime/entrypoint/subst.h"
#include "runtime/entrypoint/file.h"
#include "runtime/entrypoint/json.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/sys.h"

enum { FILE_LIMIT = 16 << 20, MOST_PARTS = 5 };

struct reference {
    size_t start, end;    /* in the text, with $( and ) */
    str part[MOST_PARTS]; /* its pieces between dots */
    int parts;
    int kind;        /* SUBST_RESULTS or SUBST_ARTIFACTS */
    str text;        /* result: the value */
    const json *all; /* result: the elements, for [*] of an array */
};

static const char not_artifacts[] = "not the JSON of artifacts";

/* The next reference of the wanted kinds at or after `from`. Other $(…) stay as they are. */
static bool next_reference(str in, size_t from, int which, struct reference *r) {
    static const char open[] = "$(steps.";
    while (str_find(in, from, open, &r->start)) {
        size_t at = r->start + 2;
        str piece, rest;
        /* up to the bracket; a new opening before it is where the reference really starts */
        for (; at < in.n && in.p[at] != ')'; at++)
            if (str_starts(str_cut(in, at, in.n), open)) r->start = at;
        if (at == in.n) return false;
        rest = str_cut(in, r->start + 2, at);
        r->end = from = at + 1;
        if (str_has(rest, '\n')) continue;
        bool result = str_find(rest, 5, ".results.", &at) && at >= 6;
        for (r->parts = 0; str_next(&rest, '.', &piece); r->parts++)
            if (r->parts < MOST_PARTS) r->part[r->parts] = piece;
        bool artifact = r->parts == 4 && r->part[1].n && r->part[3].n &&
                        (str_is(r->part[2], "inputs") || str_is(r->part[2], "outputs"));
        r->kind = result ? SUBST_RESULTS : artifact ? SUBST_ARTIFACTS : 0;
        if (r->kind & which) return true;
    }
    return false;
}

/* These give NULL, or why the reference can't be filled. */

static const char *read_step_file(str step, const char *inside, str *content) {
    const char *path = text_form("/tekton/steps/step-\1\2", str_dup(step), inside);
    int error = file_read(path, FILE_LIMIT, content);
    return error ? text_form("\1: \2", path, log_error(error)) : NULL;
}

static const char *fill_result(struct reference *r) {
    static const char form[] = "must be steps.STEP.results.RESULT, with [i], [*] or .KEY";
    str name = r->part[3], index = {NULL, 0}, content;
    if ((r->parts != 4 && r->parts != 5) || !str_is(r->part[2], "results")) return form;
    if (r->parts == 4 && str_has(name, '[')) {
        index = name;
        str_next(&index, '[', &name);
        if (index.n == 0 || index.p[--index.n] != ']') return form;
        if (index.n == 0) index.p = NULL; /* r[] is r */
    }
    const char *problem = read_step_file(r->part[1], str_join("/results/", str_dup(name)), &content);
    if (problem) return problem;

    const json *tree = json_parse(content);
    bool array = *content.p == '[' && json_all_strings(tree, JSON_ARRAY);
    bool object = *content.p == '{' && json_all_strings(tree, JSON_OBJECT);
    if (index.p && str_is(index, "*")) {
        if (array) r->all = tree->child;
    } else if (index.p) {
        size_t number = 0;
        for (size_t i = 0; i < index.n; i++) {
            if (index.p[i] < '0' || index.p[i] > '9' || i > 8) return form;
            number = number * 10 + (size_t)(index.p[i] - '0');
        }
        const json *element = array ? tree->child : NULL;
        while (element && number-- > 0) element = element->next;
        if (!element) return "no such element";
        r->text = json_text(element);
    } else if (r->parts == 5) {
        for (const json *m = object ? tree->child : NULL; m; m = m->next)
            if (str_eq(m->key, r->part[4])) r->text = json_text(m);
    } else if (!array && !object) {
        r->text = tree && json_is(tree, JSON_STRING) ? json_text(tree) : content;
    }
    return NULL;
}

/* {"digest":{…},"uri":"…"} with sorted keys, empty ones left out */
static bool put_artifact_value(buf *out, const json *value) {
    const json *digest = json_get(value, "digest"), *uri = json_get(value, "uri");
    json sorted = {0};
    if (!json_is(value, JSON_OBJECT) || !json_is(uri, JSON_STRING) ||
        (digest && !json_all_strings(digest, JSON_OBJECT)))
        return false;
    for (const json *m = digest ? digest->child : NULL; m; m = m->next) {
        json *copy = mem_take(sizeof *copy);
        *copy = *m;
        json_insert(&sorted, copy);
    }
    buf_addc(out, '{');
    for (const json *m = sorted.child; m; m = m->next) {
        buf_addz(out, m == sorted.child ? "\"digest\":{" : ",");
        json_quote(out, m->key);
        buf_addc(out, ':');
        json_quote(out, json_text(m));
    }
    if (sorted.child) buf_addc(out, '}');
    if (json_text(uri).n) {
        buf_addz(out, sorted.child ? ",\"uri\":" : "\"uri\":");
        json_quote(out, json_text(uri));
    }
    buf_addc(out, '}');
    return true;
}

static const char *fill_artifact(struct reference *r) {
    str content;
    const char *problem = read_step_file(r->part[1], "/artifacts/provenance.json", &content);
    if (problem) return problem;
    const json *tree = json_parse(content), *list = json_get(tree, *r->part[2].p == 'i' ? "inputs" : "outputs");
    if (!tree || !json_is(tree, JSON_OBJECT) || !json_is(list, JSON_ARRAY)) return not_artifacts;
    for (const json *a = list ? list->child : NULL; a; a = a->next) {
        const json *values = json_get(a, "values");
        buf out = {0};
        if (!str_eq(json_text(json_get(a, "name")), r->part[3])) continue;
        for (const json *value = values ? values->child : NULL; value; value = value->next) {
            buf_addc(&out, value == values->child ? '[' : ',');
            if (!put_artifact_value(&out, value)) return not_artifacts;
        }
        buf_addz(&out, !values ? "null" : values->child ? "]" : "[]");
        r->text = buf_str(&out);
        return NULL;
    }
    return "no artifact of that name";
}

/* The one walk over a text. With `list`, an array reference that is the whole text goes there, and *out is absent. */
static bool walk(str in, int which, str *out, words *list) {
    struct reference r;
    buf text = {0};
    size_t from = 0;
    *out = in;
    for (; next_reference(in, from, which, &r); from = r.end) {
        r.text = S("");
        r.all = NULL;
        const char *problem = r.kind == SUBST_RESULTS ? fill_result(&r) : fill_artifact(&r);
        if (!problem && list && r.all && (r.start > 0 || r.end < in.n)) problem = "[*] must be the whole word";
        if (!problem && str_has(r.text, '\0')) problem = "the value has a NUL byte";
        if (problem) {
            log_line("can't fill \1: \2", str_dup(str_cut(in, r.start, r.end)), problem);
            return false;
        }
        if (list && r.all) {
            for (const json *m = r.all; m; m = m->next) words_add(list, str_dup(json_text(m)));
            *out = (str){NULL, 0};
            return true;
        }
        buf_add(&text, str_cut(in, from, r.start));
        buf_add(&text, r.text);
    }
    if (from == 0) return true;
    buf_add(&text, str_cut(in, from, in.n));
    *out = buf_str(&text);
    return true;
}

bool subst_text(str in, int which, str *out) { return walk(in, which, out, NULL); }

bool subst_list(str in, int which, words *out) {
    str text;
    if (!walk(in, which, &text, out)) return false;
    if (text.p) words_add(out, str_dup(text));
    return true;
}

bool subst_environment(char **environment, words *out) {
    for (; *environment; environment++) {
        str text;
        if (!walk(str_z(*environment), SUBST_RESULTS | SUBST_ARTIFACTS, &text, NULL)) return false;
        words_add(out, text.p == *environment ? *environment : str_dup(text));
    }
    return true;
}

static int write_script(const char *directory, str text, char **path) {
    int fd = -EEXIST;
    for (long long n = clock_ms(); fd == -EEXIST; n++) {
        *path = text_form("\1/script-\2", directory, str_number(n));
        fd = sys_open(*path, O_WRONLY | O_CREAT | O_EXCL, 0755);
    }
    if (fd < 0) return -fd;
    sys_call(fd, 0755, 0, 0, SYS_fchmod);
    int error = file_put(fd, text);
    sys_close(fd); /* before it is run: a file open for writing can't be */
    return error;
}

/* A step's script is a file that others share: what artifacts fill in goes into a copy. */
static bool subst_script(char **script, const char *directory) {
    str text, filled;
    char *path = *script;
    int error = file_read(path, FILE_LIMIT, &text);
    if (!error) {
        if (!subst_text(text, SUBST_ARTIFACTS, &filled)) return false;
        if (filled.p == text.p) return true;
        error = write_script(directory, filled, script);
        path = *script;
    }
    return !log_failure("script \1: \2", path, error);
}

bool subst_command(const words *in, const char *directory, words *out) {
    static const char scripts[] = "/tekton/scripts/";
    for (size_t i = 0; i < in->n; i++)
        if (!subst_list(str_z(in->v[i]), SUBST_RESULTS | SUBST_ARTIFACTS, out)) return false;
    if (out->n != 1 || !str_starts(str_z(out->v[0]), scripts) || str_has(str_z(out->v[0] + sizeof scripts - 1), '/'))
        return true;
    return subst_script(&out->v[0], directory);
}
