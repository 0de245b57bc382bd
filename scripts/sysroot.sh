#!/bin/sh
# Libraries and headers of another architecture, from Debian's packages: sysroot.sh FOLDER ARCHITECTURE PACKAGE...
# With what they depend on, unpacked into FOLDER; nothing of this system is changed, no root is needed: apt keeps its lists
# and archives in FOLDER, too. Does nothing when FOLDER is there already.
set -eu
folder=$1 architecture=$2
shift 2
[ ! -e "$folder/complete" ] || exit 0
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
state=$folder/apt
mkdir -p "$state/lists/partial" "$state/archives/partial"
: >"$state/status"
apt() {
    apt-get -qq -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::State::lists="$state/lists" -o Dir::Cache="$state" \
        -o Dir::Cache::archives="$state/archives" -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
        -o APT::Sandbox::User= -o Debug::NoLocking=1 "$@"
}
apt update
apt install -y --no-install-recommends --download-only "$@" >/dev/null
for package in "$state"/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
rm -rf "$state"
: >"$folder/complete"
