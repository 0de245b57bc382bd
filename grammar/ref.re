/* The lexer of references and the walk over a text. The texts end without a sentinel and hold any byte: re2c's eof rule
 * with a guarded peek (this file holds no lexer of another kind, since that mode stays on to the end of a file). */
#include "grammar/ref.h"
#include "grammar/ref.y.h"
#include <assert.h>

/*!re2c
    re2c:api                = custom;
    re2c:api:style          = free-form;
    re2c:eof                = 0;
    re2c:yyfill:enable      = 0;
    re2c:define:YYCTYPE     = "unsigned char";
    re2c:define:YYPEEK      = "cur < lim ? (unsigned char)*cur : 0";
    re2c:define:YYSKIP      = "++cur;";
    re2c:define:YYBACKUP    = "mark = cur;";
    re2c:define:YYRESTORE   = "cur = mark;";
    re2c:define:YYLESSTHAN  = "cur >= lim";

    control = [\x00-\x1f\x7f];
    name    = [^.[\]()$"'] \ control;
    double  = ["] [^"]* ["];
    single  = ['] [^']* ['];
*/

static int outside(const char **at, const char *lim, bool *in_brackets) {
    const char *cur = *at;
    /*!re2c
        "$("  { *at = cur; return REF_T_OPEN; }
        ")"   { *at = cur; return REF_T_CLOSE; }
        "."   { *at = cur; return REF_T_DOT; }
        "["   { *at = cur; *in_brackets = true; return REF_T_LEFT; }
        name+ { *at = cur; return REF_T_NAME; }
        $     { return REF_T_YYEOF; }
        *     { *at = cur; return REF_T_OTHER; }
    */
}

static int inside(const char **at, const char *lim, bool *in_brackets) {
    const char *cur = *at, *mark;
    /*!re2c
        double | single { *at = cur; return REF_T_QUOTED; }
        [0-9]+          { *at = cur; return REF_T_INDEX; }
        "*"             { *at = cur; return REF_T_STAR; }
        "]"             { *at = cur; *in_brackets = false; return REF_T_RIGHT; }
        $               { return REF_T_YYEOF; }
        *               { *at = cur; return REF_T_OTHER; }
    */
}

int ref_yylex(REF_YYSTYPE *value, ref_span *span, ref_scan *scan);
int ref_yylex(REF_YYSTYPE *value, ref_span *span, ref_scan *scan) {
    const char *cur = scan->text.p + scan->cur, *lim = scan->text.p + scan->text.n;
    int token = (scan->in_brackets ? inside : outside)(&cur, lim, &scan->in_brackets);
    span->at = scan->cur;
    span->end = scan->cur = (uint32_t)(cur - scan->text.p);
    value->text = str_cut(scan->text, span->at, span->end);
    return token;
}

static const char *dotted(const char *cur, const char *lim) {
    const char *mark = cur;
    (void)mark; /* re2c's, for a way back that no rule needs */
    /*!re2c
        "$(" name+ ("." name+)* ")" { return cur; }
        $                           { return NULL; }
        *                           { return NULL; }
    */
}

/* Names and dots alone, as nearly all references are: one look by the lexer's means instead of the parser's stacks.
 * What has more names than `few` holds is left to the parser. */
static bool dotted_at(ref_scan *scan, uint32_t at) {
    const char *begin = scan->text.p + at, *end = dotted(begin, scan->text.p + scan->text.n);
    if (!end) return false;
    uint32_t limit = at + (uint32_t)(end - begin) - 1, n = 0;
    for (uint32_t from = at + 2, next; from <= limit; from = next + 1) {
        const char *dot = memchr(scan->text.p + from, '.', limit - from);
        next = dot ? (uint32_t)(dot - scan->text.p) : limit;
        if (n == sizeof scan->few / sizeof *scan->few) return false;
        scan->few[n] = (ref_segment){.kind = REF_NAME, .text = str_cut(scan->text, from, next), .at = n ? from - 1 : from, .end = next};
        n++;
    }
    scan->v = scan->few;
    scan->n = n;
    scan->end = limit + 1;
    return true;
}

static bool parse_at(ref_scan *scan, uint32_t at) {
    scan->cur = at;
    scan->in_brackets = false;
    scan->n = 0;
    if (!scan->v) {
        scan->v = scan->few;
        scan->cap = sizeof scan->few / sizeof *scan->few;
    }
    return ref_yyparse(scan) == 0;
}

/* The next "$(", or the text's end. */
static uint32_t next_open(str text, uint32_t from) {
    while (from + 1 < text.n) {
        const char *q = memchr(text.p + from, '$', text.n - 1 - from);
        if (!q) break;
        from = (uint32_t)(q - text.p);
        if (q[1] == '(') return from;
        from++;
    }
    return text.n;
}

/* Why the walk is linear although a failed attempt goes on one byte later: an attempt can pass over a "$(" only inside
 * quotes, and of all the attempts that are alive at one byte at most one is outside quotes, one in double and one in
 * single ones (no byte leads two of those into the same), so no byte is read more than three times. The look of
 * dotted_at() ends at the next "$" and is one more. */
bool ref_next(arena *a, str text, uint32_t from, ref *out) {
    ref_scan scan;
    scan.a = a;
    scan.text = text;
    scan.explain = false;
    scan.v = NULL;
    for (uint32_t at = next_open(text, from); at < text.n; at = next_open(text, at + 1)) {
        if (!dotted_at(&scan, at) && !parse_at(&scan, at)) continue;
        *out = (ref){.at = at, .end = scan.end, .raw = str_cut(text, at + 2, scan.end - 1), .n = scan.n};
        out->segments = ARENA_ARRAY(a, ref_segment, scan.n);
        memcpy(out->segments, scan.v, scan.n * sizeof *scan.v);
        return true;
    }
    return false;
}

str ref_explain(arena *a, str text, uint32_t at, uint32_t *bad) {
    ref_scan scan = {.a = a, .text = text, .explain = true};
    assert(at <= text.n);
    if (parse_at(&scan, at)) return STR_NONE;
    *bad = scan.bad.at;
    return scan.why;
}

static bool plain_name(str s) {
    for (uint32_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i], lower = c | 0x20;
        if (!((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) return false;
    }
    return true;
}

bool ref_is_plain(const ref *r) {
    for (uint32_t i = 0; i < r->n; i++) {
        const ref_segment *s = &r->segments[i];
        if (s->kind == REF_NAME ? !plain_name(s->text) : s->kind == REF_QUOTED || i + 1 < r->n) return false;
    }
    return true;
}
