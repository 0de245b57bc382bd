#ifndef ENTRYPOINT_EVENTS_H
#define ENTRYPOINT_EVENTS_H
/* What wakes the entrypoint: signals (one signalfd), changes of watched directories (one inotify descriptor) and a
 * backstop check whose distance doubles to 5 s. There is no other timer.
 *
 * The backstop is for file systems on which inotify stays silent (VM-isolated Pods, gVisor). When the kernel has no
 * inotify instance left (max_user_instances), the backstop alone does the work, at most 1 s apart, and asks again for
 * an instance each time. The inotify descriptor is made late and never closed: a close waits for a kernel grace
 * period of about 8 ms, sixteen times the whole hand-over from step to step. It is close-on-exec. */
#include "runtime/entrypoint/mem.h"
#include <poll.h>
#include <stdint.h>

struct events {
    int signals;             /* signalfd */
    int changes;             /* inotify, or -1 */
    int pause;               /* current distance of the backstop checks, ms */
    uint64_t inherited_mask; /* signal mask at start: the command gets it back */
};

void events_open(struct events *e);                    /* masks all signals first; e->signals is negative if it can't */
void events_mask(const uint64_t *mask, uint64_t *old); /* old may be NULL */
void events_default_action(int number);
void events_restart(struct events *e); /* the backstop starts again at its shortest distance */
void events_watch(struct events *e,
                  const char *path); /* watch the directory that holds path, or the nearest above it */
int events_poll(struct pollfd *wake, unsigned n, int ms);
void events_drain(struct events *e); /* forget the changes that were reported */
void events_later(struct events *e); /* after a fruitless backstop check: the next one comes later */
int events_signal(struct events *e); /* the next pending signal, 0 if none */

enum wait_end { WAIT_FOUND, WAIT_SKIP, WAIT_ERROR, WAIT_SIGNAL };

/* Waits until path is there (with content: and not empty). WAIT_SKIP: path.err is there and path is not. WAIT_ERROR: a
 * stat failed with another error than "does not exist", *detail is the errno. WAIT_SIGNAL: a signal that ends a
 * program by default, *detail is its number. */
enum wait_end events_wait_file(struct events *e, const char *path, bool content, int *detail);
bool events_file_ready(const char *path); /* there, and not empty */
#endif
