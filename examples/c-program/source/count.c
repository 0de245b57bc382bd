/* count FILE...: lines, words and bytes, as wc counts them; without a file standard input. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifndef VERSION
#define VERSION "unknown"
#endif

typedef struct counts {
    unsigned long lines, words, bytes;
} counts;

static bool count(FILE *in, counts *out) {
    bool inside = false;
    for (int c; (c = getc(in)) != EOF; out->bytes++) {
        bool space = isspace(c) != 0;
        out->lines += c == '\n';
        out->words += !space && !inside;
        inside = !space;
    }
    return !ferror(in);
}

static void show(const counts *c, const char *name) {
    printf("%lu %lu %lu%s%s\n", c->lines, c->words, c->bytes, *name ? " " : "", name);
}

int main(int argc, char **argv) {
    int code = 0;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) return puts("count " VERSION), 0;
    for (int i = 1; i < argc || i == 1; i++) {
        const char *name = argc > 1 ? argv[i] : "";
        FILE *in = *name ? fopen(name, "rb") : stdin;
        counts c = {0};
        if (in && count(in, &c)) {
            show(&c, name);
        } else {
            fprintf(stderr, "count: %s: %s\n", name, strerror(errno));
            code = 1;
        }
        if (in && in != stdin) fclose(in);
    }
    return code;
}
