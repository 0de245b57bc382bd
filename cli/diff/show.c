#include "cli/diff/show.h"
#include "base/emit.h"
#include "base/linediff.h"
#include "base/utf8.h"
#include <stdlib.h>

enum { INLINE_LIMIT = 100, CONTEXT = 2 };

static const char *const topic_names[TOPICS] = {
    [TOPIC_ORDER] = "order",           [TOPIC_WHEN] = "when",         [TOPIC_IMAGE] = "image",
    [TOPIC_COMMAND] = "command",       [TOPIC_ENVIRONMENT] = "env",   [TOPIC_PERMISSIONS] = "permissions",
    [TOPIC_PARAMS] = "params",         [TOPIC_LIMITS] = "limits",     [TOPIC_RESOURCES] = "resources",
    [TOPIC_STORAGE] = "storage",       [TOPIC_RESULTS] = "results",   [TOPIC_SCHEDULE] = "schedule",
    [TOPIC_OTHER] = "other",
};

/* ---- what both forms share ------------------------------------------------------------------------------------------- */

typedef struct indexed {
    const change *c;
    uint32_t i;
} indexed;

static int by_topic(const void *p, const void *q) {
    const indexed *x = p, *y = q;
    if (x->c->topic != y->c->topic) return x->c->topic < y->c->topic ? -1 : 1;
    return x->i < y->i ? -1 : 1;
}

static indexed *sorted(arena *a, const changes *list) {
    indexed *out = ARENA_ARRAY(a, indexed, list->n + 1);
    for (uint32_t i = 0; i < list->n; i++) out[i] = (indexed){&list->v[i], i};
    qsort(out, list->n, sizeof *out, by_topic);
    return out;
}

static bool is_scalar(const ynode *n) { return n && n->kind != Y_SEQ && n->kind != Y_MAP; }

static bool is_list_of_maps(const ynode *n) { return n && n->kind == Y_SEQ && n->n && n->items[0]->kind == Y_MAP; }

/* One line, or absent. Texts as they are; what has no text of its own as JSON. */
static str as_line(arena *a, const ynode *n) {
    if (is_list_of_maps(n)) return STR_NONE;
    str text = n && n->kind == Y_STR && n->text.n ? n->text : n ? emit_json_str(a, n, false) : STR_NONE;
    if (!text.p || text.n > INLINE_LIMIT || memchr(text.p, '\n', text.n)) return STR_NONE;
    return text;
}

static str as_lines(arena *a, const ynode *n) {
    if (!n) return S("");
    if (!is_scalar(n)) return emit_yaml_str(a, n);
    str text = ynode_text(n).p ? ynode_text(n) : S("");
    return str_ends(text, S("\n")) || !text.n ? text : str_cat(a, text, S("\n"));
}

/* Changed lines with a few around them; no line numbers: nobody has the file that they would count. */
static void add_lines(arena *a, const change *c, void (*put)(void *ctx, char sign, str line), void *ctx) {
    linediff d = linediff_make(a, as_lines(a, c->old), as_lines(a, c->new));
    strbuf b = {.a = a};
    linediff_hunks(&d, CONTEXT, &b);
    if (!b.n) return;
    str text = strbuf_str(&b);
    for (uint32_t from = 0, i = 0, hunks = 0; i < text.n; i++) {
        if (text.p[i] != '\n') continue;
        str line = str_cut(text, from, i);
        from = i + 1;
        if (str_starts(line, S("\\"))) continue;
        if (str_starts(line, S("@@"))) {
            if (hunks++) put(ctx, ' ', S("…"));
        } else {
            put(ctx, line.p[0], str_from(line, 1));
        }
    }
}

typedef struct counts {
    uint32_t added, removed, changed, permissions;
} counts;

static void count_permissions(const changes *list, counts *n) {
    for (uint32_t i = 0; i < list->n; i++) n->permissions += list->v[i].topic == TOPIC_PERMISSIONS;
}

static counts count(const report *r) {
    counts n = {0};
    for (uint32_t i = 0; i < r->sections.n; i++) {
        const section *s = &r->sections.v[i];
        count_permissions(&s->changes, &n);
        for (uint32_t k = 0; k < s->entries.n; k++) {
            const entry *e = &s->entries.v[k];
            count_permissions(&e->changes, &n);
            n.added += e->sign == '+';
            n.removed += e->sign == '-';
            n.changed += e->sign == '~';
        }
        n.changed += s->sign == '~' && s->changes.n;
    }
    return n;
}

