#ifndef RUNTIME_ENGINE_HOST_INNER_H
#define RUNTIME_ENGINE_HOST_INNER_H
/* Shared by the host driver's files: host.c (processes), sandbox.c (bubblewrap's arguments). */
#include "runtime/engine/host/host.h"

typedef struct sandbox {
    const char *program;   /* bwrap */
    bool user, pid;        /* namespaces that can be had here */
    bool proc;             /* a /proc of its own can be mounted */
    const char *busybox;   /* where it is; NULL: not installed */
    str shell;             /* the file behind /bin/sh */
    str resolv;            /* what /etc/resolv.conf leads to, when that is below /run */
} sandbox;

/* Looks what this machine allows. */
bool sandbox_find(arena *a, sandbox *out, str *problem);
/* The arguments for a container, NULL-terminated. info: a descriptor for --info-fd. What a container sees and its
 * environment, with secrets in it, come by the file *args, which is made here and is to be inherited: everybody on the
 * machine may read a command line. NULL: it can't be made, errno says why. */
char **sandbox_arguments(arena *a, const sandbox *s, const local_container *c, int info, int *args);
/* The environment of bubblewrap itself: how `tektonc gc` finds what was left. */
#define SANDBOX_MARK "TEKTONC_RUN="
#endif
