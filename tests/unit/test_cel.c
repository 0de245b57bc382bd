/* CEL: what parses, what type-checks, what it evaluates to, where errors are, and that limits hold. The expectations
 * are what cel-go says, but for the texts of messages and what is marked unsupported. */
#include "grammar/cel.h"
#include "tests/unit/unit.h"
#include <time.h>

typedef struct expectation {
    const char *expression, *outcome; /* a value as cel_show() writes it, or "stage [unsupported] at-end: message" */
} expectation;

static str outcome(arena *a, str text) {
    static const char *const stages[] = {"syntax", "types", "value"};
    cel_error e;
    const cel_program *p = cel_compile(a, text, &e);
    const cel_value *v = p ? cel_eval(a, p, &e) : NULL;
    if (v) return cel_show(a, v);
    assert_true(e.at <= e.end && e.end <= text.n && e.text.n > 0 && p ? e.stage == CEL_VALUE : e.stage != CEL_VALUE);
    return str_fmt(a, "%s%s %u-%u: %.*s", stages[e.stage], e.unsupported ? " unsupported" : "", e.at, e.end,
                   STR_ARG(e.text));
}

static void expect(const expectation *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        arena *a = arena_new();
        str got = outcome(a, str_z(x[i].expression));
        if (!str_eq(got, str_z(x[i].outcome))) print_error("of: %s\n", x[i].expression);
        assert_text(got, x[i].outcome);
        arena_free(a);
    }
}
#define EXPECT(table) expect(table, sizeof table / sizeof *table)

static const expectation literals[] = {
    {"-9223372036854775808", "-9223372036854775808"},
    {"--5", "5"},
    {"0xFFu", "255u"},
    {"-0x10", "-16"},
    {"1e3", "1000.0"},
    {".5", "0.5"},
    {"1.5e-3", "0.0015"},
    {"'a\\x41\\101\\u00e9\\U0001F600'", "\"aAAé😀\""},
    {"r'a\\d'", "\"a\\\\d\""},
    {"b'\\xff\\377é'", "b\"\\xff\\xff\\xc3\\xa9\""},
    {"'''a'b\nc'''", "\"a'b\\nc\""},
    {"\"a\\\"b\\'\"", "\"a\\\"b'\""},
    {"''''a'''", "\"'a\""},
    {"null", "null"},
    {"[1, 'a', null,]", "[1, \"a\", null]"},
    {"{'a': 1, 2: true,}", "{\"a\": 1, 2: true}"},
    {"[,]", "[]"},
    {"{,}", "{}"},
    {"1 //comment", "1"},
    {"1.a", "types 2-3: a value of type int has no fields"},
    {"9223372036854775808", "syntax 0-19: the integer is out of range, which is -2^63 to 2^63-1"},
    {"--9223372036854775808", "syntax 2-21: the integer is out of range, which is -2^63 to 2^63-1"},
    {"18446744073709551616u", "syntax 0-21: the unsigned integer is out of range, which ends at 2^64-1"},
    {"1e400", "syntax 0-5: the number is out of range"},
    {"'\\ud800'", "syntax 1-7: there is no character of that number"},
    {"b'\\u0041'", "syntax 2-8: bytes are written as \\xHH or \\OOO, not as characters"},
    {"'a\\qb'", "syntax 2-3: the backslash begins no escape of CEL"},
    {"'abc", "syntax 0-4: the string has no end"},
    {"\"\"\"never ends", "syntax 0-13: the string has no three quotes at its end"},
};

