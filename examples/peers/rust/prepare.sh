#!/bin/sh
# Makes build/package, the crate that is built: the sources as links, and a Cargo.lock. It is made here rather than in the
# peer's folder, since a build leaves nothing beside build/ and gen/.
set -euf
export LC_ALL=C

# put FILE FROM: replaced where it is another one, since cargo goes by times.
put() { cmp -s "$2" "$1" || cp "$2" "$1"; }

mkdir -p build/package gen
for name in src gen build.rs; do ln -sfn "../../$name" "build/package/$name"; done
put build/package/Cargo.toml Cargo.toml

# Cargo.pins is Cargo.lock without the address of the registry, which cargo knows. So `cargo build --locked` has every crate,
# the indirect ones too, in the version and with the checksum that stand there.
lock=build/package/Cargo.lock
[ -e "$lock" ] || cargo generate-lockfile --quiet --manifest-path build/package/Cargo.toml
registry=$(sed -n 's/^source = //p' "$lock" | sort | uniq -c | sort -rn | sed -n '1s/^ *[0-9]* //p')
sed "s|^source = .*|source = $registry|" Cargo.pins >gen/Cargo.lock
put "$lock" gen/Cargo.lock
