#!/bin/sh
# The files of the runtime's image: runtime-root.sh FOLDER CONTROLLER ENTRYPOINT [SYSROOT [STRIP]]. Both programs, the
# libraries that the controller needs (those of SYSROOT, of any architecture), its loader, and nothing else.
set -eu
umask 022
root=$1 controller=$2 entrypoint=$3 sysroot=${4:-} strip=${5:-strip}
rm -rf "$root"
mkdir -p "$root/tektonc/plan" "$root/etc" "$root/tmp"
chmod 1777 "$root/tmp"
install -m 0755 "$controller" "$root/tektonc/controller"
"$strip" "$root/tektonc/controller"
install -m 0755 "$entrypoint" "$root/tektonc/entrypoint"

loader=$(readelf -lW "$controller" | sed -nE 's/.*interpreter: ([^]]*)\]/\1/p')
case $loader in
*x86-64*) triplet=x86_64-linux-gnu ;;
*aarch64*) triplet=aarch64-linux-gnu ;;
*) echo "runtime-root: no interpreter that is known: $loader" >&2; exit 1 ;;
esac
install -D -m 0755 "$sysroot$loader" "$root$loader"

# What a program needs, and what that needs, and so on.
need() {
    for library in $(readelf -dW "$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'); do
        [ "$library" != "${loader##*/}" ] || continue
        [ ! -e "$root/lib/$triplet/$library" ] || continue
        found=
        for folder in "$sysroot/lib/$triplet" "$sysroot/usr/lib/$triplet"; do [ ! -e "$folder/$library" ] || found=$folder/$library; done
        [ -n "$found" ] || { echo "runtime-root: $library, needed by $1, is in neither lib folder of ${sysroot:-this system}" >&2; exit 1; }
        install -D -m 0755 "$found" "$root/lib/$triplet/$library"
        need "$root/lib/$triplet/$library"
    done
}
need "$controller"
printf 'root:x:0:0:root:/:/\nnonroot:x:65532:65532:nonroot:/:/\n' >"$root/etc/passwd"
