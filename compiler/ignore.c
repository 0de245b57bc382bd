#include "compiler/ignore.h"

enum { GUESSES = 50 }; /* unknown names that get a "did you mean": guessing costs more than reading */

typedef struct line {
    uint32_t at, end; /* without the line break */
    uint32_t first;   /* byte that is no blank */
} line;

/* Comments are found in the order of the text, and what was looked at for one is kept for the next: the whole is linear
 * however long lines are and however many comments stand on them. */
typedef struct reader {
    diags *d;
    const source *s;
    str text;
    line line;     /* of the last comment */
    uint32_t next; /* where the line begins that the last comments on lines of their own speak of */
    uint32_t guesses;
} reader;

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static uint32_t line_end(str text, uint32_t from) {
    const char *p = from < text.n ? memchr(text.p + from, '\n', text.n - from) : NULL;
    return p ? (uint32_t)(p - text.p) : text.n;
}

static uint32_t skip_blanks(str text, uint32_t i, uint32_t end) {
    while (i < end && is_blank(text.p[i])) i++;
    return i;
}

static void go_to_line(reader *r, uint32_t at) {
    if (r->line.end > at) return;
    const char *p = at ? memrchr(r->text.p, '\n', at) : NULL;
    r->line.at = p ? (uint32_t)(p - r->text.p) + 1 : 0;
    r->line.end = line_end(r->text, at);
    r->line.first = skip_blanks(r->text, r->line.at, r->line.end);
}

/* Where the comment begins that `mark` opens: a '#' before it, which begins the line or follows a blank. */
static bool comment_start(str text, line l, uint32_t mark, uint32_t *at) {
    uint32_t i = mark;
    while (i > l.at && is_blank(text.p[i - 1])) i--;
    if (i == l.at || text.p[i - 1] != '#') return false;
    *at = i - 1;
    return *at == l.at || is_blank(text.p[*at - 1]);
}

static bool is_mark(str text, uint32_t from, uint32_t end) {
    static const char mark[] = "tektonc:";
    return end - from >= sizeof mark - 1 && memcmp(text.p + from, mark, sizeof mark - 1) == 0;
}

/* Nothing on the line, or nothing but a comment of this kind. */
static bool passed_over(str text, line l) {
    uint32_t i = skip_blanks(text, l.at, l.end);
    if (i < l.end && text.p[i] == '\r') i++;
    if (i == l.end) return true;
    return text.p[i] == '#' && is_mark(text, skip_blanks(text, i + 1, l.end), l.end);
}

/* The end of what a comment on a line of its own speaks of: the next line with something on it. */
static uint32_t target_end(reader *r) {
    if (r->next <= r->line.at) {
        line x = r->line;
        while (x.end < r->text.n) {
            x.at = x.end + 1;
            x.end = line_end(r->text, x.at);
            if (!passed_over(r->text, x)) break;
        }
        r->next = x.at;
    }
    return line_end(r->text, r->next);
}

static void report_unknown(reader *r, uint32_t at, uint32_t end, str word) {
    pos from = r->s->base + at, to = r->s->base + end;
    diag *x = word.n ? REPORT_RANGE(r->d, IGNORE_UNKNOWN, from, to, "there is no rule %.*s to ignore", STR_ARG(word))
                     : REPORT_RANGE(r->d, IGNORE_UNKNOWN, from, to, "this comment names no rule to ignore");
    str names[TK_COUNT];
    for (int i = 0; i < TK_COUNT; i++) names[i] = str_z(diag_rules[i].name);
    str near = r->guesses++ < GUESSES ? diag_nearest(word, names, TK_COUNT) : STR_NONE;
    if (near.n)
        diag_help(r->d, x, "did you mean `%.*s`?", STR_ARG(near));
    else
        diag_help(r->d, x, "write an id or a name, as in `# tektonc: ignore TK0923`; `tektonc explain` lists them");
}

static bool ends_word(char c) { return is_blank(c) || c == ',' || c == '\r' || c == ':' || c == ';'; }

static void read_rules(reader *r, uint32_t comment, uint32_t i, uint32_t end, uint32_t from, uint32_t to) {
    for (bool first = true;; first = false) {
        while (i < end && (is_blank(r->text.p[i]) || r->text.p[i] == ',')) i++;
        uint32_t at = i;
        while (i < end && !ends_word(r->text.p[i])) i++;
        str word = str_cut(r->text, at, i);
        const diag_rule *rule = diag_rule_find(word);
        if (rule) {
            vec_push(r->d->a, &r->d->mutes, ((diag_mute){rule, r->s->base + from, r->s->base + to}));
        } else {
            if (first || str_starts(word, S("TK0"))) report_unknown(r, word.n ? at : comment, word.n ? i : end, word);
            return;
        }
    }
}

static void read_comment(reader *r, uint32_t mark) {
    static const char file[] = "ignore-file", here[] = "ignore";
    go_to_line(r, mark);
    line l = r->line;
    uint32_t comment, i = skip_blanks(r->text, mark + 8, l.end);
    if (!comment_start(r->text, l, mark, &comment)) return;
    str rest = str_cut(r->text, i, l.end);
    bool whole = str_starts(rest, str_z(file));
    if (!whole && !str_starts(rest, str_z(here))) return;
    i += (uint32_t)(whole ? sizeof file : sizeof here) - 1;
    if (i < l.end && !ends_word(r->text.p[i])) return;
    if (whole)
        read_rules(r, comment, i, l.end, 0, r->text.n + 1);
    else
        read_rules(r, comment, i, l.end, l.at, (l.first == comment ? target_end(r) : l.end) + 1);
}

void ignore_read(diags *d, const source *s, uint32_t n) {
    for (uint32_t k = 0; k < n; k++) {
        reader r = {.d = d, .s = &s[k], .text = s[k].text};
        const char *p = r.text.p, *end = p + r.text.n;
        while (p < end && (p = memmem(p, (size_t)(end - p), "tektonc:", 8))) {
            read_comment(&r, (uint32_t)(p - r.text.p));
            p += 8;
        }
    }
    diags_mute_ready(d);
}
