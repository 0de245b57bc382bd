#ifndef RUNTIME_ENGINE_KUBE_WATCH_H
#define RUNTIME_ENGINE_KUBE_WATCH_H
/* All objects of a kind, and what becomes of them: list in small pages, then watch with bookmarks.
 *
 * In: the collection's path and a selector. Out: calls of `begin` (a complete list follows), `object` (as it is now, or
 * as it was when it was deleted), `end` (the list is complete; what was not in it is gone). A watch that ends goes on
 * where it was; one whose past the server forgot (410) begins with a list again; errors are waited out. Objects live
 * until the call returns. */
#include "base/ynode.h"
#include "runtime/engine/http.h"

typedef struct kube_watch kube_watch;
typedef struct kube_watcher {
    void (*begin)(void *ctx);
    void (*object)(void *ctx, arena *scratch, const ynode *object, bool deleted);
    void (*end)(void *ctx);
    void *ctx;
} kube_watcher;

/* selector: "labelSelector=…" or "fieldSelector=…", escaped. Sends the first request at once; `begin` comes before. */
kube_watch *kube_watch_new(arena *a, http_client *h, str path, str selector, const kube_watcher *to);
/* Nothing is told any more; to be followed by http_drop(). */
void kube_watch_free(kube_watch *w);
#endif
