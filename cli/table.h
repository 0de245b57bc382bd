#ifndef CLI_TABLE_H
#define CLI_TABLE_H
/* The tables of verbs and options, for who describes them: help, the manual page, completion. */
#include "cli/options.h"

typedef enum option_shape { FLAG, TEXT, MANY } option_shape;

typedef struct option_row {
    const char *name;
    char letter;
    uint32_t verbs; /* a bit for each */
    option_shape shape;
    uint16_t offset;
    const char *argument; /* for people */
    const char *choices;  /* the only values, separated by |, the first one is the default; or NULL */
    const char *help;
} option_row;

typedef struct verb_row {
    const char *name, *arguments, *summary; /* the name of VERB_COMPILE is empty */
} verb_row;

const option_row *option_rows(uint32_t *n);
const verb_row *verb_rows(void); /* VERBS of them */
/* A title where a group of a verb's options begins, NULL inside a group. *state is 0 before the first row. */
const char *option_group(const option_row *r, verb v, uint32_t *state);
/* What the option takes, for people: "NAME", "text|json"; "" for a flag. */
const char *option_value(const option_row *r);
/* Lines of "command\twhat it does" of a verb; "" when there are none. */
const char *verb_examples(verb v);
/* The name of VERB_COMPILE is "compile" for people. */
const char *verb_title(verb v);
/* Exit codes, in lines of "code\tmeaning". */
extern const char exit_codes[];
#endif
