#include "cli/render.h"
#include <assert.h>

static const struct form {
    const char *name;
    void (*render)(const rendering *r, strbuf *out);
} forms[] = {
    {"text", render_text},
    {"json", render_json},
    {"sarif", render_sarif},
    {"github", render_github},
    {"junit", render_junit},
};

str render(const rendering *r, str format) {
    strbuf out = {.a = r->a};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (str_eq(format, str_z(forms[i].name))) forms[i].render(r, &out);
    return out.n ? strbuf_str(&out) : S("");
}

const char *render_severity(severity s) {
    switch (s) {
    case SEV_ERROR: return "error";
    case SEV_WARNING: return "warning";
    default: return "note";
    }
}

str render_count(const rendering *r) {
    uint32_t e = r->d->errors, w = r->d->warnings;
    strbuf out = {.a = r->a};
    if (e) strbuf_addf(&out, "%u error%s", e, e == 1 ? "" : "s");
    if (w) strbuf_addf(&out, "%s%u warning%s", e ? ", " : "", w, w == 1 ? "" : "s");
    return out.n ? strbuf_str(&out) : S("");
}
