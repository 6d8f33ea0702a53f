package main

import (
	"errors"
	"fmt"
	"syscall"

	zmq "github.com/pebbe/zmq4"

	control "interop/peers/go/gen/pb-interop-control-v1"
)

const (
	eAgain       = zmq.Errno(syscall.EAGAIN)
	eInterrupted = zmq.Errno(syscall.EINTR)
	eInvalid     = zmq.Errno(syscall.EINVAL)
)

// fault is what the agent itself finds wrong; every other error is the socket library's.
type fault struct {
	code control.ErrorCode
	text string
}

func (f *fault) Error() string { return f.text }

func unsupported(format string, values ...any) error {
	return &fault{control.ErrorCode_ERROR_CODE_UNSUPPORTED, fmt.Sprintf(format, values...)}
}

func invalid(format string, values ...any) error {
	return &fault{control.ErrorCode_ERROR_CODE_INVALID, fmt.Sprintf(format, values...)}
}

func undecodable(format string, values ...any) error {
	return &fault{control.ErrorCode_ERROR_CODE_PAYLOAD, fmt.Sprintf(format, values...)}
}

// refusal is the Response that tells of an error.
func refusal(request interface{ GetId() uint64 }, err error) *control.Response {
	told := &control.Error{Code: control.ErrorCode_ERROR_CODE_NATIVE, Text: err.Error()}
	var fault *fault
	var errno zmq.Errno
	if errors.As(err, &fault) {
		told.Code = fault.code
	} else if errors.As(err, &errno) {
		told.ErrnoName = errnoName(errno)
		if errno == eAgain {
			told.Code = control.ErrorCode_ERROR_CODE_AGAIN
		}
	} else {
		told.ErrnoName = "ENOTSUP" // what the Go library says without an errno is "not implemented by this libzmq"
	}
	return &control.Response{Id: request.GetId(), Result: &control.Response_Error{Error: told}}
}

func errnoName(errno zmq.Errno) string {
	for name, number := range errnos {
		if number == errno {
			return name
		}
	}
	for name, number := range systemErrnos {
		if number == syscall.Errno(errno) {
			return name
		}
	}
	return fmt.Sprintf("E%d", uintptr(errno))
}

// Go knows the names of errors as texts only. These are libzmq's own, and those of the system that it documents.
var errnos = map[string]zmq.Errno{
	"EFSM": zmq.EFSM, "EMTHREAD": zmq.EMTHREAD, "ENOCOMPATPROTO": zmq.ENOCOMPATPROTO, "ETERM": zmq.ETERM,
}

var systemErrnos = map[string]syscall.Errno{
	"EACCES": syscall.EACCES, "EADDRINUSE": syscall.EADDRINUSE, "EADDRNOTAVAIL": syscall.EADDRNOTAVAIL,
	"EAFNOSUPPORT": syscall.EAFNOSUPPORT, "EAGAIN": syscall.EAGAIN, "EBADF": syscall.EBADF,
	"ECONNABORTED": syscall.ECONNABORTED, "ECONNREFUSED": syscall.ECONNREFUSED, "ECONNRESET": syscall.ECONNRESET,
	"EEXIST": syscall.EEXIST, "EFAULT": syscall.EFAULT, "EHOSTUNREACH": syscall.EHOSTUNREACH,
	"EINPROGRESS": syscall.EINPROGRESS, "EINTR": syscall.EINTR, "EINVAL": syscall.EINVAL, "EISDIR": syscall.EISDIR,
	"ELOOP": syscall.ELOOP, "EMFILE": syscall.EMFILE, "EMSGSIZE": syscall.EMSGSIZE,
	"ENAMETOOLONG": syscall.ENAMETOOLONG, "ENETDOWN": syscall.ENETDOWN, "ENETRESET": syscall.ENETRESET,
	"ENETUNREACH": syscall.ENETUNREACH, "ENFILE": syscall.ENFILE, "ENOBUFS": syscall.ENOBUFS,
	"ENODEV": syscall.ENODEV, "ENOENT": syscall.ENOENT, "ENOMEM": syscall.ENOMEM, "ENOSPC": syscall.ENOSPC,
	"ENOTCONN": syscall.ENOTCONN, "ENOTDIR": syscall.ENOTDIR, "ENOTSOCK": syscall.ENOTSOCK,
	"ENOTSUP": syscall.ENOTSUP, "EPERM": syscall.EPERM, "EPIPE": syscall.EPIPE, "EPROTO": syscall.EPROTO,
	"EPROTONOSUPPORT": syscall.EPROTONOSUPPORT, "EPROTOTYPE": syscall.EPROTOTYPE, "EROFS": syscall.EROFS,
	"ETIMEDOUT": syscall.ETIMEDOUT,
}
