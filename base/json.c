#include "base/json.h"
#include "base/read_inner.h"

const ynode *json_read(arena *a, str text) {
    static const diag_rule quiet = {"", "", SEV_OFF, "", ""};
    static const read_rules rules = {&quiet, &quiet, &quiet, &quiet, &quiet};
    source src = {.text = text};
    diags d = {.a = a};
    ynode_list out = {0};
    reader r = {.a = a, .scratch = a, .src = &src, .d = &d, .rules = &rules, .out = &out};
    json_error error;
    return text.n && read_json(&r, 0, &error) && out.n == 1 ? out.v[0] : NULL;
}
