/* The grammar of one reference, $( … ), over the tokens of ref.re. Stops at the closing parenthesis and looks no
 * further, so the text behind it costs nothing. Builders only; what a reference means is not known here. */
%code requires {
#include "grammar/ref.h"

typedef struct ref_span {
    uint32_t at, end; /* bytes of the scalar */
} ref_span;

/* One attempt to read a reference. The segments gather in `few`, or in the arena when there are more, and are copied
 * to their exact size once the reference is known to be one: most "$(" of a hostile text are none, and must not cost
 * memory each. */
typedef struct ref_scan {
    arena *a;
    str text;
    uint32_t cur;     /* next byte to read */
    bool in_brackets; /* between "[" and "]": digits, quotes and the star are tokens only here */
    bool explain;     /* whether a failure should be put into words */
    ref_segment few[8], *v;
    uint32_t n, cap;
    uint32_t end;     /* past the closing parenthesis */
    ref_span bad;     /* what did not fit */
    str why;
} ref_scan;
}

%define api.pure full
%define api.prefix {ref_yy}
%define api.token.prefix {REF_T_}
%define api.location.type {ref_span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param { ref_scan *scan }

%union {
    str text;
    ref_segment segment;
}

%code {
int ref_yylex(REF_YYSTYPE *value, ref_span *span, ref_scan *scan);
static void ref_yyerror(const ref_span *span, ref_scan *scan, const char *message);
static ref_segment segment_of(ref_kind kind, str text);
static void add(ref_scan *scan, ref_segment s, ref_span span);

#define YYLLOC_DEFAULT(whole, parts, n)                                                                                \
    do {                                                                                                               \
        (whole).at = (n) ? YYRHSLOC(parts, 1).at : YYRHSLOC(parts, 0).end;                                             \
        (whole).end = (n) ? YYRHSLOC(parts, n).end : YYRHSLOC(parts, 0).end;                                           \
    } while (0)
}

%token OPEN "\"$(\"" CLOSE "\")\"" DOT "\".\"" LEFT "\"[\"" RIGHT "\"]\"" STAR "\"*\""
%token <text> NAME "a name" QUOTED "a quoted name" INDEX "an index"
%token YYEOF 0 "the end of the text" OTHER "something else"
%type <segment> segment

%%

reference: OPEN root segments CLOSE { scan->end = @$.end; YYACCEPT; }
root:      NAME                     { add(scan, segment_of(REF_NAME, $1), @1); }
segments:  %empty
        |  segments segment         { add(scan, $2, @2); }
segment:   DOT NAME                 { $$ = segment_of(REF_NAME, $2); }
        |  LEFT QUOTED RIGHT        { $$ = segment_of(REF_QUOTED, $2); }
        |  LEFT INDEX RIGHT         { $$ = segment_of(REF_INDEX, $2); }
        |  LEFT STAR RIGHT          { $$ = segment_of(REF_STAR, S("*")); }

%%

static ref_segment segment_of(ref_kind kind, str text) {
    ref_segment s = {.kind = kind, .text = text};
    if (kind == REF_QUOTED) { /* the token is the text with its quotes */
        s.quote = text.p[0];
        s.text = str_cut(text, 1, text.n - 1);
    }
    if (kind == REF_INDEX)
        for (uint32_t i = 0; i < text.n; i++) {
            uint64_t digit = (uint64_t)(text.p[i] - '0');
            s.index = s.index > (UINT64_MAX - digit) / 10 ? UINT64_MAX : s.index * 10 + digit;
        }
    return s;
}

static void add(ref_scan *scan, ref_segment s, ref_span span) {
    s.at = span.at;
    s.end = span.end;
    if (scan->n == scan->cap) {
        ref_segment *more = ARENA_ARRAY(scan->a, ref_segment, (size_t)scan->cap * 2);
        memcpy(more, scan->v, scan->n * sizeof *more);
        scan->v = more;
        scan->cap *= 2;
    }
    scan->v[scan->n++] = s;
}

/* bison's own stacks never outgrow their first size here (the grammar is left-recursive), so this is not reached. */
static void ref_yyerror(const ref_span *span, ref_scan *scan, const char *message) {
    scan->bad = *span;
    scan->why = str_z(message);
}

static int yyreport_syntax_error(const yypcontext_t *context, ref_scan *scan) {
    enum { MOST = YYNTOKENS };
    scan->bad = *yypcontext_location(context);
    if (!scan->explain) return 0;
    yysymbol_kind_t expected[MOST];
    int n = yypcontext_expected_tokens(context, expected, MOST);
    strbuf b = {.a = scan->a};
    for (int i = 0; i < n; i++)
        strbuf_addf(&b, "%s%s", i == 0 ? "" : i == n - 1 ? " or " : ", ", yysymbol_name(expected[i]));
    strbuf_addf(&b, " expected, not ");
    if (scan->bad.at == scan->bad.end) strbuf_addf(&b, "the end of the text");
    else {
        uint32_t end = scan->bad.end; /* a byte that begins no token may be the first of a longer UTF-8 character */
        while (end < scan->text.n && (scan->text.p[end] & 0xc0) == 0x80) end++;
        strbuf_addf(&b, "\"%.*s\"", STR_ARG(str_cut(scan->text, scan->bad.at, end)));
    }
    scan->why = strbuf_str(&b);
    return 0;
}
