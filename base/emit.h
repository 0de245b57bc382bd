#ifndef BASE_EMIT_H
#define BASE_EMIT_H
/* Trees to bytes: YAML that people like to review, or JSON. libyaml's writer is not used: it is slow and its choice of
 * scalar style is not ours.
 *
 * YAML: block style, two spaces, sequences not indented under their key, strings plain where every YAML 1.1 and 1.2
 * reader agrees on the same string, literal block (`|`, `|-`, `|+`, with an indentation indicator where needed) for
 * multi-line text that allows it, else quoted (double, or single where that saves escapes). Empty collections are {}
 * and []. Reading the output again gives an equal tree. JSON: compact, or indented by two, without a newline at the
 * end; strings with the escapes JSON needs and no more; keys in order. Bytes that are not UTF-8 become U+FFFD.
 * Output goes to a sink in pieces; a sink answers false when it can't take more, which emit passes on. */
#include "base/ynode.h"

typedef struct emit_sink {
    bool (*write)(void *ctx, const char *bytes, size_t n);
    void *ctx;
} emit_sink;

bool emit_yaml(emit_sink *to, const ynode *n);         /* one document's body, ends with a newline; no `---` */
bool emit_json(emit_sink *to, const ynode *n, bool indent);
str emit_yaml_str(arena *a, const ynode *n);
str emit_json_str(arena *a, const ynode *n, bool indent);
/* Go's encoding/json form of a tree: compact, map keys sorted, <, > and & escaped. What Tekton makes of values. */
str emit_go_json_str(arena *a, const ynode *n);
#endif
