/* YAML documents from libyaml's events. The tree is built with an explicit stack, so depth costs no C stack. */
#include "base/map.h"
#include "base/read_inner.h"
#include <assert.h>
#include <yaml.h>

/* An anchor of the current document. Anchors are known from where their node begins, as in go-yaml. */
typedef struct anchor {
    const ynode *node; /* NULL: its node is not finished, so an alias to it would contain itself */
    uint64_t size;     /* nodes in it, aliases expanded */
} anchor;

typedef struct frame {
    ykind kind;
    bool flow;
    bool has_key, is_merge; /* Y_MAP: the value of `key` comes next; the key is `<<` */
    bool list_of_merge;     /* Y_SEQ: the inline list behind a merge key */
    bool list_broken;       /* … with an item that is no map */
    uint32_t first;         /* of its items or pairs */
    pos at, end;            /* end: of its last child so far */
    anchor *anchor;
    uint64_t count_before;
    ypair key;
} frame;

typedef struct yaml_reader {
    reader *r;
    yaml_parser_t parser;
    uint32_t from, to; /* the stretch that the parser reads */
    bool ascii;
    size_t mark_chars; /* a place where both counts are known: characters and bytes from `from` on */
    uint32_t mark_bytes;
    VEC(frame) stack;
    map anchors;
    const ynode *root;
    uint32_t document_at;
    bool broken;             /* the document has an error and is not yielded */
    uint64_t count, aliased; /* nodes of the document, aliases expanded; those that came by aliases */
} yaml_reader;

/* --- places ---------------------------------------------------------------------------------------------------- */

/* libyaml counts characters; the text is walked from the last place that was asked for, which is near. */
static uint32_t byte_of(yaml_reader *y, size_t chars) {
    uint32_t limit = y->to - y->from;
    if (y->ascii) return y->from + (chars < limit ? (uint32_t)chars : limit);
    const char *text = y->r->src->text.p + y->from;
    uint32_t at = y->mark_bytes;
    size_t n = y->mark_chars;
    while (n < chars && at < limit) {
        at++, n++;
        while (at < limit && ((unsigned char)text[at] & 0xC0) == 0x80) at++;
    }
    while (n > chars && at > 0) {
        at--, n--;
        while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80) at--;
    }
    y->mark_bytes = at, y->mark_chars = n;
    return y->from + at;
}

static pos pos_of(const yaml_reader *y, uint32_t offset) { return y->r->src->base + offset; }

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* The bytes of the blank or line break at p, 0 for anything else. YAML 1.1 also breaks lines at U+0085, U+2028, U+2029.
 */
static uint32_t blank_length(const char *p, const char *end) {
    if (is_blank(*p)) return 1;
    if (end - p >= 2 && memcmp(p, "\xC2\x85", 2) == 0) return 2;
    return end - p >= 3 && memcmp(p, "\xE2\x80", 2) == 0 && (p[2] == '\xA8' || p[2] == '\xA9') ? 3 : 0;
}

static bool is_name_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

/* A node's place begins behind its anchor and tag. */
static uint32_t skip_properties(const yaml_reader *y, uint32_t at, uint32_t limit) {
    const char *text = y->r->src->text.p, *p = text + at, *end = text + limit;
    while (p < end && (*p == '&' || *p == '!')) {
        bool anchor_name = *p++ == '&'; /* its name ends at what libyaml takes for no part of one: `&a: b` */
        while (p < end && !blank_length(p, end) && (!anchor_name || is_name_char(*p))) p++;
        for (uint32_t n; p < end && (*p == '#' || (n = blank_length(p, end)));) {
            if (*p == '#')
                while (p < end && *p != '\n') p++;
            else
                p += n;
        }
    }
    return (uint32_t)(p - text);
}

static diag *complain(yaml_reader *y, const diag_rule *rule, uint32_t at, uint32_t end, const char *text) {
    y->broken = true;
    return diag_range(y->r->d, rule, pos_of(y, at), pos_of(y, end), "%s", text);
}

/* --- nodes into their collections --------------------------------------------------------------------------------- */

