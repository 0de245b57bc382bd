#ifndef RUNTIME_ENGINE_HOST_HOST_H
#define RUNTIME_ENGINE_HOST_HOST_H
/* The driver of sandboxes on this machine: each container is a process in bubblewrap.
 *
 * A container sees the machine's own system read-only, its Pod's volumes in their places, and empty folders where people
 * keep things (/home, /root, /tmp, /run, /mnt, /media); it has process numbers of its own and the machine's network. Images
 * are not used. It keeps work from touching files that it was not given; it is no wall against somebody who means harm: the
 * kernel is shared, and so is the network.
 * In: nothing. Out: a driver for local_engine(); or NULL and one sentence of what is missing and what to do. */
#include "runtime/engine/local/local.h"

/* The command of steps that leave theirs to the image: it takes its arguments for a command, or gives them to the shell. */
#define HOST_IMAGE_COMMAND "/tekton/bin/image-command"

local_driver *host_driver(arena *a, str *problem);
/* Ends processes of runs that nobody advances any more, and of the run `mine` (empty: none), which has begun none yet. How
 * many there were. Most go with the process that they belong to; bubblewrap has a moment in which they don't. */
uint32_t host_clean(arena *a, const state *s, str mine);
#endif