static const expectation grammar[] = {
    {"1 + 2 * 3 - 4 / 2 % 3", "5"},
    {"2 - -3", "5"},
    {"(1 + 2) * 3", "9"},
    {"1 < 2 == true", "true"},
    {"true ? 1 : false ? 2 : 3", "1"},
    {"true ? false ? 1 : 2 : 3", "syntax 13-14: an operator or `:` expected, not `?`"},
    {"!!!true", "false"},
    {"- -2", "2"},
    {"!-5", "types 0-1: `!` can't be used on int"},
    {"!-x", "syntax 1-2: a value expected, not `-`"},
    {"-!true", "syntax 1-2: a value expected, not `!`"},
    {"false || true && false", "false"},
    {"{'a': {'b-c': 1}}.a.`b-c`", "1"},
    {"{'if': 1}.if", "1"},
    {"if", "syntax 0-2: `if` is a reserved word"},
    {".int == int", "true"},
    {"x.y{a: 1}", "types 0-3: the message type `x.y` is not known"},
    {"(x){}", "syntax 3-4: an operator or the end expected, not `{`"},
    {"[1][0]", "1"},
    {"a b", "syntax 2-3: an operator or the end expected, not `b`"},
    {"1 +", "syntax 3-3: a value expected, but the expression ends"},
    {"[1, 2", "syntax 5-5: an operator, `]` or `,` expected, but the expression ends"},
    {"{'a' 1}", "syntax 5-6: an operator or `:` expected, not `1`"},
    {"'a' = 'b'", "syntax 4-5: `=` is no operator; `==` compares"},
    {"true & false", "syntax 5-6: `&` is no operator; `&&` is \"and\""},
    {"$(params.x) == 'a'", "syntax 0-2: a Tekton variable must stand inside a string"},
    {"size('a',)", "syntax 9-10: a value expected, not `)`"},
    {"a.?b", "syntax 2-3: a name or a name in backquotes expected, not `?`"},
    {"@", "syntax 0-1: a value expected, not `@`"},
};

static const expectation typing[] = {
    {"1 == 'a'", "types 2-4: `==` can't be used on int and string"},
    {"1 == 1.0", "types 2-4: `==` can't be used on int and double"},
    {"dyn(1) == 1.0", "true"},
    {"1 < 1.0", "types 2-3: `<` can't be used on int and double"},
    {"[1].all(x, x < 1.5) && 1 < 1.5", "true"},
    {"[1, 'a'][1]", "\"a\""},
    {"[] == [1]", "false"},
    {"[[]] + [[1]]", "[[], [1]]"},
    {"true ? 1 : 'a'", "types 5-6: `?:` can't be used on bool, int and string"},
    {"true ? 1 : dyn('a')", "1"},
    {"1 && true", "types 0-1: `&&` takes bool, this is int"},
    {"!1", "types 0-1: `!` can't be used on int"},
    {"nope", "types 0-4: the name `nope` is not known"},
    {"nope(1)", "types 0-4: there is no function `nope`"},
    {"startWith('a', 'b')", "types 0-9: there is no function `startWith`"},
    {"startsWith('a', 'b')", "types 0-10: `startsWith` can't be used on string and string"},
    {"[1].all(x)", "types 8-9: the name `x` is not known"},
    {"[1].map(1, x)", "syntax 8-9: the first argument of `map` is a name for the element"},
    {"has(1)", "syntax 4-5: `has` takes a field"},
    {"1.5 % 2.0", "types 4-5: `%` can't be used on double and double"},
    {"{'a': 1}[1]", "types 8-9: `[]` can't be used on map(string, int) and int"},
    {"'abc'.a", "types 6-7: a value of type string has no fields"},
    {"[1].map(x, {x: x})", "[{1: 1}]"},
    {"type(1) == int", "true"},
    {"type(type(1))", "type"},
    {"[type(1), google.protobuf.Timestamp]", "[int, google.protobuf.Timestamp]"},
    {"google.protobuf.Any == int", "value 0-19: the type `google.protobuf.Any` has no value"},
    {"[int].all(x, true)", "true"},
    {"[int].all(x, x == int)", "value 13-14: `x` is a type, which a macro can't go through"},
    {"google.protobuf.Int64Value{value: 1}", "types unsupported 0-26: protobuf messages can't be made here"},
    {"a.b.C{}", "types 0-5: the message type `a.b.C` is not known"},
    {"null == duration('1s')", "false"},
    {"null == 1", "types 5-7: `==` can't be used on null and int"},
};

