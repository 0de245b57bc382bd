#include "base/emit.h"
#include "compiler/schema/bind_inner.h"
#include "grammar/duration.h"
#include "grammar/quantity.h"

/* ---- words ---------------------------------------------------------------------------------------------------- */
str bind_spot_words(arena *a, const spot *s) {
    str name = s->f->json, owner = s->owner->name;
    if (s->item) return str_fmt(a, "an item of `%.*s` of %.*s", STR_ARG(name), STR_ARG(owner));
    if (s->key.p) return str_fmt(a, "`%.*s` in `%.*s` of %.*s", STR_ARG(s->key), STR_ARG(name), STR_ARG(owner));
    return str_fmt(a, "`%.*s` of %.*s", STR_ARG(name), STR_ARG(owner));
}

static const char *node_words(const ynode *n) {
    switch ((ykind)n->kind) {
    case Y_NULL: return "null";
    case Y_BOOL: return "a boolean";
    case Y_INT:
    case Y_FLOAT: return "a number";
    case Y_STR: return "a string";
    case Y_SEQ: return "a list";
    case Y_MAP: return "a mapping";
    }
    return "";
}

void bind_wrong_type(binder *b, const spot *s, const char *expected, const ynode *n) {
    diag *x = REPORT(b->d, WRONG_TYPE, n, "%.*s must be %s, not %s", STR_ARG(bind_spot_words(b->a, s)), expected,
                     node_words(n));
    bool scalar = n->kind == Y_BOOL || n->kind == Y_INT || n->kind == Y_FLOAT;
    if (s->f->kind == K_DURATION && scalar)
        diag_help(b->d, x, "a duration is a string with a unit, for example \"60s\"");
    else if (scalar && strcmp(expected, "a string") == 0)
        diag_help(b->d, x, "write the value in quotes");
    else if (n->kind == Y_STR && n->text.n &&
             (strcmp(expected, "a boolean") == 0 || strcmp(expected, "a whole number") == 0))
        diag_help(b->d, x, "write the value without quotes");
    else if (strncmp(expected, "a list", 6) == 0)
        diag_help(b->d, x, "begin each item with `- `");
}

/* ---- scalars -------------------------------------------------------------------------------------------------- */
static bool is_number(const ynode *n) { return n->kind == Y_INT || n->kind == Y_FLOAT; }

