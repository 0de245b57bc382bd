/* Tekton's variable patterns as automata. Go matches leftmost-first; where that differs from re2c's longest match (the
 * non-greedy parts) an automaton looks for the first place at which the pattern can end. The texts end without a
 * sentinel: re2c's eof rule, guarded peek. */
#include "grammar/detect.h"
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

    word   = [_a-zA-Z0-9.-];
    quoted = [_a-zA-Z0-9./]; // Tekton's class says .-\/, a range: no minus
*/

/* Each of these stands at a "$(" and yields the place behind the hit, or NULL. */
typedef const char *matcher(const char *cur, const char *lim);

static const char *match_variable(const char *cur, const char *lim) {
    const char *mark;
    /*!re2c
        "$(" word+ ("[" ([0-9]+ | "*") "]")? ")" { return cur; }
        $ { return NULL; }
        * { return NULL; }
    */
}

static const char *match_artifact(const char *cur, const char *lim) {
    const char *mark;
    /*!re2c
        "$(" ("steps" | "tasks") "." [^.]+ "." ("inputs" | "outputs") "." [^.)]+ ")" { return cur; }
        "$(" ("step.")? "artifacts.path)" { return cur; }
        $ { return NULL; }
        * { return NULL; }
    */
}

static const char *match_param_index(const char *cur, const char *lim) {
    const char *mark;
    /*!re2c
        "$(params" ("." word+ | "['" quoted+ "']" | "[\"" quoted+ "\"]") "[" [0-9]+ "])" { return cur; }
        $ { return NULL; }
        * { return NULL; }
    */
}

/* The place behind the first ".results." of this line, or NULL. */
static const char *past_results(const char *cur, const char *lim) {
    const char *mark;
    for (;;) {
        /*!re2c
            ".results." { return cur; }
            "\n"        { return NULL; }
            $           { return NULL; }
            *           { continue; }
        */
    }
}

/* The place behind the first `closing` of this line, or NULL. */
static const char *past_closing(const char *cur, const char *lim, char quote) {
    const char *mark;
    for (;;) {
        /*!re2c
            ")"     { if (!quote) return cur; continue; }
            "\"])"  { if (quote != '\'') return cur; continue; }
            "'])"   { if (quote != '"') return cur; continue; }
            "\n"    { return NULL; }
            $       { return NULL; }
            *       { continue; }
        */
    }
}

/* The next "$(", or NULL. */
static const char *next_open(const char *cur, const char *lim) {
    while (lim - cur >= 2) {
        cur = memchr(cur, '$', (size_t)(lim - cur) - 1);
        if (!cur || cur[1] == '(') return cur;
        cur++;
    }
    return NULL;
}

static const char *line_end(const char *cur, const char *lim) {
    const char *newline = memchr(cur, '\n', (size_t)(lim - cur));
    return newline ? newline : lim;
}

static void take(hit *out, str text, const char *from, const char *to) {
    out->at = (uint32_t)(from - text.p);
    out->end = (uint32_t)(to - text.p);
    out->inner = str_cut(text, out->at + 2, out->end - 1);
    out->name = STR_NONE;
    out->form = 0;
}

static bool find(str text, uint32_t from, hit *out, matcher *match) {
    if (text.n < 2) return false;
    const char *lim = text.p + text.n;
    for (const char *p = next_open(text.p + from, lim); p; p = next_open(p + 1, lim)) {
        const char *end = match(p, lim);
        if (!end) continue;
        take(out, text, p, end);
        return true;
    }
    return false;
}

bool detect_variable(str text, uint32_t from, hit *out) { return find(text, from, out, match_variable); }
bool detect_artifact(str text, uint32_t from, hit *out) { return find(text, from, out, match_artifact); }
bool detect_param_index(str text, uint32_t from, hit *out) { return find(text, from, out, match_param_index); }

