#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H
/* What the fuzz targets share: a check that stops the program, and, where libFuzzer is not linked, a main() that gives
 * the target each file of the command line (for replaying what was found, and under compilers without libFuzzer). */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#ifndef TEKTONC_LIBFUZZER
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        if (!f) {
            perror(argv[i]);
            return 1;
        }
        uint8_t *bytes = NULL;
        size_t n = 0;
        for (size_t got = 1; got > 0; n += got) {
            bytes = realloc(bytes, n + 65536);
            if (!bytes) return 3;
            got = fread(bytes + n, 1, 65536, f);
        }
        fclose(f);
        LLVMFuzzerTestOneInput(bytes, n);
        free(bytes);
    }
    printf("%d files, nothing found\n", argc - 1);
    return 0;
}
#endif
#endif
