/* The YAML that most files are written in, read directly: block maps and lists, scalars, flow collections, comments,
 * several documents. Several times as fast as by libyaml's events, and nothing but a short cut: whatever is not plainly of
 * that kind (anchors, tags, merge keys, tabs as layout, escapes out of the ordinary, quoted strings over several lines,
 * and every error) ends it, and libyaml reads the whole stretch. What it takes must be the tree, with the same places,
 * that read_yaml.c builds: tests/fuzz/fuzz_plain.c compares the two.
 *
 * Names: `indent` is libyaml's, the column of the innermost open block collection; columns count from 0. */
#include "base/read_inner.h"

enum { DEPTH_MAX = 100, KEY_MAX = 1000 };

typedef struct plain {
    reader *r;
    const char *start, *end; /* of the source's text; of the stretch */
    const char *p;
    int col;                 /* of the token at p, where p begins a line; -1: the document has ended */
    int depth;
} plain;

static const ynode *block_node(plain *f, int indent, int col);

static bool is_blank_z(const plain *f, const char *p) { return p == f->end || *p == ' ' || *p == '\n'; }
static pos at_of(const plain *f, const char *p) { return f->r->src->base + (pos)(p - f->start); }
static bool is_dash(const plain *f, const char *p) { return *p == '-' && is_blank_z(f, p + 1); }

/* --- lines ------------------------------------------------------------------------------------------------------- */

static bool skip_spaces(plain *f) {
    while (f->p < f->end && *f->p == ' ') f->p++;
    return f->p == f->end || *f->p != '\t';
}

static void skip_comment(plain *f) {
    f->p = memchr(f->p, '\n', (size_t)(f->end - f->p));
    if (!f->p) f->p = f->end;
}

/* From the begin of a line on: to the first token. */
static bool first_line(plain *f, const char *line) {
    for (;; line = f->p + 1) {
        if (line >= f->end) {
            f->p = f->end;
            return f->col = -1, true;
        }
        f->p = line;
        if (!skip_spaces(f)) return false;
        if (f->p == f->end || *f->p == '\n') continue;
        if (*f->p == '#') {
            skip_comment(f);
            continue;
        }
        f->col = (int)(f->p - line);
        if (f->col > 0) return true;
        if (*f->p == '%') return false;
        if (f->end - f->p >= 3 && (memcmp(f->p, "---", 3) == 0 || memcmp(f->p, "...", 3) == 0) && is_blank_z(f, f->p + 3))
            return f->col = -1, *f->p == '-';
        return true;
    }
}

/* From a line break, or the end, on. */
static bool next_line(plain *f) { return first_line(f, f->p < f->end ? f->p + 1 : f->end); }

/* What stands behind a value on its line: nothing, or a comment. Then to the next line. */
static bool end_line(plain *f) {
    const char *p = f->p;
    if (!skip_spaces(f)) return false;
    if (f->p < f->end && *f->p == '#' && f->p > p) skip_comment(f);
    return (f->p == f->end || *f->p == '\n') && next_line(f);
}

/* --- scalars ------------------------------------------------------------------------------------------------------- */

typedef struct token {
    const char *at, *end;
    str text;
    uint8_t raw; /* as in ynode */
    bool quoted, block;
} token;

/* In quotes, on one line; p is on the quote. */
static bool scan_quoted(plain *f, token *t) {
    char quote = *f->p;
    const char *q = f->p + 1, *from = q;
    *t = (token){.at = f->p, .quoted = true};
    while (q < f->end && *q != quote && *q != '\n' && (*q != '\\' || quote != '"')) q++;
    if (q < f->end && *q == quote && !(quote == '\'' && q + 1 < f->end && q[1] == quote)) {
        t->text = (str){from, (uint32_t)(q - from)};
        t->raw = 2;
        t->end = f->p = q + 1;
        return true;
    }
    strbuf b = {.a = f->r->a};
    strbuf_reserve(&b, (size_t)(q - from) + 16);
    strbuf_add(&b, (str){from, (uint32_t)(q - from)});
    for (; q < f->end && *q != '\n'; q++) {
        if (*q == quote) {
            if (quote == '"' || q + 1 == f->end || q[1] != quote) break;
            q++;
            strbuf_addc(&b, quote);
        } else if (*q == '\\' && quote == '"') {
            static const char codes[] = "nt\"\\/", means[] = "\n\t\"\\/";
            const char *code = q + 1 < f->end ? memchr(codes, q[1], sizeof codes - 1) : NULL;
            if (!code) return false;
            q++;
            strbuf_addc(&b, means[code - codes]);
        } else {
            strbuf_addc(&b, *q);
        }
    }
    if (q == f->end || *q != quote) return false;
    t->text = strbuf_str(&b);
    t->end = f->p = q + 1;
    return true;
}

