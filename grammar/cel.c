#include "base/utf8.h"
#include "grammar/cel_tree.h"

int cel_yyparse(cel_scan *s);

/* YAML lets no other text through; what is left are texts that were put together. */
static bool readable(str text, cel_error *e) {
    *e = (cel_error){.stage = CEL_SYNTAX, .end = text.n, .help = S("")};
    if (text.n > CEL_TEXT_MOST) {
        e->text = S("the expression is longer than 100,000 bytes");
        e->unsupported = true;
        return false;
    }
    uint32_t length, c;
    for (uint32_t i = 0; i < text.n; i += length)
        if (!(length = utf8_decode(text.p + i, text.p + text.n, &c))) {
            *e = (cel_error){CEL_SYNTAX, true, i, i + 1, S("the expression is not UTF-8 here"), S("")};
            return false;
        }
    return true;
}

const cel_program *cel_compile(arena *a, str text, cel_error *e) {
    if (!readable(text, e)) return NULL;
    cel_scan s = {.a = a, .text = text, .ahead = -1, .error = e};
    int failed = cel_yyparse(&s);
    if (s.failed || failed) return NULL;
    cel_program *p = ARENA_NEW(a, cel_program);
    p->text = text;
    p->root = s.root;
    return cel_check(a, p, e) ? p : NULL;
}
