#include "compiler/check/parts.h"

static bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
static bool is_alnum(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
static bool is_name_start(char c) { return (is_alnum(c) && !(c >= '0' && c <= '9')) || c == '_'; }

static bool is_label(str s, uint32_t longest) {
    if (!s.n || s.n > longest || !is_lower(s.p[0]) || !is_lower(s.p[s.n - 1])) return false;
    for (uint32_t i = 0; i < s.n; i++)
        if (!is_lower(s.p[i]) && s.p[i] != '-') return false;
    return true;
}

bool name_is_dns_label(str s) { return is_label(s, 63); }

bool name_is_dns_subdomain(str s) {
    if (!s.n || s.n > 253) return false;
    for (uint32_t i = 0, start = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != '.') continue;
        if (!is_label(str_cut(s, start, i), 253)) return false;
        start = i + 1;
    }
    return true;
}

bool name_is_result(str s) {
    if (!s.n || !is_alnum(s.p[0]) || !is_alnum(s.p[s.n - 1])) return false;
    for (uint32_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.') return false;
    return true;
}

bool name_is_qualified(str s) {
    uint32_t slash;
    if (str_find(s, S("/"), &slash)) {
        if (!name_is_dns_subdomain(str_cut(s, 0, slash))) return false;
        s = str_from(s, slash + 1); /* another slash is no character of a name */
    }
    return s.n <= 63 && name_is_result(s);
}

bool name_is_url_like(str s) {
    for (uint32_t i = 1; i + 1 < s.n; i++)
        if (s.p[i] == ':' && s.p[i + 1] == '/' && (is_alnum(s.p[i - 1]) || s.p[i - 1] == '_' || s.p[i - 1] == '-'))
            return true;
    return false;
}

static bool is_param(str s, bool dots) {
    if (!s.n || !is_name_start(s.p[0])) return false;
    for (uint32_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '_' && s.p[i] != '-' && !(dots && s.p[i] == '.')) return false;
    return true;
}

bool name_is_param(str s) { return is_param(s, true); }
bool name_is_object_param(str s) { return is_param(s, false); }