static void add_summary(const report *r, strbuf *out) {
    counts n = count(r);
    const char *between = "";
    const struct { uint32_t n; const char *what; } parts[] = {{n.added, "added"}, {n.removed, "removed"}, {n.changed, "changed"}};
    for (int i = 0; i < 3; i++) {
        if (!parts[i].n) continue;
        strbuf_addf(out, "%s%u %s", between, parts[i].n, parts[i].what);
        between = ", ";
    }
    if (n.permissions) strbuf_addf(out, "; permissions change in %u %s", n.permissions, n.permissions == 1 ? "place" : "places");
}

/* "step build: workingDir"; what the topic says is not said again. */
static str place_of(arena *a, const change *c) {
    str what = c->what, topic = str_z(topic_names[c->topic]);
    if (c->where.n && str_eq(what, topic)) what = STR_NONE;
    else if (str_starts(what, topic) && what.n > topic.n && what.p[topic.n] == ' ') what = str_from(what, topic.n + 1);
    if (!c->where.n) return what;
    return what.n ? str_fmt(a, "%.*s: %.*s", STR_ARG(c->where), STR_ARG(what)) : c->where;
}

/* ---- text ------------------------------------------------------------------------------------------------------------ */

typedef struct text {
    arena *a;
    strbuf *out;
    bool color;
    int indent;
} text;

static const char *color_of(char sign) { return sign == '+' ? "32" : sign == '-' ? "31" : sign == '~' ? "33" : NULL; }

static void put_sign(const text *x, char sign, str line) {
    const char *color = x->color ? color_of(sign) : NULL;
    strbuf_addf(x->out, "%*s", x->indent, "");
    if (color) strbuf_addf(x->out, "\033[%sm", color);
    strbuf_addf(x->out, "%c ", sign);
    utf8_add_visible(x->out, line);
    strbuf_addf(x->out, "%s\n", color ? "\033[0m" : "");
}

static void put_text_line(void *ctx, char sign, str line) { put_sign(ctx, sign, line); }

static void text_change(text *x, const change *c) {
    str old = as_line(x->a, c->old), new = as_line(x->a, c->new), place = place_of(x->a, c);
    strbuf_addf(x->out, "%*s%-12s ", x->indent, "", topic_names[c->topic]);
    utf8_add_visible(x->out, place);
    if ((old.p || !c->old) && (new.p || !c->new)) {
        strbuf_add(x->out, !c->old ? S(": + ") : !c->new ? S(": - ") : S(": "));
        if (c->old) utf8_add_visible(x->out, old);
        if (c->old && c->new) strbuf_add(x->out, S(" → "));
        if (c->new) utf8_add_visible(x->out, new);
        strbuf_addc(x->out, '\n');
        return;
    }
    strbuf_add(x->out, S(":\n"));
    text inner = {x->a, x->out, x->color, x->indent + 15};
    add_lines(x->a, c, put_text_line, &inner);
}

static void text_changes(text *x, const changes *list) {
    indexed *order = sorted(x->a, list);
    for (uint32_t i = 0; i < list->n; i++) text_change(x, order[i].c);
}

void show_text(arena *a, const report *r, bool color, strbuf *out) {
    if (!r->sections.n) {
        strbuf_add(out, S("nothing changes\n"));
        return;
    }
    for (uint32_t i = 0; i < r->sections.n; i++) {
        const section *s = &r->sections.v[i];
        text x = {a, out, color, 0};
        put_sign(&x, s->sign, s->title);
        x.indent = 4;
        text_changes(&x, &s->changes);
        for (uint32_t k = 0; k < s->entries.n; k++) {
            const entry *e = &s->entries.v[k];
            x.indent = 2;
            put_sign(&x, e->sign, str_fmt(a, "%.*s %.*s", STR_ARG(e->kind), STR_ARG(e->name)));
            x.indent = 6;
            text_changes(&x, &e->changes);
        }
    }
    add_summary(r, out);
    strbuf_addc(out, '\n');
}

/* ---- Markdown ----------------------------------------------------------------------------------------------------------- */