static const expectation logic[] = {
    {"1/0 == 1 || true", "true"},
    {"true || 1/0 == 1", "true"},
    {"1/0 == 1 && false", "false"},
    {"1/0 == 1 && true", "value 1-2: division by zero"},
    {"1/0 == 1 || false", "value 1-2: division by zero"},
    {"dyn(1) || true", "true"},
    {"dyn(1) || false", "value 0-3: a bool is wanted, this is int"},
    {"[1, 0].exists(x, 1/x == 1)", "true"},
    {"[0, 1].exists(x, 1/x == 1)", "true"},
    {"[0, 2].exists(x, 1/x == 1)", "value 18-19: division by zero"},
    {"[0, 2].all(x, 1/x == 1)", "false"},
    {"[0, 1].all(x, 1/x == 1)", "value 15-16: division by zero"},
    {"[0, 1].exists_one(x, 1/x == 1)", "value 22-23: division by zero"},
    {"[1, 2, 1].exists_one(x, x == 2)", "true"},
    {"[1, 2, 3].map(x, x * 2)", "[2, 4, 6]"},
    {"[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"},
    {"[1, 2, 3].filter(x, x != 2)", "[1, 3]"},
    {"{'a': 1, 'b': 2}.filter(k, k > 'a')", "[\"b\"]"},
    {"[[1, 2], [3]].map(x, x.map(y, y + size(x)))", "[[3, 4], [4]]"},
    {"[1].map(x, [2].map(x, x))", "[[2]]"},
    {"[].all(x, false)", "true"},
    {"dyn(1).all(x, true)", "value 7-10: a macro goes through a list or a map, this is int"},
    {"true ? 1 : 1/0", "1"},
    {"dyn(1) ? 1 : 2", "value 0-3: a bool is wanted, this is int"},
    {"has({'a': 1}.a)", "true"},
    {"has({'a': 1}.b)", "false"},
    {"has(dyn(1).b)", "false"},
    {"has(dyn([1]).b)", "value 13-14: a list is indexed by whole numbers"},
    {"has({}.a.b)", "value 7-8: there is no key `a`"},
    {"{b'a': 1}", "value 1-5: bytes can't be a key of a map"},
    {"(b'a' in {'a': 1}) || true", "types 6-8: `in` can't be used on bytes and map(string, int)"},
};

static const expectation operators[] = {
    {"9223372036854775807 + 1", "value 20-21: the result is out of range"},
    {"-9223372036854775808 - 1", "value 21-22: the result is out of range"},
    {"-(-9223372036854775808)", "value 0-1: the result is out of range"},
    {"-9223372036854775808 / -1", "value 21-22: the result is out of range"},
    {"7 / -2", "-3"},
    {"-7 % 3", "-1"},
    {"1u - 2u", "value 3-4: the result is out of range"},
    {"18446744073709551615u + 1u", "value 22-23: the result is out of range"},
    {"1.0 / 0.0", "double(\"Infinity\")"},
    {"1 / 0", "value 2-3: division by zero"},
    {"1u % 0u", "value 3-4: division by zero"},
    {"'a' + 'b'", "\"ab\""},
    {"b'a' + b'b'", "b\"ab\""},
    {"[1] + [2, 3]", "[1, 2, 3]"},
    {"dyn(1) + dyn('a')", "value 7-8: `+` can't be used on int and string"},
    {"dyn(1) == dyn(1u)", "true"},
    {"dyn(1) == '1'", "false"},
    {"9007199254740993 == dyn(9007199254740992.0)", "true"},
    {"double('nan') == double('nan')", "false"},
    {"double('nan') != double('nan')", "true"},
    {"double('nan') < 1.0", "value 14-15: NaN is neither less nor greater"},
    {"dyn(-1) < dyn(1u)", "true"},
    {"[1, 2] == [1, 2]", "true"},
    {"{'a': 1, 'b': [2]} == {'b': [2], 'a': 1}", "true"},
    {"{1: 'a', 1u: 'b'} == {1u: 'b', 1: 'a'}", "true"},
    {"{'a': 1, 'a': 2}", "{\"a\": 2}"},
    {"{1: 'a'}[dyn(1u)]", "\"a\""},
    {"{1.0: 'a'}[dyn(1)]", "value 10-11: there is no key `1`"},
    {"[1, 2][dyn(1.0)]", "2"},
    {"[1, 2][2]", "value 6-7: the index 2 is not in a list of 2"},
    {"[1, 2][-1]", "value 6-7: the index -1 is not in a list of 2"},
    {"[1, 2][dyn('a')]", "value 6-7: a list is indexed by whole numbers"},
    {"{'a': 1}['b']", "value 8-9: there is no key `b`"},
    {"{'a': 1}.b", "value 9-10: there is no key `b`"},
    {"{null: 1}[null]", "value 10-14: only strings, numbers and bools can be looked up"},
    {"2 in [1, 2]", "true"},
    {"2 in {2: 0}", "true"},
    {"'a' in dyn('abc')", "value 4-6: `in` can't be used on string and string"},
    {"false < true", "true"},
    {"'a' < 'b'", "true"},
    {"b'a' < b'b'", "true"},
    {"[1].size() + size({'a': 1}) + size('é') + size(b'é')", "5"},
    {"'hello'.contains('ell') && 'hello'.startsWith('he') && 'hello'.endsWith('lo')", "true"},
    {"dyn(duration('1s')) == -dyn(duration('-1s'))", "true"},
};

