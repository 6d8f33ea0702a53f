#!/bin/sh
# Generates gen/ from the protos and builds build/agent.jar; docs/peer-contract.md says what is in the environment.
set -euf
export LC_ALL=C.UTF-8

libraries=build/lib/jeromq.jar:build/lib/protobuf-java.jar

mkdir -p build
sh fetch.sh

own=
users=
for proto in $INTEROP_PROTOS; do
	case $proto in
	google/protobuf/*) continue ;; # protobuf-java has the well-known types
	interop/*) own="$own $proto" ;;
	*) users="$users $proto" ;;
	esac
done

# generate FOLDER PROTO...: Java code of these protos, into a folder that is made anew.
generate() {
	into=$1
	shift
	rm -rf "$into"
	mkdir -p "$into"
	build/lib/protoc "-I$INTEROP_PROTO_DIR" -Ibuild/lib "--java_out=$into" "$@"
}

# compile CLASSES SOURCES: into the folder CLASSES, all sources below the folder SOURCES and what those import. Only errors
# count here: nobody can mend warnings in generated code.
compile() {
	find "$2" -name '*.java' >gen/sources
	javac -nowarn -proc:none -encoding UTF-8 -cp build/lib/protobuf-java.jar -sourcepath gen/java -d "$1" @gen/sources
}

# refuse PROTO: names it with the first line of what was said of it that is an error.
refuse() {
	printf '%s\t%s\n' "$1" "$(grep -v 'warning:' gen/said | head -n 1)" >>gen/classes/interop/agent/refused
}

# Lists of files are split on purpose.
# shellcheck disable=SC2086
generate_all() {
	rm -rf gen
	mkdir -p gen/classes/interop/agent
	: >gen/classes/interop/agent/refused
	if generate gen/java $own $users && compile gen/classes gen/java; then
		return
	fi
	echo 'build.sh: not all protos at once, so one by one'
	sound=
	for proto in $users; do
		if generate gen/java $own $sound "$proto" 2>gen/said; then sound="$sound $proto"; else refuse "$proto"; fi
	done
	generate gen/java $own $sound
	taken=
	for proto in $sound; do # what imports something that does not compile does not compile either
		generate gen/one "$proto"
		if compile gen/tried gen/one 2>gen/said; then taken="$taken $proto"; else refuse "$proto"; fi
	done
	cat gen/classes/interop/agent/refused
	generate gen/java $own $taken
	compile gen/classes gen/java
}

# The code of the protos is kept for as long as it is made of the same.
made_of="$INTEROP_PROTO_DIGEST $INTEROP_PROTOS $(cat pom.xml build.sh | cksum) $(javac -version)"
if [ "$(cat gen/made-of 2>&1)" != "$made_of" ]; then
	generate_all
	# The names of all classes that were generated, of which hello and payload take those that are messages.
	(cd gen/classes && find . -name '*.class') | sed 's|^\./||; s|\.class$||; s|/|.|g' | sort >gen/names
	mv gen/names gen/classes/interop/agent/classes
	printf %s "$INTEROP_PROTO_DIGEST" >gen/classes/interop/agent/proto-digest
	printf '%s\n' "$made_of" >gen/made-of
fi

rm -rf build/classes
cp -R gen/classes build/classes
find . -maxdepth 1 -name '*.java' >build/sources
javac -Xlint:all -Werror -proc:none -encoding UTF-8 -cp "gen/classes:$libraries" -d build/classes @build/sources
jar cf build/agent.jar.new -C build/classes .
rm -f build/agent.jsa
mv build/agent.jar.new build/agent.jar

# The archive of the classes of a rehearsal. A JVM that makes none starts the agent all the same.
sh agent.sh -XX:ArchiveClassesAtExit=build/agent.jsa.new Rehearsal </dev/null >build/hello
[ ! -e build/agent.jsa.new ] || mv build/agent.jsa.new build/agent.jsa
