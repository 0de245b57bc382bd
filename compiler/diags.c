#include "compiler/diags.h"

const diag_rule diag_rules[TK_COUNT] = {
#define RULE(ident, id, name, severity, summary, explain) {id, name, severity, summary, explain},
#include "compiler/diags/all.def"
#undef RULE
};

const diag_rule *diag_rule_find(str word) {
    for (int i = 0; i < TK_COUNT; i++)
        if (str_eq_fold(word, str_z(diag_rules[i].id)) || str_eq(word, str_z(diag_rules[i].name)))
            return &diag_rules[i];
    return NULL;
}
