#ifndef ENTRYPOINT_PLATFORM_H
#define ENTRYPOINT_PLATFORM_H
/* The command of an image whose entrypoint the controller looked up: one for each platform in the JSON of
 * TEKTON_PLATFORM_COMMANDS (facts/runtime.md 1.4). */
#include "runtime/entrypoint/mem.h"

const char *platform_name(void); /* Go's form: os/arch[/variant] */

/* Appends the words of this machine's command; false with the reason in *why. No words is an answer too. */
bool platform_command(const char *commands, words *out, const char **why);
#endif
