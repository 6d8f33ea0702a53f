#!/bin/sh
# Has this copy of the peer take another version of a crate, for `interop compare`: choose.sh CRATE VERSION, or
# choose.sh CRATE FOLDER, of a checkout, which begins with a slash. The other crates stay as they are where they can.
set -euf
export LC_ALL=C

case $2 in
/*) new="$1 = { path = \"$2\" }" ;;
*) new="$1 = \"=$2\"" ;;
esac
sed "s|^$1 = .*|$new|" Cargo.toml >Cargo.toml.new
mv Cargo.toml.new Cargo.toml
# `prepare.sh` makes the Cargo.lock that was; with the other requirement, cargo changes in it what must change.
sh prepare.sh
cargo fetch --quiet --manifest-path build/package/Cargo.toml
sed 's|^source = .*|source = "the registry"|' build/package/Cargo.lock >Cargo.pins
