#!/bin/sh
# run.sh COUNT: one line `ok` or `not ok` for each case.
set -u
count=$1 failed=0 passed=0
is() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
        echo "ok $1"
    else
        failed=$((failed + 1))
        echo "not ok $1: \"$2\" is not \"$3\""
    fi
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'one two\nthree\n' >"$work/text"
printf 'no newline' >"$work/open"
: >"$work/empty"
is "lines, words, bytes" "$("$count" <"$work/text")" "2 3 14"
is "a name" "$("$count" "$work/text")" "2 3 14 $work/text"
is "no newline at the end" "$("$count" <"$work/open")" "0 2 10"
is "nothing" "$("$count" <"$work/empty")" "0 0 0"
is "no such file" "$("$count" "$work/none" 2>/dev/null; echo $?)" "1"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
