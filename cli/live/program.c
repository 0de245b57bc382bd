#include "cli/live/program.h"

__asm__(".section .rodata\n"
        ".balign 16\n"
        "entrypoint_begin: .incbin \"" ENTRYPOINT_FILE "\"\n"
        "entrypoint_end:\n"
        ".previous\n");
extern const char entrypoint_begin[], entrypoint_end[];

str program_entrypoint(void) { return (str){entrypoint_begin, (uint32_t)(entrypoint_end - entrypoint_begin)}; }
