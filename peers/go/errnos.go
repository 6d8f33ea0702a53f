package main

import (
	"errors"
	"syscall"

	zmq "github.com/pebbe/zmq4"
)

const (
	eAgain       = zmq.Errno(syscall.EAGAIN)
	eInterrupted = zmq.Errno(syscall.EINTR)
)

// errnos are libzmq's own.
var errnos = map[zmq.Errno]string{
	zmq.EFSM: "EFSM", zmq.EMTHREAD: "EMTHREAD", zmq.ENOCOMPATPROTO: "ENOCOMPATPROTO", zmq.ETERM: "ETERM",
}

func errnoName(err error) string {
	var system syscall.Errno // the agent's own, see channel.go and option.go
	if errors.As(err, &system) {
		return systemName(system)
	}
	var errno zmq.Errno
	if !errors.As(err, &errno) {
		return "ENOTSUP" // what the Go library says without an errno is "not implemented by this libzmq"
	}
	if name, own := errnos[errno]; own {
		return name
	}
	return systemName(syscall.Errno(errno))
}
