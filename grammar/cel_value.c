/* Values: equality across types, order, maps, and how they are written. */
#include "grammar/cel_tree.h"
#include <stdlib.h>

cel_value cel_text_value(cel_kind kind, str s) {
    cel_value v = {.kind = kind};
    v.s = s;
    return v;
}

/* --- numbers of different types ------------------------------------------------------------------------------- */

static int sign(bool less, bool more) { return more - less; }

static int order_doubles(double x, double y) { return sign(x<y, x> y); }

static int order_double_int(double d, int64_t i) {
    if (d < -0x1p63) return -1;
    if (d > 0x1p63) return 1;
    return order_doubles(d, (double)i); /* as cel-go: large ints lose their last bits here */
}

static int order_double_uint(double d, uint64_t u) {
    if (d < 0) return -1;
    if (d > 0x1p64) return 1;
    return order_doubles(d, (double)u);
}

static int order_int_uint(int64_t i, uint64_t u) {
    return i < 0 || u > INT64_MAX ? -1 : sign(i<(int64_t)u, i>(int64_t) u);
}

static bool is_number(const cel_value *v) { return v->kind == CEL_INT || v->kind == CEL_UINT || v->kind == CEL_DOUBLE; }

static bool is_nan(const cel_value *v) { return v->kind == CEL_DOUBLE && v->d != v->d; }

static int order_numbers(const cel_value *x, const cel_value *y) {
    if (x->kind == y->kind)
        return x->kind == CEL_INT    ? sign(x->i<y->i, x->i> y->i)
               : x->kind == CEL_UINT ? sign(x->u<y->u, x->u> y->u)
                                     : order_doubles(x->d, y->d);
    if (x->kind == CEL_DOUBLE) return y->kind == CEL_INT ? order_double_int(x->d, y->i) : order_double_uint(x->d, y->u);
    if (y->kind == CEL_DOUBLE) return -order_numbers(y, x);
    return x->kind == CEL_INT ? order_int_uint(x->i, y->u) : -order_int_uint(y->i, x->u);
}

bool cel_index_of(const cel_value *v, int64_t *out) {
    if (v->kind == CEL_INT)
        *out = v->i;
    else if (v->kind == CEL_UINT && v->u <= INT64_MAX)
        *out = (int64_t)v->u;
    else if (v->kind == CEL_DOUBLE && v->d > -0x1p63 && v->d < 0x1p63 && (double)(int64_t)v->d == v->d)
        *out = (int64_t)v->d;
    else
        return false;
    return true;
}

/* --- equality and order --------------------------------------------------------------------------------------- */

static bool lists_equal(cel_budget *b, const cel_list *x, const cel_list *y) {
    if (x->n != y->n) return false;
    for (uint32_t i = 0; i < x->n; i++)
        if (!cel_equal(b, &x->v[i], &y->v[i])) return false;
    return true;
}

static bool maps_equal(cel_budget *b, const cel_map *x, const cel_map *y) {
    if (x->n != y->n) return false;
    for (uint32_t i = 0; i < x->n; i++) {
        const cel_value *other = cel_map_find(y, &x->keys[i]), *own = cel_map_find(x, &x->keys[i]);
        if (!other || !own || !cel_equal(b, own, other)) return false;
    }
    return true;
}

bool cel_equal(cel_budget *b, const cel_value *x, const cel_value *y) {
    if (!cel_spend(b, 1)) return false;
    if (is_number(x) && is_number(y)) return !is_nan(x) && !is_nan(y) && order_numbers(x, y) == 0;
    if (x->kind != y->kind) return false;
    switch (x->kind) {
    case CEL_NULL: return true;
    case CEL_BOOL: return x->b == y->b;
    case CEL_STRING:
    case CEL_BYTES: return cel_spend(b, x->s.n / 16) && str_eq(x->s, y->s);
    case CEL_TYPE: return str_eq(x->s, y->s);
    case CEL_DURATION: return x->i == y->i;
    case CEL_TIMESTAMP: return x->t.seconds == y->t.seconds && x->t.nanos == y->t.nanos;
    case CEL_LIST: return lists_equal(b, x->list, y->list);
    case CEL_MAP: return maps_equal(b, x->map, y->map);
    default: return false;
    }
}

