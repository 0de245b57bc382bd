#include "grammar/cel_tree.h"
#include "base/utf8.h"

void cel_fail(cel_scan *s, cel_span span, const char *help, const char *format, ...) {
    if (s->failed) return;
    s->failed = true;
    va_list args;
    va_start(args, format);
    *s->error = (cel_error){CEL_SYNTAX, false, span.at, span.end, str_vfmt(s->a, format, args), str_z(help)};
    va_end(args);
}

cel_node *cel_node_new(cel_scan *s, cel_node_kind kind, cel_span span) {
    cel_node *n = ARENA_NEW(s->a, cel_node);
    n->kind = kind;
    n->at = n->op_at = span.at;
    n->end = n->op_end = span.end;
    return n;
}

bool cel_node_add(cel_scan *s, cel_node *n, cel_node *child) {
    if (n->n == n->cap) {
        uint32_t cap = n->cap ? n->cap * 2 : 2;
        n->v = arena_grow(s->a, n->v, n->cap * sizeof *n->v, cap * sizeof *n->v);
        n->cap = cap;
    }
    n->v[n->n++] = child;
    if (child->height >= n->height) n->height = (uint16_t)(child->height + 1);
    if (n->height <= CEL_DEEPEST) return true;
    cel_fail(s, (cel_span){n->op_at, n->op_end}, "", "the expression has more than %d levels", CEL_DEEPEST);
    return false;
}

static str text_of(const cel_scan *s, cel_span span) { return str_cut(s->text, span.at, span.end); }

/* --- literals ------------------------------------------------------------------------------------------------- */

cel_node *cel_make_constant(cel_scan *s, cel_span token, cel_value v) {
    cel_node *n = cel_node_new(s, NODE_LITERAL, token);
    n->literal = v;
    return n;
}

static int hex_digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

/* The digits of a literal, decimal or after 0x. */
static bool magnitude(str digits, uint64_t *out) {
    uint64_t base = 10, x = 0;
    if (str_starts(digits, S("0x"))) {
        base = 16;
        digits = str_from(digits, 2);
    }
    for (uint32_t i = 0; i < digits.n; i++) {
        uint64_t digit = (uint64_t)hex_digit(digits.p[i]);
        if (x > (UINT64_MAX - digit) / base) return false;
        x = x * base + digit;
    }
    *out = x;
    return true;
}

cel_node *cel_make_int(cel_scan *s, cel_span token, bool negative, cel_span span) {
    uint64_t x;
    if (!magnitude(text_of(s, token), &x) || x > (uint64_t)INT64_MAX + negative) {
        cel_fail(s, span, "", "the integer is out of range, which is -2^63 to 2^63-1");
        return NULL;
    }
    return cel_make_constant(s, span, (cel_value){.kind = CEL_INT, .i = (int64_t)(negative ? -x : x)});
}

cel_node *cel_make_uint(cel_scan *s, cel_span token) {
    uint64_t x;
    if (!magnitude(text_of(s, (cel_span){token.at, token.end - 1}), &x)) {
        cel_fail(s, token, "", "the unsigned integer is out of range, which ends at 2^64-1");
        return NULL;
    }
    return cel_make_constant(s, token, (cel_value){.kind = CEL_UINT, .u = x});
}

cel_node *cel_make_double(cel_scan *s, cel_span token, bool negative, cel_span span) {
    double d;
    if (!cel_read_double(s->a, text_of(s, token), &d)) {
        cel_fail(s, span, "", "the number is out of range");
        return NULL;
    }
    return cel_make_constant(s, span, (cel_value){.kind = CEL_DOUBLE, .d = negative ? -d : d});
}

static void add_character(strbuf *b, uint32_t c) {
    char bytes[4];
    strbuf_add(b, (str){bytes, utf8_encode(bytes, c)});
}

