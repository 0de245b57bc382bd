#!/bin/sh
# with-cluster.sh [up | down | run COMMAND...]: a cluster for the tests.
#
# run: COMMAND with $KUBECONFIG, kubectl in $PATH. Of a cluster that is there ($KUBECONFIG, or ../shared/cluster already up)
# nothing else is touched; else ../shared/cluster is brought up for it, and down again. Without a cluster to be had COMMAND
# runs all the same, with $TEKTONC_NO_CLUSTER saying why: its tests count as skipped.
# up: starts bringing it up and returns when it is up (the first time that builds Kubernetes: 10 to 15 minutes). Others wait
# for that. Prints "started" when it was not up before: who gets that calls down at the end.
set -eu
shared=${TEKTONC_SHARED:-$(dirname "$0")/../../../shared}/cluster
home=${MINICLUSTER_DIR:-$HOME/.cache/minicluster}
lock=$home/tektonc-tests.lock

why_none() {
    [ -x "$shared/up.sh" ] || { echo "no \$KUBECONFIG and no ../shared/cluster"; return; }
    [ "$(id -u)" = 0 ] || echo "no \$KUBECONFIG, and not root to bring one up"
}

is_up() { [ -s "$home/run/init.pid" ] && kill -0 "$(cat "$home/run/init.pid")" 2>/dev/null; }

# One at a time: two builds would only be in each other's way.
bring_up() {
    mkdir -p "$home"
    (
        flock 9
        if is_up; then was=up; else was=started; fi
        # Its servers must not keep our lock, nor our output.
        "$shared/up.sh" >"$home/up.log" 2>&1 </dev/null 9>&- || { tail -20 "$home/up.log" >&2; echo "../shared/cluster did not come up" >&2; exit 1; }
        echo $was
    ) 9>"$lock"
}

case ${1:-} in
up) [ -n "${KUBECONFIG:-}" ] || [ -n "$(why_none)" ] || bring_up ;;
down) "$shared/down.sh" >/dev/null 2>&1 ;;
run)
    shift
    if [ -n "${KUBECONFIG:-}" ] && command -v kubectl >/dev/null; then exec "$@"; fi
    TEKTONC_NO_CLUSTER=$(why_none)
    [ -z "$TEKTONC_NO_CLUSTER" ] || { export TEKTONC_NO_CLUSTER; exec "$@"; }
    unset TEKTONC_NO_CLUSTER
    was=$(bring_up)
    export KUBECONFIG="$home/kubeconfig" PATH="$home/bin:$PATH"
    status=0
    "$@" || status=$?
    [ "$was" = up ] || "$0" down
    exit $status
    ;;
*) sed -n '2s/^# //p' "$0" >&2; exit 2 ;;
esac