static frame *top(yaml_reader *y) { return y->stack.n ? &y->stack.v[y->stack.n - 1] : NULL; }

static bool takes_key(const frame *f) { return f && f->kind == Y_MAP && !f->has_key; }

static void add_merge(yaml_reader *y, const ynode *from) {
    for (uint32_t i = 0; i < from->n; i++) {
        read_pair p = {.pair = from->pairs[i], .merged = true};
        vec_push(y->r->scratch, &y->r->pairs, p);
    }
}

/* The value of `<<`: a map, or an inline list of maps of which the earlier win. */
static void merge(yaml_reader *y, const frame *f, const ynode *value, bool by_alias) {
    bool list = value->kind == Y_SEQ && !by_alias;
    for (uint32_t i = 0; list && i < value->n; i++) list = value->items[i]->kind == Y_MAP;
    if (value->kind == Y_MAP)
        add_merge(y, value);
    else if (list)
        for (uint32_t i = value->n; i-- > 0;) add_merge(y, value->items[i]);
    else
        complain(y, y->r->rules->syntax, f->key.key_at - y->r->src->base, f->key.key_end - y->r->src->base,
                 "a merge key `<<` needs a map or a list of maps");
}

static void deliver(yaml_reader *y, const ynode *node, pos end, bool by_alias) {
    frame *f = top(y);
    if (!f) {
        y->root = node;
        return;
    }
    f->end = end;
    if (f->kind == Y_SEQ) {
        vec_push(y->r->scratch, &y->r->items, node);
        return;
    }
    assert(f->has_key);
    f->has_key = false;
    if (f->is_merge) {
        merge(y, f, node, by_alias);
        return;
    }
    read_pair p = {.pair = f->key};
    p.pair.value = node;
    vec_push(y->r->scratch, &y->r->pairs, p);
}

static void set_key(yaml_reader *y, str key, bool is_merge, uint32_t at, uint32_t end) {
    frame *f = top(y);
    f->key = (ypair){.key = key, .key_at = pos_of(y, at), .key_end = pos_of(y, end)};
    f->has_key = true;
    f->is_merge = is_merge;
    f->end = f->key.key_end;
    if (!key.p) {
        f->key.key = S("");
        complain(y, y->r->rules->syntax, at, end,
                 "this can't be a key: a key must be a string, a number of at most 63 bits, true or false");
    }
}

/* --- anchors and aliases -------------------------------------------------------------------------------------------
 */

static anchor *add_anchor(yaml_reader *y, const yaml_char_t *name) {
    if (!name) return NULL;
    arena *scratch = y->r->scratch;
    if (!y->anchors.a) y->anchors = map_new(scratch);
    anchor *x = ARENA_NEW(scratch, anchor);
    map_put(&y->anchors, str_dup(scratch, str_z((const char *)name)), x);
    return x;
}

/* go-yaml's guard against documents that grow by aliases: at most 99 of 100 nodes may come from aliases, falling to
 * 10 of 100 between 400,000 and 4,000,000 nodes. */
static bool too_aliased(uint64_t count, uint64_t aliased) {
    if (aliased > READ_MAX_EXPANSION) return true;
    if (aliased <= 100 || count <= 1000) return false;
    const double low = 400000, high = 4000000;
    double n = (double)count, ratio = n <= low ? 0.99 : n >= high ? 0.10 : 0.99 - 0.89 * (n - low) / (high - low);
    return (double)aliased / n > ratio;
}