/* One escape that the lexer let pass; *i at the character behind the backslash, then at its last one. */
static bool add_escape(strbuf *b, str t, uint32_t *i, bool bytes) {
    static const char from[] = "abfnrtv\\'\"`?", to[] = "\a\b\f\n\r\t\v\\'\"`?";
    char c = t.p[*i];
    const char *simple = memchr(from, c, sizeof from - 1);
    if (simple) {
        strbuf_addc(b, to[simple - from]);
        return true;
    }
    bool octal = c >= '0' && c <= '3';
    uint32_t digits = octal ? 2 : (c | 0x20) == 'x' ? 2 : c == 'u' ? 4 : 8, x = octal ? (uint32_t)(c - '0') : 0;
    for (uint32_t k = 0; k < digits; k++) x = x * (octal ? 8 : 16) + (uint32_t)hex_digit(t.p[++*i]);
    if (bytes && digits > 2) return false; /* characters are no bytes */
    if (bytes)
        strbuf_addc(b, (char)x);
    else if (x > 0x10ffff || (x >= 0xd800 && x < 0xe000))
        return false;
    else
        add_character(b, x);
    return true;
}

cel_node *cel_make_text(cel_scan *s, cel_span token, bool bytes) {
    str t = text_of(s, token);
    uint32_t from = bytes ? 1 : 0;
    bool raw = (t.p[from] | 0x20) == 'r';
    if (raw) from++;
    bool block = t.n - from >= 6 && t.p[from + 1] == t.p[from] && t.p[from + 2] == t.p[from];
    uint32_t quotes = block ? 3 : 1, end = t.n - quotes;
    strbuf b = {.a = s->a};
    strbuf_reserve(&b, t.n);
    for (uint32_t i = from + quotes; i < end; i++) {
        uint32_t at = i;
        if (t.p[i] == '\r') { /* line ends count as \n, however they are written */
            if (i + 1 < end && t.p[i + 1] == '\n') i++;
            strbuf_addc(&b, '\n');
        } else if (t.p[i] != '\\' || raw) {
            strbuf_addc(&b, t.p[i]);
        } else if (i++, !add_escape(&b, t, &i, bytes)) {
            cel_fail(s, (cel_span){token.at + at, token.at + i + 1}, "",
                     bytes ? "bytes are written as \\xHH or \\OOO, not as characters"
                           : "there is no character of that number");
            return NULL;
        }
    }
    return cel_make_constant(s, token, cel_text_value(bytes ? CEL_BYTES : CEL_STRING, strbuf_str(&b)));
}

/* --- names and operators -------------------------------------------------------------------------------------- */

static bool is_reserved(str name) {
    static const char *const words[] = {"as",        "break",  "const",  "continue", "else", "for",
                                        "function",  "if",     "import", "let",      "loop", "package",
                                        "namespace", "return", "var",    "void",     "while"};
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq(name, str_z(words[i]))) return true;
    return false;
}

static bool reserved_fails(cel_scan *s, cel_span name) {
    if (!is_reserved(text_of(s, name))) return false;
    cel_fail(s, name, "", "`%.*s` is a reserved word", STR_ARG(text_of(s, name)));
    return true;
}

cel_node *cel_make_name(cel_scan *s, cel_span name, bool dot, cel_span span) {
    if (reserved_fails(s, name)) return NULL;
    cel_node *n = cel_node_new(s, NODE_IDENT, span);
    n->name = text_of(s, name);
    n->dot = dot;
    return n;
}

cel_node *cel_make_select(cel_scan *s, cel_node *of, cel_span field, cel_span span) {
    cel_node *n = cel_node_new(s, NODE_SELECT, span);
    n->op_at = field.at;
    n->op_end = field.end;
    n->name = text_of(s, field);
    if (n->name.p[0] == '`') n->name = str_cut(n->name, 1, n->name.n - 1);
    return cel_node_add(s, n, of) ? n : NULL;
}

cel_node *cel_make_operator(cel_scan *s, cel_function f, cel_span op, cel_node *x, cel_node *y, cel_node *z,
                            cel_span span) {
    cel_node *n = cel_node_new(s, NODE_CALL, span);
    n->known = true;
    n->function = f;
    n->name = cel_function_name(f);
    n->op_at = op.at;
    n->op_end = op.end;
    if (!cel_node_add(s, n, x) || (y && !cel_node_add(s, n, y)) || (z && !cel_node_add(s, n, z))) return NULL;
    return n;
}

/* A chain of one operator is one node: however long, it is not deep. */
cel_node *cel_make_logic(cel_scan *s, cel_node_kind kind, cel_span op, cel_node *x, cel_node *y, cel_span span) {
    cel_node *n = x;
    if (x->kind != kind) {
        n = cel_node_new(s, kind, span);
        n->op_at = op.at;
        n->op_end = op.end;
        if (!cel_node_add(s, n, x)) return NULL;
    }
    n->end = span.end;
    return cel_node_add(s, n, y) ? n : NULL;
}

