#!/bin/sh
# Runs all tests. Every part prints a line `NAME: N passed, N failed, N skipped`; the last line adds them up. A part that
# breaks without such a line counts as one failure. The cluster that some need (tests/cluster/with-cluster.sh) comes up
# beside the others, which takes 10 to 15 minutes the first time, and goes down at the end if it was not up before.
set -eu
cd "$(dirname "$0")/.."
scripts/install-deps.sh
log=$(mktemp) cluster=$(mktemp)
tests/cluster/with-cluster.sh up >"$cluster" 2>&1 &
up=$!
finish() {
    wait "$up" || cat "$cluster"
    if grep -qx started "$cluster"; then tests/cluster/with-cluster.sh down; fi
    rm -f "$log" "$cluster"
}
trap finish EXIT
trap 'exit 1' INT TERM
{ make -s -j2 && make -s -k test || echo "make ended with an error"; } 2>&1 | tee "$log"
awk '/: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
         sub(/^.*: /, ""); gsub(/[a-z,]/, ""); p += $1; f += $2; s += $3
     }
     END {
         if ($0 == "make ended with an error" && !f) f = 1
         printf "%d passed, %d failed, %d skipped\n", p, f, s
         exit f > 0 || p == 0
     }' "$log"