/* False: the rest of the document is not worth reading. */
static bool on_alias(yaml_reader *y, const yaml_event_t *e) {
    uint32_t at = byte_of(y, e->start_mark.index), end = byte_of(y, e->end_mark.index);
    str name = str_z((const char *)e->data.alias.anchor);
    const anchor *x = y->anchors.a ? map_get(&y->anchors, name) : NULL;
    const ynode *node = x ? x->node : NULL;
    y->count++;
    if (!node) {
        str text = str_fmt(y->r->scratch,
                           x ? "the anchor `&%.*s` contains this alias to itself"
                             : "no anchor `&%.*s` stands above this alias",
                           STR_ARG(name));
        complain(y, y->r->rules->syntax, at, end, text.p);
        node = ynode_null();
    } else {
        y->count += x->size;
        y->aliased += x->size;
    }
    if (too_aliased(y->count, y->aliased)) {
        complain(y, y->r->rules->limit, at, end, "the document grows too large by its aliases");
        return false;
    }
    if (!takes_key(top(y))) {
        deliver(y, node, pos_of(y, end), true);
        return true;
    }
    scalar s = {.kind = (ykind)node->kind, .text = node->text};
    bool can_be_key = node->kind != Y_SEQ && node->kind != Y_MAP;
    set_key(y, can_be_key ? scalar_key(y->r->a, &s) : STR_NONE, false, at, end);
    return true;
}

/* --- scalars ---------------------------------------------------------------------------------------------------------
 */

