/* The lexer of CEL: maximal munch, as cel-go's. The texts end without a sentinel: re2c's eof rule with a guarded peek
 * (this file holds no lexer of another kind, since that mode stays on to the end of a file). The text is valid UTF-8. */
#include "grammar/cel_tree.h"
#include "grammar/cel.y.h"

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

    digit  = [0-9];
    hex    = [0-9a-fA-F];
    power  = [eE] [+-]? digit+;
    double = digit+ "." digit+ power? | digit+ power | "." digit+ power?;
    int    = digit+ | "0x" hex+;
    escape = "\\" ([abfnrtv"'\\?`] | [0-3][0-7][0-7] | [xX] hex{2} | "u" hex{4} | "U" hex{8});
    line   = ["] (escape | [^\\"\n\r])* ["] | ['] (escape | [^\\'\n\r])* ['];
    block  = ["]{3} (["]{0,2} (escape | [^\\"]))* ["]{3} | [']{3} ([']{0,2} (escape | [^\\']))* [']{3};
    raw    = [rR] (["] [^"\n\r]* ["] | ['] [^'\n\r]* [']
                 | ["]{3} (["]{0,2} [^"])* ["]{3} | [']{3} ([']{0,2} [^'])* [']{3});
    string = line | block | raw;
    letter = [a-zA-Z_];
*/

static bool is_escape(const char *cur, const char *lim, const char **end) {
    const char *mark;
    /*!re2c
        escape { *end = cur; return true; }
        $      { return false; }
        *      { return false; }
    */
}

/* Why the quote at `at` begins no string. */
static void explain_string(cel_scan *s, uint32_t at) {
    str t = s->text;
    char quote = t.p[at];
    if (at >= 2 && t.p[at - 1] == quote && t.p[at - 2] == quote) at -= 2; /* the first two were taken for an empty string */
    bool block = at + 2 < t.n && t.p[at + 1] == quote && t.p[at + 2] == quote;
    for (uint32_t i = at + (block ? 3 : 1); i < t.n; i++) {
        const char *end;
        if (t.p[i] == '\\' && is_escape(t.p + i, t.p + t.n, &end)) {
            i = (uint32_t)(end - t.p) - 1;
        } else if (t.p[i] == '\\') {
            cel_fail(s, (cel_span){i, i + 1}, "write two backslashes for one, or put an `r` before the string to take it as it is",
                     "the backslash begins no escape of CEL");
            return;
        } else if (!block && (t.p[i] == '\n' || t.p[i] == '\r')) {
            cel_fail(s, (cel_span){at, i}, "a string of several lines begins and ends with three quotes",
                     "the string does not end on its line");
            return;
        }
    }
    cel_fail(s, (cel_span){at, t.n}, "", block ? "the string has no three quotes at its end" : "the string has no end");
}

static int bracket(cel_scan *s, cel_span span, int token) {
    if (++s->nesting < CEL_DEEPEST) return token;
    cel_fail(s, span, "", "the expression is nested deeper than %d levels", CEL_DEEPEST - 1);
    return CEL_T_OTHER;
}

static int scan_token(cel_scan *s, cel_span *span) {
    const char *cur = s->text.p + s->cur, *lim = s->text.p + s->text.n, *mark, *begin;
#define DONE (span->at = (uint32_t)(begin - s->text.p), span->end = s->cur = (uint32_t)(cur - s->text.p))
    for (;;) {
        begin = cur;
        /*!re2c
            [\t \r\n\f]+  { continue; }
            "//" [^\n]*   { continue; }
            "=="          { DONE; return CEL_T_EQ; }
            "!="          { DONE; return CEL_T_NE; }
            "in"          { DONE; return CEL_T_IN; }
            "<"           { DONE; return CEL_T_LESS; }
            "<="          { DONE; return CEL_T_LESS_EQUALS; }
            ">="          { DONE; return CEL_T_GREATER_EQUALS; }
            ">"           { DONE; return CEL_T_GREATER; }
            "&&"          { DONE; return CEL_T_AND; }
            "||"          { DONE; return CEL_T_OR; }
            "["           { DONE; return bracket(s, *span, CEL_T_LEFT); }
            "{"           { DONE; return bracket(s, *span, CEL_T_BRACE); }
            "("           { DONE; return bracket(s, *span, CEL_T_OPEN); }
            "]"           { DONE; s->nesting--; return CEL_T_RIGHT; }
            "}"           { DONE; s->nesting--; return CEL_T_UNBRACE; }
            ")"           { DONE; s->nesting--; return CEL_T_CLOSE; }
            "."           { DONE; return CEL_T_DOT; }
            ","           { DONE; return CEL_T_COMMA; }
            "-"           { DONE; return CEL_T_MINUS; }
            "!"           { DONE; return CEL_T_NOT; }
            "?"           { DONE; return CEL_T_QUESTION; }
            ":"           { DONE; return CEL_T_COLON; }
            "+"           { DONE; return CEL_T_PLUS; }
            "*"           { DONE; return CEL_T_STAR; }
            "/"           { DONE; return CEL_T_SLASH; }
            "%"           { DONE; return CEL_T_PERCENT; }
            "true"        { DONE; return CEL_T_TRUE; }
            "false"       { DONE; return CEL_T_FALSE; }
            "null"        { DONE; return CEL_T_NULL; }
            double        { DONE; return CEL_T_DOUBLE; }
            int           { DONE; return CEL_T_INT; }
            int [uU]      { DONE; return CEL_T_UINT; }
            string        { DONE; return CEL_T_STRING; }
            [bB] string   { DONE; return CEL_T_BYTES; }
            letter (letter | digit)*    { DONE; return CEL_T_IDENT; }
            "`" [a-zA-Z0-9_.\-/ ]+ "`"  { DONE; return CEL_T_ESCAPED; }
            ["']          { DONE; explain_string(s, span->at); return CEL_T_OTHER; }
            "$("          { DONE; cel_fail(s, *span, "put quotes around it: '$(params.x)' == 'a'", "a Tekton variable must stand inside a string"); return CEL_T_OTHER; }
            "="           { DONE; cel_fail(s, *span, "", "`=` is no operator; `==` compares"); return CEL_T_OTHER; }
            "&"           { DONE; cel_fail(s, *span, "", "`&` is no operator; `&&` is \"and\""); return CEL_T_OTHER; }
            "|"           { DONE; cel_fail(s, *span, "", "`|` is no operator; `||` is \"or\""); return CEL_T_OTHER; }
            $             { DONE; return CEL_T_YYEOF; }
            *             { DONE; return CEL_T_OTHER; }
        */
    }
}

static int take(cel_scan *s, cel_span *span) {
    int token = s->ahead;
    if (token < 0) return scan_token(s, span);
    *span = s->ahead_span;
    s->ahead = -1;
    return token;
}

static bool ends_operand(int token) {
    switch (token) {
    case CEL_T_IDENT: case CEL_T_ESCAPED: case CEL_T_INT: case CEL_T_UINT: case CEL_T_DOUBLE: case CEL_T_STRING:
    case CEL_T_BYTES: case CEL_T_TRUE: case CEL_T_FALSE: case CEL_T_NULL: case CEL_T_CLOSE: case CEL_T_RIGHT:
    case CEL_T_UNBRACE: return true;
    default: return false;
    }
}

/* A minus right before a number belongs to the number (so that the smallest int can be written), unless it subtracts or
 * another such minus stands before it. What stands before it decides that, so it is a token of its own. */
int cel_yylex(CEL_YYSTYPE *value, cel_span *span, cel_scan *s);
int cel_yylex(CEL_YYSTYPE *value, cel_span *span, cel_scan *s) {
    (void)value;
    int token = take(s, span);
    if (token == CEL_T_MINUS && s->before != AFTER_OPERAND) {
        if (s->before != AFTER_PREFIX_MINUS) {
            s->ahead = scan_token(s, &s->ahead_span);
            if (s->ahead == CEL_T_INT || s->ahead == CEL_T_DOUBLE) token = CEL_T_SIGN;
        }
        s->before = AFTER_PREFIX_MINUS;
    } else {
        s->before = ends_operand(token) ? AFTER_OPERAND : AFTER_OTHER;
    }
    return token;
}
