#ifndef ENTRYPOINT_JSON_H
#define ENTRYPOINT_JSON_H
/* JSON in and out, with the escaping of Go's encoding/json: the termination message is read by Tekton's controller,
 * result files are decoded by its rules.
 *
 * json_parse takes one whole value, white space around it allowed, and gives a tree in the arena or NULL. Strict
 * grammar; invalid UTF-8 and lone surrogates become U+FFFD. Nesting deeper than 64 counts as invalid. */
#include "runtime/entrypoint/mem.h"

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

typedef struct json {
    enum json_kind kind;
    str text;           /* a string's decoded value; the literal of a number or boolean */
    str key;            /* of an object's member */
    struct json *child; /* first element or member */
    struct json *next;
} json;

json *json_parse(str text);
const json *json_get(const json *object, const char *key);     /* the last member of that name; NULL if none or null */
bool json_is(const json *value, enum json_kind kind);          /* absent and null count as any kind, as in Go */
str json_text(const json *value);                              /* a string's value; "" for absent and null */
bool json_all_strings(const json *value, enum json_kind kind); /* an array or object of that kind with only strings */
/* Puts a member where its key belongs among sorted ones; of equal keys the newer replaces the older. */
void json_insert(json *object, json *member);
void json_quote(buf *out, str text); /* with the quotes */
#endif