bool detect_step_result(str text, uint32_t from, hit *out) {
    if (text.n < 2) return false;
    const char *lim = text.p + text.n;
    for (const char *p = next_open(text.p + from, lim), *next; p; p = next_open(next, lim)) {
        next = p + 1;
        if (!str_starts(str_from(text, (uint32_t)(p - text.p)), S("$(steps."))) continue;
        const char *middle = past_results(p + sizeof "$(steps." - 1, lim);
        const char *end = middle ? past_closing(middle, lim, 0) : NULL;
        if (end) {
            take(out, text, p, end);
            return true;
        }
        next = line_end(p, lim); /* what is missing here is missing for all later ones of the line */
    }
    return false;
}

/* The place behind the prefix, or NULL. */
static const char *past_prefix(const char *p, const char *lim, str prefix) {
    if ((size_t)(lim - p) < prefix.n) return NULL;
    for (uint32_t i = 0; i < prefix.n; i++)
        if (p[i] != prefix.p[i] && (prefix.p[i] != '?' || p[i] == '\n')) return NULL;
    return p + prefix.n;
}

/* Which form stands at cur, and the place where V begins; NULL for none. */
static const char *past_form(const char *cur, const char *lim, char *form) {
    /*!re2c
        "."   { *form = '.'; return cur; }
        "[\"" { *form = '"'; return cur; }
        "['"  { *form = '\''; return cur; }
        $     { return NULL; }
        *     { return NULL; }
    */
}

bool detect_prefixed(str text, str prefix, uint32_t from, hit *out) {
    assert(prefix.n > 0);
    if (text.n < 2) return false;
    /* A quote that never closes is found out at the end of its line only, while hits before that end go on; so the
     * walk remembers up to where no closing one is. */
    bool goes_on = from > 0 && out->end == from;
    uint32_t dry_double = goes_on ? out->dry_double : 0, dry_single = goes_on ? out->dry_single : 0;
    const char *lim = text.p + text.n;
    for (const char *p = next_open(text.p + from, lim), *next; p; p = next_open(next, lim)) {
        char form = 0;
        next = p + 1;
        const char *v = past_prefix(p + 2, lim, prefix);
        if (v) v = past_form(v, lim, &form);
        if (!v) continue;
        uint32_t *dry = form == '"' ? &dry_double : &dry_single;
        if (form != '.' && v - text.p < *dry) continue;
        const char *end = past_closing(v, lim, form == '.' ? 0 : form);
        if (end) {
            take(out, text, p, end);
            out->form = form;
            out->name = str_cut(text, (uint32_t)(v - text.p), out->end - (form == '.' ? 1 : 3));
            out->dry_double = dry_double;
            out->dry_single = dry_single;
            return true;
        }
        if (form == '.') next = line_end(p, lim); /* no parenthesis, so nothing closes on this line */
        else *dry = (uint32_t)(line_end(p, lim) - text.p);
    }
    return false;
}

result_form detect_result_ref(str inner, result_ref *out) {
    str part[5];
    uint32_t n = 0, from = 0;
    for (uint32_t i = 0; i <= inner.n; i++) {
        if (i < inner.n && inner.p[i] != '.') continue;
        if (n < 5) part[n] = str_cut(inner, from, i);
        n++;
        from = i + 1;
    }
    if (n < 4 || !str_eq(part[2], S("results"))) return RESULT_NO;
    bool finally = str_eq(part[0], S("finally"));
    if (!finally && !str_eq(part[0], S("tasks"))) return RESULT_NO;
    if (n > 5) return RESULT_BROKEN;
    *out = (result_ref){.finally = finally, .task = part[1], .result = part[3]};
    if (n == 5) {
        out->key = part[4];
        return RESULT_OK;
    }
    uint32_t left = 0;
    while (left < part[3].n && part[3].p[left] != '[') left++;
    out->result.n = left;
    for (uint32_t i = left + 1; i + 1 < part[3].n; i++) {
        char c = part[3].p[i];
        out->star = c == '*';
        if (c < '0' || c > '9') break;
        uint64_t digit = (uint64_t)(c - '0');
        out->indexed = true;
        out->index = out->index > (UINT64_MAX - digit) / 10 ? UINT64_MAX : out->index * 10 + digit;
    }
    return RESULT_OK;
}
