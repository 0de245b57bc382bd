#ifndef COMPILER_READRULES_H
#define COMPILER_READRULES_H
/* The rows by which base/read.h reports, since base knows no ids of its own. Used by everybody who reads a text. */
#include "base/read.h"

extern const read_rules tekton_read_rules;
#endif
