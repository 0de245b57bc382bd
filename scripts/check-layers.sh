#!/bin/sh
# Who includes whom: each room may use those below it and itself (docs/architecture.md).
cd "$(dirname "$0")/.." || exit 1
# A pass of the compiler: what all passes share (compiler/*.h, schema/, diags/), and the folders named.
within() {
    echo base grammar plan compiler/schema compiler/diags
    for pass; do echo "compiler/$pass"; done
    ls compiler/*.h
}
allowed() {
    case $1 in
        base) echo base ;;
        grammar) echo base grammar ;;
        plan) echo base grammar plan ;;
        compiler) echo base grammar plan compiler templates ;;
        compiler/check) within check ;;
        compiler/warn) within check warn ;;
        compiler/resolve) within check resolve ;;
        compiler/lower) within check lower ;;
        runtime/entrypoint) echo runtime/entrypoint ;;
        runtime/sequencer) echo base grammar plan runtime/sequencer ;;
        runtime/rehearsal) echo base grammar plan runtime/sequencer runtime/rehearsal ;;
        runtime/engine) echo base grammar plan runtime/sequencer runtime/engine ;;
        runtime/controller) echo base grammar plan runtime/sequencer runtime/engine runtime/controller ;;
        view) echo base grammar plan view templates ;;
        lib) echo base plan compiler cli lib ;;
        cli) echo base grammar plan compiler runtime view cli ;;
    esac
}
passed=0 failed=0
for room in base grammar plan compiler compiler/check compiler/warn compiler/resolve compiler/lower runtime/entrypoint runtime/sequencer runtime/rehearsal runtime/engine runtime/controller view cli lib; do
    [ -d "$room" ] || continue
    rooms=$(allowed "$room")
    bad=$(grep -rnE '^#include "' "$room" --include='*.[ch]' --include='*.re' --include='*.y' --include='*.def' | while IFS= read -r line; do
        file=${line#*#include \"}
        file=${file%%\"*}
        for r in $rooms gen; do
            case $file in "$r" | "$r"/*) continue 2 ;; esac
        done
        case $file in */*) ;; *) [ "$room" = runtime/entrypoint ] && continue ;; esac
        echo "$line"
    done)
    if [ -n "$bad" ]; then
        printf 'the room %s may include only: %s\n%s\n' "$room" "$rooms" "$bad"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
echo "layers: $passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
