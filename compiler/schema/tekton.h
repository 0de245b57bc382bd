#ifndef COMPILER_SCHEMA_TEKTON_H
#define COMPILER_SCHEMA_TEKTON_H
/* Tekton's types as C structs, made from the rows of tekton.def. Members are pointers to source nodes (leaves and
 * Kubernetes trees), to structs, or lists of structs; absent is NULL or an empty list. A bound struct is immutable
 * once its pass is over: passes that change something make new ones (compiler/schema/walk.h). */
#include "compiler/schema/schema.h"

#define TYPE(T, doc)                                                                                                   \
    typedef struct T T;                                                                                                \
    typedef struct T##_list {                                                                                          \
        const ynode *node;                                                                                             \
        uint32_t n;                                                                                                    \
        T **v;                                                                                                         \
    } T##_list;
#define LEAF(T, member, json, kind, flags, level, dflt, doc)
#define OBJ(T, member, json, Type, flags, level, dflt, doc)
#define LIST(T, member, json, Type, flags, level, merge, doc)
#define KUBE(T, member, json, kind, Type, flags, level, merge, doc)
#define END(T)
#include "compiler/schema/tekton.def"
#undef TYPE
#undef LEAF
#undef OBJ
#undef LIST
#undef KUBE
#undef END

#define TYPE(T, doc)                                                                                                   \
    struct T {                                                                                                         \
        head h;
#define LEAF(T, member, json, kind, flags, level, dflt, doc) const ynode *member;
#define OBJ(T, member, json, Type, flags, level, dflt, doc) Type *member;
#define LIST(T, member, json, Type, flags, level, merge, doc) Type##_list member;
#define KUBE(T, member, json, kind, Type, flags, level, merge, doc) const ynode *member;
#define END(T)                                                                                                         \
    }                                                                                                                  \
    ;                                                                                                                  \
    extern const type T##_type;
#include "compiler/schema/tekton.def"
#undef TYPE
#undef LEAF
#undef OBJ
#undef LIST
#undef KUBE
#undef END

/* for (Step *s : task->steps) */
#define LIST_EACH(T, item, list)                                                                                       \
    for (uint32_t item##_i = 0; item##_i < (list).n; item##_i++)                                                       \
        for (T *item = (list).v[item##_i]; item; item = NULL)
#endif
