/* The grammar of CEL over the tokens of cel.re. Builders only. Optional fields and elements (`a.?b`, `[?x]`), which Tekton
 * does not turn on, are errors here. */
%code requires {
#include "grammar/cel_tree.h"
}

%define api.pure full
%define api.prefix {cel_yy}
%define api.token.prefix {CEL_T_}
%define api.location.type {cel_span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param { cel_scan *s }

%union {
    cel_node *node;
    cel_nodes nodes;
    uint32_t count;
    cel_function function;
}

%code {
int cel_yylex(CEL_YYSTYPE *value, cel_span *span, cel_scan *s);
static void cel_yyerror(const cel_span *span, cel_scan *s, const char *message);

#define YYLLOC_DEFAULT(whole, parts, n)                                                                                \
    do {                                                                                                               \
        (whole).at = (n) ? YYRHSLOC(parts, 1).at : YYRHSLOC(parts, 0).end;                                             \
        (whole).end = (n) ? YYRHSLOC(parts, n).end : YYRHSLOC(parts, 0).end;                                           \
    } while (0)
#define MAKE(result, builder)                                                                                          \
    do {                                                                                                               \
        if (!((result) = (builder))) YYABORT;                                                                          \
    } while (0)
}

%token AND "`&&`" OR "`||`" EQ "`==`" NE "`!=`" IN "`in`" LESS "`<`" LESS_EQUALS "`<=`" GREATER "`>`" GREATER_EQUALS "`>=`"
%token LEFT "`[`" RIGHT "`]`" BRACE "`{`" UNBRACE "`}`" OPEN "`(`" CLOSE "`)`" DOT "`.`" COMMA "`,`" COLON "`:`"
%token QUESTION "`?`" PLUS "`+`" MINUS "`-`" STAR "`*`" SLASH "`/`" PERCENT "`%`" NOT "`!`" SIGN "a sign"
%token INT "an integer" UINT "an unsigned integer" DOUBLE "a number" STRING "a string" BYTES "bytes"
%token TRUE "`true`" FALSE "`false`" NULL "`null`" IDENT "a name" ESCAPED "a name in backquotes"
%token YYEOF 0 "the end" OTHER "something else"
%type <node> expr or and relation sum product unary member primary literal
%type <nodes> args some_args elements entries some_entries
%type <count> nots minuses
%type <function> compares

%%

start: expr { s->root = $1; }

expr: or
    | or QUESTION or COLON expr  { MAKE($$, cel_make_operator(s, CEL_F_IF, @2, $1, $3, $5, @$)); }
or:   and
    | or OR and                  { MAKE($$, cel_make_logic(s, NODE_OR, @2, $1, $3, @$)); }
and:  relation
    | and AND relation           { MAKE($$, cel_make_logic(s, NODE_AND, @2, $1, $3, @$)); }
relation: sum
    | relation compares sum      { MAKE($$, cel_make_operator(s, $2, @2, $1, $3, NULL, @$)); }
compares: LESS { $$ = CEL_F_LESS; } | LESS_EQUALS { $$ = CEL_F_LESS_EQUALS; } | GREATER { $$ = CEL_F_GREATER; }
    | GREATER_EQUALS { $$ = CEL_F_GREATER_EQUALS; } | EQ { $$ = CEL_F_EQ; } | NE { $$ = CEL_F_NE; } | IN { $$ = CEL_F_IN; }
sum:  product
    | sum PLUS product           { MAKE($$, cel_make_operator(s, CEL_F_ADD, @2, $1, $3, NULL, @$)); }
    | sum MINUS product          { MAKE($$, cel_make_operator(s, CEL_F_SUBTRACT, @2, $1, $3, NULL, @$)); }
product: unary
    | product STAR unary         { MAKE($$, cel_make_operator(s, CEL_F_MULTIPLY, @2, $1, $3, NULL, @$)); }
    | product SLASH unary        { MAKE($$, cel_make_operator(s, CEL_F_DIVIDE, @2, $1, $3, NULL, @$)); }
    | product PERCENT unary      { MAKE($$, cel_make_operator(s, CEL_F_MODULO, @2, $1, $3, NULL, @$)); }
/* Two of them are none, whatever they stand before. */
unary: member
    | nots member                { if ($1 % 2) MAKE($$, cel_make_operator(s, CEL_F_NOT, @1, $2, NULL, NULL, @$)); else $$ = $2; }
    | minuses member             { if ($1 % 2) MAKE($$, cel_make_operator(s, CEL_F_NEGATE, @1, $2, NULL, NULL, @$)); else $$ = $2; }
nots:    NOT                     { $$ = 1; }
    | nots NOT                   { $$ = $1 + 1; }
minuses: MINUS                   { $$ = 1; }
    | minuses MINUS              { $$ = $1 + 1; }

member: primary
    | member DOT IDENT           { MAKE($$, cel_make_select(s, $1, @3, @$)); }
    | member DOT ESCAPED         { MAKE($$, cel_make_select(s, $1, @3, @$)); }
    | member DOT IDENT OPEN args CLOSE { MAKE($$, cel_make_call(s, $1, false, @3, &$5, @$)); }
    | member LEFT expr RIGHT     { MAKE($$, cel_make_operator(s, CEL_F_INDEX, @2, $1, $3, NULL, @$)); }
    | member BRACE fields UNBRACE { MAKE($$, cel_make_message(s, $1, @2, @$)); }

primary: IDENT                   { MAKE($$, cel_make_name(s, @1, false, @$)); }
    | DOT IDENT                  { MAKE($$, cel_make_name(s, @2, true, @$)); }
    | IDENT OPEN args CLOSE      { MAKE($$, cel_make_call(s, NULL, false, @1, &$3, @$)); }
    | DOT IDENT OPEN args CLOSE  { MAKE($$, cel_make_call(s, NULL, true, @2, &$4, @$)); }
    | OPEN expr CLOSE            { $$ = $2; $$->closed = true; }
    | LEFT elements RIGHT        { MAKE($$, cel_make_list(s, NODE_LIST, &$2, @$)); }
    | BRACE entries UNBRACE      { MAKE($$, cel_make_list(s, NODE_MAP, &$2, @$)); }
    | literal

args: %empty                     { $$ = (cel_nodes){0}; }
    | some_args
some_args: expr                  { $$ = (cel_nodes){0}; vec_push(s->a, &$$, $1); }
    | some_args COMMA expr       { $$ = $1; vec_push(s->a, &$$, $3); }
comma: %empty | COMMA
elements: comma                  { $$ = (cel_nodes){0}; }
    | some_args comma            { $$ = $1; }
entries: comma                   { $$ = (cel_nodes){0}; }
    | some_entries comma         { $$ = $1; }
some_entries: expr COLON expr    { $$ = (cel_nodes){0}; vec_push(s->a, &$$, $1); vec_push(s->a, &$$, $3); }
    | some_entries COMMA expr COLON expr { $$ = $1; vec_push(s->a, &$$, $3); vec_push(s->a, &$$, $5); }
/* No message can be made, so nobody needs the fields. */
fields: comma
    | some_fields comma
some_fields: field COLON expr
    | some_fields COMMA field COLON expr
field: IDENT | ESCAPED

literal: INT                     { MAKE($$, cel_make_int(s, @1, false, @$)); }
    | SIGN INT                   { MAKE($$, cel_make_int(s, @2, true, @$)); }
    | UINT                       { MAKE($$, cel_make_uint(s, @1)); }
    | DOUBLE                     { MAKE($$, cel_make_double(s, @1, false, @$)); }
    | SIGN DOUBLE                { MAKE($$, cel_make_double(s, @2, true, @$)); }
    | STRING                     { MAKE($$, cel_make_text(s, @1, false)); }
    | BYTES                      { MAKE($$, cel_make_text(s, @1, true)); }
    | TRUE                       { MAKE($$, cel_make_constant(s, @1, (cel_value){.kind = CEL_BOOL, .b = true})); }
    | FALSE                      { MAKE($$, cel_make_constant(s, @1, (cel_value){.kind = CEL_BOOL, .b = false})); }
    | NULL                       { MAKE($$, cel_make_constant(s, @1, (cel_value){.kind = CEL_NULL})); }

%%

/* Only when bison's stack is full: a syntax error goes to the function below. */
static void cel_yyerror(const cel_span *span, cel_scan *s, const char *message) {
    (void)message;
    cel_fail(s, *span, "", "the expression is nested too deeply");
}

/* What was expected, in words: after an operand nearly every operator would do, before one nearly every value. */
static int yyreport_syntax_error(const yypcontext_t *context, cel_scan *s) {
    enum { MOST = YYNTOKENS };
    cel_span bad = *yypcontext_location(context);
    yysymbol_kind_t expected[MOST];
    int n = yypcontext_expected_tokens(context, expected, MOST);
    bool value = false, operator = false;
    const char *closers[MOST];
    int closer_count = 0;
    for (int i = 0; i < n; i++) {
        if (expected[i] == YYSYMBOL_INT) value = true;
        if (expected[i] == YYSYMBOL_PLUS || expected[i] == YYSYMBOL_OPEN) operator = true;
    }
    for (int i = 0; i < n; i++)
        switch (expected[i]) {
        case YYSYMBOL_RIGHT: case YYSYMBOL_UNBRACE: case YYSYMBOL_CLOSE: case YYSYMBOL_COMMA: case YYSYMBOL_COLON: case YYSYMBOL_YYEOF:
            closers[closer_count++] = yysymbol_name(expected[i]);
            break;
        case YYSYMBOL_IDENT: case YYSYMBOL_ESCAPED: case YYSYMBOL_QUESTION:
            if (!value && !operator) closers[closer_count++] = yysymbol_name(expected[i]);
            break;
        default: break;
        }
    strbuf b = {.a = s->a};
    if (value) strbuf_addf(&b, "a value");
    else if (operator) strbuf_addf(&b, "an operator");
    for (int i = 0; i < closer_count; i++)
        strbuf_addf(&b, "%s%s", b.n == 0 ? "" : i == closer_count - 1 ? " or " : ", ", closers[i]);
    if (bad.at >= s->text.n) {
        cel_fail(s, (cel_span){s->text.n, s->text.n}, "", "%.*s expected, but the expression ends", STR_ARG(strbuf_str(&b)));
        return 0;
    }
    uint32_t end = bad.end; /* a byte that begins no token may be the first of a longer character */
    while (end < s->text.n && (s->text.p[end] & 0xc0) == 0x80) end++;
    bool single = str_cut(s->text, bad.at, end).p[0] == '\'';
    cel_fail(s, (cel_span){bad.at, end}, "", single ? "%.*s expected, not %.*s" : "%.*s expected, not `%.*s`", STR_ARG(strbuf_str(&b)),
             STR_ARG(str_cut(s->text, bad.at, end)));
    return 0;
}
