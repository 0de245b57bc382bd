/* ConfigMaps and Secrets of the input. */
#include "runtime/engine/local/inner.h"

void config_index(local *l, const ynode *objects) {
    YNODE_EACH(i, object, objects) {
        str kind = ynode_get_text(object, S("kind")), name = ynode_get_text(ynode_get(object, S("metadata")), S("name"));
        map_put(&l->configs, str_fmt(l->a, "%.*s/%.*s", STR_ARG(kind), STR_ARG(name)), (void *)(uintptr_t)object);
    }
}

const ynode *config_find(local *l, bool secret, str name) {
    const ynode *found = map_get(&l->configs, str_fmt(l->scratch, "%s/%.*s", secret ? "Secret" : "ConfigMap", STR_ARG(name)));
    return found;
}

/* Standard base64, white space passed over. */
static bool base64(arena *a, str text, str *out) {
    char *to = arena_alloc(a, text.n / 4 * 3 + 4);
    uint32_t n = 0, bits = 0, have = 0;
    for (uint32_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int v = c >= 'A' && c <= 'Z'   ? c - 'A'
                : c >= 'a' && c <= 'z' ? c - 'a' + 26
                : c >= '0' && c <= '9' ? c - '0' + 52
                : c == '+'             ? 62
                : c == '/'             ? 63
                                       : -1;
        if (c == '=' || c == '\n' || c == '\r' || c == ' ') continue;
        if (v < 0) return false;
        bits = bits << 6 | (uint32_t)v;
        if ((have += 6) < 8) continue;
        have -= 8;
        to[n++] = (char)(bits >> have);
    }
    to[n] = 0;
    *out = (str){to, n};
    return true;
}

static const struct {
    const char *field;
    bool secret, encoded;
} fields[] = {{"stringData", true, false}, {"data", true, true}, {"data", false, false}, {"binaryData", false, true}};
enum { FIELDS = sizeof fields / sizeof *fields };

static bool decode(arena *a, const ynode *value, bool encoded, str *out) {
    str text = ynode_text(value);
    if (encoded) return base64(a, text.p ? text : S(""), out);
    *out = text.p ? text : S("");
    return true;
}

bool config_value(arena *a, const ynode *object, bool secret, str key, str *out) {
    for (size_t i = 0; i < FIELDS; i++) {
        const ynode *value = fields[i].secret == secret ? ynode_get(ynode_get(object, str_z(fields[i].field)), key) : NULL;
        if (value) return decode(a, value, fields[i].encoded, out);
    }
    return false;
}

bool config_entries_of(arena *a, const ynode *object, bool secret, config_entries *out) {
    for (size_t i = 0; i < FIELDS; i++) {
        const ynode *all = fields[i].secret == secret ? ynode_get(object, str_z(fields[i].field)) : NULL;
        if (!ynode_is(all, Y_MAP)) continue;
        for (uint32_t k = 0; k < all->n; k++) {
            config_entry e = {.key = all->pairs[k].key};
            bool known = false;
            for (uint32_t m = 0; m < out->n && i == 1; m++) known |= str_eq(out->v[m].key, e.key); /* stringData wins */
            if (known) continue;
            if (!decode(a, all->pairs[k].value, fields[i].encoded, &e.bytes)) return false;
            vec_push(a, out, e);
        }
    }
    return true;
}
