#ifndef GRAMMAR_CEL_REGEX_H
#define GRAMMAR_CEL_REGEX_H
/* The tree of a regular expression, between its reading and its running. Private to grammar/cel_regex*. */
#include "grammar/cel_tree.h"

enum { REGEX_LAST = 0x10ffff, REGEX_REPEAT_MOST = 1000, REGEX_PROGRAM_MOST = 20000, REGEX_NESTING_MOST = 200 };

typedef struct re_range {
    uint32_t from, to;
} re_range;
typedef struct re_class { /* in order, and none touches the next */
    VEC(re_range) ranges;
} re_class;

typedef enum re_kind { RE_CLASS, RE_ASSERT, RE_CAT, RE_ALT, RE_REPEAT } re_kind;
typedef enum re_assert { AT_BEGIN, AT_END, AT_LINE_BEGIN, AT_LINE_END, AT_WORD, AT_NO_WORD } re_assert;
typedef struct re {
    re_kind kind;
    re_assert assert;
    const re_class *class;
    int min, max; /* max -1: no end */
    VEC(struct re *) of;
} re;

/* NULL when the pattern is not good: *result and *why say so. */
const re *re_parse(arena *a, str pattern, cel_regex_result *result, str *why);
uint32_t re_decode(str s, uint32_t *at); /* one character of UTF-8 */
#endif
