#!/bin/sh
# Generates gen/ from the protos and builds build/agent; docs/peer-contract.md says what is in the environment.
set -euf
export LC_ALL=C CARGO_TARGET_DIR="$PWD/build/target"

# Lists of files, and INTEROP_PROTOC with its arguments are split on purpose.
# shellcheck disable=SC2086
generate() {
	$INTEROP_PROTOC "-I$INTEROP_PROTO_DIR" --include_imports --descriptor_set_out=gen/protos.binpb.new "$@" || return
	cmp -s gen/protos.binpb.new gen/protos.binpb || mv gen/protos.binpb.new gen/protos.binpb
}

# Moved into place whole: a build that is interrupted leaves the agent that was there.
build() {
	cargo build --release --locked --quiet --message-format short --manifest-path build/package/Cargo.toml || return
	cp build/target/release/agent build/agent.new
	mv build/agent.new build/agent
}

# refuse PROTO: names it with the first line that is an error. What prost-build refuses, build.rs leaves out by itself.
refuse() {
	reason=$(grep -m 1 -e 'error' -e "^$1:" gen/said || head -n 1 gen/said)
	printf '%s\t%s\n' "$1" "$(printf %s "$reason" | tr '\t' ' ')" >>gen/refused.new
}

# settle: puts the list of what is refused in place where it is another one, since cargo goes by a file's time.
settle() {
	cmp -s gen/refused.new gen/refused || cp gen/refused.new gen/refused
}

own=
users=
for proto in $INTEROP_PROTOS; do
	case $proto in
	interop/* | google/protobuf/*) own="$own $proto" ;;
	*) users="$users $proto" ;;
	esac
done

sh prepare.sh
: >gen/refused.new
settle
# shellcheck disable=SC2086
if ! { generate $own $users && build; }; then
	echo 'build.sh: not all protos at once, so one by one'
	sound=
	for proto in $users; do
		if generate $own $sound "$proto" 2>gen/said; then sound="$sound $proto"; else refuse "$proto"; fi
	done
	taken=
	for proto in $sound; do # what imports something that was refused is refused with it
		if generate $own $taken "$proto" && build 2>gen/said; then taken="$taken $proto"; else refuse "$proto"; fi
	done
	cat gen/refused.new
	settle
	generate $own $taken
	build
fi