/* One line of a plain scalar, from p on: *end is behind its last character, p where it was left: at `: `, ` #` or the
 * end of the line. */
static bool scan_line(plain *f, const char **end) {
    const char *q = f->p;
    *end = q;
    for (; q < f->end; q++) {
        if ((unsigned char)*q > ':') {
            *end = q + 1;
            continue;
        }
        if (*q == '\n') break;
        if (*q == ' ') continue;
        if (*q == '\t') return false;
        if (*q == ':' && is_blank_z(f, q + 1)) break;
        if (*q == '#' && q > f->p && q[-1] == ' ') break;
        *end = q + 1;
    }
    f->p = q;
    return true;
}

static bool begins_plain(const plain *f) {
    if (*f->p == '-') return !is_blank_z(f, f->p + 1) && f->p[1] != '\t';
    return !memchr("?:,[]{}#&*!|>'\"%@`", *f->p, 19);
}

/* Continues on the next lines as long as they are further in. p is behind the first line. */
static bool fold_plain(plain *f, token *t, int indent) {
    strbuf b = {.a = f->r->a};
    for (;;) {
        const char *p = f->p;
        uint32_t breaks = 0;
        int col = 0;
        while (p < f->end && *p == '\n') {
            const char *line = ++p;
            while (p < f->end && *p == ' ') p++;
            if (p < f->end && *p == '\t') return false;
            col = (int)(p - line);
            breaks++;
        }
        if (p == f->end || col <= indent || *p == '#') break;
        if (!b.n) strbuf_add(&b, t->text);
        if (breaks == 1) strbuf_addc(&b, ' ');
        for (; breaks > 1; breaks--) strbuf_addc(&b, '\n');
        f->p = p;
        if (!scan_line(f, &t->end) || (f->p < f->end && *f->p == ':')) return false;
        strbuf_add(&b, (str){p, (uint32_t)(t->end - p)});
        if (f->p < f->end && *f->p == '#') break;
    }
    if (!b.n) return true;
    t->text = strbuf_str(&b);
    t->raw = 0;
    return true;
}

/* A literal or folded block; p is on its `|` or `>`. Ends on the line break before the next token. */
static bool scan_block(plain *f, token *t, int indent) {
    bool folded = *f->p == '>', strip = false, keep = false;
    *t = (token){.at = f->p++, .block = true};
    if (f->p < f->end && (*f->p == '-' || *f->p == '+')) {
        strip = *f->p == '-', keep = *f->p == '+';
        f->p++;
    }
    while (f->p < f->end && *f->p == ' ') f->p++;
    if (f->p == f->end || *f->p != '\n') return false;
    const char *p = f->p + 1, *last = p;
    int deepest = 0, col = 0;
    uint32_t breaks = 0; /* blank lines that are not in the text yet */
    for (;; p++, breaks++) { /* the first line with something on it says how far in the block is */
        const char *line = p;
        while (p < f->end && *p == ' ') p++;
        if (p == f->end || *p == '\t') return false;
        col = (int)(p - line);
        if (*p != '\n') break;
        if (col > deepest) deepest = col;
    }
    if (col <= indent || col < deepest || col == 0) return false;
    strbuf b = {.a = f->r->a};
    bool first = true, blank_before = false;
    for (;;) { /* p is on the first character of a line's content */
        const char *q = memchr(p, '\n', (size_t)(f->end - p));
        if (!q) return false;
        bool blank = *p == ' ' || *p == '\t';
        if (!first) {
            if (!folded || blank_before || blank) strbuf_addc(&b, '\n');
            else if (!breaks) strbuf_addc(&b, ' ');
        }
        for (; breaks; breaks--) strbuf_addc(&b, '\n');
        strbuf_add(&b, (str){p, (uint32_t)(q - p)});
        first = false;
        blank_before = blank;
        last = q;
        int at = 0;
        for (p = q + 1;; breaks++, p++) {
            const char *line = p;
            while (p < f->end && *p == ' ' && p - line < col) p++;
            at = (int)(p - line);
            if (p == f->end || *p != '\n') break;
            last = p;
        }
        if (p < f->end && *p == '\t' && at < col) return false;
        if (p == f->end || at < col) break;
    }
    if (!strip) strbuf_addc(&b, '\n');
    for (; keep && breaks; breaks--) strbuf_addc(&b, '\n');
    t->text = strbuf_str(&b);
    f->p = last;
    t->end = last;
    while (t->end > t->at + 1 && (t->end[-1] == ' ' || t->end[-1] == '\t' || t->end[-1] == '\n')) t->end--;
    return true;
}

