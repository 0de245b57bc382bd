#ifndef COMPILER_DIAGS_H
#define COMPILER_DIAGS_H
/* The one table of everything tektonc says: compiler/diags/<part>.def, a row per rule (see base/diag.h for what a row
 * holds). Ids are stable for ever: TK00 reading, TK01 schema, TK02 Task and Step, TK03 parameters and variables,
 * TK04 Pipeline, TK05 runs, TK06 what a run resolves (Tekton's reconcilers), TK07 Pods and output, TK08 tests, TK09 warnings. */
#include "base/diag.h"

typedef enum diag_id {
#define RULE(ident, id, name, severity, summary, explain) TK_##ident,
#include "compiler/diags/all.def"
#undef RULE
    TK_COUNT
} diag_id;

extern const diag_rule diag_rules[TK_COUNT];
/* By id (in any case) or name; NULL: there is none. */
const diag_rule *diag_rule_find(str word);

#define REPORT(d, ident, where, ...) diag_at((d), &diag_rules[TK_##ident], (where), __VA_ARGS__)
#define REPORT_RANGE(d, ident, at, end, ...) diag_range((d), &diag_rules[TK_##ident], (at), (end), __VA_ARGS__)
#endif
