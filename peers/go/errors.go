package main

import (
	"errors"
	"fmt"
	"syscall"

	control "interop/agent/gen/pb-interop-control-v1"
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
	if errors.As(err, &fault) {
		told.Code = fault.code
	} else if told.ErrnoName = errnoName(err); told.ErrnoName == "EAGAIN" {
		told.Code = control.ErrorCode_ERROR_CODE_AGAIN
	}
	return &control.Response{Id: request.GetId(), Result: &control.Response_Error{Error: told}}
}

func systemName(number syscall.Errno) string {
	for name, known := range systemErrnos {
		if number == known {
			return name
		}
	}
	return fmt.Sprintf("E%d", uintptr(number))
}

// Go knows the names of errors as texts only. These are those of the system that libzmq documents.
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
