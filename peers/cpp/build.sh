#!/bin/sh
# Builds build/agent, here and in the Dockerfile. docs/peer-contract.md, "The build", says what is in the environment:
# INTEROP_PROTO_DIR, INTEROP_PROTOS, INTEROP_PROTO_DIGEST. INTEROP_PROTOC is not used: protoc's C++ code fits the libprotobuf
# of its own release alone, so it has to be the protoc that is installed beside that library.
set -eu
export CXX="${CXX:-c++}"
export LC_ALL=C # what the compilers say is looked through, and told
mkdir -p build/objects

compile() { # of what stands on stdin, a file a line
    xargs -r -n 1 -P "$(nproc)" sh compile.sh
}

sh protos.sh generate
sed -n '/^interop\//s/\(.*\)\.proto$/gen\/\1.pb.cc/p' gen/built >build/sources
ls -- *.cpp >>build/sources
compile <build/sources

# A user's proto can be one that protoc takes, and whose C++ no compiler does (an enum value EOF): it is refused then.
sed -n '/^interop\//!s/\(.*\)\.proto$/gen\/\1.pb.cc/p' gen/built | compile 2>build/refused.log || sh protos.sh refuse
sh protos.sh facts
echo gen/build_facts.cc | compile

objects=$({ ls -- *.cpp && sed 's/\(.*\)\.proto$/gen\/\1.pb.cc/' gen/built && echo gen/build_facts.cc; } |
    sed 's/.*/build\/objects\/&.o/')
# shellcheck disable=SC2046,SC2086 # lists of words
$CXX -o build/agent.new $objects $(pkg-config --libs libzmq protobuf) -pthread
mv build/agent.new build/agent
