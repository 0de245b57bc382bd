/* Reads YAML files, writes each document again and reads that: the trees must be equal, and writing once more must give
 * the same bytes. For tests of what tektonc writes. Prints what is wrong; exit code 1 then. */
#include "base/emit.h"
#include "base/read.h"
#include <stdio.h>
#include <stdlib.h>

static const diag_rule rules[] = {
    {"", "syntax", SEV_ERROR, "", ""},       {"", "encoding", SEV_ERROR, "", ""}, {"", "limit", SEV_ERROR, "", ""},
    {"", "repeated-key", SEV_ERROR, "", ""}, {"", "number", SEV_ERROR, "", ""},
};
static const read_rules reading = {&rules[0], &rules[1], &rules[2], &rules[3], &rules[4]};

static bool load(arena *a, const char *name, str text, ynode_list *out) {
    sources s = sources_new(a);
    diags d = {.a = a, .table = rules, .sources = &s};
    source *src;
    if (!source_add(&s, str_z(name), text, &src)) return false;
    read_documents(a, src, &d, &reading, out);
    for (uint32_t i = 0; i < d.list.n; i++) {
        place at = source_place(&s, d.list.v[i].at);
        printf("%s:%u:%u: %.*s\n", name, at.line, at.column, STR_ARG(d.list.v[i].text));
    }
    return d.list.n == 0;
}

static bool check_document(arena *a, const char *name, const ynode *n) {
    ynode_list again = {0};
    str text = emit_yaml_str(a, n);
    if (!load(a, name, text, &again)) return false;
    if (again.n != 1 || !ynode_eq(n, again.v[0])) {
        printf("%s: reading again gives another tree:\n%.*s", name, STR_ARG(text));
        return false;
    }
    if (str_eq(text, emit_yaml_str(a, again.v[0]))) return true;
    printf("%s: writing again gives other bytes:\n%.*s", name, STR_ARG(text));
    return false;
}

static bool read_file(arena *a, const char *name, str *text) {
    FILE *f = fopen(name, "rb");
    strbuf b = {.a = a};
    char piece[4096];
    if (!f) return printf("%s: can't be opened\n", name), false;
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;) strbuf_add(&b, (str){piece, (uint32_t)n});
    bool ok = !ferror(f);
    fclose(f);
    *text = b.n ? strbuf_str(&b) : S("");
    return ok;
}

int main(int argc, char **argv) {
    bool ok = true;
    for (int i = 1; i < argc; i++) {
        arena *a = arena_new();
        str text;
        ynode_list documents = {0};
        ok = read_file(a, argv[i], &text) && load(a, argv[i], text, &documents) && ok;
        for (uint32_t k = 0; k < documents.n; k++) ok = check_document(a, argv[i], documents.v[k]) && ok;
        arena_free(a);
    }
    return ok ? 0 : 1;
}
