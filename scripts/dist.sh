#!/bin/sh
# A release tarball: dist.sh BUILD GEN NAME. The files of the last commit below NAME/, and in NAME/premade/ what re2c and bison
# make of the grammars. The same commit gives the same bytes.
set -eu
build=$1 gen=$2 name=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if git rev-parse --git-dir >/dev/null 2>&1; then
    git archive --prefix="$name/" HEAD | tar -x -C "$work"
    time=$(git log -1 --format=%ct)
else # a release makes itself again
    mkdir "$work/$name"
    tar -c --exclude="./$(basename "$build")" --exclude=./debian . | tar -x -C "$work/$name"
    time=$(stat -c %Y README.md)
fi
mkdir -p "$work/$name/premade/grammar"
for file in "$gen"/grammar/*.c "$gen"/grammar/*.h; do
    cp "$file" "$work/$name/premade/grammar/"
done
mkdir -p "$build"
tar -c -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="@$time" "$name" | gzip -9n >"$work/out"
mv "$work/out" "$build/$name.tar.gz"
