#!/bin/sh
# Generates gen/ from the protos and builds build/agent; docs/peer-contract.md says what is in the environment.
set -eu

module=interop/peers/go-pure
protobuf=google.golang.org/protobuf/cmd/protoc-gen-go

# All the user's GOFLAGS are left out: the same sources make the same program everywhere.
export GOFLAGS='-mod=readonly -trimpath -buildvcs=false' GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0

go build -o build/ "$protobuf"

# One Go package for the files that share folder and proto package. Its path is made of "pb-" and what Go permits in
# every place, so that no name of a folder (internal, vendor, aux, .hidden) has a meaning of its own; its name is "pb",
# whatever the folder's is. The protos themselves need no go_package.
package_of() {
	folder=$(dirname "$1" | tr / .)
	package=$(sed -n 's/^[[:blank:]]*package[[:blank:]]*\([A-Za-z0-9_.]*\).*/\1/p' "$INTEROP_PROTO_DIR/$1" | head -n 1)
	[ "$folder" = "$package" ] || folder=$folder-$package
	printf 'pb-%s' "$folder" | tr -c 'A-Za-z0-9_' -
}

rm -rf gen
mkdir gen
packages=
set -- # the arguments of protoc
for proto in $INTEROP_PROTOS; do
	case $proto in google/protobuf/*) continue ;; esac # the protobuf module has the well-known types
	package=$(package_of "$proto")
	packages="$packages $package"
	set -- "$@" "--go_opt=M$proto=$module/gen/$package;pb" "$proto"
done
# INTEROP_PROTOC may have arguments of its own, so it is split on purpose.
# shellcheck disable=SC2086
$INTEROP_PROTOC "--plugin=protoc-gen-go=build/protoc-gen-go" "-I$INTEROP_PROTO_DIR" \
	"--go_out=gen" "--go_opt=module=$module/gen" "$@"

# What is imported is registered, and so can be found by name.
{
	printf 'package gen\n\nimport (\n'
	# shellcheck disable=SC2086
	printf "\t_ \"$module/gen/%s\"\n" $packages | sort -u
	printf ')\n'
} >gen/all.go

# Moved into place whole: a build that is interrupted leaves the agent that was there.
go build -ldflags "-s -w -X 'main.protoDigest=$INTEROP_PROTO_DIGEST'" -o build/agent.new .
mv build/agent.new build/agent
