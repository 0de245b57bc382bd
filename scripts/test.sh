#!/bin/sh
# Runs all tests. Every part prints a line `NAME: N passed, N failed, N skipped`; the last line adds them up.
set -eu
cd "$(dirname "$0")/.."
scripts/install-deps.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ make -j2 && make -k test || echo "make: 0 passed, 1 failed, 0 skipped"; } 2>&1 | tee "$log"
awk '/: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
         sub(/^.*: /, ""); gsub(/[a-z,]/, ""); p += $1; f += $2; s += $3
     }
     END {
         printf "%d passed, %d failed, %d skipped\n", p, f, s
         exit f > 0 || p == 0
     }' "$log"