/* Whole numbers only; 3.0 has the canonical text 3. */
static bool integer_fits(str text, uint64_t max) {
    uint32_t i = text.n && text.p[0] == '-';
    uint64_t value = 0;
    if (i == text.n) return false;
    for (; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        uint64_t digit = (uint64_t)(text.p[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    return value <= max + (text.p[0] == '-');
}

static bool check_integer(binder *b, const spot *s, const ynode *n, bool wide) {
    if (!is_number(n)) {
        bind_wrong_type(b, s, s->f->kind == K_INT_OR_STRING ? "a whole number or a string" : "a whole number", n);
        return false;
    }
    if (integer_fits(n->text, wide ? INT64_MAX : INT32_MAX)) return true;
    REPORT(b->d, NUMBER_RANGE, n, "%.*s must be a whole number of %d bits, not %.*s", STR_ARG(bind_spot_words(b->a, s)),
           wide ? 64 : 32, STR_ARG(n->text));
    return false;
}

static bool check_duration(binder *b, const spot *s, const ynode *n) {
    int64_t nanoseconds;
    if (n->kind != Y_STR) {
        bind_wrong_type(b, s, "a duration", n);
        return false;
    }
    if (duration_parse(n->text, &nanoseconds)) return true;
    diag *x = REPORT(b->d, DURATION, n, "%.*s is not a duration: \"%.*s\"", STR_ARG(bind_spot_words(b->a, s)),
                     STR_ARG(n->text));
    diag_help(b->d, x, "numbers with the units h, m, s or ms, for example 1h30m");
    return false;
}

static bool check_quantity(binder *b, const spot *s, const ynode *n) {
    quantity q;
    if (n->kind != Y_STR && !is_number(n)) {
        bind_wrong_type(b, s, "a quantity", n);
        return false;
    }
    if (quantity_parse(str_trim(n->text), &q)) return true;
    diag *x = REPORT(b->d, QUANTITY, n, "%.*s is not a quantity: \"%.*s\"", STR_ARG(bind_spot_words(b->a, s)),
                     STR_ARG(n->text));
    diag_help(b->d, x, "a number and a suffix without a space, for example 500m or 1Gi");
    return false;
}

/* Go's decoder of base64 skips line breaks, wants padding, and does not look at the bits past the end. */
static bool is_base64(str text) {
    uint32_t digits = 0, padding = 0;
    for (uint32_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\n' || c == '\r') continue;
        bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
        if (c == '=' ? ++padding > 2 : !digit || padding) return false;
        digits++;
    }
    return digits % 4 == 0;
}

static bool check_bytes(binder *b, const spot *s, const ynode *n) {
    if (n->kind != Y_STR) {
        bind_wrong_type(b, s, "a string", n);
        return false;
    }
    if (is_base64(n->text)) return true;
    REPORT(b->d, BASE64, n, "%.*s is not base64", STR_ARG(bind_spot_words(b->a, s)));
    return false;
}

static bool check_kind(binder *b, const spot *s, const ynode *n, ykind kind, const char *words) {
    if (n->kind != kind) bind_wrong_type(b, s, words, n);
    return n->kind == kind;
}

/* One value that is not null, of a scalar kind (of a list or map: its item's kind). */
static bool check_scalar(binder *b, const spot *s, field_kind kind, const ynode *n) {
    switch (kind) {
    case K_STRING: return check_kind(b, s, n, Y_STR, "a string");
    case K_BOOL: return check_kind(b, s, n, Y_BOOL, "a boolean");
    case K_ANY_OBJECT: return check_kind(b, s, n, Y_MAP, "a mapping");
    case K_INT32: return check_integer(b, s, n, false);
    case K_INT64: return check_integer(b, s, n, true);
    case K_INT_OR_STRING: return n->kind == Y_STR || check_integer(b, s, n, false);
    case K_DURATION: return check_duration(b, s, n);
    case K_QUANTITY: return check_quantity(b, s, n);
    case K_BYTES_MAP: return check_bytes(b, s, n);
    default: return true;
    }
}

/* ---- lists and maps of scalars -------------------------------------------------------------------------------- */
/* What null stands for inside of a list or map: Go's zero value. */
static const ynode *zero_of(binder *b, field_kind kind, const ynode *at) {
    if (kind == K_INT64) {
        ynode *zero = ynode_new(b->a, Y_INT, at);
        zero->text = S("0");
        return zero;
    }
    return ynode_str(b->a, kind == K_QUANTITY ? S("0") : S(""), at);
}

/* The value to keep: itself, what null stands for, or NULL. */
static const ynode *scalar_item(binder *b, const spot *s, field_kind kind, const ynode *n) {
    if (n->kind == Y_NULL) return zero_of(b, kind, n);
    return check_scalar(b, s, kind, n) ? n : NULL;
}

static const ynode *scalar_list(binder *b, const type *owner, const field *f, field_kind kind, const ynode *n) {
    spot s = {.owner = owner, .f = f};
    if (n->kind != Y_SEQ) {
        bind_wrong_type(b, &s, kind == K_STRING ? "a list of strings" : "a list of whole numbers", n);
        return NULL;
    }
    s.item = true;
    ynode *copy = NULL;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode *item = scalar_item(b, &s, kind, n->items[i]);
        if (!copy && item != n->items[i]) copy = ynode_copy(b->a, n);
        if (!item) continue;
        if (copy) copy->items[kept] = item;
        kept++;
    }
    if (copy) copy->n = kept;
    return kept || (f->flags & FIELD_KEEP_EMPTY) ? (copy ? copy : n) : NULL;
}

static const ynode *scalar_map(binder *b, const type *owner, const field *f, field_kind kind, const ynode *n) {
    spot s = {.owner = owner, .f = f};
    if (n->kind != Y_MAP) {
        bind_wrong_type(b, &s, "a mapping", n);
        return NULL;
    }
    ynode *copy = NULL;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        s.key = n->pairs[i].key;
        const ynode *value = scalar_item(b, &s, kind, n->pairs[i].value);
        if (!copy && value != n->pairs[i].value) copy = ynode_copy(b->a, n);
        if (!value) continue;
        if (copy) copy->pairs[kept] = n->pairs[i], copy->pairs[kept].value = value;
        kept++;
    }
    if (copy) copy->n = kept;
    return kept || (f->flags & FIELD_KEEP_EMPTY) ? (copy ? copy : n) : NULL;
}

/* ---- values of params ----------------------------------------------------------------------------------------- */
static bool strings_only(const ynode *n, bool *nulls) {
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode *x = n->kind == Y_SEQ ? n->items[i] : n->pairs[i].value;
        if (x->kind == Y_NULL) *nulls = true;
        if (x->kind != Y_NULL && x->kind != Y_STR) return false;
    }
    return true;
}

/* Facts 0.3: lists and mappings of strings (or null) stay, everything else is a string of its JSON text. */
static const ynode *param_value(binder *b, const field *f, const ynode *n) {
    bool nulls = false;
    switch ((ykind)n->kind) {
    case Y_NULL: return f->flags & FIELD_REQUIRED ? ynode_str(b->a, S(""), n) : NULL;
    case Y_STR: return n;
    case Y_BOOL:
    case Y_INT:
    case Y_FLOAT: return ynode_str(b->a, n->text, n);
    case Y_SEQ:
    case Y_MAP: break;
    }
    if (!strings_only(n, &nulls)) return ynode_str(b->a, emit_go_json_str(b->a, n), n);
    if (!nulls) return n;
    ynode *copy = ynode_copy(b->a, n);
    for (uint32_t i = 0; i < n->n; i++) {
        const ynode **x = n->kind == Y_SEQ ? &copy->items[i] : &copy->pairs[i].value;
        if ((*x)->kind == Y_NULL) *x = ynode_str(b->a, S(""), *x);
    }
    return copy;
}

const ynode *bind_leaf(binder *b, const type *owner, const field *f, const ynode *n) {
    if (f->kind == K_VALUE) return param_value(b, f, n);
    if (n->kind == Y_NULL) return NULL;
    switch ((field_kind)f->kind) {
    case K_STRINGS: return scalar_list(b, owner, f, K_STRING, n);
    case K_INTS: return scalar_list(b, owner, f, K_INT64, n);
    case K_STRING_MAP: return scalar_map(b, owner, f, K_STRING, n);
    case K_QUANTITY_MAP: return scalar_map(b, owner, f, K_QUANTITY, n);
    case K_BYTES_MAP: return scalar_map(b, owner, f, K_BYTES_MAP, n);
    default: break;
    }
    return check_scalar(b, &(spot){.owner = owner, .f = f}, f->kind, n) ? n : NULL;
}
