#ifndef BASE_DIAG_H
#define BASE_DIAG_H
/* Diagnostics: what is wrong with the input, collected, never printed at once.
 *
 * In: passes report an id (a row of a table that the owner of the ids hands over), a place and one sentence. Out: the
 * list, to be sorted by place and rendered by cli. Messages live in the arena. A rule's severity comes from its row,
 * unless the settings override it or the input mutes it. Equal diagnostics (same id, place, text) are kept once. */
#include "base/source.h"
#include "base/vec.h"

typedef enum severity { SEV_OFF, SEV_NOTE, SEV_WARNING, SEV_ERROR } severity;

/* One row per diagnostic. The table is compiler/diags.def; base knows only its shape. */
typedef struct diag_rule {
    const char *id;      /* "TK0123", stable for ever */
    const char *name;    /* "unknown-field": names the golden bad-NAME.yaml */
    severity severity;
    const char *summary; /* one line, no final full stop */
    const char *explain; /* one paragraph: what it means, why, what to do */
} diag_rule;

typedef struct diag_note { /* "also defined here" */
    pos at, end;
    str text;
} diag_note;

typedef struct diag {
    const diag_rule *rule;
    severity severity;
    pos at, end; /* bytes [at, end); at 0: about no place of the input */
    str text;    /* one sentence, no final full stop */
    str help;    /* what to do about it ("did you mean `image`?"), may be empty */
    VEC(diag_note) notes;
} diag;

/* A part of the sources in which a rule is silent: the input itself may ask for that. */
typedef struct diag_mute {
    const diag_rule *rule;
    pos from, to; /* bytes [from, to) */
} diag_mute;

typedef struct diags {
    arena *a;
    arena *scratch; /* for whoever judges one object and then is done with what it needed; NULL: use `a` */
    VEC(diag) list;
    uint32_t errors, warnings;
    const severity *override; /* by index of the rule in its table, or NULL; SEV_OFF silences. Index = rule - table */
    bool soften;               /* while whoever judges can't be sure: errors count as warnings */
    const diag_rule *table;
    const sources *sources; /* for places inside block scalars; may be NULL */
    VEC(diag_mute) mutes;   /* by rule and place, none touching another of its rule: diags_mute_ready() */
    void *seen; /* set of what was reported, private */
} diags;

/* Reports and yields the new entry (or a scratch one when the rule is off or it was a repeat), so that notes and help
 * can be added; it is good until the next report. Place: of a node, or of a range. */
diag *diag_at(diags *d, const diag_rule *rule, const ynode *where, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
diag *diag_range(diags *d, const diag_rule *rule, pos at, pos end, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void diag_note_at(diags *d, diag *x, const ynode *where, const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_note_range(diags *d, diag *x, pos at, pos end, const char *format, ...) __attribute__((format(printf, 5, 6)));
void diag_help(diags *d, diag *x, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What begins inside a range that was added to `mutes` is not reported from now on. To be called once, after the last. */
void diags_mute_ready(diags *d);
/* By place, then id; places of no source last. */
void diags_sort(diags *d);
/* The nearest of `candidates` to `given` by edit distance, if near enough for "did you mean"; else STR_NONE. */
str diag_nearest(str given, const str *candidates, uint32_t n);
#endif
