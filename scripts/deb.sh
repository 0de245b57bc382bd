#!/bin/sh
# Debian packages of the release tarball: deb.sh BUILD NAME. They and the .changes end up in BUILD/deb.
set -eu
build=$1 name=$2
version=${name#tektonc-}
command -v dpkg-buildpackage >/dev/null || { echo "make deb needs dpkg-dev, debhelper and fakeroot" >&2; exit 1; }
rm -rf "$build/deb"
mkdir -p "$build/deb"
cp "$build/$name.tar.gz" "$build/deb/tektonc_$version.orig.tar.gz"
tar -x -C "$build/deb" -f "$build/$name.tar.gz"
cp -r "$build/deb/$name/packaging/debian" "$build/deb/$name/debian"
cd "$build/deb/$name"
dpkg-buildpackage -us -uc -b >../build.log 2>&1 || { tail -40 ../build.log >&2; exit 1; }
cd ..
rm -rf "$name"
ls -- *.deb