static const expectation conversions[] = {
    {"int('42')", "42"},
    {"int('+5')", "5"},
    {"int('4_2')", "value 0-3: the text `4_2` is no int"},
    {"int('x')", "value 0-3: the text `x` is no int"},
    {"int('9223372036854775808')", "value 0-3: the text `9223372036854775808` is no int"},
    {"int(1.9)", "1"},
    {"int(-1.9)", "-1"},
    {"int(1e19)", "value 0-3: the value is out of the range of int"},
    {"int(18446744073709551615u)", "value 0-3: the value is out of the range of int"},
    {"uint('7')", "7u"},
    {"uint('-7')", "value 0-4: the text `-7` is no uint"},
    {"uint(-1)", "value 0-4: the value is out of the range of uint"},
    {"uint(1.5)", "1u"},
    {"double('1e3')", "1000.0"},
    {"double('0x1p-2')", "0.25"},
    {"double('1_000.5')", "1000.5"},
    {"double('inf')", "double(\"Infinity\")"},
    {"double('')", "value 0-6: the text `` is no double"},
    {"string(1.0)", "\"1\""},
    {"string(1e6)", "\"1e+06\""},
    {"string(123456.75)", "\"123456.75\""},
    {"string(1e21)", "\"1e+21\""},
    {"string(0.0001)", "\"0.0001\""},
    {"string(0.00001)", "\"1e-05\""},
    {"string(-0.0)", "\"-0\""},
    {"string(1u)", "\"1\""},
    {"string(true)", "\"true\""},
    {"string(b'abc')", "\"abc\""},
    {"string(b'\\xff')", "value 0-6: the bytes are not UTF-8"},
    {"string(duration('90m'))", "\"5400s\""},
    {"string(timestamp('2020-01-02T03:04:05.600+01:30'))", "\"2020-01-02T03:04:05.6+01:30\""},
    {"bool('true')", "true"},
    {"bool('yes')", "value 0-4: the text `yes` is no bool"},
    {"bytes('é')", "b\"\\xc3\\xa9\""},
    {"int(duration('1s'))", "1000000000"},
    {"int(timestamp('1970-01-02T00:00:00Z'))", "86400"},
    {"timestamp(0)", "timestamp(\"1970-01-01T00:00:00Z\")"},
    {"timestamp(253402300800)", "value 0-9: the value is out of the range of timestamp"},
    {"dyn(1).size()", "value 7-11: `size` can't be used on int"},
    {"string(int)", "types 0-6: `string` can't be used on type"},
    {"int(([1] + dyn(['1']))[1])", "value 0-3: `int` can't be used on string"},
};