/* --- calls and macros ----------------------------------------------------------------------------------------- */

static cel_node *make_has(cel_scan *s, cel_node *field, cel_span span) {
    if (field->kind != NODE_SELECT && field->kind != NODE_HAS) {
        cel_fail(s, (cel_span){field->at, field->end}, "write `has(x.field)`", "`has` takes a field");
        return NULL;
    }
    cel_node *n = cel_node_new(s, NODE_HAS, span);
    n->name = field->name;
    n->op_at = field->op_at;
    n->op_end = field->op_end;
    return cel_node_add(s, n, field->v[0]) ? n : NULL;
}

static bool macro_of(str name, uint32_t arguments, cel_node_kind *out) {
    static const struct {
        const char *name;
        cel_node_kind kind;
        uint32_t most;
    } macros[] = {
        {"all", NODE_ALL, 2},       {"exists", NODE_EXISTS, 2}, {"exists_one", NODE_EXISTS_ONE, 2},
        {"filter", NODE_FILTER, 2}, {"map", NODE_TRANSFORM, 3},
    };
    for (uint32_t i = 0; i < sizeof macros / sizeof *macros; i++)
        if (str_eq(name, str_z(macros[i].name)) && arguments >= 2 && arguments <= macros[i].most) {
            *out = macros[i].kind;
            return true;
        }
    return false;
}

static cel_node *make_macro(cel_scan *s, cel_node_kind kind, cel_node *range, cel_span name, const cel_nodes *args,
                            cel_span span) {
    cel_node *n = cel_node_new(s, kind, span);
    const cel_node *variable = args->v[0];
    cel_span at = {variable->at, variable->end};
    if (variable->kind != NODE_IDENT) {
        cel_fail(s, at, "write for example `list.all(x, x > 1)`",
                 "the first argument of `%.*s` is a name for the element", STR_ARG(text_of(s, name)));
        return NULL;
    }
    if (str_eq(variable->name, S("__result__")) && !variable->dot) {
        cel_fail(s, at, "", "the name `__result__` is reserved");
        return NULL;
    }
    n->name =
        variable->dot ? str_cat(s->a, S("."), variable->name) : variable->name; /* with a dot nothing can refer to it */
    n->op_at = name.at;
    n->op_end = name.end;
    if (!cel_node_add(s, n, range)) return NULL;
    for (uint32_t i = 1; i < args->n; i++)
        if (!cel_node_add(s, n, args->v[i])) return NULL;
    return n;
}

cel_node *cel_make_call(cel_scan *s, cel_node *target, bool dot, cel_span name, cel_nodes *args, cel_span span) {
    str function = text_of(s, name);
    if (!target && reserved_fails(s, name)) return NULL;
    if (!target && !dot && args->n == 1 && str_eq(function, S("has"))) return make_has(s, args->v[0], span);
    cel_node_kind macro;
    if (target && macro_of(function, args->n, &macro)) return make_macro(s, macro, target, name, args, span);
    cel_node *n = cel_node_new(s, NODE_CALL, span);
    n->name = function;
    n->member = target != NULL;
    n->op_at = name.at;
    n->op_end = name.end;
    if (target && !cel_node_add(s, n, target)) return NULL;
    for (uint32_t i = 0; i < args->n; i++)
        if (!cel_node_add(s, n, args->v[i])) return NULL;
    return n;
}

cel_node *cel_make_list(cel_scan *s, cel_node_kind kind, cel_nodes *elements, cel_span span) {
    cel_node *n = cel_node_new(s, kind, span);
    n->op_end = n->op_at + 1;
    for (uint32_t i = 0; i < elements->n; i++)
        if (!cel_node_add(s, n, elements->v[i])) return NULL;
    return n;
}

cel_node *cel_make_message(cel_scan *s, cel_node *name, cel_span brace, cel_span span) {
    const cel_node *n = name;
    while (n->kind == NODE_SELECT && !n->closed && s->text.p[n->op_at] != '`') n = n->v[0];
    if (n->kind != NODE_IDENT || n->closed) {
        cel_fail(s, brace, "", "an operator or the end expected, not `{`");
        return NULL;
    }
    cel_node *out = cel_node_new(s, NODE_MESSAGE, span);
    out->op_end = brace.at;
    return out;
}
