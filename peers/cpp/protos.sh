#!/bin/sh
# The protos of a build: gen/built has those that are in it, gen/refused those that are not, each with a tab and the reason.
#
#   generate   C++ for INTEROP_PROTOS, without what protoc refuses
#   refuse     takes out what the C++ compiler refused, and all that imports it
#   facts      gen/build_facts.cc: what the agent has to say of this build
set -eu

generated() { # PROTO -> the name of its header
    echo "${1%.proto}.pb.h"
}

refuse() { # PROTO REASON
    case $1 in interop/*)
        echo "$1: $2" >&2
        exit 1
        ;;
    esac
    printf '%s\t%s\n' "$1" "$2" >>gen/refused
    grep -vxF -- "$1" gen/built >gen/built.new || true
    mv gen/built.new gen/built
}

# "speed" makes messages with descriptors also of files that say `optimize_for = LITE_RUNTIME`: types are found by name.
run_protoc() {
    protoc -I "$INTEROP_PROTO_DIR" --cpp_out=speed:gen "$@" 2>gen/said
}

first_error() { # of protoc: FILE:LINE:COLUMN: TEXT, or what else it says; its warnings may come first
    grep -v -e ': warning: ' -e 'libprotobuf WARNING' gen/said | head -n 1
}

generate() {
    rm -rf gen
    mkdir gen
    # shellcheck disable=SC2086 # a list of words, here and below
    printf '%s\n' $INTEROP_PROTOS >gen/built
    : >gen/refused
    # shellcheck disable=SC2086
    run_protoc $INTEROP_PROTOS && return
    # Which it was, protoc tells one by one. One that imports a refused one is refused by that.
    for proto in $INTEROP_PROTOS; do
        run_protoc "$proto" || refuse "$proto" "$(first_error)"
    done
}

refuse_uncompiled() {
    cp gen/built gen/candidates
    while read -r proto; do
        object=build/objects/gen/${proto%.proto}.pb.cc
        [ -e "$object.o" ] || refuse "$proto" "$(grep -m 1 'error:' "$object.log")"
    done <gen/candidates
    while drop_importers; do :; done
}

drop_importers() { # false when there was none
    dropped=false
    cp gen/built gen/candidates
    cut -f 1 gen/refused >gen/gone
    while read -r proto; do
        while read -r gone; do
            if grep -qxF -- "#include \"$(generated "$gone")\"" "gen/$(generated "$proto")"; then
                refuse "$proto" "imports $gone, which is refused"
                dropped=true
                break
            fi
        done <gen/gone
    done <gen/candidates
    $dropped
}

literals() { # lines -> elements of a list of C++ strings
    sed 's/[\\"]/\\&/g; s/\t/", "/; s/.*/    {"&"},/'
}

facts() {
    {
        echo '#include "build_facts.hpp"'
        echo
        echo "const std::string_view agent::proto_digest = \"$INTEROP_PROTO_DIGEST\";"
        echo 'const std::vector<std::string> agent::built_protos = {'
        literals <gen/built
        echo '};'
        echo 'const std::vector<agent::RefusedProto> agent::refused_protos = {'
        literals <gen/refused
        echo '};'
    } >gen/build_facts.cc
}

case $1 in
generate) generate ;;
refuse) refuse_uncompiled ;;
facts) facts ;;
esac