/* Whether the text stands in the source exactly as it reads: then `text` points there, and the answer is ynode's `raw`. */
static uint8_t find_raw(const yaml_reader *y, const yaml_event_t *e, uint32_t at, uint32_t end, str *text) {
    bool quoted = e->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                  e->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    if (!quoted && e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return 0;
    uint32_t quote = quoted, n = text->n;
    const char *there = y->r->src->text.p + at + quote;
    if (end - at != n + 2 * quote || memcmp(there, text->p, n) != 0) return 0;
    *text = (str){there, n};
    return (uint8_t)(1 + quote);
}

/* libyaml ends a block scalar behind the blank lines that follow it. */
static uint32_t trim_end(const yaml_reader *y, uint32_t at, uint32_t end) {
    while (end > at + 1 && is_blank(y->r->src->text.p[end - 1])) end--;
    return end;
}

/* A clipped block scalar ends with a line break. go-yaml sees one at the end of a text that has none; libyaml does not. */
static bool lacks_line_break(const yaml_reader *y, uint32_t at, uint32_t end, str text) {
    if (!text.n || text.p[text.n - 1] == '\n' || end < y->r->src->text.n) return false;
    const char *p = y->r->src->text.p;
    while (at < end && p[at] != '|' && p[at] != '>') at++;
    for (at++; at < end && ((p[at] >= '0' && p[at] <= '9') || p[at] == '+'); at++) {}
    return at < end && p[at] != '-';
}

static void on_scalar(yaml_reader *y, const yaml_event_t *e) {
    reader *r = y->r;
    uint32_t at = byte_of(y, e->start_mark.index), end = byte_of(y, e->end_mark.index);
    str value = {(const char *)e->data.scalar.value, (uint32_t)e->data.scalar.length}, text = value;
    const char *tag = (const char *)e->data.scalar.tag;
    bool block = e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE || e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
    if (e->data.scalar.anchor || tag) at = skip_properties(y, at, end);
    uint8_t raw = find_raw(y, e, at, end, &text);
    bool open = block && lacks_line_break(y, at, end, text);
    if (block) end = trim_end(y, at, end);
    if (!raw) text = open ? str_cat(r->a, value, S("\n")) : str_dup(r->a, value);

    frame *f = top(y);
    bool key = takes_key(f), implicit = e->data.scalar.plain_implicit;
    if (key && str_eq(text, S("<<")) && (implicit || (tag && strcmp(tag, "tag:yaml.org,2002:merge") == 0))) {
        set_key(y, text, true, at, end);
        return;
    }
    y->count++;
    scalar s = scalar_resolve(r->a, tag, text, implicit);
    if (s.problem) complain(y, r->rules->syntax, at, end, s.problem);
    ynode *n = ynode_new(r->a, s.kind, NULL);
    n->text = s.text;
    n->at = pos_of(y, at), n->end = pos_of(y, end);
    if (s.kind == Y_STR && s.text.p == text.p) {
        n->raw = raw;
        n->literal = block || (text.n && memchr(text.p, '\n', text.n));
    }
    anchor *x = add_anchor(y, e->data.scalar.anchor);
    if (x) *x = (anchor){.node = n, .size = 1};
    if (key) {
        set_key(y, s.problem ? text : scalar_key(r->a, &s), false, at, end);
        return;
    }
    if (s.not_finite) {
        /* Reported, but the rest of the document can be looked at: a number stands in for it. */
        diag_help(r->d,
                  diag_range(r->d, r->rules->number, pos_of(y, at), pos_of(y, end),
                             "`%.*s` is no number in JSON, which Kubernetes reads", STR_ARG(text)),
                  "put it in quotes if a string is meant");
        n->text = S("0");
    }
    deliver(y, n, n->end, false);
}

/* --- collections
 * ------------------------------------------------------------------------------------------------------- */

static bool on_open(yaml_reader *y, const yaml_event_t *e, ykind kind, bool flow, const yaml_char_t *anchor_name,
                    bool tagged) {
    uint32_t at = byte_of(y, e->start_mark.index), end = byte_of(y, e->end_mark.index);
    if (anchor_name || tagged) at = skip_properties(y, at, y->to);
    if (takes_key(top(y))) {
        diag *d = complain(y, y->r->rules->syntax, at, at + 1,
                           kind == Y_MAP ? "a map can't be a key" : "a list can't be a key");
        if (flow) diag_help(y->r->d, d, "put a value that begins with `%c` in quotes", kind == Y_MAP ? '{' : '[');
        return false;
    }
    if (y->stack.n == READ_MAX_DEPTH) {
        complain(y, y->r->rules->limit, at, end, "lists and maps are nested more than 1,000 deep here");
        return false;
    }
    y->count++;
    frame f = {.kind = kind,
               .flow = flow,
               .at = pos_of(y, at),
               .end = pos_of(y, end),
               .anchor = add_anchor(y, anchor_name),
               .count_before = y->count - 1};
    f.first = kind == Y_SEQ ? y->r->items.n : y->r->pairs.n;
    vec_push(y->r->scratch, &y->stack, f);
    return true;
}

static void on_close(yaml_reader *y, const yaml_event_t *e) {
    frame f = y->stack.v[--y->stack.n];
    pos end = f.flow ? pos_of(y, byte_of(y, e->end_mark.index)) : f.end;
    if (end < f.at) end = f.at; /* nothing but empty nodes follows its anchor or tag */
    ynode *n = f.kind == Y_SEQ ? read_build_seq(y->r, f.first, f.at, end) : read_build_map(y->r, f.first, f.at, end);
    if (f.anchor) *f.anchor = (anchor){.node = n, .size = y->count - f.count_before};
    deliver(y, n, end, false);
}

static void start_document(yaml_reader *y) {
    y->stack.n = 0;
    y->r->items.n = y->r->pairs.n = 0;
    y->anchors = (map){0};
    y->root = NULL;
    y->broken = false;
    y->count = 1;
    y->aliased = 0;
}

static bool on_event(yaml_reader *y, const yaml_event_t *e) {
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        y->document_at = byte_of(y, e->start_mark.index);
        start_document(y);
        return true;
    case YAML_DOCUMENT_END_EVENT:
        if (y->root && y->root->kind != Y_NULL && !y->broken) vec_push(y->r->a, y->r->out, y->root);
        return true;
    case YAML_ALIAS_EVENT: return on_alias(y, e);
    case YAML_SCALAR_EVENT: on_scalar(y, e); return true;
    case YAML_SEQUENCE_START_EVENT:
        return on_open(y, e, Y_SEQ, e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE,
                       e->data.sequence_start.anchor, e->data.sequence_start.tag != NULL);
    case YAML_MAPPING_START_EVENT:
        return on_open(y, e, Y_MAP, e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE,
                       e->data.mapping_start.anchor, e->data.mapping_start.tag != NULL);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: on_close(y, e); return true;
    default: return true;
    }
}

/* --- errors
 * ------------------------------------------------------------------------------------------------------------- */

bool read_is_document_line(const reader *r, uint32_t at, uint32_t to) {
    str text = r->src->text;
    if (to - at < 3 || memcmp(text.p + at, "---", 3) != 0) return false;
    return to - at == 3 || is_blank(text.p[at + 3]);
}

