#!/bin/sh
# Installs what building and testing need, from Debian 12's own packages. Does nothing when all of them are there.
set -eu
packages="build-essential libyaml-dev re2c bison musl-tools libcmocka-dev clang libclang-rt-14-dev python3 python3-yaml libcurl4-openssl-dev
libcjson-dev bubblewrap git podman busybox-static iproute2 openssl gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
pkgconf mandoc shellcheck zsh fish python3-jsonschema strace"
missing=
for p in $packages; do
    case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
    "install ok installed") ;;
    *) missing="$missing $p" ;;
    esac
done
[ -n "$missing" ] || exit 0
root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "install-deps: needs root or sudo to install:$missing" >&2; exit 1; }
    root=sudo
fi
echo "installing:$missing"
$root apt-get -qq update
# shellcheck disable=SC2086 # one word per package
DEBIAN_FRONTEND=noninteractive $root apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends $missing >/dev/null
