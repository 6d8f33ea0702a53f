#!/bin/sh
# Compiles one source to build/objects/SOURCE.o, unless it is there already: made by the same compiler with the same flags from
# what the preprocessor says now. What the compiler complains of stays in build/objects/SOURCE.log. No make: the names of
# users' protos may have characters (=) that its rules do not take.
set -eu
source=$1
if command -v ccache >/dev/null 2>&1; then # builds of other folders: another checkout, or a copy that a test makes
    CXX="ccache $CXX"
fi
object=build/objects/$source.o
mkdir -p "$(dirname "$object")"

# Generated code is not ours to mend: no warnings. It is most of what a build compiles, and -O2 takes half as long again.
case $source in
gen/*.pb.cc) care="-O1 -w" ;;
*) care="-O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror" ;;
esac
flags="-std=c++17 -pthread $care -I. -isystem gen $(pkg-config --cflags libzmq protobuf)"

# shellcheck disable=SC2086 # lists of words, here and below
key=$({ echo "$flags" && $CXX --version && $CXX $flags -E "$source"; } 2>/dev/null | sha256sum)
if [ -e "$object" ] && [ "$(cat "$object.key" 2>/dev/null)" = "$key" ]; then
    exit 0
fi
rm -f "$object" "$object.key"
# shellcheck disable=SC2086
if ! $CXX $flags -c -o "$object.new" "$source" 2>"build/objects/$source.log"; then
    cat "build/objects/$source.log" >&2
    exit 1
fi
mv "$object.new" "$object"
echo "$key" >"$object.key"
