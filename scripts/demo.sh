#!/bin/sh
# Builds tektonc, compiles the project's own example and shows what came out.
set -eu
cd "$(dirname "$0")/.."
scripts/install-deps.sh
make -s -j2
out=build/demo
rm -rf "$out"
build/tektonc examples/release --name-suffix=demo -o "$out"
echo "examples/release became:"
(cd "$out" && find . -type f | LC_ALL=C sort | xargs wc -c)
echo
echo "The order (plan.yaml):"
sed -n '1,60p' "$out/plan.yaml"
echo
echo "One of the Pods (pods/lint.yaml):"
cat "$out/pods/lint.yaml"