/* --- nodes ------------------------------------------------------------------------------------------------------- */

static const ynode *scalar_node(const plain *f, const token *t) {
    scalar s = scalar_resolve(f->r->a, NULL, t->text, !t->quoted && !t->block);
    if (s.not_finite || s.problem) return NULL;
    ynode *n = ynode_new(f->r->a, s.kind, NULL);
    n->text = s.text;
    n->at = at_of(f, t->at), n->end = at_of(f, t->end);
    if (s.kind == Y_STR && s.text.p == t->text.p) {
        n->raw = t->raw;
        n->literal = t->block || (t->text.n && memchr(t->text.p, '\n', t->text.n));
    }
    return n;
}

static const ynode *null_node(const plain *f, const char *at) {
    ynode *n = ynode_new(f->r->a, Y_NULL, NULL);
    n->text = S("null");
    n->at = n->end = at_of(f, at);
    return n;
}

static bool key_of(const plain *f, const token *t, ypair *key) {
    if (t->end - t->at > KEY_MAX || (!t->quoted && str_eq(t->text, S("<<")))) return false;
    scalar s = scalar_resolve(f->r->a, NULL, t->text, !t->quoted);
    *key = (ypair){.key = scalar_key(f->r->a, &s), .key_at = at_of(f, t->at), .key_end = at_of(f, t->end)};
    return !s.problem && key->key.p;
}

static void add_item(plain *f, const ynode *item) { vec_push(f->r->scratch, &f->r->items, item); }

static void add_pair(plain *f, ypair pair, const ynode *item) {
    pair.value = item;
    vec_push(f->r->scratch, &f->r->pairs, ((read_pair){.pair = pair}));
}

/* --- flow -------------------------------------------------------------------------------------------------------- */

