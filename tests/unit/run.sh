#!/bin/sh
# Runs the unit test programs given, shows what failed, sums up. A program that dies counts as one failure.
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for program in "$@"; do
    CMOCKA_MESSAGE_OUTPUT=tap "$program" >"$log" 2>&1
    status=$?
    ok=$(grep -c '^ok [0-9]' "$log") skip=$(grep -c '^ok [0-9].*# SKIP' "$log") not_ok=$(grep -c '^not ok [0-9]' "$log")
    # Some versions of cmocka report a skipped test as "not ok … # SKIP".
    odd_skip=$(grep -c '^not ok [0-9].*# SKIP' "$log")
    skip=$((skip + odd_skip)) not_ok=$((not_ok - odd_skip))
    ok=$((ok + odd_skip))
    if [ "$status" -ne 0 ] && [ "$not_ok" -eq 0 ]; then not_ok=1; fi
    passed=$((passed + ok - skip)) failed=$((failed + not_ok)) skipped=$((skipped + skip))
    if [ "$not_ok" -ne 0 ]; then
        echo "--- $(basename "$program") (exit status $status)"
        cat "$log"
    fi
done
echo "unit: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
