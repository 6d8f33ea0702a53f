#!/bin/sh
# Makes gen/ anew: protobuf-c's code for the protos, and gen/protos.c, which has all of it, the table of all message
# types, since protobuf-c itself has none, and the table of the protos that are refused.
#
# Refused is a user's proto that protoc or protobuf-c's plugin does not take, that comes out as what is no C (a field
# `base`; two messages with one name in C, as FooBar and foo_bar), or that imports one that is refused.
set -euf
export LC_ALL=C # what compilers say is compared, and goes into the agent

compile() {
    # INTEROP_PROTOC is a program with arguments: it is to be split.
    # shellcheck disable=SC2086
    $INTEROP_PROTOC -I "$INTEROP_PROTO_DIR" --c_out=gen "$@"
}

# Prints the C code that is made of the protos whose names it reads.
code() {
    sed 's/\.proto$//; s/.*/#include <&.pb-c.c>/'
}

# Reads C code and asks the C compiler what it has against it, first of all.
check() {
    # shellcheck disable=SC2086
    $CC $CFLAGS -w -Wfatal-errors -fsyntax-only -x c - 2>gen/said
}

# Quotes would let gen/a/b.pb-c.h find gen/a/c.pb-c.h where c.proto is meant.
use_angles() {
    for file in "$@"; do
        sed 's/^#include "\(.*\)"$/#include <\1>/' "$file" >gen/angles
        mv gen/angles "$file"
    done
}

# Prints the first error in what protoc and its plugin said; a plugin that died said nothing. What protobuf's library
# inside the plugin says of a whole file begins with where in its own sources it says so.
complaint() {
    warnings=': warning: |^\[libprotobuf WARNING|^WARNING|^W[0-9]'
    sed 's/^\[libprotobuf ERROR [^]]*\] *//; s/^E[0-9]* [^]]*\] *//; /^Invalid proto descriptor/d; s/^--c_out: //
        s/^protoc-gen-c: Plugin killed by \(.*\)\.$/protoc-gen-c died of \1/' gen/said | grep -E -v -m 1 -e "$warnings"
}

# Ends `take`. A question mark is escaped, since C knows trigraphs.
refuse() {
    reason=${2:-the compiler said nothing}
    printf '%s is refused: %s\n' "$1" "$reason" >&2
    printf '%s\n' "$1" >>gen/refused
    printf '%s\n' "$1" "$reason" | sed 's/[\\"?]/\\&/g; 1s/.*/    {"&",/; 2s/.*/     "&"},/' >>gen/refusals
    exit 1
}

# Takes a proto after all that it imports, or refuses it. It is a subshell, so that it can call itself; what it finds
# out stands in files.
take() (
    proto=$1
    header=gen/${1%.proto}.pb-c.h
    ! grep -qxF -e "$proto" gen/taken || exit 0
    ! grep -qxF -e "$proto" gen/refused || exit 1
    if [ ! -e "$header" ] && ! compile "$proto" 2>gen/said; then
        cat gen/said >&2
        refuse "$proto" "$(complaint)"
    fi
    use_angles "$header" "${header%h}c"
    for import in $(sed -n 's/^#include <\(.*\)\.pb-c\.h>$/\1.proto/p' "$header"); do
        take "$import" || refuse "$proto" "imports $import, which is refused"
    done
    if [ "$careful" ] && ! { cat gen/taken && printf '%s\n' "$proto"; } | code | check; then
        cat gen/said >&2
        refuse "$proto" "$(grep -m 1 'error: ' gen/said)"
    fi
    printf '%s\n' "$proto" >>gen/taken
)

rm -rf gen
mkdir gen
own='' users=''
for proto in $INTEROP_PROTOS; do
    case $proto in
    interop/*) own="$own $proto" ;;
    *) users="$users $proto" ;;
    esac
done
# shellcheck disable=SC2086
compile $own
# Most often all of them do, and at once they cost no more than one.
# shellcheck disable=SC2086
compile $users 2>gen/said || true

: >gen/refused
: >gen/refusals
for careful in '' yes; do # the C compiler is asked about each where it has something against the whole
    : >gen/taken
    for proto in $own $users; do
        take "$proto" || true
    done
    ! code <gen/taken | check || break
done
if grep '^interop/' gen/refused; then
    echo "these protos are the project's own; every peer has to take them" >&2
    exit 1
fi

{
    code <gen/taken
    echo 'const ProtobufCMessageDescriptor *const message_types[] = {'
    sed 's,^,gen/,; s,\.proto$,.pb-c.c,' gen/taken |
        while read -r file; do sed -n 's/^const ProtobufCMessageDescriptor \([^ ]*\) =$/    \&\1,/p' "$file"; done
    echo '    NULL,'
    echo '};'
    echo 'const char *const refused_protos[][2] = {'
    cat gen/refusals
    echo '    {NULL, NULL},'
    echo '};'
    echo "const char proto_digest[] = \"$INTEROP_PROTO_DIGEST\";"
} >gen/protos.c
