#include "runtime/entrypoint/json.h"

enum { DEPTH = 64 };

typedef struct {
    const char *at, *end;
} reader;

static void skip_space(reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

static bool take(reader *r, char c) {
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

static bool take_word(reader *r, const char *word) {
    for (; *word; word++)
        if (!take(r, *word)) return false;
    return true;
}

/* Length of the valid UTF-8 sequence at p, or 0. */
static size_t utf8_length(const char *p, const char *end) {
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)*p;
    if (lead < 0x80) return 1;
    size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
    if (n == 0 || lead > 0xf4 || (size_t)(end - p) < n) return 0;
    unsigned code = lead & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)p[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | ((unsigned char)p[i] & 0x3fu);
    }
    return code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

static void put_utf8(buf *out, unsigned code) {
    if (code < 0x80) {
        buf_addc(out, (char)code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    buf_addc(out, (char)(lead[more] | code >> (6 * more)));
    while (more-- > 0) buf_addc(out, (char)(0x80 | (code >> (6 * more) & 0x3f)));
}

static bool read_hex4(reader *r, unsigned *code) {
    if (r->end - r->at < 4) return false;
    *code = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)*r->at++, letter = (unsigned char)((c | 0x20) - 'a');
        unsigned digit = (unsigned char)(c - '0') < 10 ? c - 48u : letter < 6 ? letter + 10u : 16;
        if (digit > 15) return false;
        *code = *code << 4 | digit;
    }
    return true;
}

static bool read_escape(reader *r, buf *out) {
    static const char pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (r->at == r->end) return false;
    char c = *r->at++;
    for (int i = 0; pairs[i]; i += 2) {
        if (pairs[i] != c) continue;
        buf_addc(out, pairs[i + 1]);
        return true;
    }
    unsigned code, low;
    if (c != 'u' || !read_hex4(r, &code)) return false;
    if (code >= 0xd800 && code < 0xe000) {
        reader ahead = *r;
        if (code < 0xdc00 && take(&ahead, '\\') && take(&ahead, 'u') && read_hex4(&ahead, &low) && low >= 0xdc00 &&
            low < 0xe000) {
            *r = ahead;
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        } else {
            code = 0xfffd;
        }
    }
    put_utf8(out, code);
    return true;
}

static bool read_string(reader *r, str *text) {
    if (!take(r, '"')) return false;
    buf out = {0};
    for (;;) {
        if (r->at == r->end || (unsigned char)*r->at < 0x20) return false;
        if (take(r, '"')) {
            *text = buf_str(&out);
            return true;
        }
        if (take(r, '\\')) {
            if (!read_escape(r, &out)) return false;
            continue;
        }
        size_t n = utf8_length(r->at, r->end);
        buf_add(&out, n ? (str){r->at, n} : S("\xef\xbf\xbd"));
        r->at += n ? n : 1;
    }
}

static bool take_digits(reader *r) {
    const char *start = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') r->at++;
    return r->at > start;
}

static bool read_number(reader *r, str *text) {
    const char *start = r->at;
    take(r, '-');
    if (!take(r, '0') && !take_digits(r)) return false;
    if (take(r, '.') && !take_digits(r)) return false;
    if (take(r, 'e') || take(r, 'E')) {
        if (!take(r, '+')) take(r, '-');
        if (!take_digits(r)) return false;
    }
    *text = (str){start, (size_t)(r->at - start)};
    return true;
}

static json *read_value(reader *r, int depth);

static bool read_members(reader *r, json *parent, char close, int depth) {
    r->at++;
    skip_space(r);
    if (take(r, close)) return true;
    for (json **link = &parent->child;;) {
        str key = {0};
        skip_space(r);
        if (parent->kind == JSON_OBJECT) {
            if (!read_string(r, &key)) return false;
            skip_space(r);
            if (!take(r, ':')) return false;
        }
        json *child = read_value(r, depth + 1);
        if (!child) return false;
        child->key = key;
        *link = child;
        link = &child->next;
        skip_space(r);
        if (take(r, close)) return true;
        if (!take(r, ',')) return false;
    }
}

static json *read_value(reader *r, int depth) {
    skip_space(r);
    if (r->at == r->end || depth > DEPTH) return NULL;
    json *value = mem_take(sizeof *value);
    const char *start = r->at;
    switch (*start) {
    case '"': value->kind = JSON_STRING; return read_string(r, &value->text) ? value : NULL;
    case '[': value->kind = JSON_ARRAY; return read_members(r, value, ']', depth) ? value : NULL;
    case '{': value->kind = JSON_OBJECT; return read_members(r, value, '}', depth) ? value : NULL;
    case 'n': return take_word(r, "null") ? value : NULL;
    case 't':
    case 'f':
        value->kind = JSON_BOOL;
        if (!take_word(r, *start == 't' ? "true" : "false")) return NULL;
        value->text = (str){start, (size_t)(r->at - start)};
        return value;
    default: value->kind = JSON_NUMBER; return read_number(r, &value->text) ? value : NULL;
    }
}

json *json_parse(str text) {
    reader r = {text.p, text.p + text.n};
    json *value = read_value(&r, 0);
    skip_space(&r);
    return r.at == r.end ? value : NULL;
}

const json *json_get(const json *object, const char *key) {
    const json *found = NULL;
    if (object && object->kind == JSON_OBJECT)
        for (const json *m = object->child; m; m = m->next)
            if (str_is(m->key, key)) found = m;
    return found && found->kind != JSON_NULL ? found : NULL;
}

bool json_is(const json *value, enum json_kind kind) {
    return !value || value->kind == JSON_NULL || value->kind == kind;
}

str json_text(const json *value) { return value && value->kind == JSON_STRING ? value->text : S(""); }

bool json_all_strings(const json *value, enum json_kind kind) {
    if (!value || value->kind != kind) return false;
    for (const json *m = value->child; m; m = m->next)
        if (!json_is(m, JSON_STRING)) return false;
    return true;
}

static int key_order(const json *a, const json *b) {
    size_t n = a->key.n < b->key.n ? a->key.n : b->key.n;
    int order = memcmp(a->key.p, b->key.p, n);
    return order ? order : (a->key.n > b->key.n) - (a->key.n < b->key.n);
}

void json_insert(json *object, json *member) {
    json **link = &object->child;
    while (*link && key_order(*link, member) < 0) link = &(*link)->next;
    member->next = *link && key_order(*link, member) == 0 ? (*link)->next : *link;
    *link = member;
}

void json_quote(buf *out, str text) {
    static const char hex[] = "0123456789abcdef";
    buf_addc(out, '"');
    for (const char *p = text.p, *end = text.p + text.n; p < end;) {
        size_t n = utf8_length(p, end);
        unsigned char c = (unsigned char)*p;
        if (n == 0) {
            buf_addz(out, "\xef\xbf\xbd");
            n = 1;
        } else if (n == 3 && memcmp(p, "\xe2\x80", 2) == 0 && (p[2] | 1) == '\xa9') {
            buf_addz(out, "\\u202");
            buf_addc(out, p[2] == '\xa8' ? '8' : '9');
        } else if (c == '"' || c == '\\') {
            buf_addc(out, '\\');
            buf_addc(out, *p);
        } else if (c < 0x20 || c == '<' || c == '>' || c == '&') {
            static const char brief[] = "btn.fr"; /* from 8 on; 11 has none */
            buf_addc(out, '\\');
            if (c >= 8 && c <= 13 && c != 11) {
                buf_addc(out, brief[c - 8]);
            } else {
                buf_addz(out, "u00");
                buf_addc(out, hex[c >> 4]);
                buf_addc(out, hex[c & 15]);
            }
        } else {
            buf_add(out, (str){p, n});
        }
        p += n;
    }
    buf_addc(out, '"');
}