/* As code, whatever it contains: the fence is longer than any run of backticks inside. */
static void put_code(strbuf *out, str code) {
    uint32_t longest = 0, now = 0;
    for (uint32_t i = 0; i < code.n; i++) {
        now = code.p[i] == '`' ? now + 1 : 0;
        if (now > longest) longest = now;
    }
    bool pad = code.n && (code.p[0] == '`' || code.p[code.n - 1] == '`' || code.p[0] == ' ');
    for (uint32_t i = 0; i <= longest; i++) strbuf_addc(out, '`');
    if (pad || !code.n) strbuf_addc(out, ' ');
    utf8_add_visible(out, code); /* a carriage return would end the line, and with it the code */
    if (pad) strbuf_addc(out, ' ');
    for (uint32_t i = 0; i <= longest; i++) strbuf_addc(out, '`');
}

typedef struct fenced {
    strbuf *out;
    strbuf lines;
    uint32_t longest;
} fenced;

static void put_fenced_line(void *ctx, char sign, str line) {
    fenced *x = ctx;
    uint32_t now = 0;
    for (uint32_t i = 0; i < line.n; i++) {
        now = line.p[i] == '`' ? now + 1 : 0;
        if (now > x->longest) x->longest = now;
    }
    strbuf_addf(&x->lines, "  %c", sign);
    utf8_add_visible(&x->lines, line);
    strbuf_addc(&x->lines, '\n');
}

static void put_fence(fenced *x) {
    for (uint32_t i = 0; i < (x->longest < 3 ? 3 : x->longest + 1); i++) strbuf_addc(x->out, '`');
}

static void markdown_change(arena *a, const change *c, strbuf *out) {
    str old = as_line(a, c->old), new = as_line(a, c->new);
    strbuf_addf(out, "- %s%s%s ", c->topic == TOPIC_PERMISSIONS ? "**" : "", topic_names[c->topic], c->topic == TOPIC_PERMISSIONS ? "**" : "");
    put_code(out, place_of(a, c));
    if ((old.p || !c->old) && (new.p || !c->new)) {
        strbuf_add(out, S(": "));
        if (c->old) put_code(out, old);
        if (!c->new) strbuf_add(out, S(" removed"));
        else if (c->old) strbuf_add(out, S(" → "));
        else strbuf_add(out, S("added "));
        if (c->new) put_code(out, new);
        strbuf_addc(out, '\n');
        return;
    }
    fenced x = {.out = out, .lines = {.a = a}};
    add_lines(a, c, put_fenced_line, &x);
    strbuf_add(out, S(":\n\n  "));
    put_fence(&x);
    strbuf_add(out, S("diff\n"));
    if (x.lines.n) strbuf_add(out, strbuf_str(&x.lines));
    strbuf_add(out, S("  "));
    put_fence(&x);
    strbuf_addc(out, '\n');
}

static void markdown_changes(arena *a, const changes *list, strbuf *out) {
    indexed *order = sorted(a, list);
    for (uint32_t i = 0; i < list->n; i++) markdown_change(a, order[i].c, out);
}

static const char *sign_word(char sign) { return sign == '+' ? "added" : sign == '-' ? "removed" : "changed"; }

void show_markdown(arena *a, const report *r, strbuf *out) {
    if (!r->sections.n) {
        strbuf_add(out, S("Nothing changes in what runs.\n"));
        return;
    }
    strbuf_add(out, S("**What runs changes:** "));
    add_summary(r, out);
    strbuf_add(out, S(".\n"));
    for (uint32_t i = 0; i < r->sections.n; i++) {
        const section *s = &r->sections.v[i];
        strbuf_addf(out, "\n### %.*s%s%s\n", STR_ARG(s->title), s->sign == '~' ? "" : " ", s->sign == '~' ? "" : sign_word(s->sign));
        if (s->changes.n) strbuf_addc(out, '\n');
        markdown_changes(a, &s->changes, out);
        for (uint32_t k = 0; k < s->entries.n; k++) {
            const entry *e = &s->entries.v[k];
            strbuf_addf(out, "\n#### %.*s ", STR_ARG(e->kind));
            put_code(out, e->name);
            strbuf_addf(out, " %s\n%s", sign_word(e->sign), e->changes.n ? "\n" : "");
            markdown_changes(a, &e->changes, out);
        }
    }
}
