#include "runtime/entrypoint/flags.h"
#include "runtime/entrypoint/log.h"
#include "runtime/entrypoint/sys.h"
#include <limits.h>

enum kind { TEXT, SWITCH, DURATION, CREDENTIAL };

/* A string of its own for each name, without a pointer to it in each row. */
static const struct names {
#define FLAG(name, kind, field) char field[sizeof name];
#include "runtime/entrypoint/flags.def"
#undef FLAG
} names = {
#define FLAG(name, kind, field) name,
#include "runtime/entrypoint/flags.def"
#undef FLAG
};

static const struct flag {
    unsigned short name, field; /* where in names, where in the options */
    unsigned char kind;
} flags[] = {
#define FLAG(name, kind, field) {offsetof(struct names, field), offsetof(struct options, field), kind},
#include "runtime/entrypoint/flags.def"
#undef FLAG
};
enum { FLAG_COUNT = sizeof flags / sizeof *flags };

static const char *flag_name(size_t i) { return (const char *)&names + flags[i].name; }

static void usage(void) {
    buf out = {0};
    buf_addz(&out, "Usage: entrypoint [flags] -- [arguments], or: init, cp, place, decode-script, step-init\n");
    for (size_t i = 0; i < FLAG_COUNT; i++) buf_form(&out, "  -\1\n", flag_name(i), NULL, NULL, NULL);
    sys_write(2, out.p, out.n);
}

void flags_fail(const char *problem, const char *detail, const char *more) {
    usage();
    fail_early(2, problem, str_join(detail, more));
}

static bool parse_switch(const char *text, bool *value) {
    str words_ = S("1 t T TRUE true True 0 f F FALSE false False"), word;
    for (int i = 0; str_next(&words_, ' ', &word); i++) {
        *value = i < 6;
        if (str_is(word, text)) return true;
    }
    return false;
}

static bool take_unit(const char **text, long long *ns) {
    static const char unit_names[] =
        "ns us \xc2\xb5s \xce\xbcs ms s m h"; /* "m" is also the start of "ms", which stands before it */
    static const long long sizes[] = {1, 1000, 1000, 1000, 1000000, 1000000000, 60000000000, 3600000000000};
    str rest = {unit_names, sizeof unit_names - 1}, name;
    for (*ns = 0; str_next(&rest, ' ', &name); ++*ns) {
        if (memcmp(*text, name.p, strlen(*text) < name.n ? strlen(*text) + 1 : name.n) != 0) continue;
        *text += name.n;
        *ns = sizes[*ns];
        return true;
    }
    return false;
}

/* Go's time.ParseDuration: an optional sign, then numbers with a fraction and a unit each, or a plain 0. */
static bool parse_duration(const char *text, long long *ns) {
    bool negative = *text == '-';
    long long total = 0, unit;
    if (*text == '-' || *text == '+') text++;
    if (!*text) return false;
    if (text[0] == '0' && !text[1]) text++;
    while (*text) {
        long long whole = 0, fraction = 0, scale = 1;
        bool digits = false, point = false;
        for (;; text++) {
            if (*text == '.' && !point) {
                point = true;
                continue;
            }
            int digit = *text - '0';
            if (digit < 0 || digit > 9) break;
            digits = true;
            if (!point) {
                if (whole > LLONG_MAX / 10 - 1) return false;
                whole = whole * 10 + digit;
            } else if (scale < 1000000) { /* below a microsecond of an hour nobody sets a limit */
                fraction = fraction * 10 + digit;
                scale *= 10;
            }
        }
        if (!digits || !take_unit(&text, &unit) || whole > (LLONG_MAX - total) / unit) return false;
        total += whole * unit;
        long long part = fraction * unit / scale; /* less than 10^6 * 3.6 * 10^12 */
        if (part > LLONG_MAX - total) return false;
        total += part;
    }
    *ns = negative ? -total : total;
    return true;
}

static bool set_flag(struct options *o, const struct flag *flag, const char *value) {
    void *field = (char *)o + flag->field;
    switch (flag->kind) {
    case TEXT: *(const char **)field = value; return true;
    case SWITCH: return parse_switch(value, field);
    case DURATION: return parse_duration(value, field);
    default: break;
    }
    credential **list = field;
    while (*list) list = &(*list)->next;
    *list = mem_take(sizeof **list);
    (*list)->value = value;
    return true;
}

static const struct flag *find_flag(str name) {
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (str_is(name, flag_name(i))) return &flags[i];
    return NULL;
}

void flags_parse(struct options *o, int argc, char **argv) {
    int last = 1, i = 1;
    memset(o, 0, sizeof *o);
    for (size_t k = 0; k < FLAG_COUNT; k++)
        if (flags[k].kind == TEXT) set_flag(o, &flags[k], "");
    o->termination_path = "/tekton/termination";
    o->result_from = "termination-message";
    o->arguments = argv + argc;

    while (last < argc && !text_is(argv[last], "--")) last++;
    if (last == 1) last = argc; /* a `--` as the very first word separates nothing, it only ends the flags */
    if (last < argc) {
        o->arguments = argv + last + 1;
        argv[last] = NULL;
    }

    /* A bad flag may stand before -post_file, and the file must be written all the same: go on to the end, then fail.
     */
    const char *problem = NULL, *wrong = NULL;
    for (; i < last; i++) {
        char *word = argv[i];
        if (word[0] != '-' || word[1] == '\0') {
            if (problem) continue;
            break;
        }
        char *name = word + (word[1] == '-' ? 2 : 1);
        if (*name == '\0') {
            i++;
            break;
        }
        str left = str_z(name), rest = left;
        str_next(&rest, '=', &left);
        const struct flag *flag = find_flag(left);
        if (!flag && (text_is(name, "h") || text_is(name, "help"))) {
            usage();
            sys_exit(0);
        }
        const char *value = rest.p, *now = NULL;
        if (!flag)
            now = "flag provided but not defined: ";
        else if (!value)
            value = flag->kind == SWITCH ? "true" : i + 1 < last ? argv[++i] : NULL;
        if (flag && !value)
            now = "flag needs an argument: ";
        else if (flag && !set_flag(o, flag, value))
            now = "invalid value for flag ";
        if (now && !problem) problem = now, wrong = word;
    }
    fail_post_file(o->post_file);
    if (problem) flags_fail(problem, wrong, "");
    o->rest = argv + i;
    o->rest_count = last - i;
}
