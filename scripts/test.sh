#!/bin/sh
# Runs all tests. Every part prints a line `NAME: N passed, N failed, N skipped`; the last line adds them up. A part that
# breaks without such a line counts as one failure.
set -eu
cd "$(dirname "$0")/.."
scripts/install-deps.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ make -s -j2 && make -s -k test || echo "make ended with an error"; } 2>&1 | tee "$log"
awk '/: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
         sub(/^.*: /, ""); gsub(/[a-z,]/, ""); p += $1; f += $2; s += $3
     }
     END {
         if ($0 == "make ended with an error" && !f) f = 1
         printf "%d passed, %d failed, %d skipped\n", p, f, s
         exit f > 0 || p == 0
     }' "$log"