static const expectation times[] = {
    {"timestamp('2020-02-29T12:34:56.789Z')", "timestamp(\"2020-02-29T12:34:56.789Z\")"},
    {"timestamp('2021-02-29T00:00:00Z')", "value 0-9: the text `2021-02-29T00:00:00Z` is no timestamp"},
    {"timestamp('2020-01-01T1:00:00Z')", "timestamp(\"2020-01-01T01:00:00Z\")"},
    {"timestamp('2020-01-01 00:00:00Z')", "value 0-9: the text `2020-01-01 00:00:00Z` is no timestamp"},
    {"timestamp('0000-01-01T00:00:00Z')", "value 0-9: the value is out of the range of timestamp"},
    {"timestamp('2009-02-13T23:31:30Z') == timestamp(1234567890)", "true"},
    {"timestamp('2020-03-01T00:00:00Z') - duration('24h')", "timestamp(\"2020-02-29T00:00:00Z\")"},
    {"timestamp('2020-03-01T00:00:00Z') - timestamp('2020-02-01T00:00:00Z')", "duration(\"2505600s\")"},
    {"timestamp('9999-12-31T23:59:59Z') + duration('1s')", "value 34-35: the result is out of range"},
    {"duration('1h') + duration('30m') > duration('89m')", "true"},
    {"duration('2562047h47m16.854775807s') + duration('1ns')", "value 37-38: the result is out of range"},
    {"duration('1h30m').getMinutes()", "90"},
    {"duration('1.5s').getMilliseconds()", "1500"},
    {"timestamp('2020-02-29T12:34:56.789Z').getFullYear()", "2020"},
    {"timestamp('2020-02-29T12:34:56.789Z').getMonth()", "1"},
    {"timestamp('2020-02-29T12:34:56.789Z').getDate()", "29"},
    {"timestamp('2020-02-29T12:34:56.789Z').getDayOfMonth()", "28"},
    {"timestamp('2020-02-29T12:34:56.789Z').getDayOfWeek()", "6"},
    {"timestamp('2020-02-29T12:34:56.789Z').getDayOfYear()", "59"},
    {"timestamp('2020-02-29T12:34:56.789Z').getHours('-13:00')", "23"},
    {"timestamp('2020-02-29T12:34:56.789Z').getMinutes('+05:30')", "4"},
    {"timestamp('2020-02-29T12:34:56.789Z').getSeconds('UTC')", "56"},
    {"timestamp('2020-02-29T12:34:56.789Z').getMilliseconds()", "789"},
    {"timestamp('2020-02-29T12:34:56.789Z').getHours('Europe/Berlin')",
     "value unsupported 38-46: names of time zones are not supported; write an offset like `+01:00`"},
    {"timestamp('2020-02-29T12:34:56.789Z').getHours('x:y')", "value 38-46: the time zone is none"},
    {"timestamp('1969-12-31T23:59:59Z').getDayOfWeek()", "3"},
    {"duration('x')", "value 0-8: the text `x` is no duration"},
};

