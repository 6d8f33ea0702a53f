#!/bin/sh
# Leaves out of this copy what the chosen go-zeromq/zmq4 does not have yet; choose.sh runs it.
set -eu
if ! go doc github.com/go-zeromq/zmq4.WithTimeout >/dev/null 2>&1; then # since 0.17
	sed '/zmq\.WithTimeout/d' options.go >options.new
	mv options.new options.go
fi
