#!/bin/sh
# Generates thermostat_pb2.py. The argument is the folder with the protos.
set -eu

mkdir -p build
python3 -m grpc_tools.protoc -I "$1" --python_out=build thermostat.proto
