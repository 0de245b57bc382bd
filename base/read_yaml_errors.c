/* libyaml's complaints in words for people who write pipelines, not parsers. */
#include "base/read_inner.h"
#include <stdio.h>

typedef struct wording {
    const char *problem, *context; /* libyaml 0.2.5's own; a NULL context fits any */
    const char *text, *help;
} wording;

static const wording wordings[] = {
    {"mapping values are not allowed in this context", NULL,
     "a `:` can't stand here: the line is already part of a value",
     "quote a value that contains `: `, or check the indentation of this line"},
    {"did not find expected key", "while parsing a block mapping",
     "a key is expected here, as deep as the keys above it", "check the indentation of this line"},
    {"did not find expected '-' indicator", NULL, "a list item `- ` is expected here, as deep as the items above it",
     "check the indentation of this line"},
    {"could not find expected ':'", "while scanning a simple key", "a `:` is missing after the key that begins here",
     NULL},
    {"found unexpected ':'", "while scanning a plain scalar",
     "a plain value inside brackets or braces can't end in `:`", "quote the value"},
    {"did not find expected ',' or ']'", NULL, "`,` or `]` is expected here, inside a list in brackets", NULL},
    {"did not find expected ',' or '}'", NULL, "`,` or `}` is expected here, inside a map in braces",
     "quote a value that contains `{`, `}`, `,` or `: `"},
    {"found unexpected end of stream", "while scanning a quoted scalar", "the file ends inside a quoted string", NULL},
    {"found unexpected document indicator", "while scanning a quoted scalar",
     "a document marker stands inside a quoted string", NULL},
    {"found unknown escape character", NULL, "this escape is unknown in a double-quoted string",
     "write `\\\\` for a backslash, or use single quotes"},
    {"did not find expected hexdecimal number", NULL, "hexadecimal digits are missing in this escape", NULL},
    {"found invalid Unicode character escape code", NULL, "this escape is not a Unicode character",
     "write characters past U+FFFF as `\\U` with eight digits"},
    {"block sequence entries are not allowed in this context", NULL, "a list item `- ` can't stand here",
     "begin the list on a line of its own"},
    {"block collections are not allowed in this context", NULL, "a list or map over several lines can't begin here",
     NULL},
    {"mapping keys are not allowed in this context", NULL, "a `?` key can't stand here", NULL},
    {"found undefined tag handle", NULL, "this tag's handle is not declared", "quote a value that begins with `!`"},
    {"did not find expected tag URI", NULL, "this tag is malformed", "quote a value that begins with `!`"},
    {"did not find expected whitespace or line break", NULL, "a blank is missing after this tag",
     "quote a value that begins with `!`"},
    {"did not find expected alphabetic or numeric character", "while scanning an alias",
     "the name of an alias is missing after `*`", "quote a value that begins with `*`"},
    {"did not find expected alphabetic or numeric character", "while scanning an anchor",
     "the name of an anchor is missing after `&`", "quote a value that begins with `&`"},
    {"found a tab character where an indentation space is expected", NULL, "a tab can't be used for indentation",
     "use spaces"},
    {"found a tab character that violates indentation", NULL, "a tab can't be used for indentation", "use spaces"},
    {"did not find expected comment or line break", "while scanning a block scalar",
     "only a comment may follow the header of a block text", NULL},
    {"found an indentation indicator equal to 0", NULL, "the indentation of a block text can't be 0", NULL},
    {"did not find expected <document start>", NULL, "the document ended above this line, and no new one begins here",
     "check the indentation of this line, or put `---` before a new document"},
    {"did not find expected node content", "while parsing a flow node", "a value is expected here", NULL},
    {"did not find expected node content", "while parsing a block node", "a value is expected here", NULL},
    {"found duplicate %YAML directive", NULL, "the directive `%YAML` is given twice", NULL},
    {"found incompatible YAML document", NULL, "only YAML 1.1 and 1.2 can be read", NULL},
};

static bool bad_start(arena *a, str here, str *text, str *help) {
    char c = here.n ? here.p[0] : 0;
    switch (c) {
    case '\t':
        *text = S("a tab can't be used for indentation");
        *help = S("use spaces");
        return true;
    case '@':
    case '`':
    case '%':
        *text = str_fmt(a, "`%c` can't begin a plain value", c);
        *help = S("put the value in quotes");
        return true;
    default: return false;
    }
}

void read_yaml_explain(arena *a, const char *problem, const char *context, str here, str *text, str *help) {
    *help = STR_NONE;
    if (!problem) problem = "malformed YAML";
    if (strcmp(problem, "found character that cannot start any token") == 0 && bad_start(a, here, text, help)) return;
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++) {
        const wording *w = &wordings[i];
        if (strcmp(w->problem, problem) != 0 || (w->context && (!context || strcmp(w->context, context) != 0)))
            continue;
        *text = str_z(w->text);
        *help = str_z(w->help);
        return;
    }
    *text = context ? str_fmt(a, "%s %s", problem, context) : str_dup(a, str_z(problem));
}
