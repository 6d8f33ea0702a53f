#!/bin/sh
# Builds build/collector. The argument is the folder with the protos.
set -eu

export GOTOOLCHAIN=local GOWORK=off GOFLAGS='-mod=readonly -trimpath -buildvcs=false -tags=netgo,osusergo'
mkdir -p build pb
go build -o build/ google.golang.org/protobuf/cmd/protoc-gen-go
protoc --plugin=protoc-gen-go=build/protoc-gen-go -I "$1" --go_out=pb \
	--go_opt='module=collector/pb' --go_opt='Mtelemetry/v1/data_message.proto=collector/pb;pb' \
	telemetry/v1/data_message.proto
go build -o build/collector .
