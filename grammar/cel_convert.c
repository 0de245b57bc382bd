/* Conversions: int(x), string(x) and the like, of values that an overload takes. */
#include "base/utf8.h"
#include "grammar/cel_tree.h"
#include "grammar/duration.h"

static cel_value unreadable(cel_run *r, const cel_node *n, str s) {
    str shown = s.n > 40 ? str_cut(s, 0, 40) : s;
    return cel_failed(r, n, "", "the text `%.*s` is no %.*s", STR_ARG(shown), STR_ARG(cel_function_name(n->function)));
}

static cel_value out_of_range(cel_run *r, const cel_node *n) {
    return cel_failed(r, n, "", "the value is out of the range of %.*s", STR_ARG(cel_function_name(n->function)));
}

static cel_value to_bool(cel_run *r, const cel_node *n, const cel_value *v) {
    static const char *const words[] = {"1", "t", "T", "TRUE",  "true",  "True",
                                        "0", "f", "F", "FALSE", "false", "False"};
    if (v->kind == CEL_BOOL) return *v;
    for (uint32_t i = 0; i < 12; i++)
        if (str_eq(v->s, str_z(words[i]))) return (cel_value){.kind = CEL_BOOL, .b = i < 6};
    return unreadable(r, n, v->s);
}

static cel_value to_int(cel_run *r, const cel_node *n, const cel_value *v) {
    cel_value out = {.kind = CEL_INT};
    switch (v->kind) {
    case CEL_UINT:
        if (v->u > INT64_MAX) return out_of_range(r, n);
        out.i = (int64_t)v->u;
        return out;
    case CEL_DOUBLE:
        if (!(v->d > -0x1p63 && v->d < 0x1p63)) return out_of_range(r, n);
        out.i = (int64_t)v->d;
        return out;
    case CEL_STRING: return cel_read_int(v->s, &out.i) ? out : unreadable(r, n, v->s);
    case CEL_TIMESTAMP: out.i = v->t.seconds; return out;
    default: out.i = v->i; return out;
    }
}

static cel_value to_uint(cel_run *r, const cel_node *n, const cel_value *v) {
    cel_value out = {.kind = CEL_UINT};
    switch (v->kind) {
    case CEL_INT:
        if (v->i < 0) return out_of_range(r, n);
        out.u = (uint64_t)v->i;
        return out;
    case CEL_DOUBLE:
        if (!(v->d >= 0 && v->d < 0x1p64)) return out_of_range(r, n);
        out.u = (uint64_t)v->d;
        return out;
    case CEL_STRING: return cel_read_uint(v->s, &out.u) ? out : unreadable(r, n, v->s);
    default: return *v;
    }
}

static cel_value to_double(cel_run *r, const cel_node *n, const cel_value *v) {
    cel_value out = {.kind = CEL_DOUBLE};
    switch (v->kind) {
    case CEL_INT: out.d = (double)v->i; return out;
    case CEL_UINT: out.d = (double)v->u; return out;
    case CEL_STRING: return cel_read_double(r->budget.a, v->s, &out.d) ? out : unreadable(r, n, v->s);
    default: return *v;
    }
}

static cel_value to_duration(cel_run *r, const cel_node *n, const cel_value *v) {
    cel_value out = {.kind = CEL_DURATION};
    if (v->kind == CEL_DURATION) return *v;
    return duration_parse(v->s, &out.i) ? out : unreadable(r, n, v->s);
}

static cel_value to_timestamp(cel_run *r, const cel_node *n, const cel_value *v) {
    cel_value out = {.kind = CEL_TIMESTAMP};
    if (v->kind == CEL_TIMESTAMP) return *v;
    if (v->kind == CEL_INT)
        out.t.seconds = v->i;
    else if (!cel_read_time(v->s, &out.t))
        return unreadable(r, n, v->s);
    return cel_time_ok(out.t.seconds) ? out : out_of_range(r, n);
}

static bool valid_utf8(str s) {
    uint32_t c, length;
    for (uint32_t i = 0; i < s.n; i += length)
        if (!(length = utf8_decode(s.p + i, s.p + s.n, &c))) return false;
    return true;
}

static cel_value to_string(cel_run *r, const cel_node *n, const cel_value *v) {
    arena *a = r->budget.a;
    switch (v->kind) {
    case CEL_BYTES:
        if (!cel_spend(&r->budget, v->s.n / 16)) return cel_exhausted(r, n);
        return valid_utf8(v->s) ? cel_text_value(CEL_STRING, v->s) : cel_failed(r, n, "", "the bytes are not UTF-8");
    case CEL_BOOL:
    case CEL_INT: return cel_text_value(CEL_STRING, cel_show(a, v));
    case CEL_UINT: return cel_text_value(CEL_STRING, str_fmt(a, "%llu", (unsigned long long)v->u));
    case CEL_DOUBLE: return cel_text_value(CEL_STRING, cel_write_double(a, v->d, 'g'));
    case CEL_DURATION: return cel_text_value(CEL_STRING, cel_duration_seconds(a, v->i));
    case CEL_TIMESTAMP: return cel_text_value(CEL_STRING, cel_write_time(a, v->t));
    default: return *v;
    }
}

cel_value cel_convert(cel_run *r, const cel_node *n, const cel_value *v) {
    if (!cel_spend(&r->budget, 8)) return cel_exhausted(r, n);
    switch (n->function) {
    case CEL_F_BOOL: return to_bool(r, n, v);
    case CEL_F_BYTES: return cel_text_value(CEL_BYTES, v->s);
    case CEL_F_DOUBLE: return to_double(r, n, v);
    case CEL_F_DURATION: return to_duration(r, n, v);
    case CEL_F_INT: return to_int(r, n, v);
    case CEL_F_TIMESTAMP: return to_timestamp(r, n, v);
    case CEL_F_UINT: return to_uint(r, n, v);
    default: return to_string(r, n, v);
    }
}