uint32_t read_next_document(const reader *r, uint32_t at, uint32_t after, uint32_t to) {
    const char *text = r->src->text.p;
    while (at > after && text[at - 1] != '\n') at--;
    for (;;) {
        if (at > after && read_is_document_line(r, at, to)) return at;
        const char *newline = at < to ? memchr(text + at, '\n', to - at) : NULL;
        if (!newline) return to;
        at = (uint32_t)(newline + 1 - text);
    }
}

static uint32_t syntax_error(yaml_reader *y, const json_error *instead) {
    reader *r = y->r;
    const yaml_parser_t *p = &y->parser;
    if (p->error == YAML_MEMORY_ERROR) arena_out_of_memory(0);
    uint32_t at =
        p->error == YAML_READER_ERROR ? y->from + (uint32_t)p->problem_offset : byte_of(y, p->problem_mark.index);
    if (at > y->to) at = y->to;
    if (instead && at <= instead->end) {
        diag *d = diag_range(r->d, instead->rule, pos_of(y, instead->at), pos_of(y, instead->end), "%.*s",
                             STR_ARG(instead->text));
        d->help = instead->help;
        return instead->at;
    }
    str text, help, here = str_cut(r->src->text, at, y->to);
    read_yaml_explain(r->a, p->problem, p->context, here, &text, &help);
    uint32_t end = at < y->to && !is_blank(r->src->text.p[at]) ? at + 1 : at;
    while (end < y->to && ((unsigned char)r->src->text.p[end] & 0xC0) == 0x80) end++;
    /* A key without its colon is best shown at the key, not where the search for the colon ended. */
    uint32_t began =
        p->context && p->context_mark.index < p->problem_mark.index ? byte_of(y, p->context_mark.index) : at;
    bool at_key = p->problem && strcmp(p->problem, "could not find expected ':'") == 0;
    diag *d = at_key ? diag_range(r->d, r->rules->syntax, pos_of(y, began), pos_of(y, trim_end(y, began, at)), "%.*s",
                                  STR_ARG(text))
                     : diag_range(r->d, r->rules->syntax, pos_of(y, at), pos_of(y, end), "%.*s", STR_ARG(text));
    d->help = help;
    if (began < at && !at_key && began < y->to)
        diag_note_range(r->d, d, pos_of(y, began), pos_of(y, began + 1), "%s",
                        strstr(p->context, "quoted scalar") ? "the string begins here"
                                                            : "it belongs to what begins here");
    return at;
}

static bool all_ascii(str s, uint32_t from, uint32_t to) {
    unsigned char any = 0;
    for (uint32_t i = from; i < to; i++) any |= (unsigned char)s.p[i];
    return any < 0x80;
}

/* Reads from y->from until the end or an error; yields where to go on. */
static uint32_t read_stretch(yaml_reader *y, const json_error *instead) {
    reader *r = y->r;
    if (!yaml_parser_initialize(&y->parser)) arena_out_of_memory(sizeof y->parser);
    yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y->parser, (const unsigned char *)r->src->text.p + y->from, y->to - y->from);
    y->mark_chars = y->mark_bytes = 0;
    y->document_at = y->from;
    uint32_t next = y->to;
    bool go_on = true;
    while (go_on) {
        yaml_event_t e;
        if (!yaml_parser_parse(&y->parser, &e)) {
            uint32_t at = syntax_error(y, instead);
            next = read_next_document(r, at, y->document_at, y->to);
            break;
        }
        if (e.type == YAML_STREAM_END_EVENT) go_on = false;
        if (!on_event(y, &e)) {
            next = read_next_document(r, byte_of(y, e.start_mark.index), y->document_at, y->to);
            go_on = false;
        }
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&y->parser);
    return next;
}

void read_yaml(reader *r, uint32_t from, uint32_t to, const json_error *instead) {
    yaml_reader y = {.r = r, .from = from, .to = to, .ascii = all_ascii(r->src->text, from, to)};
    while (y.from < to) {
        uint32_t errors = r->d->list.n;
        uint32_t next = read_stretch(&y, instead);
        if (r->d->list.n > errors) instead = NULL;
        assert(next > y.from);
        y.from = next;
        start_document(&y);
    }
}
