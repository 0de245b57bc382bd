#include "cli/documents.h"
#include "cli/input.h"
#include "cli/render.h"
#include "compiler/diags.h"
#include "compiler/readrules.h"
#include <stdio.h>

int documents_read(arena *a, const words *files, sources *s, ynode_list *out) {
    if (!input_read(a, s, files)) return EXIT_IO;
    diags d = {.a = a, .table = diag_rules, .sources = s};
    for (uint32_t i = 0; i < s->n; i++) read_documents(a, &s->v[i], &d, &tekton_read_rules, out);
    if (!d.errors) return EXIT_OK;
    diags_sort(&d);
    rendering r = {.a = a, .sources = s, .d = &d};
    str text = render(&r, S("text"));
    fwrite(text.p, 1, text.n, stderr);
    return EXIT_INPUT;
}
