package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	zmq "github.com/go-zeromq/zmq4"

	control "interop/peers/go-pure/gen/pb-interop-control-v1"
)

const noPeer = "EHOSTUNREACH" // said by REQ alone

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
	} else {
		told.ErrnoName = errnoName(err)
		if told.ErrnoName == "EAGAIN" {
			told.Code = control.ErrorCode_ERROR_CODE_AGAIN
		}
	}
	return &control.Response{Id: request.GetId(), Result: &control.Response_Error{Error: told}}
}

// errnoName finds the symbol that comes nearest: the library has errors of Go, few of them values, most of them texts.
func errnoName(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		for name, known := range systemErrnos {
			if number == known {
				return name
			}
		}
		return fmt.Sprintf("E%d", uintptr(number))
	}
	for _, known := range libraryErrors {
		if errors.Is(err, known.value) {
			return known.name
		}
	}
	var address *net.AddrError
	var lookup *net.DNSError
	if errors.As(err, &address) || errors.As(err, &lookup) {
		return "EINVAL" // what libzmq says of an endpoint that it cannot read or resolve
	}
	for _, known := range libraryTexts {
		if strings.Contains(err.Error(), known.part) {
			return known.name
		}
	}
	return "EIO"
}

var libraryErrors = []struct {
	value error
	name  string
}{
	{context.DeadlineExceeded, "EAGAIN"}, // the socket's own time limit, SNDTIMEO
	{context.Canceled, "ETERM"},
	{zmq.ErrBadProperty, "EINVAL"},
	{zmq.ErrBadCmd, "EPROTO"},
	{zmq.ErrBadFrame, "EPROTO"},
	{zmq.ErrClosedConn, "ECONNRESET"},
	{io.EOF, "ECONNRESET"},
	{io.ErrUnexpectedEOF, "ECONNRESET"},
	{io.ErrClosedPipe, "ECONNRESET"},
	{net.ErrClosed, "ECONNABORTED"},
}

var libraryTexts = []struct{ part, name string }{
	{"invalid address", "EINVAL"},
	{"unknown transport", "EPROTONOSUPPORT"},
	{"already in use", "EADDRINUSE"},
	{"connection refused", "ECONNREFUSED"},
	{"no connections available", noPeer},
	{"sockets can't", "ENOTSUP"},
	{"not compatible with", "EPROTOTYPE"},
	{"invalid REP message", "EPROTO"},
	{"security", "EPROTO"},
	{"greeting", "EPROTO"},
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