static const expectation patterns[] = {
    {"'abc'.matches('b')", "true"},
    {"'abc'.matches('^b')", "false"},
    {"'abc'.matches('^a.c$')", "true"},
    {"matches('abc', '^[^a-b]')", "false"},
    {"'a\\nb'.matches('a.b')", "false"},
    {"'a\\nb'.matches('(?s)a.b')", "true"},
    {"'a\\nb'.matches('(?m)^b$')", "true"},
    {"'ABC'.matches('(?i)abc')", "true"},
    {"'ABC'.matches('(?i:a)bc')", "false"},
    {"'K'.matches('(?i)[^k]')", "false"},
    {"'aaa'.matches('^a{3}$')", "true"},
    {"'aa'.matches('^a{3,}$')", "false"},
    {"'a{,3}'.matches('a{,3}$')", "true"},
    {"'v1.22.3'.matches(r'^v\\d+(\\.\\d+){2}$')", "true"},
    {"'foo bar'.matches(r'\\bbar\\b')", "true"},
    {"'é日'.matches('^..$')", "true"},
    {"'a-b]'.matches('^[]a-]+b[]]$')", "true"},
    {"'x1'.matches('[[:alpha:]][[:digit:]]')", "true"},
    {"'a.b'.matches(r'^\\Qa.b\\E$')", "true"},
    {"'aé'.matches(r'^\\x61\\x{e9}$')", "true"},
    {"''.matches('')", "true"},
    {"'ab'.matches('^(a|b)*$')", "true"},
    {"'a'.matches('(')", "value 4-11: the pattern has a `(` without `)`"},
    {"'a'.matches(')')", "value 4-11: the pattern has a `)` without `(`"},
    {"'a'.matches('[')", "value 4-11: the pattern has a `[` without `]`"},
    {"'a'.matches('a**')", "value 4-11: the pattern has a repeat of a repeat"},
    {"'a'.matches('*')", "value 4-11: the pattern has a repeat of nothing"},
    {"'a'.matches('a{1001}')", "value 4-11: the pattern has a repeat out of range"},
    {"'a'.matches('(a{100}){11}')", "value 4-11: the pattern has a repeat out of range"},
    {"'a'.matches('[b-a]')", "value 4-11: the pattern has a range that ends before it begins"},
    {"'a'.matches(r'\\1')", "value 4-11: the pattern has a reference back to a group, which RE2 does not have"},
    {"'a'.matches(r'\\pL')", "value unsupported 4-11: the pattern has Unicode classes (\\p{…}); that is not supported"},
    {"'é'.matches('(?i)é')",
     "value unsupported 5-12: the pattern has letters outside ASCII together with (?i); that is not supported"},
    {"'a'.matches('(?<n>a)(?P<n>b)')", "false"},
    {"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.matches('^(a*)*(a*)*$')", "false"},
};
static void test_literals(void **state) { (void)state, EXPECT(literals); }
static void test_grammar(void **state) { (void)state, EXPECT(grammar); }
static void test_typing(void **state) { (void)state, EXPECT(typing); }
static void test_logic(void **state) { (void)state, EXPECT(logic); }
static void test_operators(void **state) { (void)state, EXPECT(operators); }
static void test_conversions(void **state) { (void)state, EXPECT(conversions); }
static void test_times(void **state) { (void)state, EXPECT(times); }
static void test_patterns(void **state) { (void)state, EXPECT(patterns); }

