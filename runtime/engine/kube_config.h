#ifndef RUNTIME_ENGINE_KUBE_CONFIG_H
#define RUNTIME_ENGINE_KUBE_CONFIG_H
/* Where the API server is and who asks.
 *
 * In: the files that Kubernetes mounts into every Pod, or a kubeconfig ($KUBECONFIG's rules: several files, the first
 * that names something counts) with the name of a context. Out: one struct in the arena. Certificates and keys are PEM
 * texts. What changes while we run is read again by kube_credentials(): a token's file, what an exec plugin gives. */
#include "base/ynode.h"

typedef struct kube_config {
    arena *a;
    str server, namespace_;
    str ca, ca_file;     /* PEM, or a file that is read for each connection */
    str cert, key;       /* of the client */
    str token, token_file;
    str user, password;
    str server_name, proxy;
    bool insecure;
    const ynode *exec;   /* a plugin: command, args, env, apiVersion */
    const ynode *cluster; /* for a plugin that wants to know it */
    str folder;          /* of the kubeconfig: relative names of commands */
    int64_t fresh_until; /* of the token; 0: for ever */
} kube_config;

bool kube_config_in_cluster(arena *a, kube_config *out, str *problem);
/* files: separated by colons, as in $KUBECONFIG; context: STR_NONE: the current one. */
bool kube_config_read(arena *a, str files, str context, kube_config *out, str *problem);
/* Brings token and certificate up to date when they are due, or when `refused` says that the server did not take them. */
bool kube_credentials(kube_config *c, int64_t now, bool refused, str *problem);
/* The Authorization header's value, or STR_NONE. */
str kube_authorization(arena *a, const kube_config *c);

/* kube_exec.c: an ExecCredential's status from a plugin; in the arena. */
bool kube_exec_run(arena *a, const kube_config *c, const ynode **status, str *problem);
#endif
