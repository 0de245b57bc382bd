#include "compiler/readrules.h"
#include "compiler/diags.h"

const read_rules tekton_read_rules = {
    .syntax = &diag_rules[TK_SYNTAX],
    .encoding = &diag_rules[TK_ENCODING],
    .limit = &diag_rules[TK_LIMIT],
    .repeated_key = &diag_rules[TK_REPEATED_KEY],
    .number = &diag_rules[TK_NUMBER],
};
