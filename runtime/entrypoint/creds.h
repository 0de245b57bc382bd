#ifndef ENTRYPOINT_CREDS_H
#define ENTRYPOINT_CREDS_H
/* Credentials (facts/runtime.md 5): from mounted secrets to the files of docker, git and ssh below /tekton/creds, and
 * from there to HOME. The output is Tekton's byte for byte.
 *
 * creds_load reads what the flags name and ends the program on a bad flag or a missing key (exit 2); the writers log
 * and go on, as Tekton does: a step may not need its credentials. */
#include "runtime/entrypoint/flags.h"
#include "runtime/entrypoint/json.h"

#define CREDS_DIR "/tekton/creds"

struct secret {
    str name, url;
    str username, password; /* ssh-git: password is the private key */
    str known_hosts;
    struct secret *next;
};

struct creds {
    struct secret *docker, *git, *ssh;
    credential *docker_config, *docker_cfg;
};

void creds_load(const struct options *o, struct creds *c);
void creds_write(const struct creds *c);
void creds_copy_home(const char *home); /* NULL or "": logged */

int creds_write_git(const struct creds *c); /* 0 or errno */
#endif