bool cel_order(const cel_value *x, const cel_value *y, int *out, bool *nan) {
    *nan = false;
    if (is_number(x) && is_number(y)) {
        *nan = is_nan(x) || is_nan(y);
        *out = order_numbers(x, y);
        return !*nan;
    }
    if (x->kind != y->kind) return false;
    switch (x->kind) {
    case CEL_BOOL: *out = sign(x->b<y->b, x->b> y->b); return true;
    case CEL_STRING:
    case CEL_BYTES:
        *out = str_cmp(x->s, y->s);
        *out = sign(*out<0, *out> 0);
        return true;
    case CEL_DURATION: *out = sign(x->i<y->i, x->i> y->i); return true;
    case CEL_TIMESTAMP:
        *out = sign(x->t.seconds<y->t.seconds, x->t.seconds> y->t.seconds);
        if (!*out) *out = sign(x->t.nanos<y->t.nanos, x->t.nanos> y->t.nanos);
        return true;
    default: return false;
    }
}

/* --- maps ----------------------------------------------------------------------------------------------------- */

bool cel_key_ok(cel_kind kind) { return kind != CEL_BYTES; }

/* What a key is to a map: kinds differ (1 and 1u are two keys), lists and maps are only equal to themselves. */
static bool same_key(const cel_value *x, const cel_value *y) {
    if (x->kind != y->kind) return false;
    switch (x->kind) {
    case CEL_NULL: return true;
    case CEL_BOOL: return x->b == y->b;
    case CEL_INT:
    case CEL_DURATION: return x->i == y->i;
    case CEL_UINT: return x->u == y->u;
    case CEL_DOUBLE: return x->d == y->d;
    case CEL_STRING:
    case CEL_TYPE: return str_eq(x->s, y->s);
    case CEL_TIMESTAMP: return x->t.seconds == y->t.seconds && x->t.nanos == y->t.nanos && x->t.offset == y->t.offset;
    case CEL_LIST: return x->list == y->list;
    case CEL_MAP: return x->map == y->map;
    default: return false;
    }
}

static uint64_t hash_key(const cel_value *v) {
    uint64_t x = 0;
    switch (v->kind) {
    case CEL_BOOL: x = v->b; break;
    case CEL_INT:
    case CEL_DURATION: x = (uint64_t)v->i; break;
    case CEL_UINT: x = v->u; break;
    case CEL_DOUBLE:
        if (v->d != 0) memcpy(&x, &v->d, sizeof x); /* 0.0 and -0.0 are one key */
        break;
    case CEL_STRING:
    case CEL_TYPE: x = str_hash(v->s); break;
    case CEL_TIMESTAMP: x = (uint64_t)v->t.seconds; break;
    case CEL_LIST: x = (uint64_t)(uintptr_t)v->list; break;
    case CEL_MAP: x = (uint64_t)(uintptr_t)v->map; break;
    default: break;
    }
    x = (x + (uint64_t)v->kind) * 0x9e3779b97f4a7c15u;
    return x ^ x >> 32;
}

cel_map *cel_map_new(cel_budget *b, uint32_t room) {
    cel_map *m = ARENA_NEW(b->a, cel_map);
    m->keys = ARENA_ARRAY(b->a, cel_value, room + 1);
    m->values = ARENA_ARRAY(b->a, cel_value, room + 1);
    for (m->slot_count = 4; m->slot_count < room * 2; m->slot_count *= 2) {
    }
    m->slots = ARENA_ARRAY(b->a, uint32_t, m->slot_count);
    return m;
}

static uint32_t *slot_of(const cel_map *m, const cel_value *key) {
    for (uint32_t i = (uint32_t)hash_key(key);; i++) {
        uint32_t *slot = &m->slots[i & (m->slot_count - 1)];
        if (!*slot || same_key(&m->keys[*slot - 1], key)) return slot;
    }
}

void cel_map_put(cel_map *m, const cel_value *key, const cel_value *value) {
    uint32_t *slot = slot_of(m, key);
    if (!*slot) *slot = ++m->n;
    ((cel_value *)(uintptr_t)m->keys)[*slot - 1] = *key;
    ((cel_value *)(uintptr_t)m->values)[*slot - 1] = *value;
}

static const cel_value *find_exact(const cel_map *m, const cel_value *key) {
    uint32_t slot = *slot_of(m, key);
    return slot ? &m->values[slot - 1] : NULL;
}

/* A number finds an int or uint key of the same value. */
const cel_value *cel_map_find(const cel_map *m, const cel_value *key) {
    const cel_value *v = find_exact(m, key);
    if (v || !is_number(key)) return v;
    cel_value other = {.kind = CEL_INT};
    if (key->kind != CEL_INT && cel_index_of(key, &other.i) && (v = find_exact(m, &other))) return v;
    other = (cel_value){.kind = CEL_UINT};
    if (key->kind == CEL_INT && key->i >= 0)
        other.u = (uint64_t)key->i;
    else if (key->kind == CEL_DOUBLE && key->d >= 0 && key->d < 0x1p64 && (double)(uint64_t)key->d == key->d)
        other.u = (uint64_t)key->d;
    else
        return NULL;
    return find_exact(m, &other);
}

