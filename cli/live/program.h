#ifndef CLI_LIVE_PROGRAM_H
#define CLI_LIVE_PROGRAM_H
/* The entrypoint's program, which is part of this one. */
#include "base/str.h"

str program_entrypoint(void);
#endif