static void test_bool(void **state) {
    static const struct {
        const char *expression;
        int outcome; /* -1: fails */
    } cases[] = {{"'a' == 'a'", 1}, {"'a' == 'b'", 0},  {"1 + 1", -1},
                 {"dyn(true)", 1},  {"1 / 0 == 1", -1}, {"'true'", -1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena *a = arena_new();
        cel_error e;
        bool value = false;
        const cel_program *p = cel_compile(a, str_z(cases[i].expression), &e);
        assert_non_null(p);
        bool ok = cel_eval_bool(a, p, &value, &e);
        assert_int_equal(ok ? value : -1, cases[i].outcome);
        arena_free(a);
    }
}

static str repeated(arena *a, const char *before, const char *middle, const char *after, uint32_t n) {
    strbuf b = {.a = a};
    for (uint32_t i = 0; i < n; i++) strbuf_add(&b, str_z(before));
    strbuf_add(&b, str_z(middle));
    for (uint32_t i = 0; i < n; i++) strbuf_add(&b, str_z(after));
    return strbuf_str(&b);
}

/* At the limit, and past it: an error that says so, whatever the form of the nesting. */
static void test_depth(void **state) {
    static const struct {
        const char *before, *middle, *after;
        bool fits; /* 249 of them; 2000 never do, but for those that are not deep */
        bool flat;
    } cases[] = {
        {"(", "1", ")", true, false},
        {"[", "1", "]", true, false},
        {"", "1", "+1", true, false},
        {"", "{}", ".a", true, false},
        {"", "[1]", "[0]", true, false},
        {"true?1:", "1", "", true, false},
        {"[1].map(x,", "1", ")", true, false},
        {"", "[1]", ".map(x,x)", true, false},
        {"-", "1", "", true, true},
        {"!", "true", "", true, true},
        {"", "true", "&&true", true, true},
        {"", "true", "||true", true, true},
        {"dyn(", "1", ")", true, false},
        {"{1:", "1", "}", true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena *a = arena_new();
        str deep = outcome(a, repeated(a, cases[i].before, cases[i].middle, cases[i].after, 249));
        str deeper = outcome(a, repeated(a, cases[i].before, cases[i].middle, cases[i].after, 2000));
        str deepest = outcome(a, repeated(a, cases[i].before, cases[i].middle, cases[i].after, 9000));
        if (cases[i].fits) assert_false(str_starts(deep, S("syntax")));
        assert_int_equal(!str_starts(deeper, S("syntax")), cases[i].flat);
        if (!cases[i].flat) assert_true(str_starts(deepest, S("syntax")));
        arena_free(a);
    }
}

/* Small texts that ask for much time or memory. Each ends with an error, soon. */
static void test_hostile(void **state) {
    arena *a = arena_new();
    const str cases[] = {
        repeated(a, "[1,1,1,1,1,1,1,1,1,1].map(x,", "1", ")", 12),      /* 10^12 steps */
        repeated(a, "", "['aaaaaaaaaaaaaaaa']", ".map(x,x+x+x+x)", 60), /* 16 * 4^60 bytes */
        repeated(a, "", "[[1]]", ".map(x,x+x+x+x)", 60),                /* lists of that length */
        repeated(a, "", "[1]", ".map(x,[x,x])", 100),                   /* shared, so small: but comparing is not */
        repeated(a, "", "[1]", ".map(x,{x:x})", 100),                   /* a type of 2^100 parts */
        S("'aaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('((a{30}){30})') || 'a'.matches('((((a{9}){9}){9}){9}){9}')"),
        str_cat(a, S("'a'.matches('"), str_cat(a, repeated(a, "(", "a", ")", 5000), S("')"))),
    };
    clock_t begin = clock();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str got = outcome(a, cases[i]);
        if (i == 3) continue; /* many parts, and the same one always */
        if (!memmem(got.p, got.n, ": ", 2)) print_error("case %zu: %.*s\n", i, STR_ARG(got));
        assert_true(str_starts(got, S("value")) || str_starts(got, S("types")) || str_starts(got, S("syntax")));
    }
    str shared = repeated(a, "", "[1]", ".map(x,[x,x])", 100);
    str compared = str_cat(a, str_cat(a, shared, S("==")), shared);
    assert_true(str_starts(outcome(a, compared), S("value unsupported")) ||
                str_starts(outcome(a, compared), S("types")));
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 20);
    arena_free(a);
}

static void test_text(void **state) {
    arena *a = arena_new();
    (void)state;
    assert_text(outcome(a, S("")), "syntax 0-0: a value expected, but the expression ends");
    assert_text(outcome(a, S("'\xff'")), "syntax unsupported 1-2: the expression is not UTF-8 here");
    assert_text(outcome(a, (str){"'a\0b'.size()", 12}), "3");
    strbuf b = {.a = a};
    for (uint32_t i = 0; i <= CEL_TEXT_MOST; i++) strbuf_addc(&b, ' ');
    assert_true(str_starts(outcome(a, strbuf_str(&b)), S("syntax unsupported")));
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals), cmocka_unit_test(test_grammar),   cmocka_unit_test(test_typing),
        cmocka_unit_test(test_logic),    cmocka_unit_test(test_operators), cmocka_unit_test(test_conversions),
        cmocka_unit_test(test_times),    cmocka_unit_test(test_patterns),  cmocka_unit_test(test_bool),
        cmocka_unit_test(test_depth),    cmocka_unit_test(test_hostile),   cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