static bool skip_flow(plain *f) {
    for (; f->p < f->end; f->p++) {
        if (*f->p == '\n') {
            if (f->end - f->p > 3 && (memcmp(f->p + 1, "---", 3) == 0 || memcmp(f->p + 1, "...", 3) == 0)) return false;
        } else if (*f->p == '#' && (f->p[-1] == ' ' || f->p[-1] == '\n')) {
            skip_comment(f);
            f->p--;
        } else if (*f->p != ' ') {
            return *f->p != '\t';
        }
    }
    return false;
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' || c == '$' || c == '(';
}

static bool is_word_inside(char c) { return is_word(c) || c == '.' || c == '-' || c == ')' || c == '=' || c == '+' || c == '*' || c == '@'; }

/* Plain, of characters that mean nothing else there, on one line. */
static bool scan_flow(plain *f, token *t) {
    if (*f->p == '"' || *f->p == '\'') return scan_quoted(f, t);
    if (!is_word(*f->p) && !(*f->p == '-' && f->p + 1 < f->end && is_word_inside(f->p[1]) && f->p[1] != '-')) return false;
    *t = (token){.at = f->p, .end = f->p, .raw = 1};
    for (; f->p < f->end; f->p++) {
        char c = *f->p;
        if (c == ' ') continue;
        if (c == ',' || c == ']' || c == '}') break;
        if (c == ':') {
            if (f->p + 1 < f->end && f->p[1] == ' ') break;
            if (f->p + 1 == f->end || !is_word(f->p[1])) return false;
        } else if (!is_word_inside(c)) {
            return false;
        }
        t->end = f->p + 1;
    }
    t->text = (str){t->at, (uint32_t)(t->end - t->at)};
    return f->p < f->end;
}

static const ynode *flow_node(plain *f);

static const ynode *flow_seq(plain *f) {
    uint32_t first = f->r->items.n;
    const char *at = f->p++;
    for (;;) {
        if (!skip_flow(f)) return NULL;
        if (*f->p == ']') break;
        const ynode *item = flow_node(f);
        if (!item || !skip_flow(f)) return NULL;
        add_item(f, item);
        if (*f->p == ',') f->p++;
        else if (*f->p != ']') return NULL;
    }
    f->p++;
    return read_build_seq(f->r, first, at_of(f, at), at_of(f, f->p));
}

static const ynode *flow_map(plain *f) {
    uint32_t first = f->r->pairs.n;
    const char *at = f->p++;
    for (;;) {
        token t;
        ypair key;
        if (!skip_flow(f)) return NULL;
        if (*f->p == '}') break;
        if (!scan_flow(f, &t) || !skip_spaces(f) || f->p == f->end || *f->p != ':' || !key_of(f, &t, &key)) return NULL;
        f->p++;
        if (!skip_flow(f) || *f->p == ',' || *f->p == '}') return NULL;
        const ynode *item = flow_node(f);
        if (!item || !skip_flow(f)) return NULL;
        add_pair(f, key, item);
        if (*f->p == ',') f->p++;
        else if (*f->p != '}') return NULL;
    }
    f->p++;
    return read_build_map(f->r, first, at_of(f, at), at_of(f, f->p));
}

static const ynode *flow_node(plain *f) {
    token t;
    if (*f->p != '[' && *f->p != '{') return scan_flow(f, &t) ? scalar_node(f, &t) : NULL;
    if (++f->depth > DEPTH_MAX) return NULL;
    const ynode *n = *f->p == '[' ? flow_seq(f) : flow_map(f);
    f->depth--;
    return n;
}

/* --- block ------------------------------------------------------------------------------------------------------- */

/* At a token: is it a key? Then p is behind its colon. Else, of a string in quotes, behind that; of plain text, in front. */
static bool scan_key(plain *f, token *t, bool *is_key) {
    const char *at = f->p;
    if (*at == '"' || *at == '\'') {
        if (!scan_quoted(f, t)) return false;
        const char *behind = f->p;
        if (!skip_spaces(f)) return false;
        *is_key = f->p < f->end && *f->p == ':' && is_blank_z(f, f->p + 1);
        f->p = *is_key ? f->p + 1 : behind;
        return true;
    }
    if (!begins_plain(f)) return false;
    *t = (token){.at = at, .raw = 1};
    if (!scan_line(f, &t->end)) return false;
    t->text = (str){at, (uint32_t)(t->end - at)};
    *is_key = f->p < f->end && *f->p == ':';
    f->p = *is_key ? f->p + 1 : at;
    return true;
}

/* Nothing but perhaps a comment on the rest of the line: the value is on the next ones, if anywhere. */
static bool is_line_end(const plain *f) {
    return f->p == f->end || *f->p == '\n' || (*f->p == '#' && f->p[-1] == ' ');
}

static const ynode *block_seq(plain *f, int col) {
    uint32_t first = f->r->items.n;
    const char *at = f->p;
    const ynode *item;
    do {
        const char *dash = f->p++;
        if (!skip_spaces(f)) return NULL;
        if (is_line_end(f)) {
            if (!end_line(f)) return NULL;
            item = f->col > col ? block_node(f, col, f->col) : null_node(f, dash + 1);
        } else {
            item = block_node(f, col, col + (int)(f->p - dash));
        }
        if (!item) return NULL;
        add_item(f, item);
    } while (f->col == col && is_dash(f, f->p));
    return f->col > col ? NULL : read_build_seq(f->r, first, at_of(f, at), item->end);
}

/* A value that is no block collection, and the rest of its line. */
static const ynode *inline_node(plain *f, int indent) {
    token t;
    const ynode *n;
    char c = *f->p;
    if (c == '[' || c == '{') {
        n = flow_node(f);
        return n && end_line(f) ? n : NULL;
    }
    if (c == '|' || c == '>') {
        if (!scan_block(f, &t, indent)) return NULL;
    } else if (c == '"' || c == '\'') {
        if (!scan_quoted(f, &t)) return NULL;
    } else {
        t = (token){.at = f->p, .raw = 1};
        if (!begins_plain(f) || !scan_line(f, &t.end) || (f->p < f->end && *f->p == ':')) return NULL;
        t.text = (str){t.at, (uint32_t)(t.end - t.at)};
        if ((f->p == f->end || *f->p == '\n') && !fold_plain(f, &t, indent)) return NULL;
    }
    n = scalar_node(f, &t);
    if (!n) return NULL;
    if (f->p < f->end && *f->p == '#') skip_comment(f); /* behind plain text: a blank is before it */
    return end_line(f) ? n : NULL;
}

/* p is behind the colon of the first key. */
static const ynode *block_map(plain *f, int col, token *t) {
    uint32_t first = f->r->pairs.n;
    const char *at = t->at;
    const ynode *item;
    bool is_key = true;
    for (;;) {
        ypair key;
        const char *behind = f->p;
        if (!key_of(f, t, &key) || !skip_spaces(f)) return NULL;
        if (!is_line_end(f)) {
            item = is_dash(f, f->p) ? NULL : inline_node(f, col);
        } else {
            if (!end_line(f)) return NULL;
            if (f->col > col) item = block_node(f, col, f->col);
            else if (f->col == col && is_dash(f, f->p)) item = block_seq(f, col);
            else item = null_node(f, behind);
        }
        if (!item) return NULL;
        add_pair(f, key, item);
        if (f->col != col) break;
        if (is_dash(f, f->p) || !scan_key(f, t, &is_key) || !is_key) return NULL;
    }
    return f->col > col ? NULL : read_build_map(f->r, first, at_of(f, at), item->end);
}

static const ynode *node_at(plain *f, int indent, int col) {
    token t;
    bool is_key;
    if (is_dash(f, f->p)) return block_seq(f, col);
    if (memchr("[{|>", *f->p, 4)) return inline_node(f, indent);
    const char *at = f->p;
    if (!scan_key(f, &t, &is_key)) return NULL;
    if (is_key) return block_map(f, col, &t);
    f->p = at;
    return inline_node(f, indent);
}

static const ynode *block_node(plain *f, int indent, int col) {
    if (++f->depth > DEPTH_MAX) return NULL;
    const ynode *n = node_at(f, indent, col);
    f->depth--;
    return n;
}

/* --- documents ----------------------------------------------------------------------------------------------------- */

static bool has_odd_bytes(str s) {
    if (memchr(s.p, '\r', s.n)) return true;
    for (const char *p = s.p, *end = s.p + s.n; p < end; p++) {
        uint64_t eight;
        while (end - p >= 8 && (memcpy(&eight, p, 8), !(eight & UINT64_C(0x8080808080808080)))) p += 8;
        if (p == end) break;
        /* U+0085, U+2028, U+2029, which end lines; U+FEFF */
        if (end - p >= 2 && memcmp(p, "\xC2\x85", 2) == 0) return true;
        if (end - p >= 3 && memcmp(p, "\xE2\x80", 2) == 0 && (p[2] == '\xA8' || p[2] == '\xA9')) return true;
        if (end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) return true;
    }
    return false;
}

static bool read_all(plain *f) {
    while (f->p < f->end) {
        if (f->col < 0) { /* at a line `---` */
            f->p += 3;
            if (!end_line(f)) return false;
            continue;
        }
        const ynode *root = block_node(f, -1, f->col);
        if (!root || f->col >= 0 || (root->kind != Y_MAP && root->kind != Y_SEQ)) return false;
        vec_push(f->r->a, f->r->out, root);
    }
    return true;
}

bool read_plain(reader *r, uint32_t from, uint32_t to) {
    str text = str_cut(r->src->text, from, to);
    if (!text.n || has_odd_bytes(text)) return false;
    uint32_t before = r->out->n;
    plain f = {.r = r, .start = r->src->text.p, .end = text.p + text.n};
    if (first_line(&f, text.p) && read_all(&f)) return true;
    r->out->n = before;
    r->items.n = r->pairs.n = 0;
    return false;
}
