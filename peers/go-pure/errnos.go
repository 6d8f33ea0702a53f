package main

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	zmq "github.com/go-zeromq/zmq4"
)

const noPeer = "EHOSTUNREACH" // said by REQ alone

// errnoName finds the symbol that comes nearest: the library has errors of Go, few of them values, most of them texts.
func errnoName(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return systemName(number)
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
