#!/bin/sh
# Builds build/agent, here and in the Dockerfile. docs/peer-contract.md, "The build", says what is in the environment:
# INTEROP_PROTO_DIR, INTEROP_PROTOS, INTEROP_PROTO_DIGEST, INTEROP_PROTOC.
set -eu

# Step 1: code for the protos, into gen/. A plugin of protoc is called so; the variables are to be split:
#
#     rm -rf gen && mkdir gen
#     $INTEROP_PROTOC -I "$INTEROP_PROTO_DIR" --LANGUAGE_out=gen $INTEROP_PROTOS
#
# Step 2: the agent, with the text of INTEROP_PROTO_DIGEST in it, moved into place whole:
#
#     mkdir -p build
#     compiler -Werror -o build/agent.new ... && mv build/agent.new build/agent

echo "build.sh has no build command yet: README.md, steps 1 and 2" >&2
exit 1
