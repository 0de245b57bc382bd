#include "runtime/entrypoint/platform.h"
#include "runtime/entrypoint/json.h"

const char *platform_name(void) {
#if defined __x86_64__
    return "linux/amd64";
#elif defined __aarch64__
    return "linux/arm64/v8";
#elif defined __i386__
    return "linux/386";
#elif defined __riscv
    return "linux/riscv64";
#elif defined __s390x__
    return "linux/s390x";
#elif defined __powerpc64__ && defined __LITTLE_ENDIAN__
    return "linux/ppc64le";
#elif defined __arm__
    return "linux/arm/v7";
#else
#error "give this machine its Go name"
#endif
}

bool platform_command(const char *commands, words *out, const char **why) {
    const char *name = platform_name();
    size_t general = strlen(name); /* without its last part */
    while (name[--general] != '/') continue;
    const json *tree = commands ? json_parse(str_z(commands)) : NULL;
    *why = "no -entrypoint, and TEKTON_PLATFORM_COMMANDS is not a JSON object of commands";
    if (!tree || tree->kind != JSON_OBJECT) return false;
    const json *exact = NULL, *close = NULL;
    for (const json *m = tree->child; m; m = m->next) {
        if (m->kind != JSON_NULL && !json_all_strings(m, JSON_ARRAY)) return false;
        if (str_is(m->key, name)) exact = m;
        if (m->key.n == general && memcmp(m->key.p, name, general) == 0) close = m;
    }
    if (!exact) exact = close;
    *why = str_join("could not find command for platform ", name);
    if (!exact) return false;
    for (const json *word = exact->child; word; word = word->next) words_add(out, str_dup(json_text(word)));
    return true;
}
