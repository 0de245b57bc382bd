#include "compiler/diags.h"

const diag_rule diag_rules[TK_COUNT] = {
#define RULE(ident, id, name, severity, summary, explain) {id, name, severity, summary, explain},
#include "compiler/diags/all.def"
#undef RULE
};
