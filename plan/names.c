#include "plan/names.h"
#include "plan/hash.h"
#include <ctype.h>

enum { NAME_MAX = 63, MD5_HEX = 32 };

static str trim_end(str s) {
    while (s.n && !isalnum((unsigned char)s.p[s.n - 1])) s.n--;
    return s;
}
static str head_of(str s, uint32_t n) { return s.n > n ? str_cut(s, 0, n) : s; }

str name_child(arena *a, str parent, str suffix) {
    if (parent.n + suffix.n <= NAME_MAX) return str_cat(a, parent, suffix);
    uint32_t room = NAME_MAX - MD5_HEX;
    if (suffix.n < room) {
        str md5 = hash_md5_hex(a, parent);
        return str_cat(a, str_cat(a, head_of(parent, room - suffix.n), md5), suffix);
    }
    str md5 = hash_md5_hex(a, str_cat(a, parent, suffix));
    str base = str_cat(a, head_of(parent, room), md5);
    return trim_end(str_cat(a, base, head_of(suffix, NAME_MAX - base.n)));
}

str name_task_run(arena *a, str run, str task, uint32_t combination, uint32_t combinations) {
    if (combinations <= 1) return name_child(a, run, str_cat(a, S("-"), task));
    str tail = str_fmt(a, "-%u", combination);
    str name = name_child(a, run, str_fmt(a, "-%.*s%.*s", STR_ARG(task), STR_ARG(tail)));
    if (str_ends(name, tail)) return name;
    str base = name_child(a, run, str_cat(a, S("-"), task));
    str longest = str_fmt(a, "-%u", combinations);
    return str_cat(a, head_of(base, NAME_MAX - longest.n), tail);
}

str name_pod(arena *a, str task_run, uint32_t attempt) {
    return name_child(a, task_run, attempt ? str_fmt(a, "-pod-retry%u", attempt) : S("-pod"));
}

str name_claim(arena *a, str template_name, str workspace, str owner_uid) {
    str hash = hash_sha256_hex(a, str_cat(a, workspace, owner_uid));
    return str_fmt(a, "%.*s-%.10s", STR_ARG(template_name.n ? template_name : S("pvc")), hash.p);
}

str name_volume(arena *a, str prefix, str name, uint32_t length, bool (*taken)(void *ctx, str name), void *ctx) {
    for (str of = name;;) {
        str hash = str_fmt(a, "%x", hash_fnv32a(of));
        strbuf b = {.a = a};
        strbuf_add(&b, prefix);
        strbuf_addc(&b, '-');
        strbuf_add(&b, head_of(hash, length));
        for (uint32_t i = hash.n; i < length; i++) strbuf_addc(&b, '0');
        str made = strbuf_str(&b);
        if (!taken || !taken(ctx, made)) return made;
        of = str_cat(a, made, S("$"));
    }
}

str name_container(arena *a, str prefix, str name) {
    str whole = str_cat(a, prefix, name);
    return trim_end(head_of(whole, NAME_MAX));
}
