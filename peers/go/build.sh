#!/bin/sh
# Generates gen/ from the protos and builds build/agent; docs/peer-contract.md says what is in the environment.
set -euf
export LC_ALL=C

module=interop/agent
protobuf=google.golang.org/protobuf/cmd/protoc-gen-go

# All the user's GOFLAGS are left out: the same sources make the same program everywhere. netgo spares compiling C.
export GOFLAGS='-mod=readonly -trimpath -buildvcs=false -tags=netgo,osusergo' GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=1

# The socket library is compiled beside the plugin of protoc, not after it: the C in pebbe/zmq4 takes long.
go build -o build/ "$protobuf" "$(sed -n 's|.*\(github.com/[^ ]*/zmq4\) v.*|\1|p' go.mod)"

# One Go package for the project's own files of a folder, and one for each file of a user: so no two files share their
# names, and there is no circle of packages where there is none of files. Its path is made of what Go permits in every
# place, so that no name of a folder (internal, vendor, .hidden) has a meaning of its own. The protos need no go_package.
package_of() {
	case $1 in
	interop/*) dirname "pb-$1" | tr / - ;;
	*) printf 'user-%s' "$1-$(printf %s "$1" | cksum)" | tr -c 'A-Za-z0-9_' - ;;
	esac
}

own=
users=
packages= # options of the plugin
for proto in $INTEROP_PROTOS; do
	case $proto in
	google/protobuf/*) continue ;; # the protobuf module has the well-known types
	interop/*) own="$own $proto" ;;
	*) users="$users $proto" ;;
	esac
	packages="$packages --go_opt=M$proto=$module/gen/$(package_of "$proto");pb"
done

# Lists of files, options, and INTEROP_PROTOC with its arguments are split on purpose.
# shellcheck disable=SC2086
generate() {
	$INTEROP_PROTOC "--plugin=protoc-gen-go=build/protoc-gen-go" "-I$INTEROP_PROTO_DIR" \
		"--go_out=gen" "--go_opt=module=$module/gen" $packages "$@" || return
	for user in $users; do
		made=gen/$(package_of "$user")/$(basename "$user" .proto).pb.go
		# Go leaves out files by their names: types_windows.pb.go, _types.pb.go.
		[ ! -e "$made" ] || mv "$made" "$(dirname "$made")/pb.go"
	done
}

# What is imported is registered, and so can be found by name. Moved into place whole: a build that is interrupted leaves
# the agent that was there.
build() {
	{
		printf 'package gen\n\nimport (\n\t_ "embed"\n'
		for part in "$@"; do printf '\t_ "%s/gen/%s"\n' "$module" "$(package_of "$part")"; done | sort -u
		printf ')\n\n//go:embed refused\nvar Refused string\n'
	} >gen/all.go
	go build -ldflags "-s -w -X 'main.protoDigest=$INTEROP_PROTO_DIGEST'" -o build/agent.new . &&
		mv build/agent.new build/agent
}

# refuse PROTO: names it with what was said of it, but for the line in which go build says where.
refuse() {
	printf '%s\t%s\n' "$1" "$(grep -v '^#' gen/said | head -n 1)" >>gen/refused
}

rm -rf gen
mkdir gen
: >gen/refused
# shellcheck disable=SC2086
if ! { generate $own $users && build $own $users; }; then
	echo 'build.sh: not all protos at once, so one by one'
	sound=
	for proto in $users; do
		if generate $own $sound "$proto" 2>gen/said; then sound="$sound $proto"; else refuse "$proto"; fi
	done
	taken=
	for proto in $sound; do # what imports something that was refused finds no sound package for it
		if go build "./gen/$(package_of "$proto")" 2>gen/said; then taken="$taken $proto"; else refuse "$proto"; fi
	done
	cat gen/refused
	generate $own $taken
	build $own $taken
fi
