#include "cli/version.h"
#include "cli/verbs.h"
#include <stdio.h>

int verb_version(options *o) {
    (void)o;
    puts("tektonc " TEKTONC_VERSION " (Tekton " TEKTON_VERSION ")");
    return EXIT_OK;
}
