#ifndef COMPILER_SCHEMA_CORE_V1_H
#define COMPILER_SCHEMA_CORE_V1_H
/* Names of the tree types that core_v1.def has rows for: kube_Volume_type, kube_Pod_type, … Static tables, no memory.
 */
#include "compiler/schema/schema.h"

#define KTYPE(T, group, doc) extern const type kube_##T##_type;
#define KLEAF(T, json, kind, flags, dflt, doc)
#define KREF(T, json, kind, Type, flags, merge, doc)
#define KEND(T)
#include "compiler/schema/core_v1.def"
#undef KTYPE
#undef KLEAF
#undef KREF
#undef KEND
#endif
