#!/bin/sh
# Has this copy of the peer take another version of a module, for `interop compare`: choose.sh MODULE VERSION, which is
# v1.4.0 or 1.4.0, a commit or a branch; choose.sh MODULE FOLDER, of a checkout, which begins with a slash.
set -euf
export GOFLAGS=-mod=mod GOTOOLCHAIN=local GOWORK=off

case $2 in
/*)
	go mod edit "-replace=$1=$2"
	go list -deps "$1" >/dev/null # notes in go.sum what it needs
	;;
[0-9]*.*) go get "$1@v$2" ;;
*) go get "$1@$2" ;;
esac
[ ! -f fit.sh ] || sh fit.sh
