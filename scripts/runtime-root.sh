#!/bin/sh
# The files of the runtime's image: runtime-root.sh FOLDER CONTROLLER ENTRYPOINT. Both programs, the libraries that the
# controller needs, its loader, and nothing else. runtime/Containerfile makes an image of it.
set -eu
root=$1 controller=$2 entrypoint=$3
rm -rf "$root"
mkdir -p "$root/tektonc/plan" "$root/etc" "$root/tmp"
chmod 1777 "$root/tmp"
install -m 0755 -s "$controller" "$root/tektonc/controller"
install -m 0755 "$entrypoint" "$root/tektonc/entrypoint"
# ldd: "name => path (address)", or "path (address)" for the loader.
ldd "$controller" | sed -nE 's/^.*(=> |\t)(\/[^ ]+) .*$/\2/p' | sort -u | while read -r library; do
    install -D -m 0755 "$library" "$root$library"
done
printf 'root:x:0:0:root:/:/\nnonroot:x:65532:65532:nonroot:/:/\n' >"$root/etc/passwd"
