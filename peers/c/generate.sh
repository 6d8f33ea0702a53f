#!/bin/sh
# Makes gen/ anew: protobuf-c's code for the protos, and gen/protos.c, which holds all of it and the table of all
# message types that protobuf-c itself does not have.
set -eu
rm -rf gen
mkdir gen
compile() {
    # INTEROP_PROTOC is a program with arguments: it and the list of files are to be split.
    # shellcheck disable=SC2086
    $INTEROP_PROTOC -I "$INTEROP_PROTO_DIR" --c_out=gen "$@"
}
generated() {
    find gen -name "*.pb-c.$1" | LC_ALL=C sort
}

# What the protos import from elsewhere (google/protobuf/timestamp.proto) is in no list, and protobuf-c brings no code
# for it.
missing=$INTEROP_PROTOS
while [ -n "$missing" ]; do
    # shellcheck disable=SC2086
    compile $missing
    # shellcheck disable=SC2046
    missing=$(sed -n 's/^#include "\(.*\)\.pb-c\.h"$/\1.proto/p' $(generated h) | LC_ALL=C sort -u |
        while read -r proto; do [ -e "gen/${proto%.proto}.pb-c.h" ] || echo "$proto"; done)
done

{
    generated c | sed 's,^gen/\(.*\),#include "\1",'
    echo 'const ProtobufCMessageDescriptor *const message_types[] = {'
    # shellcheck disable=SC2046
    sed -n 's/^const ProtobufCMessageDescriptor \([^ ]*\) =$/    \&\1,/p' $(generated c)
    echo '    NULL,'
    echo '};'
    echo "const char proto_digest[] = \"$INTEROP_PROTO_DIGEST\";"
} >gen/protos.c
