#ifndef GRAMMAR_REF_H
#define GRAMMAR_REF_H
/* The reference language: what stands in $( … ) inside a string field.
 *
 * In: a scalar's text. Out: references one after the other, parsed into segments, with their byte range inside the
 * text. Nothing is judged here: `$(date)` parses as a reference with the one segment `date`; whether a root exists and
 * what it means is the business of compiler/scope.h. What does not parse is not a reference (text).
 *
 *   reference: "$(" name segment* ")"
 *   segment:   "." name | "[" quoted "]" | "[" digits "]" | "[*]"
 *   quoted:    '"' … '"' | "'" … "'"      any bytes but that quote, or no byte
 *   name:      bytes other than . [ ] ( ) $ " ' and control characters, at least one; blanks count (Tekton replaces by
 *              literal text, and does not check the names of Pipeline params), so `$( params.x)` has the root " params"
 *
 * Pure; segments live in the arena given. */
#include "base/str.h"

typedef enum ref_kind { REF_NAME, REF_QUOTED, REF_INDEX, REF_STAR } ref_kind;

typedef struct ref_segment {
    ref_kind kind;
    char quote;      /* REF_QUOTED: ' or " */
    uint64_t index;  /* REF_INDEX; saturates */
    str text;        /* REF_NAME, REF_QUOTED: without quotes; REF_INDEX: the digits; REF_STAR: "*" */
    uint32_t at, end; /* bytes of the scalar, the dot or brackets included */
} ref_segment;

typedef struct ref {
    uint32_t at, end; /* bytes [at, end) of the scalar: from '$' to past ')' */
    str raw;          /* between "$(" and ")" */
    ref_segment *segments;
    uint32_t n;
} ref;

/* The next reference that begins at byte `from` or later. A "$(" that does not parse is passed over by one byte, so a
 * reference inside it is found. False when there is none. Linear in the text for a whole walk of it. */
bool ref_next(arena *a, str text, uint32_t from, ref *out);
/* Why the "$(" at byte `at` begins no reference, as a sentence for people ("a name expected, not …"), and the byte that
 * does not fit; STR_NONE when it does begin one. */
str ref_explain(arena *a, str text, uint32_t at, uint32_t *bad);
/* The path of names when all segments are dot names but for an optional index or star at the end (the form that
 * Tekton's own detector sees: names of [_a-zA-Z0-9-] only). */
bool ref_is_plain(const ref *r);
static inline bool ref_none(str text) { /* quick look that most strings end at */
    const char *p = text.p;
    for (uint32_t left = text.n; left > 1; ) {
        const char *q = memchr(p, '$', left - 1);
        if (!q) return true;
        if (q[1] == '(') return false;
        left -= (uint32_t)(q - p) + 1;
        p = q + 1;
    }
    return true;
}
#endif
