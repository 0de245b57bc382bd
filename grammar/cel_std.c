/* The standard library's table, from its rows. */
#include "grammar/cel_tree.h"

#define SIMPLE(name, k) const cel_type cel_type_##name = {.kind = k}
SIMPLE(dyn, CEL_DYN);
SIMPLE(error, CEL_ERROR);
SIMPLE(null, CEL_NULL);
SIMPLE(bool, CEL_BOOL);
SIMPLE(int, CEL_INT);
SIMPLE(uint, CEL_UINT);
SIMPLE(double, CEL_DOUBLE);
SIMPLE(string, CEL_STRING);
SIMPLE(bytes, CEL_BYTES);
SIMPLE(duration, CEL_DURATION);
SIMPLE(timestamp, CEL_TIMESTAMP);
SIMPLE(message, CEL_MESSAGE);
const cel_type cel_type_list_dyn = {.kind = CEL_LIST, .of = {&cel_type_dyn}};
const cel_type cel_type_map_dyn = {.kind = CEL_MAP, .of = {&cel_type_dyn, &cel_type_dyn}};
const cel_type cel_type_type = {.kind = CEL_TYPE, .of = {&cel_type_dyn}};
static const cel_type param_a = {.kind = CEL_PARAM, .id = 0}, param_b = {.kind = CEL_PARAM, .id = 1};
static const cel_type list_a = {.kind = CEL_LIST, .of = {&param_a}},
                      map_ab = {.kind = CEL_MAP, .of = {&param_a, &param_b}};
static const cel_type type_a = {.kind = CEL_TYPE, .of = {&param_a}};

#define T_NONE NULL
#define T_A &param_a
#define T_B &param_b
#define T_LIST_A &list_a
#define T_MAP_AB &map_ab
#define T_TYPE_A &type_a
#define T_DYN &cel_type_dyn
#define T_BOOL &cel_type_bool
#define T_INT &cel_type_int
#define T_UINT &cel_type_uint
#define T_DOUBLE &cel_type_double
#define T_STRING &cel_type_string
#define T_BYTES &cel_type_bytes
#define T_DURATION &cel_type_duration
#define T_TIMESTAMP &cel_type_timestamp
enum { STYLE_FREE, STYLE_MEMBER, STYLE_CROSS };

static const cel_overload overloads[] = {
#define FUNCTION(ident, name)
#define OVERLOAD(f, style, result, n, a, b, c)                                                                         \
    {CEL_F_##f, STYLE_##style == STYLE_MEMBER, STYLE_##style == STYLE_CROSS, T_##result, {T_##a, T_##b, T_##c}, n},
#include "grammar/cel_std.def"
#undef FUNCTION
#undef OVERLOAD
};
enum { OVERLOAD_COUNT = sizeof overloads / sizeof *overloads };

static const char *const names[] = {
#define FUNCTION(ident, name) name,
#define OVERLOAD(...)
#include "grammar/cel_std.def"
#undef FUNCTION
#undef OVERLOAD
};

str cel_function_name(cel_function f) { return str_z(names[f]); }

/* No operator looks like a name, but for `in`, which is never asked for since it is a word of the grammar. */
bool cel_function_find(str name, cel_function *out) {
    for (uint32_t f = 0; f < CEL_F_COUNT; f++)
        if (str_eq(name, str_z(names[f]))) {
            *out = (cel_function)f;
            return true;
        }
    return false;
}

const cel_overload *cel_overloads(cel_function f, uint32_t *n) {
    uint32_t first = 0;
    while (overloads[first].function != f) first++;
    for (*n = 0; first + *n < OVERLOAD_COUNT && overloads[first + *n].function == f; ++*n) {
    }
    return overloads + first;
}
