#ifndef BASE_READ_H
#define BASE_READ_H
/* Bytes to trees: YAML (by libyaml) and JSON (own reader, since cJSON keeps neither places nor number texts, and
 * libyaml refuses some valid JSON: surrogate escapes, documents without separators, keys over 1,024 characters).
 *
 * In: a source text that was added to `sources`. Out: one document tree per YAML document or JSON value that is not
 * empty, in order, and diagnostics for what is malformed; documents before the first malformed one are yielded, and
 * reading goes on after the next `---` line where that is possible.
 * Text whose first non-blank byte is `{` or `[` is tried as JSON first, then as YAML.
 *
 * Aliases share the anchor's node. Merge keys (`<<`) are expanded as go-yaml v2 does: in order, so that keys before a
 * merge key lose against what it brings (YAML 1.1 says otherwise; reported as a repeated key) and keys after it win.
 * A document may expand to at most 1,000,000 nodes more than it has and within go-yaml's own ratio (billion laughs),
 * and nest at most 1,000 deep. A repeated key: the last one counts, its first occurrence is reported as a warning.
 * `.inf` and `.nan` are errors, as in Kubernetes; a 0 stands in, so that the rest can be checked. Keys that are not
 * strings become strings (1 → "1", true → "true"). Invalid UTF-8 and NUL are errors with a place. Documents that are
 * null or empty are left out. */
#include "base/diag.h"

typedef struct read_rules { /* which rows to report by; base knows no ids of its own */
    const diag_rule *syntax, *encoding, *limit, *repeated_key, *number;
} read_rules;

typedef VEC(const ynode *) ynode_list;

void read_documents(arena *a, const source *src, diags *d, const read_rules *rules, ynode_list *out);
#endif