/* --- how they are written ------------------------------------------------------------------------------------- */

str cel_type_name(const cel_value *v) {
    static const char *const names[] = {"error",
                                        "null_type",
                                        "bool",
                                        "int",
                                        "uint",
                                        "double",
                                        "string",
                                        "bytes",
                                        "list",
                                        "map",
                                        "google.protobuf.Duration",
                                        "google.protobuf.Timestamp",
                                        "type"};
    return str_z(names[v->kind]);
}

static void show_string(strbuf *b, str s, bool bytes) {
    strbuf_add(b, bytes ? S("b\"") : S("\""));
    for (uint32_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            strbuf_addf(b, "\\%c", c);
        else if (c == '\n')
            strbuf_add(b, S("\\n"));
        else if (c < ' ' || c == 0x7f || (bytes && c > 0x7e))
            strbuf_addf(b, "\\x%02x", c);
        else
            strbuf_addc(b, (char)c);
    }
    strbuf_addc(b, '"');
}

static void show_double(strbuf *b, double d) {
    str s = cel_write_double(b->a, d, 'f');
    if (d != d || d - d != 0)
        strbuf_addf(b, "double(\"%.*s\")", STR_ARG(s));
    else
        strbuf_addf(b, "%.*s%s", STR_ARG(s), memchr(s.p, '.', s.n) ? "" : ".0");
}

/* Values share parts, so that a small one can be very long when it is written out: after so many parts "…" follows. */
enum { SHOWN_MOST = 10000 };

static str show(arena *a, const cel_value *v, uint32_t *left);

static void show_list(strbuf *b, const cel_list *list, uint32_t *left) {
    strbuf_addc(b, '[');
    for (uint32_t i = 0; i < list->n; i++) {
        if (i) strbuf_add(b, S(", "));
        strbuf_add(b, show(b->a, &list->v[i], left));
        if (!*left) break;
    }
    strbuf_addc(b, ']');
}

static void show_map(strbuf *b, const cel_map *m, uint32_t *left) {
    str *entries = ARENA_ARRAY(b->a, str, m->n + 1);
    uint32_t n = 0;
    while (n < m->n && *left) {
        strbuf e = {.a = b->a};
        strbuf_add(&e, show(b->a, &m->keys[n], left));
        strbuf_add(&e, S(": "));
        strbuf_add(&e, show(b->a, &m->values[n], left));
        entries[n++] = strbuf_str(&e);
    }
    qsort(entries, n, sizeof *entries, str_cmp_qsort);
    strbuf_addc(b, '{');
    for (uint32_t i = 0; i < n; i++) {
        if (i) strbuf_add(b, S(", "));
        strbuf_add(b, entries[i]);
    }
    strbuf_addc(b, '}');
}

static str show(arena *a, const cel_value *v, uint32_t *left) {
    strbuf b = {.a = a};
    if (!*left) return S("…");
    --*left;
    switch (v->kind) {
    case CEL_NULL: return S("null");
    case CEL_BOOL: return v->b ? S("true") : S("false");
    case CEL_INT: return str_fmt(a, "%lld", (long long)v->i);
    case CEL_UINT: return str_fmt(a, "%lluu", (unsigned long long)v->u);
    case CEL_DOUBLE: show_double(&b, v->d); break;
    case CEL_STRING:
    case CEL_BYTES: show_string(&b, v->s, v->kind == CEL_BYTES); break;
    case CEL_TYPE: return v->s;
    case CEL_DURATION:
        strbuf_add(&b, S("duration(\""));
        strbuf_add(&b, cel_duration_seconds(a, v->i));
        strbuf_add(&b, S("\")"));
        break;
    case CEL_TIMESTAMP: {
        cel_time t = v->t;
        t.offset = 0;
        strbuf_add(&b, S("timestamp(\""));
        strbuf_add(&b, cel_write_time(a, t));
        strbuf_add(&b, S("\")"));
        break;
    }
    case CEL_LIST: show_list(&b, v->list, left); break;
    case CEL_MAP: show_map(&b, v->map, left); break;
    default: break;
    }
    return strbuf_str(&b);
}

str cel_show(arena *a, const cel_value *v) {
    uint32_t left = SHOWN_MOST;
    return show(a, v, &left);
}
